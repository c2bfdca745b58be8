/* Input files of commands. */
#ifndef POSHUBCTL_FILE_H
#define POSHUBCTL_FILE_H

#include "proto/types.h"

/* The whole of a file ("-": stdin), at most `most` bytes. The caller frees out->p. False after a
 * complaint on stderr; nothing is to be freed then. */
bool file_read(const char *path, size_t most, struct str *out);

#endif
