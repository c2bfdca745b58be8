/* What the guard remembers of its last word "broken, and no backup helps" (edge/guard_store.h): of
 * which store file, which backups and how many stores set aside it said so, in the file
 * <data_dir>.verdict. While these are what they were then, the word stands, and nobody reads the
 * whole store again to say the same.
 *
 * A file is the same by its device, number, size and time of change: any write, restore or chown
 * makes another one of it.
 */
#ifndef EDGE_GUARD_VERDICT_H
#define EDGE_GUARD_VERDICT_H

#include "edge/config.h"
#include "storage/store.h"

enum guard_verdict {
    VERDICT_NONE,    /* nothing is known of this store file */
    VERDICT_STANDS,  /* broken, and no backup has come since */
    VERDICT_DOUBTED, /* broken, but what could help has changed: worth another look */
};
/* `why`: one line, what was wrong with the backups. Where it cannot be written nothing is
 * remembered, and the next start reads the store again. */
void guard_verdict_keep(const struct config *config, const char *why);
/* why (STORE_WHY bytes) is filled in where a verdict is known. */
enum guard_verdict guard_verdict_read(const struct config *config, char *why);
void guard_verdict_drop(const struct config *config);
/* Broken stores that were set aside, DATA_DIR.broken-*. */
size_t guard_aside_count(const struct config *config);

#endif
