/* Files that another process reads: replaced whole or not at all. */
#ifndef EDGE_FILE_H
#define EDGE_FILE_H

#include <sys/types.h>

#include "proto/err.h"
#include "proto/types.h"

/* Writes dir/name by way of a temporary file, fsync, rename, and fsync of the directory. Mode 0600,
 * given to `owner` when we are root. The old file stays on failure; errno is then left as it was.
 */
enum ph_err file_replace(const char *dir, const char *name, struct str text, uid_t owner);
/* Makes dir with mode 0750 if it is missing (only its last part), given to `owner` when we are
 * root. */
enum ph_err file_make_dir(const char *dir, uid_t owner);

#endif
