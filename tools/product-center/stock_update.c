/* POST /api/v1/poi/stock/update: a merchant changes one row. Members that are missing stay as they
 * are; an unknown row is made (unlimited, on sale).
 *   {"brandId","poiId","object_id"[,"object_type"][,"stock_status"][,"stock_type"]
 *    [,"plan_quantity"][,"auto_restore_type"][,"auto_restore_at"][,"daily"][,"real_quantity"]
 *    [,"adjust"|"recall"][,"mode"][,"policy"][,"rebalance_s"][,"release_at"][,"ranking"]
 *    [,"channel_stocks":[{"channel_code","stock_status","stock_type"[,"limit_quantity"]
 *     [,"weight"][,"reserve_quantity"][,"deleted"]}]]
 *    [,"deleted":true]}
 * real_quantity is a count (a new base), adjust a delta. auto_restore_at and release_at are an
 * instant or "HH:MM" in the store's time zone, the next one to come; release_at may be "never". Of
 * an auto_restore_at that has passed the next day's counts if it is daily, else it is refused; so
 * it is with "HH:MM" that clocks skip that day. Answers {"code":0,"row":{..}} with the extension.
 *
 * Where STRICT is in force, real_quantity and adjust are asked of the store as a command, and
 * recall asks for selling rights back: 202 {"code":0,"pending":"c-9","row":{..}}; more than
 * LIMIT_CMDS that wait are refused, 429. A mode is only wished: the hub acknowledges it.
 */
#include "tools/product-center/change.h"
#include "tools/product-center/endpoint.h"
#include "tools/product-center/oversell.h"
#include "tools/product-center/restore_due.h"
#include "tools/product-center/set.h"
#include "tools/product-center/show.h"
#include "tools/product-center/stock_wish.h"
#include "tools/product-center/zone.h"

/* ---- the row ---- */

/* The instant that is meant. False: a single time of day, which clocks skip that day. */
static bool instant(struct call *c, const struct zone *zone, const struct wish_time *t, bool daily,
                    int64_t *out)
{
    struct schedule s = {.daily = daily};
    bool shown = t->minute < 0 || due_begin_at_minute(&s, zone, c->now_ms, (uint32_t)t->minute);
    *out = t->minute < 0 ? t->at_ms : s.first_ms;
    return shown;
}

/* NULL, or what is wrong with it. */
static const char *plan_apply(struct call *c, const struct stock_wish *w, struct item *it,
                              struct store *s)
{
    struct store_zone ctx;
    struct zone zone = zone_of(&ctx, c, s);
    struct stock_row plan = it->row;
    if (!w->has_type && !w->has_plan && !w->has_restore && !w->has_daily && !w->restore_at.there)
        return NULL;
    if (w->has_type)
        plan.type = (enum stock_type)w->type;
    if (w->has_plan)
        plan.plan_t = w->plan_t;
    if (w->has_restore)
        plan.auto_restore = (uint8_t)w->restore;
    if (w->has_daily)
        plan.repeat = w->daily;
    if (w->restore_at.there &&
        !instant(c, &zone, &w->restore_at, plan.repeat == 1, &plan.restore_at_ms))
        return "auto_restore_at: clocks are put forward and skip that time the next time";
    if (!restore_begins(&zone, c->now_ms, &it->row, &plan))
        return "auto_restore_at: that time has passed";
    set_plan(it, &plan, s);
    return NULL;
}

static void policy_apply(struct call *c, const struct stock_wish *w, struct item *it,
                         struct store *s)
{
    struct store_zone ctx;
    struct zone zone = zone_of(&ctx, c, s);
    struct stock_row policy = it->row;
    if (!w->has_mode && !w->has_policy && !w->has_rebalance && !w->has_ranking &&
        !w->release_at.there)
        return;
    if (w->has_mode)
        policy.mode = w->mode;
    if (w->has_policy)
        policy.policy = w->policy;
    if (w->has_rebalance)
        policy.rebalance_s = w->rebalance_s;
    if (w->has_ranking)
        policy.ranking = (uint8_t)w->ranking;
    if (w->release_at.there)
        instant(c, &zone, &w->release_at, true, &policy.release_at_ms);
    set_policy(it, &policy, s);
}

static bool channel_apply(const struct wish_channel *w, struct item *it, struct store *s)
{
    const struct stock_channel *known = stock_channel_coded(&it->row, w->to.code);
    struct stock_channel to = w->to;
    if (known != NULL) {
        to.status = w->has_status ? w->to.status : known->status;
        to.type = w->has_type ? w->to.type : known->type;
        to.limit_t = w->has_type || w->has_limit ? w->to.limit_t : known->limit_t;
    }
    if (!set_channel(it, &to, s))
        return false;
    if (w->has_weight || w->has_reserve)
        set_shares(it, to.code, w->has_weight ? &w->to.weight : NULL,
                   w->has_reserve ? &w->to.reserve_t : NULL);
    return true;
}

/* Fixed shares of which nobody has any would sell nothing at all. */
static bool shares_nothing(const struct stock_wish *w, const struct stock_row *r)
{
    uint32_t sum = 0;
    for (uint16_t i = 0; i < r->n_channels; i++)
        sum += r->channels[i].deleted ? 0 : r->channels[i].weight;
    return r->policy == POLICY_WEIGHTED_HARD && sum == 0 && (w->has_policy || w->n_channels > 0);
}

/* What no row means, with stamps of its own, so that it wins over what was there before. */
static void clear(struct item *it, struct store *s)
{
    struct stock_row plain;
    stock_plain(it->row.object, &plain);
    set_status(it, plain.status, s);
    set_plan(it, &plain, s);
}

/* In STRICT supply changes at the store alone: it knows what is on its shelf, and its books and the
 * center's rights would part over a base of the center's. That goes for less, too: the center could
 * take it from its own rights at once, but the store finds the same goods missing, and a loss that
 * is written off on both sides counts twice. */
static struct str ask(struct call *c, const struct stock_wish *w, struct item *it, struct store *s)
{
    enum cmd_op op = w->has_recall ? CMD_RECALL : w->has_real ? CMD_SET : CMD_ADJUST;
    int64_t q_t = w->has_recall ? w->recall_t : w->real_t + w->adjust_t;
    if (it->cmds == NULL)
        return STR(""); /* the arena is full, the call fails by itself */
    struct str id = cmd_add(c, s, it->cmds, op, q_t);
    if (id.n == 0)
        call_error(c,
                   &(struct cloud_error){.code = 429,
                                         .name = CLOUD_OTHER,
                                         .name_text = STR("TOO_MANY_COMMANDS"),
                                         .detail = STR("the store has not done the ones before")});
    return id;
}

/* NULL, or what is wrong with it. *pending: the command that it has become; "". */
static const char *move_apply(struct call *c, const struct stock_wish *w, struct item *it,
                              struct store *s, struct str *pending)
{
    bool strict = it->row.mode_in_force == MODE_STRICT, moves = w->has_real || w->has_adjust;
    if (w->has_recall && (!strict || moves || w->recall_t == 0))
        return "recall";
    if (strict && w->has_real && w->real_t + w->adjust_t < 0)
        return "adjust";
    if (strict && (moves || w->has_recall)) {
        *pending = ask(c, w, it, s);
        return NULL;
    }
    if (w->has_real)
        set_real(c, it, w->real_t, s);
    it->row.c_t += w->adjust_t;
    return NULL;
}

/* NULL, or what is wrong with it. */
static const char *apply(struct call *c, const struct stock_wish *w, struct item *it,
                         struct store *s, struct str *pending)
{
    if (w->has_status)
        set_status(it, (enum stock_status)w->status, s);
    policy_apply(c, w, it, s);
    const char *wrong = plan_apply(c, w, it, s);
    if (wrong == NULL)
        wrong = move_apply(c, w, it, s, pending);
    if (wrong != NULL)
        return wrong;
    it->deleted = w->deleted;
    it->changed = true;
    if (w->deleted)
        clear(it, s);
    for (uint16_t i = 0; i < w->n_channels; i++)
        if (!channel_apply(&w->channels[i], it, s))
            return "too many channels";
    return shares_nothing(w, &it->row) ? "policy" : NULL;
}

/* A row beyond the base API's decimals would be refused by every reader, with the page it is in. */
static bool fits(const struct stock_row *row)
{
    int64_t real_t = stock_real(row);
    return real_t <= LIMIT_QTY_T && real_t >= -LIMIT_QTY_T;
}

static void answer(struct call *c, const struct item *it, struct str pending)
{
    call_answer(c);
    if (pending.n > 0) {
        c->status = 202;
        jw_kstring(&c->out, "pending", pending);
    }
    jw_key(&c->out, "row");
    item_write(&c->out, it, true);
    call_done(c);
}

void stock_update(struct call *c)
{
    char path[FIELD_PATH];
    struct stock_wish w;
    struct store s;
    struct str pending = STR("");
    enum code code = stock_wish_decode(c->body, &c->arena, &w, path);
    if (code != CODE_OK) {
        call_malformed(c, code, path);
        return;
    }
    call_store(c, w.brand, w.poi);
    store_lock(c, &s);
    struct items items = items_load(c, &w.object, 1);
    if (items.n == 0)
        return;
    const char *wrong = apply(c, &w, items.at, &s, &pending);
    if (wrong != NULL)
        call_fail(c, CLOUD_BAD_REQUEST, wrong);
    if (c->refused)
        return;
    if (!fits(&items.at->row)) {
        call_fail(c, CLOUD_BAD_QUANTITY, "adjust");
        return;
    }
    change_commit(c, &s, &items, &(struct change){.by = "merchant"});
    oversell_evaluate_items(c, &s, &items);
    store_save(c, &s);
    answer(c, items.at, pending);
}
