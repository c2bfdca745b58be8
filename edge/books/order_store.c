/* An order between its record and a verb: reading it for a change, its money, its business keys,
 * and the one way back to the disk.
 */
#include "edge/books/menu.h"
#include "edge/books/rights.h"
#include "edge/books/turn.h"
#include "proto/qty.h"
#include "storage/scatter.h"

#include <assert.h>
#include <string.h>

bool turn_record(struct turn *t, enum table table, struct bytes key, struct bytes *out)
{
    struct bytes value;
    if (!txn_get(t->b->txn, table, key, &value))
        return false;
    struct str copy = arena_str(t->scratch, (struct str){value.p, value.n});
    *out = (struct bytes){copy.p, copy.n};
    return true;
}

static bool order_record(struct turn *t, uint64_t no, struct order *o)
{
    struct key key = key_u64(no);
    struct bytes value;
    enum table table = TABLE_ORDER_OPEN;
    if (!turn_record(t, table, key_bytes(&key), &value)) {
        table = TABLE_ORDER_DONE;
        if (!turn_record(t, table, key_bytes(&key), &value))
            return false;
    }
    t->was_open = table == TABLE_ORDER_OPEN;
    if (order_unpack(value, t->scratch, o))
        return true;
    txn_set_bad(t->b->txn, table, key_bytes(&key));
    return false;
}

bool turn_order_no(struct turn *t, uint64_t no, struct order *o)
{
    return order_record(t, no, o);
}

/* kiosk and emenu act only on orders of their own device (lan-protocol 3). */
static bool order_is_callers(const struct turn *t, const struct order *o)
{
    enum role r = t->c->who.role;
    return (r != ROLE_KIOSK && r != ROLE_EMENU) || str_eq(t->c->who.device, o->device);
}

bool turn_order_named(struct turn *t, struct str order_id, struct order *o)
{
    struct key key = key_text(order_id);
    struct bytes value;
    return scatter_get(t->b->txn, TABLE_ORDER_ID, key_bytes(&key), &value) &&
           order_record(t, key_get_u64(value.p), o);
}

bool turn_order_known(struct turn *t, struct order *o)
{
    return turn_order_named(t, t->c->order_id, o);
}

enum code turn_order(struct turn *t, struct order *o)
{
    if (!turn_order_known(t, o) || !order_is_callers(t, o))
        return turn_refuse(t, CODE_ORDER_NOT_FOUND, "%s", code_text(CODE_ORDER_NOT_FOUND));
    return CODE_OK;
}

enum code turn_order_own(struct turn *t, struct order *o)
{
    enum code code = turn_order(t, o);
    if (!code && o->from_center)
        return turn_refuse(t, CODE_BAD_TRANSITION, "an order of the center: only the center may");
    return code;
}

/* ---- money ---- */

static bool line_price(struct order_line *l)
{
    int64_t options_e4 = 0;
    for (uint16_t i = 0; i < l->n_options; i++) {
        int64_t amount_e4;
        if (!money_line_amount(l->options[i].qty_t, l->options[i].price_e4, &amount_e4))
            return false;
        options_e4 += amount_e4;
    }
    l->unit_e4 = l->price_e4 + options_e4;
    return money_line_amount(l->qty_t, l->unit_e4, &l->amount_e4);
}

static void drop_rounding(struct order *o)
{
    uint16_t kept = 0;
    for (uint16_t i = 0; i < o->n_adjusts; i++)
        if (o->adjusts[i].adj)
            o->adjusts[kept++] = o->adjusts[i];
    o->n_adjusts = kept;
}

/* Entry 0 is the hub's own: the difference to the currency's decimals. */
static bool set_rounding(struct turn *t, struct order *o, int64_t difference_e4)
{
    if (!difference_e4)
        return true;
    struct order_adjust *grown = arena_alloc(t->scratch, (o->n_adjusts + 1U) * sizeof *grown);
    if (!grown || o->n_adjusts == LIMIT_ADJUSTS)
        return false;
    if (o->n_adjusts)
        memcpy(grown, o->adjusts, o->n_adjusts * sizeof *grown);
    grown[o->n_adjusts++] =
        (struct order_adjust){.kind = ADJUST_ROUNDING, .amount_e4 = difference_e4};
    o->adjusts = grown;
    return true;
}

bool order_price(struct turn *t, struct order *o)
{
    struct menu_head menu;
    menu_head_load(t->b->txn, &menu);
    int64_t sum_e4 = 0;
    for (uint16_t i = 0; i < o->n_lines; i++) {
        if (!line_price(&o->lines[i]))
            return false;
        sum_e4 += o->lines[i].amount_e4;
    }
    o->lines_e4 = sum_e4;
    drop_rounding(o);
    for (uint16_t i = 0; i < o->n_adjusts; i++)
        sum_e4 += o->adjusts[i].amount_e4;
    o->due_e4 = money_round(sum_e4, menu.decimals);
    return o->due_e4 >= 0 && o->due_e4 <= LIMIT_MONEY_E4 && o->lines_e4 <= LIMIT_MONEY_E4 &&
           set_rounding(t, o, o->due_e4 - sum_e4);
}

bool payment_add(struct turn *t, struct order *o, const struct payment_request *p)
{
    struct order_payment *grown = arena_alloc(t->scratch, (o->n_payments + 1U) * sizeof *grown);
    if (!grown || o->n_payments == LIMIT_PAYMENTS)
        return false;
    if (o->n_payments)
        memcpy(grown, o->payments, o->n_payments * sizeof *grown);
    grown[o->n_payments++] =
        (struct order_payment){p->pay_id, p->tender, p->ref, p->amount_e4, t->c->wall_ms};
    o->payments = grown;
    o->paid_e4 += p->amount_e4;
    return o->paid_e4 <= LIMIT_MONEY_E4;
}

/* ---- business keys ---- */

uint64_t op_content(const struct command *c)
{
    return key_get_u64(c->content);
}

struct order_op *op_find(struct order *o, enum op_kind kind, struct str id, uint32_t number)
{
    for (uint16_t i = 0; i < o->n_ops; i++)
        if (o->ops[i].kind == kind && o->ops[i].number == number && str_eq(o->ops[i].id, id))
            return &o->ops[i];
    return NULL;
}

bool op_add(struct turn *t, struct order *o, enum op_kind kind, struct str id, uint32_t number,
            enum code code)
{
    struct order_op *grown = arena_alloc(t->scratch, (o->n_ops + 1U) * sizeof *grown);
    if (!grown || o->n_ops == LIMIT_OPS)
        return false;
    if (o->n_ops)
        memcpy(grown, o->ops, o->n_ops * sizeof *grown);
    grown[o->n_ops++] = (struct order_op){kind, id, number, op_content(t->c), code};
    o->ops = grown;
    return true;
}

bool op_answered(struct turn *t, struct order *o, enum op_kind kind, struct str id, uint32_t number)
{
    const struct order_op *op = op_find(o, kind, id, number);
    if (!op)
        return false;
    if (op->content != op_content(t->c)) {
        turn_refuse(t, CODE_ORDER_EXISTS_DIFFERENT, "this id was used for something else");
        return true;
    }
    if (op->code)
        turn_refuse(t, op->code, "%s", code_text(op->code));
    t->out->duplicate = true;
    t->out->refund_due = op->code == CODE_LATE_PAY_NO_STOCK || op->code == CODE_ORDER_CANCELLED;
    turn_show_order(t, o);
    return true;
}

const struct line_request *line_asked(const struct command *c, uint32_t line)
{
    for (uint16_t i = 0; i < c->n_lines; i++)
        if (c->lines[i].line == line)
            return &c->lines[i];
    return NULL;
}

/* ---- back to the disk ---- */

/* A bound that is cheap to know: what the texts take, and the most that the numbers can. */
static size_t line_bound(const struct order_line *l)
{
    size_t n = 110 + l->name.n + l->note.n + l->station.n + 22U * l->n_effects;
    for (uint16_t i = 0; i < l->n_options; i++)
        n += 36 + l->options[i].name.n;
    return n;
}

bool order_fits(const struct order *o)
{
    size_t n = 600 + o->note.n + o->user_id.n;
    for (uint16_t i = 0; i < o->n_lines; i++)
        n += line_bound(&o->lines[i]);
    for (uint16_t i = 0; i < o->n_adjusts; i++)
        n += 20 + o->adjusts[i].name.n;
    for (uint16_t i = 0; i < o->n_payments; i++)
        n += 24 + o->payments[i].pay_id.n + o->payments[i].tender.n + o->payments[i].ref.n;
    for (uint16_t i = 0; i < o->n_ops; i++)
        n += 24 + o->ops[i].id.n;
    return n <= ORDER_BYTES;
}

static void order_put(struct turn *t, const struct order *o, struct bytes packed, bool is_new)
{
    struct txn *txn = t->b->txn;
    struct key key = key_u64(o->no), id = key_text(o->order_id);
    bool open = order_is_open(o);
    if (is_new) {
        uint8_t no[8];
        memcpy(no, key.b, sizeof no);
        scatter_put(txn, TABLE_ORDER_ID, key_bytes(&id), (struct bytes){no, sizeof no});
        if (open) {
            txn_append(txn, TABLE_ORDER_OPEN, key_bytes(&key), packed);
            return;
        }
    } else if (open != t->was_open) {
        txn_del(txn, open ? TABLE_ORDER_DONE : TABLE_ORDER_OPEN, key_bytes(&key));
    }
    txn_put(txn, open ? TABLE_ORDER_OPEN : TABLE_ORDER_DONE, key_bytes(&key), packed);
}

static void pickup_put(struct turn *t, const struct order *o, bool is_new)
{
    bool open = order_is_open(o), was_open = !is_new && t->was_open;
    if (open == was_open || !o->pickup)
        return;
    struct key key = {.n = 0}, no = key_u64(o->no);
    key_add_u8(&key, (uint8_t)o->channel);
    key_add_u8(&key, (uint8_t)(o->pickup >> 8));
    key_add_u8(&key, (uint8_t)o->pickup);
    if (open)
        txn_put(t->b->txn, TABLE_PICKUP, key_bytes(&key), key_bytes(&no));
    else
        txn_del(t->b->txn, TABLE_PICKUP, key_bytes(&key));
}

/* A page of the center has many orders, and nobody whom its answer could show one. */
static struct bytes packed_order(struct turn *t, const struct order *o)
{
    if (t->c->verb == VERB_CENTER_ROW)
        return order_pack(o, t->scratch);
    turn_show_order(t, o);
    return t->out->order;
}

void turn_put_order(struct turn *t, struct order *o, bool is_new)
{
    struct bytes packed = packed_order(t, o);
    assert(packed.n);
    order_put(t, o, packed, is_new);
    pickup_put(t, o, is_new);
    turn_change(t, (struct change){.kind = CHANGE_ORDER,
                                   .order_no = o->no,
                                   .text = arena_str(&t->out->arena, o->order_id),
                                   .device = arena_str(&t->out->arena, o->device)});
    if (o->pickup)
        turn_change(t, (struct change){.kind = CHANGE_PICKUP,
                                       .order_no = o->no,
                                       .channel = o->channel,
                                       .pickup = o->pickup});
}

void turn_commit_order(struct turn *t, struct order *o, const struct order_event *event,
                       bool is_new)
{
    char body[BODY_BYTES];
    struct jw w;
    rights_note_override(t, o);
    jw_init(&w, body, sizeof body);
    body_order(&w, t, o, event);
    assert(jw_ok(&w));
    o->at = journal_append(&t->b->j, event->kind, t->c->wall_ms, jw_text(&w));
    t->out->at = o->at;
    turn_save_rows(t, o->at);
    turn_put_order(t, o, is_new);
}
