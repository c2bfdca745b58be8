#include "tools/product-center/admission.h"

#define SECOND_US  1000000
#define HORIZON_US (3600LL * SECOND_US) /* a slot further away is one of another clock */

void admission_init(struct admission *a, int64_t rate)
{
    *a = (struct admission){.step_us = rate > 0 ? SECOND_US / rate : 0};
    pthread_mutex_init(&a->lock, NULL);
}

static int64_t ask(struct admission *a, int64_t now_us)
{
    int64_t earliest = now_us - SECOND_US + a->step_us;
    if (a->admit_us < earliest || a->admit_us > now_us + HORIZON_US)
        a->admit_us = earliest;
    if (a->admit_us <= now_us) {
        a->admit_us += a->step_us;
        return 0;
    }
    if (a->slot_us < now_us || a->slot_us > now_us + HORIZON_US)
        a->slot_us = now_us;
    a->slot_us += a->step_us;
    return a->slot_us - now_us;
}

int64_t admission_ask(struct admission *a, int64_t now_ms)
{
    if (a->step_us == 0)
        return 0;
    pthread_mutex_lock(&a->lock);
    int64_t wait_us = ask(a, now_ms * 1000);
    pthread_mutex_unlock(&a->lock);
    return (wait_us + 999) / 1000;
}
