/* What really happened, told by what people and sides did and not by any row: sums of both sides at
 * each of their positions, counts with what they had seen, and the orders of the store.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/line/line.h"

#define EXPIRY_MS       (900 * SECOND_MS)
#define KIOSK_EXPIRY_MS (300 * SECOND_MS)

void *truth_grow(void *list, uint32_t n, uint32_t *cap, size_t size)
{
    if (n < *cap)
        return list;
    *cap = *cap ? 2 * *cap : 64;
    list = realloc(list, *cap * size);
    if (!list)
        abort();
    return list;
}

/* ---- sums ---- */

static int64_t last_sum(const struct points *p)
{
    return p->n ? p->list[p->n - 1].sum_t : 0;
}

static void add_point(struct points *p, struct position at, uint64_t ver, int64_t q_t)
{
    p->list = truth_grow(p->list, p->n, &p->cap, sizeof *p->list);
    p->list[p->n] = (struct point){at, ver, last_sum(p) + q_t};
    p->n++;
}

int64_t truth_hub_sum(const struct row_truth *r)
{
    return last_sum(&r->hub);
}

int64_t truth_hub_sum_at(const struct row_truth *r, struct position at)
{
    uint32_t n = r->hub.n;
    while (n > 0 && position_cmp(r->hub.list[n - 1].at, at) > 0)
        n--;
    return n ? r->hub.list[n - 1].sum_t : 0;
}

int64_t truth_center_sum(const struct row_truth *r)
{
    return last_sum(&r->center);
}

int64_t truth_center_sum_at(const struct row_truth *r, uint64_t ver)
{
    uint32_t n = r->center.n;
    while (n > 0 && r->center.list[n - 1].ver > ver)
        n--;
    return n ? r->center.list[n - 1].sum_t : 0;
}

void truth_center_moved(struct world *w, int item, int64_t q_t, uint64_t ver)
{
    add_point(&w->truth.rows[item].center, (struct position){0, 0}, ver, q_t);
}

void truth_moved(struct world *w, int item, int64_t q_t, struct position at)
{
    struct row_truth *r = &w->truth.rows[item];
    r->box_h_t += q_t;
    if (!w->stray) {
        add_point(&r->hub, at, 0, q_t);
        return;
    }
    struct truth *t = &w->truth;
    t->strays = truth_grow(t->strays, t->n_strays, &t->cap_strays, sizeof *t->strays);
    struct stray *s = &t->strays[t->n_strays++];
    *s = (struct stray){at, item, q_t, r->strict, ""};
    memcpy(s->gen, r->strict_gen, sizeof s->gen);
}

/* ---- counts ---- */

static void add_count(struct row_truth *r, const struct count *c)
{
    r->counts.list = truth_grow(r->counts.list, r->counts.n, &r->counts.cap, sizeof *c);
    r->counts.list[r->counts.n++] = *c;
}

void truth_center_counted(struct world *w, int item, int64_t q_t, uint64_t ver, uint64_t number)
{
    struct row_truth *r = &w->truth.rows[item];
    const struct stock_row *row = &w->center.s.rows[item];
    add_count(r, &(struct count){.ver = ver,
                                 .number = number,
                                 .value_t = q_t,
                                 .seen_h_t = row->h_t,
                                 .seen_c_t = truth_center_sum(r),
                                 .saw_at = row->h_at,
                                 .center_epoch = w->center.center_epoch});
}

static void box_counted(struct world *w, int item, int64_t q_t)
{
    struct row_truth *r = &w->truth.rows[item];
    struct stock_row row;
    struct txn *txn = box_look(w);
    stock_load(txn, item_object(item), &row);
    txn_abort(txn);
    if (w->stray)
        return;
    add_count(r, &(struct count){.by_hub = true,
                                 .at = row.base_op,
                                 .value_t = q_t,
                                 .seen_h_t = r->box_h_t,
                                 .seen_c_t = row.c_t,
                                 .saw_ver = w->failed_over ? 0 : row.c_ver,
                                 .center_epoch = w->center.center_epoch});
}

static void drop_count(struct counts *c, uint32_t i)
{
    memmove(&c->list[i], &c->list[i + 1], (--c->n - i) * sizeof *c->list);
}

void truth_void_count(struct world *w, struct position at)
{
    for (int item = 0; item < ITEMS; item++) {
        struct counts *c = &w->truth.rows[item].counts;
        for (uint32_t i = 0; i < c->n; i++)
            if (c->list[i].by_hub && position_cmp(c->list[i].at, at) == 0)
                drop_count(c, i--);
    }
}

static const struct count *last_count(const struct counts *c, bool by_hub)
{
    for (uint32_t i = c->n; i > 0; i--)
        if (c->list[i - 1].by_hub == by_hub)
            return &c->list[i - 1];
    return NULL;
}

static bool has_id(const struct count *c, struct str id)
{
    char text[48];
    int n = c->by_hub ? snprintf(text, sizeof text, "S:%u.%llu", c->at.epoch,
                                 (unsigned long long)c->at.seq)
                      : snprintf(text, sizeof text, "C:%llu", (unsigned long long)c->number);
    return str_eq(id, (struct str){text, (size_t)n});
}

/* A count is never beaten by one that it had seen. */
static bool had_seen(const struct count *later, const struct count *earlier)
{
    if (!later->by_hub)
        return position_cmp(later->saw_at, earlier->at) >= 0;
    if (later->center_epoch != earlier->center_epoch || later->saw_ver == 0)
        return later->saw_ver > 0 && later->center_epoch > earlier->center_epoch;
    return later->saw_ver >= earlier->ver;
}

/* Of a restore, or of the count after a takeover; a cut that is not known yet cannot be told. */
static bool real_of_cut(struct world *w, int item, const struct cut *c, int64_t *real_t)
{
    const struct row_truth *r = &w->truth.rows[item];
    const struct stock_row *row = &w->center.s.rows[item];
    *real_t = c->hub && c->center ? row->base_t + truth_hub_sum(r) - c->h_t + truth_center_sum(r) -
                                        c->c_t - row->presumed_t
                                  : stock_real(row);
    return true;
}

bool truth_real(struct world *w, int item, struct str base_id, int64_t *real_t)
{
    const struct row_truth *r = &w->truth.rows[item];
    for (int i = 0; i < r->n_cuts; i++)
        if (str_eq(base_id, str_of(r->cuts[i].id)))
            return real_of_cut(w, item, &r->cuts[i], real_t);
    for (int hub = 0; hub < 2; hub++) {
        const struct count *c = last_count(&r->counts, hub), *other = last_count(&r->counts, !hub);
        if (!c || !has_id(c, base_id))
            continue;
        *real_t = c->value_t + truth_hub_sum(r) - c->seen_h_t + truth_center_sum(r) - c->seen_c_t;
        *real_t -= w->center.s.rows[item].presumed_t;
        return !other || !had_seen(other, c);
    }
    return false;
}

/* ---- orders ---- */

static void locks(struct world *w, const struct sale *s, int sign)
{
    for (int i = 0; i < s->n; i++)
        w->truth.rows[s->item[i]].locked_t += sign * s->q_t[i];
}

/* Of this generation: it takes, or gives back. */
static void uses(struct world *w, const struct sale *s, int line, int64_t q_t)
{
    struct row_truth *r = &w->truth.rows[s->item[line]];
    r->used_t[s->kiosk ? HUB_KIOSK : HUB_POS] += q_t;
    strict_hub(w, s->item[line], -q_t, 0);
}

static bool is_old(const struct world *w, const struct sale *s, int line)
{
    return s->gen[line] != w->truth.rows[s->item[line]].gen_n;
}

static void sells(struct world *w, const struct sale *s, struct position at)
{
    for (int i = 0; i < s->n; i++)
        truth_moved(w, s->item[i], -s->q_t[i], at);
}

/* The event that tells of what was done: what channels hold back may follow it. */
static struct position deed_at(struct world *w, const struct work *k)
{
    struct event e;
    struct position at = k->after;
    struct txn *txn = box_look(w);
    while (journal_read(txn, at, &e) && e.kind == EVENT_REBALANCE)
        at.seq--;
    txn_abort(txn);
    return at;
}

/* What a manager lets a sale take beyond the rights. */
static void overrides(struct world *w, const struct sale *s, const struct work *k)
{
    for (int i = 0; i < s->n; i++) {
        const struct stock_row *row = &k->rows[s->item[i]];
        bool none = row->presumed_t > 0 || w->stray; /* he has none */
        int64_t over_t = none ? s->q_t[i] : -rights_hub(row);
        if (!rights_strict(row) || over_t <= 0)
            continue;
        w->totals.overrides++;
        strict_hub(w, s->item[i], 0, over_t < s->q_t[i] ? over_t : s->q_t[i]);
    }
}

static void begins(struct world *w, const struct sale *s, const struct work *k)
{
    struct truth *t = &w->truth;
    t->sales = truth_grow(t->sales, t->n_sales, &t->cap_sales, sizeof *t->sales);
    struct sale *kept = &t->sales[t->n_sales++];
    *kept = *s;
    kept->placed_ms = w->now_ms;
    kept->life = w->box.life;
    kept->dim = k->command.clock_suspect || w->box.rtc_broken;
    w->totals.sales++;
    if (k->ask->override)
        overrides(w, s, k);
    for (int i = 0; i < s->n; i++) {
        kept->gen[i] = t->rows[s->item[i]].gen_n;
        uses(w, kept, i, s->q_t[i]);
    }
    if (s->state == SALE_PAID)
        sells(w, s, deed_at(w, k));
    else
        locks(w, s, 1);
}

static void pays(struct world *w, struct sale *s, const struct work *k)
{
    for (int i = 0; i < s->n && s->state == SALE_OVER; i++) { /* late: it takes once more */
        s->gen[i] = w->truth.rows[s->item[i]].gen_n;
        uses(w, s, i, s->q_t[i]);
    }
    if (s->state == SALE_LOCKED)
        locks(w, s, -1);
    sells(w, s, deed_at(w, k));
    s->state = SALE_PAID;
}

/* What an old generation has locked is gone from its stock either way. */
static void ends(struct world *w, struct sale *s, struct position at)
{
    if (s->state == SALE_LOCKED)
        locks(w, s, -1);
    for (int i = 0; i < s->n && s->state == SALE_LOCKED; i++)
        if (is_old(w, s, i))
            truth_moved(w, s->item[i], -s->q_t[i], at);
        else
            uses(w, s, i, -s->q_t[i]);
    s->state = SALE_OVER;
}

static void gives_back(struct world *w, struct sale *s, const struct ask *a, struct position at)
{
    s->back_t[0] += a->q_t;
    if (is_old(w, s, 0))
        return;
    truth_moved(w, s->item[0], a->q_t, at);
    uses(w, s, 0, -a->q_t);
}

static void moves(struct world *w, int item, int64_t q_t, struct position at)
{
    truth_moved(w, item, q_t, at);
    strict_hub(w, item, q_t, q_t < 0 ? -q_t : 0);
}

/* In STRICT a count is no new base, but for one that sets a limit; after a takeover it opens a
 * generation. */
static void counts(struct world *w, const struct ask *a, const struct work *k)
{
    char id[GEN_TEXT];
    const struct stock_row *row = &k->rows[a->item], *before = &k->rows_before[a->item];
    bool presumed = before->presumed_t > 0 && before->gen == row->gen;
    if (!rights_strict(row) || (before->type != STOCK_LIMITED && !presumed)) {
        box_counted(w, a->item, a->q_t);
    } else if (presumed) {
        box_counted(w, a->item, a->q_t);
        snprintf(id, sizeof id, "T:%u", k->after.epoch);
        strict_hub_opens(w, a->item, id, true);
    } else {
        moves(w, a->item, row->h_t - w->truth.rows[a->item].box_h_t, deed_at(w, k));
        if (stock_real(row) != a->q_t)
            violation(w, "P2", "item %d: counted %lld, real is %lld", a->item, (long long)a->q_t,
                      (long long)stock_real(row));
    }
}

static void deed(struct world *w, const struct ask *a, const struct work *k)
{
    struct sale *s = &w->truth.sales[a->sale];
    switch (a->deed) {
    case DEED_SELL:
    case DEED_PLACE:
        begins(w, &a->order, k);
        break;
    case DEED_PAY:
        pays(w, s, k);
        break;
    case DEED_CANCEL:
        ends(w, s, deed_at(w, k));
        break;
    case DEED_REFUND:
        gives_back(w, s, a, deed_at(w, k));
        break;
    case DEED_MOVE:
        moves(w, a->item, a->q_t, deed_at(w, k));
        break;
    case DEED_COUNT:
        counts(w, a, k);
        break;
    case DEED_PLAN:
        if (k->rows[a->item].type == STOCK_LIMITED && k->rows_before[a->item].type != STOCK_LIMITED)
            counts(w, a, k);
        break;
    case DEED_RETURN:
        w->totals.returns++;
        break;
    case DEED_NONE:
        break;
    }
}

/* Something came due by the wall clock, before the request. */
static bool was_due(const struct work *k)
{
    for (int i = 0; i < ITEMS; i++)
        if (k->rows[i].gen != k->rows_before[i].gen ||
            k->rows[i].released != k->rows_before[i].released)
            return true;
    return false;
}

/* A request has its effect once, however often it is repeated (P11). */
static void ask_done(struct world *w, struct ask *a, const struct work *k)
{
    bool effect = position_cmp(k->before, k->after) != 0 && !was_due(k);
    bool repeat = k->out.replayed || k->out.duplicate;
    trace(w, "box       %s: %d%s%s", a->text, (int)k->out.code, repeat ? " again" : "",
          effect ? "" : ", no event");
    if (effect && (a->done || repeat)) {
        violation(w, "P11", "%s was carried out again", a->req_id);
        return;
    }
    if (k->out.code == CODE_OK && !a->done && !repeat)
        deed(w, a, k);
    a->done = a->done || (k->out.code == CODE_OK && !repeat);
}

static enum order_state state_of(struct world *w, const char *id)
{
    struct arena arena;
    struct order o = {.state = ORDER_NONE};
    struct txn *txn = box_look(w);
    arena_init(&arena, 1 << 20);
    order_find(txn, str_of(id), &arena, &o);
    txn_abort(txn);
    arena_free(&arena);
    return o.state;
}

/* Only time that has passed makes an order expire (P12); across a restart the box cannot know. */
static void expire(struct world *w, struct position at)
{
    for (uint32_t i = 0; i < w->truth.n_sales; i++) {
        struct sale *s = &w->truth.sales[i];
        int64_t open_ms = w->now_ms - s->placed_ms;
        if (s->state != SALE_LOCKED || state_of(w, s->id) != ORDER_EXPIRED)
            continue;
        if (s->life == w->box.life &&
            open_ms < (s->kiosk ? KIOSK_EXPIRY_MS : EXPIRY_MS) - SECOND_MS)
            violation(w, "P12", "%s has expired after %lld ms", s->id, (long long)open_ms);
        trace(w, "box       %s expires", s->id);
        ends(w, s, at);
    }
}

/* By a clock that is so far from the time orders end at once, or ended long ago. */
static void dims(struct world *w, const struct work *k)
{
    int64_t off_ms = k->command.wall_ms - (START_AT_MS + w->now_ms);
    if (!k->no_command && (off_ms < -LIMIT_ORDER_AGE_MS / 4 || off_ms > LIMIT_ORDER_AGE_MS / 4))
        for (uint32_t i = 0; i < w->truth.n_sales; i++)
            w->truth.sales[i].dim = true;
}

/* ---- a claim ---- */

/* A count that the center has not judged is said again under the new epoch, as what it is now. */
static void said_again(struct world *w, int item, uint32_t epoch)
{
    struct stock_row row;
    struct txn *txn = box_look(w);
    stock_load(txn, item_object(item), &row);
    txn_abort(txn);
    if (row.base_op.epoch == epoch)
        add_count(&w->truth.rows[item], &(struct count){.by_hub = true,
                                                        .at = row.base_op,
                                                        .value_t = row.base_t,
                                                        .seen_h_t = row.base_h_t,
                                                        .seen_c_t = row.base_c_t,
                                                        .saw_ver = row.c_ver,
                                                        .center_epoch = w->center.center_epoch});
}

/* The box goes on from the center's sums. */
static void claimed(struct world *w, const struct work *k)
{
    if (k->out.code != CODE_OK)
        return;
    w->stray = w->failed_over = w->box.config.strict_closed = false;
    w->seen_applied = 0;
    if (k->forgets)
        w->truth.n_strays = 0;
    for (int item = 0; item < ITEMS; item++) {
        w->truth.rows[item].box_h_t = truth_hub_sum(&w->truth.rows[item]);
        said_again(w, item, k->command.claim->epoch);
    }
}

/* A count of the new epoch that the center knows has them in it. */
static bool is_covered(const struct world *w, const struct stray *s)
{
    const struct counts *c = &w->truth.rows[s->item].counts;
    struct position acked = {w->center.s.epoch, w->center.s.acked};
    for (uint32_t i = 0; i < c->n; i++)
        if (c->list[i].by_hub && c->list[i].at.epoch == acked.epoch &&
            position_cmp(c->list[i].at, acked) <= 0)
            return true;
    return false;
}

void truth_salvaged(struct world *w, struct position upto, int64_t moved_t[ITEMS])
{
    struct truth *t = &w->truth;
    uint32_t kept = 0;
    memset(moved_t, 0, ITEMS * sizeof *moved_t);
    for (uint32_t i = 0; i < t->n_strays; i++) {
        const struct stray s = t->strays[i];
        if (position_cmp(s.at, upto) > 0)
            t->strays[kept++] = s;
        else if (!is_covered(w, &s)) {
            moved_t[s.item] += s.q_t;
            if (s.q_t > 0 && !(s.strict && str_eq(str_of(s.gen), w->center.s.rows[s.item].gen_id)))
                strict_center(w, s.item, s.q_t); /* supply, in the generation that is now */
        }
    }
    t->n_strays = kept;
}

void truth_work(struct world *w, const struct work *k)
{
    truth_gens_left(w, k);
    if (k->command.verb == VERB_CENTER_CLAIM)
        claimed(w, k);
    truth_gens(w, k);
    if (k->ask)
        ask_done(w, k->ask, k);
    else if (k->command.verb == VERB_TIMERS)
        expire(w, k->after);
    dims(w, k);
}

/* ---- what is lost for ever ---- */

void truth_events_lost(struct world *w, struct position after)
{
    truth_restores_lost(w, after);
    for (int item = 0; item < ITEMS; item++) {
        struct row_truth *r = &w->truth.rows[item];
        while (r->hub.n && position_cmp(r->hub.list[r->hub.n - 1].at, after) > 0)
            r->hub.n--;
        for (uint32_t i = 0; i < r->counts.n; i++)
            if (r->counts.list[i].by_hub && position_cmp(r->counts.list[i].at, after) > 0)
                drop_count(&r->counts, i--);
    }
}

void truth_aside_lost(struct world *w)
{
    const struct center_state *s = &w->center.s;
    for (int item = 0; item < ITEMS; item++) {
        struct row_truth *r = &w->truth.rows[item];
        int64_t lost_t = s->rows[item].h_t - truth_hub_sum(r);
        if (lost_t)
            add_point(&r->hub, (struct position){s->epoch, s->acked}, 0, lost_t);
    }
}

void truth_center_lost(struct world *w, uint64_t after_ver)
{
    for (int item = 0; item < ITEMS; item++) {
        struct row_truth *r = &w->truth.rows[item];
        while (r->center.n && r->center.list[r->center.n - 1].ver > after_ver)
            r->center.n--;
        for (uint32_t i = 0; i < r->counts.n; i++)
            if (!r->counts.list[i].by_hub && r->counts.list[i].ver > after_ver)
                drop_count(&r->counts, i--);
    }
}

/* ---- copies ---- */

/* What the box's row must say. */
void truth_copy_box(struct row_truth *to, const struct row_truth *from)
{
    to->box_h_t = from->box_h_t;
    to->locked_t = from->locked_t;
    memcpy(to->gen, from->gen, sizeof to->gen);
    to->gen_n = from->gen_n;
    memcpy(to->used_t, from->used_t, sizeof to->used_t);
    to->strict = from->strict;
    memcpy(to->strict_gen, from->strict_gen, sizeof to->strict_gen);
}

/* Of the orders, and of what the box's rows say. */
void truth_copy(struct truth *to, const struct truth *from)
{
    to->sales = realloc(to->sales, (from->n_sales + 1) * sizeof *to->sales);
    if (!to->sales)
        abort();
    if (from->n_sales)
        memcpy(to->sales, from->sales, from->n_sales * sizeof *to->sales);
    to->n_sales = from->n_sales;
    to->cap_sales = from->n_sales + 1;
    for (int i = 0; i < ITEMS; i++) {
        truth_copy_box(&to->rows[i], &from->rows[i]);
    }
}

/* The last sums say all that is before them. */
static void prune_points(struct points *p)
{
    if (p->n > 1)
        p->list[0] = p->list[p->n - 1];
    p->n = p->n > 0;
}

static void prune_counts(struct counts *c)
{
    const struct count *hub = last_count(c, true), *center = last_count(c, false);
    struct count kept[2];
    uint32_t n = 0;
    if (hub)
        kept[n++] = *hub;
    if (center)
        kept[n++] = *center;
    memcpy(c->list, kept, n * sizeof *kept);
    c->n = n;
}

#define OLD_SALES 100 /* that have ended, and can still be refunded */

static void prune_sales(struct truth *t)
{
    uint32_t kept = 0, n = t->n_sales;
    for (uint32_t i = 0; i < n; i++)
        if (t->sales[i].state == SALE_LOCKED || i + OLD_SALES >= n)
            t->sales[kept++] = t->sales[i];
    t->n_sales = kept;
}

void truth_prune(struct truth *t)
{
    for (int i = 0; i < ITEMS; i++) {
        struct row_truth *r = &t->rows[i];
        prune_points(&r->hub);
        prune_points(&r->center);
        if (r->counts.n > 2)
            prune_counts(&r->counts);
    }
    prune_sales(t);
}

void truth_free(struct truth *t)
{
    for (int i = 0; i < ITEMS; i++) {
        free(t->rows[i].hub.list);
        free(t->rows[i].center.list);
        free(t->rows[i].counts.list);
    }
    free(t->sales);
    free(t->strays);
    free(t->restored);
    free(t->due);
    free(t->cmds);
}
