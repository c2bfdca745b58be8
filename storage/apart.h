/* Work whose death must not be ours: LMDB ends the process on some damaged pages (an assertion, a
 * page that is not there), so a store that may be broken is read by a child first. For programs
 * that have one thread only, because the child goes on with what the fork left of it.
 */
#ifndef STORAGE_APART_H
#define STORAGE_APART_H

#include <stdbool.h>
#include <stddef.h>

#define APART_RESULT 4096 /* a pipe takes so much at once, whoever reads or not */

/* Runs `work` in a child, which fills the `n` bytes of `result` (at most APART_RESULT, no pointers)
 * and ends. False: the child died of it, or none could be made; `result` is then as it was. */
typedef void apart_work(const void *ctx, void *result);
bool apart_run(apart_work *work, const void *ctx, void *result, size_t n);

#endif
