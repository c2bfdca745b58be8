/* Which finding is told first: the cause before what comes of it. Pure. */
#ifndef POSHUBCTL_DOCTOR_ORDER_H
#define POSHUBCTL_DOCTOR_ORDER_H

#include "tools/poshubctl/doctor/doctor.h"

/* Fills *out with the checks that found something, and returns how many. First those that no other
 * finding explains, failures before warnings, then the rest; among equals in the order of
 * DOCTOR_LIST. because[c]: the finding that explains c, or DOCTOR_CHECKS. */
size_t doctor_order(const struct finding findings[DOCTOR_CHECKS],
                    enum doctor_check out[DOCTOR_CHECKS], enum doctor_check because[DOCTOR_CHECKS]);

#endif
