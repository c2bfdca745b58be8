/* Reading the fields of a request body: every reader checks kind, grammar and range, and the first
 * refusal sticks with the field's path, so that a decoder is straight-line code with one check at
 * its end.
 *
 * Readers return true when the field is there and good; *out is untouched otherwise. A field that
 * is not there is no refusal: wrap the reader in field_need where it is required.
 */
#ifndef PROTO_FIELD_H
#define PROTO_FIELD_H

#include "proto/command.h"

struct fields {
    struct arena *arena;
    enum code code;         /* CODE_OK until the first refusal */
    char *path;             /* of the first refusal; FIELD_PATH bytes, the caller's */
    char where[FIELD_PATH]; /* of the object being read: "" or "lines[3]." */
};
void fields_begin(struct fields *f, struct arena *arena, char path[FIELD_PATH]);

/* Refuses with the path of `key` in the object being read. Does nothing after the first. */
void field_refuse(struct fields *f, enum code code, const char *key);
/* 1010 in a sentence that ends with the request's own word: "channel: no such channel KIOSK2". */
void field_refuse_word(struct fields *f, const char *said, struct str word);
/* 1010 at `key` unless it was there. */
void field_need(struct fields *f, bool there, const char *key);

/* Element `index` of the array `key` becomes the object being read, until fields_leave gets the
 * mark back. */
size_t fields_enter(struct fields *f, const char *key, size_t index);
void fields_leave(struct fields *f, size_t mark);
/* 1010 at the first member that is not in `known` (ends with NULL), and where `object` is none. */
void fields_only(struct fields *f, const struct json *object, const char *const *known);

bool field_text(struct fields *f, const struct json *object, const char *key, size_t max,
                struct str *out);
/* A text that `grammar` accepts (proto/topic.h). */
bool field_word(struct fields *f, const struct json *object, const char *key,
                bool (*grammar)(struct str), struct str *out);
/* A positive 64-bit id, as a string without leading zeros. */
bool field_id(struct fields *f, const struct json *object, const char *key, int64_t *out);
bool field_u32(struct fields *f, const struct json *object, const char *key, uint32_t min,
               uint32_t max, uint32_t *out);
bool field_bool(struct fields *f, const struct json *object, const char *key, bool *out);
/* A quantity in tenths, at least min_t; a number or string that is none gives 1007. */
bool field_qty(struct fields *f, const struct json *object, const char *key, int64_t min_t,
               int64_t *out_t);
/* Money as a string, at least min_e4. */
bool field_money(struct fields *f, const struct json *object, const char *key, int64_t min_e4,
                 int64_t *out_e4);
/* An array of at most `max` elements: their number, and zeroed arena memory for as many records of
 * `size` bytes. 0 where it is missing, empty or refused. */
uint16_t field_array(struct fields *f, const struct json *object, const char *key, size_t max,
                     size_t size, void **out);

#endif
