/* The model center and the rules that it makes: policies, plans and schedules, restores at their
 * due times, selling rights, offers, commands, modes (sync-protocol 1.5, 1.7, 5.5).
 */
#include <stdlib.h>
#include <string.h>

#include "proto/merge.h"
#include "tests/sim/line/line.h"

static const struct str ONLINE = {"ONLINE_ORDER", 12};

static struct stock_row *row_of(struct world *w, int item)
{
    return &w->center.s.rows[item];
}

/* ---- after each change of its own ---- */

static struct schedule schedule_of(const struct stock_row *r)
{
    return (struct schedule){r->auto_restore == 1 ? r->restore_at_ms : 0, r->repeat == 1};
}

/* Offers are for due times that nobody has restored at. */
static void offers(struct world *w, int item)
{
    struct stock_row *r = row_of(w, item);
    struct schedule s = schedule_of(r);
    int64_t now_ms = center_ms(w);
    if (!rights_strict(r) || r->mode != MODE_STRICT || s.first_ms == 0)
        return;
    int64_t after_ms = r->restored_ms > now_ms ? r->restored_ms : now_ms;
    int64_t from_ms = due_next(&s, &w->clocks, after_ms);
    if (from_ms > 0 && rights_make_offer(r, from_ms)) {
        const struct offer *o = &r->offers[r->n_offers - 1];
        w->totals.offers++;
        trace(w, "center    offers item %d: %lld of %lld from %lld, number %llu", item,
              (long long)o->hub_t, (long long)o->plan_t, (long long)o->from_ms,
              (unsigned long long)o->n);
    }
}

void center_settle(struct world *w, int item)
{
    struct stock_row *r = row_of(w, item);
    if (!w->rules)
        return;
    shares_force(r, SITE_CENTER);
    offers(w, item);
}

static void changed(struct world *w, int item)
{
    center_settle(w, item);
    center_changed(w, item);
}

/* ---- what the merchant sets ---- */

void center_policy(struct world *w, int item)
{
    struct stock_row *r = row_of(w, item);
    r->policy = (enum channel_policy)dice_below(&w->people, POLICY_COUNT);
    r->rebalance_s = dice_chance(&w->people, 500) ? 0 : 60;
    r->release_at_ms = dice_chance(&w->people, 300) ? center_ms(w) : 0;
    r->policy_stamp = center_stamp(w, r->policy_stamp);
    shares_begin(r, SITE_CENTER);
    trace(w, "center    sets item %d %s", item, channel_policy_name(r->policy));
    changed(w, item);
}

void center_shape(struct world *w, int item)
{
    static const enum channel CHANNELS[] = {CHANNEL_POS, CHANNEL_KIOSK, CHANNEL_ONLINE_ORDER};
    struct stock_row *r = row_of(w, item);
    struct stock_channel *ch = stock_channel(r, CHANNELS[dice_below(&w->people, 3)]);
    ch->type = dice_chance(&w->people, 300) ? STOCK_LIMITED : STOCK_UNLIMITED;
    ch->limit_t = PORTION_T * dice_between(&w->people, 0, 12);
    ch->weight = (uint32_t)dice_below(&w->people, 8);
    ch->reserve_t = PORTION_T * dice_between(&w->people, 0, 6);
    ch->stamp = center_stamp(w, ch->stamp);
    if (!shares_released(r))
        shares_begin(r, SITE_CENTER);
    trace(w, "center    %.*s of item %d: weight %u, reserve %lld, limit %lld", (int)ch->code.n,
          ch->code.p, item, ch->weight, (long long)ch->reserve_t,
          (long long)(ch->type == STOCK_LIMITED ? ch->limit_t : -1));
    changed(w, item);
}

/* A schedule begins in the future. */
void center_plan(struct world *w, int item)
{
    struct stock_row *r = row_of(w, item);
    int64_t ahead_ms =
        dice_between(&w->people, MINUTE_MS, w->options.sparse ? 30 * HOUR_MS : HOUR_MS);
    r->type = STOCK_LIMITED;
    r->plan_t = PORTION_T * dice_between(&w->people, 3, 25);
    if (r->auto_restore != 1 || dice_chance(&w->people, 200)) {
        r->auto_restore = dice_chance(&w->people, 900) ? 1 : 2;
        r->repeat = dice_chance(&w->people, 850);
        r->restore_at_ms = center_ms(w) + ahead_ms;
    }
    r->plan_stamp = center_stamp(w, r->plan_stamp);
    trace(w, "center    plans item %d: %lld%s%s, first at %lld", item, (long long)r->plan_t,
          r->auto_restore == 1 ? ", restored" : "", r->repeat ? " daily" : "",
          (long long)r->restore_at_ms);
    changed(w, item);
}

void center_unlimits(struct world *w, int item)
{
    struct stock_row *r = row_of(w, item);
    r->type = STOCK_UNLIMITED;
    r->plan_stamp = center_stamp(w, r->plan_stamp);
    shares_begin(r, SITE_CENTER);
    trace(w, "center    sets item %d no limit", item);
    changed(w, item);
}

void center_mode(struct world *w, int item)
{
    struct stock_row *r = row_of(w, item);
    if (!w->strict)
        return;
    r->mode = r->mode == MODE_STRICT ? MODE_LOOSE : MODE_STRICT;
    r->policy_stamp = center_stamp(w, r->policy_stamp);
    trace(w, "center    wants item %d %s", item, stock_mode_name(r->mode));
    changed(w, item);
}

bool center_commands(struct world *w, int item, const char *op, int64_t v_t)
{
    struct center_state *s = &w->center.s;
    if (s->rows[item].mode_in_force != MODE_STRICT || s->n_cmds[item] == CMDS)
        return false;
    s->cmds[item][s->n_cmds[item]++] = (struct cmd){++w->n_asks, op, v_t};
    trace(w, "center    commands item %d: c-%u %s %lld", item, w->n_asks, op, (long long)v_t);
    changed(w, item);
    return true;
}

/* ---- restores ---- */

/* It has cut, now or by the hub's word. */
void center_restored(struct world *w, int item, int64_t due_ms)
{
    char id[RESTORE_ID];
    struct stock_row *r = row_of(w, item);
    restore_id(due_ms, id);
    shares_begin(r, SITE_CENTER);
    shares_force(r, SITE_CENTER);
    truth_center_cut(w, item, id);
    if (r->mode_in_force == MODE_STRICT)
        strict_supplied(w, item, id, r->base_t);
    w->totals.restores++;
    trace(w, "center    restores item %d at %s: %lld, Gr %lld", item, id, (long long)r->base_t,
          (long long)r->gr_t);
}

static void restore(struct world *w, int item)
{
    char id[RESTORE_ID];
    struct stock_row *r = row_of(w, item);
    struct schedule s = schedule_of(r);
    int64_t due_ms = due_latest(&s, &w->clocks, center_ms(w));
    if (due_ms <= r->restored_ms || due_ms <= restore_ms(r->gen_id))
        return;
    size_t n = restore_id(due_ms, id);
    restore_center(r, due_ms, arena_str(&w->center.texts, (struct str){id, n}));
    center_restored(w, item, due_ms);
    changed(w, item);
}

void center_restores(struct world *w)
{
    w->center.hlc = hlc_tick(w->center.hlc, center_ms(w));
    for (int i = 0; i < ITEMS && !w->broken; i++)
        if (w->quiet || w->now_ms >= w->center.down_until_ms)
            restore(w, i);
}

/* A box is lost that may have restored at what has come due meanwhile, and sold there. */
void center_catches_up(struct world *w)
{
    for (int i = 0; i < ITEMS; i++)
        if (row_of(w, i)->mode_in_force == MODE_STRICT)
            restore(w, i);
}

/* ---- selling rights ---- */

/* No want is given more than it asked for, however often it is said (T74). */
static void give(struct world *w, int item, const struct cloud_want *want, unsigned *back)
{
    struct center_state *s = &w->center.s;
    struct stock_row *r = &s->rows[item];
    bool again = str_eq(want->req, str_of(s->last_req[item]));
    if ((again && w->options.plant != PLANT_TWICE_GRANTED) || !rights_grantable(r))
        return;
    int64_t gave_t = rights_grant(r, want->q_t);
    if (gave_t == 0)
        return;
    s->req_t[item] = again ? s->req_t[item] + gave_t : gave_t;
    snprintf(s->last_req[item], sizeof s->last_req[item], "%.*s", (int)want->req.n, want->req.p);
    if (s->req_t[item] > want->q_t)
        violation(w, "P11", "%s of item %d asked for %lld and got %lld", s->last_req[item], item,
                  (long long)want->q_t, (long long)s->req_t[item]);
    trace(w, "center    grants item %d: %lld for %s, Gr %lld", item, (long long)gave_t,
          s->last_req[item], (long long)r->gr_t);
    w->totals.top_ups++;
    r->c_ver = UINT64_MAX;
    *back |= 1u << item;
}

void center_wants(struct world *w, const struct cloud_sync *in, unsigned *back)
{
    for (uint16_t i = 0; i < in->n_wants; i++) {
        int item = item_of(in->wants[i].object);
        if (item >= 0)
            give(w, item, &in->wants[i], back);
    }
}

/* A deficit of the hub's is met as far as it goes. */
void center_covers(struct world *w, unsigned *back)
{
    for (int i = 0; i < ITEMS; i++) {
        struct stock_row *r = row_of(w, i);
        if (!rights_grantable(r) || rights_hub(r) >= 0 || rights_cover(r) == 0)
            continue;
        r->c_ver = UINT64_MAX;
        *back |= 1u << i;
    }
}

void center_presumes(struct world *w)
{
    for (int i = 0; i < ITEMS; i++) {
        struct stock_row *r = row_of(w, i);
        if (r->mode_in_force != MODE_STRICT)
            continue;
        r->lh_t = 0;
        if (w->options.plant != PLANT_UNPRESUMED)
            rights_presume(r);
        trace(w, "center    presumes item %d: %lld", i, (long long)r->presumed_t);
    }
}

/* ---- events ---- */

static void cmds_done(struct world *w, int item, uint64_t number)
{
    struct center_state *s = &w->center.s;
    int kept = 0;
    for (int i = 0; i < s->n_cmds[item]; i++)
        if (s->cmds[item][i].number > number)
            s->cmds[item][kept++] = s->cmds[item][i];
    s->n_cmds[item] = kept;
}

/* By its own event, or by the next one on the row where that was put aside. */
static void cmds_heard(struct world *w, int item, const struct event_facts *f)
{
    if (f->cmd_id.n > 2)
        cmds_done(w, item, strtoull(f->cmd_id.p + 2, NULL, 10));
    for (uint32_t i = 0; i < f->n_effects && w->options.plant != PLANT_COMMAND_KEPT; i++)
        if (item_of(f->effects[i].object) == item)
            cmds_done(w, item, f->effects[i].cmd_done);
}

static bool acked_mode(struct world *w, int item)
{
    char id[GEN_TEXT];
    struct stock_row *r = row_of(w, item);
    snprintf(id, sizeof id, "%.*s", (int)r->gen_id.n, r->gen_id.p);
    shares_begin(r, SITE_CENTER);
    w->totals.mode_acks++;
    trace(w, "center    hears that item %d is %s, Gr %lld", item, stock_mode_name(r->mode_in_force),
          (long long)r->gr_t);
    if (r->mode_in_force == MODE_STRICT)
        strict_supplied_by_mode(w, item, id, stock_real(r) - stock_locked(r));
    else
        strict_center_ends(w, item);
    return true;
}

static void hub_opened(struct world *w, int item, const struct event_facts *f)
{
    char id[RESTORE_ID];
    struct stock_row *r = row_of(w, item);
    restore_id(f->due_at_ms, id);
    if (r->mode_in_force == MODE_STRICT && str_eq(r->gen_id, str_of(id)))
        strict_hub_opened(w, item, id, stock_real(r) - stock_locked(r));
}

static bool counts_after_takeover(struct world *w, int item, const struct cloud_event *e,
                                  const struct event_facts *f)
{
    char id[GEN_TEXT];
    struct center_state *s = &w->center.s;
    struct stock_row *r = &s->rows[item];
    if (r->mode_in_force != MODE_STRICT || !str_eq(r->base_id, f->base_id))
        return false;
    size_t n = (size_t)snprintf(id, sizeof id, "T:%u", s->epoch);
    rights_takeover_count(r, arena_str(&w->center.texts, (struct str){id, n}), f->base_t);
    shares_begin(r, SITE_CENTER);
    truth_takeover(w, item, id, (struct position){s->epoch, e->seq});
    strict_supplied(w, item, id, stock_real(r) - stock_locked(r));
    w->totals.takeovers++;
    trace(w, "center    opens %s of item %d: %lld, Gr %lld", id, item, (long long)r->base_t,
          (long long)r->gr_t);
    return true;
}

bool rules_event(struct world *w, int item, const struct cloud_event *e,
                 const struct event_facts *f, enum stock_mode before)
{
    cmds_heard(w, item, f);
    if (row_of(w, item)->mode_in_force != before)
        return acked_mode(w, item);
    if (e->kind_no == EVENT_STOCK_SET)
        return counts_after_takeover(w, item, e, f);
    if (e->kind_no == EVENT_REBALANCE)
        return false;
    if (e->kind_no == EVENT_RESTORE)
        hub_opened(w, item, f);
    shares_force(row_of(w, item), SITE_CENTER);
    return e->kind_no == EVENT_ROW_STATE; /* 4.8: it is returned */
}

/* Further ahead than the center follows (CLOCK_AHEAD); its hybrid clock counts, which it has told
 * the hub. */
bool rules_ahead(const struct world *w, const struct cloud_event *e)
{
    return e->kind_no == EVENT_RESTORE && e->body &&
           json_integer_at(e->body, "due_at_ms") > w->center.hlc.l_ms + RESTORE_AHEAD_MS;
}

/* ---- what online may sell ---- */

int64_t center_room(const struct world *w, int item)
{
    const struct stock_row *r = &w->center.s.rows[item];
    if (!w->rules)
        return stock_avail(r, CHANNEL_ONLINE_ORDER);
    if (w->options.plant == PLANT_TOTAL_UNCHECKED && r->status == STATUS_ON_SALE)
        return shares_room(r, SITE_CENTER, ONLINE);
    return shares_avail(r, SITE_CENTER, shares_total(r, SITE_CENTER), ONLINE);
}

/* ---- at the beginning ---- */

void rules_open(struct world *w)
{
    w->rules = true;
    w->failsover = dice_chance(&w->people, 250) || w->options.plant == PLANT_FORMER_PUSH;
    w->strict = !w->failsover;
    w->wastes = dice_chance(&w->people, 500);
    for (int i = 0; i < ITEMS; i++) {
        center_plan(w, i);
        for (int n = 0; n < 6; n++)
            center_shape(w, i);
        center_policy(w, i);
        if (dice_chance(&w->people, 600))
            center_mode(w, i);
    }
}
