/* The retained state on the LAN (lan-protocol 2): what changed is read again from the books and
 * told; after every connect everything is told anew, and what the broker still holds but the books
 * do not is cleared. States go at QoS 0: their readers subscribe at QoS 0, a connection that breaks
 * is followed by everything anew, and an acknowledgement for each costs a fifth of the throughput.
 *
 * Changes name things, not values: so intermediate states merge by themselves, and whatever goes
 * out is the newest that is committed. Tickets, alerts and the menu go at once; stock, orders and
 * pickup numbers when edge/coalesce says so.
 */
#ifndef EDGE_PUBLISH_H
#define EDGE_PUBLISH_H

#include "edge/alerts.h"
#include "edge/clock.h"
#include "edge/coalesce.h"
#include "edge/counters.h"
#include "edge/lan.h"
#include "edge/books/view.h"

/* A commit shared by so many requests is a rush. Orders and pickup numbers then let the replies go
 * first and wait LIMIT_COALESCE_MS, which merges the steps of one order into fewer messages. */
#define PUBLISH_RUSH 8

#define PUBLISH_BYTES 61440 /* one state; below the broker's packet limit */

struct publish {
    struct store *store;
    struct lan *lan;
    struct clock *clock;
    struct counters *counters;
    const struct alerts *alerts;
    uint8_t secret[32];
    struct coalesce live;
    struct arena scratch;
    uv_timer_t timer;
    struct txn *txn;      /* open within one turn only */
    int sweep;            /* enum sweep: what is being told anew */
    struct key sweep_key; /* last row told */
    uint64_t swept;
    bool reading_back, read_back_heard;
    bool rush;
    char text[PUBLISH_BYTES];
};
void publish_init(struct publish *p, uv_loop_t *loop);
void publish_stop(struct publish *p); /* closes the timer */
void publish_fini(struct publish *p); /* after the loop has ended */

/* The connection is there: tell everything, in slices, and read back what the broker holds. */
void publish_connected(struct publish *p);
/* So many rows have changed that all of them are told anew; publish_flush begins with it. */
void publish_all(struct publish *p);
void publish_disconnected(struct publish *p);
/* A kept message on one of our topics: cleared when the books do not have it. */
void publish_heard(struct publish *p, struct str topic);
/* How many requests share the batch that comes next. */
void publish_batch(struct publish *p, size_t requests);
/* What an outcome changed; then, after the last one of a batch, publish_flush. */
void publish_change(struct publish *p, const struct change *change);
void publish_alert(struct publish *p, struct str id);
void publish_flush(struct publish *p);
/* The broker took something: there may be room again. */
void publish_room(struct publish *p);
/* Once a second. */
void publish_tick(struct publish *p);
/* Stock rows that are told, and those of them that no channel may sell. */
void publish_stock_counts(const struct publish *p, size_t *rows, size_t *sold_out);

#endif
