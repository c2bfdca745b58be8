/* One order as the guest and the staff know it, and the judge of what the hub says about it.
 *
 * What the devices wanted, sent and were told is kept here; every reply and every state of the
 * order is compared with it. Money is computed again from the menu.
 */
#ifndef STORESIM_ORDER_H
#define STORESIM_ORDER_H

#include "tools/storesim/request.h"

enum way { WAY_PAY, WAY_SELL, WAY_CANCEL, WAY_ABANDON, WAY_TABLE };

struct line_option {
    const struct dish_option *option;
    int64_t qty_t;
};
struct line {
    const struct dish *dish;
    uint32_t line;
    uint16_t round;
    int64_t qty_t, unit_e4, amount_e4;
    struct line_option options[LIMIT_OPTIONS];
    uint16_t n_options;
    bool acked; /* the hub said it has it */
};
/* What a guest asks for before it is an order. */
struct wish {
    struct line lines[LIMIT_LINES];
    uint16_t n_lines;
};
struct order {
    struct sim *sim;
    struct device *home;
    enum channel channel;
    enum way way;
    char id[LIMIT_ORDER_ID + 1], number[8];
    struct line *lines;
    uint16_t n_lines, rounds;
    bool wants_add, wants_refund;
    /* what was asked so far; a reply may still be on its way */
    int64_t placed_us;
    uint16_t busy;   /* requests without their final reply */
    uint16_t clicks; /* of the place button without their final reply */
    bool pay_sent, cancel_sent, refund_sent;
    uint16_t served_round, pay_tries;
    /* what the hub said */
    uint16_t fresh;       /* OK to place or sell that was no duplicate: exactly one */
    bool placed, refused; /* final answer to place or sell */
    bool paid;            /* it said so at least once */
    bool refund_due;      /* paid, but too late: the money goes back */
    bool gone;            /* its topic was cleared: it has ended somehow */
    enum order_state state;
    enum kitchen kitchen;
    struct position at;
    int64_t expiry_ms; /* as told first; 0: never */
    int64_t asked_us;  /* last order.get */
    struct alarm next; /* what the guest or the staff does next with it */
};

/* A line of this dish: options are drawn where the menu demands or `chatty` guests want some. */
bool wish_add(struct wish *w, const struct menu *m, int64_t object_id, int64_t qty_t, bool chatty);

/* Makes the order out of the wish and remembers it under its id. */
struct order *order_new(struct sim *sim, struct device *home, enum way way,
                        const struct wish *wish);
void order_free(void *order);
/* Adds one more line as the next round. NULL: no room. */
struct line *order_add_line(struct order *o, const struct line *line);

int64_t order_due(const struct order *o); /* of the acked lines, rounded as the currency wants */
int64_t order_due_all(const struct order *o);
/* "lines":[..] of one round as a member. */
void order_lines_view(const struct order *o, uint16_t round, struct jw *w);

/* Takes a state from the hub: compares lines and money, and learns state and kitchen when it is
 * newer than what is known. `from` names the source for the list of faults. */
void order_learn(struct order *o, const struct json *order, struct position at, const char *from);
/* Nothing more will happen to it. */
bool order_settled(const struct order *o);
bool order_may_have_expired(const struct order *o);
bool order_needs_cooking(const struct order *o);
/* Does `step` with it after about that time, at once for 0. */
void order_later(struct order *o, int64_t mean_ms, void (*step)(void *order));
/* As request_send with the order as ctx, and counts it as busy; `done` calls order_heard first. */
void order_send(struct order *o, struct device *d, enum verb verb, reply_fn done);
/* The head of a request about the order: "order_id" and, at a till, "operator". */
struct jw *order_request(struct order *o, struct device *d);
void order_heard(struct order *o, const struct reply *r, const char *from);
const char *order_name(const struct order *o); /* its number, or its id before it has one */

#endif
