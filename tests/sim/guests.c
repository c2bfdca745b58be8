/* Guests at kiosks and menus: they order, pay in one way or another, change their minds, walk away,
 * and come back too late. What they do next depends only on what their device was told.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

/* ---- devices ---- */

static const struct {
    const char *name;
    enum role role;
} DEVICES[DEVICE_COUNT] = {
    [KIOSK_1] = {"kiosk-1", ROLE_KIOSK},  [KIOSK_2] = {"kiosk-2", ROLE_KIOSK},
    [EMENU_1] = {"emenu-1", ROLE_EMENU},  [EMENU_2] = {"emenu-2", ROLE_EMENU},
    [TILL_1] = {"till-1", ROLE_POS},      [TILL_2] = {"till-2", ROLE_POS},
    [KDS_OVEN] = {"kds-oven", ROLE_KDS},  [KDS_BAR] = {"kds-bar", ROLE_KDS},
    [OFFICE] = {"poshubctl", ROLE_ADMIN},
};

static void device_init(struct device *d, int i)
{
    *d = (struct device){.who = {.device = str_of(DEVICES[i].name), .role = DEVICES[i].role}};
    if (i == TILL_2)
        d->who.channels = 1u << CHANNEL_POS | 1u << CHANNEL_EMENU;
    for (int s = 0; s < STATION_COUNT && (i == KDS_OVEN || i == KDS_BAR); s++)
        if (i == KDS_OVEN + s)
            d->who.stations[d->who.n_stations++] = str_of(STATION_NAMES[s]);
    for (int k = 0; k < DEVICE_ASKS; k++)
        d->open[k] = UINT32_MAX;
}

void guests_init(struct sim *s)
{
    for (int i = 0; i < DEVICE_COUNT; i++) {
        device_init(&s->devices[i], i);
        if (i != OFFICE)
            agenda_add(&s->agenda, dice_between(&s->guests, 100, 5000), HAPPENS_TICK, (uint32_t)i);
    }
}

struct ask *ask_new(struct sim *s, uint32_t device, enum verb verb)
{
    struct device *d = &s->devices[device];
    struct ask *a = calloc(1, sizeof *a);
    if (!a)
        abort();
    a->device = device;
    a->boot = d->boot;
    a->req = s->n_reqs++;
    a->verb = verb;
    a->row = -1;
    a->station = NO_STATION;
    a->channel = role_channel(d->who.role);
    snprintf(a->req_id, sizeof a->req_id, "%s-%u-%u", DEVICES[device].name, d->boot, ++d->asked);
    return a;
}

static int free_slot(const struct device *d)
{
    for (int i = 0; i < DEVICE_ASKS; i++)
        if (d->open[i] == UINT32_MAX)
            return i;
    return -1;
}

static uint32_t asks_add(struct sim *s, struct ask *ask)
{
    if (s->n_asks == s->cap_asks) {
        s->cap_asks = s->cap_asks ? 2 * s->cap_asks : 1024;
        s->asks = realloc(s->asks, s->cap_asks * sizeof(struct ask *));
        if (!s->asks)
            abort();
    }
    s->asks[s->n_asks] = ask;
    return s->n_asks++;
}

/* The same wish under a new req_id: an impatient finger, or a device that forgot that it asked. */
static struct ask *ask_again(struct sim *s, const struct ask *old)
{
    struct ask *a = ask_new(s, old->device, old->verb), fresh = *a;
    *a = *old;
    a->boot = fresh.boot;
    a->req = fresh.req;
    memcpy(a->req_id, fresh.req_id, sizeof a->req_id);
    a->body = strdup(old->body);
    a->tries = 0;
    a->answered = false;
    if (!a->body)
        abort();
    return a;
}

static void ask_open(struct sim *s, struct ask *ask)
{
    struct device *d = &s->devices[ask->device];
    int slot = free_slot(d);
    uint32_t id = asks_add(s, ask);
    if (slot >= 0)
        d->open[slot] = id;
    lan_send_ask(s, id);
}

void device_ask(struct sim *s, uint32_t device, struct ask *ask)
{
    struct tab *tab = ask->order_id[0] ? tab_of(s, ask->order_id) : NULL;
    ask_write(ask);
    if (tab)
        tab->n_asks++;
    ask_open(s, ask);
    if (dice_chance(&s->guests, 30) && free_slot(&s->devices[device]) >= 0)
        ask_open(s, ask_again(s, ask));
}

static void restart(struct sim *s, uint32_t device)
{
    struct device *d = &s->devices[device];
    d->boot++;
    d->asked = 0;
    for (int i = 0; i < DEVICE_ASKS; i++) {
        if (d->open[i] != UINT32_MAX && d->n_unsure < DEVICE_ASKS)
            d->unsure[d->n_unsure++] = d->open[i];
        d->open[i] = UINT32_MAX;
    }
    sim_trace(s, "%-9s restarts, %d requests unanswered", DEVICES[device].name, d->n_unsure);
}

/* A mistake of the device's program: one req_id for two wishes. */
static void reuse_req_id(struct sim *s, struct ask *a)
{
    const struct ask *last = s->n_asks ? s->asks[s->n_asks - 1] : NULL;
    if (!last || last->device != a->device || last->boot != a->boot)
        return;
    a->req = last->req;
    memcpy(a->req_id, last->req_id, sizeof a->req_id);
}

/* ---- tabs ---- */

struct tab *tab_of(struct sim *s, const char *order_id)
{
    for (uint32_t i = s->n_tabs; i-- > 0;)
        if (strcmp(s->tabs[i].order_id, order_id) == 0)
            return &s->tabs[i];
    return NULL;
}

static struct tab *tab_new(struct sim *s, uint32_t device, enum channel channel)
{
    if (s->n_tabs == s->cap_tabs) {
        s->cap_tabs = s->cap_tabs ? 2 * s->cap_tabs : 256;
        s->tabs = realloc(s->tabs, s->cap_tabs * sizeof *s->tabs);
        if (!s->tabs)
            abort();
    }
    struct tab *t = &s->tabs[s->n_tabs++];
    *t = (struct tab){.device = device,
                      .channel = channel,
                      .next_line = 1,
                      .next_op = 1,
                      .next_adjust = 1,
                      .rounds = 1,
                      .state = ORDER_PLACED};
    snprintf(t->order_id, sizeof t->order_id, "%c%u-%u", DEVICES[device].name[0], device,
             s->n_tabs);
    return t;
}

void tab_online(struct sim *s, const struct online_order *o)
{
    struct tab *t = tab_new(s, TILL_1, CHANNEL_ONLINE_ORDER);
    strcpy(t->order_id, o->asked.order_id);
    t->heard = true;
    t->state = ORDER_PAID;
    for (int i = 0; i < o->asked.n_lines; i++)
        t->lines[t->n_lines++] = o->asked.lines[i];
    t->next_line = (uint32_t)t->n_lines + 1;
}

void guests_hear(struct sim *s, const struct heard *h)
{
    struct tab *t = s->asks[h->ask]->order_id[0] ? tab_of(s, s->asks[h->ask]->order_id) : NULL;
    if (!t || !h->has_order || h->replayed)
        return;
    t->heard = true;
    t->state = h->state;
    t->due_e4 = h->due_e4;
    t->paid_e4 = h->paid_e4;
    t->refunded_e4 = h->refunded_e4;
}

/* ---- what a guest wants ---- */

static int64_t quantity(struct sim *s, enum item item)
{
    if (item == SALAD)
        return dice_between(&s->guests, 3, 25);
    if (dice_chance(&s->guests, 5))
        return 5; /* half a portion is not sold */
    return 10 * (dice_chance(&s->guests, 800) ? 1 : dice_between(&s->guests, 2, 8));
}

static void want_extras(struct sim *s, struct want_line *w)
{
    if (!DISHES[w->item].has_extras || !dice_chance(&s->guests, 400))
        return;
    w->cheese = dice_between(&s->guests, 0, 2);
    w->egg = dice_between(&s->guests, 0, 2);
}

static void want_price(struct sim *s, const struct tab *t, struct want_line *w)
{
    w->has_price = dice_chance(&s->guests, 300);
    w->price_e4 = w->parent ? part_price(w->item) : dish_price(w->item, t->channel);
    if (dice_chance(&s->guests, 5))
        w->price_e4 += 5000;
}

static struct want_line *want(struct sim *s, struct tab *t, struct ask *a, enum item item,
                              uint32_t parent, int64_t qty_t)
{
    struct want_line *w = &a->lines[a->n_lines++];
    bool listed = false;
    *w = (struct want_line){.line = t->next_line++, .item = item, .parent = parent};
    w->qty_t = qty_t;
    want_extras(s, w);
    want_price(s, t, w);
    for (int i = 0; i < t->n_lines; i++)
        listed = listed || t->lines[i].line == w->line;
    if (!listed && t->n_lines < MODEL_LINES)
        t->lines[t->n_lines++] = *w;
    return w;
}

static void want_lunch(struct sim *s, struct tab *t, struct ask *a)
{
    int64_t qty_t = quantity(s, LUNCH), all_t = qty_t;
    uint32_t parent = want(s, t, a, LUNCH, 0, qty_t)->line;
    if (qty_t == 20 && a->n_lines + 3 <= ASK_LINES && dice_chance(&s->guests, 500))
        want(s, t, a, PIZZA_M, parent, qty_t /= 2); /* two pizzas, each with its own extras */
    want(s, t, a, PIZZA_M, parent, qty_t);
    want(s, t, a, COLA, parent, dice_chance(&s->guests, 950) ? all_t : quantity(s, COLA));
}

static void want_lines(struct sim *s, struct tab *t, struct ask *a)
{
    int n = (int)dice_between(&s->guests, 1, 3);
    while (a->n_lines < n) {
        enum item item = (enum item)dice_below(&s->guests, ITEM_COUNT);
        if (item == LUNCH && a->n_lines + 3 <= ASK_LINES)
            want_lunch(s, t, a);
        else if (item != LUNCH)
            want(s, t, a, item, 0, quantity(s, item));
    }
}

/* Shape and rights are refused before the rules hear of it. */
static bool want_nonsense(struct sim *s, struct ask *a)
{
    static const struct {
        const char *member;
        enum code code;
    } NONSENSE[] = {
        {"\"lines\":[{\"line\":1,\"object_id\":\"1001\",\"qty\":\"0.25\"}]", CODE_BAD_QUANTITY},
        {"\"lines\":[{\"line\":1,\"object_id\":\"1001\",\"qty\":\"0\"}]", CODE_BAD_QUANTITY},
        {"\"lines\":[{\"line\":1,\"object_id\":\"1001\",\"qty\":1,\"nuts\":\"no\"}]",
         CODE_BAD_REQUEST},
        {"\"lines\":[]", CODE_BAD_REQUEST},
        {"\"lines\":[{\"line\":1,\"object_id\":\"1001\",\"qty\":1}],\"channel\":\"ONLINE_ORDER\"",
         CODE_NOT_AUTHORIZED},
    };
    if (!dice_chance(&s->guests, 8))
        return false;
    size_t i = (size_t)dice_below(&s->guests, sizeof NONSENSE / sizeof *NONSENSE);
    a->broken = NONSENSE[i].member;
    a->refused = NONSENSE[i].code;
    return true;
}

static const char *tender(struct sim *s)
{
    static const char *const TENDERS[] = {"CASH", "CARD", "VOUCHER"};
    return TENDERS[dice_below(&s->guests, 3)];
}

static void want_pay(struct sim *s, struct tab *t, struct ask *a, int64_t amount_e4)
{
    struct want_pay *p = &a->pays[a->n_pays++];
    snprintf(p->pay_id, sizeof p->pay_id, "p%u", t->next_op);
    if (!dice_chance(&s->guests, 5))
        t->next_op++; /* else the next payment uses the same id for something else */
    p->tender = tender(s);
    p->amount_e4 = amount_e4;
}

static int64_t sum_of(const struct ask *a, enum channel channel)
{
    int64_t sum_e4 = 0;
    for (int i = 0; i < a->n_lines; i++) {
        const struct want_line *w = &a->lines[i];
        int64_t price_e4 = w->parent ? part_price(w->item) : dish_price(w->item, channel);
        price_e4 += w->cheese * CHEESE_PRICE_E4 + w->egg * EGG_PRICE_E4;
        sum_e4 += (w->qty_t * price_e4 + 5) / 10;
    }
    return (sum_e4 + 50) / 100 * 100;
}

/* ---- asks about orders ---- */

void ask_place(struct sim *s, uint32_t device, bool sell)
{
    struct ask *a = ask_new(s, device, sell ? VERB_ORDER_SELL : VERB_ORDER_PLACE);
    if (device == TILL_2 && dice_chance(&s->guests, 200)) {
        a->has_channel = true;
        a->channel = CHANNEL_EMENU;
    }
    if (dice_chance(&s->guests, 5))
        reuse_req_id(s, a);
    struct tab *t = tab_new(s, device, a->channel);
    strcpy(a->order_id, t->order_id);
    if (!sell && !a->has_channel && want_nonsense(s, a)) {
        device_ask(s, device, a);
        return;
    }
    want_lines(s, t, a);
    int64_t sum_e4 = sum_of(a, a->channel);
    if (sell && sum_e4 > 20000 && dice_chance(&s->guests, 200)) {
        want_pay(s, t, a, 10000);
        sum_e4 -= 10000;
        t->next_op++; /* two payments of one sale cannot share an id */
    }
    if (sell)
        want_pay(s, t, a, dice_chance(&s->guests, 20) ? sum_e4 - 100 : sum_e4);
    device_ask(s, device, a);
}

struct ask *ask_order(struct sim *s, uint32_t device, enum verb verb, const struct tab *t)
{
    struct ask *a = ask_new(s, device, verb);
    strcpy(a->order_id, t->order_id);
    return a;
}

void ask_add(struct sim *s, uint32_t device, struct tab *t)
{
    if (t->rounds > 8 || t->n_lines + ASK_LINES > MODEL_LINES)
        return;
    struct ask *a = ask_order(s, device, VERB_ORDER_ADD, t);
    if (dice_chance(&s->guests, 20) && t->next_line > 1)
        t->next_line--; /* a line number that may exist */
    want_lines(s, t, a);
    t->rounds++;
    device_ask(s, device, a);
}

void ask_pay(struct sim *s, uint32_t device, struct tab *t, enum verb verb)
{
    if (t->n_asks > 60)
        return;
    struct ask *a = ask_order(s, device, verb, t);
    int64_t rest_e4 = t->due_e4 - (t->paid_e4 - t->refunded_e4);
    if (!t->heard || rest_e4 < 0)
        rest_e4 = 0;
    if (dice_chance(&s->guests, 150))
        rest_e4 = rest_e4 / 200 * 100;
    if (dice_chance(&s->guests, 30))
        rest_e4 = 0;
    if (dice_chance(&s->guests, 50))
        rest_e4 += 20000; /* a tip */
    want_pay(s, t, a, rest_e4);
    device_ask(s, device, a);
}

void ask_cancel(struct sim *s, uint32_t device, struct tab *t)
{
    struct ask *a = ask_order(s, device, VERB_ORDER_CANCEL, t);
    a->no_charge = dice_chance(&s->guests, 600);
    for (int i = 0; i < t->n_lines && a->n_restock < ASK_LINES; i++)
        if (dice_chance(&s->guests, 200))
            a->restock[a->n_restock++] = t->lines[i].line;
    device_ask(s, device, a);
}

void ask_update(struct sim *s, uint32_t device, struct tab *t)
{
    struct ask *a = ask_order(s, device, VERB_ORDER_UPDATE, t);
    snprintf(a->table, sizeof a->table, "T%u", (unsigned)dice_below(&s->guests, 30));
    device_ask(s, device, a);
}

/* ---- a guest's next step ---- */

static struct tab *recent_tab(struct sim *s, uint32_t device, int back)
{
    struct tab *found[8];
    int n = 0;
    for (uint32_t i = s->n_tabs; i-- > 0 && n < back && s->n_tabs - i < 400;)
        if (s->tabs[i].device == device)
            found[n++] = &s->tabs[i];
    return n ? found[dice_below(&s->guests, (uint64_t)n)] : NULL;
}

static void step_of_unpaid(struct sim *s, uint32_t device, struct tab *t)
{
    bool menu = t->channel == CHANNEL_EMENU;
    uint64_t d = dice_below(&s->guests, 100);
    if (d < 15)
        ask_pay(s, device, t, VERB_ORDER_PAY_BEGIN);
    else if (d < 35)
        ask_pay(s, device, t, VERB_ORDER_PAY);
    else if (d < 42)
        ask_cancel(s, device, t);
    else if (d < 62 && menu)
        ask_add(s, device, t);
    else if (d < 66 && menu)
        ask_update(s, device, t);
}

static void guest_step(struct sim *s, uint32_t device, struct tab *t)
{
    uint64_t d = dice_below(&s->guests, 100);
    switch (t->state) {
    case ORDER_PLACED:
        step_of_unpaid(s, device, t);
        break;
    case ORDER_PAYING:
        if (d < 60)
            ask_pay(s, device, t, VERB_ORDER_PAY);
        else if (d < 75)
            ask_pay(s, device, t, VERB_ORDER_PAY_FAILED);
        else if (d < 90)
            ask_cancel(s, device, t);
        break;
    case ORDER_EXPIRED:
    case ORDER_CANCELLED:
        if (d < 20)
            ask_pay(s, device, t, VERB_ORDER_PAY);
        break;
    case ORDER_NONE:
    case ORDER_PAID:
    case ORDER_ENDED:
    case ORDER_REFUNDED:
        if (d < 3)
            ask_cancel(s, device, t);
        break;
    }
}

static void guest_tick(struct sim *s, uint32_t device)
{
    bool kiosk = s->devices[device].who.role == ROLE_KIOSK;
    struct tab *t = recent_tab(s, device, kiosk ? 4 : 8);
    if (!t || dice_chance(&s->guests, kiosk ? 400 : 250))
        ask_place(s, device, kiosk && dice_chance(&s->guests, 300));
    else
        guest_step(s, device, t);
}

/* ---- ticks ---- */

static int64_t pause_of(struct sim *s, uint32_t device)
{
    static const int64_t MEAN_MS[DEVICE_COUNT] = {
        [KIOSK_1] = 14000, [KIOSK_2] = 20000, [EMENU_1] = 20000, [EMENU_2] = 30000,
        [TILL_1] = 7000,   [TILL_2] = 9000,   [KDS_OVEN] = 6000, [KDS_BAR] = 8000,
    };
    return dice_between(&s->guests, 100, 2 * MEAN_MS[device]);
}

static void ask_unsure(struct sim *s, struct device *d)
{
    struct ask *old = s->asks[d->unsure[--d->n_unsure]];
    if (dice_chance(&s->guests, 700))
        ask_open(s, ask_again(s, old));
}

void guests_tick(struct sim *s, uint32_t device)
{
    struct device *d = &s->devices[device];
    agenda_add(&s->agenda, s->now_ms + pause_of(s, device), HAPPENS_TICK, device);
    if (dice_chance(&s->guests, 4))
        restart(s, device);
    if (free_slot(d) < 0)
        return;
    if (d->n_unsure)
        ask_unsure(s, d);
    else if (d->who.role == ROLE_POS)
        till_tick(s, device);
    else if (d->who.role == ROLE_KDS)
        kitchen_tick(s, device);
    else
        guest_tick(s, device);
}
