/* An object on the command line, 1001 (SKU) or spu:500, and bodies of requests about one. */
#ifndef POSHUBCTL_OBJECT_H
#define POSHUBCTL_OBJECT_H

#include "proto/types.h"
#include "tools/poshubctl/ctl.h"
#include "tools/poshubctl/hub.h"

/* Each returns false after a word on stderr. */
bool object_parse(const char *text, struct object *out);
/* Opens a body with the object that the first word names. */
bool object_body(struct body *b, const struct args *args);
bool quantity_member(struct body *b, const char *key, const char *text);
/* "HH:MM" */
bool time_member(struct body *b, const char *key, const char *text);

#endif
