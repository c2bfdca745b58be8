#include "sync/halving.h"

#include <assert.h>

void halving_init(struct halving *h, uint32_t full)
{
    assert(full > 0);
    *h = (struct halving){.full = full, .limit = full};
}

void halving_resize(struct halving *h, uint32_t full)
{
    assert(full > 0);
    h->full = full;
    if (h->limit > full)
        h->limit = full;
}

/* New events may have joined the batch since it failed before: its first one names it. */
static void count(struct halving *h, uint64_t first_seq, bool alone, int64_t now_ms)
{
    if (h->first_seq != first_seq || h->alone != alone) {
        h->first_seq = first_seq;
        h->alone = alone;
        h->failures = 0;
        h->since_ms = now_ms;
    }
    h->failures++;
}

static enum halving_step failed_alone(struct halving *h, uint64_t seq, int64_t now_ms)
{
    if (h->failures < HALVING_GIVE_UP || now_ms - h->since_ms < HALVING_GIVE_UP_MS)
        return HALVING_AGAIN;
    h->raw_seq = seq;
    return HALVING_RAW;
}

enum halving_step halving_failed(struct halving *h, uint64_t first_seq, uint32_t n,
                                 enum halving_cause cause, int64_t now_ms, bool hello_works)
{
    uint64_t last_seq = first_seq + n - 1;
    assert(first_seq > 0 && n > 0);
    if (!hello_works)
        return HALVING_AGAIN;
    count(h, first_seq, n == 1, now_ms);
    if (n == 1)
        return failed_alone(h, first_seq, now_ms);
    if (first_seq > h->suspect_last && cause == HALVING_NO_ANSWER && h->failures < HALVING_TRIES)
        return HALVING_AGAIN;
    if (h->suspect_last == 0 || last_seq < h->suspect_last)
        h->suspect_last = last_seq;
    h->limit = n / 2;
    return HALVING_SMALLER;
}

static uint32_t half_of(uint64_t rest, uint32_t full)
{
    uint64_t half = rest < 2 ? 1 : rest / 2;
    return half < full ? (uint32_t)half : full;
}

void halving_acked(struct halving *h, uint64_t acked_seq)
{
    h->first_seq = 0;
    if (acked_seq >= h->raw_seq)
        h->raw_seq = 0;
    if (acked_seq < h->suspect_last) {
        h->limit = half_of(h->suspect_last - acked_seq, h->full);
        return;
    }
    h->suspect_last = 0;
    h->limit = h->limit < h->full / 2 ? h->limit * 2 : h->full;
}
