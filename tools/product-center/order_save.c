#include "tools/product-center/order_save.h"

#include "tools/product-center/change.h"
#include "tools/product-center/down.h"
#include "tools/product-center/order_body.h"
#include "tools/product-center/order_rule.h"
#include "tools/product-center/oversell.h"

#define DOWN_BYTES LIMIT_PACKET_BYTES

/* ---- what was asked ---- */

bool order_refill(struct call *c, struct order *o)
{
    char path[FIELD_PATH];
    struct order_body b;
    struct json *doc = json_parse(o->m->body.p, o->m->body.n, &JSON_CLOUD, NULL);
    bool ok = doc != NULL && order_body_decode(doc, &c->arena, &b, path) == CODE_OK;
    for (size_t i = 0; ok && i < b.n_takes; i++) {
        struct mirror_line *l = mirror_line(o->m, b.takes[i].line);
        struct mirror_effect *e = l != NULL ? mirror_effect_add(c, l, b.takes[i].object) : NULL;
        ok = e != NULL;
        if (ok)
            *e = (struct mirror_effect){.object = e->object, .q_t = b.takes[i].q_t};
    }
    json_free(doc);
    if (!ok)
        call_fail(c, CLOUD_INTERNAL, "the order's record is damaged");
    return ok;
}

static int64_t refunded_by(struct call *c, const struct order_op *op, uint32_t line)
{
    char path[FIELD_PATH];
    struct order_wish w;
    int64_t q_t = 0;
    struct json *doc = json_parse(op->request.p, op->request.n, &JSON_CLOUD, NULL);
    if (doc != NULL && order_wish_decode(doc, &c->arena, &w, path) == CODE_OK)
        for (uint16_t i = 0; i < w.n_back; i++)
            q_t += w.back[i].line == line ? w.back[i].q_t : 0;
    json_free(doc);
    return q_t;
}

int64_t order_refunded(struct call *c, const struct order *o, uint32_t line)
{
    int64_t q_t = 0;
    for (size_t i = 0; i < o->n_ops; i++)
        if (str_eq(o->ops[i].kind, STR("refund")) && o->ops[i].code == CODE_OK)
            q_t += refunded_by(c, &o->ops[i], line);
    return q_t;
}

/* ---- what the kitchen has to know ---- */

/* Lines that are refunded are not cooked; an order that is refunded whole says so by its state. */
static void leave_out_refunded(struct call *c, const struct order *o, struct cloud_order *out)
{
    uint16_t kept = 0;
    if (o->m->status == ORDER_REFUNDED)
        return;
    for (uint16_t i = 0; i < out->n_lines; i++) {
        struct line_fact l = out->lines[i];
        l.q_t -= order_refunded(c, o, l.line);
        if (l.q_t > 0)
            out->lines[kept++] = l;
    }
    if (kept > 0)
        out->n_lines = kept;
}

static struct str down_text(struct call *c, const struct order *o)
{
    char path[FIELD_PATH];
    struct order_body b;
    struct jw w = call_writer(&c->arena, DOWN_BYTES);
    struct json *doc = json_parse(o->m->body.p, o->m->body.n, &JSON_CLOUD, NULL);
    if (doc != NULL && order_body_decode(doc, &c->arena, &b, path) == CODE_OK) {
        b.o.state = o->m->status;
        b.o.placed_at_ms = o->m->hlc.l_ms;
        b.o.paid_at_ms = o->m->paid_ms;
        kitchen_parse(o->m->kitchen, &b.o.kitchen);
        leave_out_refunded(c, o, &b.o);
        cloud_order_encode(&w, &b.o);
    }
    json_free(doc);
    return jw_ok(&w) ? jw_text(&w) : STR("");
}

static void send_down(struct call *c, struct order *o)
{
    bool known = o->m->over > 0 || o->m->status == ORDER_PAID;
    struct str text = known ? down_text(c, o) : STR("");
    if (!known)
        return;
    if (text.n == 0)
        call_fail(c, CLOUD_INTERNAL, "the order's record is damaged");
    else
        o->m->over = down_put(c, &o->store, CLOUD_ITEM_ORDER, o->m->order_id, text);
}

/* ---- writing ---- */

/* Deducted at the version that its row has got just now. */
static void note_versions(struct order *o)
{
    for (size_t i = 0; i < o->m->n_lines; i++)
        for (size_t k = 0; k < o->m->lines[i].n_effects; k++) {
            struct mirror_effect *e = &o->m->lines[i].effects[k];
            const struct item *it = items_find(&o->items, e->object);
            if (e->deducted && e->at.seq == 0 && it != NULL)
                e->at = (struct position){0, it->over};
        }
}

void order_save(struct call *c, struct order *o)
{
    change_commit(c, &o->store, &o->items, &(struct change){.by = "online"});
    note_versions(o);
    send_down(c, o);
    o->m->changed = true;
    mirror_save(c, &o->mirror);
    oversell_evaluate_items(c, &o->store, &o->items);
    store_save(c, &o->store);
}

bool order_release(struct call *c, struct order *o, enum order_state to)
{
    order_rows(c, o);
    o->m->status = to;
    o->m->expires_ms = 0;
    return rule_move_all(c, o, RULE_GIVE_BACK);
}
