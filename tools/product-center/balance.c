#include "tools/product-center/balance.h"

#include "proto/shares.h"
#include "tools/product-center/zone.h"

/* ---- a row was written ---- */

/* A channel that is new and asks for nothing moves nobody's share. */
static bool same_weights(const struct item_terms *a, const struct item_terms *b)
{
    for (uint16_t i = 0; i < a->n_channels || i < b->n_channels; i++)
        if (a->channels[i].weight != b->channels[i].weight ||
            a->channels[i].reserve_t != b->channels[i].reserve_t ||
            a->channels[i].deleted != b->channels[i].deleted)
            return false;
    return true;
}

static bool begins(const struct item_terms *was, const struct item_terms *now, bool released)
{
    if (was->type != now->type || was->mode != now->mode || was->policy != now->policy ||
        was->gen != now->gen)
        return true;
    return now->policy != POLICY_SHARED && now->policy != POLICY_CAPPED && !released &&
           !same_weights(was, now);
}

/* What was sold is not lost: it was taken out of the total and is in used. */
static int64_t growth_t(const struct item_terms *was, const struct item_terms *now)
{
    return now->total_t - was->total_t + (now->used_t - was->used_t);
}

void balance_written(const struct call *c, struct item *it)
{
    struct item_terms now = item_terms(&it->row);
    if (begins(&it->terms, &now, shares_released(&it->row))) {
        shares_begin(&it->row, SITE_CENTER);
        it->shares_ms = c->now_ms;
    } else if (now.type == STOCK_LIMITED && growth_t(&it->terms, &now) > 0) {
        shares_grow(&it->row, SITE_CENTER, growth_t(&it->terms, &now));
    }
    shares_force(&it->row, SITE_CENTER);
    it->terms = item_terms(&it->row);
}

/* ---- somebody is about to buy ---- */

static bool rebalance_is_due(const struct call *c, const struct item *it)
{
    int64_t every_s = it->row.rebalance_s > 0 ? it->row.rebalance_s : REBALANCE_S;
    int64_t age_ms = c->now_ms - it->shares_ms;
    return it->row.policy == POLICY_WEIGHTED_SOFT && (age_ms < 0 || age_ms >= every_s * 1000);
}

static bool release_is_due(const struct call *c, const struct zone *zone, const struct item *it)
{
    struct schedule daily = {.first_ms = it->row.release_at_ms, .daily = true};
    if (daily.first_ms == 0 || it->row.policy == POLICY_SHARED || it->row.policy == POLICY_CAPPED)
        return false;
    return due_latest(&daily, zone, c->now_ms) > it->shares_ms;
}

static void look(const struct call *c, const struct zone *zone, struct item *it)
{
    if (it->row.type != STOCK_LIMITED || it->row.released)
        return;
    if (release_is_due(c, zone, it))
        shares_release(&it->row, SITE_CENTER);
    else if (rebalance_is_due(c, it))
        shares_rebalance(&it->row, SITE_CENTER);
    else
        return;
    it->shares_ms = c->now_ms;
}

void balance_look(struct call *c, const struct store *s, struct items *items)
{
    struct store_zone ctx;
    struct zone zone = zone_of(&ctx, c, s);
    for (size_t i = 0; i < items->n; i++)
        look(c, &zone, &items->at[i]);
}
