/* The happy path: a timer on the wall clock is due, its row is restored in the same transaction
 * before whatever command came, and the timer moves to the next due time.
 * What can fail: the clock. Due times are derived from the schedule and compared with the last one
 * done, so a clock that goes back and forth runs none twice; one that was wild for years is found
 * out (RESTORE_AHEAD_MS). A damaged row is put off, so that it stops nobody else's restore.
 */
#include "edge/books/restore.h"

#include <assert.h>

#include "edge/books/arrival.h"
#include "proto/rights.h"
#include "storage/peek.h"
#include "storage/timers.h"

#define DAY_MINUTES 1440
#define PUT_OFF_MS  (3600 * 1000) /* the row's record is damaged; it may be mended by then */

/* ---- when ---- */

struct schedule row_schedule(const struct stock_row *r)
{
    bool runs = r->auto_restore == 1 && r->restore_at_ms > 0;
    return (struct schedule){runs ? r->restore_at_ms : 0, r->repeat == 1};
}

static bool is_wild(int64_t at_ms, int64_t latest_ms)
{
    return at_ms > latest_ms + RESTORE_AHEAD_MS;
}

static int64_t later_of(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* What the center has done too was no wild clock's. Where that is further ahead than this one, it
 * is this one that is behind, and does not know it yet. */
int64_t row_restored_ms(const struct stock_row *r, int64_t latest_ms)
{
    if (r->restored_ms <= r->agreed_ms || !is_wild(r->restored_ms, latest_ms))
        return r->restored_ms;
    int64_t done_ms = is_wild(r->sure_ms, latest_ms) ? r->agreed_ms : r->sure_ms;
    return later_of(latest_ms, done_ms);
}

int64_t wall_latest_ms(int64_t wall_ms, int64_t wall_lead_ms)
{
    return wall_ms - (wall_lead_ms < 0 ? wall_lead_ms : 0);
}

int64_t turn_latest_ms(const struct turn *t)
{
    return wall_latest_ms(t->c->wall_ms, t->b->j.head.wall_lead_ms);
}

static int64_t restore_next(const struct stock_row *r, const struct zone *zone, int64_t latest_ms)
{
    struct schedule s = row_schedule(r);
    return s.first_ms ? due_next(&s, zone, row_restored_ms(r, latest_ms)) : 0;
}

static int64_t next_restore(const struct turn *t, const struct stock_row *r)
{
    return restore_next(r, turn_zone(t), turn_latest_ms(t));
}

struct stock_times stock_times_at(const struct stock_row *r, const struct zone *zone,
                                  int64_t wall_ms)
{
    const struct zone *z = zone && zone->offset_s ? zone : &ZONE_UTC;
    int64_t local_ms = r->release_at_ms + (int64_t)z->offset_s(z->ctx, r->release_at_ms) * 1000;
    return (struct stock_times){.restore_ms = restore_next(r, z, wall_ms),
                                .release_min = (uint32_t)(local_ms / 60000 % DAY_MINUTES)};
}

static int64_t next_release(const struct turn *t, const struct stock_row *r, int64_t after_ms)
{
    struct schedule s = {r->release_at_ms, true};
    return s.first_ms > 0 && !r->released ? due_next(&s, turn_zone(t), after_ms) : 0;
}

/* A generation that opens late is released at the times that have passed since its due time too. */
static int64_t release_after(const struct turn *t, const struct stock_row *before,
                             const struct stock_row *r)
{
    bool restored = r->gen != before->gen && restore_ms(r->gen_id) >= 0;
    return restored ? row_restored_ms(r, turn_latest_ms(t)) : t->c->wall_ms;
}

static bool schedule_differs(const struct stock_row *a, const struct stock_row *b)
{
    struct schedule x = row_schedule(a), y = row_schedule(b);
    return x.first_ms != y.first_ms || x.daily != y.daily || a->restored_ms != b->restored_ms ||
           a->gen != b->gen || a->mode_in_force != b->mode_in_force;
}

static bool release_differs(const struct stock_row *a, const struct stock_row *b)
{
    return a->release_at_ms != b->release_at_ms || a->released != b->released || a->gen != b->gen;
}

static int64_t rebalance_ms(const struct stock_row *r)
{
    if (r->type != STOCK_LIMITED || r->policy != POLICY_WEIGHTED_SOFT)
        return 0;
    return (int64_t)(r->rebalance_s ? r->rebalance_s : REBALANCE_S) * 1000;
}

void row_timers_arm(struct turn *t, const struct stock_row *before, const struct stock_row *after)
{
    uint64_t id = timer_object_id(after->object);
    struct txn *txn = t->b->txn;
    int64_t span_ms = rebalance_ms(after);
    if (schedule_differs(before, after))
        timer_set(txn, next_restore(t, after), TIMER_RESTORE, id);
    if (release_differs(before, after))
        timer_set(txn, next_release(t, after, release_after(t, before, after)), TIMER_RELEASE, id);
    if (rebalance_ms(before) != span_ms)
        timer_set(txn, span_ms ? t->c->uptime_ms + span_ms : 0, TIMER_REBALANCE, id);
}

/* ---- the event ---- */

/* The counters after it, as an entry of ROW_STATE. */
static void effect_body(struct jw *w, const struct stock_row *before, const struct stock_row *r)
{
    jw_karray(w, "eff");
    jw_open(w, '{');
    jw_kint(w, "H", r->h_t);
    jw_kint(w, "Lh", r->lh_t);
    jw_kint(w, "Xr", r->xr_t);
    if (r->cmd_done)
        jw_kint(w, "cmd_done", (int64_t)r->cmd_done);
    jw_kint(w, "lk_a", stock_locked(r));
    jw_kint(w, "lk_b", stock_locked(before));
    jw_kint(w, "object_id", r->object.id);
    jw_kint(w, "object_type", (int64_t)r->object.type);
    jw_kint(w, "q_t", 0);
    jw_kint(w, "real_a", stock_real(r));
    jw_kint(w, "real_b", stock_real(before));
    body_used(w, r);
    jw_close(w, '}');
    jw_close(w, ']');
}

/* The cut as made here, also where a count that was later than the due time stays the base. */
static void cut_body(struct jw *w, const struct stock_row *before, const struct stock_row *r,
                     int64_t plan_t)
{
    jw_kobject(w, "base");
    jw_kint(w, "c", before->c_t - before->lc_t);
    jw_kint(w, "h", before->h_t - before->lh_t);
    jw_kstring(w, "id", r->gen_id);
    jw_kint(w, "v_t", plan_t);
    jw_close(w, '}');
}

static void restore_body(struct jw *w, const struct stock_row *before, const struct stock_row *r,
                         uint64_t offer)
{
    bool strict = rights_strict(r);
    jw_open(w, '{');
    cut_body(w, before, r, strict ? r->base_t : r->plan_t);
    jw_kstring(w, "device", STR("hub"));
    jw_kint(w, "due_at_ms", restore_ms(r->gen_id));
    effect_body(w, before, r);
    if (strict)
        jw_kint(w, "hub_t", r->gr_t);
    jw_kint(w, "object_id", r->object.id);
    jw_kint(w, "object_type", (int64_t)r->object.type);
    if (strict)
        jw_kint(w, "offer", (int64_t)offer);
    jw_kint(w, "plan_t", r->plan_t);
    body_stamp(w, r->plan_stamp);
    jw_close(w, '}');
}

static void say_restore(struct turn *t, const struct stock_row *before, const struct stock_row *r,
                        uint64_t offer)
{
    char body[2048];
    struct jw w;
    jw_init(&w, body, sizeof body);
    restore_body(&w, before, r, offer);
    assert(jw_ok(&w));
    t->out->at = journal_append(&t->b->j, EVENT_RESTORE, t->c->wall_ms, jw_text(&w));
}

/* ---- the restore ---- */

/* What a wild clock has written must not stand against restores until that day comes, and neither
 * a restore of a later due time, which does not count any more. */
static void doubt_stamp(struct stamp *s, int64_t due_ms, int64_t latest_ms)
{
    if (is_wild(s->l_ms, latest_ms) || (s->origin == ORIGIN_TIMER && s->l_ms > due_ms))
        *s = (struct stamp){0, 0, s->origin};
}

void row_restore(struct turn *t, struct touched *row, int64_t due_ms)
{
    struct stock_row *r = &row->row, before = row->row;
    char id[RESTORE_ID];
    size_t n = restore_id(due_ms, id);
    doubt_stamp(&r->base_stamp, due_ms, turn_latest_ms(t));
    doubt_stamp(&r->status_stamp, due_ms, turn_latest_ms(t));
    struct str kept = arena_str(t->scratch, (struct str){id, n});
    uint64_t offer = restore_hub(r, due_ms, kept, turn_event_to_be(t));
    if (!clock_doubted(t->c->clock_suspect, t->c->wall_lead_ms))
        r->sure_ms = due_ms;
    say_restore(t, &before, r, offer);
    row_shares_follow(t, row, &before);
    r->h_at = t->out->at;
    row_timers_arm(t, &before, r);
    turn_save_row(t, r, t->out->at);
    row->changed = false;
}

/* ---- what is due ---- */

bool clock_doubted(bool suspect, int64_t wall_lead_ms)
{
    return suspect || wall_lead_ms > RESTORE_AHEAD_MS;
}

static void find_out_wild(struct turn *t, struct stock_row *r)
{
    int64_t restored_ms = row_restored_ms(r, turn_latest_ms(t));
    if (restored_ms == r->restored_ms)
        return;
    r->restored_ms = restored_ms;
    turn_keep_row(t, r);
}

/* In STRICT: the center might not follow this clock; or the row is in a generation by a clock that
 * was found out, and it may follow that one yet. Then an earlier time's rights come on top. */
static bool restore_waits(const struct turn *t, const struct stock_row *r)
{
    bool unsure = restore_ms(r->gen_id) > r->restored_ms;
    return rights_strict(r) && (unsure || clock_doubted(t->c->clock_suspect, t->c->wall_lead_ms));
}

static void restore_due(struct turn *t, struct touched *row, uint64_t id)
{
    const struct stock_row *r = &row->row;
    int64_t now_ms = t->c->wall_ms;
    find_out_wild(t, &row->row);
    struct schedule s = row_schedule(r);
    int64_t due_ms = due_latest(&s, turn_zone(t), now_ms);
    if (due_ms <= row_restored_ms(r, turn_latest_ms(t)))
        timer_set(t->b->txn, next_restore(t, r), TIMER_RESTORE, id);
    else if (restore_waits(t, r))
        timer_set(t->b->txn, now_ms + RESTORE_DOUBT_MS, TIMER_RESTORE, id);
    else
        row_restore(t, row, due_ms);
}

/* In scratch memory; a damaged one reads as none. */
static bool row_copy(struct turn *t, struct object object, struct stock_row *out)
{
    struct key key = stock_key(object);
    struct bytes value;
    if (!txn_peek(t->b->txn, TABLE_STOCK, key_bytes(&key), &value))
        return false;
    struct str copy = arena_str(t->scratch, (struct str){value.p, value.n});
    return stock_unpack((struct bytes){copy.p, copy.n}, out);
}

static struct touched *row_for_timer(struct turn *t, struct object object)
{
    struct touched *row = arena_alloc(t->scratch, sizeof *row);
    return row && row_copy(t, object, &row->row) ? row : NULL;
}

static void run_one(struct turn *t, const struct timer *due)
{
    struct txn *txn = t->b->txn;
    timer_disarm(txn, due->deadline_ms, due->kind, due->id);
    struct touched *row = row_for_timer(t, timer_object(due->id));
    if (!row)
        timer_set(txn, t->c->wall_ms + PUT_OFF_MS, due->kind, due->id);
    else if (due->kind == TIMER_RESTORE)
        restore_due(t, row, due->id);
    else
        row_release_due(t, row);
}

/* ---- the clock went back ---- */

static bool has_wall_timer(struct turn *t, const struct stock_row *r)
{
    (void)t;
    return row_schedule(r).first_ms > 0 || r->release_at_ms > 0;
}

static void rearm_row(struct turn *t, struct stock_row *r)
{
    uint64_t id = timer_object_id(r->object);
    int64_t release_ms = next_release(t, r, t->c->wall_ms);
    int64_t set_ms = timer_set_for(t->b->txn, TIMER_RELEASE, id);
    find_out_wild(t, r);
    timer_set(t->b->txn, next_restore(t, r), TIMER_RESTORE, id);
    if (set_ms > release_ms || (set_ms == 0 && release_ms > 0))
        timer_set(t->b->txn, release_ms, TIMER_RELEASE, id);
}

static void rearm(struct turn *t)
{
    size_t n;
    struct object *list = rows_noted(t, has_wall_timer, &n);
    struct arena *scratch = t->scratch, row_memory;
    arena_init(&row_memory, 4 * STOCK_BYTES);
    t->scratch = &row_memory;
    for (size_t i = 0; i < n; i++) {
        struct stock_row r;
        arena_reset(&row_memory);
        if (row_copy(t, list[i], &r))
            rearm_row(t, &r);
    }
    arena_free(&row_memory);
    t->scratch = scratch;
}

void books_rearm(struct books *b, int64_t wall_ms)
{
    struct command c = {.verb = VERB_TIMERS, .wall_ms = wall_ms};
    struct turn t = {.b = b, .c = &c, .scratch = b->scratch};
    arena_reset(b->scratch);
    rearm(&t);
}

void wall_timers_run(struct books *b, const struct command *c, struct outcome *out)
{
    struct timer due;
    while (txn_error(b->txn) == PH_OK && timer_due(b->txn, TIMERS_WALL, c->wall_ms, &due)) {
        struct turn t = {.b = b, .c = c, .out = out, .scratch = b->scratch};
        arena_reset(b->scratch);
        run_one(&t, &due);
    }
    out->at = (struct position){0, 0};
}

void rebalance_timer(struct turn *t, uint64_t id)
{
    struct touched *row = row_for_timer(t, timer_object(id));
    int64_t span_ms = row ? rebalance_ms(&row->row) : PUT_OFF_MS;
    timer_set(t->b->txn, span_ms ? t->c->uptime_ms + span_ms : 0, TIMER_REBALANCE, id);
    if (row)
        row_rebalance_due(t, row);
}
