#include "tools/poshubctl/doctor/wear.h"

#include <stdio.h>

#define WARN_TENTHS 9
#define OVER_TENTHS 11

/* "0x01 0x02": JEDEC 84-B51, DEVICE_LIFE_TIME_EST_TYP_A and _B. A partition's device is its
 * parent's. */
int wear_read(const char *dev)
{
    static const char *const PLACES[] = {"device/life_time", "../device/life_time"};
    for (size_t i = 0; i < sizeof PLACES / sizeof PLACES[0]; i++) {
        char path[DOCTOR_PATH];
        unsigned a = 0, b = 0;
        snprintf(path, sizeof path, "%s/%s", dev, PLACES[i]);
        FILE *f = fopen(path, "re");
        if (!f)
            continue;
        int n = fscanf(f, "%x %x", &a, &b);
        fclose(f);
        if (n == 2 && a <= OVER_TENTHS && b <= OVER_TENTHS)
            return (int)(a > b ? a : b);
    }
    return 0;
}

void wear_judge(int tenths, struct finding *f)
{
    if (tenths == 0)
        found_ok(f, "this disk does not say how worn it is");
    else if (tenths < WARN_TENTHS)
        found_ok(f, "up to %d %% of the disk's life used", tenths * 10);
    else if (tenths < OVER_TENTHS)
        found_warn(f, "PH-1013", "up to %d %% of the disk's life used", tenths * 10);
    else
        found_fail(f, "PH-1013", "the disk is past the life it was made for");
    if (f->code)
        found_next(f, "poshubctl backup create ; order another disk");
}
