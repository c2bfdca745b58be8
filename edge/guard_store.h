/* What the guard does about a loop (edge/guard.h): reads the whole store in a child, which may die
 * of it. A store that is whole is not to blame, and the hub goes on. A broken one is set aside,
 * never deleted, and the newest good backup takes its place, with what can still be read of the
 * broken one; the new epoch says so in the journal.
 *
 * Where no backup helps, that is remembered (edge/guard_verdict.h).
 *
 * Called before the store is opened, while the process has one thread.
 */
#ifndef EDGE_GUARD_STORE_H
#define EDGE_GUARD_STORE_H

#include "edge/alerts.h"
#include "edge/config.h"

#define GUARD_ASIDE_MOST                                                                           \
    3 /* broken stores that are kept; with so many the guard leaves all as it is */

/* Fills *out with what people must hear of it. Whatever happens, there is a store to open after it:
 * the one from before, or one that a backup has become. */
void guard_store(const struct config *config, unsigned starts, int64_t now_ms, struct alert *out);

/* What people hear where a store is broken and no backup helps (PH-1009); `why` none does. */
struct alert guard_store_helpless(const char *why, int64_t now_ms);

#endif
