#include "edge/books/ticket.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "edge/books/turn.h"

void ticket_fields(struct pack *p, struct ticket *t, struct arena *arena)
{
    pack_u64(p, &t->order_no);
    pack_str(p, &t->order_id, LIMIT_ORDER_ID);
    pack_str(p, &t->station, LIMIT_STATION);
    pack_str(p, &t->number, PICKUP_TEXT);
    pack_str(p, &t->table, LIMIT_TABLE);
    pack_enum(p, &t->channel);
    pack_u32(p, &t->round);
    pack_u32(p, &t->rev);
    pack_enum(p, &t->state);
    pack_bool(p, &t->was_started);
    pack_i64(p, &t->created_at_ms);
    pack_i64(p, &t->changed_at_ms);
    pack_u32(p, &t->at.epoch);
    pack_u64(p, &t->at.seq);
    pack_count(p, &t->n_lines, LIMIT_LINES);
    if (!p->writing)
        t->lines = arena_alloc(arena, t->n_lines * sizeof *t->lines);
    p->bad = p->bad || !t->lines;
    for (uint16_t i = 0; i < t->n_lines && pack_ok(p); i++) {
        pack_u32(p, &t->lines[i].line);
        pack_bool(p, &t->lines[i].voided);
    }
}

struct key ticket_key(uint64_t order_no, struct str station, uint32_t round)
{
    struct key k = key_u64(order_no);
    key_add_text(&k, station);
    key_add_u32(&k, round);
    return k;
}

bool ticket_unpack(struct bytes packed, struct arena *arena, struct ticket *out)
{
    struct pack p;
    memset(out, 0, sizeof *out);
    pack_reader(&p, packed.p, packed.n);
    ticket_fields(&p, out, arena);
    return pack_done(&p);
}

bool ticket_load(struct txn *txn, uint64_t order_no, struct str station, uint32_t round,
                 struct arena *arena, struct ticket *out)
{
    struct key key = ticket_key(order_no, station, round);
    struct bytes value;
    if (!txn_get(txn, TABLE_TICKET, key_bytes(&key), &value))
        return false;
    struct str copy = arena_str(arena, (struct str){value.p, value.n});
    if (ticket_unpack((struct bytes){copy.p, copy.n}, arena, out))
        return true;
    txn_set_bad(txn, TABLE_TICKET, key_bytes(&key));
    return false;
}

#define TICKET_BYTES 1024 /* LIMIT_LINES lines of at most 6 bytes, and the heading */

static void ticket_save(struct turn *t, struct ticket *k)
{
    uint8_t buf[TICKET_BYTES];
    struct pack p;
    pack_writer(&p, buf, sizeof buf);
    ticket_fields(&p, k, NULL);
    assert(pack_ok(&p));
    struct key key = ticket_key(k->order_no, k->station, k->round);
    txn_put(t->b->txn, TABLE_TICKET, key_bytes(&key), (struct bytes){buf, p.at});
    turn_change(t, (struct change){.kind = CHANGE_TICKET,
                                   .order_no = k->order_no,
                                   .round = k->round,
                                   .text = arena_str(&t->out->arena, k->station)});
}

/* ---- sending ---- */

static bool station_first_line(const struct order *o, uint16_t i)
{
    for (uint16_t j = 0; j < i; j++)
        if (o->lines[j].round == o->lines[i].round &&
            str_eq(o->lines[j].station, o->lines[i].station) && o->lines[j].held_t > 0)
            return false;
    return true;
}

static void ticket_send(struct turn *t, const struct order *o, const struct order_line *first)
{
    char number[PICKUP_TEXT];
    order_number(o, number);
    struct ticket k = {.order_no = o->no,
                       .order_id = o->order_id,
                       .station = first->station,
                       .number = str_of(number),
                       .table = o->table,
                       .channel = o->channel,
                       .round = first->round,
                       .rev = 1,
                       .state = TICKET_NEW,
                       .created_at_ms = t->c->wall_ms,
                       .changed_at_ms = t->c->wall_ms,
                       .at = {t->b->j.head.at.epoch, t->b->j.head.at.seq + 1}};
    struct ticket_line lines[LIMIT_LINES];
    k.lines = lines;
    for (uint16_t i = 0; i < o->n_lines; i++)
        if (o->lines[i].round == first->round && o->lines[i].held_t > 0 &&
            str_eq(o->lines[i].station, first->station))
            lines[k.n_lines++] = (struct ticket_line){o->lines[i].line, false};
    ticket_save(t, &k);
}

/* What was served before it was paid needs no cook. */
static bool waits_for_ticket(const struct order *o, const struct order_line *l)
{
    return l->round > o->ticketed && l->round > o->served && l->station.n && l->held_t > 0;
}

void tickets_send(struct turn *t, struct order *o)
{
    bool sent = false;
    for (uint16_t i = 0; i < o->n_lines; i++) {
        const struct order_line *l = &o->lines[i];
        if (!waits_for_ticket(o, l) || !station_first_line(o, i))
            continue;
        ticket_send(t, o, l);
        sent = true;
    }
    o->ticketed = o->rounds;
    if (sent)
        o->kitchen = KITCHEN_QUEUED;
}

/* ---- what the food's state means for stock ---- */

bool ticket_started(struct turn *t, const struct order *o, const struct order_line *line)
{
    struct ticket k;
    if (line->round > o->ticketed || !line->station.n)
        return false;
    return ticket_load(t->b->txn, o->no, line->station, line->round, t->scratch, &k) &&
           k.was_started;
}

static bool mark_void(struct ticket *k, const struct order *o, uint32_t line)
{
    bool touched = false;
    for (uint16_t i = 0; i < k->n_lines; i++) {
        const struct order_line *l = order_line((struct order *)(uintptr_t)o, k->lines[i].line);
        if (line && k->lines[i].line != line)
            continue;
        touched = true;
        k->lines[i].voided = k->lines[i].voided || !l || l->qty_t - l->refunded_t <= 0 ||
                             l->reserved == RESERVED_UNLOCKED || o->state == ORDER_REFUNDED;
    }
    return touched;
}

typedef bool ticket_change(struct ticket *k, void *arg);

struct void_arg {
    const struct order *o;
    uint32_t line;
};

static bool void_change(struct ticket *k, void *arg)
{
    const struct void_arg *v = arg;
    return k->state != TICKET_BUMPED && mark_void(k, v->o, v->line);
}

/* All tickets of one order, read first and written after, since a walk may not write its table. */
static uint16_t tickets_of(struct turn *t, uint64_t order_no, struct ticket *out, uint16_t max)
{
    struct key from = key_u64(order_no);
    uint16_t n = 0;
    struct scan s = scan_begin(t->b->txn, TABLE_TICKET, key_bytes(&from), false);
    while (n < max && scan_next(&s) && key_get_u64(s.key.p) == order_no) {
        struct str copy = arena_str(t->scratch, (struct str){s.value.p, s.value.n});
        if (ticket_unpack((struct bytes){copy.p, copy.n}, t->scratch, &out[n]))
            n++;
    }
    scan_end(&s);
    return n;
}

#define ORDER_TICKETS (LIMIT_ROUNDS * 4) /* rounds times the stations that one round reaches */

static void tickets_change(struct turn *t, uint64_t order_no, ticket_change *change, void *arg)
{
    struct ticket *all = arena_alloc(t->scratch, ORDER_TICKETS * sizeof *all);
    uint16_t n = all ? tickets_of(t, order_no, all, ORDER_TICKETS) : 0;
    for (uint16_t i = 0; i < n; i++) {
        if (!change(&all[i], arg))
            continue;
        all[i].rev++;
        all[i].changed_at_ms = t->c->wall_ms;
        all[i].at = (struct position){t->b->j.head.at.epoch, t->b->j.head.at.seq + 1};
        ticket_save(t, &all[i]);
    }
}

void tickets_void(struct turn *t, const struct order *o, uint32_t line)
{
    if (o->ticketed)
        tickets_change(t, o->no, void_change, &(struct void_arg){o, line});
}

static bool withdraw_change(struct ticket *k, void *arg)
{
    const struct void_arg *v = arg;
    if (k->state == TICKET_BUMPED)
        return false;
    if (!k->was_started)
        k->state = TICKET_BUMPED;
    return mark_void(k, v->o, 0);
}

bool tickets_withdraw(struct turn *t, const struct order *o)
{
    struct ticket *all = arena_alloc(t->scratch, ORDER_TICKETS * sizeof *all);
    uint16_t n = all && o->ticketed ? tickets_of(t, o->no, all, ORDER_TICKETS) : 0;
    bool begun = false;
    for (uint16_t i = 0; i < n; i++)
        begun = begun || all[i].was_started;
    if (n)
        tickets_change(t, o->no, withdraw_change, &(struct void_arg){o, 0});
    return begun;
}

/* ---- verbs of the kitchen ---- */

/* Where a verb may start from, and where it leads. Repeats are duplicates. */
static const struct {
    uint32_t from;
    enum ticket_state to;
} MOVES[] = {
    [VERB_TICKET_START - VERB_TICKET_START] = {1U << TICKET_NEW, TICKET_STARTED},
    [VERB_TICKET_READY - VERB_TICKET_START] = {1U << TICKET_STARTED, TICKET_READY},
    [VERB_TICKET_BUMP - VERB_TICKET_START] = {1U << TICKET_READY, TICKET_BUMPED},
    [VERB_TICKET_RECALL -
        VERB_TICKET_START] = {1U << TICKET_READY | 1U << TICKET_BUMPED, TICKET_STARTED},
};

static bool all_void(const struct ticket *k)
{
    for (uint16_t i = 0; i < k->n_lines; i++)
        if (!k->lines[i].voided)
            return false;
    return true;
}

static enum kitchen kitchen_of(struct turn *t, const struct order *o)
{
    struct ticket *all = arena_alloc(t->scratch, ORDER_TICKETS * sizeof *all);
    uint16_t n = all ? tickets_of(t, o->no, all, ORDER_TICKETS) : 0;
    bool ready = true, begun = false;
    for (uint16_t i = 0; i < n; i++) {
        if (all_void(&all[i]))
            continue;
        ready = ready && (all[i].state == TICKET_READY || all[i].state == TICKET_BUMPED);
        begun = begun || all[i].state != TICKET_NEW;
    }
    return ready ? KITCHEN_READY : begun ? KITCHEN_COOKING : KITCHEN_QUEUED;
}

/* How far the food of its order is, the center wants to know (sync-protocol 3.2). */
static void kitchen_event(struct turn *t, const struct order *o, const struct ticket *k,
                          enum ticket_state from)
{
    char body[2048];
    struct jw w;
    jw_init(&w, body, sizeof body);
    body_order(&w, t, o,
               &(struct order_event){.kind = EVENT_ORDER_STATE,
                                     .round = k->round,
                                     .names = true,
                                     .ticket = k,
                                     .from = from});
    assert(jw_ok(&w));
    t->out->at = journal_append(&t->b->j, EVENT_ORDER_STATE, t->c->wall_ms, jw_text(&w));
}

static void ticket_event(struct turn *t, const struct order *o, const struct ticket *k,
                         enum ticket_state from)
{
    char body[1024];
    struct jw w;
    jw_init(&w, body, sizeof body);
    jw_open(&w, '{');
    jw_kstring(&w, "device", t->c->who.device);
    jw_kstring(&w, "from", str_of(ticket_state_name(from)));
    jw_kstring(&w, "kitchen", str_of(kitchen_name(o->kitchen)));
    jw_kstring(&w, "order_id", o->order_id);
    jw_kint(&w, "round", k->round);
    jw_kstring(&w, "station", k->station);
    jw_kstring(&w, "to", str_of(ticket_state_name(k->state)));
    jw_close(&w, '}');
    t->out->at = journal_append(&t->b->j, EVENT_TICKET, t->c->wall_ms, jw_text(&w));
}

static bool nothing_waits(struct turn *t, const struct order *o)
{
    struct ticket *all = arena_alloc(t->scratch, ORDER_TICKETS * sizeof *all);
    uint16_t n = all ? tickets_of(t, o->no, all, ORDER_TICKETS) : 0;
    for (uint16_t i = 0; i < n; i++)
        if (all[i].state != TICKET_BUMPED)
            return false;
    return true;
}

static void ticket_move(struct turn *t, struct order *o, struct ticket *k, enum ticket_state to)
{
    enum ticket_state from = k->state;
    enum kitchen before = o->kitchen;
    k->state = to;
    k->was_started = k->was_started || to != TICKET_BUMPED;
    k->rev++;
    k->changed_at_ms = t->c->wall_ms;
    k->at = (struct position){t->b->j.head.at.epoch, t->b->j.head.at.seq + 1};
    ticket_save(t, k);
    if (order_is_open(o) && o->kitchen != KITCHEN_SERVED)
        o->kitchen = kitchen_of(t, o);
    if (o->from_center && o->kitchen != before)
        kitchen_event(t, o, k, from);
    else
        ticket_event(t, o, k, from);
    o->at = t->out->at;
    turn_put_order(t, o, false);
    if (o->from_center && !order_is_open(o) && nothing_waits(t, o))
        center_order_cleared(t, o);
}

static bool own_station(const struct caller *who, struct str station)
{
    if (who->role != ROLE_KDS)
        return true;
    for (uint16_t i = 0; i < who->n_stations; i++)
        if (str_eq(who->stations[i], station))
            return true;
    return false;
}

enum code ticket_verb(struct turn *t)
{
    const struct command *c = t->c;
    struct order o;
    struct ticket k;
    if (!own_station(&c->who, c->station))
        return turn_refuse(t, CODE_NOT_AUTHORIZED, "not a ticket of this screen's stations");
    if (!turn_order_known(t, &o) ||
        !ticket_load(t->b->txn, o.no, c->station, c->round, t->scratch, &k))
        return turn_refuse(t, CODE_TICKET_NOT_FOUND, "%s", code_text(CODE_TICKET_NOT_FOUND));
    enum ticket_state to = MOVES[c->verb - VERB_TICKET_START].to;
    uint32_t from = MOVES[c->verb - VERB_TICKET_START].from;
    if (k.state == to) {
        t->out->duplicate = true;
        turn_show_order(t, &o);
        return CODE_OK;
    }
    bool void_bump = c->verb == VERB_TICKET_BUMP && all_void(&k);
    if (!(from & 1U << k.state) && !void_bump)
        return turn_refuse(t, CODE_BAD_TRANSITION, "the ticket is %s, not possible to %s it",
                           ticket_state_name(k.state), verb_name(c->verb) + strlen("ticket."));
    ticket_move(t, &o, &k, to);
    return CODE_OK;
}
