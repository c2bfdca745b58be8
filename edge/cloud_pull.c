#include "edge/cloud_pull.h"

#include <stdio.h>

#include "edge/log.h"

static bool raise_alert(struct alerts *alerts, const struct session_facts *facts, int64_t wall_ms)
{
    struct alert alert = {.id = CLOUD_PULL_ALERT,
                          .kind = "CLOUD",
                          .code = "PH-2112",
                          .action = "None in the store. Tell those who run the center.",
                          .since_at_ms = wall_ms};
    snprintf(alert.text, sizeof(alert.text), "The center's changes do not come here: %.100s.",
             facts->pull_why);
    if (!alerts_raise(alerts, &alert))
        return false;
    log_warning("alert id=%s code=%s text=\"%s\"", alert.id, alert.code, alert.text);
    return true;
}

bool cloud_pull_note(struct alerts *alerts, const struct session_facts *facts, bool up,
                     int64_t wall_ms)
{
    if (facts->pull_failures == 0)
        return alerts_resolve(alerts, CLOUD_PULL_ALERT);
    if (!up || facts->pull_failures < CLOUD_PULL_TRIES)
        return false;
    return raise_alert(alerts, facts, wall_ms);
}
