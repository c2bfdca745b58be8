/* Orders that guests of the simulated store place online: each message says the whole order, and is
 * lost, doubled and overtaken as rows are (center.c).
 */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

static void *grown(void *list, uint32_t n, uint32_t *cap, size_t size)
{
    if (n < *cap)
        return list;
    *cap = *cap ? 2 * *cap : 64;
    list = realloc(list, *cap * size);
    if (!list)
        abort();
    return list;
}

void center_orders_free(struct center *c)
{
    for (uint32_t i = 0; i < c->n_messages; i++)
        free(c->messages[i]);
    free(c->messages);
    free(c->orders);
}

/* ---- down ---- */

static uint32_t message_of(struct center *c, const struct online_order *o)
{
    struct online_order *copy = malloc(sizeof *copy);
    c->messages = grown(c->messages, c->n_messages, &c->cap_messages, sizeof(void *));
    if (!copy)
        abort();
    *copy = *o;
    c->messages[c->n_messages] = copy;
    return c->n_messages++;
}

static void send(struct sim *s, const struct online_order *o)
{
    struct center *c = &s->center;
    if (center_is_cut(s) || dice_chance(&c->dice, 100))
        return;
    uint32_t message = message_of(c, o);
    int64_t slow_ms = dice_chance(&c->dice, 200) ? 2 * MINUTE_MS : 2 * SECOND_MS;
    do {
        int64_t at_ms = s->now_ms + dice_between(&c->dice, 20, slow_ms);
        agenda_add(&s->agenda, at_ms, HAPPENS_ORDER, message);
    } while (dice_chance(&c->dice, 200));
}

void center_order_arrives(struct sim *s, uint32_t message)
{
    if (!hub_online_order(s, s->center.messages[message]))
        agenda_add(&s->agenda, s->now_ms + 5 * SECOND_MS, HAPPENS_ORDER, message);
}

/* ---- what guests do there ---- */

static void want_dish(struct center *c, struct ask *a)
{
    static const enum item MENU[] = {PIZZA_M, PIZZA_L, EGG, SALAD, COLA};
    struct want_line *w = &a->lines[a->n_lines++];
    w->line = (uint32_t)a->n_lines;
    w->item = MENU[dice_below(&c->dice, sizeof MENU / sizeof *MENU)];
    w->qty_t = 10 * dice_between(&c->dice, 1, 3);
    w->price_e4 = 10000 * dice_between(&c->dice, 1, 12);
}

static void order_placed(struct sim *s)
{
    struct center *c = &s->center;
    c->orders = grown(c->orders, c->n_orders, &c->cap_orders, sizeof *c->orders);
    struct online_order *o = &c->orders[c->n_orders++];
    *o = (struct online_order){.state = ORDER_PAID, .over = ++c->toy.ver};
    o->asked.device = DEVICE_COUNT;
    o->asked.channel = CHANNEL_ONLINE_ORDER;
    snprintf(o->asked.order_id, sizeof o->asked.order_id, "W-%u", c->n_orders);
    do
        want_dish(c, &o->asked);
    while (o->asked.n_lines < ASK_LINES && dice_chance(&c->dice, 500));
    send(s, o);
    tab_online(s, o);
}

static struct online_order *recent(struct center *c)
{
    uint32_t back = c->n_orders < 10 ? c->n_orders : 10;
    return back ? &c->orders[c->n_orders - 1 - dice_below(&c->dice, back)] : NULL;
}

void center_orders_act(struct sim *s)
{
    struct center *c = &s->center;
    uint64_t d = dice_below(&c->dice, 100);
    struct online_order *o = recent(c);
    if (d < 20)
        order_placed(s);
    else if (o && d < 25)
        o->state = dice_chance(&c->dice, 500) ? ORDER_CANCELLED : ORDER_REFUNDED;
    if (o && d >= 20 && d < 35) {
        o->over = ++c->toy.ver;
        send(s, o);
    }
}

/* ---- the end ---- */

void center_orders_heal(struct sim *s)
{
    for (uint32_t i = 0; i < s->center.n_orders && !s->broken; i++) {
        if (!s->hub.store)
            hub_boot(s);
        uint32_t message = message_of(&s->center, &s->center.orders[i]);
        hub_online_order(s, s->center.messages[message]);
        hub_commit(s);
    }
}
