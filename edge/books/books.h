/* The rules: what may happen to stock and orders. `books_execute` is the one entrance.
 *
 * A command runs inside the writer's transaction: it reads the rows it needs, decides, and only
 * then writes. A refusal is a verdict decided before the first write; an operating error sticks to
 * the transaction and fails the batch. Inside there is no clock, no I/O, no logging.
 */
#ifndef BOOKS_BOOKS_H
#define BOOKS_BOOKS_H

#include "edge/books/exhausted.h"
#include "edge/books/order.h"
#include "edge/books/stock.h"
#include "proto/command.h"
#include "proto/due.h"
#include "storage/journal.h"

struct channel_setting {
    bool ticket_at_place; /* else at payment */
    int64_t expiry_ms;    /* of unpaid orders; 0: never */
    bool closed;          /* no new order on it: CHANNEL_CLOSED */
};
struct books_config {
    struct channel_setting channels[CHANNEL_COUNT];
    struct store_identity identity;
    struct zone zone;       /* the store's; without an offset_s: UTC */
    uint32_t day_start_min; /* local time at which the business day begins */
    bool refuse_new_orders; /* storage above the refusal level: STORAGE_FULL */
    bool strict_closed;     /* the disk is an old one: STRICT rows are not sold until a claim */
    bool return_at_close;   /* the day's close gives all selling rights back */
};
extern const struct books_config BOOKS_DEFAULTS; /* lan-protocol 4 */

/* Lives for one transaction: journal head in, out again by books_finish. */
struct books {
    struct txn *txn;
    struct journal j;
    const struct books_config *config;
    struct arena *scratch;       /* the books' own, reset per command */
    struct exhausted *exhausted; /* told what cannot be sold; NULL: nobody asks */
};
/* Creates head and secret in an empty store (`secret` is used only then). */
enum ph_err books_begin(struct books *b, struct txn *txn, const struct books_config *config,
                        struct arena *scratch, const uint8_t secret[32]);
void books_finish(struct books *b);

/* What must be told to the LAN after the commit. The loop reads the newest state of the named thing
 * when it publishes, so intermediate states merge by themselves. */
enum change_kind {
    CHANGE_ORDER,
    CHANGE_STOCK,
    CHANGE_TICKET,
    CHANGE_PICKUP,
    CHANGE_ALERT,
    CHANGE_MENU,
    CHANGE_DEVICES,
    CHANGE_HUB
};
struct change {
    enum change_kind kind;
    uint64_t order_no;    /* ORDER, TICKET */
    uint32_t round;       /* TICKET */
    struct object object; /* STOCK */
    enum channel channel; /* PICKUP */
    uint16_t pickup;      /* PICKUP */
    struct str text;      /* TICKET: station; ALERT: id; ORDER: order_id; in the outcome's arena */
    struct str device;    /* ORDER: whose order it is */
};

/* Rows that one outcome names; beyond it (a whole menu that is restored at once, a
 * claim) all is told anew. */
#define OUTCOME_ROWS 8192

#define DETAIL_TEXT 128
struct refused_line {
    uint32_t line;
    int64_t object_id;
    enum code code;
    int64_t need_t, avail_t;
    enum object_type limit_by; /* which row was the scarcest */
};
/* Of a row's schedule and policy, by the store's clocks; of a row without them it means nothing. */
struct stock_times {
    int64_t restore_ms;   /* the next one; 0: none */
    uint32_t release_min; /* of the day */
};
/* zone NULL: UTC */
struct stock_times stock_times_at(const struct stock_row *r, const struct zone *zone,
                                  int64_t wall_ms);

/* Owned by the caller, who inits `arena` and frees it after the reply was sent. */
struct outcome {
    enum code code;
    bool replayed, duplicate, late, refund_due;
    struct position at; /* of the reply: last event of the command, or of the state shown */
    uint8_t tag[4];
    char detail[DETAIL_TEXT];
    int64_t retry_after_ms; /* 0: none */
    struct refused_line *refused;
    uint16_t n_refused;
    bool has_order;
    struct bytes order; /* packed snapshot for the reply (order_unpack) */
    int64_t uptime_ms;  /* U when it was answered: for expires_in_ms of the snapshot */
    bool has_stock;
    struct bytes stock;       /* packed snapshot (stock_unpack) */
    struct stock_times times; /* of it, when it was answered */
    bool has_value;
    struct str value; /* a ready JSON value for "result" (menu.import, day.close ..) */
    struct change *changes;
    uint16_t n_changes, cap_changes;
    bool all_changed;     /* more rows than are named in it */
    bool more;            /* VERB_TIMERS: not everything due was done, come again */
    uint64_t applied_ver; /* VERB_CENTER_ROW: of the center, nothing up to here is missing */
    uint32_t bad_rows;    /* the same: those that told of events which this hub never wrote */
    struct arena arena;
};
/* At the start, and when the wall clock went back: the timers of the wall clock stand anew where
 * the rows and the zone say. */
void books_rearm(struct books *b, int64_t wall_ms);
/* What is due by the wall clock, then steps 5 to 10 of the chain, and the effects. Fills *out. */
void books_execute(struct books *b, const struct command *c, struct outcome *out);

/* Invariants that are sums (I1, I5, I7 and tickets), over the whole store: for test builds and the
 * nightly audit. False writes one line to `why` (160 bytes). */
bool books_audit(struct txn *txn, char *why);

#endif
