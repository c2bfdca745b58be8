/* Other processes, by /proc. */
#ifndef POSHUBCTL_DOCTOR_PROCESS_H
#define POSHUBCTL_DOCTOR_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Its name, "?" where it is gone. Not its command line: other programs' may hold secrets. Returns
 * out. */
#define PROCESS_NAME 64
const char *process_name(pid_t pid, char out[PROCESS_NAME]);
/* One word of its command line is exactly this. */
bool process_has_word(pid_t pid, const char *word);
/* 'R', 'S', 'D', 'T' (stopped), 'Z'; 0: there is no such process. */
char process_state(pid_t pid);
/* The number in a pid file, where that process is alive and called so; else 0. */
pid_t process_of_file(const char *path, const char *name);
/* Who listens on a TCP port; 0: nobody, or nobody that we may look at. */
pid_t process_on_port(uint16_t port);

#endif
