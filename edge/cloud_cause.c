#include "edge/cloud_cause.h"

#include <stdio.h>

#define SECOND_MS 1000
#define MINUTE_S  60
#define HOUR_S    3600

/* Codes and actions. The store is between two epochs with the last: the hub gets the next one by
 * itself. */
static const struct cloud_cause AWAY = {
    "PH-2101", "None needed now. Look at the store's internet line.", false};
static const struct cloud_cause REFUSED = {
    "PH-2102", "Ask the center for a token; poshubctl cloud enrol --token ..", false};
static const struct cloud_cause FAILING = {
    "PH-2103", "None in the store. Tell those who run the center.", false};
static const struct cloud_cause OTHER = {"PH-2104",
                                         "If this box shall sell, not that one: ask the center for "
                                         "a token, then poshubctl cloud claim --token ..",
                                         true};
static const struct cloud_cause OLD = {
    "PH-2104", "Call support before anything is changed on this box.", true};
static const struct cloud_cause STUCK = {"PH-2105", CLOUD_STUCK_ACTION, true};
static const struct cloud_cause PAPERS = {
    "PH-2107", "timedatectl status; then look at [cloud] ca and cert.", false};
static const struct cloud_cause PAUSED = {"PH-2108", "poshubctl sync resume, when it is time.",
                                          true};
static const struct cloud_cause TOKEN = {"PH-2111",
                                         "Wrong, spent, or another box has the store: ask the "
                                         "center for a new token; poshubctl cloud claim --token ..",
                                         true};
static const struct cloud_cause CLAIMS = {
    "PH-2109", "Wait a minute; else poshubctl cloud claim --token ..", false};

static struct cloud_cause of_fault(enum session_fault fault)
{
    switch (fault) {
    case SESSION_EPOCH:
    case SESSION_CLAIM:
        return CLAIMS;
    case SESSION_TOKEN:
        return TOKEN;
    case SESSION_PAUSED:
        return PAUSED;
    case SESSION_FINE:
    case SESSION_UNREADABLE:
    case SESSION_DAMAGED:
    case SESSION_GONE:
    case SESSION_BOX:
        break;
    }
    return STUCK;
}

static struct cloud_cause of_trouble(enum uplink_trouble trouble, enum https_result line)
{
    switch (trouble) {
    case UPLINK_REFUSED:
    case UPLINK_OLD_CENTER:
        return REFUSED;
    case UPLINK_FAILING:
    case UPLINK_NONSENSE:
    case UPLINK_SLOWED:
        return FAILING;
    case UPLINK_FENCED:
        return OTHER;
    case UPLINK_FORKED:
        return OLD;
    case UPLINK_FINE:
    case UPLINK_NO_ANSWER:
        break;
    }
    return line == HTTPS_CLOCK || line == HTTPS_NO_TRUST ? PAPERS : AWAY;
}

struct cloud_cause cloud_cause(const struct session_facts *f)
{
    return f->fault != SESSION_FINE ? of_fault(f->fault) : of_trouble(f->trouble, f->line);
}

/* A hub that is fenced, or is about to be, sells nothing new: whoever says so is PH-1005. */
static bool is_fenced(const struct session_facts *f)
{
    return f->fenced || f->trouble == UPLINK_FENCED || f->trouble == UPLINK_FORKED;
}

void cloud_cause_text(const struct session_facts *f, int64_t for_ms, char out[ALERT_TEXT])
{
    const char *why = session_text(f);
    long long s = for_ms / SECOND_MS;
    snprintf(out, ALERT_TEXT, "Cloud down for %02lld:%02lld:%02lld: %s.%s", s / HOUR_S,
             s / MINUTE_S % MINUTE_S, s % MINUTE_S,
             why[0] != 0 ? why : "the center was not heard yet",
             is_fenced(f) ? "" : " The store goes on selling.");
}
