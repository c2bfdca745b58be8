#include "tools/storesim/order.h"

#include "proto/qty.h"
#include "tools/storesim/clock.h"
#include "tools/storesim/dice.h"
#include "tools/storesim/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPIRY_SLACK_US 100000 /* of clocks and timers */

/* ---- wishes ---- */

static bool line_has(const struct line *l, const struct dish_option *option)
{
    for (uint16_t i = 0; i < l->n_options; i++)
        if (l->options[i].option == option)
            return true;
    return false;
}

static void line_choose(struct line *l, const struct dish_group *g, bool chatty)
{
    int64_t want = g->min;
    if (chatty && want < g->max && dice_chance(0.4))
        want++;
    for (size_t i = 0; want > 0 && i < g->n_options && l->n_options < LIMIT_OPTIONS; i++) {
        size_t pick = chatty ? (size_t)dice_between(0, (int64_t)g->n_options - 1) : i;
        if (line_has(l, &g->options[pick]))
            pick = i;
        if (line_has(l, &g->options[pick]))
            continue;
        l->options[l->n_options++] = (struct line_option){&g->options[pick], 10};
        want--;
    }
}

bool wish_add(struct wish *w, const struct menu *m, int64_t object_id, int64_t qty_t, bool chatty)
{
    const struct dish *dish = menu_dish(m, object_id);
    if (!dish || w->n_lines == LIMIT_LINES)
        return false;
    struct line *l = &w->lines[w->n_lines++];
    *l = (struct line){.dish = dish, .qty_t = qty_t};
    for (size_t i = 0; i < dish->n_groups; i++) {
        const struct dish_group *g = menu_group(m, dish->groups[i]);
        if (g)
            line_choose(l, g, chatty);
    }
    return true;
}

/* ---- making ---- */

static void line_price(struct line *l, enum channel channel)
{
    l->unit_e4 = l->dish->price_e4[channel];
    for (uint16_t i = 0; i < l->n_options; i++) {
        int64_t option_e4 = 0;
        money_line_amount(l->options[i].qty_t, l->options[i].option->price_e4, &option_e4);
        l->unit_e4 += option_e4;
    }
    money_line_amount(l->qty_t, l->unit_e4, &l->amount_e4);
}

struct line *order_add_line(struct order *o, const struct line *line)
{
    if (o->n_lines == LIMIT_LINES)
        return NULL;
    o->lines = memory_grow(o->lines, (o->n_lines + 1u) * sizeof *o->lines);
    struct line *l = &o->lines[o->n_lines++];
    *l = *line;
    l->line = o->n_lines;
    l->round = (uint16_t)(o->rounds + 1);
    l->acked = false;
    line_price(l, o->channel);
    return l;
}

struct order *order_new(struct sim *sim, struct device *home, enum way way, const struct wish *wish)
{
    static const enum channel CHANNELS[] = {
        [ROLE_POS] = CHANNEL_POS, [ROLE_KIOSK] = CHANNEL_KIOSK, [ROLE_EMENU] = CHANNEL_EMENU};
    struct order *o = memory_new(sizeof *o);
    o->sim = sim;
    o->home = home;
    o->way = way;
    o->channel = CHANNELS[home->entry.role];
    o->next.ctx = o;
    device_order_id(home, o->id);
    for (uint16_t i = 0; i < wish->n_lines; i++)
        order_add_line(o, &wish->lines[i]);
    o->rounds = 1;
    map_put(&sim->orders, str_of(o->id), o);
    return o;
}

void order_free(void *order)
{
    struct order *o = order;
    alarm_stop(&o->sim->alarms, &o->next);
    free(o->lines);
    free(o);
}

static int64_t due_of(const struct order *o, bool all)
{
    int64_t sum_e4 = 0;
    for (uint16_t i = 0; i < o->n_lines; i++)
        if (all || o->lines[i].acked)
            sum_e4 += o->lines[i].amount_e4;
    return money_round(sum_e4, o->sim->menu.decimals);
}

int64_t order_due(const struct order *o)
{
    return due_of(o, false);
}

int64_t order_due_all(const struct order *o)
{
    return due_of(o, true);
}

static void line_view(const struct order *o, const struct line *l, struct jw *w)
{
    jw_open(w, '{');
    jw_kint(w, "line", l->line);
    jw_kid(w, "object_id", l->dish->object_id);
    jw_kqty(w, "qty", l->qty_t);
    jw_kmoney(w, "price", l->dish->price_e4[o->channel]);
    if (l->n_options) {
        jw_karray(w, "options");
        for (uint16_t i = 0; i < l->n_options; i++) {
            jw_open(w, '{');
            jw_kid(w, "option_id", l->options[i].option->option_id);
            jw_kqty(w, "qty", l->options[i].qty_t);
            jw_close(w, '}');
        }
        jw_close(w, ']');
    }
    jw_close(w, '}');
}

void order_lines_view(const struct order *o, uint16_t round, struct jw *w)
{
    jw_karray(w, "lines");
    for (uint16_t i = 0; i < o->n_lines; i++)
        if (o->lines[i].round == round)
            line_view(o, &o->lines[i], w);
    jw_close(w, ']');
}

/* ---- judging ---- */

const char *order_name(const struct order *o)
{
    return o->number[0] ? o->number : o->id;
}

static bool money_is(const struct json *object, const char *key, int64_t want_e4)
{
    int64_t e4;
    return money_parse(json_text_at(object, key), &e4) && e4 == want_e4;
}

static struct line *line_find(const struct order *o, int64_t number)
{
    return number >= 1 && number <= o->n_lines ? &o->lines[number - 1] : NULL;
}

static bool line_is_right(const struct line *l, enum channel channel, const struct json *line)
{
    int64_t qty_t;
    return menu_id(json_get(line, "object_id")) == l->dish->object_id &&
           qty_parse(json_text_at(line, "qty"), &qty_t) && qty_t == l->qty_t &&
           money_is(line, "price", l->dish->price_e4[channel]) &&
           money_is(line, "unit", l->unit_e4) && money_is(line, "amount", l->amount_e4) &&
           str_eq(json_text_at(line, "station"), str_of(l->dish->station)) &&
           json_integer_at(line, "round") == l->round;
}

/* Returns the sum of the lines; counts those that are known and right. */
static int64_t judge_lines(struct order *o, const struct json *order, const char *from)
{
    int64_t sum_e4 = 0;
    const struct json *list = json_get(order, "lines");
    const struct json *v = list && json_kind(list) == JSON_ARRAY ? json_first(list) : NULL;
    for (; v; v = json_next(v)) {
        struct line *l = line_find(o, json_integer_at(v, "line"));
        if (!l || !line_is_right(l, o->channel, v)) {
            stats_fault(&o->sim->stats, "%s %s: line %" PRId64 " is not what was ordered", from,
                        order_name(o), json_integer_at(v, "line"));
            continue;
        }
        l->acked = true;
        sum_e4 += l->amount_e4;
    }
    return sum_e4;
}

static int64_t sum_of(const struct json *order, const char *key)
{
    int64_t sum_e4 = 0, e4;
    const struct json *list = json_get(order, key);
    const struct json *v = list && json_kind(list) == JSON_ARRAY ? json_first(list) : NULL;
    for (; v; v = json_next(v))
        if (money_parse(json_text_at(v, "amount"), &e4))
            sum_e4 += e4;
    return sum_e4;
}

static void judge_money(struct order *o, const struct json *order, const char *from)
{
    int64_t sum_e4 = judge_lines(o, order, from);
    int64_t due_e4 = money_round(sum_e4, o->sim->menu.decimals);
    if (!money_is(order, "lines_amount", sum_e4) || !money_is(order, "due", due_e4) ||
        sum_of(order, "adjust") != due_e4 - sum_e4)
        stats_fault(&o->sim->stats, "%s %s: due %.*s is not the menu's price of its lines", from,
                    order_name(o), (int)json_text_at(order, "due").n, json_text_at(order, "due").p);
    enum order_state state;
    if (order_state_parse(json_text_at(order, "state"), &state) &&
        (state == ORDER_PAID || state == ORDER_ENDED) && sum_of(order, "payments") != due_e4)
        stats_fault(&o->sim->stats, "%s %s: payments do not add up to due", from, order_name(o));
}

bool order_may_have_expired(const struct order *o)
{
    return o->expiry_ms && clock_us() >= o->placed_us + o->expiry_ms * 1000 - EXPIRY_SLACK_US;
}

/* An order keeps its number, unless a late payment brings it back when the number is taken. */
static void judge_number(struct order *o, const struct json *order, const char *from)
{
    struct str number = json_text_at(order, "number");
    if (number.n == 0 || number.n >= sizeof o->number ||
        number.p[0] != channel_letter(o->channel) ||
        (o->number[0] && !str_eq(number, str_of(o->number)) && !order_may_have_expired(o))) {
        stats_fault(&o->sim->stats, "%s %s: number %.*s", from, order_name(o), (int)number.n,
                    number.p);
        return;
    }
    memcpy(o->number, number.p, number.n);
    o->number[number.n] = '\0';
}

/* May the hub say so, after what was asked? */
static bool state_is_possible(const struct order *o, enum order_state state)
{
    switch (state) {
    case ORDER_PLACED:
        return o->way != WAY_SELL;
    case ORDER_PAYING:
    case ORDER_PAID:
    case ORDER_ENDED:
        return o->pay_sent;
    case ORDER_CANCELLED:
        return o->cancel_sent;
    case ORDER_EXPIRED:
        return order_may_have_expired(o);
    case ORDER_REFUNDED:
        return o->refund_sent;
    case ORDER_NONE:
        break;
    }
    return false;
}

static enum kitchen kitchen_of(const struct json *order)
{
    struct str name = json_text_at(order, "kitchen");
    enum kitchen k = KITCHEN_NONE;
    while (k < KITCHEN_SERVED && !str_eq(name, str_of(kitchen_name(k))))
        k = (enum kitchen)(k + 1);
    return k;
}

void order_learn(struct order *o, const struct json *order, struct position at, const char *from)
{
    enum order_state state;
    judge_number(o, order, from);
    judge_money(o, order, from);
    if (!order_state_parse(json_text_at(order, "state"), &state)) {
        stats_fault(&o->sim->stats, "%s %s: no state", from, order_name(o));
        return;
    }
    if (!state_is_possible(o, state))
        stats_fault(&o->sim->stats, "%s %s: %s, which nobody asked for", from, order_name(o),
                    order_state_name(state));
    if (position_cmp(at, o->at) < 0)
        return;
    o->at = at;
    o->state = state;
    o->kitchen = kitchen_of(order);
    o->paid |= state == ORDER_PAID || state == ORDER_ENDED;
    int64_t expiry_ms = json_integer_at(order, "expires_in_ms");
    if (state == ORDER_PLACED && expiry_ms > o->expiry_ms)
        o->expiry_ms = expiry_ms;
}

bool order_settled(const struct order *o)
{
    if (o->refused)
        return true;
    if (o->wants_refund && o->state == ORDER_ENDED)
        return false;
    return o->state != ORDER_NONE && o->state != ORDER_PLACED && o->state != ORDER_PAYING &&
           o->state != ORDER_PAID;
}

bool order_needs_cooking(const struct order *o)
{
    for (uint16_t i = 0; i < o->n_lines; i++)
        if (o->lines[i].dish->station[0])
            return true;
    return false;
}

/* ---- acting ---- */

void order_later(struct order *o, int64_t mean_ms, void (*step)(void *order))
{
    o->next.ring = step;
    alarm_set(&o->sim->alarms, &o->next,
              clock_us() + (mean_ms ? dice_wait_us((double)mean_ms * 1000) : 0));
}

struct jw *order_request(struct order *o, struct device *d)
{
    struct jw *w = request_begin(d);
    jw_kstring(w, "order_id", str_of(o->id));
    if (d->entry.role == ROLE_POS)
        jw_kstring(w, "operator", STR("staff-1"));
    return w;
}

void order_send(struct order *o, struct device *d, enum verb verb, reply_fn done)
{
    o->busy++;
    request_send(d, verb, str_of(o->id), done, o);
}

void order_heard(struct order *o, const struct reply *r, const char *from)
{
    o->busy--;
    if (r->code == CODE_OK && r->order)
        order_learn(o, r->order, r->at.position, from);
}
