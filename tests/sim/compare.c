/* The model against the disk: rows, orders, tickets. */
#include <string.h>

#include "edge/books/alert.h"
#include "edge/books/ticket.h"
#include "tests/sim/sim.h"

#define ORDER_ARENA (1 << 20)

/* ---- rows ---- */

static void differs(struct sim *s, const char *property, int row, const char *what, int64_t is,
                    int64_t should)
{
    if (is != should)
        sim_violation(s, property, "object %d:%lld has %s %lld, not %lld",
                      (int)row_object(row).type, (long long)row_object(row).id, what, (long long)is,
                      (long long)should);
}

static void compare_channel(struct sim *s, int row, const struct stock_row *r, enum channel c)
{
    int64_t avail_t = stock_avail(r, c), should_t = model_row_avail(&s->model.rows[row], c);
    if (should_t > AVAIL_INFINITE)
        should_t = AVAIL_INFINITE;
    if (avail_t < AVAIL_INFINITE / 2 || should_t < AVAIL_INFINITE)
        differs(s, "AVAIL", row, channel_name(c), avail_t, should_t);
}

static void compare_alert(struct sim *s, struct txn *txn, int row)
{
    char id[ALERT_ID];
    struct alert_row alert;
    struct object object = row_object(row);
    int n = snprintf(id, sizeof id, "short-%d-%lld", (int)object.type, (long long)object.id);
    bool raised = alert_load(txn, (struct str){id, (size_t)n}, &alert);
    differs(s, "I3", row, "alerts", raised, model_row_short(&s->model.rows[row]) > 0);
}

void compare_row(struct sim *s, struct txn *txn, int row)
{
    const struct model_row *m = &s->model.rows[row];
    struct stock_row r;
    stock_load(txn, row_object(row), &r);
    differs(s, "P2", row, "H", r.h_t, model_row_h(m));
    differs(s, "P2", row, "C", r.c_t, m->online_t);
    differs(s, "P2", row, "Lc", r.lc_t, m->online_locked_t);
    differs(s, "I1", row, "Lh", r.lh_t, m->locked_t);
    differs(s, "REGISTER", row, "limited", r.type == STOCK_LIMITED, m->limited);
    differs(s, "REGISTER", row, "sold out", r.status == STATUS_SOLD_OUT, m->sold_out);
    if (m->limited)
        differs(s, "P2", row, "real", stock_real(&r), m->real_t);
    for (int c = 0; c < CHANNEL_COUNT; c++)
        if (channel_is_hub((enum channel)c))
            compare_channel(s, row, &r, (enum channel)c);
    compare_alert(s, txn, row);
    shares_compare(s, txn, row, &r);
}

/* ---- orders ---- */

static void order_differs(struct sim *s, const char *property, const struct model_order *o,
                          uint32_t line, const char *what, int64_t is, int64_t should)
{
    if (is != should)
        sim_violation(s, property, "%s line %u has %s %lld, not %lld", o->order_id, line, what,
                      (long long)is, (long long)should);
}

static int64_t held_name(enum reservation_state s)
{
    return s == RESERVED_LOCKED     ? HELD_LOCKED
           : s == RESERVED_DEDUCTED ? HELD_DEDUCTED
                                    : HELD_UNLOCKED;
}

static void compare_line(struct sim *s, const struct model_order *o, const struct model_line *m,
                         struct order *found)
{
    uint32_t n = m->want.line;
    const struct order_line *l = order_line(found, n);
    if (!l) {
        sim_violation(s, "P4", "%s has no line %u", o->order_id, n);
        return;
    }
    order_differs(s, "P4", o, n, "reservation", held_name(l->reserved), (int64_t)m->held);
    order_differs(s, "P4", o, n, "held", l->held_t, m->held_t);
    order_differs(s, "ORDER", o, n, "quantity", l->qty_t, m->qty_t);
    order_differs(s, "ORDER", o, n, "voided", l->voided_t, m->voided_t);
    order_differs(s, "ORDER", o, n, "refunded", l->refunded_t, m->refunded_t);
    order_differs(s, "ORDER", o, n, "restocked", l->restocked_t, m->restocked_t);
    order_differs(s, "MONEY", o, n, "amount", l->amount_e4, m->amount_e4);
}

static void compare_heading(struct sim *s, const struct model_order *o, const struct order *found)
{
    order_differs(s, "ORDER", o, 0, "state", (int64_t)found->state, (int64_t)o->state);
    order_differs(s, "KITCHEN", o, 0, "kitchen", (int64_t)found->kitchen, (int64_t)o->kitchen);
    order_differs(s, "ORDER", o, 0, "lines", found->n_lines, o->n_lines);
    order_differs(s, "ORDER", o, 0, "rounds", found->rounds, o->rounds);
    order_differs(s, "ORDER", o, 0, "served", found->served, o->served);
    order_differs(s, "ORDER", o, 0, "day", found->day, o->day);
    order_differs(s, "ORDER", o, 0, "refund_due", found->refund_due, o->refund_due);
    order_differs(s, "MONEY", o, 0, "due", found->due_e4, o->due_e4);
    order_differs(s, "MONEY", o, 0, "paid", found->paid_e4, o->paid_e4);
    order_differs(s, "MONEY", o, 0, "refunded", found->refunded_e4, o->refunded_e4);
    order_differs(s, "MONEY", o, 0, "payments", found->n_payments, o->n_payments);
    order_differs(s, "EXPIRY", o, 0, "a deadline", found->expires_at_u_ms != 0,
                  o->deadline_ms != 0);
}

/* ---- tickets ---- */

static const struct model_ticket *ticket_of(const struct model_order *o, const struct ticket *k,
                                            int *index)
{
    enum station station = station_of(k->station);
    for (*index = 0; *index < o->n_tickets; ++*index) {
        const struct model_ticket *m = &o->tickets[*index];
        if (m->station == station && m->round == k->round && !m->dropped)
            return m;
    }
    return NULL;
}

static int lines_on(const struct model_order *o, int ticket)
{
    int n = 0;
    for (int i = 0; i < o->n_lines; i++)
        n += o->lines[i].ticket == ticket;
    return n;
}

static void compare_ticket_line(struct sim *s, const struct model_order *o, int index,
                                const struct ticket_line *l)
{
    for (int i = 0; i < o->n_lines; i++) {
        if (o->lines[i].want.line != l->line)
            continue;
        if (o->lines[i].ticket != index)
            break;
        order_differs(s, "TICKET", o, l->line, "void", l->voided, o->tickets[index].voided[i]);
        return;
    }
    sim_violation(s, "TICKET", "%s line %u stands on a ticket where it does not belong",
                  o->order_id, l->line);
}

static void compare_ticket(struct sim *s, const struct model_order *o, const struct ticket *k)
{
    int index;
    const struct model_ticket *m = ticket_of(o, k, &index);
    if (!m) {
        sim_violation(s, "TICKET", "%s has a ticket %.*s/%u that is not due", o->order_id,
                      (int)k->station.n, k->station.p, k->round);
        return;
    }
    order_differs(s, "TICKET", o, 0, "ticket state", (int64_t)k->state, (int64_t)m->state);
    order_differs(s, "TICKET", o, 0, "started ticket", k->was_started, m->started);
    order_differs(s, "TICKET", o, 0, "lines on a ticket", k->n_lines, lines_on(o, index));
    for (uint16_t i = 0; i < k->n_lines && !s->broken; i++)
        compare_ticket_line(s, o, index, &k->lines[i]);
}

static void compare_tickets(struct sim *s, struct txn *txn, const struct model_order *o,
                            uint64_t order_no, struct arena *arena)
{
    int there = 0, due = 0;
    struct key from = key_u64(order_no);
    struct scan scan = scan_begin(txn, TABLE_TICKET, key_bytes(&from), false);
    while (scan_next(&scan) && key_get_u64(scan.key.p) == order_no) {
        struct ticket k;
        there++;
        if (ticket_unpack(scan.value, arena, &k))
            compare_ticket(s, o, &k);
    }
    scan_end(&scan);
    for (int i = 0; i < o->n_tickets; i++)
        due += !o->tickets[i].dropped;
    order_differs(s, "TICKET", o, 0, "tickets", there, due);
}

void compare_order(struct sim *s, struct txn *txn, const struct model_order *o)
{
    struct arena arena;
    struct order found;
    arena_init(&arena, ORDER_ARENA);
    if (order_find(txn, str_of(o->order_id), &arena, &found)) {
        for (int i = 0; i < o->n_lines && !s->broken; i++)
            compare_line(s, o, &o->lines[i], &found);
        compare_heading(s, o, &found);
        compare_tickets(s, txn, o, found.no, &arena);
    } else {
        sim_violation(s, "P3", "%s is not in the store", o->order_id);
    }
    arena_free(&arena);
}
