/* How long a silent line is waited for: briefly at first, so that one that is stuck is soon made
 * again; longer each time that a new one was silent too, for then the other side is slow, and would
 * never be heard to the end. Pure.
 */
#ifndef SYNC_PATIENCE_H
#define SYNC_PATIENCE_H

#include <stdint.h>

#define PATIENCE_DOUBLINGS 2
#define PATIENCE_MAX_MS    28000 /* a line that is stuck is known within 30 s */

/* All zeroes: the first time. */
struct patience {
    uint32_t doublings;
};

/* first_ms is what it is at first. */
int64_t patience_ms(const struct patience *p, int64_t first_ms);
/* It came to its end. */
void patience_lost(struct patience *p);
/* An answer took so long: from now on twice that is waited for at least. */
void patience_answered(struct patience *p, int64_t first_ms, int64_t took_ms);

#endif
