/* Small input files, whole. */
#ifndef STORESIM_FILE_H
#define STORESIM_FILE_H

#include "proto/types.h"

/* out->p belongs to the caller, with a NUL after the text. False: cannot be read. */
bool file_read(const char *path, struct str *out);
/* The next line of *rest without its end; false: no more. */
bool file_line(struct str *rest, struct str *line);
/* The next field of *rest up to `separator`; the last one takes what is left. */
struct str file_field(struct str *rest, char separator);

#endif
