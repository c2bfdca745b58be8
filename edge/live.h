/* What a retained topic shows now, read from the books: its names and its payload, empty when there
 * is nothing to show any more. Reads one transaction, sends nothing.
 */
#ifndef EDGE_LIVE_H
#define EDGE_LIVE_H

#include "edge/alerts.h"
#include "edge/coalesce.h"
#include "edge/books/view.h"
#include "proto/topic.h"

struct live {
    struct txn *txn;
    struct arena *arena; /* for decoded orders; reset by the caller */
    const uint8_t *secret;
    int64_t now_u_ms;
    struct jw text;             /* .p and .cap set by the caller; afterwards the payload */
    char topics[2][TOPIC_TEXT]; /* the second one is empty where there is only one */
};
/* False: the thing is not known at all, there is nothing to tell. */
bool live_render(struct live *l, struct live_key key);
bool live_ticket(struct live *l, uint64_t order_no, struct str station, uint32_t round);
bool live_menu(struct live *l);
/* The shell's own alerts, else the books'. */
void live_alert(struct live *l, const struct alerts *alerts, struct str id);
/* Does the topic have anything to show? For what is read back from the broker. Topics that are not
 * retained state of the books exist. */
bool live_exists(struct live *l, const struct alerts *alerts, struct str topic);

/* Of the payload without "at" and "expires_in_ms", which move while nothing happens. */
uint64_t live_hash(const struct live *l);
/* One bit for each channel that may sell; LIVE_CLOSED: none. */
#define LIVE_CLOSED 0
uint8_t live_marks(struct txn *txn, struct live_key stock);
/* Under which pickup number an order is called. */
struct live_key live_pickup_of(struct txn *txn, struct arena *arena, uint64_t order_no);

#endif
