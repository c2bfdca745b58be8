/* What channels may sell, in the model's own words (sync-protocol 1.5): what is held for each, and
 * when that is reckoned anew. It knows one total, the store's and the center's channels alike.
 */
#include <string.h>

#include "tests/sim/model.h"

static int64_t unmet(const struct model_channel *c)
{
    return c->held_t > c->used_t ? c->held_t - c->used_t : 0;
}

int64_t model_row_total(const struct model_row *r)
{
    return r->limited ? r->real_t - r->locked_t - r->online_locked_t : INT64_MAX;
}

static int64_t left(const struct model_row *r)
{
    int64_t total_t = model_row_total(r);
    return total_t > 0 ? total_t : 0;
}

static int64_t unmet_but(const struct model_row *r, int but)
{
    int64_t sum_t = 0;
    for (int c = 0; c < CHANNEL_COUNT; c++)
        sum_t += c == but ? 0 : unmet(&r->channels[c]);
    return sum_t;
}

/* ---- what a channel may sell ---- */

/* Of fixed shares, where anybody has been given one. */
static bool is_divided(const struct model_row *r)
{
    int64_t sum = 0;
    for (int c = 0; c < CHANNEL_COUNT; c++)
        sum += r->channels[c].weight;
    return r->limited && r->policy == POLICY_WEIGHTED_HARD && !r->released && sum > 0;
}

int64_t model_row_room(const struct model_row *r, enum channel c)
{
    const struct model_channel *ch = &r->channels[c];
    int64_t room_t = ch->capped ? ch->cap_t - ch->used_t : INT64_MAX;
    if (is_divided(r) && ch->held_t - ch->used_t < room_t)
        room_t = ch->held_t - ch->used_t;
    return room_t;
}

int64_t model_row_avail(const struct model_row *r, enum channel c)
{
    if (r->sold_out || r->channels[c].closed)
        return 0;
    int64_t most_t = model_row_room(r, c);
    if (r->limited && model_row_total(r) - unmet_but(r, (int)c) < most_t)
        most_t = model_row_total(r) - unmet_but(r, (int)c);
    return most_t > 0 ? most_t : 0;
}

/* ---- largest remainder ---- */

static bool comes_first(const int64_t weight[], const int64_t rest[], int a, int b)
{
    if (rest[a] != rest[b])
        return rest[a] > rest[b];
    if (weight[a] != weight[b])
        return weight[a] > weight[b];
    return strcmp(channel_name((enum channel)a), channel_name((enum channel)b)) < 0;
}

static void hand_out_rest(int64_t steps, const int64_t weight[], int64_t rest[], int64_t got[])
{
    for (; steps > 0; steps--) {
        int best = 0;
        for (int c = 1; c < CHANNEL_COUNT; c++)
            best = comes_first(weight, rest, c, best) ? c : best;
        got[best]++;
        rest[best] = -1;
    }
}

static void divide(const struct model_row *r, int64_t total_t, const int64_t weight[],
                   int64_t got_t[])
{
    int64_t sum = 0, steps = total_t > 0 ? total_t / r->step_t : 0, given = 0;
    int64_t rest[CHANNEL_COUNT];
    memset(got_t, 0, CHANNEL_COUNT * sizeof *got_t);
    for (int c = 0; c < CHANNEL_COUNT; c++)
        sum += weight[c];
    if (sum == 0)
        return;
    for (int c = 0; c < CHANNEL_COUNT; c++) {
        got_t[c] = steps * weight[c] / sum;
        rest[c] = steps * weight[c] % sum;
        given += got_t[c];
    }
    hand_out_rest(steps - given, weight, rest, got_t);
    for (int c = 0; c < CHANNEL_COUNT; c++)
        got_t[c] *= r->step_t;
}

static void by_weight(const struct model_row *r, int64_t total_t, int64_t got_t[])
{
    int64_t weight[CHANNEL_COUNT];
    for (int c = 0; c < CHANNEL_COUNT; c++)
        weight[c] = r->channels[c].weight;
    divide(r, total_t, weight, got_t);
}

static bool is_weighted(const struct model_row *r)
{
    return r->limited && (r->policy == POLICY_WEIGHTED_HARD || r->policy == POLICY_WEIGHTED_SOFT);
}

/* ---- what is held ---- */

/* Of all there was to sell since the plan came back. */
static void begin(struct model_row *r)
{
    int64_t supply_t = r->limited ? model_row_total(r) : 0, got_t[CHANNEL_COUNT] = {0};
    for (int c = 0; c < CHANNEL_COUNT; c++)
        supply_t += r->channels[c].used_t;
    if (is_weighted(r))
        by_weight(r, supply_t, got_t);
    for (int c = 0; c < CHANNEL_COUNT; c++)
        r->channels[c].held_t = r->policy == POLICY_RESERVED ? r->channels[c].reserve_t : got_t[c];
    r->released = false;
}

static void keep_used_and(struct model_row *r, const int64_t got_t[])
{
    for (int c = 0; c < CHANNEL_COUNT; c++)
        r->channels[c].held_t = r->channels[c].used_t + got_t[c];
}

void model_row_hold(struct model_row *r)
{
    int64_t weight[CHANNEL_COUNT], got_t[CHANNEL_COUNT];
    if (!r->limited || unmet_but(r, -1) <= left(r))
        return;
    for (int c = 0; c < CHANNEL_COUNT; c++)
        weight[c] = unmet(&r->channels[c]);
    divide(r, left(r), weight, got_t);
    keep_used_and(r, got_t);
}

void model_row_rebalance(struct model_row *r)
{
    int64_t got_t[CHANNEL_COUNT];
    if (!is_weighted(r) || r->policy != POLICY_WEIGHTED_SOFT || r->released)
        return;
    by_weight(r, model_row_total(r), got_t);
    keep_used_and(r, got_t);
}

void model_row_release(struct model_row *r)
{
    for (int c = 0; c < CHANNEL_COUNT; c++)
        r->channels[c].held_t = 0;
    r->released = true;
}

static bool begins(const struct model_row *was, const struct model_row *r)
{
    bool anew = was->gen != r->gen || was->policy != r->policy || was->limited != r->limited;
    bool released = r->released && r->release_ms > 0;
    for (int c = 0; c < CHANNEL_COUNT && !released; c++)
        anew = anew || was->channels[c].weight != r->channels[c].weight ||
               was->channels[c].reserve_t != r->channels[c].reserve_t;
    return anew;
}

/* What the center sells is in the total and in what its channel used: no supply came or went. */
static int64_t supply_of(const struct model_row *r)
{
    return model_row_total(r) + r->channels[CHANNEL_ONLINE_ORDER].used_t;
}

static void grow(const struct model_row *was, struct model_row *r)
{
    int64_t got_t[CHANNEL_COUNT];
    if (!is_weighted(r) || r->released)
        return;
    by_weight(r, supply_of(r) - supply_of(was), got_t);
    for (int c = 0; c < CHANNEL_COUNT; c++)
        r->channels[c].held_t += got_t[c];
}

void model_row_share(const struct model_row *was, struct model_row *r)
{
    if (begins(was, r))
        begin(r);
    else
        grow(was, r);
    model_row_hold(r);
}
