/* The people who work in the store: tills, kitchen screens, the back office. */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

/* ---- changes of an order at the till ---- */

static const struct want_line *line_picked(struct sim *s, const struct tab *t)
{
    return t->n_lines ? &t->lines[dice_below(&s->guests, (uint64_t)t->n_lines)] : NULL;
}

static int64_t part_of(struct sim *s, const struct want_line *l)
{
    int64_t step_t = DISHES[l->item].step_t;
    if (dice_chance(&s->guests, 10))
        return 5; /* half of a pizza does not come back */
    if (dice_chance(&s->guests, 500) || l->qty_t < step_t)
        return l->qty_t;
    return step_t * dice_between(&s->guests, 1, l->qty_t / step_t);
}

static void name_op(struct sim *s, struct tab *t, struct ask *a, char letter)
{
    snprintf(a->op_id, sizeof a->op_id, "%c%u", letter, t->next_op);
    if (!dice_chance(&s->guests, 10))
        t->next_op++;
}

static bool is_picked(const struct ask *a, uint32_t line)
{
    for (int i = 0; i < a->n_lines; i++)
        if (a->lines[i].line == line)
            return true;
    return false;
}

/* The parts of a combo go with it, if the till does as it should. */
static void pick_parts(struct sim *s, const struct tab *t, struct ask *a)
{
    struct want_line combo = a->lines[a->n_lines - 1];
    for (int i = 0; i < t->n_lines && a->n_lines < ASK_LINES; i++) {
        const struct want_line *l = &t->lines[i];
        if (l->parent != combo.line || is_picked(a, l->line) || dice_chance(&s->guests, 100))
            continue;
        struct want_line *w = &a->lines[a->n_lines++];
        *w = (struct want_line){.line = l->line, .item = l->item, .restock = combo.restock};
        w->qty_t = combo.qty_t;
    }
}

static void pick_lines(struct sim *s, const struct tab *t, struct ask *a)
{
    int n = (int)dice_between(&s->guests, 1, 2);
    for (int i = 0; i < n; i++) {
        const struct want_line *l = line_picked(s, t);
        if (!l || is_picked(a, l->line) || a->n_lines == ASK_LINES)
            continue;
        struct want_line *w = &a->lines[a->n_lines++];
        *w = (struct want_line){.line = l->line, .item = l->item};
        w->qty_t = part_of(s, l);
        w->restock = dice_chance(&s->guests, 500);
        if (DISHES[l->item].is_combo)
            pick_parts(s, t, a);
    }
}

static void ask_void(struct sim *s, uint32_t device, struct tab *t)
{
    struct ask *a = ask_order(s, device, VERB_ORDER_VOID, t);
    pick_lines(s, t, a);
    name_op(s, t, a, 'v');
    if (a->n_lines == 0)
        a->refused = CODE_BAD_REQUEST;
    device_ask(s, device, a);
}

static void ask_refund(struct sim *s, uint32_t device, struct tab *t, bool with_lines)
{
    struct ask *a = ask_order(s, device, VERB_ORDER_REFUND, t);
    if (with_lines)
        pick_lines(s, t, a);
    int64_t rest_e4 = t->paid_e4 - t->refunded_e4;
    a->has_amount = a->n_lines == 0 || dice_chance(&s->guests, 200);
    if (a->has_amount)
        a->amount_e4 = rest_e4 > 20000 && dice_chance(&s->guests, 600) ? 10000 : rest_e4;
    if (a->has_amount && a->amount_e4 <= 0)
        a->amount_e4 = 100;
    name_op(s, t, a, 'r');
    device_ask(s, device, a);
}

static void ask_adjust(struct sim *s, uint32_t device, struct tab *t)
{
    static const enum adjust_kind KINDS[] = {ADJUST_DISCOUNT, ADJUST_SERVICE, ADJUST_TAX,
                                             ADJUST_TIP};
    if (t->next_adjust > 6)
        return;
    struct ask *a = ask_order(s, device, VERB_ORDER_ADJUST, t);
    struct want_adjust *w = &a->adjusts[a->n_adjusts++];
    w->adj = t->next_adjust;
    if (!dice_chance(&s->guests, 20))
        t->next_adjust++;
    w->kind = KINDS[dice_below(&s->guests, 4)];
    w->amount_e4 = dice_between(&s->guests, 1, 30000);
    if (w->kind == ADJUST_DISCOUNT)
        w->amount_e4 = -w->amount_e4;
    if (dice_chance(&s->guests, 300))
        w->line = (uint32_t)dice_between(&s->guests, 1, t->n_lines + 1);
    device_ask(s, device, a);
}

static void ask_serve(struct sim *s, uint32_t device, const struct tab *t)
{
    struct ask *a = ask_order(s, device, VERB_ORDER_SERVE, t);
    if (dice_chance(&s->guests, 300))
        a->round = (uint32_t)dice_between(&s->guests, 1, t->rounds + 1);
    device_ask(s, device, a);
}

/* The scale says more or less than was ordered. */
static void ask_pay_weighed(struct sim *s, uint32_t device, struct tab *t)
{
    struct ask *a = ask_order(s, device, VERB_ORDER_PAY, t);
    int64_t more_e4 = 0;
    for (int i = 0; i < t->n_lines && a->n_lines < 2; i++) {
        const struct want_line *l = &t->lines[i];
        if (l->item != SALAD || dice_chance(&s->guests, 300))
            continue;
        int64_t by_t = dice_between(&s->guests, -3, 4);
        if (l->qty_t + by_t <= 0)
            continue;
        a->lines[a->n_lines] = (struct want_line){.line = l->line, .item = l->item};
        a->lines[a->n_lines++].qty_t = l->qty_t + by_t;
        more_e4 += by_t > 0 ? by_t * DISHES[SALAD].price_e4 / 10 + 100 : 0;
    }
    struct want_pay *p = &a->pays[a->n_pays++];
    snprintf(p->pay_id, sizeof p->pay_id, "p%u", t->next_op++);
    p->tender = "CASH";
    p->amount_e4 = t->due_e4 - t->paid_e4 + t->refunded_e4 + more_e4;
    if (p->amount_e4 < 0)
        p->amount_e4 = 0;
    device_ask(s, device, a);
}

/* ---- the till's next step ---- */

static void step_of_placed(struct sim *s, uint32_t device, struct tab *t)
{
    uint64_t d = dice_below(&s->guests, 100);
    if (d < 20)
        ask_pay(s, device, t, VERB_ORDER_PAY);
    else if (d < 35)
        ask_pay_weighed(s, device, t);
    else if (d < 50)
        ask_void(s, device, t);
    else if (d < 60)
        ask_adjust(s, device, t);
    else if (d < 66)
        ask_cancel(s, device, t);
    else if (d < 76)
        ask_add(s, device, t);
    else if (d < 82)
        ask_serve(s, device, t);
    else if (d < 86)
        ask_update(s, device, t);
    else if (d < 92)
        ask_refund(s, device, t, dice_chance(&s->guests, 100));
    else
        ask_pay(s, device, t, VERB_ORDER_PAY_BEGIN);
}

static void step_of_paid(struct sim *s, uint32_t device, struct tab *t)
{
    uint64_t d = dice_below(&s->guests, 100);
    if (d < 45)
        ask_serve(s, device, t);
    else if (d < 70)
        ask_refund(s, device, t, true);
    else if (d < 78)
        ask_refund(s, device, t, false);
    else if (d < 81)
        ask_cancel(s, device, t);
    else if (d < 84)
        ask_void(s, device, t);
    else if (d < 87)
        ask_pay(s, device, t, VERB_ORDER_PAY);
    else if (d < 90)
        ask_update(s, device, t);
}

static void till_step(struct sim *s, uint32_t device, struct tab *t)
{
    uint64_t d = dice_below(&s->guests, 100);
    switch (t->state) {
    case ORDER_NONE:
    case ORDER_PLACED:
        step_of_placed(s, device, t);
        break;
    case ORDER_PAYING:
        ask_pay(s, device, t, d < 70 ? VERB_ORDER_PAY : VERB_ORDER_PAY_FAILED);
        break;
    case ORDER_PAID:
    case ORDER_ENDED:
    case ORDER_REFUNDED:
        step_of_paid(s, device, t);
        break;
    case ORDER_EXPIRED:
    case ORDER_CANCELLED:
        if (d < 15)
            ask_pay(s, device, t, VERB_ORDER_PAY);
        else if (d < 20)
            ask_cancel(s, device, t);
        else if (d < 23)
            ask_void(s, device, t);
        break;
    }
}

static struct tab *any_tab(struct sim *s, uint64_t back)
{
    uint64_t n = s->n_tabs < back ? s->n_tabs : back;
    return n ? &s->tabs[s->n_tabs - 1 - dice_below(&s->guests, n)] : NULL;
}

void till_tick(struct sim *s, uint32_t device)
{
    uint64_t d = dice_below(&s->guests, 100);
    struct tab *t = any_tab(s, dice_chance(&s->guests, 850) ? 24 : 400);
    if (d < 15)
        staff_stock(s, device);
    else if (d < 30 || !t)
        ask_place(s, device, dice_chance(&s->guests, 500));
    else if (t->n_asks < 80)
        till_step(s, device, t);
}

/* ---- the kitchen ---- */

/* What stands on a screen is retained on the LAN: the tickets that the store has. */
static const struct model_order *order_on_screen(struct sim *s, enum station station, int *ticket)
{
    uint32_t n = s->model.n_orders, back = n < 60 ? n : 60;
    for (int tries = 0; tries < 12 && n; tries++) {
        const struct model_order *o = s->model.orders[n - 1 - dice_below(&s->guests, back)];
        for (*ticket = 0; *ticket < o->n_tickets; ++*ticket) {
            const struct model_ticket *k = &o->tickets[*ticket];
            bool done = k->state == TICKET_BUMPED && !dice_chance(&s->guests, 20);
            if (k->station == station && !done)
                return o;
        }
    }
    return NULL;
}

static enum verb next_verb(struct sim *s, enum ticket_state state)
{
    if (dice_chance(&s->guests, 50))
        return (enum verb)(VERB_TICKET_START + (int)dice_below(&s->guests, 4));
    switch (state) {
    case TICKET_NEW:
        return VERB_TICKET_START;
    case TICKET_STARTED:
        return VERB_TICKET_READY;
    case TICKET_READY:
        return dice_chance(&s->guests, 100) ? VERB_TICKET_RECALL : VERB_TICKET_BUMP;
    case TICKET_BUMPED:
        break;
    }
    return VERB_TICKET_RECALL;
}

void kitchen_tick(struct sim *s, uint32_t device)
{
    int ticket;
    enum station station = device == KDS_OVEN ? OVEN : BAR;
    const struct model_order *o = order_on_screen(s, station, &ticket);
    if (!o)
        return;
    if (o->kitchen == KITCHEN_READY && dice_chance(&s->guests, 300)) {
        ask_serve(s, device, tab_of(s, o->order_id));
        return;
    }
    const struct model_ticket *k = &o->tickets[ticket];
    struct ask *a = ask_new(s, device, next_verb(s, k->state));
    strcpy(a->order_id, o->order_id);
    a->station = station;
    a->round = k->round;
    if (dice_chance(&s->guests, 10))
        a->round++;
    if (dice_chance(&s->guests, 10)) {
        a->station = station == OVEN ? BAR : OVEN;
        a->refused = CODE_NOT_AUTHORIZED;
    }
    device_ask(s, device, a);
}

/* ---- stock ---- */

static void want_stock(struct sim *s, struct ask *a, bool limited, int64_t most_t)
{
    a->has_qty = true;
    a->qty_t = 10 * dice_between(&s->guests, 0, most_t / 10);
    a->limited = limited;
}

static void ask_adjust_stock(struct sim *s, struct ask *a)
{
    static const enum stock_reason REASONS[] = {REASON_WASTE, REASON_RECEIPT, REASON_FOUND,
                                                REASON_COVER};
    a->reason = REASONS[dice_below(&s->guests, 4)];
    a->has_qty = true;
    a->qty_t = dice_between(&s->guests, 1, 80);
    if (a->reason == REASON_WASTE || a->reason == REASON_COVER)
        a->qty_t = -a->qty_t / 2 - 1;
}

static void ask_channel(struct sim *s, struct ask *a)
{
    static const enum channel CHANNELS[] = {CHANNEL_POS, CHANNEL_KIOSK, CHANNEL_EMENU};
    a->has_channel = true;
    a->channel = CHANNELS[dice_below(&s->guests, 3)];
    a->has_on_sale = dice_chance(&s->guests, 500);
    a->on_sale = dice_chance(&s->guests, 800);
    a->has_limited = !a->has_on_sale || dice_chance(&s->guests, 300);
    if (a->has_limited && dice_chance(&s->guests, 400))
        want_stock(s, a, true, 400);
    if (a->has_limited && a->has_qty)
        a->qty_t += 100 * dice_between(&s->guests, 0, 8);
}

static void ask_share(struct sim *s, struct ask *a)
{
    a->has_channel = true;
    a->channel = (enum channel)dice_below(&s->guests, CHANNEL_COUNT);
    a->has_weight = dice_chance(&s->guests, 600);
    if (a->has_weight)
        a->weight = (uint32_t)dice_below(&s->guests, 6);
    a->has_reserve = !a->has_weight || dice_chance(&s->guests, 400);
    if (a->has_reserve)
        a->reserve_t = 10 * dice_between(&s->guests, 0, 12);
}

/* Somewhat later than now, as the staff's own watch has it. */
static void ask_schedule(struct sim *s, struct ask *a)
{
    int64_t at_ms = START_AT_MS + s->now_ms + dice_between(&s->guests, -1, 90) * MINUTE_MS;
    a->restores = dice_chance(&s->guests, 850);
    a->daily = a->restores && dice_chance(&s->guests, 600);
    a->has_minute = a->restores && dice_chance(&s->guests, 500);
    a->minute = (uint32_t)(wall_shows(&s->wall, at_ms) / MINUTE_MS % 1440);
    a->at_ms = at_ms;
}

static void ask_policy(struct sim *s, struct ask *a)
{
    int64_t at_ms = START_AT_MS + s->now_ms + dice_between(&s->guests, 1, 90) * MINUTE_MS;
    a->policy = (enum channel_policy)dice_below(&s->guests, POLICY_COUNT);
    a->has_rebalance = dice_chance(&s->guests, 500);
    if (a->has_rebalance)
        a->rebalance_s = (uint32_t)dice_between(&s->guests, 60, 900);
    a->has_minute = dice_chance(&s->guests, 250);
    a->minute = (uint32_t)(wall_shows(&s->wall, at_ms) / MINUTE_MS % 1440);
    a->never_released = dice_chance(&s->guests, 300);
}

void staff_stock(struct sim *s, uint32_t device)
{
    static const enum verb VERBS[] = {
        VERB_STOCK_SET,     VERB_STOCK_SET,     VERB_STOCK_SET,      VERB_STOCK_SET,
        VERB_STOCK_ADJUST,  VERB_STOCK_ADJUST,  VERB_STOCK_ADJUST,   VERB_STOCK_SOLD_OUT,
        VERB_STOCK_ON_SALE, VERB_STOCK_ON_SALE, VERB_STOCK_PLAN,     VERB_STOCK_CHANNEL,
        VERB_STOCK_CHANNEL, VERB_STOCK_CHANNEL, VERB_STOCK_SCHEDULE,
    };
    struct ask *a = ask_new(s, device, VERBS[dice_below(&s->guests, sizeof VERBS / sizeof *VERBS)]);
    a->row = (int)dice_below(&s->guests, ROW_COUNT);
    switch ((unsigned)a->verb) {
    case VERB_STOCK_SET:
        want_stock(s, a, false, 500);
        a->physical = dice_chance(&s->guests, 300);
        break;
    case VERB_STOCK_ADJUST:
        ask_adjust_stock(s, a);
        break;
    case VERB_STOCK_PLAN:
        a->has_limited = true;
        if (dice_chance(&s->guests, 800))
            want_stock(s, a, true, 500);
        break;
    case VERB_STOCK_CHANNEL:
        if (dice_chance(&s->guests, 500))
            ask_channel(s, a);
        else
            ask_share(s, a);
        break;
    case VERB_STOCK_SCHEDULE:
        ask_schedule(s, a);
        break;
    default:
        break;
    }
    device_ask(s, device, a);
}

void office_shares(struct sim *s)
{
    struct ask *a = ask_new(s, OFFICE, VERB_STOCK_POLICY);
    a->row = (int)dice_below(&s->guests, ROW_COUNT);
    ask_policy(s, a);
    device_ask(s, OFFICE, a);
}

void office_tick(struct sim *s)
{
    static const enum verb VERBS[] = {VERB_DAY_CLOSE, VERB_DAY_CLOSE, VERB_DAY_CLOSE,
                                      VERB_STORE_NEW_EPOCH, VERB_STORE_CONFIRM};
    size_t i = (size_t)dice_below(&s->guests, sizeof VERBS / sizeof *VERBS);
    struct ask *a = ask_new(s, OFFICE, VERBS[i]);
    if (a->verb == VERB_STORE_CONFIRM)
        a->seen_epoch = (uint32_t)dice_below(&s->guests, 3);
    device_ask(s, OFFICE, a);
}
