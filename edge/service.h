/* The hub as systemd sees it: ready, one line of status, and the watchdog (sd_notify(3)). The only
 * doorman of libsystemd. Without systemd ($NOTIFY_SOCKET) nothing happens.
 *
 * The watchdog is fed only when both threads of the hub have made progress since it was fed last:
 * the loop, because the tick itself comes from it, and the writer, whose turns have moved or who
 * owes nobody anything. What hangs is ended by systemd after WatchdogSec and started anew.
 */
#ifndef EDGE_SERVICE_H
#define EDGE_SERVICE_H

#include "storage/writer.h"

#define SERVICE_LINE 200
/* A broker that does not come must not keep the store's other services from starting. */
#define SERVICE_READY_MS 20000

struct service {
    bool watched, ready;
    int64_t began_ms;                /* any monotonic clock, as in service_tick */
    uint64_t turns;                  /* of the writer, when the watchdog was fed last */
    char line[SERVICE_LINE];         /* told last */
    void (*tell)(const char *state); /* sd_notify; a test's own */
};
void service_init(struct service *s, int64_t now_ms);
/* Once a second, from the loop. `connected`: to the broker. `line` is the headline of the status.
 */
void service_tick(struct service *s, int64_t now_ms, const struct writer_stats *writer,
                  bool connected, const char *line);
void service_stopping(struct service *s);
/* Something long runs on the caller's thread, before the first tick or at the end: `span_ms` more
 * before systemd loses its patience. Nothing where systemd is not there. */
void service_extend(int64_t span_ms);
/* One line of status before the first tick. */
void service_say(const char *line);

#endif
