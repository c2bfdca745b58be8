/* The oracle: what the store's books must say, reckoned a second time from what was asked, by the
 * words of sync-protocol sections 1 and 2 and lan-protocol sections 4 to 6 and with nothing of the
 * product's rules. It knows items by count and orders by lines; it has no journal and no disk.
 */
#ifndef SIM_MODEL_H
#define SIM_MODEL_H

#include "proto/row.h"
#include "tests/sim/ask.h"
#include "tests/sim/wall.h"

#define MODEL_LINES   48
#define MODEL_TICKETS 64
#define MODEL_OPS     128
#define MODEL_ADJUSTS 16

/* Who in the store wrote it last, so that a row of the center may be later or not. */
struct model_write {
    struct position at;
    struct stamp stamp;
};
struct model_channel {
    bool closed, capped;
    int64_t cap_t, used_t, reserve_t;
    int64_t held_t; /* of what there is, with what it has used */
    uint32_t weight;
    struct model_write shaped;
};
struct model_plan {
    int64_t q_t, first_ms; /* when it comes back first; 0: not by itself */
    bool daily;
};
struct model_row {
    bool limited, sold_out;
    int64_t step_t;
    struct model_plan plan;
    uint32_t gen; /* counts how often the plan came back */
    int64_t restored_ms;
    enum channel_policy policy;
    uint32_t rebalance_s; /* 0: nobody says */
    int64_t release_ms;   /* each day at its local time; 0: never */
    bool released;
    int64_t release_due_ms, rebalance_due_ms; /* by the wall, and by the store's uptime; 0: none */
    int64_t real_t, locked_t;                 /* locked by orders of the store */
    int64_t sold_t, lost_t, restocked_t, adjusted_t; /* their sum is H (P2) */
    int64_t online_t, online_locked_t;               /* C and Lc of the newest row that arrived */
    uint64_t over;                                   /* its version */
    struct model_write counted, planned, closed;
    struct model_channel channels[CHANNEL_COUNT];
};

enum held { HELD_LOCKED, HELD_DEDUCTED, HELD_UNLOCKED };
struct model_line {
    struct want_line want;
    uint32_t round;
    int64_t qty_t, held_t, voided_t, refunded_t, restocked_t, lost_t;
    int64_t unit_e4, amount_e4;
    enum held held;
    int64_t taken_t;  /* of the item's own row, for good */
    uint32_t gens[3]; /* of the rows that it takes from, when it took */
    int ticket;       /* index, -1: the kitchen does not know of it */
};
struct model_ticket {
    enum station station;
    uint32_t round;
    enum ticket_state state;
    bool started, dropped;    /* dropped: bumped before the day was closed */
    bool voided[MODEL_LINES]; /* by index of the order's line */
};
enum op {
    OP_BEGIN,
    OP_FAILED,
    OP_PAID,
    OP_VOIDED,
    OP_REFUNDED,
    OP_ADDED,
    OP_ADJUSTED,
    OP_CANCELLED
};
struct model_op {
    enum op op;
    char id[ID_TEXT];
    uint32_t number;
    const struct ask *by;
    enum code code;
};
struct model_order {
    char order_id[ID_TEXT];
    const struct ask *placed_by;
    uint32_t device;
    enum channel channel;
    enum order_state state;
    enum kitchen kitchen;
    uint32_t day, rounds, served;
    struct model_line lines[MODEL_LINES];
    int n_lines;
    struct model_ticket tickets[MODEL_TICKETS];
    int n_tickets;
    struct want_adjust adjusts[MODEL_ADJUSTS];
    int n_adjusts;
    struct model_op ops[MODEL_OPS];
    int n_ops;
    int64_t due_e4, lines_e4, paid_e4, refunded_e4;
    int n_payments;
    bool refund_due;
    int64_t deadline_ms; /* on the store's uptime; 0: it does not expire */
    int extensions;
    uint32_t next_in_bucket;
    bool online;   /* the center's: the store cooks it and may do nothing else with it */
    uint64_t over; /* version of its newest message that arrived */
};
/* A message about an order of the center: all of it, as it stood. */
struct online_order {
    struct ask asked; /* order_id, channel, lines */
    enum order_state state;
    uint64_t over;
};

/* What the model remembers of a req_id that had an effect. */
struct model_reply {
    const struct ask *ask; /* NULL: none */
    int64_t uptime_ms;
    uint8_t text[32]; /* of the reply: canonical hash without "replayed" */
    enum code code;
};

struct model {
    const struct wall *wall;
    bool enrolled; /* the center sets policies */
    struct model_row rows[ROW_COUNT];
    struct model_order **orders; /* each stays where it is */
    uint32_t n_orders, cap_orders;
    uint32_t buckets[1024];      /* by order_id: index + 1 */
    struct model_reply *replies; /* by number of req_id */
    uint32_t n_replies;
    uint32_t day;
    bool storage_full;
};

/* When and by whom a request is executed. */
struct moment {
    int64_t uptime_ms, wall_ms;
    uint32_t day;
    enum role role;
};
struct verdict {
    enum code code;
    bool replayed, duplicate, late, refund_due;
    bool effect;               /* something changed: the reply is remembered */
    bool may_be_forgotten;     /* its reply is older than the hub must remember */
    struct model_order *order; /* the order it is about, if the model knows it */
    uint32_t rows;             /* bit per stock row that it moved */
    int new_tickets;
};

void model_init(struct model *m, const struct wall *wall, bool enrolled);
void model_free(struct model *m);
/* Decides as the hub must, and does what it decided. */
void model_ask(struct model *m, const struct ask *a, const struct moment *at, struct verdict *out);
/* A row of the center arrives, perhaps late or once more. */
void model_center_row(const struct model *m, struct model_row *r, const struct stock_row *theirs,
                      const struct moment *at);
/* .. and an order of it. */
void model_online_order(struct model *m, const struct online_order *in, const struct moment *at,
                        struct verdict *out);
int64_t model_row_h(const struct model_row *r);
/* Keeps the reply of an effect. */
void model_remember(struct model *m, const struct ask *a, const struct moment *at, enum code code,
                    const uint8_t text[32]);
const struct model_reply *model_reply(const struct model *m, uint32_t req);
struct model_order *model_order(struct model *m, const char *order_id, size_t n);

/* NULL: it had to expire now, and has. Else why it must not. */
const char *model_expire(struct model *m, struct model_order *o, int64_t uptime_ms);
/* An order that should have expired before `uptime_ms`; NULL: none. */
struct model_order *model_overdue(struct model *m, int64_t uptime_ms);

/* Before each command: what is due by the wall clock happens. Returns the rows that it moved;
 * restored_ms: per row when its plan came back, 0: it did not. */
uint32_t model_clock(struct model *m, const struct moment *at, int64_t restored_ms[ROW_COUNT]);
/* What the store wrote of it, and where. */
void model_restore_at(struct model_row *r, int64_t due_ms, struct position at);
/* At the start, and when the wall clock went back by much. */
void model_clock_moved(struct model *m, int64_t wall_ms);
int64_t model_restore_due(const struct model *m, const struct model_row *r); /* 0: never */
/* NULL: it had to be now, and has been. Else why it must not. */
const char *model_rebalance(struct model_row *r, const struct moment *at);

/* ---- between the parts of the model ---- */

struct model_turn {
    struct model *m;
    const struct ask *a;
    const struct moment *at;
    struct verdict *v;
};
int64_t model_row_avail(const struct model_row *r, enum channel c);
int64_t model_row_total(const struct model_row *r);                /* INT64_MAX: no end of it */
int64_t model_row_room(const struct model_row *r, enum channel c); /* by its cap alone */
/* After a change that is no sale: what is held follows. */
void model_row_share(const struct model_row *was, struct model_row *r);
void model_row_follow(const struct model *m, const struct model_row *was, struct model_row *r,
                      const struct moment *at); /* the same, and the times of the row */
void model_row_hold(struct model_row *r);       /* no more than is left */
void model_row_rebalance(struct model_row *r);
void model_row_release(struct model_row *r);
int64_t model_row_short(const struct model_row *r);
/* Runs over the rows that one portion of the line takes from, with its tenths per portion. */
struct taking {
    int row;
    int64_t per_portion;
};
int line_takings(const struct want_line *w, struct taking out[8]);

enum movement_kind {
    MOVE_LOCK,
    MOVE_DEDUCT,
    MOVE_SELL,
    MOVE_SELL_MORE, /* of a line that has taken before */
    MOVE_GIVE_BACK,
    MOVE_WRITE_OFF,
    MOVE_RESTOCK
};
void model_move(struct model_turn *t, const struct model_order *o, struct model_line *l,
                enum movement_kind kind, int64_t q_t);
/* Steps 9 and 10 of the chain; `need_t` by row. Only rows with a need are looked at. */
enum code model_check_stock(const struct model *m, enum channel c, const int64_t need_t[ROW_COUNT]);
void model_need(int64_t need_t[ROW_COUNT], const struct want_line *w, int64_t q_t);

void model_price(struct model_order *o);
void model_arm(struct model_turn *t, struct model_order *o);
int64_t model_net_paid(const struct model_order *o);
void model_settle(struct model_order *o);
void model_release(struct model_turn *t, struct model_order *o, struct model_line *l, int64_t q_t,
                   bool restock);
struct model_order *model_order_new(struct model_turn *t); /* with its heading */
struct model_line *model_line(struct model_order *o, uint32_t line);
struct model_op *model_op(struct model_order *o, enum op op, const char *id, uint32_t number);
void model_op_add(struct model_turn *t, struct model_order *o, enum op op, const char *id,
                  uint32_t number, enum code code);
/* A repeated business key: true, and the verdict is set. */
bool model_op_answers(struct model_turn *t, struct model_order *o, enum op op, const char *id,
                      uint32_t number);
enum code model_find_order(struct model_turn *t, struct model_order **out);
/* For a change that the center alone may make, where it is the center's. */
enum code model_find_own(struct model_turn *t, struct model_order **out);

void model_tickets_send(struct model_turn *t, struct model_order *o);
void model_tickets_void(struct model_order *o, uint32_t line); /* 0: all */
/* What nobody has begun is cleared away; true: some of it was begun. */
bool model_tickets_withdraw(struct model_order *o);

enum code model_place(struct model_turn *t);
enum code model_add(struct model_turn *t);
enum code model_pay(struct model_turn *t);
enum code model_pay_begin(struct model_turn *t);
enum code model_pay_failed(struct model_turn *t);
enum code model_cancel(struct model_turn *t);
enum code model_void(struct model_turn *t);
enum code model_refund(struct model_turn *t);
enum code model_update(struct model_turn *t);
enum code model_adjust(struct model_turn *t);
enum code model_serve(struct model_turn *t);
enum code model_ticket_verb(struct model_turn *t);
enum code model_stock_verb(struct model_turn *t);
enum code model_day_close(struct model_turn *t);

#endif
