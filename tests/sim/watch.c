/* The journal, read as the center will: gapless, its clock rising, each row's values a chain, each
 * line counted once.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/crypto.h"
#include "tests/sim/sim.h"

/* ---- what stands in a body ---- */

static int64_t number(const struct json *object, const char *key)
{
    int64_t v = 0;
    const struct json *found = json_get(object, key);
    if (found)
        json_integer(found, &v);
    return v;
}

static struct str text(const struct json *object, const char *key)
{
    const struct json *found = json_get(object, key);
    return found && json_kind(found) == JSON_STRING ? json_string(found) : STR("");
}

static int row_of(int64_t type, int64_t id)
{
    for (int r = 0; r < ROW_COUNT; r++)
        if (row_object(r).id == id && (int64_t)row_object(r).type == type)
            return r;
    return -1;
}

/* ---- lines ---- */

static struct line_count *line_slot(struct judge *j, uint64_t key)
{
    for (size_t i = (size_t)(key % j->cap_lines);; i = (i + 1) % j->cap_lines)
        if (j->lines[i].key == key || j->lines[i].key == 0)
            return &j->lines[i];
}

static void lines_grow(struct judge *j)
{
    struct judge old = *j;
    if (j->cap_lines && j->n_lines < j->cap_lines / 2)
        return;
    j->cap_lines = j->cap_lines ? 2 * j->cap_lines : 1024;
    j->lines = calloc(j->cap_lines, sizeof *j->lines);
    if (!j->lines)
        abort();
    for (size_t i = 0; i < old.cap_lines; i++)
        if (old.lines[i].key)
            *line_slot(j, old.lines[i].key) = old.lines[i];
    free(old.lines);
}

static struct line_count *line_of(struct judge *j, struct str order_id, int64_t line)
{
    uint8_t hash[SHA256_BYTES];
    struct sha256 h;
    sha256_begin(&h);
    sha256_add(&h, order_id.p, order_id.n);
    sha256_add(&h, &line, sizeof line);
    sha256_end(&h, hash);
    lines_grow(j);
    struct line_count *slot = line_slot(j, key_get_u64(hash));
    j->n_lines += slot->key == 0;
    slot->key = key_get_u64(hash);
    return slot;
}

/* ---- movements ---- */

struct moved {
    int row;
    int64_t q_t, real_b_t, real_a_t, lock_b_t, lock_a_t, h_t, lh_t;
};

static bool moved_read(const struct json *v, struct moved *m)
{
    m->row = row_of(number(v, "object_type"), number(v, "object_id"));
    m->q_t = number(v, "q_t");
    m->real_b_t = number(v, "real_b");
    m->real_a_t = number(v, "real_a");
    m->lock_b_t = number(v, "lk_b");
    m->lock_a_t = number(v, "lk_a");
    m->h_t = number(v, "H");
    m->lh_t = number(v, "Lh");
    return m->row >= 0;
}

/* What H may do in an event of this kind (sync-protocol 3.2). */
static bool h_is_legal(enum event_kind kind, const struct moved *m, int64_t dh_t)
{
    switch ((unsigned)kind) {
    case EVENT_ORDER_LOCK:
    case EVENT_STOCK_SET:
    case EVENT_CENTER_ROW:
    case EVENT_ROW_STATE:
    case EVENT_RESTORE:
        return dh_t == 0;
    case EVENT_ORDER_UNLOCK:
    case EVENT_ORDER_DEDUCT:
        return dh_t == 0 || dh_t == -m->q_t;
    case EVENT_ORDER_SELL:
        return dh_t == -m->q_t;
    case EVENT_ORDER_REFUND:
    case EVENT_STOCK_ADJUST:
        return dh_t == m->q_t;
    default:
        return false;
    }
}

static void watch_movement(struct sim *s, const struct event *e, const struct moved *m)
{
    struct row_trail *t = &s->judge.rows[m->row];
    long long id = (long long)row_object(m->row).id, seq = (long long)e->at.seq;
    int64_t dh_t = m->h_t - t->h_t;
    if (m->real_b_t != t->real_t || m->lock_b_t != t->locked_t)
        sim_violation(s, "I6",
                      "event %lld, %lld: before is real %lld locked %lld, but was %lld %lld", seq,
                      id, (long long)m->real_b_t, (long long)m->lock_b_t, (long long)t->real_t,
                      (long long)t->locked_t);
    bool of_store = e->kind != EVENT_CENTER_ROW;
    bool counts = e->kind == EVENT_STOCK_SET || e->kind == EVENT_RESTORE;
    if (!h_is_legal(e->kind, m, dh_t) || (of_store && !counts && dh_t != m->real_a_t - m->real_b_t))
        sim_violation(s, "P2", "event %lld %s, %lld: H moved by %lld, real by %lld, quantity %lld",
                      seq, event_kind_name(e->kind), id, (long long)dh_t,
                      (long long)(m->real_a_t - m->real_b_t), (long long)m->q_t);
    if (m->lh_t - t->lh_t != (of_store ? m->lock_a_t - m->lock_b_t : 0))
        sim_violation(s, "I7", "event %lld, %lld: Lh moved by %lld, locked by %lld", seq, id,
                      (long long)(m->lh_t - t->lh_t), (long long)(m->lock_a_t - m->lock_b_t));
    *t = (struct row_trail){true, m->real_a_t, m->lock_a_t, m->h_t, m->lh_t};
}

static int item_of(struct sim *s, struct str order_id, uint32_t line)
{
    struct model_order *o = model_order(&s->model, order_id.p, order_id.n);
    const struct model_line *l = o ? model_line(o, line) : NULL;
    return l ? (int)l->want.item : -1;
}

/* The movement of the item's own row counts the line. */
static void watch_line(struct sim *s, const struct event *e, struct str order_id,
                       const struct json *line)
{
    struct line_count *count = line_of(&s->judge, order_id, number(line, "line"));
    const int own_row = item_of(s, order_id, (uint32_t)number(line, "line"));
    const struct json *eff = json_get(line, "eff");
    for (const struct json *v = eff ? json_first(eff) : NULL; v; v = json_next(v)) {
        struct moved m;
        if (!moved_read(v, &m))
            continue;
        watch_movement(s, e, &m);
        if (m.row != own_row)
            continue;
        count->locked_t += m.lock_a_t - m.lock_b_t;
        count->taken_t += m.real_b_t - m.real_a_t;
    }
}

static void watch_body(struct sim *s, const struct event *e)
{
    struct moved m;
    struct json *body = json_parse(e->body.p, e->body.n, &JSON_IMPORT, NULL);
    if (!body) {
        sim_violation(s, "CHAIN", "event %llu has no body", (unsigned long long)e->at.seq);
        return;
    }
    const struct json *lines = json_get(body, "lines"), *eff = json_get(body, "eff");
    bool is_order = text(body, "order_id").n > 0;
    for (const struct json *v = lines && is_order ? json_first(lines) : NULL; v; v = json_next(v))
        watch_line(s, e, text(body, "order_id"), v);
    for (const struct json *v = eff ? json_first(eff) : NULL; v; v = json_next(v))
        if (moved_read(v, &m))
            watch_movement(s, e, &m);
    json_free(body);
}

bool watch_restore(const struct event *e, int *row, int64_t *due_ms)
{
    struct json *body =
        e->kind == EVENT_RESTORE ? json_parse(e->body.p, e->body.n, &JSON_IMPORT, NULL) : NULL;
    if (!body)
        return false;
    *row = row_of(number(body, "object_type"), number(body, "object_id"));
    *due_ms = number(body, "due_at_ms");
    json_free(body);
    return true;
}

/* ---- events ---- */

static void watch_event(struct sim *s, const struct event *e)
{
    struct judge *j = &s->judge;
    if (hlc_cmp(e->hlc, j->hlc) <= 0)
        sim_violation(s, "P8", "event %llu: the clock went back from %lld.%u to %lld.%u",
                      (unsigned long long)e->at.seq, (long long)j->hlc.l_ms, j->hlc.c,
                      (long long)e->hlc.l_ms, e->hlc.c);
    j->hlc = e->hlc;
    watch_body(s, e);
}

/* H in the row is H in the row's last event. */
static void watch_rows(struct sim *s, struct txn *txn)
{
    for (int r = 0; r < ROW_COUNT; r++) {
        const struct row_trail *t = &s->judge.rows[r];
        struct stock_row row;
        stock_load(txn, row_object(r), &row);
        if (t->known && (row.h_t != t->h_t || row.lh_t != t->lh_t))
            sim_violation(s, "I7", "%lld: the row has H %lld Lh %lld, its last event %lld %lld",
                          (long long)row_object(r).id, (long long)row.h_t, (long long)row.lh_t,
                          (long long)t->h_t, (long long)t->lh_t);
    }
}

void watch_journal(struct sim *s, struct txn *txn)
{
    struct judge *j = &s->judge;
    struct position from = j->next;
    struct journal_verdict v = {.ok = true};
    struct event e;
    while (journal_verify_slice(txn, &s->hub.config.identity, &j->next, j->tail, 1000, &v))
        ;
    if (!v.ok)
        sim_violation(s, "CHAIN", "%s", v.why);
    struct journal_scan scan = journal_scan_begin(txn, from, false);
    while (!s->broken && journal_scan_next(&scan, &e))
        watch_event(s, &e);
    journal_scan_end(&scan);
    watch_rows(s, txn);
}

void watch_lines(struct sim *s)
{
    for (uint32_t i = 0; i < s->model.n_orders; i++) {
        const struct model_order *o = s->model.orders[i];
        for (int k = 0; k < o->n_lines && !o->online; k++) {
            const struct model_line *l = &o->lines[k];
            const struct line_count *n =
                line_of(&s->judge, str_of(o->order_id), (int64_t)l->want.line);
            int64_t locked_t = l->held == HELD_LOCKED ? l->held_t : 0;
            if (n->locked_t != locked_t || n->taken_t != l->taken_t)
                sim_violation(s, "P2",
                              "%s line %u: the journal has %lld locked %lld taken, not %lld %lld",
                              o->order_id, l->want.line, (long long)n->locked_t,
                              (long long)n->taken_t, (long long)locked_t, (long long)l->taken_t);
        }
    }
}
