/* What of a document may go into a bundle: by lists of what is known to be harmless. What nobody
 * has thought of stays here. */
#ifndef POSHUBCTL_MASK_H
#define POSHUBCTL_MASK_H

#include <stdio.h>

#include "proto/json.h"

/* Numbers and yes/no stay; of texts those whose member's name is in `texts` (ends with NULL; an
 * array's elements go by the array's name); members named in `not` are left out. For people:
 * indented.
 */
void mask_json(const struct json *v, const char *const *texts, const char *const * not, FILE *out);
/* A configuration file, line by line: sections and keys that are known, their values where a value
 * of that key is no secret and looks like one of that key. Comments go. */
void mask_config(struct str text, FILE *out);

#endif
