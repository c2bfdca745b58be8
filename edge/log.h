/* The log: one fact a line, `event key=value`, to stderr with journald's level prefixes. Only the
 * shell logs; rules and storage return. A line is one write, so threads do not mix theirs.
 */
#ifndef EDGE_LOG_H
#define EDGE_LOG_H

void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
