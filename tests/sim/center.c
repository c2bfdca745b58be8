/* The product center at the other end of a bad line (tests/lib/toy_center.h): the journal reaches
 * it in pieces and late, its rows reach the hub late, twice, out of turn or not at all, and now and
 * then the line is cut for long.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/digest.h"
#include "tests/sim/sim.h"

void center_init(struct sim *s, uint64_t stream)
{
    s->center.dice = dice_make(s->options.seed, stream);
    toy_open(&s->center.toy, START_AT_MS);
}

void center_free(struct center *c)
{
    for (uint32_t i = 0; i < c->n_flights; i++)
        free(c->flights[i]);
    free(c->flights);
    center_orders_free(c);
    toy_close(&c->toy);
}

/* ---- down ---- */

static uint32_t take_off(struct center *c, struct object object)
{
    if (c->n_flights == c->cap_flights) {
        c->cap_flights = c->cap_flights ? 2 * c->cap_flights : 256;
        c->flights = realloc(c->flights, c->cap_flights * sizeof *c->flights);
        if (!c->flights)
            abort();
    }
    struct cloud_row *row = malloc(sizeof *row);
    if (!row)
        abort();
    *row = toy_sends(&c->toy, object);
    c->flights[c->n_flights] = row;
    return c->n_flights++;
}

bool center_is_cut(const struct sim *s)
{
    return s->now_ms < s->center.cut_until_ms;
}

static void send_row(struct sim *s, struct object object)
{
    struct center *c = &s->center;
    if (center_is_cut(s) || dice_chance(&c->dice, 100))
        return;
    uint32_t flight = take_off(c, object);
    int64_t slow_ms = dice_chance(&c->dice, 200) ? 2 * MINUTE_MS : 2 * SECOND_MS;
    do {
        int64_t at_ms = s->now_ms + dice_between(&c->dice, 20, slow_ms);
        agenda_add(&s->agenda, at_ms, HAPPENS_ROW, flight);
    } while (dice_chance(&c->dice, 200));
}

void center_row_arrives(struct sim *s, uint32_t flight)
{
    if (!hub_center_row(s, s->center.flights[flight]))
        agenda_add(&s->agenda, s->now_ms + 5 * SECOND_MS, HAPPENS_ROW, flight);
}

/* ---- what it does ---- */

static void new_policy(struct center *c, struct object object, int64_t at_ms)
{
    int64_t release_ms = dice_chance(&c->dice, 250) ? at_ms : 0;
    bool rebalances = dice_chance(&c->dice, 500);
    uint32_t every_s = rebalances ? (uint32_t)dice_between(&c->dice, 60, 900) : 0;
    enum channel_policy policy = (enum channel_policy)dice_below(&c->dice, POLICY_COUNT);
    toy_policy(&c->toy, object, policy, every_s, release_ms);
}

static void new_share(struct center *c, struct object object, int64_t q_t)
{
    int64_t cap_t = dice_chance(&c->dice, 200) ? 20 * q_t : AVAIL_INFINITE;
    uint32_t weight = (uint32_t)dice_below(&c->dice, 6);
    enum channel channel = (enum channel)dice_below(&c->dice, CHANNEL_COUNT);
    toy_channel(&c->toy, object, channel, weight, q_t, cap_t);
}

static void new_schedule(struct center *c, struct object object, int64_t at_ms)
{
    bool daily = dice_chance(&c->dice, 600);
    toy_schedule(&c->toy, object, dice_chance(&c->dice, 800) ? at_ms : 0, daily);
}

static void act_on_shares(struct sim *s, struct object object)
{
    struct center *c = &s->center;
    int64_t at_ms = c->toy.now_ms + dice_between(&c->dice, -10, 60) * MINUTE_MS;
    int64_t q_t = 10 * dice_between(&c->dice, 0, 15);
    uint64_t d = dice_below(&c->dice, 10);
    if (d < 4 && s->enrolled)
        new_policy(c, object, at_ms);
    else if (d < 8)
        new_share(c, object, q_t);
    else
        new_schedule(c, object, at_ms);
}

static void act(struct sim *s, struct object object)
{
    struct center *c = &s->center;
    uint64_t d = dice_below(&c->dice, 130);
    int64_t locked_t = toy_row(&c->toy, object)->lc_t, q_t = 10 * dice_between(&c->dice, 1, 3);
    if (d < 45)
        toy_sells(&c->toy, object, q_t);
    else if (d < 60)
        toy_locks(&c->toy, object, q_t);
    else if (d < 75)
        toy_locks(&c->toy, object, -locked_t);
    else if (d < 85)
        toy_counts(&c->toy, object, 10 * dice_between(&c->dice, 0, 60));
    else if (d < 97)
        toy_status(&c->toy, object, dice_chance(&c->dice, 700));
    else if (d < 100)
        toy_deletes(&c->toy, object);
    else
        act_on_shares(s, object);
}

void center_acts(struct sim *s)
{
    struct center *c = &s->center;
    struct object object = row_object((int)dice_below(&c->dice, ROW_COUNT));
    c->toy.now_ms = START_AT_MS + s->now_ms;
    act(s, object);
    send_row(s, object);
    center_orders_act(s);
    if (!center_is_cut(s) && dice_chance(&c->dice, 10)) {
        c->cut_until_ms = s->now_ms + dice_between(&c->dice, MINUTE_MS, 20 * MINUTE_MS);
        sim_trace(s, "the line to the center is cut");
    }
}

/* ---- up ---- */

/* The hub is told with each answer, until it has said the rows again. */
static void say_again(struct sim *s)
{
    if (s->options.plant == PLANT_UNSAID_ROWS)
        s->center.n_aside = 0;
    for (uint32_t i = 0; i < s->center.n_aside; i++)
        hub_row_state(s, s->center.aside[i]);
}

void center_is_told(struct sim *s, const struct visit *v)
{
    struct center *c = &s->center;
    const struct position said = {v->state_ask.dead_epoch, v->dead};
    sim_trace(s, "center    has set aside event %u/%llu", said.epoch, (unsigned long long)said.seq);
    for (uint32_t i = 0; i < c->n_aside; i++)
        if (position_cmp(c->aside[i], said) == 0)
            c->aside[i--] = c->aside[--c->n_aside];
}

/* Of the rows that it touched some come back: an echo, or the other side of a conflict. */
void center_hears(struct sim *s)
{
    struct center *c = &s->center;
    uint64_t ver = c->toy.ver;
    uint32_t aside = s->options.plant == PLANT_UNSAID_ROWS ? 900 : 100;
    if (!s->hub.store || center_is_cut(s))
        return;
    c->toy.now_ms = START_AT_MS + s->now_ms;
    struct txn *txn = hub_look(s);
    toy_hears(&c->toy, txn, dice_below(&c->dice, 8));
    if (c->n_aside < CENTER_ASIDE && dice_chance(&c->dice, aside) && toy_sets_aside(&c->toy, txn))
        c->aside[c->n_aside++] = c->toy.heard;
    toy_hears(&c->toy, txn, dice_below(&c->dice, 200));
    txn_abort(txn);
    say_again(s);
    for (size_t i = 0; i < c->toy.n; i++)
        if (c->toy.rows[i].c_ver > ver && dice_chance(&c->dice, 300))
            send_row(s, c->toy.rows[i].object);
}

/* ---- which write is later ---- */

static struct stamp stamp_of(const struct json *body)
{
    int64_t part[3] = {0};
    const struct json *stamp = json_get(body, "stamp");
    const struct json *v = stamp ? json_first(stamp) : NULL;
    for (int i = 0; v && i < 3; v = json_next(v), i++)
        json_integer(v, &part[i]);
    return (struct stamp){part[0], (uint32_t)part[1], (uint32_t)part[2]};
}

static void note_write(struct model_row *row, enum channel channel, const struct event *e)
{
    struct json *body = json_parse(e->body.p, e->body.n, &JSON_IMPORT, NULL);
    if (!body)
        return;
    const struct model_write write = {e->at, stamp_of(body)};
    if (e->kind == EVENT_STOCK_SET)
        row->counted = write;
    if (e->kind == EVENT_PLAN_SET)
        row->planned = write;
    if (e->kind == EVENT_STATUS_SET)
        row->closed = write;
    if (e->kind == EVENT_CHANNEL_SET)
        row->channels[channel].shaped = write;
    json_free(body);
}

void center_note_writes(struct sim *s, const struct visit *v)
{
    const struct ask *a = s->asks[v->ask];
    if (a->row < 0 || position_cmp(v->before, v->after) == 0)
        return;
    struct txn *txn = hub_look(s);
    for (struct position at = {v->after.epoch, v->before.seq + 1}; at.seq <= v->after.seq;
         at.seq++) {
        struct event e;
        if (journal_read(txn, at, &e))
            note_write(&s->model.rows[a->row], a->channel, &e);
    }
    txn_abort(txn);
}

/* ---- the end ---- */

static void hear_all(struct sim *s)
{
    if (!s->hub.store)
        hub_boot(s);
    if (s->center.n_aside > 0) {
        say_again(s);
        hub_commit(s);
    }
    if (!s->hub.store)
        hub_boot(s);
    struct txn *txn = hub_look(s);
    toy_hears(&s->center.toy, txn, UINT64_MAX);
    txn_abort(txn);
}

static bool has_merged(struct sim *s, struct object object)
{
    struct stock_row mine;
    if (!s->hub.store)
        return false;
    struct txn *txn = hub_look(s);
    stock_load(txn, object, &mine);
    txn_abort(txn);
    return mine.c_ver >= toy_row(&s->center.toy, object)->c_ver;
}

static void heal_row(struct sim *s, struct object object)
{
    while (!s->broken && !has_merged(s, object)) {
        hear_all(s);
        struct cloud_row row = toy_sends(&s->center.toy, object);
        hub_center_row(s, &row);
        hub_commit(s);
    }
}

/* While one row is told, another may come back: until nothing is news to either side. */
static void heal_rows(struct sim *s)
{
    bool all = false;
    while (!all && !s->broken) {
        hear_all(s);
        all = true;
        for (int r = 0; r < ROW_COUNT; r++) {
            all = has_merged(s, row_object(r)) && all;
            heal_row(s, row_object(r));
        }
    }
}

static void compare_sides(struct sim *s, struct object object)
{
    struct stock_row mine;
    char a[DIGEST_TEXT], b[DIGEST_TEXT];
    struct txn *txn = hub_look(s);
    stock_load(txn, object, &mine);
    size_t n = digest_text(&mine, a), m = digest_text(toy_row(&s->center.toy, object), b);
    if (n != m || memcmp(a, b, n) != 0)
        sim_violation(s, "P1", "the hub has %.*s\n  the center %.*s", (int)n, a, (int)m, b);
    txn_abort(txn);
}

void center_heal(struct sim *s)
{
    s->center.toy.now_ms = START_AT_MS + s->now_ms;
    if (s->broken)
        return;
    do
        hear_all(s);
    while (s->center.n_aside > 0 && !s->broken);
    for (int r = 0; r < ROW_COUNT; r++)
        toy_repeats(&s->center.toy, row_object(r)); /* what the office set is the center's now */
    heal_rows(s);
    center_orders_heal(s);
    heal_rows(s);
    if (!s->broken && !s->hub.store)
        hub_boot(s);
    for (int r = 0; r < ROW_COUNT && !s->broken; r++)
        compare_sides(s, row_object(r));
}
