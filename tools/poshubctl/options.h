/* The command line: global options anywhere, a command's own behind its name. The doorman of
 * getopt_long. What is wrong is told on stderr, with a suggestion where one is near. */
#ifndef POSHUBCTL_OPTIONS_H
#define POSHUBCTL_OPTIONS_H

#include "tools/poshubctl/table.h"

/* Global options up to the first word behind argv[0]. Returns its index (argc: there is none);
 * -1 after a complaint. */
int options_leading(struct ctl *ctl, int argc, char **argv);
/* All that stands behind a command's name (argv[0]). `own` may be NULL. A word like -2 or -0.5 is a
 * number, not an option. False after a complaint. */
bool options_rest(struct ctl *ctl, const struct ctl_option *own, int argc, char **argv,
                  struct args *out);

#endif
