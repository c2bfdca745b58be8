/* Reading the hub's replies for people. Every text that comes out is safe for a terminal: control
 * characters, which a guest's note or a device's name may hold, are replaced. */
#ifndef POSHUBCTL_REPLY_H
#define POSHUBCTL_REPLY_H

#include "proto/json.h"

#define REPLY_TEXT 512

/* The member at a dotted path ("store.name"); NULL where it is missing or v is NULL. */
const struct json *reply_at(const struct json *v, const char *path);
/* A scalar as text: strings as they are but money with two decimals where two say it all, numbers
 * as written, yes/no, "" for null, missing, arrays and objects. Cut at REPLY_TEXT - 1 bytes.
 * Returns buf. */
const char *reply_value(const struct json *v, char buf[REPLY_TEXT]);
/* The same of the member at a path, in a buffer that lives as long as the enclosing block. */
#define TEXT_AT(v, path) reply_value(reply_at((v), (path)), (char[REPLY_TEXT]){0})
/* An integer, written as number or as string; 0 where there is none. */
int64_t reply_int(const struct json *v, const char *path);
bool reply_true(const struct json *v, const char *path);
/* Text that is no JSON, made safe and cut in the same way. Returns buf. */
const char *reply_safe(struct str text, char buf[REPLY_TEXT]);
/* Elements of an array or members of an object; 0 for others. */
int reply_count(const struct json *v);
/* An array of scalars: "oven, grill". Returns buf. */
const char *reply_joined(const struct json *v, char buf[REPLY_TEXT]);
/* An object in one line: key=value, and key=[n] for n elements of an array or object. */
const char *reply_summary(const struct json *v, char buf[REPLY_TEXT]);

#endif
