/* One simulated store: devices, a bad network, a box with a bad clock that crashes, and on it the
 * real books on a real store; beside them the model that says what must be true.
 *
 * One seed, one thread, virtual time. Everything that happens is an entry of the agenda; the same
 * seed gives the same entries, the same commands and the same bytes on disk.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <stdio.h>
#include <sys/types.h>

#include "edge/books/books.h"
#include "edge/books/center.h"
#include "storage/uptime.h"
#include "storage/writer.h"
#include "tests/lib/toy_center.h"
#include "tests/sim/agenda.h"
#include "tests/sim/dice.h"
#include "tests/sim/model.h"
#include "tests/sim/plants.h"

#define SECOND_MS 1000
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS   (60LL * MINUTE_MS)

#define START_AT_MS 1769565600000 /* true time at the beginning: 2026-01-28 02:00 UTC */

/* ---- what is on the agenda ---- */

enum happening {
    HAPPENS_TICK,    /* who: device thinks of something to do */
    HAPPENS_ARRIVAL, /* what: ask reaches the hub */
    HAPPENS_ANSWER,  /* what: reply reaches its device */
    HAPPENS_RETRY,   /* what: ask may be sent again */
    HAPPENS_COMMIT,  /* life: the writer runs what waits */
    HAPPENS_TIMERS,  /* the hub looks at its timers */
    HAPPENS_CRASH,
    HAPPENS_BOOT,
    HAPPENS_CLOCK,   /* somebody sets the box's clock */
    HAPPENS_WEATHER, /* the network changes */
    HAPPENS_STORAGE, /* the disk fills up, or is emptied */
    HAPPENS_OFFICE,  /* a day is closed, an epoch opened, a rollback confirmed */
    HAPPENS_SHARES,  /* the office says how channels share an item */
    HAPPENS_AUDIT,   /* everything is compared */
    HAPPENS_CENTER,  /* the center sells, counts, closes */
    HAPPENS_UPLINK,  /* the center hears of the journal */
    HAPPENS_ROW,     /* which: a row of the center reaches the hub */
    HAPPENS_ORDER,   /* which: a message about an order of the center does */
};

/* ---- devices ---- */

enum {
    KIOSK_1,
    KIOSK_2,
    EMENU_1,
    EMENU_2,
    TILL_1,
    TILL_2,
    KDS_OVEN,
    KDS_BAR,
    OFFICE,
    DEVICE_COUNT
};
#define DEVICE_ASKS 4 /* that one device has open at a time */
struct device {
    struct caller who;
    uint32_t boot;                /* counts its restarts: it forgets its req_ids */
    uint32_t asked;               /* of this boot */
    uint32_t open[DEVICE_ASKS];   /* asks without a final reply; UINT32_MAX: free */
    uint32_t unsure[DEVICE_ASKS]; /* asks that a restart left open: it asks anew */
    int n_unsure;
};
/* What the devices know of an order: what they asked, and what they were told. */
struct tab {
    char order_id[ID_TEXT];
    uint32_t device;
    enum channel channel;
    bool heard;
    enum order_state state;
    int64_t due_e4, paid_e4, refunded_e4;
    uint32_t next_line, next_op, next_adjust, rounds;
    struct want_line lines[MODEL_LINES];
    int n_lines;
    int n_asks;
};
/* What a reply says, as far as a device cares. */
struct heard {
    uint32_t ask;
    enum code code;
    bool has_order, replayed, duplicate;
    enum order_state state;
    int64_t due_e4, paid_e4, refunded_e4;
    int n_lines;
};

/* ---- the hub ---- */

/* A row as the hub has it, before or after a command. */
struct row_look {
    bool limited, released;
    uint32_t gen;
    int64_t short_t, total_t;
    int64_t held_t[CHANNEL_COUNT], used_t[CHANNEL_COUNT], cap_t[CHANNEL_COUNT];
    int64_t rebalance_ms; /* its timer; 0: none */
};
/* A request in the writer's hands. */
struct visit {
    struct job job; /* first: the writer's handle on it */
    uint32_t ask;   /* UINT32_MAX: the hub's own command */
    struct command command;
    struct outcome outcome;
    struct arena arena;
    struct json *doc;
    struct moment at;
    struct position before, after; /* the journal's end around its execution */
    struct row_look rows_before[ROW_COUNT], rows_after[ROW_COUNT];
    bool hiccup, fault;           /* an operating error meets it: once, or each time */
    struct cloud_row row, spoilt; /* center.row */
    struct center_rows rows;
    const struct online_order *online; /* center.row with an order */
    struct cloud_order order;
    struct line_fact facts[ASK_LINES];
    struct state_ask state_ask; /* row.state */
    uint64_t dead;
};
enum crash { NO_CRASH, CRASH_BEFORE_COMMIT, CRASH_AFTER_COMMIT };
struct hub {
    char dir[64];
    struct store *store; /* NULL: it is down */
    struct writer *writer;
    struct books books;
    struct books_config config;
    struct arena scratch;
    struct uptime uptime;
    enum crash crash; /* what the running batch will meet */
    bool dying, commit_planned;
    uint32_t life; /* counts boots */
    /* the box */
    int64_t box_on_ms; /* when its monotonic clock was 0 */
    int64_t wall_off_ms;
    bool rtc_broken;
    int64_t mended_at_ms; /* when somebody sets the broken RTC */
};

/* ---- the center ---- */

#define CENTER_ASIDE 8
/* It hears the journal in pieces, acts on its own, and its rows are lost, doubled and overtaken. */
struct center {
    struct toy_center toy;
    struct chance dice;
    struct cloud_row **flights; /* rows on their way, by number; each stays where it is */
    uint32_t n_flights, cap_flights;
    struct online_order **messages; /* of orders, all that were ever sent */
    uint32_t n_messages, cap_messages;
    struct online_order *orders; /* as they stand */
    uint32_t n_orders, cap_orders;
    int64_t cut_until_ms; /* the line is down: nothing is heard or sent */
    /* events it has set aside, until the hub has said their rows again */
    struct position aside[CENTER_ASIDE];
    uint32_t n_aside;
};

/* ---- the judge ---- */

struct acknowledged {
    struct position at;
    uint32_t ask;
};
struct line_count {
    uint64_t key; /* order and line, hashed */
    int64_t locked_t, taken_t;
};
struct row_trail {
    bool known;
    int64_t real_t, locked_t, h_t, lh_t;
};
struct judge {
    /* the store's uptime clock, reckoned apart from storage/uptime */
    int64_t uptime_base_ms, since_ms;
    int64_t kept_uptime_ms, kept_wall_ms, hlc_ms; /* as of the last commit */
    bool kept_suspect;
    /* replies that left the hub and name an effect */
    struct acknowledged *acked;
    uint32_t n_acked, cap_acked, checked_acked;
    /* the journal so far */
    struct position next;
    uint8_t tail[HASH_BYTES];
    struct hlc hlc;
    struct row_trail rows[ROW_COUNT];
    struct line_count *lines;
    size_t n_lines, cap_lines;
    /* touched since the last comparison */
    struct model_order *touched[4096];
    uint32_t n_touched, touched_rows;
};

/* ---- the whole ---- */

struct sim_options {
    uint64_t seed;
    int64_t hours;
    enum plant plant;
    bool trace;
};
struct totals { /* counters, violations first (tests/sim/seeds.h) */
    uint64_t violations, orders, crashes, requests, commits, restores;
};
#define TRACE_LINES 40
#define TRACE_TEXT  400
struct sim {
    struct sim_options options;
    int64_t now_ms, end_ms;
    struct agenda agenda;
    struct chance world, lan, guests, faults, plants;
    struct wall wall;
    struct zone zone;
    bool enrolled; /* policies are the center's; else the office's */
    struct hub hub;
    struct model model;
    struct judge judge;
    struct center center;
    struct device devices[DEVICE_COUNT];
    struct tab *tabs;
    uint32_t n_tabs, cap_tabs;
    struct ask **asks;
    uint32_t n_asks, cap_asks, n_reqs;
    struct heard *replies;
    uint32_t n_replies, cap_replies;
    uint32_t lost_permille; /* the weather of the network */
    int64_t slow_ms;
    struct totals totals;
    bool broken; /* a violation was found: the run ends */
    char trace[TRACE_LINES][TRACE_TEXT];
    uint32_t n_trace;
};
/* Runs one store to its end, or to its first violation. */
struct totals sim_run(const struct sim_options *options);
void sim_trace(struct sim *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The property is violated: prints what, the last lines of the trace, and how to replay it. */
void sim_violation(struct sim *s, const char *property, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- hub.c ---- */
void hub_init(struct sim *s);
void hub_fini(struct sim *s);
/* Removes the store folder of a simulation that ran in that process, if it is still there. */
void hub_forget(pid_t pid);
void hub_boot(struct sim *s);
void hub_crash(struct sim *s);
void hub_receive(struct sim *s, uint32_t ask);
void hub_commit(struct sim *s);
void hub_timers(struct sim *s); /* the shell's look at its timers */
/* A row arrives; false: the hub is down. */
bool hub_center_row(struct sim *s, const struct cloud_row *row);
/* A message about an order arrives; it must stay. */
bool hub_online_order(struct sim *s, const struct online_order *o);
/* The center has set this event aside. */
bool hub_row_state(struct sim *s, struct position dead);
/* A read transaction; the caller ends it. */
struct txn *hub_look(struct sim *s);

/* ---- judge.c, compare.c, watch.c ---- */
void judge_boot(struct sim *s, int64_t wall_ms);
int64_t judge_uptime(const struct sim *s);
/* A committed visit: the model decides too. NULL text: a command of the hub itself. */
void judge_visit(struct sim *s, const struct visit *v, const struct str *text);
/* After the visits of one commit: what they touched stands in the store. */
void judge_commit(struct sim *s);
void judge_acknowledged(struct sim *s, const struct visit *v);
void judge_all(struct sim *s); /* everything, from the disk */
void judge_free(struct judge *j);

void compare_row(struct sim *s, struct txn *txn, int row);
void compare_order(struct sim *s, struct txn *txn, const struct model_order *o);
void watch_journal(struct sim *s, struct txn *txn);
/* An event of the journal that says that a plan came back; false: it is another. */
bool watch_restore(const struct event *e, int *row, int64_t *due_ms);
void watch_lines(struct sim *s); /* each line of each order was counted once */

/* ---- shares.c: channels and times, of one command ---- */
/* Before the model decides it: the clock's part, and what the journal has of it. */
void shares_clock(struct sim *s, const struct visit *v);
void shares_look(struct txn *txn, struct row_look out[ROW_COUNT]);
/* I5, P10 and the periodic division of what is left. */
void shares_judge(struct sim *s, const struct visit *v);
/* Events of the command itself: not those of what was due before it. */
bool shares_has_event(struct sim *s, const struct visit *v);
void shares_compare(struct sim *s, struct txn *txn, int row, const struct stock_row *r);

/* ---- center.c ---- */
void center_init(struct sim *s, uint64_t stream);
void center_free(struct center *c);
void center_acts(struct sim *s);
void center_hears(struct sim *s);
void center_row_arrives(struct sim *s, uint32_t flight);

/* Row.state was committed: the event's rows have been said again. */
void center_is_told(struct sim *s, const struct visit *v);
/* After the commit of a stock verb: what the model must know to tell which write is later. */
void center_note_writes(struct sim *s, const struct visit *v);
/* The line is back and all is quiet: both sides hold the same rows (P1). */
void center_heal(struct sim *s);

/* ---- center_orders.c ---- */
void center_orders_act(struct sim *s); /* a guest orders online, or one is called off */
void center_order_arrives(struct sim *s, uint32_t message);
void center_orders_heal(struct sim *s); /* what is on its way for long arrives */
void center_orders_free(struct center *c);
bool center_is_cut(const struct sim *s);

/* ---- plant.c: around the execution of a command, inside its transaction ---- */
void plant_before(struct sim *s, struct txn *txn, struct visit *v);
void plant_after(struct sim *s, struct txn *txn, struct visit *v);

/* ---- plant_shares.c: those around channels and restores ---- */
void plant_shares_before(struct sim *s, struct txn *txn, const struct visit *v);
void plant_shares_after(struct sim *s, struct txn *txn, const struct visit *v);

/* ---- lan.c ---- */
void lan_send_ask(struct sim *s, uint32_t ask);
void lan_send_reply(struct sim *s, uint32_t ask, struct str text);
void lan_answer(struct sim *s, uint32_t reply); /* it reaches the device */
void lan_retry(struct sim *s, uint32_t ask);
void lan_weather(struct sim *s);
/* Reads a reply as a device does; false: it is no reply. */
bool lan_read(struct str text, struct heard *out);

/* ---- guests.c, staff.c: what people do with the devices ---- */
void guests_init(struct sim *s);
void guests_tick(struct sim *s, uint32_t device);
void guests_hear(struct sim *s, const struct heard *h);
/* Sends it and waits for a reply; takes over `ask` (malloc). */
void device_ask(struct sim *s, uint32_t device, struct ask *ask);
struct ask *ask_new(struct sim *s, uint32_t device, enum verb verb);
struct ask *ask_order(struct sim *s, uint32_t device, enum verb verb, const struct tab *t);
struct tab *tab_of(struct sim *s, const char *order_id);
void tab_online(struct sim *s, const struct online_order *o); /* the till sees it */
void ask_place(struct sim *s, uint32_t device, bool sell);
void ask_add(struct sim *s, uint32_t device, struct tab *t);
void ask_pay(struct sim *s, uint32_t device, struct tab *t,
             enum verb verb); /* begin, failed, pay */
void ask_cancel(struct sim *s, uint32_t device, struct tab *t);
void ask_update(struct sim *s, uint32_t device, struct tab *t);
void till_tick(struct sim *s, uint32_t device);
void kitchen_tick(struct sim *s, uint32_t device);
void staff_stock(struct sim *s, uint32_t device);
void office_tick(struct sim *s);
void office_shares(struct sim *s);

#endif
