/* How the uplink finds the one event that its center cannot digest (sync-protocol 3.5). Pure: times
 * come in, sizes come out.
 *
 *   the same batch fails three times (or is refused for its size or form once)
 *       -> its range is suspect, the next batch is half as large
 *   a batch inside the suspect range fails            -> half again
 *   a batch inside it is acknowledged                 -> the culprit is in the rest: half of that
 *   one event alone fails 5 times over 2 minutes or more, while hello works -> it is given up
 *   all of the suspect range is acknowledged          -> batches double up to the full size
 *
 * So one poisonous event in 200 costs 3 + 8 + 5 failures, whatever its place.
 */
#ifndef SYNC_HALVING_H
#define SYNC_HALVING_H

#include <stdbool.h>
#include <stdint.h>

#define HALVING_TRIES      3
#define HALVING_GIVE_UP    5
#define HALVING_GIVE_UP_MS 120000

struct halving {
    uint32_t full, limit;  /* events a batch may have at best, and now */
    uint64_t first_seq;    /* the batch that failed last; 0: none did since the last ack */
    bool alone;            /* it had that one event only */
    uint32_t failures;     /* of this first event, alone or not, in a row */
    int64_t since_ms;      /* the first of them */
    uint64_t suspect_last; /* the culprit is at or below it; 0: nobody is suspect */
    uint64_t raw_seq;      /* the event that is given up and not yet acknowledged; 0: none */
};

enum halving_step {
    HALVING_AGAIN,   /* the same batch once more */
    HALVING_SMALLER, /* limit went down: a new, smaller batch from the same first event */
    HALVING_RAW,     /* the one event is given up: raw_seq names it until it is acknowledged */
};

enum halving_cause {
    HALVING_NO_ANSWER, /* 5xx, timeout, connection lost */
    HALVING_REFUSED,   /* 413, 422: it was read, so asking again unchanged is no use */
};

/* `full` is at least 1. */
void halving_init(struct halving *h, uint32_t full);
/* The center has named another size; what is known of its events stays. */
void halving_resize(struct halving *h, uint32_t full);
/* The batch of `n` events (at least 1) from first_seq on has failed at the monotonic time now_ms.
 * `hello_works`: the center has answered a hello since the failure before this one; while it does
 * not, the center is away as a whole and no event is to blame: nothing is counted. */
enum halving_step halving_failed(struct halving *h, uint64_t first_seq, uint32_t n,
                                 enum halving_cause cause, int64_t now_ms, bool hello_works);
/* All up to acked_seq is acknowledged. */
void halving_acked(struct halving *h, uint64_t acked_seq);

#endif
