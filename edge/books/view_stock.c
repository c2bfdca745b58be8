/* A stock row as JSON: what a topic keeps of it, and the whole of it for stock.get and replies. */
#include "edge/books/view.h"
#include "proto/rights.h"

#include <stdio.h>

/* ---- what each channel may sell ---- */

static bool is_open_and_unlimited(const struct stock_row *r)
{
    for (int c = 0; c < CHANNEL_COUNT; c++) {
        if (channel_is_hub((enum channel)c) && stock_avail(r, (enum channel)c) < AVAIL_INFINITE)
            return false;
    }
    return true;
}

static void channel_avail(struct jw *w, const struct stock_row *r, enum channel c)
{
    int64_t avail_t = stock_avail(r, c);
    jw_key(w, channel_name(c));
    if (avail_t >= AVAIL_INFINITE)
        jw_null(w);
    else
        jw_qty(w, avail_t);
}

static void avail(struct jw *w, const struct stock_row *r)
{
    jw_key(w, "avail");
    if (is_open_and_unlimited(r)) {
        jw_null(w);
        return;
    }
    jw_open(w, '{');
    for (int c = 0; c < CHANNEL_COUNT; c++) {
        if (channel_is_hub((enum channel)c))
            channel_avail(w, r, (enum channel)c);
    }
    jw_close(w, '}');
}

static void heading(struct jw *w, const struct stock_row *r)
{
    bool limited = r->type == STOCK_LIMITED;
    jw_kint(w, "object_type", (int64_t)r->object.type);
    jw_kid(w, "object_id", r->object.id);
    jw_kstring(w, "name", r->name);
    jw_kbool(w, "on_sale", r->status == STATUS_ON_SALE);
    jw_kbool(w, "limited", limited);
    avail(w, r);
    jw_key(w, "plan");
    if (limited)
        jw_qty(w, r->plan_t);
    else
        jw_null(w);
}

static void policy(struct jw *w, const struct stock_row *r)
{
    jw_kstring(w, "policy", str_of(channel_policy_name(r->policy)));
}

/* Until the center has answered the store sells none of it. */
static void awaited(struct jw *w, const struct stock_row *r)
{
    if (rights_awaited(r))
        jw_kbool(w, "awaited", true);
}

/* What the store may sell although nobody hears it. */
static void strict(struct jw *w, const struct stock_row *r)
{
    if (!rights_strict(r))
        return;
    jw_kobject(w, "strict");
    jw_kqty(w, "rights", rights_usable(r));
    awaited(w, r);
    jw_close(w, '}');
}

void view_stock(struct jw *w, const struct stock_row *r, const uint8_t *secret)
{
    jw_open(w, '{');
    heading(w, r);
    if (r->policy != POLICY_SHARED)
        policy(w, r);
    strict(w, r);
    if (secret)
        view_at(w, r->at, secret);
    jw_close(w, '}');
}

/* ---- the whole row ---- */

static void qty_or_null(struct jw *w, const char *key, int64_t v_t)
{
    jw_key(w, key);
    if (v_t >= AVAIL_INFINITE)
        jw_null(w);
    else
        jw_qty(w, v_t);
}

static void channel(struct jw *w, const struct stock_row *r, const struct stock_channel *ch)
{
    jw_open(w, '{');
    jw_kstring(w, "channel", ch->code);
    jw_kbool(w, "on_sale", ch->status == STATUS_ON_SALE);
    qty_or_null(w, "limit", ch->type == STOCK_LIMITED ? ch->limit_t : AVAIL_INFINITE);
    jw_kint(w, "weight", ch->weight);
    jw_kqty(w, "reserve", ch->reserve_t);
    jw_kqty(w, "used", ch->used_t);
    jw_kqty(w, "held", ch->m_t);
    qty_or_null(w, "avail", shares_avail(r, SITE_HUB, shares_total(r, SITE_HUB), ch->code));
    jw_close(w, '}');
}

static bool is_of_the_house(struct str code)
{
    enum channel c;
    return channel_parse(code, &c);
}

/* Those of this house also where nothing was said of them, then any others. */
static void channels(struct jw *w, const struct stock_row *r)
{
    jw_karray(w, "channels");
    for (int c = 0; c < CHANNEL_COUNT; c++) {
        const struct stock_channel *ch = stock_channel_find(r, (enum channel)c);
        const struct stock_channel plain = {.code = str_of(channel_name((enum channel)c)),
                                            .status = STATUS_ON_SALE,
                                            .type = STOCK_UNLIMITED};
        channel(w, r, ch ? ch : &plain);
    }
    for (uint16_t i = 0; i < r->n_channels; i++)
        if (!r->channels[i].deleted && !is_of_the_house(r->channels[i].code))
            channel(w, r, &r->channels[i]);
    jw_close(w, ']');
}

static void release(struct jw *w, const struct stock_row *r, const struct stock_times *times)
{
    char text[16];
    if (r->policy == POLICY_WEIGHTED_SOFT)
        jw_kint(w, "rebalance_s", r->rebalance_s ? r->rebalance_s : REBALANCE_S);
    if (r->release_at_ms <= 0)
        return;
    snprintf(text, sizeof text, "%02u:%02u", times->release_min / 60, times->release_min % 60);
    jw_kstring(w, "release_at", str_of(text));
}

static void schedule(struct jw *w, const struct stock_row *r, const struct stock_times *times)
{
    if (r->auto_restore != 1)
        return;
    jw_kobject(w, "schedule");
    jw_kint(w, "at_ms", r->restore_at_ms);
    jw_kbool(w, "daily", r->repeat == 1);
    if (times->restore_ms)
        jw_kint(w, "next_at_ms", times->restore_ms);
    if (r->restored_ms)
        jw_kint(w, "last_at_ms", r->restored_ms);
    jw_close(w, '}');
}

/* And how that comes about (sync-protocol 5.5). */
static void strict_whole(struct jw *w, const struct stock_row *r)
{
    if (!rights_strict(r))
        return;
    jw_kobject(w, "strict");
    jw_kqty(w, "rights", rights_usable(r));
    awaited(w, r);
    jw_kqty(w, "granted", r->gr_t);
    jw_kqty(w, "returned", r->xr_t);
    jw_kqty(w, "sold", r->base_h_t - r->h_t);
    jw_kqty(w, "locked", r->lh_t);
    if (r->presumed_t > 0)
        jw_kqty(w, "presumed", r->presumed_t);
    jw_close(w, '}');
}

void view_stock_whole(struct jw *w, const struct stock_row *r, const struct stock_times *times)
{
    jw_open(w, '{');
    heading(w, r);
    policy(w, r);
    release(w, r, times);
    channels(w, r);
    schedule(w, r, times);
    strict_whole(w, r);
    jw_close(w, '}');
}
