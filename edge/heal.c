#include "edge/heal.h"

#include <stdio.h>

#include "edge/log.h"

#define SECOND_MS 1000

static void tell(struct heal *h, const struct alert *alert)
{
    alerts_raise(h->alerts, alert); /* a known one has another text now */
    h->alert_changed(h->ctx, str_of(h->alert));
}

void heal_stuck(struct heal *h, const char *why, int64_t still_ms, int64_t now_ms, int64_t wall_ms)
{
    struct alert alert = {.kind = "LINK", .code = h->code, .action = h->action};
    if (h->stuck)
        return;
    h->stuck = true;
    h->stalls++;
    h->began_ms = now_ms - still_ms;
    h->span_ms = still_ms;
    h->at_ms = alert.since_at_ms = wall_ms;
    snprintf(h->why, sizeof(h->why), "%s", why);
    log_warning("link_stuck link=%s still_ms=%lld why=\"%s\"", h->link, (long long)still_ms,
                h->why);
    snprintf(alert.id, sizeof(alert.id), "%s", h->alert);
    snprintf(alert.text, sizeof(alert.text), "%.20s stuck: %s for %lld s. It is being made again.",
             h->name, h->why, (long long)(still_ms / SECOND_MS));
    tell(h, &alert);
}

void heal_moves(struct heal *h, int64_t now_ms)
{
    struct alert alert = {
        .kind = "LINK", .code = h->code, .action = h->action, .since_at_ms = h->at_ms};
    if (!h->stuck)
        return;
    h->stuck = false;
    h->healed++;
    h->healed_ms = now_ms;
    h->span_ms = now_ms - h->began_ms;
    log_info("link_healed link=%s after_ms=%lld", h->link, (long long)h->span_ms);
    snprintf(alert.id, sizeof(alert.id), "%s", h->alert);
    snprintf(alert.text, sizeof(alert.text), "%.20s was stuck for %lld s and works again: %s.",
             h->name, (long long)(h->span_ms / SECOND_MS), h->why);
    tell(h, &alert);
}

void heal_tick(struct heal *h, int64_t now_ms)
{
    bool old = !h->stuck && now_ms - h->healed_ms >= HEAL_TOLD_MS;
    if (old && alerts_resolve(h->alerts, h->alert))
        h->alert_changed(h->ctx, str_of(h->alert));
}

void heal_status(const struct heal *h, struct jw *w)
{
    jw_kobject(w, "stuck");
    jw_kbool(w, "now", h->stuck);
    jw_kint(w, "stalls", (int64_t)h->stalls);
    jw_kint(w, "healed", (int64_t)h->healed);
    jw_kint(w, "at_ms", h->at_ms);
    jw_kint(w, "ms", h->span_ms);
    jw_kstring(w, "why", str_of(h->why));
    jw_close(w, '}');
}
