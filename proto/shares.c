#include "proto/shares.h"

#include "proto/apportion.h"
#include "proto/rights.h"

static int64_t at_least_0(int64_t v)
{
    return v > 0 ? v : 0;
}

bool shares_counts(const struct stock_row *r, const struct stock_channel *ch, enum site site)
{
    return !ch->deleted &&
           (!rights_strict(r) || channel_code_is_hub(ch->code) == (site == SITE_HUB));
}

int64_t shares_total(const struct stock_row *r, enum site site)
{
    if (r->type != STOCK_LIMITED)
        return AVAIL_INFINITE;
    if (r->mode_in_force == MODE_STRICT)
        return site == SITE_HUB ? rights_usable(r) : rights_center(r);
    return stock_real(r) - stock_locked(r);
}

/* ---- what a channel may sell ---- */

static int64_t unmet(const struct stock_channel *ch)
{
    return at_least_0(ch->m_t - ch->used_t);
}

/* WEIGHTED_HARD divides: nobody sells of another's share. Without weights there are no shares. */
static bool divides(const struct stock_row *r, enum site site)
{
    if (r->type != STOCK_LIMITED || r->policy != POLICY_WEIGHTED_HARD || r->released)
        return false;
    for (uint16_t i = 0; i < r->n_channels; i++)
        if (r->channels[i].weight > 0 && shares_counts(r, &r->channels[i], site))
            return true;
    return false;
}

/* k; of a channel without an entry too (NULL). */
static int64_t cap_of(const struct stock_channel *ch, bool divided)
{
    int64_t limit_t = ch && ch->type == STOCK_LIMITED ? ch->limit_t : AVAIL_INFINITE;
    int64_t share_t = !divided ? AVAIL_INFINITE : ch ? ch->m_t : 0;
    return limit_t < share_t ? limit_t : share_t;
}

static const struct stock_channel *entry_of(const struct stock_row *r, struct str code)
{
    for (uint16_t i = 0; i < r->n_channels; i++)
        if (!r->channels[i].deleted && str_eq(r->channels[i].code, code))
            return &r->channels[i];
    return NULL;
}

static int64_t room_of(const struct stock_channel *ch, bool divided)
{
    int64_t cap_t = cap_of(ch, divided);
    return cap_t >= AVAIL_INFINITE ? AVAIL_INFINITE : cap_t - (ch ? ch->used_t : 0);
}

int64_t shares_room(const struct stock_row *r, enum site site, struct str code)
{
    return room_of(entry_of(r, code), divides(r, site));
}

int64_t shares_avail(const struct stock_row *r, enum site site, int64_t total_t, struct str code)
{
    const struct stock_channel *own = entry_of(r, code);
    if (r->status != STATUS_ON_SALE || (own && own->status != STATUS_ON_SALE))
        return 0;
    if (rights_strict(r) && channel_code_is_hub(code) != (site == SITE_HUB))
        return 0;
    struct channel_share shares[STOCK_CHANNELS + 1];
    bool divided = divides(r, site);
    shares[0] =
        (struct channel_share){own ? own->m_t : 0, cap_of(own, divided), own ? own->used_t : 0};
    size_t n = 1;
    for (uint16_t i = 0; i < r->n_channels; i++) {
        const struct stock_channel *ch = &r->channels[i];
        if (ch != own && ch->m_t > ch->used_t && shares_counts(r, ch, site))
            shares[n++] = (struct channel_share){ch->m_t, cap_of(ch, divided), ch->used_t};
    }
    return avail_channel(total_t, shares, n, 0);
}

int64_t stock_total(const struct stock_row *r)
{
    return shares_total(r, SITE_HUB);
}

int64_t stock_avail(const struct stock_row *r, enum channel c)
{
    return shares_avail(r, SITE_HUB, stock_total(r), str_of(channel_name(c)));
}

int64_t stock_channel_room(const struct stock_row *r, enum channel c)
{
    return shares_room(r, SITE_HUB, str_of(channel_name(c)));
}

int64_t stock_limit_room(const struct stock_row *r, enum channel c)
{
    return room_of(entry_of(r, str_of(channel_name(c))), false);
}

/* ---- what it holds back ---- */

/* Divides total_t by what each channel that counts is given by `weight`, LR; got[i] is that of
 * channel i, 0 where it does not count. */
static void divide(const struct stock_row *r, enum site site, int64_t total_t,
                   int64_t (*weight)(const struct stock_channel *), int64_t got[STOCK_CHANNELS])
{
    struct share shares[STOCK_CHANNELS];
    for (uint16_t i = 0; i < r->n_channels; i++) {
        const struct stock_channel *ch = &r->channels[i];
        shares[i] = (struct share){ch->code, shares_counts(r, ch, site) ? weight(ch) : 0, 0, 0};
    }
    apportion(total_t, r->step_t, shares, r->n_channels);
    for (uint16_t i = 0; i < r->n_channels; i++)
        got[i] = shares[i].got_t;
}

static int64_t by_weight(const struct stock_channel *ch)
{
    return ch->weight;
}

static bool is_weighted(const struct stock_row *r)
{
    return r->type == STOCK_LIMITED &&
           (r->policy == POLICY_WEIGHTED_HARD || r->policy == POLICY_WEIGHTED_SOFT);
}

/* m := used + what is left, divided. */
static bool divide_rest(struct stock_row *r, enum site site,
                        int64_t (*weight)(const struct stock_channel *))
{
    int64_t got[STOCK_CHANNELS];
    bool changed = false;
    divide(r, site, shares_total(r, site), weight, got);
    for (uint16_t i = 0; i < r->n_channels; i++) {
        struct stock_channel *ch = &r->channels[i];
        if (!shares_counts(r, ch, site))
            continue;
        changed |= ch->m_t != ch->used_t + got[i];
        ch->m_t = ch->used_t + got[i];
    }
    return changed;
}

/* What the generation began with, and what came and went since otherwise than by sales. */
static int64_t supply(const struct stock_row *r, enum site site)
{
    int64_t sum_t = shares_total(r, site);
    for (uint16_t i = 0; i < r->n_channels; i++)
        if (shares_counts(r, &r->channels[i], site))
            sum_t += r->channels[i].used_t;
    return sum_t;
}

void shares_begin(struct stock_row *r, enum site site)
{
    int64_t got[STOCK_CHANNELS] = {0};
    if (is_weighted(r))
        divide(r, site, supply(r, site), by_weight, got);
    for (uint16_t i = 0; i < r->n_channels; i++) {
        struct stock_channel *ch = &r->channels[i];
        bool reserves = r->policy == POLICY_RESERVED && shares_counts(r, ch, site);
        ch->m_t = reserves ? ch->reserve_t : got[i];
    }
    r->released = false;
}

bool shares_released(const struct stock_row *r)
{
    return r->released && r->release_at_ms > 0;
}

void shares_grow(struct stock_row *r, enum site site, int64_t growth_t)
{
    if (!is_weighted(r) || r->released || growth_t <= 0)
        return;
    int64_t got[STOCK_CHANNELS];
    divide(r, site, growth_t, by_weight, got);
    for (uint16_t i = 0; i < r->n_channels; i++)
        r->channels[i].m_t += got[i];
}

bool shares_force(struct stock_row *r, enum site site)
{
    return shares_unmet(r, site) > at_least_0(shares_total(r, site)) && divide_rest(r, site, unmet);
}

bool shares_rebalance(struct stock_row *r, enum site site)
{
    return is_weighted(r) && r->policy == POLICY_WEIGHTED_SOFT && !r->released &&
           divide_rest(r, site, by_weight);
}

bool shares_release(struct stock_row *r, enum site site)
{
    bool changed = false;
    for (uint16_t i = 0; i < r->n_channels; i++) {
        changed |= r->channels[i].m_t != 0 && shares_counts(r, &r->channels[i], site);
        r->channels[i].m_t = 0;
    }
    r->released = true;
    return changed;
}

int64_t shares_unmet(const struct stock_row *r, enum site site)
{
    int64_t sum_t = 0;
    for (uint16_t i = 0; i < r->n_channels; i++)
        if (shares_counts(r, &r->channels[i], site))
            sum_t += unmet(&r->channels[i]);
    return sum_t;
}

bool shares_sound(const struct stock_row *r, enum site site)
{
    for (uint16_t i = 0; i < r->n_channels; i++)
        if (r->channels[i].used_t < 0)
            return false;
    return shares_unmet(r, site) <= at_least_0(shares_total(r, site));
}
