#include "edge/lan_watch.h"

const char *lan_stall_text(enum lan_stall stall)
{
    static const char *const TEXTS[] = {
#define X(e, text) text,
        LAN_STALL_LIST(X)
#undef X
    };
    return TEXTS[stall];
}

static int64_t patience_ms(enum lan_stall stall)
{
    switch (stall) {
    case LAN_NO_GREETING:
        return LAN_HANDS_MS;
    case LAN_NO_ACKS:
    case LAN_SILENT:
        return LAN_STILL_MS;
    case LAN_NO_ECHO:
        return LAN_ROUTING_MS;
    case LAN_MOVES:
        break;
    }
    return 0;
}

/* Every rule looks every time: what was due counts from when it was. */
enum lan_stall lan_watch_look(struct lan_watch *w, const struct lan_facts *f, int64_t now_ms,
                              int64_t *still_ms)
{
    bool asked = f->up && w->asked > f->echoed;
    bool hands = stall_look(&w->hands, !f->up, 0, now_ms, LAN_HANDS_MS);
    bool acks = stall_look(&w->acks, f->up && f->outstanding > 0, f->acked, now_ms, LAN_STILL_MS);
    bool echo = stall_look(&w->echo, asked, f->read, now_ms, LAN_STILL_MS);
    bool routing = stall_look(&w->routing, asked, f->echoed, now_ms, LAN_ROUTING_MS);
    enum lan_stall stall = hands     ? LAN_NO_GREETING
                           : echo    ? LAN_SILENT
                           : acks    ? LAN_NO_ACKS
                           : routing ? LAN_NO_ECHO
                                     : LAN_MOVES;
    *still_ms = patience_ms(stall);
    return stall;
}

bool lan_watch_ask(struct lan_watch *w, int64_t now_ms)
{
    if (w->asked > 0 && now_ms - w->asked_ms < LAN_ECHO_MS)
        return false;
    w->asked++;
    w->asked_ms = now_ms;
    return true;
}
