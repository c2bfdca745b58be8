/* One round of all checks. */
#ifndef POSHUBCTL_DOCTOR_RUN_H
#define POSHUBCTL_DOCTOR_RUN_H

#include "tools/poshubctl/doctor/doctor.h"

/* Reads the configuration, begins the readers, runs the checks that `wanted` names, and waits for
 * them no longer than DOCTOR_CHECK_MS. False: some did not come back; their threads go on, so the
 * process must end without unwinding, and *d must stay. `socket`: the hub's; CTL_SOCKET stands for
 * the one that the configuration says. Both texts are borrowed. */
bool doctor_round(struct doctor *d, const char *socket, const char *config_path,
                  const bool wanted[DOCTOR_CHECKS], struct finding out[DOCTOR_CHECKS]);

#endif
