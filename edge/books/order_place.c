/* place, sell and add: new lines, all of them or none (sync-protocol 2.3). */
#include "edge/books/day.h"
#include "edge/books/rights.h"
#include "edge/books/turn.h"
#include "proto/crypto.h"

#include <string.h>

/* ---- what a repeat is compared with ---- */

/* Content of the first round: verb, lines, quantities and options. */
static uint64_t round_content(const struct command *c)
{
    uint8_t buf[LIMIT_REQUEST_BYTES], hash[SHA256_BYTES];
    struct pack p;
    pack_writer(&p, buf, sizeof buf);
    uint8_t verb = (uint8_t)c->verb;
    pack_u8(&p, &verb);
    for (uint16_t i = 0; i < c->n_lines; i++) {
        struct line_request l = c->lines[i];
        pack_u32(&p, &l.line);
        pack_i64(&p, &l.object_id);
        pack_i64(&p, &l.qty_t);
        pack_u32(&p, &l.parent);
        pack_str(&p, &l.note, LIMIT_NOTE);
        pack_count(&p, &l.n_options, LIMIT_OPTIONS);
        for (uint16_t k = 0; k < l.n_options; k++) {
            pack_i64(&p, &l.options[k].option_id);
            pack_i64(&p, &l.options[k].qty_t);
        }
    }
    sha256(buf, p.at, hash);
    return key_get_u64(hash);
}

static enum code answer_known(struct turn *t, const struct order *o)
{
    if (o->round1 != round_content(t->c) || !str_eq(o->device, t->c->who.device))
        return turn_refuse(t, CODE_ORDER_EXISTS_DIFFERENT, "order %.*s exists and is another one",
                           (int)o->order_id.n, o->order_id.p);
    if (o->state == ORDER_CANCELLED || o->state == ORDER_EXPIRED)
        return turn_refuse(t, CODE_BAD_TRANSITION, "the order is %s; take a new order_id",
                           order_state_name(o->state));
    t->out->duplicate = true;
    turn_show_order(t, o);
    return CODE_OK;
}

/* ---- heading ---- */

static bool pickup_taken(struct turn *t, enum channel channel, uint16_t number)
{
    struct key key = {.n = 0};
    struct bytes value;
    key_add_u8(&key, (uint8_t)channel);
    key_add_u8(&key, (uint8_t)(number >> 8));
    key_add_u8(&key, (uint8_t)number);
    return txn_get(t->b->txn, TABLE_PICKUP, key_bytes(&key), &value);
}

uint16_t pickup_draw(struct turn *t, enum channel channel)
{
    uint16_t n = t->b->j.head.pickup_last[channel];
    for (int tries = 0; tries < LIMIT_PICKUP; tries++) {
        n = (uint16_t)(n % LIMIT_PICKUP + 1);
        if (!pickup_taken(t, channel, n))
            return n;
    }
    return 0;
}

void pickup_again(struct turn *t, struct order *o)
{
    if (!pickup_taken(t, o->channel, o->pickup))
        return;
    uint16_t drawn = pickup_draw(t, o->channel);
    if (drawn)
        t->b->j.head.pickup_last[o->channel] = o->pickup = drawn;
}

static void day_open_first(struct turn *t)
{
    struct journal_head *h = &t->b->j.head;
    if (h->day)
        return;
    h->day = t->c->day;
    day_save(
        t->b->txn,
        &(struct day_row){.day = h->day, .first_no = h->next_order, .opened_at_ms = t->c->wall_ms});
}

void order_enter(struct turn *t, const struct order *o)
{
    day_open_first(t);
    t->b->j.head.next_order++;
    if (o->pickup)
        t->b->j.head.pickup_last[o->channel] = o->pickup;
}

static void heading(struct turn *t, struct order *o)
{
    const struct command *c = t->c;
    const struct journal_head *h = &t->b->j.head;
    *o = (struct order){.no = h->next_order,
                        .order_id = c->order_id,
                        .device = c->who.device,
                        .channel = c->channel,
                        .kitchen = KITCHEN_NONE,
                        .day = h->day ? h->day : c->day,
                        .rounds = 1,
                        .placed_at_ms = c->wall_ms,
                        .table = c->table,
                        .note = c->note,
                        .user_id = c->user_id,
                        .operator_id = c->operator_id};
}

/* ---- checks shared with add ---- */

enum code storage_check(struct turn *t)
{
    if (t->b->j.head.fenced)
        return turn_refuse(t, CODE_HUB_FENCED, "%s", code_text(CODE_HUB_FENCED));
    if (t->b->config->refuse_new_orders)
        return turn_refuse(t, CODE_STORAGE_FULL, "%s", code_text(CODE_STORAGE_FULL));
    return CODE_OK;
}

static enum code check_stock(struct turn *t, struct order *o, uint16_t first)
{
    for (uint16_t i = first; i < o->n_lines; i++)
        if (!need_add(t, &o->lines[i], o->lines[i].held_t))
            return turn_refuse(t, CODE_BAD_REQUEST, "the order touches more than %d objects",
                               LIMIT_ROWS);
    enum code code = need_check(t, o, o->lines + first, (uint16_t)(o->n_lines - first));
    return code ? turn_refuse(t, code, "%s", code_text(code)) : CODE_OK;
}

static enum code check_size(struct turn *t, struct order *o)
{
    if (!order_price(t, o) || !order_fits(o))
        return turn_refuse(t, CODE_BAD_REQUEST, "the order is too large");
    return CODE_OK;
}

/* ---- place and sell ---- */

static enum code check_payments(struct turn *t, struct order *o)
{
    const struct command *c = t->c;
    for (uint16_t i = 0; i < c->n_payments; i++)
        if (!payment_add(t, o, &c->payments[i]) ||
            !op_add(t, o, OP_PAY, c->payments[i].pay_id, 0, CODE_OK))
            return turn_refuse(t, CODE_BAD_REQUEST, "too many payments");
    if (o->paid_e4 < o->due_e4)
        return turn_refuse(t, CODE_BAD_TRANSITION, "the payments do not cover what is due");
    return CODE_OK;
}

static enum code check_new(struct turn *t, struct order *o)
{
    enum code code = lines_from_menu(t, o, 1);
    if (!code)
        code = check_size(t, o);
    if (!code && t->c->verb == VERB_ORDER_SELL)
        code = check_payments(t, o);
    if (!code)
        code = check_stock(t, o, 0);
    if (code)
        return code;
    o->pickup = pickup_draw(t, o->channel);
    return o->pickup
               ? CODE_OK
               : turn_refuse(t, CODE_BUSY, "%d orders of this channel are open", LIMIT_PICKUP);
}

static void apply_lines(struct turn *t, struct order *o, uint16_t first, enum step step)
{
    for (uint16_t i = first; i < o->n_lines; i++) {
        line_step(t, o, &o->lines[i], step, o->lines[i].held_t);
        o->lines[i].reserved = step == STEP_SELL ? RESERVED_DEDUCTED : RESERVED_LOCKED;
    }
}

static void apply_place(struct turn *t, struct order *o)
{
    apply_lines(t, o, 0, STEP_LOCK);
    order_move(o, ORDER_PLACED);
    order_arm_channel_expiry(t, o);
    if (t->b->config->channels[o->channel].ticket_at_place)
        tickets_send(t, o);
    turn_commit_order(
        t, o, &(struct order_event){.kind = EVENT_ORDER_LOCK, .cause = "PLACE", .whole = true},
        true);
}

static void apply_sell(struct turn *t, struct order *o)
{
    apply_lines(t, o, 0, STEP_SELL);
    order_move(o, ORDER_PAID);
    tickets_send(t, o);
    turn_commit_order(t, o,
                      &(struct order_event){.kind = EVENT_ORDER_SELL,
                                            .whole = true,
                                            .payments = o->payments,
                                            .n_payments = o->n_payments},
                      true);
}

enum code order_place_check(struct turn *t, struct order *o)
{
    enum code code = storage_check(t);
    if (code)
        return code;
    if (turn_order_known(t, o))
        return answer_known(t, o);
    if (t->b->config->channels[t->c->channel].closed)
        return turn_refuse(t, CODE_CHANNEL_CLOSED, "%s takes no orders at present",
                           channel_name(t->c->channel));
    heading(t, o);
    return check_new(t, o);
}

enum code order_place_verb(struct turn *t)
{
    struct order o;
    enum code code = order_place_check(t, &o);
    if (code || t->out->duplicate)
        return rights_missed(t, code);
    o.round1 = round_content(t->c);
    order_enter(t, &o);
    if (t->c->verb == VERB_ORDER_SELL)
        apply_sell(t, &o);
    else
        apply_place(t, &o);
    return CODE_OK;
}

/* ---- add ---- */

/* The op key is the order and its new line numbers: known ones are a repeat or a mistake. */
static enum code check_add_key(struct turn *t, struct order *o)
{
    const struct command *c = t->c;
    for (uint16_t i = 0; i < c->n_lines; i++)
        if (order_line(o, c->lines[i].line)) {
            if (op_answered(t, o, OP_ADD, STR(""), c->lines[0].line))
                return t->out->code;
            return turn_refuse(t, CODE_ORDER_EXISTS_DIFFERENT, "line %u exists already",
                               c->lines[i].line);
        }
    return CODE_OK;
}

static enum code check_round(struct turn *t, struct order *o)
{
    uint16_t first = o->n_lines;
    if (o->state != ORDER_PLACED)
        return turn_refuse(t, CODE_BAD_TRANSITION, "the order is %s", order_state_name(o->state));
    if (o->rounds == LIMIT_ROUNDS)
        return turn_refuse(t, CODE_BAD_REQUEST, "at most %d rounds in one order", LIMIT_ROUNDS);
    enum code code = lines_from_menu(t, o, o->rounds + 1U);
    if (code)
        return code;
    o->rounds++;
    if (!op_add(t, o, OP_ADD, STR(""), t->c->lines[0].line, CODE_OK))
        return turn_refuse(t, CODE_BAD_REQUEST, "too many changes to one order");
    code = check_size(t, o);
    return code ? code : check_stock(t, o, first);
}

enum code order_add_check(struct turn *t, struct order *o)
{
    enum code code = storage_check(t);
    if (!code)
        code = turn_order_own(t, o);
    if (!code)
        code = check_add_key(t, o);
    return code || t->out->duplicate ? code : check_round(t, o);
}

enum code order_add_verb(struct turn *t)
{
    struct order o;
    enum code code = order_add_check(t, &o);
    if (code || t->out->duplicate)
        return rights_missed(t, code);
    uint16_t first = (uint16_t)(o.n_lines - t->c->n_lines);
    apply_lines(t, &o, first, STEP_LOCK);
    if (t->b->config->channels[o.channel].ticket_at_place)
        tickets_send(t, &o);
    turn_commit_order(
        t, &o,
        &(struct order_event){
            .kind = EVENT_ORDER_LOCK, .cause = "ADD", .whole = true, .from_line_index = first},
        false);
    return CODE_OK;
}
