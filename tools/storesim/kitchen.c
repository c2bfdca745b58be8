#include "tools/storesim/kitchen.h"

#include "tools/storesim/clock.h"
#include "tools/storesim/dice.h"
#include "tools/storesim/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ticket {
    struct sim *sim;
    struct device *cook;
    char station[LIMIT_STATION + 1], order_id[LIMIT_ORDER_ID + 1];
    uint32_t round;
    enum ticket_state state; /* as answered to the cook, or as first seen */
    bool foreign, bump_sent, bumped;
    struct position seen_at, bumped_at;
    struct alarm next;
};

/* ---- cooking ---- */

static void ticket_step(void *ctx);

static int64_t delay_ms(const struct ticket *k)
{
    const struct pace *p = &k->sim->pace;
    return k->state == TICKET_NEW       ? p->start_ms
           : k->state == TICKET_STARTED ? p->cook_ms
                                        : p->bump_ms;
}

static void ticket_later(struct ticket *k)
{
    k->next.ring = ticket_step;
    k->next.ctx = k;
    alarm_set(&k->sim->alarms, &k->next, clock_us() + dice_wait_us((double)delay_ms(k) * 1000));
}

/* Its topic and the reply to the bump may come in either order. */
static void judge_return(const struct ticket *k)
{
    if (k->bumped && position_cmp(k->seen_at, k->bumped_at) > 0)
        stats_fault(&k->sim->stats, "ticket %s/%s/%" PRIu32 ": came back after it was bumped",
                    k->station, k->order_id, k->round);
}

static void ticket_done(struct ticket *k, const struct reply *r)
{
    k->bumped = true;
    k->bumped_at = r->at.position;
    if (r->duplicate)
        stats_fault(&k->sim->stats, "ticket %s/%s/%" PRIu32 ": bumped twice", k->station,
                    k->order_id, k->round);
    judge_return(k);
}

static void on_step(struct device *d, const struct reply *r, void *ctx)
{
    struct ticket *k = ctx;
    (void)d;
    if (r->code != CODE_OK) {
        stats_fault(&k->sim->stats, "ticket %s/%s/%" PRIu32 ": step from %s answered %d",
                    k->station, k->order_id, k->round, ticket_state_name(k->state), r->code);
        k->bumped = true; /* nothing more to do with it */
        return;
    }
    if (k->state == TICKET_READY) {
        ticket_done(k, r);
        return;
    }
    k->state = k->state == TICKET_NEW ? TICKET_STARTED : TICKET_READY;
    ticket_later(k);
}

static void ticket_step(void *ctx)
{
    static const enum verb VERBS[] = {[TICKET_NEW] = VERB_TICKET_START,
                                      [TICKET_STARTED] = VERB_TICKET_READY,
                                      [TICKET_READY] = VERB_TICKET_BUMP};
    struct ticket *k = ctx;
    struct jw *w = request_begin(k->cook);
    jw_kstring(w, "order_id", str_of(k->order_id));
    jw_kstring(w, "station", str_of(k->station));
    jw_kint(w, "round", k->round);
    k->bump_sent = k->state == TICKET_READY;
    request_send(k->cook, VERBS[k->state], str_of(k->order_id), on_step, k);
}

/* ---- judging ---- */

static bool belongs(const struct line *l, const struct ticket *k)
{
    return l->round == k->round && strcmp(l->dish->station, k->station) == 0;
}

static size_t lines_wanted(const struct order *o, const struct ticket *k)
{
    size_t n = 0;
    for (uint16_t i = 0; i < o->n_lines; i++)
        n += belongs(&o->lines[i], k);
    return n;
}

static bool line_is_right(const struct order *o, const struct ticket *k, const struct json *line)
{
    int64_t number = 0;
    const struct json *n = json_get(line, "line"), *v = json_get(line, "void");
    bool voided = v && json_kind(v) == JSON_BOOL && json_bool(v);
    if (!n || !json_integer(n, &number) || number < 1 || number > o->n_lines)
        return false;
    if (voided && !o->cancel_sent && !o->refund_sent && !order_may_have_expired(o))
        return false;
    return belongs(&o->lines[number - 1], k);
}

static void judge_lines(const struct order *o, const struct ticket *k, const struct json *payload)
{
    size_t right = 0, n = 0;
    const struct json *list = json_get(payload, "lines");
    const struct json *v = list && json_kind(list) == JSON_ARRAY ? json_first(list) : NULL;
    for (; v; v = json_next(v), n++)
        right += line_is_right(o, k, v);
    if (right != n || n != lines_wanted(o, k))
        stats_fault(&k->sim->stats,
                    "ticket %s/%s/%" PRIu32 ": has %zu lines, %zu right, %zu wanted", k->station,
                    k->order_id, k->round, n, right, lines_wanted(o, k));
}

static void judge_ticket(const struct ticket *k, const struct json *payload)
{
    const struct order *o = map_get(&k->sim->orders, str_of(k->order_id));
    if (!o) {
        if (!k->foreign)
            stats_fault(&k->sim->stats, "ticket %s/%s: of an order nobody placed", k->station,
                        k->order_id);
        return;
    }
    if (o->channel != CHANNEL_EMENU && !o->pay_sent)
        stats_fault(&k->sim->stats, "ticket %s/%s: of an order nobody paid", k->station,
                    k->order_id);
    judge_lines(o, k, payload);
}

/* ---- screens ---- */

static bool is_station_of(const struct device *d, struct str station)
{
    for (size_t i = 0; i < d->entry.n_stations; i++)
        if (str_eq(str_of(d->entry.stations[i]), station))
            return true;
    return false;
}

/* Of several screens at one station, one cooks the ticket: whoever saw it first. */
static struct ticket *ticket_new(struct device *d, const struct topic *topic,
                                 const struct json *payload, const char *name)
{
    struct ticket *k = memory_new(sizeof *k);
    k->sim = d->sim;
    k->cook = d;
    memcpy(k->station, topic->station.p, topic->station.n);
    memcpy(k->order_id, topic->name.p, topic->name.n);
    k->round = topic->round;
    k->foreign = !device_made_order(d->sim, topic->name);
    struct str state = json_text_at(payload, "state");
    while (k->state < TICKET_BUMPED && !str_eq(state, str_of(ticket_state_name(k->state))))
        k->state = (enum ticket_state)(k->state + 1);
    map_put(&d->sim->tickets, str_of(name), k);
    if (k->state == TICKET_BUMPED)
        k->bumped = true;
    else
        ticket_later(k);
    return k;
}

void kitchen_sees(struct device *d, const struct topic *topic, const struct json *payload,
                  struct position at)
{
    char name[TOPIC_TEXT];
    if (topic->kind != TOPIC_TICKET)
        return;
    if (!is_station_of(d, topic->station))
        stats_fault(&d->sim->stats, "%s: a ticket of station %.*s", d->entry.id,
                    (int)topic->station.n, topic->station.p);
    topic_make(name, "ticket/%.*s/%.*s/%" PRIu32, (int)topic->station.n, topic->station.p,
               (int)topic->name.n, topic->name.p, topic->round);
    struct ticket *k = map_get(&d->sim->tickets, str_of(name));
    if (payload) {
        if (!k)
            k = ticket_new(d, topic, payload, name);
        if (position_cmp(at, k->seen_at) > 0)
            k->seen_at = at;
        judge_return(k);
        judge_ticket(k, payload);
    } else if (k && !k->bump_sent && !k->bumped) {
        stats_fault(&d->sim->stats, "ticket %s/%s/%" PRIu32 ": taken down before it was bumped",
                    k->station, k->order_id, k->round);
    }
}

/* ---- the end ---- */

size_t kitchen_open(const struct sim *sim)
{
    struct ticket *k;
    size_t n = 0;
    for (size_t i = 0; (k = map_next(&sim->tickets, &i));)
        n += !k->bumped;
    return n;
}

struct kitchen_count kitchen_count(const struct sim *sim)
{
    struct kitchen_count c = {.tickets = sim->tickets.count};
    struct ticket *k;
    for (size_t i = 0; (k = map_next(&sim->tickets, &i));) {
        c.bumped += k->bumped;
        c.foreign += k->foreign;
    }
    return c;
}

static bool station_has_screen(const struct sim *sim, const char *station)
{
    for (size_t i = 0; i < sim->n_devices; i++)
        if (sim->devices[i]->entry.role == ROLE_KDS &&
            is_station_of(sim->devices[i], str_of(station)))
            return true;
    return false;
}

static void judge_order(struct sim *sim, const struct order *o)
{
    for (uint16_t i = 0; i < o->n_lines; i++) {
        const struct line *l = &o->lines[i];
        char name[TOPIC_TEXT];
        if (!l->acked || !l->dish->station[0] || !station_has_screen(sim, l->dish->station))
            continue;
        topic_make(name, "ticket/%s/%s/%u", l->dish->station, o->id, l->round);
        const struct ticket *k = map_get(&sim->tickets, str_of(name));
        if (!k || !k->bumped)
            stats_fault(&sim->stats, "%s: line %" PRIu32 " was %s", order_name(o), l->line,
                        k ? "not bumped" : "never on a ticket");
    }
}

void kitchen_judge(struct sim *sim)
{
    struct order *o;
    for (size_t i = 0; (o = map_next(&sim->orders, &i));)
        if (o->placed && (o->paid || (o->channel == CHANNEL_EMENU && !o->cancel_sent)))
            judge_order(sim, o);
}

static void ticket_free(void *value)
{
    struct ticket *k = value;
    alarm_stop(&k->sim->alarms, &k->next);
    free(k);
}

void kitchen_finish(struct sim *sim)
{
    map_finish(&sim->tickets, ticket_free);
}
