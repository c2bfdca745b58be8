/* A store without loop, LAN or clock: commands as JSON text against the real books in a scratch
 * directory, in virtual time. For unit tests, stories and scenarios.
 */
#ifndef TESTS_SHOP_H
#define TESTS_SHOP_H

#include "edge/books/books.h"
#include "edge/books/center.h"

struct shop {
    char dir[64];
    struct store *store;
    struct arena scratch;
    struct books_config config;
    int64_t wall_ms, uptime_ms; /* the story's clocks: move them by shop_wait */
    int64_t wall_lead_ms;       /* what the box thinks of its wall clock */
    uint32_t day;
    int requests;        /* req_ids drawn */
    bool pin_is_right;   /* what the shell makes of an override_pin */
    bool crash_next;     /* the next command dies before its commit, and the hub starts again */
    uint32_t seen_epoch; /* what a device has witnessed (store.confirm) */
    bool enrolled;       /* the store has a center, which has acknowledged nothing */
    /* Set: runs in the transaction of each command before it, which is then thrown away. */
    void (*rehearse)(void *ctx, struct txn *txn);
    void *rehearse_ctx;
    /* of the last command */
    enum ph_err err; /* of its transaction: only a rehearsal may meet one */
    struct command cmd;
    struct json *body;
    struct arena request;
    struct outcome out;
    char path[FIELD_PATH];
};

/* Opens a new store with the test menu: SKUs 1001, 1002 (SPU 500), 1003 (alone), 1004 weighed
 * (step 0.1), all 10.0000, stations oven, oven, bar, bar; option group 9 with options 77 (1.0000)
 * and 78 (0.5000, takes 1003) on 1001. */
void shop_open(struct shop *s);
/* The same menu and more: 1005 Cola (2.5000, no station), and the combo 1010 Lunch (12.0000) of
 * Pizza M (no extra), Egg (0.5000) and Cola (0.2500). */
void shop_menu_with_combo(struct shop *s);
void shop_close(struct shop *s);
/* Closes and opens the store again: what a crash after the last commit leaves. */
void shop_reopen(struct shop *s);
void shop_wait(struct shop *s, int64_t span_ms); /* both clocks, then all due timers */
/* One turn of due timers and housekeeping, its outcome in s->out. False: all is done. */
bool shop_timers(struct shop *s);
/* The earliest armed deadline of both clocks, as of the uptime clock; INT64_MAX: none. */
int64_t shop_next_timer(struct shop *s);

/* Runs one request; 'quotes' stand for "quotes". A missing req_id is drawn. Returns the code. A
 * kitchen screen is named after its station: "kds-oven". */
enum code shop_do(struct shop *s, const char *device, enum role role, const char *verb,
                  const char *fmt, ...) __attribute__((format(printf, 5, 6)));
enum code pos(struct shop *s, const char *verb, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
enum code kiosk(struct shop *s, const char *verb, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The hub's own requests of the cloud line; what they point to is the caller's. */
void shop_center_rows(struct shop *s, const struct center_rows *in);
void shop_row_state(struct shop *s, const struct state_ask *ask);
void shop_claim(struct shop *s, const struct center_claim *in);

struct stock_row shop_row(struct shop *s, enum object_type type, int64_t id); /* texts cleared */
int64_t shop_real(struct shop *s, int64_t sku), shop_locked(struct shop *s, int64_t sku);
int64_t shop_avail(struct shop *s, int64_t sku, enum channel c);
enum order_state shop_state(struct shop *s, const char *order_id);
enum kitchen shop_kitchen(struct shop *s, const char *order_id);
/* Numbers of events of a kind in the journal; EVENT_KIND_COUNT: of all. */
int shop_events(struct shop *s, enum event_kind kind);
/* The chain verifies and the sums hold; prints why where they do not. */
bool shop_sound(struct shop *s);

#endif
