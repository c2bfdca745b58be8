#include "proto/apportion.h"

#include <assert.h>

static int64_t weight_of(const struct share *s)
{
    return s->weight > 0 ? s->weight : 0;
}

static int64_t weight_sum(const struct share *shares, size_t n)
{
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += weight_of(&shares[i]);
    return sum;
}

struct quota {
    int64_t whole, rest;
};
/* steps * weight / sum. The product may need more than 64 bits when the weights are quantities, so
 * it is never formed: bit by bit, prefix * weight = whole * sum + rest. */
static struct quota quota_of(int64_t steps, int64_t weight, int64_t sum)
{
    struct quota q = {0, 0};
    for (int bit = 62; bit >= 0; bit--) {
        q.whole *= 2;
        q.rest *= 2;
        if (q.rest >= sum) {
            q.rest -= sum;
            q.whole++;
        }
        if ((steps >> bit) & 1)
            q.rest += weight;
        if (q.rest >= sum) {
            q.rest -= sum;
            q.whole++;
        }
    }
    return q;
}

static bool goes_before(const struct share *a, const struct share *b)
{
    if (a->rest != b->rest)
        return a->rest > b->rest;
    if (weight_of(a) != weight_of(b))
        return weight_of(a) > weight_of(b);
    return str_cmp(a->code, b->code) < 0;
}

static int64_t rank_of(const struct share *shares, size_t n, size_t i)
{
    int64_t before = 0;
    for (size_t k = 0; k < n; k++)
        before += k != i && goes_before(&shares[k], &shares[i]);
    return before;
}

int64_t apportion(int64_t total_t, int64_t step_t, struct share *shares, size_t n)
{
    assert(step_t > 0);
    int64_t total = total_t > 0 ? total_t : 0;
    int64_t steps = total / step_t, sum = weight_sum(shares, n), left = steps;
    for (size_t i = 0; i < n; i++) {
        struct quota q = sum ? quota_of(steps, weight_of(&shares[i]), sum) : (struct quota){0, 0};
        shares[i].got_t = q.whole * step_t;
        shares[i].rest = q.rest;
        left -= q.whole;
    }
    if (sum == 0)
        return total;
    for (size_t i = 0; i < n; i++)
        if (rank_of(shares, n, i) < left)
            shares[i].got_t += step_t;
    return total % step_t;
}
