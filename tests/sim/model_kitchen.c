/* Tickets, as the model reckons them: each line goes to its station once. */
#include "tests/sim/model.h"

static int ticket_for(struct model_turn *t, struct model_order *o, enum station station,
                      uint32_t round)
{
    for (int i = 0; i < o->n_tickets; i++)
        if (o->tickets[i].station == station && o->tickets[i].round == round)
            return i;
    o->tickets[o->n_tickets] =
        (struct model_ticket){.station = station, .round = round, .state = TICKET_NEW};
    t->v->new_tickets++;
    return o->n_tickets++;
}

void model_tickets_send(struct model_turn *t, struct model_order *o)
{
    for (int i = 0; i < o->n_lines; i++) {
        struct model_line *l = &o->lines[i];
        enum station station = DISHES[l->want.item].station;
        if (l->ticket >= 0 || station == NO_STATION || l->held_t <= 0 || l->round <= o->served)
            continue;
        l->ticket = ticket_for(t, o, station, l->round);
        o->kitchen = KITCHEN_QUEUED;
    }
}

void model_tickets_void(struct model_order *o, uint32_t line)
{
    for (int i = 0; i < o->n_lines; i++) {
        const struct model_line *l = &o->lines[i];
        if (l->ticket < 0 || (line && l->want.line != line))
            continue;
        struct model_ticket *k = &o->tickets[l->ticket];
        bool nothing_left =
            l->qty_t - l->refunded_t <= 0 || l->held == HELD_UNLOCKED || o->state == ORDER_REFUNDED;
        if (k->state != TICKET_BUMPED && nothing_left)
            k->voided[i] = true;
    }
}

bool model_tickets_withdraw(struct model_order *o)
{
    bool begun = false;
    model_tickets_void(o, 0);
    for (int i = 0; i < o->n_tickets; i++) {
        begun = begun || (o->tickets[i].started && !o->tickets[i].dropped);
        if (!o->tickets[i].started)
            o->tickets[i].state = TICKET_BUMPED;
    }
    return begun;
}

static bool all_void(const struct model_order *o, int ticket)
{
    for (int i = 0; i < o->n_lines; i++)
        if (o->lines[i].ticket == ticket && !o->tickets[ticket].voided[i])
            return false;
    return true;
}

static bool is_open(const struct model_order *o)
{
    return o->state == ORDER_PLACED || o->state == ORDER_PAYING || o->state == ORDER_PAID;
}

static enum kitchen kitchen_of(const struct model_order *o)
{
    bool ready = true, begun = false;
    for (int i = 0; i < o->n_tickets; i++) {
        const struct model_ticket *k = &o->tickets[i];
        if (k->dropped || all_void(o, i))
            continue;
        ready = ready && (k->state == TICKET_READY || k->state == TICKET_BUMPED);
        begun = begun || k->state != TICKET_NEW;
    }
    return ready ? KITCHEN_READY : begun ? KITCHEN_COOKING : KITCHEN_QUEUED;
}

static struct model_ticket *ticket_find(struct model_turn *t, struct model_order **o, int *index)
{
    size_t n = 0;
    while (t->a->order_id[n])
        n++;
    *o = model_order(t->m, t->a->order_id, n);
    for (int i = 0; *o && i < (*o)->n_tickets; i++) {
        struct model_ticket *k = &(*o)->tickets[i];
        *index = i;
        if (k->station == t->a->station && k->round == t->a->round && !k->dropped)
            return k;
    }
    return NULL;
}

static bool may_move(enum verb verb, enum ticket_state from)
{
    switch ((unsigned)verb) {
    case VERB_TICKET_START:
        return from == TICKET_NEW;
    case VERB_TICKET_READY:
        return from == TICKET_STARTED;
    case VERB_TICKET_BUMP:
        return from == TICKET_READY;
    default:
        return from == TICKET_READY || from == TICKET_BUMPED;
    }
}

static enum ticket_state leads_to(enum verb verb)
{
    switch ((unsigned)verb) {
    case VERB_TICKET_READY:
        return TICKET_READY;
    case VERB_TICKET_BUMP:
        return TICKET_BUMPED;
    default:
        return TICKET_STARTED;
    }
}

enum code model_ticket_verb(struct model_turn *t)
{
    struct model_order *o;
    int index = 0;
    struct model_ticket *k = ticket_find(t, &o, &index);
    enum ticket_state to = leads_to(t->a->verb);
    if (!k)
        return CODE_TICKET_NOT_FOUND;
    t->v->order = o;
    t->v->duplicate = k->state == to;
    if (t->v->duplicate)
        return CODE_OK;
    bool clears_away = t->a->verb == VERB_TICKET_BUMP && all_void(o, index);
    if (!may_move(t->a->verb, k->state) && !clears_away)
        return CODE_BAD_TRANSITION;
    k->state = to;
    k->started = k->started || to != TICKET_BUMPED;
    if (is_open(o) && o->kitchen != KITCHEN_SERVED)
        o->kitchen = kitchen_of(o);
    return CODE_OK;
}

/* ---- the day ---- */

static uint32_t next_day(uint32_t day)
{
    static const uint32_t DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    uint32_t y = day / 10000, m = day / 100 % 100, d = day % 100;
    uint32_t last = DAYS[m - 1] + (m == 2 && y % 4 == 0);
    if (d < last)
        return day + 1;
    return m < 12 ? y * 10000 + (m + 1) * 100 + 1 : (y + 1) * 10000 + 101;
}

enum code model_day_close(struct model_turn *t)
{
    if (!t->m->day)
        return CODE_BAD_TRANSITION;
    uint32_t next = next_day(t->m->day);
    t->m->day = t->at->day > next ? t->at->day : next;
    for (uint32_t i = 0; i < t->m->n_orders; i++)
        for (int k = 0; k < t->m->orders[i]->n_tickets && !is_open(t->m->orders[i]); k++)
            if (t->m->orders[i]->tickets[k].state == TICKET_BUMPED)
                t->m->orders[i]->tickets[k].dropped = true;
    return CODE_OK;
}
