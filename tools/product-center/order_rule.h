/* What may happen to stock under an online order (sync-protocol 1.5, 2.2, 2.3), with the arithmetic
 * of proto/avail and proto/row. It knows orders and rows, no table.
 *
 * Check everything first, then move.
 */
#ifndef TOOLS_PRODUCT_CENTER_ORDER_RULE_H
#define TOOLS_PRODUCT_CENTER_ORDER_RULE_H

#include "tools/product-center/order.h"

/* Why a line cannot be locked, by the worst of its rows. */
struct rule_refusal {
    const struct mirror_line *line;
    enum code code; /* 1001, 1002, 1003, 1004, 1005, 1008 or 1009 */
    struct object by;
    int64_t need_t, avail_t; /* of the row `by`, for the whole order */
};
struct rule_verdict {
    enum code code; /* OK, or what speaks for all: the first of 1008, 1003, 1004, 1001 or 1005,
                     * 1002, 1009 on any line; 5000: the arena is full */
    struct rule_refusal *refused; /* every failing line, in the arena */
    size_t n;
};
/* Whether all lines may be locked for what their effects hold. */
struct rule_verdict rule_check(struct call *c, const struct order *o);

/*  X(enum, sign of C, sign of Lc, sign of used) */
#define RULE_STEP_LIST(X)                                                                          \
    X(RULE_LOCK, 0, +1, +1)                                                                        \
    X(RULE_DEDUCT, -1, -1, 0)                                                                      \
    X(RULE_SELL, -1, 0, +1)                                                                        \
    X(RULE_GIVE_BACK, 0, -1, -1)                                                                   \
    X(RULE_WRITE_OFF, -1, -1, 0)                                                                   \
    X(RULE_RESTOCK, +1, 0, -1)
enum rule_step {
#define X(e, c, lc, used) e,
    RULE_STEP_LIST(X)
#undef X
};
/* Moves all lines together, whole. Locking and selling note the rows' generations; what was taken
 * in an older one settles neutrally (sync-protocol 1.7). False: a row would hold less than nothing
 * (INC-1, I5), so a record is damaged, and the call has failed. */
bool rule_move_all(struct call *c, struct order *o, enum rule_step step);
/* Gives back q_t of a deducted line. What is of an older generation stays sold. False as above. */
bool rule_restock(struct call *c, struct order *o, struct mirror_line *l, int64_t q_t);
/* The lines hold nothing. */
void rule_hold_nothing(struct mirror_order *m);

#endif
