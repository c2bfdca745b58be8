/* Help, made from the command table. */
#ifndef POSHUBCTL_HELP_H
#define POSHUBCTL_HELP_H

#include <stdio.h>

#include "tools/poshubctl/table.h"

void help_overview(FILE *out);
void help_group(FILE *out, const char *group);
void help_command(FILE *out, const struct ctl_command *c);
/* "poshubctl stock set OBJECT QTY" */
void help_synopsis(FILE *out, const struct ctl_command *c);

/* A mistyped group, or a verb of a known group: the nearest word on stderr. */
void help_unknown_group(const char *typed);
void help_unknown_verb(const char *group, const char *typed);

#endif
