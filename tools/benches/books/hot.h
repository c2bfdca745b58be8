/* One hot item under CALLERS callers, before and after it runs out, through the hub's own code
 * (edge/intake, edge/clerk, edge/soldout) in one process without a broker.
 *
 * Measured on both sides, for each request: from the request that came in to the text of its reply.
 * So with: remembered refusals, limits, the way to the writer and back with its commit (sold) or
 * the fast path (refused), counting, remembering, the reply. Not with: broker, retained states and
 * tickets of the sold ones. `decoded`: the request begins as a decoded command; else as its bytes.
 */
#ifndef BENCH_BOOKS_HOT_H
#define BENCH_BOOKS_HOT_H

#include <stdbool.h>

struct hot_rates {
    double sold_per_s, refused_per_s;
};
struct hot;
struct hot *hot_open(const char *dir); /* an empty folder */
/* Sells what there is of the item in bursts, and refuses as long after each; `seconds` of both. */
struct hot_rates hot_run(struct hot *h, bool decoded, double seconds);
double hot_refused_fast(const struct hot *h); /* of all, the part that never met the writer */
void hot_close(struct hot *h);

#endif
