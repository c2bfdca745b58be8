#include "edge/service.h"

#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

static void tell_systemd(const char *state)
{
    sd_notify(0, state);
}

void service_init(struct service *s, int64_t now_ms)
{
    uint64_t usec;
    *s = (struct service){.began_ms = now_ms, .tell = tell_systemd};
    s->watched = sd_watchdog_enabled(0, &usec) > 0;
}

static void tell_line(struct service *s, const char *line)
{
    char text[SERVICE_LINE + 8];
    if (strncmp(s->line, line, sizeof(s->line) - 1) == 0)
        return;
    snprintf(s->line, sizeof(s->line), "%s", line);
    snprintf(text, sizeof(text), "STATUS=%s", s->line);
    s->tell(text);
}

static void feed(struct service *s, const struct writer_stats *writer)
{
    if (writer->unfinished > 0 && writer->turns == s->turns)
        return;
    s->turns = writer->turns;
    s->tell("WATCHDOG=1");
}

void service_tick(struct service *s, int64_t now_ms, const struct writer_stats *writer,
                  bool connected, const char *line)
{
    if (!s->ready && (connected || now_ms - s->began_ms >= SERVICE_READY_MS)) {
        s->ready = true;
        s->tell("READY=1");
    }
    tell_line(s, line);
    if (s->watched)
        feed(s, writer);
}

void service_stopping(struct service *s)
{
    s->tell("STOPPING=1");
}

void service_extend(int64_t span_ms)
{
    char text[64];
    snprintf(text, sizeof(text), "EXTEND_TIMEOUT_USEC=%lld", (long long)span_ms * 1000);
    tell_systemd(text);
}

void service_say(const char *line)
{
    char text[SERVICE_LINE + 8];
    snprintf(text, sizeof(text), "STATUS=%.*s", SERVICE_LINE - 1, line);
    tell_systemd(text);
}
