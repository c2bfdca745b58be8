/* Another program, run until it ends, until its time is over, or until somebody interrupts. It sees
 * a bare environment, nothing on stdin, and only the files that it is given. */
#ifndef POSHUBCTL_CHILD_H
#define POSHUBCTL_CHILD_H

#include <signal.h>
#include <stdbool.h>

#include "proto/types.h"

enum child_end { CHILD_DONE, CHILD_ABSENT, CHILD_LATE, CHILD_STOPPED, CHILD_FAILED };

struct child {
    const char *const *argv; /* ends with NULL; argv[0] is looked for in PATH */
    long within_ms;
    int out_fd;                        /* where its stdout goes; -1: into `said` */
    const volatile sig_atomic_t *stop; /* when true, it is ended; NULL: never */
    char *said;                        /* made by child_run and the caller's to free; may be NULL */
    size_t said_n;                     /* at most CHILD_SAID_MOST; what is more is lost */
    int status;                        /* its exit status, with CHILD_DONE */
};
#define CHILD_SAID_MOST (4u << 20)
/* stderr is added to `said`, or goes nowhere. CHILD_ABSENT: there is no such program here. */
enum child_end child_run(struct child *c);

#endif
