/* Guests and staff in the store, shoppers and merchants online. Who gets no reply asks again with
 * the same req_id.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/line/line.h"

/* ---- one request of the store ---- */

static void text_of(struct ask *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void text_of(struct ask *a, const char *fmt, ...)
{
    va_list args;
    int n = snprintf(a->text, sizeof a->text, "{'req_id':'%s',", a->req_id);
    va_start(args, fmt);
    vsnprintf(a->text + n, sizeof a->text - (size_t)n, fmt, args);
    va_end(args);
    for (char *c = a->text; *c; c++)
        if (*c == '\'')
            *c = '"';
}

static struct ask *new_ask(struct world *w, uint32_t till, enum verb verb, enum deed deed)
{
    struct ask *a = &w->tills[till];
    *a = (struct ask){.open = true, .verb = verb, .deed = deed};
    snprintf(a->req_id, sizeof a->req_id, "r-%u", ++w->n_asks);
    return a;
}

static void send(struct world *w, struct ask *a)
{
    char path[FIELD_PATH] = "";
    struct arena arena;
    struct work k = {.ask = a};
    struct caller who = {.device = a->kiosk ? STR("kiosk-1") : STR("till-1"),
                         .role = a->kiosk ? ROLE_KIOSK : ROLE_POS,
                         .channels = 1u << (a->kiosk ? CHANNEL_KIOSK : CHANNEL_POS)};
    struct json *doc = json_parse(a->text, strlen(a->text), &JSON_REQUEST, NULL);
    arena_init(&arena, 1 << 20);
    if (!doc || command_decode(&k.command, a->verb, &who, doc, &arena, path) != CODE_OK) {
        violation(w, "DECODE", "%s: %s", a->text, path);
    } else {
        k.command.override = a->override;
        bool alive = box_run(w, &k);
        bool told = alive || (w->options.plant == PLANT_REPLY_BEFORE_COMMIT && !k.committed &&
                              k.out.arena.max > 0);
        a->open = a->open && !told;
        work_end(&k);
        talk_turn(w);
    }
    arena_free(&arena);
    json_free(doc);
}

/* ---- deeds ---- */

static void fill(struct world *w, struct ask *a, bool place)
{
    struct sale *s = &a->order;
    s->state = place ? SALE_LOCKED : SALE_PAID;
    s->kiosk = a->kiosk;
    s->n = dice_chance(&w->people, 300) ? 2 : 1;
    s->item[0] = (int)dice_below(&w->people, ITEMS);
    s->item[1] = (s->item[0] + 1) % ITEMS;
    for (int i = 0; i < s->n; i++)
        s->q_t[i] = PORTION_T * dice_between(&w->people, 1, 3);
    snprintf(s->id, sizeof s->id, "P%u", w->n_asks);
}

static int64_t due(const struct sale *s)
{
    return (s->q_t[0] + (s->n > 1 ? s->q_t[1] : 0)) / PORTION_T;
}

void till_sells(struct world *w, uint32_t till, bool place)
{
    char lines[256], pay[128] = "";
    struct ask *a = new_ask(w, till, place ? VERB_ORDER_PLACE : VERB_ORDER_SELL,
                            place ? DEED_PLACE : DEED_SELL);
    struct sale *s = &a->order;
    a->kiosk = place && dice_chance(&w->people, 500);
    a->override = !a->kiosk && w->wastes && w->rules && dice_chance(&w->people, 40);
    fill(w, a, place);
    int n = 0;
    for (int i = 0; i < s->n; i++)
        n += snprintf(lines + n, sizeof lines - (size_t)n,
                      "%s{'line':%d,'object_id':'%d','qty':'%lld'}", i ? "," : "", i + 1,
                      1001 + s->item[i], (long long)s->q_t[i] / PORTION_T);
    if (!place)
        snprintf(pay, sizeof pay, ",'payments':[{'pay_id':'p','tender':'CASH','amount':'%lld'}]",
                 (long long)due(s));
    text_of(a, "'order_id':'%s','lines':[%s]%s}", s->id, lines, pay);
    send(w, a);
}

static bool pick(struct world *w, enum sale_state state, uint32_t *out)
{
    uint32_t n = w->truth.n_sales, from = n ? (uint32_t)dice_below(&w->people, n) : 0;
    for (uint32_t i = 0; i < n; i++) {
        *out = (from + i) % n;
        if (w->truth.sales[*out].state == state)
            return true;
    }
    return false;
}

void till_ends(struct world *w, uint32_t till, bool pay)
{
    uint32_t sale;
    if (!pick(w, SALE_LOCKED, &sale))
        return;
    const struct sale *s = &w->truth.sales[sale];
    struct ask *a =
        new_ask(w, till, pay ? VERB_ORDER_PAY : VERB_ORDER_CANCEL, pay ? DEED_PAY : DEED_CANCEL);
    a->sale = sale;
    a->kiosk = s->kiosk;
    if (pay)
        text_of(a, "'order_id':'%s','pay_id':'p','tender':'CARD','amount':'%lld'}", s->id,
                (long long)due(s));
    else
        text_of(a, "'order_id':'%s'}", s->id);
    send(w, a);
}

static void refunds(struct world *w, uint32_t till)
{
    uint32_t sale;
    if (!pick(w, SALE_PAID, &sale) || w->truth.sales[sale].back_t[0] > 0)
        return;
    struct ask *a = new_ask(w, till, VERB_ORDER_REFUND, DEED_REFUND);
    a->sale = sale;
    a->q_t = PORTION_T;
    text_of(a,
            "'order_id':'%s','refund_id':'f','lines':[{'line':1,'qty':'1','"
            "restock':true}]}",
            w->truth.sales[sale].id);
    send(w, a);
}

void till_counts(struct world *w, uint32_t till, int item, int64_t q_t)
{
    struct ask *a = new_ask(w, till, VERB_STOCK_SET, DEED_COUNT);
    a->item = item;
    a->q_t = q_t;
    text_of(a, "'object_type':'2','object_id':'%d','qty':'%lld'}", 1001 + item,
            (long long)q_t / PORTION_T);
    send(w, a);
}

void till_moves(struct world *w, uint32_t till, int item, int64_t q_t)
{
    struct ask *a = new_ask(w, till, VERB_STOCK_ADJUST, DEED_MOVE);
    a->item = item;
    a->q_t = q_t;
    text_of(a, "'object_type':'2','object_id':'%d','delta':'%lld','reason':'%s'}", 1001 + item,
            (long long)q_t / PORTION_T, q_t < 0 ? "WASTE" : "RECEIPT");
    send(w, a);
}

static void returns(struct world *w, uint32_t till, int item, int64_t q_t)
{
    struct ask *a = new_ask(w, till, VERB_STOCK_RETURN, DEED_RETURN);
    text_of(a, "'object_type':'2','object_id':'%d','qty':'%lld'}", 1001 + item,
            (long long)q_t / PORTION_T);
    send(w, a);
}

static void shapes(struct world *w, uint32_t till, int item)
{
    struct ask *a = new_ask(w, till, VERB_STOCK_CHANNEL, DEED_NONE);
    long long reserve = dice_between(&w->people, 0, 6);
    unsigned long long weight = dice_below(&w->people, 8);
    long long limit = dice_between(&w->people, 0, 15);
    bool limited = dice_chance(&w->people, 400);
    const char *channel = dice_chance(&w->people, 500) ? "POS" : "KIOSK";
    text_of(a,
            "'object_type':'2','object_id':'%d','channel':'%s','limited':%s,'limit':'%lld',"
            "'weight':%llu,'reserve':'%lld'}",
            1001 + item, channel, limited ? "true" : "false", limit, weight, reserve);
    send(w, a);
}

static bool may_count(struct world *w, int item)
{
    const struct row_truth *r = &w->truth.rows[item];
    return !r->strict || (w->wastes && strncmp(r->strict_gen, "T:", 2) != 0);
}

/* Without a limit, or with one again: only so few are left. */
static void limits(struct world *w, uint32_t till, int item)
{
    int64_t q_t = PORTION_T * dice_between(&w->people, 1, 4);
    bool limited = dice_chance(&w->people, 400);
    struct ask *a = new_ask(w, till, VERB_STOCK_PLAN, DEED_PLAN);
    a->item = item;
    a->q_t = q_t;
    text_of(a, "'object_type':'2','object_id':'%d','limited':%s,'plan':'%lld'}", 1001 + item,
            limited ? "true" : "false", (long long)q_t / PORTION_T);
    send(w, a);
}

static void closes(struct world *w, uint32_t till, int item)
{
    bool sold_out = dice_chance(&w->people, 400);
    struct ask *a =
        new_ask(w, till, sold_out ? VERB_STOCK_SOLD_OUT : VERB_STOCK_ON_SALE, DEED_NONE);
    text_of(a, "'object_type':'2','object_id':'%d'}", 1001 + item);
    send(w, a);
}

void sale_cancel(struct world *w, uint32_t sale)
{
    const struct sale *s = &w->truth.sales[sale];
    struct ask kept = w->tills[0], *a = new_ask(w, 0, VERB_ORDER_CANCEL, DEED_CANCEL);
    a->sale = sale;
    a->kiosk = s->kiosk;
    text_of(a, "'order_id':'%s'}", s->id);
    send(w, a);
    w->tills[0] = kept;
}

/* ---- who comes ---- */

static bool is_asking(struct world *w, uint32_t till)
{
    if (!w->tills[till].open)
        return false;
    send(w, &w->tills[till]);
    return true;
}

void guest_comes(struct world *w, uint32_t till)
{
    uint64_t d = dice_below(&w->people, 100);
    if (!w->box.store || is_asking(w, till))
        return;
    if (d < 45)
        till_sells(w, till, false);
    else if (d < 70)
        till_sells(w, till, true);
    else if (d < 85)
        till_ends(w, till, true);
    else if (d < 95)
        till_ends(w, till, false);
    else
        refunds(w, till);
}

void staff_comes(struct world *w, uint32_t till)
{
    uint64_t d = dice_below(&w->people, 100);
    int item = (int)dice_below(&w->people, ITEMS);
    int64_t q_t = PORTION_T * dice_between(&w->people, 1, 12);
    if (!w->box.store || is_asking(w, till))
        return;
    if (w->options.plant == PLANT_LIMIT_ALONE && dice_chance(&w->people, 500))
        d = 90; /* that needs limits */
    if (d < 40 && may_count(w, item))
        till_counts(w, till, item, q_t);
    else if (d < 70)
        till_moves(w, till, item, q_t);
    else if (d < 80 && (w->wastes || !w->truth.rows[item].strict))
        till_moves(w, till, item, -PORTION_T);
    else if (d < 85 && w->rules)
        shapes(w, till, item);
    else if (d < 88 && w->rules)
        returns(w, till, item, q_t);
    else if (d < 97 && w->rules)
        limits(w, till, item);
    else
        closes(w, till, item);
}

void shopper_comes(struct world *w)
{
    uint64_t d = dice_below(&w->people, 100);
    int item = (int)dice_below(&w->people, ITEMS);
    int64_t q_t = PORTION_T * dice_between(&w->people, 1, 3);
    if (d < 50)
        center_sells(w, item, q_t);
    else if (d < 70)
        center_holds(w, item, q_t);
    else
        center_settles(w, (uint32_t)dice_below(&w->people, HOLDS), d < 90);
    talk_turn(w);
}

static void merchant_rules(struct world *w, int item)
{
    uint64_t d = dice_below(&w->people, 100);
    if (d < 16)
        center_plan(w, item);
    else if (d < 25)
        center_unlimits(w, item);
    else if (d < 45)
        center_policy(w, item);
    else if (d < 70)
        center_shape(w, item);
    else if (d < 85)
        center_mode(w, item);
    else if (d < 93)
        center_commands(w, item, "RECALL", PORTION_T * dice_between(&w->people, 1, 6));
    else
        center_commands(w, item, "ADJUST",
                        PORTION_T * dice_between(&w->people, w->wastes ? -3 : 1, 4));
}

void merchant_comes(struct world *w)
{
    int item = (int)dice_below(&w->people, ITEMS);
    bool down = w->now_ms < w->center.down_until_ms;
    if (w->rules && !down && dice_chance(&w->people, 500))
        merchant_rules(w, item);
    else if (dice_chance(&w->people, 500))
        center_count(w, item, PORTION_T * dice_between(&w->people, 0, 15));
    else
        center_status(w, item, dice_chance(&w->people, 700));
}

void people_open(struct world *w)
{
    for (int i = 0; i < ITEMS; i++)
        center_count(w, i, 10 * PORTION_T);
}
