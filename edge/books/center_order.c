/* Orders that the center took reach the kitchen (sync-protocol 4.1).
 *
 * The happy path: a paid order arrives -> it gets an order number and a pickup number, its tickets
 * go to the stations of the menu -> the kitchen moves them as any other (ticket.c), it is served
 * (order_edit.c), and each step is told upward.
 *
 * What can go otherwise:
 * - it comes again, or a message that is older than the last: nothing changes;
 * - it is called off: what nobody has begun leaves the kitchen, else staff are warned;
 * - it was called off before it ever came: it is kept as ended, so that a paid message which was
 *   overtaken makes no food;
 * - its id is an order of the store: that one stays as it is, and staff are warned;
 * - it says something else than before: lines that are gone or smaller are void, new ones are a
 * round of their own (center_lines.c).
 */
#include "edge/books/alert.h"
#include "edge/books/center.h"
#include "edge/books/turn.h"

#include <stdio.h>
#include <string.h>

#define ORDER_ROOM (1024 * 1024) /* what one order takes: record, lines, all its tickets */

#define PREFIX "order-" /* of the ids of their alerts */

/* ---- warnings ---- */

static struct str alert_id(struct turn *t, struct str order_id)
{
    char id[ALERT_ID];
    int n = snprintf(id, sizeof id, PREFIX "%.*s", (int)order_id.n, order_id.p);
    return arena_str(&t->out->arena, (struct str){id, (size_t)n});
}

static void warn(struct turn *t, const struct order *o, const char *what)
{
    char text[DETAIL_TEXT], number[PICKUP_TEXT];
    order_number(o, number);
    int n = snprintf(text, sizeof text, "%s, order %.*s: %s", number, (int)o->order_id.n,
                     o->order_id.p, what);
    struct alert_row a = {.id = alert_id(t, o->order_id),
                          .kind = STR("ORDER"),
                          .text = {text, (size_t)n},
                          .since_at_ms = t->c->wall_ms,
                          .at = t->b->j.head.at};
    alert_save(t->b->txn, &a);
    turn_change(t, (struct change){.kind = CHANGE_ALERT, .text = a.id});
}

void center_order_cleared(struct turn *t, const struct order *o)
{
    struct alert_row known;
    struct str id = alert_id(t, o->order_id);
    if (!alert_load(t->b->txn, id, &known))
        return;
    alert_remove(t->b->txn, id);
    turn_change(t, (struct change){.kind = CHANGE_ALERT, .text = id});
}

/* ---- a new one ---- */

/* A channel that only the center knows has the letter of its orders. */
static enum channel channel_of(const struct cloud_order *in)
{
    enum channel c;
    return channel_parse(in->channel, &c) && !channel_is_hub(c) ? c : CHANNEL_ONLINE_ORDER;
}

static void heading(struct turn *t, const struct cloud_order *in, struct order *o)
{
    const struct journal_head *h = &t->b->j.head;
    *o = (struct order){.no = h->next_order,
                        .order_id = in->order_id,
                        .channel = channel_of(in),
                        .from_center = true,
                        .state = ORDER_PAID,
                        .day = h->day ? h->day : t->c->day,
                        .rounds = 1,
                        .placed_at_ms = t->c->wall_ms,
                        .note = in->note,
                        .user_id = in->user_id,
                        .over = in->over,
                        .ready_at_ms = in->ready_at_ms};
}

/* Tills see that nothing is left to pay. */
static void paid_online(struct turn *t, const struct cloud_order *in, struct order *o)
{
    o->due_e4 = o->paid_e4 = in->amount_e4;
    o->payments = arena_alloc(t->scratch, sizeof *o->payments);
    o->payments[0] = (struct order_payment){.pay_id = STR("online"),
                                            .tender = STR("ONLINE"),
                                            .amount_e4 = in->amount_e4,
                                            .at_ms = in->paid_at_ms};
    o->n_payments = 1;
}

static void commit(struct turn *t, struct order *o, const char *cause, bool is_new)
{
    order_settle(t, o);
    turn_commit_order(
        t, o, &(struct order_event){.kind = EVENT_ORDER_STATE, .cause = cause, .names = true},
        is_new);
}

/* A box that takes another's place is told what that one has served. */
static void cook(struct turn *t, const struct cloud_order *in, struct order *o)
{
    if (in->kitchen == KITCHEN_SERVED) {
        o->served = o->rounds;
        o->kitchen = KITCHEN_SERVED;
    } else {
        o->pickup = pickup_draw(t, o->channel);
        tickets_send(t, o);
    }
}

static void let_go(struct order *o)
{
    for (uint16_t i = 0; i < o->n_lines; i++) {
        o->lines[i].reserved = RESERVED_UNLOCKED;
        o->lines[i].held_t = 0;
    }
}

/* What a pull of everything brings is the center's last word, whatever was heard before, and has
 * overtaken nothing. */
static bool is_everything(const struct turn *t)
{
    return t->c->center->ver == 0 || t->c->center->full_ends;
}

static bool is_wanted(const struct turn *t, const struct cloud_order *in)
{
    return in->state == ORDER_PAID || (order_ends(in->state) && !is_everything(t));
}

static void create(struct turn *t, const struct cloud_order *in)
{
    struct order o;
    if (!is_wanted(t, in))
        return;
    heading(t, in, &o);
    center_lines_take(t, in, &o);
    paid_online(t, in, &o);
    if (in->state == ORDER_PAID) {
        cook(t, in, &o);
    } else {
        o.state = in->state;
        let_go(&o);
    }
    order_enter(t, &o);
    commit(t, &o, in->state == ORDER_PAID ? "ARRIVED" : "CALLED_OFF", true);
}

/* ---- one that is known ---- */

static void call_off(struct turn *t, const struct cloud_order *in, struct order *o)
{
    let_go(o);
    bool begun = tickets_withdraw(t, o), served = o->kitchen == KITCHEN_SERVED;
    if (!begun && !served)
        o->kitchen = KITCHEN_NONE;
    o->state = in->state;
    o->refunded_e4 = o->paid_e4;
    commit(t, o, "CALLED_OFF", false);
    if (begun && !served)
        warn(t, o, "called off online after it was begun");
}

static void keep_version(struct turn *t, struct order *o)
{
    struct key key = key_u64(o->no);
    txn_put(t->b->txn, t->was_open ? TABLE_ORDER_OPEN : TABLE_ORDER_DONE, key_bytes(&key),
            order_pack(o, t->scratch));
}

/* Its words and its lines; false: they read as before. */
static bool change(struct turn *t, const struct cloud_order *in, struct order *o)
{
    bool lines = center_lines_follow(t, in, o);
    bool same = str_eq(in->note, o->note) && in->ready_at_ms == o->ready_at_ms &&
                in->amount_e4 == o->due_e4;
    o->note = in->note;
    o->ready_at_ms = in->ready_at_ms;
    paid_online(t, in, o);
    return lines || !same;
}

static void follow_open(struct turn *t, const struct cloud_order *in, struct order *o)
{
    if (in->state == ORDER_ENDED) {
        o->state = ORDER_ENDED;
        commit(t, o, "ENDED", false);
    } else if (order_ends(in->state)) {
        call_off(t, in, o);
    } else if (in->state == ORDER_PAID && change(t, in, o)) {
        commit(t, o, "CHANGED", false);
    } else {
        keep_version(t, o);
    }
}

static void follow(struct turn *t, const struct cloud_order *in, struct order *o)
{
    if (in->over <= o->over && !is_everything(t))
        return;
    o->over = in->over;
    if (order_is_open(o))
        follow_open(t, in, o);
    else
        keep_version(t, o);
}

/* ---- the end of a day ---- */

/* Nobody has to be warned of yesterday's orders any more. */
void center_orders_day_over(struct turn *t)
{
    struct scan s =
        scan_begin(t->b->txn, TABLE_ALERT, (struct bytes){PREFIX, strlen(PREFIX)}, false);
    s.skip_bad = true;
    while (scan_next(&s) && s.key.n > strlen(PREFIX) &&
           memcmp(s.key.p, PREFIX, strlen(PREFIX)) == 0) {
        struct str id = arena_str(&t->out->arena, (struct str){s.key.p, s.key.n});
        turn_change(t, (struct change){.kind = CHANGE_ALERT, .text = id});
        scan_del(&s);
    }
    scan_end(&s);
}

/* ---- the command ---- */

static void take(struct turn *t, const struct cloud_order *in)
{
    struct order o;
    if (!turn_order_named(t, in->order_id, &o)) {
        if (txn_error(t->b->txn) == PH_OK)
            create(t, in);
    } else if (o.from_center) {
        follow(t, in, &o);
    } else {
        warn(t, &o, "the center has an order of this id too, which cannot be cooked");
    }
}

bool center_orders_take(struct turn *t)
{
    const struct center_rows *in = t->c->center;
    struct arena *of_turn = t->scratch, room;
    arena_init(&room, ORDER_ROOM);
    bool has_room = in->n_orders == 0 || arena_alloc(&room, ORDER_ROOM);
    t->scratch = &room;
    for (uint32_t i = 0; i < in->n_orders && has_room; i++) {
        arena_reset(&room);
        take(t, &in->orders[i]);
    }
    t->scratch = of_turn;
    arena_free(&room);
    return has_room;
}
