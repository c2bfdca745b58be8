/* What json_parse accepts is a document that its own writer can write, that comes back equal, and
 * whose every value can be asked anything.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/json.h"
#include "proto/limits.h"
#include "proto/qty.h"
#include "proto/topic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void write_key(struct jw *w, struct str key)
{
    jw_string(w, key);
    must(w->full || w->n < w->cap);
    if (!w->full)
        w->p[w->n++] = ':';
    w->comma = false;
}

static void write_number(struct jw *w, const struct json *v)
{
    char buf[DECIMAL_TEXT];
    struct str text;
    int64_t integer, t;
    must(json_decimal(v, buf, &text));
    if (json_integer(v, &integer))
        must(integer >= -LIMIT_INTEGER && integer <= LIMIT_INTEGER);
    qty_parse(text, &t);
    money_parse(text, &t);
    jw_raw(w, text);
}

static void write_value(struct jw *w, const struct json *v);

static void write_children(struct jw *w, const struct json *v, bool keys)
{
    for (const struct json *child = json_first(v); child; child = json_next(child)) {
        if (keys)
            write_key(w, json_key(child));
        write_value(w, child);
    }
}

static void write_value(struct jw *w, const struct json *v)
{
    switch (json_kind(v)) {
    case JSON_NULL:
        jw_null(w);
        return;
    case JSON_BOOL:
        jw_bool(w, json_bool(v));
        return;
    case JSON_NUMBER:
        write_number(w, v);
        return;
    case JSON_STRING:
        must(utf8_valid(json_string(v)));
        jw_string(w, json_string(v));
        return;
    case JSON_ARRAY:
        jw_open(w, '[');
        write_children(w, v, false);
        jw_close(w, ']');
        return;
    case JSON_OBJECT:
        jw_open(w, '{');
        write_children(w, v, true);
        jw_close(w, '}');
        return;
    }
}

static void hash(const struct json *doc, uint8_t out[32])
{
    static const char *const SKIP[] = {NULL};
    json_canonical_hash(doc, STR("x"), SKIP, out);
}

static void comes_back_equal(const struct json *doc, size_t size)
{
    /* The writer's text is never longer than what was read, but for a few rewritten numbers. */
    size_t cap = 2 * size + 16;
    char *buf = malloc(cap);
    uint8_t before[32], after[32];
    struct jw w;
    must(buf != NULL);
    jw_init(&w, buf, cap);
    write_value(&w, doc);
    must(jw_ok(&w));
    struct json *again = json_parse(buf, jw_text(&w).n, &JSON_IMPORT, NULL);
    must(again != NULL);
    hash(doc, before);
    hash(again, after);
    must(memcmp(before, after, sizeof before) == 0);
    json_free(again);
    free(buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char why[JSON_WHY] = "";
    struct json *doc = json_parse((const char *)data, size, &JSON_REQUEST, why);
    if (doc) {
        must(size <= JSON_REQUEST.bytes);
        comes_back_equal(doc, size);
    } else {
        must(why[0] != '\0' && utf8_valid(str_of(why)));
    }
    json_free(doc);
    return 0;
}
