/* Latencies in fixed buckets, four to an octave: a percentile is right to about 12 %, and nothing
 * is ever allocated. Two generations make the figures follow the present.
 */
#ifndef EDGE_HISTOGRAM_H
#define EDGE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_BUCKETS 96 /* up to about 33 s; the last one takes what is longer */

struct histogram {
    uint32_t now[HISTOGRAM_BUCKETS], before[HISTOGRAM_BUCKETS];
    uint64_t count, sum_us; /* since the start */
};
void histogram_add(struct histogram *h, int64_t us); /* below 0 counts as 0 */
/* Forgets the older generation: what is shown covers one to two of the caller's periods. */
void histogram_turn(struct histogram *h);
/* The upper edge, in microseconds, of the bucket in which the permille-th value lies; 0 when there
 * is none. */
int64_t histogram_permille(const struct histogram *h, uint32_t permille);

#endif
