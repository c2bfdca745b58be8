/* The log: one fact a line, `event key=value`, to stderr with journald's level prefixes. Only the
 * shell logs; rules and storage return. A line is one write, so threads do not mix theirs.
 *
 * Where stderr is the journal's, a line that names a fault (`code=PH-2101`) goes there as an entry
 * with the fields MESSAGE_ID, by which `journalctl -x` finds what poshub.catalog says of it, and
 * POSHUB_FAULT. The one doorman of libsystemd's journal.
 */
#ifndef EDGE_LOG_H
#define EDGE_LOG_H

#include <stdbool.h>

void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#define LOG_FAULT 8  /* "PH-2101" */
#define LOG_ID    33 /* 32 hex digits; the last four are the fault's number */
/* The fault that a line names, and its MESSAGE_ID. False: none. */
bool log_fault(const char *line, char fault[LOG_FAULT], char id[LOG_ID]);

#endif
