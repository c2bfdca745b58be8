#include "edge/cloud_salvage.h"

#include <stdio.h>

#include "edge/log.h"

static bool raise_alert(struct alerts *alerts, const struct session_facts *facts, int64_t wall_ms)
{
    struct alert alert = {.id = CLOUD_SALVAGE_ALERT,
                          .kind = "CLOUD",
                          .code = "PH-2110",
                          .action = "poshubctl queue list; then tell those who run the center.",
                          .since_at_ms = wall_ms};
    snprintf(alert.text, sizeof(alert.text),
             "The center does not take the events of an earlier epoch: %.80s.", facts->salvage_why);
    if (!alerts_raise(alerts, &alert))
        return false;
    log_warning("alert id=%s code=%s text=\"%s\"", alert.id, alert.code, alert.text);
    return true;
}

bool cloud_salvage_note(struct alerts *alerts, const struct session_facts *facts, bool up,
                        int64_t wall_ms)
{
    bool answered = up || facts->state == UPLINK_HALTED;
    if (facts->salvage_failures == 0)
        return alerts_resolve(alerts, CLOUD_SALVAGE_ALERT);
    if (!answered || facts->salvage_failures < CLOUD_SALVAGE_TRIES)
        return false;
    return raise_alert(alerts, facts, wall_ms);
}

void cloud_salvage_status(const struct session_facts *facts, struct txn *txn, struct position head,
                          struct jw *w)
{
    uint64_t left = salvage_left(txn, head);
    if (left == 0)
        return;
    jw_kobject(w, "salvage");
    jw_kint(w, "left", (int64_t)left);
    jw_kint(w, "failures", facts->salvage_failures);
    jw_kstring(w, "error", str_of(facts->salvage_why));
    jw_close(w, '}');
}

void cloud_salvage_list(struct txn *txn, struct position head, struct jw *w)
{
    struct salvage s = {.at = {0, 0}};
    jw_karray(w, "salvage");
    while (salvage_next(txn, s.at.epoch, &s)) {
        uint64_t last = salvage_end(&s, head);
        if (last == s.at.seq)
            continue;
        jw_open(w, '{');
        jw_kint(w, "epoch", s.at.epoch);
        jw_kint(w, "first_seq", (int64_t)s.at.seq + 1);
        jw_kint(w, "last_seq", (int64_t)last);
        jw_close(w, '}');
    }
    jw_close(w, ']');
}
