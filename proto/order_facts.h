/* What the body of a journal event says (proto/schema/event.json): the movements of stock rows, and
 * the facts from which an order or a register is mirrored; a DAY_CLOSE has none of them. Missing
 * texts are empty, missing numbers zero. Quantities in tenths, money in ten-thousandths.
 */
#ifndef PROTO_ORDER_FACTS_H
#define PROTO_ORDER_FACTS_H

#include "proto/row.h"

/* One entry of `eff`: the row's counters after the event, cumulative, and what moved. */
struct used_fact {
    struct str code; /* of the channel */
    int64_t used_t;
};
struct effect_fact {
    struct object object;
    uint32_t line;                              /* the order line it belongs to; 0: none */
    int64_t q_t;                                /* moved; 0 in ROW_STATE */
    int64_t real_b_t, real_a_t, lk_b_t, lk_a_t; /* the hub's view before and after */
    int64_t h_t, lh_t;
    bool has_xr;
    int64_t xr_t;
    struct str gen; /* in which Xr was returned, and that base_h is the cut of */
    bool has_cut;
    int64_t base_h_t;
    uint64_t cmd_done;      /* the center's commands up to that number are done; 0: nothing said */
    struct used_fact *used; /* a bare number on the wire is the order's own channel */
    uint16_t n_used;
};

struct over_fact { /* sold by a manager's word beyond the rights */
    struct object object;
    int64_t over_t;
};

struct option_fact {
    int64_t option_id, object_id; /* object_id 0: none */
    int64_t q_t, price_e4;
    struct str name;
};
struct line_fact { /* a moved line has only line, q_t and its effects */
    uint32_t line, parent, seat, course, round;
    struct object object;
    int64_t q_t, price_e4, unit_e4, amount_e4;
    struct str name, note, station;
    struct option_fact *options;
    uint16_t n_options;
};
struct adjust_fact {
    uint32_t adj, line;
    struct str kind, name;
    int64_t amount_e4;
};
struct payment_fact {
    struct str pay_id, tender, ref;
    int64_t amount_e4;
};

struct event_facts {
    struct effect_fact *effects; /* of all lines, in their order, then those without a line */
    uint32_t n_effects;

    /* orders: order_id is not empty */
    struct str order_id, channel, device, operator_id, cause;
    enum order_state state;
    struct str kitchen; /* name; of a newer hub perhaps unknown */
    bool whole;         /* ORDER_LOCK, ORDER_SELL: number, day, origin, texts, whole lines */
    struct str day, number, origin, table, note, user_id, gen;
    bool has_lines, has_adjusts; /* has_adjusts: the list replaces the one before */
    struct line_fact *lines;
    struct adjust_fact *adjusts;
    struct payment_fact *payments;
    uint16_t n_lines, n_adjusts, n_payments;
    int64_t due_e4;
    int64_t amount_e4; /* ORDER_REFUND, REFUND_DUE */
    struct str pay_id, refund_id, void_id;
    uint32_t round, code; /* ORDER_SERVED; REFUND_DUE */

    /* objects: object.id is not 0 */
    struct object object;
    struct str basis, reason; /* STOCK_SET; STOCK_ADJUST, EPOCH_OPEN */
    int64_t q_t;              /* STOCK_SET real after it, STOCK_ADJUST the delta */
    bool has_stamp, has_base;
    struct stamp stamp;
    struct str base_id; /* STOCK_SET: the base it made, with the counters it had seen */
    int64_t base_t, base_h_t, base_c_t;
    bool has_on_sale, on_sale, has_limited, limited, has_plan, has_limit;
    int64_t plan_t, limit_t;
    bool has_weight, has_reserve; /* CHANNEL_SET */
    uint32_t weight;
    int64_t reserve_t;
    bool has_restore, auto_restore, daily; /* PLAN_SET: "auto" was there */
    int64_t restore_at_ms;
    struct str cmd_id; /* the center's command it carries out (sync-protocol 4.4) */

    /* generations and rights; RESTORE has base, plan_t and the plan's stamp too */
    int64_t due_at_ms; /* RESTORE */
    bool has_offer;    /* RESTORE in STRICT: offer_n (0: none was there) and hub_t */
    uint64_t offer_n;  /* OFFER_ACK too */
    int64_t hub_t;
    enum stock_mode mode;         /* MODE_ACK */
    const struct over_fact *over; /* OVERRIDE_NOTE, of order_id; it is no step of that order */
    uint16_t n_over;

    uint32_t epoch; /* EPOCH_OPEN */
};

#endif
