/* The small values of the cloud line (base-api.md, sync-protocol 1.1): ids that may be numbers or
 * strings, bare decimals, times with an offset, clocks, stamps, positions, hashes.
 *
 * The readers continue proto/field.h: true when the member is there and good, *out is untouched
 * otherwise, the first refusal sticks in `f`. A member that is null counts as not there.
 */
#ifndef PROTO_WIRE_H
#define PROTO_WIRE_H

#include "proto/field.h"
#include "proto/hlc.h"

/* ---- times ---- */

#define WIRE_TIME 32 /* "2026-01-28T10:00:00.123+08:00" and its NUL */

/* ISO 8601 with an offset ("Z" or "+08:00"), years 1970 to 9999; up to nine digits of a second,
 * of which three count. False where it is anything else; *out and *offset_min are then untouched.
 */
bool wire_time_parse(struct str text, int64_t *out_ms, int16_t *offset_min);
/* The same instant for a reader at that offset. The milliseconds stand there if `always_ms`, else
 * where they are not zero. Returns the length. */
size_t wire_time_format(int64_t at_ms, int16_t offset_min, bool always_ms, char out[WIRE_TIME]);

/* ---- reading ---- */

/* The member, or NULL where it is missing or null. */
const struct json *wire_member(const struct json *object, const char *key);
/* A positive 64-bit id: a string of digits, or a number up to 2^53-1. */
bool wire_id(struct fields *f, const struct json *object, const char *key, int64_t *out);
bool wire_id_value(const struct json *v, int64_t *out);
/* Both are needed: a string of [A-Za-z0-9_-]{1,32}, or a number (its digits come into the arena).
 */
void wire_need_store(struct fields *f, const struct json *object, struct str *brand_id,
                     struct str *poi_id);
/* {"object_type":2,"object_id":1001}; a missing type means SKU. False without an id. */
bool wire_object(struct fields *f, const struct json *object, struct object *out);
bool wire_u64(struct fields *f, const struct json *object, const char *key, uint64_t *out);
bool wire_i64(struct fields *f, const struct json *object, const char *key, int64_t *out);
/* A bare decimal or a decimal string, at least min_t: else 1007. */
bool wire_qty(struct fields *f, const struct json *object, const char *key, int64_t min_t,
              int64_t *out_t);
/* true, false, 1 or 0. */
bool wire_flag(struct fields *f, const struct json *object, const char *key, bool *out);
bool wire_hash(struct fields *f, const struct json *object, const char *key, uint8_t out[32]);
bool wire_hlc(struct fields *f, const struct json *object, const char *key, struct hlc *out);
bool wire_stamp(struct fields *f, const struct json *object, const char *key, struct stamp *out);
bool wire_position(struct fields *f, const struct json *object, const char *key,
                   struct position *out);
bool wire_text(struct fields *f, const struct json *object, const char *key, size_t max,
               struct str *out);
/* A member of that kind, or NULL; another kind is a refusal. */
const struct json *wire_object_at(struct fields *f, const struct json *object, const char *key);
const struct json *wire_array_at(struct fields *f, const struct json *object, const char *key);
/* The members of the inner object `key` become what is read, for paths, until fields_leave. */
size_t wire_enter(struct fields *f, const char *key);
size_t wire_count(const struct json *array); /* 0 of NULL */

/* ---- writing ---- */

void wire_put_id(struct jw *w, const char *key, int64_t v); /* 1, or "9007199254740992" */
void wire_put_store(struct jw *w, struct str brand_id, struct str poi_id);
void wire_put_object(struct jw *w, struct object v);               /* both members */
void wire_put_decimal(struct jw *w, const char *key, int64_t v_t); /* 8 or 8.5, bare */
void wire_put_u64(struct jw *w, const char *key, uint64_t v);
void wire_put_hlc(struct jw *w, const char *key, struct hlc v);
void wire_put_stamp(struct jw *w, const char *key, struct stamp v);
void wire_put_position(struct jw *w, const char *key, struct position v);
void wire_put_hash(struct jw *w, const char *key, const uint8_t v[32]);

#endif
