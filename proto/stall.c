#include "proto/stall.h"

static int64_t looked_for_ms(const struct stall *s, int64_t now_ms)
{
    int64_t span_ms = now_ms - s->looked_ms;
    return span_ms < STALL_LOOK_MAX_MS ? span_ms : STALL_LOOK_MAX_MS;
}

bool stall_look(struct stall *s, bool due, uint64_t moved, int64_t now_ms, int64_t patience_ms)
{
    bool still = s->due && due && moved == s->moved;
    int64_t still_ms = still ? s->still_ms + looked_for_ms(s, now_ms) : 0;
    *s = (struct stall){moved, now_ms, still_ms, due};
    if (still_ms < patience_ms)
        return false;
    *s = (struct stall){0};
    return true;
}
