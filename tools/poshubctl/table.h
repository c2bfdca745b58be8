/* The one command table: dispatch, help, completion and the manual's synopsis come from it. */
#ifndef POSHUBCTL_TABLE_H
#define POSHUBCTL_TABLE_H

#include "tools/poshubctl/ctl.h"

struct ctl_option {
    const char *name;  /* without the dashes */
    const char *value; /* what it takes, for the help; NULL: a flag */
    const char *what;
};

struct ctl_command {
    const char *group, *verb;         /* verb "": the group is the command */
    const char *words;                /* synopsis of its words: "OBJECT QTY", "[DAY]" */
    const char *what;                 /* one line, for the overview */
    const char *examples;             /* lines, shown first in the help */
    const char *asks;                 /* destructive: what will happen; NULL: runs unasked */
    long timeout_s;                   /* 0: CTL_TIMEOUT_S */
    const struct ctl_option *options; /* ends with a NULL name; NULL: none of its own */
    enum ctl_exit (*run)(struct ctl *ctl, const struct args *args);
};

extern const struct ctl_command TABLE[];
extern const size_t TABLE_SIZE;
extern const struct ctl_option GLOBAL_OPTIONS[]; /* ends with a NULL name */

/* NULL: no such command. */
const struct ctl_command *table_find(const char *group, const char *verb);
/* The first command of the group; NULL: no such group. */
const struct ctl_command *table_group(const char *group);
/* The group has verbs of its own: "stock", but not "status". */
bool table_has_verbs(const char *group);
/* First command of its group in the table. */
bool table_opens_group(size_t i);
/* How long it waits for an answer unless told otherwise. */
long table_timeout_s(const struct ctl_command *c);
/* How many words the synopsis demands and allows. */
void table_words(const struct ctl_command *c, int *least, int *most);

#endif
