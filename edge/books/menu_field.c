#include "edge/books/menu_doc.h"

#include "proto/qty.h"

#include <stdio.h>

bool menu_refuse(struct menu_doc *d, const char *field, const char *reason)
{
    char at[40] = "", below[40] = "", path[128];
    if (d->section)
        snprintf(at, sizeof at, "%s[%zu]", d->section, d->index);
    if (d->inner)
        snprintf(below, sizeof below, ".%s[%zu]", d->inner, d->inner_index);
    const char *dot = d->section && *field ? "." : "";
    snprintf(path, sizeof path, "%s%s%s%.40s", at, below, dot, field);
    snprintf(d->why, MENU_WHY, "%.60s: %.33s", path, reason);
    return false;
}

bool menu_known_fields(struct menu_doc *d, const struct json *v, const char *const *known)
{
    if (json_kind(v) != JSON_OBJECT)
        return menu_refuse(d, "", "not an object");
    for (const struct json *m = json_first(v); m; m = json_next(m)) {
        char name[41];
        struct str key = json_key(m);
        size_t i = 0;
        while (known[i] && !str_eq(key, str_of(known[i])))
            i++;
        snprintf(name, sizeof name, "%.*s", (int)(key.n > 40 ? 40 : key.n), key.p);
        if (!known[i])
            return menu_refuse(d, name, "unknown field");
    }
    return true;
}

static bool text_is_plain(struct str v)
{
    for (size_t i = 0; i < v.n; i++) {
        if ((uint8_t)v.p[i] < 0x20 || v.p[i] == 0x7f)
            return false;
    }
    return true;
}

bool menu_text(struct menu_doc *d, const struct json *v, const char *field, size_t max,
               struct str *out)
{
    if (json_kind(v) != JSON_STRING)
        return menu_refuse(d, field, "not a text");
    *out = json_string(v);
    if (out->n == 0)
        return menu_refuse(d, field, "empty");
    if (out->n > max)
        return menu_refuse(d, field, "too long");
    return text_is_plain(*out) || menu_refuse(d, field, "control characters");
}

bool menu_want_text(struct menu_doc *d, const struct json *v, const char *field, size_t max,
                    struct str *out)
{
    const struct json *m = json_get(v, field);
    return m ? menu_text(d, m, field, max, out) : menu_refuse(d, field, "missing");
}

bool menu_may_text(struct menu_doc *d, const struct json *v, const char *field, size_t max,
                   struct str *out)
{
    const struct json *m = json_get(v, field);
    *out = STR("");
    return !m || menu_text(d, m, field, max, out);
}

static bool digits_parse(struct str s, int64_t *out)
{
    int64_t v = 0;
    if (s.n == 0 || s.n > 16 || s.p[0] == '0')
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        v = v * 10 + (s.p[i] - '0');
    }
    *out = v;
    return true;
}

bool menu_id(struct menu_doc *d, const struct json *v, const char *field, int64_t *out)
{
    bool good =
        json_kind(v) == JSON_STRING ? digits_parse(json_string(v), out) : json_integer(v, out);
    good = good && *out >= 1 && *out <= LIMIT_INTEGER;
    return good || menu_refuse(d, field, "not an id");
}

bool menu_want_id(struct menu_doc *d, const struct json *v, const char *field, int64_t *out)
{
    const struct json *m = json_get(v, field);
    return m ? menu_id(d, m, field, out) : menu_refuse(d, field, "missing");
}

bool menu_may_id(struct menu_doc *d, const struct json *v, const char *field, int64_t *out)
{
    const struct json *m = json_get(v, field);
    *out = 0;
    return !m || menu_id(d, m, field, out);
}

bool menu_money(struct menu_doc *d, const struct json *v, const char *field, int64_t *out)
{
    char buf[DECIMAL_TEXT];
    struct str text;
    if (!json_decimal(v, buf, &text) || !money_parse(text, out) || *out < 0)
        return menu_refuse(d, field, "not an amount");
    return true;
}

bool menu_want_money(struct menu_doc *d, const struct json *v, const char *field, int64_t *out)
{
    const struct json *m = json_get(v, field);
    return m ? menu_money(d, m, field, out) : menu_refuse(d, field, "missing");
}

bool menu_may_money(struct menu_doc *d, const struct json *v, const char *field, int64_t *out)
{
    const struct json *m = json_get(v, field);
    *out = 0;
    return !m || menu_money(d, m, field, out);
}

bool menu_may_qty(struct menu_doc *d, const struct json *v, const char *field, int64_t *out)
{
    const struct json *m = json_get(v, field);
    char buf[DECIMAL_TEXT];
    struct str text;
    *out = 10;
    if (m && (!json_decimal(m, buf, &text) || !qty_parse(text, out) || *out <= 0))
        return menu_refuse(d, field, "not a quantity");
    return true;
}

bool menu_may_count(struct menu_doc *d, const struct json *v, const char *field, int64_t otherwise,
                    uint16_t *out)
{
    const struct json *m = json_get(v, field);
    int64_t n = otherwise;
    if (m && (!json_integer(m, &n) || n < 0 || n > LIMIT_OPTIONS))
        return menu_refuse(d, field, "not a number of options");
    *out = (uint16_t)n;
    return true;
}

bool menu_may_list(struct menu_doc *d, const struct json *v, const char *field,
                   const struct json **out)
{
    *out = json_get(v, field);
    return !*out || json_kind(*out) == JSON_ARRAY || menu_refuse(d, field, "not a list");
}

const struct json *menu_list_first(const struct json *list)
{
    return list ? json_first(list) : NULL;
}

size_t menu_list_length(const struct json *list)
{
    size_t n = 0;
    for (const struct json *v = menu_list_first(list); v; v = json_next(v))
        n++;
    return n;
}
