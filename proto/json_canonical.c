#include <string.h>

#include "proto/crypto.h"
#include "proto/json.h"
#include "proto/json_escape.h"
#include "proto/qty.h"

/* Canonical text goes into the hash in blocks, never into memory as a whole. */
struct canon {
    struct sha256 hash;
    size_t n;
    char block[512];
};

static void flush(struct canon *c)
{
    sha256_add(&c->hash, c->block, c->n);
    c->n = 0;
}

static void add(struct canon *c, struct str text)
{
    if (text.n > sizeof c->block - c->n)
        flush(c);
    if (text.n > sizeof c->block) {
        sha256_add(&c->hash, text.p, text.n);
    } else if (text.n > 0) {
        memcpy(c->block + c->n, text.p, text.n);
        c->n += text.n;
    }
}

static void add_char(struct canon *c, char v)
{
    add(c, (struct str){&v, 1});
}

static void add_string(struct canon *c, struct str v)
{
    char escaped[JSON_ESCAPE];
    add_char(c, '"');
    while (v.n > 0) {
        size_t n = json_plain_run(v);
        add(c, (struct str){v.p, n});
        if (n == v.n)
            break;
        add(c, (struct str){escaped, json_escape(v.p[n], escaped)});
        v = (struct str){v.p + n + 1, v.n - n - 1};
    }
    add_char(c, '"');
}

static void add_number(struct canon *c, const struct json *v)
{
    char buf[DECIMAL_TEXT];
    struct str text;
    if (json_decimal(v, buf, &text))
        add(c, text);
}

static void add_value(struct canon *c, const struct json *v);

static void add_array(struct canon *c, const struct json *array)
{
    add_char(c, '[');
    for (const struct json *v = json_first(array); v; v = json_next(v)) {
        if (v != json_first(array))
            add_char(c, ',');
        add_value(c, v);
    }
    add_char(c, ']');
}

static bool listed(struct str key, const char *const *names)
{
    for (; *names; names++) {
        if (str_eq(key, str_of(*names)))
            return true;
    }
    return false;
}

/* Members are in order already (json.c). */
static void add_object(struct canon *c, const struct json *object, const char *const *skip)
{
    bool comma = false;
    add_char(c, '{');
    for (const struct json *v = json_first(object); v; v = json_next(v)) {
        if (listed(json_key(v), skip))
            continue;
        if (comma)
            add_char(c, ',');
        add_string(c, json_key(v));
        add_char(c, ':');
        add_value(c, v);
        comma = true;
    }
    add_char(c, '}');
}

static void add_value(struct canon *c, const struct json *v)
{
    static const char *const NOTHING[] = {NULL};
    switch (json_kind(v)) {
    case JSON_NULL:
        add(c, STR("null"));
        return;
    case JSON_BOOL:
        add(c, json_bool(v) ? STR("true") : STR("false"));
        return;
    case JSON_NUMBER:
        add_number(c, v);
        return;
    case JSON_STRING:
        add_string(c, json_string(v));
        return;
    case JSON_ARRAY:
        add_array(c, v);
        return;
    case JSON_OBJECT:
        add_object(c, v, NOTHING);
        return;
    }
}

void json_canonical_hash(const struct json *object, struct str prefix, const char *const *skip,
                         uint8_t out[32])
{
    struct canon c;
    c.n = 0;
    sha256_begin(&c.hash);
    add(&c, prefix);
    add_object(&c, object, skip);
    flush(&c);
    sha256_end(&c.hash, out);
}
