#include "proto/json.h"

#include <string.h>

#include "proto/crypto.h"
#include "proto/decimal.h"
#include "proto/json_escape.h"
#include "proto/qty.h"

void jw_init(struct jw *w, char *buf, size_t cap)
{
    *w = (struct jw){.p = buf, .cap = cap};
}

bool jw_ok(const struct jw *w)
{
    return !w->full;
}

struct str jw_text(const struct jw *w)
{
    return (struct str){w->p, w->n};
}

/* Where the next n bytes go, or NULL: then the writer is full from now on. */
static inline char *room(struct jw *w, size_t n)
{
    if (w->full || w->cap - w->n < n) {
        w->full = true;
        return NULL;
    }
    char *at = w->p + w->n;
    w->n += n;
    return at;
}

static inline void put(struct jw *w, const char *p, size_t n)
{
    char *at = room(w, n);
    if (at && n > 0)
        memcpy(at, p, n);
}

static inline void put_char(struct jw *w, char c)
{
    char *at = room(w, 1);
    if (at)
        *at = c;
}

/* Before each value or key: the comma the one before left to be written. */
static inline void separate(struct jw *w)
{
    if (w->comma)
        put_char(w, ',');
    w->comma = true;
}

void jw_open(struct jw *w, char bracket)
{
    separate(w);
    put_char(w, bracket);
    w->comma = false;
}

void jw_close(struct jw *w, char bracket)
{
    put_char(w, bracket);
    w->comma = true;
}

void jw_key(struct jw *w, const char *key)
{
    separate(w);
    size_t n = strlen(key);
    char *at = room(w, n + 3);
    if (at) {
        at[0] = '"';
        memcpy(at + 1, key, n);
        memcpy(at + 1 + n, "\":", 2);
    }
    w->comma = false;
}

/* ---- strings ---- */

static char short_escape(char c)
{
    switch (c) {
    case '\b':
        return 'b';
    case '\t':
        return 't';
    case '\n':
        return 'n';
    case '\f':
        return 'f';
    case '\r':
        return 'r';
    case '"':
    case '\\':
        return c;
    default:
        return '\0';
    }
}

size_t json_escape(char c, char out[JSON_ESCAPE])
{
    char letter = short_escape(c);
    if (letter) {
        out[0] = '\\';
        out[1] = letter;
        return 2;
    }
    memcpy(out, "\\u00", 4);
    hex_encode(&c, 1, out + 4);
    return JSON_ESCAPE;
}

void jw_string(struct jw *w, struct str v)
{
    char escaped[JSON_ESCAPE];
    separate(w);
    put_char(w, '"');
    while (v.n > 0) {
        size_t n = json_plain_run(v);
        put(w, v.p, n);
        if (n == v.n)
            break;
        put(w, escaped, json_escape(v.p[n], escaped));
        v = (struct str){v.p + n + 1, v.n - n - 1};
    }
    put_char(w, '"');
}

/* ---- other values ---- */

void jw_raw(struct jw *w, struct str v)
{
    separate(w);
    put(w, v.p, v.n);
}

static void members(struct jw *w, const struct json *object)
{
    for (const struct json *v = json_first(object); v; v = json_next(v)) {
        jw_string(w, json_key(v));
        put_char(w, ':');
        w->comma = false;
        jw_value(w, v);
    }
}

static void elements(struct jw *w, const struct json *array)
{
    for (const struct json *v = json_first(array); v; v = json_next(v))
        jw_value(w, v);
}

static void number(struct jw *w, const struct json *v)
{
    char buf[DECIMAL_TEXT];
    struct str text;
    if (json_decimal(v, buf, &text))
        jw_raw(w, text);
}

/* The parser has bounded the depth. */
void jw_value(struct jw *w, const struct json *v)
{
    switch (json_kind(v)) {
    case JSON_NULL:
        jw_null(w);
        return;
    case JSON_BOOL:
        jw_bool(w, json_bool(v));
        return;
    case JSON_NUMBER:
        number(w, v);
        return;
    case JSON_STRING:
        jw_string(w, json_string(v));
        return;
    case JSON_ARRAY:
        jw_open(w, '[');
        elements(w, v);
        jw_close(w, ']');
        return;
    case JSON_OBJECT:
        jw_open(w, '{');
        members(w, v);
        jw_close(w, '}');
        return;
    }
}

void jw_bool(struct jw *w, bool v)
{
    jw_raw(w, v ? STR("true") : STR("false"));
}

void jw_null(struct jw *w)
{
    jw_raw(w, STR("null"));
}

void jw_int(struct jw *w, int64_t v)
{
    char text[DECIMAL_DIGITS];
    jw_raw(w, (struct str){text, decimal_i64(v, text)});
}

/* Text that needs no escaping, between quotes. */
static void quoted(struct jw *w, const char *p, size_t n)
{
    separate(w);
    char *at = room(w, n + 2);
    if (!at)
        return;
    at[0] = '"';
    memcpy(at + 1, p, n);
    at[1 + n] = '"';
}

void jw_qty(struct jw *w, int64_t v_t)
{
    char text[DECIMAL_TEXT];
    quoted(w, text, qty_format(v_t, text));
}

void jw_money(struct jw *w, int64_t v_e4)
{
    char text[DECIMAL_TEXT];
    quoted(w, text, money_format(v_e4, text));
}

void jw_id(struct jw *w, int64_t v)
{
    char text[DECIMAL_DIGITS];
    quoted(w, text, decimal_i64(v, text));
}

void jw_hex(struct jw *w, const void *p, size_t n)
{
    separate(w);
    char *at = room(w, 2 * n + 2);
    if (!at)
        return;
    at[0] = '"';
    hex_encode(p, n, at + 1);
    at[1 + 2 * n] = '"';
}

/* One to three bytes as four characters. */
static void base64_group(const uint8_t *p, size_t n, char out[4])
{
    static const char LETTERS[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = (uint32_t)p[0] << 16;
    if (n > 1)
        bits |= (uint32_t)p[1] << 8;
    if (n > 2)
        bits |= p[2];
    for (size_t i = 0; i < 4; i++)
        out[i] = i > n ? '=' : LETTERS[(bits >> (18 - 6 * i)) & 63];
}

void jw_base64(struct jw *w, const void *p, size_t n)
{
    const uint8_t *bytes = p;
    separate(w);
    char *at = room(w, (n + 2) / 3 * 4 + 2);
    if (!at)
        return;
    *at++ = '"';
    for (; n > 0; at += 4) {
        size_t group = n < 3 ? n : 3;
        base64_group(bytes, group, at);
        bytes += group;
        n -= group;
    }
    *at = '"';
}

/* ---- key and value ---- */

void jw_kstring(struct jw *w, const char *key, struct str v)
{
    jw_key(w, key);
    jw_string(w, v);
}

void jw_kint(struct jw *w, const char *key, int64_t v)
{
    jw_key(w, key);
    jw_int(w, v);
}

void jw_kbool(struct jw *w, const char *key, bool v)
{
    jw_key(w, key);
    jw_bool(w, v);
}

void jw_kqty(struct jw *w, const char *key, int64_t v_t)
{
    jw_key(w, key);
    jw_qty(w, v_t);
}

void jw_kmoney(struct jw *w, const char *key, int64_t v_e4)
{
    jw_key(w, key);
    jw_money(w, v_e4);
}

void jw_kid(struct jw *w, const char *key, int64_t v)
{
    jw_key(w, key);
    jw_id(w, v);
}

void jw_kobject(struct jw *w, const char *key)
{
    jw_key(w, key);
    jw_open(w, '{');
}

void jw_karray(struct jw *w, const char *key)
{
    jw_key(w, key);
    jw_open(w, '[');
}
