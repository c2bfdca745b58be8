/* What the center does by itself from time to time: a thread with a database connection of its own.
 * Any number of processes may run it on the same database; of each chore one does a piece at a
 * time.
 */
#ifndef TOOLS_PRODUCT_CENTER_CHORES_H
#define TOOLS_PRODUCT_CENTER_CHORES_H

#include "tools/product-center/call.h"

struct chore {
    const char *name;
    int64_t every_ms; /* by the center's clock */
    /* One piece, in a transaction of its own. True: there is more. After call_fail the piece is
     * rolled back and the chore waits for its next time. */
    bool (*piece)(struct call *c);
};
struct chores;
/* `db` as libpq names the database; all are borrowed. NULL: `why` (DB_WHY bytes). */
struct chores *chores_start(const char *db, const struct settings *settings, char *why);
/* Waits for the piece that is being done. */
void chores_stop(struct chores *s);

#endif
