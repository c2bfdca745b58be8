/* Cases that nothing but time moves: a thread that looks every second which of them wait long
 * enough, opens those that waited for the hub, and refunds online orders where staff did nothing.
 *
 * Any number of processes may run one on the same database: what is due is looked at again under
 * the store's lock, so that the second finds nothing to do.
 */
#ifndef TOOLS_PRODUCT_CENTER_OVERSELL_WATCH_H
#define TOOLS_PRODUCT_CENTER_OVERSELL_WATCH_H

struct settings;
struct oversell_watch;
/* `db` as libpq names the database: the thread has a connection of its own. Both are borrowed.
 * NULL: `why` (DB_WHY bytes). */
struct oversell_watch *oversell_watch_start(const char *db, const struct settings *settings,
                                            char *why);
/* Waits for what it is doing. NULL is fine. */
void oversell_watch_stop(struct oversell_watch *w);

#endif
