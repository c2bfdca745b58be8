#include "sync/backoff.h"

#include <stdbool.h>

/* U(0, most_ms), both ends included: the bias of the remainder is below 2^-40 here. */
static int64_t even_ms(const struct dice *dice, int64_t most_ms)
{
    return (int64_t)(dice->roll(dice->ctx) % ((uint64_t)most_ms + 1));
}

int64_t backoff_first_ms(struct backoff *b, int64_t connected_ms, const struct dice *dice)
{
    bool old = connected_ms > BACKOFF_OLD_AFTER_MS;
    b->failures = old ? BACKOFF_OLD_FAILURES : 0;
    return even_ms(dice, old ? BACKOFF_SPREAD_MS : BACKOFF_YOUNG_MS);
}

int64_t backoff_stuck_ms(struct backoff *b, int64_t connected_ms, const struct dice *dice)
{
    b->failures = connected_ms > BACKOFF_OLD_AFTER_MS ? BACKOFF_OLD_FAILURES : 0;
    return even_ms(dice, BACKOFF_STUCK_MS);
}

int64_t backoff_next_ms(struct backoff *b, const struct dice *dice)
{
    int64_t most_ms = BACKOFF_STEP_MS;
    if (b->failures < UINT32_MAX)
        b->failures++;
    for (uint32_t n = 0; n < b->failures && most_ms < BACKOFF_MAX_MS; n++)
        most_ms *= 2;
    if (most_ms < BACKOFF_MAX_MS)
        return even_ms(dice, most_ms);
    return BACKOFF_MAX_MS / 2 + even_ms(dice, BACKOFF_MAX_MS / 2);
}

int64_t backoff_guided_ms(int64_t asked_ms, const struct dice *dice)
{
    int64_t wait_ms = asked_ms < 0 ? 0 : asked_ms;
    if (wait_ms > BACKOFF_ASKED_MAX_MS)
        wait_ms = BACKOFF_ASKED_MAX_MS;
    return wait_ms + even_ms(dice, BACKOFF_SLOT_SPAN_MS);
}

void backoff_reset(struct backoff *b)
{
    b->failures = 0;
}
