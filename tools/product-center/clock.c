#include "tools/product-center/clock.h"

#include <time.h>

#include "tools/product-center/faults.h"
#include "tools/product-center/settings.h"

int64_t center_clock_ms(const struct settings *settings)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    int64_t ms = (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
    return settings->faults != NULL ? ms + faults_clock_ms(settings->faults) : ms;
}
