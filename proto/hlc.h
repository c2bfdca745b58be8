/* Hybrid logical clock (Kulkarni, Demirbas et al., "Logical Physical Clocks", 2014) and the stamps
 * made from it. Used to choose winners between concurrent registers, never for local order.
 */
#ifndef PROTO_HLC_H
#define PROTO_HLC_H

#include <stdint.h>

struct hlc {
    int64_t l_ms;
    uint32_t c; /* 0..65535 */
};

enum origin { ORIGIN_CENTER = 0, ORIGIN_HUB = 1, ORIGIN_TIMER = 2 };
struct stamp {
    int64_t l_ms;
    uint32_t c;
    uint32_t origin; /* enum origin */
};

/* The next local event at physical time p (disciplined wall clock). */
struct hlc hlc_tick(struct hlc now, int64_t p_ms);
/* After hearing a remote clock. */
struct hlc hlc_receive(struct hlc now, struct hlc remote, int64_t p_ms);
int hlc_cmp(struct hlc a, struct hlc b);
/* Left to right: l, c, origin (sync-protocol 1.2). */
int stamp_cmp(struct stamp a, struct stamp b);

#endif
