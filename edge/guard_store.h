/* What the guard does about a loop (edge/guard.h): reads the whole store in a child, which may die
 * of it. A store that is whole is not to blame, and the hub goes on. A broken one is set aside,
 * never deleted, and the newest good backup takes its place, with what can still be read of the
 * broken one; the new epoch says so in the journal.
 *
 * A store whose very opening says that it is damaged needs no loop: three more tries would find the
 * same, and the shop stands still meanwhile.
 *
 * Where no backup helps, that is remembered (edge/guard_verdict.h).
 *
 * Called before the store is opened, while the process has one thread.
 */
#ifndef EDGE_GUARD_STORE_H
#define EDGE_GUARD_STORE_H

#include "edge/alerts.h"
#include "edge/backup_list.h"

#define GUARD_ASIDE_MOST                                                                           \
    3 /* broken stores that are kept; with so many the guard leaves all as it is */

/* Fills *out with what people must hear of it. Whatever happens, there is a store to open after it:
 * the one from before, or one that a backup has become. */
void guard_store(const struct config *config, unsigned starts, int64_t now_ms, struct alert *out);

/* What people hear where a store is broken and no backup helps (PH-1009); `why` none does. */
struct alert guard_store_helpless(const char *why, int64_t now_ms);

/* There is no store (no file, or an empty one), and there are backups of it: a new one that began
 * there would know no order, no device and no stock, and nobody would have said so (PH-1019).
 * backup: the name of the newest. False where the backups cannot be listed: a hub without any must
 * be able to begin. */
bool guard_store_lost(const struct config *config, char backup[BACKUP_NAME]);

#endif
