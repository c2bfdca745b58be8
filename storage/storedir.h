/* The directory of a store: made durably, held by one process. */
#ifndef STORAGE_STOREDIR_H
#define STORAGE_STOREDIR_H

#include "storage/store.h"

/* Makes the last component with mode 0750 if it is missing, and makes that durable. */
enum ph_err storedir_make(const char *dir, char *why);
/* Takes the lock in the file "pid" and writes our pid there. *fd holds the lock until it is closed.
 * PH_ERR_LOCKED names the holder in `why` (STORE_WHY bytes). */
enum ph_err storedir_lock(const char *dir, int *fd, char *why);
/* Makes created and renamed entries of the directory durable. */
enum ph_err storedir_sync(const char *dir, char *why);

#endif
