/* What a row of the center has set, for stock.history: the members of CENTER_ROW's two sides that
 * differ. Counters and base are told as movements.
 */
#include <stdio.h>
#include <string.h>

#include "edge/books/query_parts.h"
#include "proto/qty.h"

#define NAME_TEXT  64
#define VALUE_TEXT 64 /* a generation, a word, a number */

static bool is_moved(struct str key)
{
    return str_eq(key, STR("C")) || str_eq(key, STR("Lc")) || str_eq(key, STR("base")) ||
           str_eq(key, STR("channels")) || str_eq(key, STR("code"));
}

static bool is_quantity(struct str key)
{
    return key.n > 2 && memcmp(key.p + key.n - 2, "_t", 2) == 0;
}

/* "": not there. */
static void value_text(const struct json *v, bool quantity, char out[VALUE_TEXT])
{
    int64_t n = 0;
    out[0] = 0;
    if (!v)
        return;
    if (json_kind(v) == JSON_STRING)
        snprintf(out, VALUE_TEXT, "%.*s", (int)json_string(v).n, json_string(v).p);
    else if (json_kind(v) == JSON_BOOL)
        snprintf(out, VALUE_TEXT, "%s", json_bool(v) ? "yes" : "no");
    else if (json_integer(v, &n) && quantity)
        qty_format(n, out);
    else
        snprintf(out, VALUE_TEXT, "%lld", (long long)n);
}

static void member(struct jw *w, struct str of, struct str key, const struct json *before,
                   const struct json *after)
{
    bool quantity = is_quantity(key);
    char a[VALUE_TEXT], b[VALUE_TEXT], name[NAME_TEXT];
    value_text(before, quantity, a);
    value_text(after, quantity, b);
    if (strcmp(a, b) == 0)
        return;
    snprintf(name, sizeof name, "%.*s%s%.*s", (int)of.n, of.p, of.n > 0 ? " " : "",
             (int)(quantity ? key.n - 2 : key.n), key.p);
    jw_open(w, '{');
    jw_kstring(w, "after", str_of(b));
    jw_kstring(w, "before", str_of(a));
    jw_kstring(w, "name", str_of(name));
    jw_close(w, '}');
}

static const struct json *member_of(const struct json *object, struct str key)
{
    const struct json *m = json_first(object);
    while (m && !str_eq(json_key(m), key))
        m = json_next(m);
    return m;
}

/* Members of either, each once. NULL stands for an object without any. */
static void side(struct jw *w, struct str of, const struct json *before, const struct json *after)
{
    for (const struct json *m = after ? json_first(after) : NULL; m; m = json_next(m))
        if (!is_moved(json_key(m)))
            member(w, of, json_key(m), before ? member_of(before, json_key(m)) : NULL, m);
    for (const struct json *m = before ? json_first(before) : NULL; m; m = json_next(m))
        if (!is_moved(json_key(m)) && !(after && member_of(after, json_key(m))))
            member(w, of, json_key(m), m, NULL);
}

static const struct json *channel_in(const struct json *list, struct str code)
{
    const struct json *ch = list ? json_first(list) : NULL;
    while (ch && !str_eq(json_text_at(ch, "code"), code))
        ch = json_next(ch);
    return ch;
}

static void channels(struct jw *w, const struct json *before, const struct json *after)
{
    for (const struct json *ch = after ? json_first(after) : NULL; ch; ch = json_next(ch)) {
        struct str code = json_text_at(ch, "code");
        side(w, code, channel_in(before, code), ch);
    }
    for (const struct json *ch = before ? json_first(before) : NULL; ch; ch = json_next(ch)) {
        struct str code = json_text_at(ch, "code");
        if (!channel_in(after, code))
            side(w, code, ch, NULL);
    }
}

void query_row_set(struct jw *w, const struct json *body)
{
    const struct json *before = json_get(body, "before"), *after = json_get(body, "after");
    if (!before || !after)
        return;
    jw_karray(w, "set");
    side(w, STR(""), before, after);
    channels(w, json_get(before, "channels"), json_get(after, "channels"));
    jw_close(w, ']');
}
