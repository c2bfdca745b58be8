/* What a device wants, as plain values, and the request that says so. The hub sees only the
 * request; the model sees only the values: so decoding is under test too.
 */
#ifndef SIM_ASK_H
#define SIM_ASK_H

#include "proto/code.h"
#include "proto/row.h"
#include "tests/sim/catalog.h"

#define ASK_LINES 6
#define ID_TEXT   33

struct want_line {
    uint32_t line, parent;
    enum item item;
    int64_t qty_t;       /* of pay: the actual quantity */
    int64_t cheese, egg; /* portions of the two extras */
    bool has_price, restock;
    int64_t price_e4;
};
struct want_pay {
    char pay_id[ID_TEXT];
    const char *tender;
    int64_t amount_e4;
};
struct want_adjust {
    uint32_t adj, line;
    enum adjust_kind kind;
    int64_t amount_e4;
};
struct ask {
    uint32_t device, boot; /* boot: of the device, when it asked */
    uint32_t req;          /* number of its req_id; two asks that share one are a device's bug */
    enum verb verb;
    char req_id[ID_TEXT], order_id[ID_TEXT];
    bool has_channel;
    enum channel channel;
    struct want_line lines[ASK_LINES];
    int n_lines;
    struct want_pay pays[2];
    int n_pays;
    struct want_adjust adjusts[2];
    int n_adjusts;
    char op_id[ID_TEXT]; /* void_id, refund_id */
    bool has_amount, no_charge;
    int64_t amount_e4;
    uint32_t restock[ASK_LINES];
    int n_restock;
    uint32_t seen_epoch; /* store.confirm: what a device has witnessed */
    uint32_t round;      /* 0: left out */
    enum station station;
    int row; /* stock verbs */
    int64_t qty_t;
    bool has_qty, physical, has_limited, limited, has_on_sale, on_sale;
    enum stock_reason reason;
    bool has_weight, has_reserve; /* stock.channel */
    uint32_t weight;
    int64_t reserve_t;
    bool restores, daily;                           /* stock.schedule */
    int64_t at_ms;                                  /* unless it names a time of day */
    bool has_minute, never_released, has_rebalance; /* stock.policy: the release */
    uint32_t minute, rebalance_s;
    enum channel_policy policy;
    char table[ID_TEXT];
    const char *broken; /* a mistake: one more member of the body */
    enum code refused;  /* how such a request is refused before it reaches the rules */

    char *body; /* the request without req_id and trace; owned */
    int tries;
    bool answered; /* finally */
};
/* Makes body. Call once, when all else is set. */
void ask_write(struct ask *a);
/* The whole request: "trace" differs from try to try and means nothing. Returns its length. */
size_t ask_text(const struct ask *a, char *buf, size_t n);
bool ask_same_content(const struct ask *a, const struct ask *b);
/* What a known order_id is compared by: verb and lines. */
bool ask_same_lines(const struct ask *a, const struct ask *b);
/* "order.pay P2-7 17.0000": for the trace. */
void ask_show(const struct ask *a, char *buf, size_t n);
void ask_fini(struct ask *a);

#endif
