#include "proto/oversell.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- names ---- */

static const char *const RANKINGS[] = {
#define X(e, name) name,
    RANKING_LIST(X)
#undef X
};
static const char *const CAUSES[] = {
#define X(e, name) name,
    OVERSELL_CAUSE_LIST(X)
#undef X
};
static const char *const CASE_STATES[] = {
#define X(e, name) name,
    CASE_STATE_LIST(X)
#undef X
};

const char *ranking_name(enum ranking v)
{
    return v < RANKING_COUNT ? RANKINGS[v] : "?";
}

const char *oversell_cause_name(enum oversell_cause v)
{
    return v < OVERSELL_CAUSE_COUNT ? CAUSES[v] : "?";
}

const char *case_state_name(enum case_state v)
{
    return v < CASE_STATE_COUNT ? CASE_STATES[v] : "?";
}

bool ranking_parse(struct str name, enum ranking *out)
{
    for (unsigned i = 0; i < RANKING_COUNT; i++) {
        if (str_eq(name, str_of(RANKINGS[i]))) {
            *out = (enum ranking)i;
            return true;
        }
    }
    return false;
}

/* ---- how much ---- */

static int64_t above_zero(int64_t v)
{
    return v > 0 ? v : 0;
}

struct oversell oversell_of(const struct stock_row *r)
{
    if (r->type != STOCK_LIMITED)
        return (struct oversell){0, 0};
    int64_t confirmed_t = above_zero(-stock_real(r));
    return (struct oversell){confirmed_t, above_zero(stock_short(r) - confirmed_t)};
}

size_t oversell_case_id(struct str poi, const struct stock_row *r, char out[OVERSELL_CASE_ID])
{
    int n = snprintf(out, OVERSELL_CASE_ID, "ov:%.*s:%d:%" PRId64 ":%.*s", (int)poi.n, poi.p,
                     (int)r->object.type, r->object.id, (int)r->gen_id.n, r->gen_id.p);
    assert(n > 0 && n < OVERSELL_CASE_ID);
    return (size_t)n;
}

/* ---- whose ---- */

int64_t oversell_supply(const struct stock_row *r, const struct claim *claims, size_t n)
{
    int64_t supply_t = stock_real(r);
    for (size_t i = 0; i < n; i++)
        if (claims[i].deducted)
            supply_t += claims[i].q_t;
    return supply_t;
}

bool oversell_confident(const struct claim *claims, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (claims[i].suspect)
            return false;
    return true;
}

enum ranking oversell_ranking(const struct claim *claims, size_t n, unsigned asked)
{
    if (asked >= RANKING_COUNT)
        return RANKING_STORE_FIRST;
    if (asked == RANKING_FIRST_COME && !oversell_confident(claims, n))
        return RANKING_STORE_FIRST;
    return (enum ranking)asked;
}

static bool side_waits(enum claim_side side, enum ranking ranking)
{
    switch (ranking) {
    case RANKING_STORE_FIRST:
        return side == SIDE_ONLINE;
    case RANKING_ONLINE_FIRST:
        return side == SIDE_STORE;
    case RANKING_FIRST_COME:
    case RANKING_COUNT:
        break;
    }
    return false;
}

/* What has been eaten cannot be revoked, what has been paid for is the stronger promise. */
static uint8_t place_of(const struct claim *c, enum ranking ranking)
{
    return (uint8_t)((c->served ? 0 : 4) + (c->deducted ? 0 : 2) +
                     (side_waits(c->side, ranking) ? 1 : 0));
}

static int by_time(const void *left, const void *right)
{
    const struct claim *a = left, *b = right;
    int order = hlc_cmp(a->hlc, b->hlc);
    if (order == 0)
        order = str_cmp(a->order_id, b->order_id);
    return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

static int by_place(const void *left, const void *right)
{
    const struct claim *a = left, *b = right;
    return a->place != b->place ? a->place - b->place : by_time(a, b);
}

static void sort(struct claim *claims, size_t n, int (*order)(const void *, const void *))
{
    if (n > 1)
        qsort(claims, n, sizeof *claims, order);
}

void oversell_assign(struct claim *claims, size_t n, unsigned asked, int64_t supply_t)
{
    enum ranking ranking = oversell_ranking(claims, n, asked);
    for (size_t i = 0; i < n; i++)
        claims[i].place = place_of(&claims[i], ranking);
    sort(claims, n, by_place);
    int64_t left_t = above_zero(supply_t);
    for (size_t i = 0; i < n; i++) {
        int64_t want_t = above_zero(claims[i].q_t);
        int64_t got_t = want_t < left_t ? want_t : left_t;
        claims[i].short_t = want_t - got_t;
        left_t -= got_t;
    }
    sort(claims, n, by_time);
}

enum oversell_cause oversell_cause(const struct stock_row *r, const struct claim *claims, size_t n)
{
    bool salvaged = false, overridden = false, sold[2] = {false, false};
    int64_t sum_t = 0;
    for (size_t i = 0; i < n; i++) {
        salvaged = salvaged || claims[i].salvaged;
        overridden = overridden || claims[i].overridden;
        sold[claims[i].side == SIDE_ONLINE] = true;
        sum_t += claims[i].q_t;
    }
    if (salvaged)
        return CAUSE_SALVAGE;
    if (overridden)
        return CAUSE_OVERRIDE;
    if (r->mode_in_force == MODE_STRICT) /* neither side can sell the other's */
        return CAUSE_SHRINK;
    return sold[0] && sold[1] && sum_t > r->base_t ? CAUSE_PARTITION : CAUSE_SHRINK;
}

/* ---- until when ---- */

static bool all_waived(const struct claim *claims, size_t n)
{
    size_t waived = 0;
    for (size_t i = 0; i < n; i++) {
        if (claims[i].short_t > 0 && !claims[i].waived)
            return false;
        waived += claims[i].short_t > 0;
    }
    return waived > 0;
}

enum case_state oversell_state(const struct stock_row *r, const struct claim *claims, size_t n,
                               bool drained, bool acted)
{
    if (stock_short(r) == 0)
        return acted ? CASE_CLOSED : CASE_COVERED;
    if (all_waived(claims, n))
        return CASE_CLOSED;
    return drained ? CASE_OPEN : CASE_PROVISIONAL;
}
