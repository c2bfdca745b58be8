/* JSON in and out. The only doorman of cJSON.
 *
 * In: a strict pre-scan first (size, UTF-8, depth, token count, grammar, number range, end of
 * input; pitfalls.md section 3), only then cJSON, and duplicate keys are refused. Out: a direct
 * writer into a caller's buffer, no tree.
 */
#ifndef PROTO_JSON_H
#define PROTO_JSON_H

#include "proto/types.h"

/* ---- reading ---- */
struct json; /* a parsed value; owned by its document */

struct json_limits {
    size_t bytes, depth, tokens;
};
extern const struct json_limits JSON_REQUEST; /* the LAN's */
extern const struct json_limits JSON_IMPORT;  /* the control socket's */

#define JSON_WHY 96
/* Parses one object. On refusal returns NULL and writes one line for people to `why` (JSON_WHY
 * bytes, may be NULL). The document is freed with json_free (NULL is fine). */
struct json *json_parse(const char *p, size_t n, const struct json_limits *limits, char *why);
void json_free(struct json *doc);

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };
enum json_kind json_kind(const struct json *v);
const struct json *json_get(const struct json *object, const char *key); /* NULL: not there */
/* Members come in bytewise order of their keys, whatever order they were sent in. */
const struct json *json_first(const struct json *array_or_object); /* NULL: empty */
const struct json *json_next(const struct json *v);
struct str json_key(const struct json *v);    /* a member's name; lives as long as the document */
struct str json_string(const struct json *v); /* of a JSON_STRING; lives as long as the document */
bool json_bool(const struct json *v);
/* An integral JSON_NUMBER within +-(2^53-1); false otherwise. */
bool json_integer(const struct json *v, int64_t *out);
/* A member of an object whose absence, or another kind, means "nothing": "" and 0. */
struct str json_text_at(const struct json *object, const char *key);
int64_t json_integer_at(const struct json *object, const char *key);
/* The decimal text of a number, exact (1.50 gives "1.5"), or the content of a string: what
 * qty_parse wants. `buf` (DECIMAL_TEXT bytes) backs the number case. False for other kinds. */
bool json_decimal(const struct json *v, char *buf, struct str *out);

/* Canonical form (RFC 8785 restricted to strings, integers and decimals of at most 15 digits,
 * arrays, objects, true/false/null; keys sorted bytewise, never an exponent) without the named
 * top-level members. `skip` ends with NULL. SHA-256 over `prefix` followed by the canonical text.
 */
void json_canonical_hash(const struct json *object, struct str prefix, const char *const *skip,
                         uint8_t out[32]);

/* ---- writing ---- */
/* Appends to a caller's buffer; never past its end. After an overflow everything is ignored and
 * jw_ok is false: check once, at the end. Commas are its business. */
struct jw {
    char *p;
    size_t n, cap;
    bool full, comma;
};
void jw_init(struct jw *w, char *buf, size_t cap);
bool jw_ok(const struct jw *w);
struct str jw_text(const struct jw *w);
void jw_open(struct jw *w, char bracket);   /* '{' or '[' as array element or root */
void jw_close(struct jw *w, char bracket);  /* '}' or ']' */
void jw_key(struct jw *w, const char *key); /* ASCII, needs no escaping */
void jw_string(struct jw *w, struct str v); /* escapes as RFC 8785 does */
void jw_int(struct jw *w, int64_t v);       /* a bare integer */
void jw_bool(struct jw *w, bool v);
void jw_null(struct jw *w);
void jw_raw(struct jw *w, struct str v);   /* a ready value */
void jw_qty(struct jw *w, int64_t v_t);    /* "8.5", as a string */
void jw_money(struct jw *w, int64_t v_e4); /* "12.7500", as a string */
void jw_id(struct jw *w, int64_t v);       /* "1001", as a string */
void jw_hex(struct jw *w, const void *p, size_t n);

/* key and value at once */
void jw_kstring(struct jw *w, const char *key, struct str v);
void jw_kint(struct jw *w, const char *key, int64_t v);
void jw_kbool(struct jw *w, const char *key, bool v);
void jw_kqty(struct jw *w, const char *key, int64_t v_t);
void jw_kmoney(struct jw *w, const char *key, int64_t v_e4);
void jw_kid(struct jw *w, const char *key, int64_t v);
void jw_kobject(struct jw *w, const char *key); /* key, then '{' */
void jw_karray(struct jw *w, const char *key);  /* key, then '[' */

#endif
