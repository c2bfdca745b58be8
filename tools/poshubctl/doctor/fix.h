/* What may be mended without asking: what a technician would type first and what can do no harm. */
#ifndef POSHUBCTL_DOCTOR_FIX_H
#define POSHUBCTL_DOCTOR_FIX_H

#include "tools/poshubctl/doctor/doctor.h"

/* Says what it does on stderr. False: it could not be done. */
bool doctor_fix(const struct doctor *d, enum doctor_fix fix);
/* A word for it, for people and for --json; "" for FIX_NONE. */
const char *doctor_fix_name(enum doctor_fix fix);

#endif
