/* Files that another process reads: replaced whole or not at all. */
#ifndef STORAGE_FILE_H
#define STORAGE_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "proto/err.h"
#include "proto/types.h"

/* All n bytes, also where the kernel takes them in parts. False: errno says why, and some may be
 * written. */
bool file_write(int fd, const void *p, size_t n);
/* Writes dir/name by way of a temporary file, fsync, rename, and fsync of the directory. Mode 0600,
 * given to `owner` when we are root. The old file stays on failure; errno is then left as it was.
 */
enum ph_err file_replace(const char *dir, const char *name, struct str text, uid_t owner);
/* Makes dir with mode 0750 if it is missing (only its last part), given to `owner` when we are
 * root. */
enum ph_err file_make_dir(const char *dir, uid_t owner);

#endif
