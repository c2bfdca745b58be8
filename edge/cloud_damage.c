#include "edge/cloud_damage.h"

#include <stdio.h>

#include "edge/cloud_cause.h"
#include "edge/log.h"

bool cloud_damage_note(struct alerts *alerts, const struct session_facts *facts, int64_t wall_ms)
{
    struct alert alert = {.id = CLOUD_DAMAGE_ALERT,
                          .kind = "CLOUD",
                          .code = "PH-2105",
                          .action = CLOUD_STUCK_ACTION,
                          .since_at_ms = wall_ms};
    if (facts->damaged_why[0] == 0)
        return alerts_resolve(alerts, CLOUD_DAMAGE_ALERT);
    snprintf(alert.text, sizeof(alert.text),
             "A damaged event holds up all behind it on the way to the center: %.80s.",
             facts->damaged_why);
    if (!alerts_raise(alerts, &alert))
        return false;
    log_warning("alert id=%s code=%s text=\"%s\"", alert.id, alert.code, alert.text);
    return true;
}
