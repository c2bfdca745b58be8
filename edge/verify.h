/* journal.verify: the whole journal and then the books' sums, in slices between the orders. One run
 * at a time.
 */
#ifndef EDGE_VERIFY_H
#define EDGE_VERIFY_H

#include "edge/intake.h"

struct verify {
    struct intake *intake;
    uv_timer_t timer;
    struct request *request; /* NULL: nothing runs */
    struct position from;
    uint8_t tail[HASH_BYTES];
    struct journal_verdict verdict;
};
void verify_init(struct verify *v, uv_loop_t *loop, struct intake *intake);
void verify_stop(struct verify *v);
/* Takes the request over. */
void verify_run(struct verify *v, struct request *r);

#endif
