/* The bodies of the orders resource.
 *
 * POST {"brandId","poiId","order_id"[,"channel"][,"user_id"][,"note"][,"ready_at"]
 *   [,"expires_in_s"],"lines":[{"line"[,"object_type"],"object_id"[,"spu_id"],"name"[,"note"],
 *     "qty","unit_price"[,"options":[{"option_id"[,"object_id"][,"spu_id"][,"name"][,"qty"]
 *       [,"price"]}]]}]}
 * PUT {"brandId","poiId","action":"pay","pay_id"[,"amount"][,"tender"][,"ref"]}
 *     {..,"action":"cancel"}
 *     {..,"action":"refund","refund_id"[,"lines":[{"line","qty"[,"restock"]}]][,"amount"]}
 *
 * Quantities and money are decimals, as numbers or strings. unit_price is one portion with its
 * options; an option's qty and price are those of one portion, and it takes stock where it names an
 * object. A SKU takes from its own row and from that of the SPU it names.
 */
#ifndef TOOLS_PRODUCT_CENTER_ORDER_BODY_H
#define TOOLS_PRODUCT_CENTER_ORDER_BODY_H

#include "proto/cloud_order.h"
#include "tools/product-center/order.h"

/* What a line takes from one row. */
struct order_take {
    uint32_t line;
    struct object object;
    int64_t q_t;
};
/* A new order as it was asked for. */
struct order_body {
    struct str brand, poi;
    struct cloud_order o;     /* PLACED; the times are the reader's to fill in */
    struct order_take *takes; /* each (line, object) once, by lines */
    size_t n_takes;
    uint32_t ttl_s;
};
/* CODE_OK, or 1010, 1007 or 5000 with the field's path. Texts are borrowed from the document. */
enum code order_body_decode(const struct json *v, struct arena *arena, struct order_body *out,
                            char path[FIELD_PATH]);

enum order_action { ACTION_PAY, ACTION_CANCEL, ACTION_REFUND };
struct order_back { /* one line of a refund */
    uint32_t line;
    int64_t q_t;
    bool restock;
};
struct order_wish {
    struct str brand, poi;
    enum order_action action;
    struct str op_id; /* of pay and refund */
    bool has_amount;
    int64_t amount_e4;
    struct order_back *back;
    uint16_t n_back;
};
enum code order_wish_decode(const struct json *v, struct arena *arena, struct order_wish *out,
                            char path[FIELD_PATH]);

/* The canonical text of a body, in the arena: what a repetition is compared by. */
struct str order_text(struct call *c);

#endif
