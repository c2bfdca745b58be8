#include "tools/poshubctl/doctor/order.h"

#define ROOTS 6

/* What may lie behind a finding, the likeliest first. */
static const struct {
    enum doctor_check of, causes[ROOTS];
    int n;
} BEHIND[] = {
    {CHECK_STORE, {CHECK_DISK}, 1},
    {CHECK_MAP, {CHECK_DISK}, 1},
    {CHECK_BACKUP, {CHECK_DISK, CHECK_CLOCK, CHECK_STORE}, 3},
    {CHECK_HUB, {CHECK_CONFIG, CHECK_DISK, CHECK_STORE}, 3},
    {CHECK_BROKER, {CHECK_ADDRESS, CHECK_HUB, CHECK_CERTIFICATE}, 3},
    {CHECK_CLIENT_ID, {CHECK_ADDRESS}, 1},
    {CHECK_RIGHTS, {CHECK_BROKER}, 1},
    {CHECK_DEVICES, {CHECK_ADDRESS, CHECK_HUB, CHECK_BROKER, CHECK_RIGHTS}, 4},
    {CHECK_CERTIFICATE, {CHECK_CLOCK}, 1},
    {CHECK_HTTPS, {CHECK_CLOCK, CHECK_CERTIFICATE, CHECK_NAME}, 3},
    {CHECK_MQTT, {CHECK_CLOCK, CHECK_CERTIFICATE, CHECK_NAME, CHECK_HTTPS}, 4},
    {CHECK_LINK, {CHECK_CLOCK, CHECK_CERTIFICATE, CHECK_NAME, CHECK_HTTPS, CHECK_MQTT}, 5},
    {CHECK_QUEUE,
     {CHECK_CLOCK, CHECK_CERTIFICATE, CHECK_NAME, CHECK_HTTPS, CHECK_HUB, CHECK_LINK},
     6},
};

static bool is_trouble(const struct finding *f)
{
    return f->state >= DOCTOR_WARN;
}

/* A warning explains no failure but of what it names itself: a clock that no one keeps is not why a
 * certificate is refused. */
static bool explains(const struct finding *cause, const struct finding *of)
{
    return is_trouble(cause) && cause->state >= of->state;
}

static enum doctor_check cause_of(const struct finding *findings, enum doctor_check of)
{
    for (size_t i = 0; i < sizeof BEHIND / sizeof BEHIND[0]; i++) {
        if (BEHIND[i].of != of)
            continue;
        for (int k = 0; k < BEHIND[i].n; k++) {
            if (explains(&findings[BEHIND[i].causes[k]], &findings[of]))
                return BEHIND[i].causes[k];
        }
    }
    return DOCTOR_CHECKS;
}

size_t doctor_order(const struct finding findings[DOCTOR_CHECKS],
                    enum doctor_check out[DOCTOR_CHECKS], enum doctor_check because[DOCTOR_CHECKS])
{
    size_t n = 0;
    for (int c = 0; c < DOCTOR_CHECKS; c++)
        because[c] =
            is_trouble(&findings[c]) ? cause_of(findings, (enum doctor_check)c) : DOCTOR_CHECKS;
    for (int explained = 0; explained < 2; explained++) {
        for (int state = DOCTOR_FAIL; state >= DOCTOR_WARN; state--) {
            for (int c = 0; c < DOCTOR_CHECKS; c++) {
                if ((int)findings[c].state == state && (because[c] != DOCTOR_CHECKS) == explained)
                    out[n++] = (enum doctor_check)c;
            }
        }
    }
    return n;
}
