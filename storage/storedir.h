/* The directory of a store: made durably, held by one process. Failures say why, for people. */
#ifndef STORAGE_STOREDIR_H
#define STORAGE_STOREDIR_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/err.h"

/* Makes the last component with mode 0750 if it is missing, and makes that durable. */
enum ph_err storedir_make(const char *dir, char *why, size_t why_n);
/* Takes the lock in the file "pid" and writes our pid there. *fd holds the lock until it is closed.
 * PH_ERR_LOCKED names the holder in `why`. */
enum ph_err storedir_lock(const char *dir, int *fd, char *why, size_t why_n);
/* The same lock, and nothing is written yet: for whoever may still refuse. Where the file "pid" is
 * not there nobody holds it, and *fd is -1. */
enum ph_err storedir_peek(const char *dir, int *fd, char *why, size_t why_n);
/* What storedir_peek has looked at is ours, as storedir_lock would have left it. On failure *fd is
 * as it was. */
enum ph_err storedir_keep(const char *dir, int *fd, char *why, size_t why_n);
/* The directory is there, and nobody holds that lock at this moment. */
bool storedir_is_free(const char *dir);
/* Makes created and renamed entries of the directory durable. */
enum ph_err storedir_sync(const char *dir, char *why, size_t why_n);

#endif
