#include "edge/books/order.h"
#include "storage/peek.h"
#include "storage/scatter.h"

#include <stdio.h>
#include <string.h>

/* An array of a record: its count, then room for it when reading. */
static bool array_begin(struct pack *p, uint16_t *n, uint16_t max, void *array, size_t size,
                        struct arena *arena)
{
    pack_count(p, n, max);
    if (p->writing)
        return pack_ok(p);
    void *items = pack_ok(p) ? arena_alloc(arena, *n * size) : NULL;
    if (!items) {
        p->bad = true;
        *n = 0;
    }
    memcpy(array, &items, sizeof items);
    return pack_ok(p);
}

static void option_fields(struct pack *p, struct order_option *o)
{
    pack_i64(p, &o->option_id);
    pack_i64(p, &o->qty_t);
    pack_i64(p, &o->price_e4);
    pack_i64(p, &o->object_id);
    pack_str(p, &o->name, LIMIT_NAME);
}

static void effect_fields(struct pack *p, struct line_effect *e)
{
    pack_enum(p, &e->object.type);
    pack_i64(p, &e->object.id);
    pack_i64(p, &e->factor_t);
    pack_u32(p, &e->gen);
}

static void reservation_fields(struct pack *p, struct order_line *l, struct arena *arena)
{
    pack_enum(p, &l->reserved);
    pack_u8(p, &l->attempt);
    pack_i64(p, &l->held_t);
    pack_i64(p, &l->voided_t);
    pack_i64(p, &l->restocked_t);
    pack_i64(p, &l->refunded_t);
    if (!array_begin(p, &l->n_effects, 2 * (1 + LIMIT_OPTIONS), &l->effects, sizeof *l->effects,
                     arena))
        return;
    for (uint16_t i = 0; i < l->n_effects; i++)
        effect_fields(p, &l->effects[i]);
}

static void line_fields(struct pack *p, struct order_line *l, struct arena *arena)
{
    pack_u32(p, &l->line);
    pack_u32(p, &l->parent);
    pack_u32(p, &l->seat);
    pack_u32(p, &l->course);
    pack_u32(p, &l->round);
    pack_i64(p, &l->object_id);
    pack_str(p, &l->name, LIMIT_NAME);
    pack_str(p, &l->note, LIMIT_NOTE);
    pack_str(p, &l->station, LIMIT_STATION);
    pack_i64(p, &l->qty_t);
    pack_i64(p, &l->price_e4);
    pack_i64(p, &l->unit_e4);
    pack_i64(p, &l->amount_e4);
    if (!array_begin(p, &l->n_options, LIMIT_OPTIONS, &l->options, sizeof *l->options, arena))
        return;
    for (uint16_t i = 0; i < l->n_options; i++)
        option_fields(p, &l->options[i]);
    reservation_fields(p, l, arena);
}

static void adjust_fields(struct pack *p, struct order_adjust *a)
{
    pack_u32(p, &a->adj);
    pack_u32(p, &a->line);
    pack_enum(p, &a->kind);
    pack_str(p, &a->name, LIMIT_NAME);
    pack_i64(p, &a->amount_e4);
}

static void payment_fields(struct pack *p, struct order_payment *m)
{
    pack_str(p, &m->pay_id, LIMIT_OP_ID);
    pack_str(p, &m->tender, LIMIT_TENDER);
    pack_str(p, &m->ref, LIMIT_REF);
    pack_i64(p, &m->amount_e4);
    pack_i64(p, &m->at_ms);
}

static void op_fields(struct pack *p, struct order_op *op)
{
    pack_enum(p, &op->kind);
    pack_str(p, &op->id, LIMIT_OP_ID);
    pack_u32(p, &op->number);
    pack_u64(p, &op->content);
    pack_enum(p, &op->code);
}

static void head_fields(struct pack *p, struct order *o)
{
    pack_u64(p, &o->no);
    pack_str(p, &o->order_id, LIMIT_ORDER_ID);
    pack_str(p, &o->device, LIMIT_DEVICE_ID);
    pack_enum(p, &o->channel);
    pack_bool(p, &o->from_center);
    pack_enum(p, &o->state);
    pack_enum(p, &o->kitchen);
    pack_u32(p, &o->day);
    pack_u16(p, &o->pickup);
    pack_u16(p, &o->rounds);
    pack_u16(p, &o->ticketed);
    pack_u16(p, &o->served);
    pack_u64(p, &o->round1);
    pack_i64(p, &o->placed_at_ms);
    pack_i64(p, &o->ended_at_ms);
    pack_i64(p, &o->expires_at_u_ms);
    pack_u8(p, &o->paying_extensions);
    pack_str(p, &o->table, LIMIT_TABLE);
    pack_str(p, &o->note, LIMIT_NOTE);
    pack_str(p, &o->user_id, LIMIT_USER_ID);
    pack_str(p, &o->operator_id, LIMIT_OPERATOR);
    pack_bool(p, &o->refund_due);
    pack_i64(p, &o->lines_e4);
    pack_i64(p, &o->due_e4);
    pack_i64(p, &o->paid_e4);
    pack_i64(p, &o->refunded_e4);
    pack_u32(p, &o->at.epoch);
    pack_u64(p, &o->at.seq);
}

void order_fields(struct pack *p, struct order *o, struct arena *arena)
{
    head_fields(p, o);
    if (array_begin(p, &o->n_lines, LIMIT_LINES, &o->lines, sizeof *o->lines, arena))
        for (uint16_t i = 0; i < o->n_lines; i++)
            line_fields(p, &o->lines[i], arena);
    if (array_begin(p, &o->n_adjusts, LIMIT_ADJUSTS, &o->adjusts, sizeof *o->adjusts, arena))
        for (uint16_t i = 0; i < o->n_adjusts; i++)
            adjust_fields(p, &o->adjusts[i]);
    if (array_begin(p, &o->n_payments, LIMIT_PAYMENTS, &o->payments, sizeof *o->payments, arena))
        for (uint16_t i = 0; i < o->n_payments; i++)
            payment_fields(p, &o->payments[i]);
    if (array_begin(p, &o->n_ops, LIMIT_OPS, &o->ops, sizeof *o->ops, arena))
        for (uint16_t i = 0; i < o->n_ops; i++)
            op_fields(p, &o->ops[i]);
    if (o->from_center) {
        pack_u64(p, &o->over);
        pack_i64(p, &o->ready_at_ms);
    }
}

bool order_unpack(struct bytes packed, struct arena *arena, struct order *out)
{
    struct pack p;
    memset(out, 0, sizeof *out);
    pack_reader(&p, packed.p, packed.n);
    order_fields(&p, out, arena);
    return pack_done(&p);
}

struct bytes order_pack(const struct order *o, struct arena *arena)
{
    uint8_t buf[ORDER_BYTES];
    struct pack p;
    struct order writable = *o;
    pack_writer(&p, buf, sizeof buf);
    order_fields(&p, &writable, NULL);
    if (!pack_ok(&p))
        return (struct bytes){0};
    struct str copy = arena_str(arena, (struct str){(const char *)buf, p.at});
    return (struct bytes){copy.p, copy.n};
}

static bool load_from(struct txn *txn, enum table table, uint64_t no, struct arena *arena,
                      struct order *out)
{
    struct key key = key_u64(no);
    struct bytes value;
    if (!txn_get(txn, table, key_bytes(&key), &value))
        return false;
    if (order_unpack(value, arena, out))
        return true;
    txn_set_bad(txn, table, key_bytes(&key));
    return false;
}

bool order_load(struct txn *txn, uint64_t no, struct arena *arena, struct order *out)
{
    return load_from(txn, TABLE_ORDER_OPEN, no, arena, out) ||
           load_from(txn, TABLE_ORDER_DONE, no, arena, out);
}

bool order_peek(struct txn *txn, uint64_t no, struct arena *arena, struct order *out)
{
    struct key key = key_u64(no);
    struct bytes value;
    return (txn_peek(txn, TABLE_ORDER_OPEN, key_bytes(&key), &value) ||
            txn_peek(txn, TABLE_ORDER_DONE, key_bytes(&key), &value)) &&
           order_unpack(value, arena, out);
}

bool order_find(struct txn *txn, struct str order_id, struct arena *arena, struct order *out)
{
    struct key key = key_text(order_id);
    struct bytes value;
    if (!scatter_get(txn, TABLE_ORDER_ID, key_bytes(&key), &value))
        return false;
    if (value.n == sizeof(uint64_t) && order_load(txn, key_get_u64(value.p), arena, out))
        return true;
    txn_set_bad(txn, TABLE_ORDER_ID, key_bytes(&key));
    return false;
}

bool order_ends(enum order_state s)
{
    return s == ORDER_ENDED || s == ORDER_CANCELLED || s == ORDER_EXPIRED || s == ORDER_REFUNDED;
}

bool order_is_ready(const struct order *o)
{
    return o->kitchen == KITCHEN_READY || o->kitchen == KITCHEN_SERVED;
}

bool order_is_open(const struct order *o)
{
    return !order_ends(o->state);
}

struct order_line *order_line(struct order *o, uint32_t line)
{
    for (uint16_t i = 0; i < o->n_lines; i++)
        if (o->lines[i].line == line)
            return &o->lines[i];
    return NULL;
}

void order_number(const struct order *o, char out[PICKUP_TEXT])
{
    snprintf(out, PICKUP_TEXT, "%c%03u", channel_letter(o->channel), o->pickup % 1000U);
}
