#include "sync/patience.h"

int64_t patience_ms(const struct patience *p, int64_t first_ms)
{
    int64_t wait_ms = first_ms << p->doublings;
    return wait_ms < PATIENCE_MAX_MS || p->doublings == 0 ? wait_ms : PATIENCE_MAX_MS;
}

void patience_lost(struct patience *p)
{
    if (p->doublings < PATIENCE_DOUBLINGS)
        p->doublings++;
}

void patience_answered(struct patience *p, int64_t first_ms, int64_t took_ms)
{
    p->doublings = 0;
    while (p->doublings < PATIENCE_DOUBLINGS && first_ms << p->doublings < 2 * took_ms)
        p->doublings++;
}
