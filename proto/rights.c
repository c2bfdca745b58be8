#include "proto/rights.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "proto/apportion.h"

static int64_t min_t(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t max_t(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Of what is not below 0. */
static int64_t down_to_step(int64_t v_t, int64_t step_t)
{
    return v_t - v_t % step_t;
}

static int64_t up_to_step(int64_t v_t, int64_t step_t)
{
    return down_to_step(v_t + step_t - 1, step_t);
}

int64_t rights_hub(const struct stock_row *r)
{
    return r->gr_t - r->xr_t + (r->h_t - r->base_h_t) - r->lh_t - r->presumed_t;
}

int64_t rights_center(const struct stock_row *r)
{
    return r->base_t - r->gr_t + r->xr_t + (r->c_t - r->base_c_t) - r->lc_t;
}

bool rights_awaited(const struct stock_row *r)
{
    return r->gr_op.epoch != 0 && position_cmp(r->gr_op, r->gen_op) != 0;
}

int64_t rights_usable(const struct stock_row *r)
{
    int64_t rights_t = rights_hub(r), owed_t = r->base_cf ? min_t(0, rights_center(r)) : 0;
    bool none = r->presumed_t > 0 || rights_awaited(r);
    return min_t(rights_t, none ? 0 : max_t(0, rights_t + owed_t));
}

bool rights_strict(const struct stock_row *r)
{
    return r->type == STOCK_LIMITED && r->mode_in_force == MODE_STRICT;
}

/* What the hub sells it sells by rights: also where the center has set no limit any more, and the
 * hub has not said so. */
static bool hub_has_rights(const struct stock_row *r)
{
    return r->mode_in_force == MODE_STRICT;
}

int64_t rights_split(const struct stock_row *r, int64_t total_t)
{
    struct share sides[] = {{STR("CENTER"), 0, 0, 0}, {STR("HUB"), 0, 0, 0}};
    for (uint16_t i = 0; i < r->n_channels; i++) {
        const struct stock_channel *ch = &r->channels[i];
        if (!ch->deleted)
            sides[channel_code_is_hub(ch->code)].weight += ch->weight;
    }
    apportion(total_t, r->step_t, sides, 2);
    return sides[1].got_t;
}

/* Gr such that the hub may sell exactly so much. */
static void grant_exactly(struct stock_row *r, int64_t rights_t)
{
    r->gr_t += rights_t - rights_hub(r);
}

/* ---- the hub ---- */

/* What the weights would give it of what both have; nothing where it gave some back, or was told
 * to. */
static int64_t share_owed(const struct stock_row *r, int64_t have_t)
{
    int64_t left_t = max_t(0, have_t) + max_t(0, rights_center(r));
    return r->xr_t > 0 ? 0 : rights_split(r, left_t) - have_t;
}

int64_t rights_want(const struct stock_row *r, int64_t need_t)
{
    if (!rights_strict(r) || r->presumed_t > 0 || r->gr_op.epoch != 0)
        return 0;
    int64_t have_t = rights_hub(r), low_t = max_t(r->step_t, r->gr_t / 5);
    int64_t want_t = have_t < low_t ? max_t(low_t, share_owed(r, have_t)) : 0;
    if (need_t > 0)
        want_t = max_t(want_t, need_t - have_t);
    return up_to_step(want_t, r->step_t);
}

int64_t rights_return(struct stock_row *r, int64_t asked_t)
{
    int64_t give_t = max_t(0, min_t(asked_t, rights_usable(r)));
    r->xr_t += give_t;
    return give_t;
}

enum stock_mode rights_mode_due(const struct stock_row *r)
{
    return r->type == STOCK_LIMITED ? r->mode : MODE_LOOSE;
}

void rights_ack_mode(struct stock_row *r, struct position at)
{
    r->mode_in_force = rights_mode_due(r);
    r->gr_op = at;
    if (r->mode_in_force == MODE_STRICT)
        grant_exactly(r, 0);
}

void rights_presume(struct stock_row *r)
{
    r->presumed_t += max_t(0, rights_hub(r));
    r->base_hf = true;
}

/* ---- offers ---- */

/* The newest of those that apply to that due time. */
const struct offer *rights_offer_at(const struct stock_row *r, int64_t due_ms)
{
    for (uint16_t i = r->n_offers; i > 0; i--)
        if (r->offers[i - 1].from_ms <= due_ms)
            return &r->offers[i - 1];
    return NULL;
}

static void drop_offer(struct stock_row *r, uint16_t i)
{
    r->n_offers--;
    memmove(&r->offers[i], &r->offers[i + 1], (size_t)(r->n_offers - i) * sizeof r->offers[0]);
}

/* The hub has that one: whichever came before it and applies to no due time that it does not, is
 * over. */
static void drop_before(struct stock_row *r, uint64_t n)
{
    uint16_t had = 0;
    while (had < r->n_offers && r->offers[had].n != n)
        had++;
    if (had == r->n_offers)
        return;
    for (uint16_t i = had; i > 0; i--)
        if (r->offers[had].from_ms <= max_t(r->offers[i - 1].from_ms, r->restored_ms + 1)) {
            drop_offer(r, (uint16_t)(i - 1));
            had--;
        }
}

/* At the hub, which has them all. */
static void drop_received(struct stock_row *r)
{
    const struct offer *next = rights_offer_at(r, r->restored_ms + 1);
    if (next)
        drop_before(r, next->n);
}

static uint64_t newest_n(const struct stock_row *r)
{
    return r->n_offers ? r->offers[r->n_offers - 1].n : 0;
}

bool rights_take_offer(struct stock_row *r, const struct offer *o)
{
    drop_received(r);
    if (o->n <= newest_n(r) || r->n_offers == OFFERS)
        return false;
    r->offers[r->n_offers++] = *o;
    drop_before(r, o->n);
    return true;
}

bool rights_make_offer(struct stock_row *r, int64_t from_ms)
{
    assert(from_ms > r->restored_ms);
    drop_before(r, r->offer_acked);
    struct offer o = {newest_n(r) + 1, rights_split(r, r->plan_t), r->plan_t, from_ms};
    const struct offer *last = r->n_offers ? &r->offers[r->n_offers - 1] : NULL;
    if (last && last->hub_t == o.hub_t && last->plan_t == o.plan_t)
        return false;
    if (r->n_offers == OFFERS)
        return false;
    r->offers[r->n_offers++] = o;
    return true;
}

void rights_offer_acked(struct stock_row *r, uint64_t n)
{
    if (n > r->offer_acked)
        r->offer_acked = n;
    drop_before(r, r->offer_acked);
}

/* The most that the hub may have taken at that due time: it uses one that it has acknowledged, or
 * any newer one, which it may have received without our knowing. */
static int64_t largest_offer(const struct stock_row *r, int64_t due_ms)
{
    int64_t most_t = 0;
    for (uint16_t i = r->n_offers; i > 0; i--) {
        const struct offer *o = &r->offers[i - 1];
        if (o->from_ms > due_ms)
            continue;
        most_t = max_t(most_t, o->hub_t);
        if (o->n == r->offer_acked)
            break;
    }
    return most_t;
}

/* ---- the center ---- */

bool rights_grantable(const struct stock_row *r)
{
    return rights_strict(r) && r->base_hf && r->presumed_t == 0;
}

int64_t rights_grant(struct stock_row *r, int64_t want_t)
{
    int64_t grant_t = down_to_step(max_t(0, min_t(want_t, rights_center(r) / 2)), r->step_t);
    r->gr_t += grant_t;
    return grant_t;
}

int64_t rights_cover(struct stock_row *r)
{
    int64_t cover_t = max_t(0, min_t(-rights_hub(r), rights_center(r)));
    r->gr_t += cover_t;
    return cover_t;
}

void rights_mode_acked(struct stock_row *r, enum stock_mode mode)
{
    if (mode == r->mode_in_force)
        return;
    r->mode_in_force = mode;
    if (!r->base_hf)
        restore_named(r, 0, 0);
    else if (mode == MODE_STRICT)
        grant_exactly(r, rights_split(r, stock_real(r) - stock_locked(r)));
}

bool rights_held(struct stock_row *r)
{
    int64_t held_t = max_t(0, min_t(-rights_hub(r), r->presumed_t));
    r->presumed_t -= held_t;
    return held_t > 0;
}

int64_t rights_unpresume(struct stock_row *r, int64_t q_t)
{
    int64_t known_t = max_t(0, min_t(q_t, r->presumed_t));
    r->presumed_t -= known_t;
    r->gr_t -= known_t; /* the hub's, sold: and so not the center's that C is about to pay with */
    return known_t;
}

/* ---- generations ---- */

static void open_generation(struct stock_row *r, struct str gen_id, int64_t granted_t)
{
    r->gen_id = gen_id;
    r->gen++;
    r->gr_t = granted_t;
    r->xr_t = r->presumed_t = 0;
    r->released = false;
    for (uint16_t i = 0; i < r->n_channels; i++)
        r->channels[i].used_t = 0;
}

void rights_takeover_count(struct stock_row *r, struct str gen_id, int64_t v_t)
{
    r->base_id = gen_id;
    r->base_t = v_t;
    r->base_h_t = r->h_t;
    r->base_c_t = r->c_t;
    r->base_hf = r->base_cf = true;
    open_generation(r, gen_id, rights_split(r, v_t - r->lc_t));
    r->restored_ms = max_t(r->restored_ms, r->base_stamp.l_ms);
}

size_t restore_id(int64_t due_ms, char out[RESTORE_ID])
{
    return (size_t)snprintf(out, RESTORE_ID, "R:%lld", (long long)due_ms);
}

int64_t restore_ms(struct str gen_id)
{
    if (gen_id.n < 3 || gen_id.n >= RESTORE_ID - 4 || memcmp(gen_id.p, "R:", 2) != 0)
        return -1;
    int64_t ms = 0;
    for (size_t i = 2; i < gen_id.n; i++) {
        if (gen_id.p[i] < '0' || gen_id.p[i] > '9')
            return -1;
        ms = ms * 10 + (gen_id.p[i] - '0');
    }
    return ms;
}

/* What both sides do at their cut. True: the base is the restore's, of that value. In STRICT it is
 * in any case: the rights of the generation are shares of it. */
static bool restore_cut(struct stock_row *r, int64_t due_ms, struct str id, int64_t value_t)
{
    struct stamp due = {due_ms, 0, ORIGIN_TIMER};
    bool wins = hub_has_rights(r) || stamp_cmp(due, r->base_stamp) >= 0;
    if (wins) {
        r->base_id = id;
        r->base_t = value_t;
        r->base_h_t = r->h_t - r->lh_t;
        r->base_c_t = r->c_t - r->lc_t;
        r->base_stamp = due;
    }
    r->restored_ms = due_ms;
    return wins;
}

static bool restore_status(struct stock_row *r, int64_t due_ms)
{
    struct stamp due = {due_ms, 0, ORIGIN_TIMER};
    if (stamp_cmp(due, r->status_stamp) < 0)
        return false;
    r->status = STATUS_ON_SALE;
    r->status_stamp = due;
    return true;
}

uint64_t restore_hub(struct stock_row *r, int64_t due_ms, struct str id, struct position at)
{
    bool awaited = rights_awaited(r);
    const struct offer *found = hub_has_rights(r) && !awaited ? rights_offer_at(r, due_ms) : NULL;
    struct offer o = found ? *found : (struct offer){0, 0, r->plan_t, due_ms};
    if (restore_cut(r, due_ms, id, o.plan_t)) {
        r->base_hf = true;
        r->base_cf = false;
        r->base_op = at;
    }
    if (restore_status(r, due_ms))
        r->status_op = at;
    open_generation(r, id, o.hub_t);
    r->gen_op = at;
    if (!awaited)
        r->gr_op = at;
    drop_received(r);
    return o.n;
}

void restore_center(struct stock_row *r, int64_t due_ms, struct str id)
{
    if (due_ms <= r->restored_ms || due_ms <= restore_ms(r->gen_id))
        return;
    int64_t most_t = hub_has_rights(r) ? largest_offer(r, due_ms) : 0;
    if (restore_cut(r, due_ms, id, max_t(r->plan_t, most_t))) {
        r->base_hf = false;
        r->base_cf = true;
    }
    restore_status(r, due_ms);
    open_generation(r, id, most_t);
}

static void undo_stamp(struct stamp *s)
{
    if (s->origin == ORIGIN_TIMER)
        *s = (struct stamp){0, 0, ORIGIN_TIMER};
}

void restore_taken_back(struct stock_row *r, int64_t due_ms, int64_t now_ms)
{
    int64_t done_ms = restore_ms(r->gen_id);
    if (done_ms <= now_ms || done_ms <= due_ms || due_ms > now_ms)
        return;
    r->gen_id = STR("");
    r->restored_ms = due_ms - 1;
    undo_stamp(&r->base_stamp);
    undo_stamp(&r->status_stamp);
}

/* The center had nothing of its own where the largest offer was all of the plan or more: what that
 * was more than the plan goes back to nobody. (A count since is no offer.) */
void restore_named(struct stock_row *r, uint64_t offer_n, int64_t hub_t)
{
    if (r->base_t == r->gr_t && str_eq(r->base_id, r->gen_id))
        r->base_t = max_t(hub_t, min_t(r->base_t, r->plan_t));
    r->gr_t = hub_t;
    rights_offer_acked(r, offer_n);
}

void restore_passed(struct stock_row *r, int64_t event_ms)
{
    int64_t due_ms = restore_ms(r->base_id);
    if (r->base_hf || due_ms < 0)
        return;
    if (event_ms > due_ms && !hub_has_rights(r))
        r->base_hf = true;
    else
        r->base_h_t = r->h_t - r->lh_t;
}
