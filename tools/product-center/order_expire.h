/* Unpaid online orders give their stock back when their time is up: a thread that looks every
 * second. Any number of processes may run one on the same database; one of them works at a time.
 */
#ifndef TOOLS_PRODUCT_CENTER_ORDER_EXPIRE_H
#define TOOLS_PRODUCT_CENTER_ORDER_EXPIRE_H

struct settings;
struct expiry;
/* `db` as libpq names the database: the thread has a connection of its own. Both are borrowed.
 * NULL: `why` (DB_WHY bytes). */
struct expiry *expiry_start(const char *db, const struct settings *settings, char *why);
/* Waits for what it is doing. */
void expiry_stop(struct expiry *e);

#endif
