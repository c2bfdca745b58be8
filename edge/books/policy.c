#include "edge/books/policy.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

const struct zone *turn_zone(const struct turn *t)
{
    const struct zone *z = &t->b->config->zone;
    return z->offset_s ? z : &ZONE_UTC;
}

/* ---- journal ---- */

static int by_code(const void *a, const void *b)
{
    const struct stock_channel *const *x = a, *const *y = b;
    return str_cmp((*x)->code, (*y)->code);
}

size_t row_channels_by_code(const struct stock_row *r,
                            const struct stock_channel *list[STOCK_CHANNELS])
{
    for (uint16_t i = 0; i < r->n_channels; i++)
        list[i] = &r->channels[i];
    qsort(list, r->n_channels, sizeof *list, by_code);
    return r->n_channels;
}

static void held_body(struct jw *w, const struct stock_row *r)
{
    const struct stock_channel *list[STOCK_CHANNELS];
    size_t n = row_channels_by_code(r, list);
    jw_kobject(w, "m");
    for (size_t i = 0; i < n; i++) {
        char code[CHANNEL_CODE + 1] = "";
        if (list[i]->deleted)
            continue;
        memcpy(code, list[i]->code.p, list[i]->code.n);
        jw_kint(w, code, list[i]->m_t);
    }
    jw_close(w, '}');
}

static void say_rebalance(struct turn *t, struct touched *row, const char *cause)
{
    char body[1024];
    struct jw w;
    jw_init(&w, body, sizeof body);
    jw_open(&w, '{');
    jw_kstring(&w, "cause", str_of(cause));
    jw_kstring(&w, "device", STR("hub"));
    held_body(&w, &row->row);
    jw_kint(&w, "object_id", row->row.object.id);
    jw_kint(&w, "object_type", (int64_t)row->row.object.type);
    jw_close(&w, '}');
    assert(jw_ok(&w));
    t->out->at = journal_append(&t->b->j, EVENT_REBALANCE, t->c->wall_ms, jw_text(&w));
    row->changed = true;
}

/* ---- what changed ---- */

static const struct stock_channel *entry_before(const struct stock_row *before, struct str code)
{
    for (uint16_t i = 0; i < before->n_channels; i++)
        if (str_eq(before->channels[i].code, code))
            return &before->channels[i];
    return NULL;
}

static bool weighs_the_same(const struct stock_channel *a, const struct stock_channel *b)
{
    if (!a || a->deleted || b->deleted)
        return (!a || a->deleted) && (b->deleted || (b->weight == 0 && b->reserve_t == 0));
    return a->weight == b->weight && a->reserve_t == b->reserve_t;
}

static bool begins(const struct stock_row *before, const struct stock_row *r)
{
    if (r->gen != before->gen || r->policy != before->policy || r->type != before->type ||
        r->mode_in_force != before->mode_in_force)
        return true;
    for (uint16_t i = 0; i < r->n_channels && !shares_released(r); i++)
        if (!weighs_the_same(entry_before(before, r->channels[i].code), &r->channels[i]))
            return true;
    return false;
}

/* What the other side's channels sell of the one total takes from no share here: it is in the total
 * and in `used` at once. */
static int64_t used_elsewhere(const struct stock_row *r)
{
    int64_t sum_t = 0;
    for (uint16_t i = 0; i < r->n_channels; i++) {
        enum channel c;
        bool hub = channel_parse(r->channels[i].code, &c) && channel_is_hub(c);
        if (!hub && shares_counts(r, &r->channels[i], SITE_HUB))
            sum_t += r->channels[i].used_t;
    }
    return sum_t;
}

static int64_t growth(const struct stock_row *before, const struct stock_row *r)
{
    if (r->type != STOCK_LIMITED)
        return 0;
    return shares_total(r, SITE_HUB) + used_elsewhere(r) - shares_total(before, SITE_HUB) -
           used_elsewhere(before);
}

static bool held_changed(const struct stock_row *before, const struct stock_row *r)
{
    for (uint16_t i = 0; i < r->n_channels; i++) {
        const struct stock_channel *was = entry_before(before, r->channels[i].code);
        if (r->channels[i].m_t != (was ? was->m_t : 0))
            return true;
    }
    return false;
}

void row_shares_follow(struct turn *t, struct touched *row, const struct stock_row *before)
{
    struct stock_row *r = &row->row;
    const char *cause = "BEGIN";
    if (begins(before, r)) {
        shares_begin(r, SITE_HUB);
    } else {
        int64_t growth_t = growth(before, r);
        cause = growth_t > 0 ? "GROWTH" : "FORCED";
        shares_grow(r, SITE_HUB, growth_t);
    }
    if (shares_force(r, SITE_HUB))
        cause = "FORCED";
    if (held_changed(before, r))
        say_rebalance(t, row, cause);
}

bool row_shares_hold(struct turn *t, struct touched *row)
{
    bool forced = shares_force(&row->row, SITE_HUB);
    if (forced)
        say_rebalance(t, row, "FORCED");
    return forced;
}

/* ---- timers ---- */

static void keep(struct turn *t, struct touched *row, bool changed, const char *cause)
{
    if (!changed) {
        turn_keep_row(t, &row->row);
        return;
    }
    say_rebalance(t, row, cause);
    row->row.h_at = t->out->at;
    turn_save_row(t, &row->row, t->out->at);
}

void row_rebalance_due(struct turn *t, struct touched *row)
{
    if (shares_rebalance(&row->row, SITE_HUB))
        keep(t, row, true, "PERIODIC");
}

void row_release_due(struct turn *t, struct touched *row)
{
    if (row->row.release_at_ms > 0 && !row->row.released)
        keep(t, row, shares_release(&row->row, SITE_HUB), "RELEASE");
}
