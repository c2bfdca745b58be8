/* Orders and verdicts as answers of the orders resource.
 *   {"code":0[,"duplicate":true][,"late":true],"order":{..}}
 *   {"code":1001,"name":"INSUFFICIENT_STOCK","detail":"..","lines":[{"line":1,"object_type":2,
 *    "object_id":1001,"code":1001,"name":"..","need":4,"avail":3}]}
 * In a refused line the object is the row that is short, `need` what the whole order wants of it.
 */
#ifndef TOOLS_PRODUCT_CENTER_ORDER_SHOW_H
#define TOOLS_PRODUCT_CENTER_ORDER_SHOW_H

#include "tools/product-center/order_rule.h"

/* One value. update_ms 0: not told. `body`: also the request that made it. */
void order_put_json(struct jw *w, const struct mirror_order *m, int64_t update_ms, bool body);

struct order_answer {
    bool duplicate, late;
};
void order_answer(struct call *c, const struct mirror_order *m, const struct order_answer *how);
/* A verdict as refusal: 404 for 2001, 400 for what the client has to mend, else 409. What was
 * written before is forgotten. */
void order_refuse(struct call *c, enum code code, const char *detail);
void order_refuse_lines(struct call *c, const struct rule_verdict *v);
/* The same verdict, but what was written stays: money came that has to go back. */
void order_refund_due(struct call *c, enum code code);
void order_not_ours(struct call *c);

#endif
