/* What the relay asks of the tables: the rows that wait to be pushed, the stores that lag, and what
 * hubs said. Each function works inside the caller's transaction.
 */
#ifndef TOOLS_PRODUCT_CENTER_OUTBOX_H
#define TOOLS_PRODUCT_CENTER_OUTBOX_H

#include "proto/row.h"
#include "tools/product-center/call.h"

struct outbox_entry {
    struct store_key key;
    uint64_t ver;
    enum cloud_item_kind kind; /* not a stock row: the down_item of that ver, and no object */
    struct object object;
    bool echo;
};
/* Tells the relays at the commit of this transaction that there is something. */
void outbox_wake(struct db_conn *db);

/* The oldest `limit` entries, those of one store together and by ver. In the arena; from here on
 * the transaction sees the database as it was at this moment. */
struct outbox_entry *outbox_take(struct call *c, size_t limit, size_t *n);
/* The store's entry `ver` carries news to the hub after all. */
void outbox_is_news(struct call *c, uint64_t ver);
/* They were pushed. */
void outbox_done(struct call *c, const struct outbox_entry *e, size_t n);

/* Stores whose hub was behind for more than 5 s, those waiting longest first, found by an index on
 * the lag itself. In the arena. */
struct store_key *lag_due(struct call *c, size_t limit, size_t *n);
/* Rows were pushed again: next in 5 s, 10 s, .. 10 min, unless the hub is heard of. */
void lag_pushed(struct call *c);

/* `list` is a JSON array of {"shard","brand_id","poi_id"[,"applied"][,"state"]}, in the order in
 * which it was heard: now, by the center's clock. */
void heard_save(struct call *c, struct str list);

struct head_entry {
    struct store_key key;
    uint64_t ver;
    uint32_t center_epoch;
    struct hlc hlc;
};
/* The next `limit` stores after `after`, by key; fewer: those were the last. In the arena. */
struct head_entry *head_list(struct call *c, const struct store_key *after, size_t limit,
                             size_t *n);
size_t head_count(struct call *c);

/* At most one session of a database leads. It does until it says otherwise or ends. */
bool lead_take(struct db_conn *db); /* also: what outbox_wake tells is heard from now on */
void lead_leave(struct db_conn *db);

#endif
