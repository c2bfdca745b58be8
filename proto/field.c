#include "proto/field.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "proto/qty.h"

void fields_begin(struct fields *f, struct arena *arena, char path[FIELD_PATH])
{
    *f = (struct fields){.arena = arena, .code = CODE_OK, .path = path};
    path[0] = '\0';
}

void field_refuse(struct fields *f, enum code code, const char *key)
{
    if (f->code != CODE_OK)
        return;
    f->code = code;
    size_t n = strlen(f->where);
    memcpy(f->path, f->where, n);
    snprintf(f->path + n, FIELD_PATH - n, "%s", key);
}

void field_need(struct fields *f, bool there, const char *key)
{
    if (!there)
        field_refuse(f, CODE_BAD_REQUEST, key);
}

size_t fields_enter(struct fields *f, const char *key, size_t index)
{
    size_t mark = strlen(f->where);
    snprintf(f->where + mark, FIELD_PATH - mark, "%s[%zu].", key, index);
    return mark;
}

void fields_leave(struct fields *f, size_t mark)
{
    f->where[mark] = '\0';
}

static bool is_known(struct str key, const char *const *known)
{
    for (; *known; known++) {
        if (str_eq(key, str_of(*known)))
            return true;
    }
    return false;
}

#define SHOWN 32 /* of a stranger's word, with the NUL */

/* It must not carry control characters or half of a UTF-8 sequence into the path. */
static void show(struct str key, char shown[SHOWN])
{
    size_t n = key.n < SHOWN - 1 ? key.n : SHOWN - 1;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)key.p[i];
        shown[i] = c < 0x80 && (isalnum(c) || c == '_' || c == '-') ? (char)c : '?';
    }
    shown[n] = '\0';
}

static void refuse_unknown(struct fields *f, struct str key)
{
    char shown[SHOWN];
    show(key, shown);
    field_refuse(f, CODE_BAD_REQUEST, shown);
}

void field_refuse_word(struct fields *f, const char *said, struct str word)
{
    char shown[SHOWN], text[FIELD_PATH];
    show(word, shown);
    snprintf(text, sizeof text, "%s %s", said, shown);
    field_refuse(f, CODE_BAD_REQUEST, text);
}

static void refuse_element(struct fields *f)
{
    field_refuse(f, CODE_BAD_REQUEST, "");
    size_t n = strlen(f->path);
    if (n > 0 && f->path[n - 1] == '.')
        f->path[n - 1] = '\0';
}

void fields_only(struct fields *f, const struct json *object, const char *const *known)
{
    if (json_kind(object) != JSON_OBJECT) {
        refuse_element(f);
        return;
    }
    for (const struct json *m = json_first(object); m; m = json_next(m)) {
        if (!is_known(json_key(m), known))
            refuse_unknown(f, json_key(m));
    }
}

/* The member, or NULL where it is missing or of another kind (that is a refusal). */
static const struct json *member(struct fields *f, const struct json *object, const char *key,
                                 enum json_kind kind)
{
    if (json_kind(object) != JSON_OBJECT)
        return NULL;
    const struct json *v = json_get(object, key);
    if (v && json_kind(v) != kind) {
        field_refuse(f, CODE_BAD_REQUEST, key);
        return NULL;
    }
    return v;
}

bool field_text(struct fields *f, const struct json *object, const char *key, size_t max,
                struct str *out)
{
    const struct json *v = member(f, object, key, JSON_STRING);
    if (!v)
        return false;
    if (json_string(v).n > max) {
        field_refuse(f, CODE_BAD_REQUEST, key);
        return false;
    }
    *out = json_string(v);
    return true;
}

bool field_word(struct fields *f, const struct json *object, const char *key,
                bool (*grammar)(struct str), struct str *out)
{
    const struct json *v = member(f, object, key, JSON_STRING);
    if (!v)
        return false;
    if (!grammar(json_string(v))) {
        field_refuse(f, CODE_BAD_REQUEST, key);
        return false;
    }
    *out = json_string(v);
    return true;
}

static bool id_parse(struct str text, int64_t *out)
{
    int64_t v = 0;
    if (text.n == 0 || text.p[0] == '0')
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
        int digit = text.p[i] - '0';
        if (v > (INT64_MAX - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    *out = v;
    return true;
}

bool field_id(struct fields *f, const struct json *object, const char *key, int64_t *out)
{
    const struct json *v = member(f, object, key, JSON_STRING);
    if (!v)
        return false;
    if (!id_parse(json_string(v), out)) {
        field_refuse(f, CODE_BAD_REQUEST, key);
        return false;
    }
    return true;
}

bool field_u32(struct fields *f, const struct json *object, const char *key, uint32_t min,
               uint32_t max, uint32_t *out)
{
    const struct json *v = member(f, object, key, JSON_NUMBER);
    if (!v)
        return false;
    int64_t n;
    if (!json_integer(v, &n) || n < (int64_t)min || n > (int64_t)max) {
        field_refuse(f, CODE_BAD_REQUEST, key);
        return false;
    }
    *out = (uint32_t)n;
    return true;
}

bool field_bool(struct fields *f, const struct json *object, const char *key, bool *out)
{
    const struct json *v = member(f, object, key, JSON_BOOL);
    if (v)
        *out = json_bool(v);
    return v != NULL;
}

bool field_qty(struct fields *f, const struct json *object, const char *key, int64_t min_t,
               int64_t *out_t)
{
    const struct json *v = json_kind(object) == JSON_OBJECT ? json_get(object, key) : NULL;
    if (!v)
        return false;
    char buf[DECIMAL_TEXT];
    struct str text;
    int64_t qty_t;
    if (json_kind(v) != JSON_NUMBER && json_kind(v) != JSON_STRING) {
        field_refuse(f, CODE_BAD_REQUEST, key);
        return false;
    }
    if (!json_decimal(v, buf, &text) || !qty_parse(text, &qty_t) || qty_t < min_t) {
        field_refuse(f, CODE_BAD_QUANTITY, key);
        return false;
    }
    *out_t = qty_t;
    return true;
}

bool field_money(struct fields *f, const struct json *object, const char *key, int64_t min_e4,
                 int64_t *out_e4)
{
    const struct json *v = member(f, object, key, JSON_STRING);
    int64_t money_e4;
    if (!v)
        return false;
    if (!money_parse(json_string(v), &money_e4) || money_e4 < min_e4) {
        field_refuse(f, CODE_BAD_REQUEST, key);
        return false;
    }
    *out_e4 = money_e4;
    return true;
}

uint16_t field_array(struct fields *f, const struct json *object, const char *key, size_t max,
                     size_t size, void **out)
{
    const struct json *array = member(f, object, key, JSON_ARRAY);
    size_t n = 0;
    for (const struct json *v = array ? json_first(array) : NULL; v; v = json_next(v))
        n++;
    if (n > max) {
        field_refuse(f, CODE_BAD_REQUEST, key);
        return 0;
    }
    void *records = n ? arena_alloc(f->arena, n * size) : NULL;
    if (n && !records) {
        field_refuse(f, CODE_INTERNAL, key);
        return 0;
    }
    *out = records;
    return (uint16_t)n;
}
