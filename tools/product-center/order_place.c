/* POST /api/v1/orders: an online order locks its stock (sync-protocol 2.3). The same body again
 * finds the order as it is now, `duplicate`.
 */
#include "tools/product-center/endpoint.h"
#include "tools/product-center/order_body.h"
#include "tools/product-center/order_save.h"
#include "tools/product-center/order_show.h"

/* False: the arena is full, the call fails by itself. */
static bool fill(struct call *c, struct order *o, const struct order_body *b)
{
    struct mirror_order *m = o->m;
    m->side = MIRROR_ONLINE;
    m->origin = STR("CENTER");
    m->channel = b->o.channel;
    m->status = ORDER_PLACED;
    m->kitchen = str_of(kitchen_name(KITCHEN_NONE));
    m->user_id = b->o.user_id;
    m->note = b->o.note;
    m->amount_e4 = b->o.amount_e4;
    m->hlc = o->store.hlc;
    m->expires_ms = c->now_ms + b->ttl_s * 1000LL;
    m->body = order_text(c);
    for (uint16_t i = 0; i < b->o.n_lines; i++) {
        const struct line_fact *from = &b->o.lines[i];
        struct mirror_line *l = mirror_line_add(c, m, from->line);
        if (l == NULL)
            return false;
        l->round = 1;
        l->object = from->object;
        l->name = from->name;
        l->q_t = from->q_t;
        l->amount_e4 = from->amount_e4;
    }
    return order_refill(c, o);
}

static void place(struct call *c, struct order *o, const struct order_body *b)
{
    if (!fill(c, o, b))
        return;
    order_rows(c, o);
    struct rule_verdict v = rule_check(c, o);
    if (v.code != CODE_OK) {
        order_refuse_lines(c, &v);
        return;
    }
    if (!rule_move_all(c, o, RULE_LOCK))
        return;
    order_save(c, o);
    if (!c->refused)
        order_answer(c, o->m, &(struct order_answer){0});
}

void order_create(struct call *c)
{
    char path[FIELD_PATH];
    struct order_body b;
    struct order o;
    enum code code = order_body_decode(c->body, &c->arena, &b, path);
    if (code != CODE_OK) {
        call_malformed(c, code, path);
        return;
    }
    call_store(c, b.brand, b.poi);
    order_open(c, b.o.order_id, &o);
    if (o.m->status == ORDER_NONE)
        place(c, &o, &b);
    else if (o.m->side == MIRROR_ONLINE && !o.m->deleted && str_eq(o.m->body, order_text(c)))
        order_answer(c, o.m, &(struct order_answer){.duplicate = true});
    else
        order_refuse(c, CODE_ORDER_EXISTS_DIFFERENT, code_text(CODE_ORDER_EXISTS_DIFFERENT));
}
