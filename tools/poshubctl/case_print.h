/* A case of oversell for people: whose order is short of what, why, and what can be done. */
#ifndef POSHUBCTL_CASE_PRINT_H
#define POSHUBCTL_CASE_PRINT_H

#include "proto/json.h"
#include "tools/poshubctl/ctl.h"

/* As oversell.show gives it; NULL prints nothing. */
void case_print(const struct ctl *ctl, const struct json *one);
/* What the store has to do itself after the center has recorded that it shall; `claim` is the
 * center's, NULL prints nothing. */
void case_print_wish(const struct json *claim);

#endif
