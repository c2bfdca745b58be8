#include "proto/hlc.h"

#define COUNTER_MAX 65535u

static int64_t max_ms(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* A full counter borrows the next millisecond. */
static struct hlc carry(int64_t l_ms, uint32_t c)
{
    return c > COUNTER_MAX ? (struct hlc){l_ms + 1, 0} : (struct hlc){l_ms, c};
}

struct hlc hlc_tick(struct hlc now, int64_t p_ms)
{
    if (p_ms > now.l_ms)
        return (struct hlc){p_ms, 0};
    return carry(now.l_ms, now.c + 1);
}

struct hlc hlc_receive(struct hlc now, struct hlc remote, int64_t p_ms)
{
    int64_t l_ms = max_ms(max_ms(now.l_ms, remote.l_ms), p_ms);
    uint32_t c = 0;
    if (l_ms == now.l_ms)
        c = now.c + 1;
    if (l_ms == remote.l_ms && remote.c + 1 > c)
        c = remote.c + 1;
    return carry(l_ms, c);
}

int hlc_cmp(struct hlc a, struct hlc b)
{
    if (a.l_ms != b.l_ms)
        return a.l_ms < b.l_ms ? -1 : 1;
    return (a.c > b.c) - (a.c < b.c);
}

int stamp_cmp(struct stamp a, struct stamp b)
{
    int order = hlc_cmp((struct hlc){a.l_ms, a.c}, (struct hlc){b.l_ms, b.c});
    if (order != 0)
        return order;
    return (a.origin > b.origin) - (a.origin < b.origin);
}
