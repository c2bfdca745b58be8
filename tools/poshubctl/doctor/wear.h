/* How much of an eMMC's life is used, as it says itself. */
#ifndef POSHUBCTL_DOCTOR_WEAR_H
#define POSHUBCTL_DOCTOR_WEAR_H

#include "tools/poshubctl/doctor/doctor.h"

/* Tenths of its life that are used, 1..11 (11: more than it was made for), of the worse of its two
 * kinds of memory; 0: the device does not say. `dev` is a folder of /sys/dev/block. */
int wear_read(const char *dev);
void wear_judge(int tenths, struct finding *f);

#endif
