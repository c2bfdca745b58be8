#include "edge/cloud_watch.h"

/* A damaged event waits here, and a center that asked to wait has said until when. */
static bool may_send(const struct session_facts *f)
{
    bool sends = f->state == UPLINK_READY || f->state == UPLINK_FLYING;
    return f->up && sends && f->fault == SESSION_FINE && f->next_in_ms <= UPLINK_LINGER_MS;
}

bool cloud_watch_look(struct cloud_watch *w, const struct session_facts *f, uint64_t acked,
                      uint64_t waiting, int64_t now_ms)
{
    if (waiting == 0 || acked != w->acked || !may_send(f)) {
        w->acked = acked;
        w->answers = f->requests;
    }
    bool due = f->requests - w->answers >= CLOUD_ANSWERS;
    if (!stall_look(&w->acks, due, acked, now_ms, CLOUD_STILL_MS))
        return false;
    w->answers = f->requests;
    return true;
}
