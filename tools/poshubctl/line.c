#include "tools/poshubctl/line.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tools/poshubctl/print.h"
#include "tools/poshubctl/reply.h"

#define NAME_ROOM 9999 /* days; the hub counts no further */

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static const char *age(int64_t at_ms, char buf[SHORT_TEXT])
{
    int64_t ms = now_ms() - at_ms;
    return print_span(ms > 0 ? ms : 0, buf);
}
#define AGE(at_ms) age((at_ms), (char[SHORT_TEXT]){0})

static bool is_up(const struct json *c)
{
    return strcmp(TEXT_AT(c, "link"), "up") == 0;
}

static bool is_said(const struct json *faults, const char *key, const char *text)
{
    for (const struct json *f = faults ? json_first(faults) : NULL; f; f = json_next(f)) {
        if (strstr(TEXT_AT(f, key), text))
            return true;
    }
    return false;
}

static void print_why(const char *text, bool said)
{
    if (*text && !said)
        printf("%*s%s\n", PRINT_NAME, "", text);
}

static void print_link(const struct json *c, const struct json *faults)
{
    int64_t since_ms = reply_int(c, "since_at_ms");
    printf("%-*s", PRINT_NAME, "cloud");
    if (strcmp(TEXT_AT(c, "link"), "none") == 0) {
        printf("none: %s\n", reply_at(c, "acked") ? "enrolled, but [cloud] is not in poshub.conf"
                                                  : "this store has no center");
        return;
    }
    printf("%s, since %s (%s)\n", is_up(c) ? "the center hears us" : "the center does NOT hear us",
           TIME(since_ms), AGE(since_ms));
    const char *error = TEXT_AT(c, "error"), *action = TEXT_AT(c, "action");
    print_why(error, is_said(faults, "text", error));
    print_why(action, is_said(faults, "action", action));
    int64_t next_ms = reply_int(c, "next_try_ms");
    if (!is_up(c) && next_ms > 0)
        printf("%*snext try in %s\n", PRINT_NAME, "", SPAN(next_ms));
}

/* Old events go by a way of their own; why they do not. */
static void print_salvage(const struct json *s)
{
    if (!s)
        return;
    printf("%-*s%s event%s of an earlier epoch %s yet to be told", PRINT_NAME, "salvage",
           TEXT_AT(s, "left"), reply_int(s, "left") == 1 ? "" : "s",
           reply_int(s, "left") == 1 ? "has" : "have");
    if (reply_int(s, "failures") > 0)
        printf("; the last try: %s", TEXT_AT(s, "error"));
    putchar('\n');
}

static void print_queue(const struct json *c)
{
    int64_t waiting = reply_int(c, "waiting"), days = reply_int(c, "room_days");
    if (!reply_at(c, "acked"))
        return;
    printf("%-*s", PRINT_NAME, "queue");
    if (waiting == 0)
        printf("nothing waits");
    else
        printf("%" PRId64 " event%s wait%s, the oldest for %s", waiting, waiting == 1 ? "" : "s",
               waiting == 1 ? "s" : "", SPAN(reply_int(c, "oldest_ms")));
    if (reply_int(c, "aside") > 0)
        printf("   %s set aside by the center: poshubctl queue list", TEXT_AT(c, "aside"));
    putchar('\n');
    print_salvage(reply_at(c, "salvage"));
    printf("%-*s", PRINT_NAME, "room");
    if (days >= NAME_ROOM)
        printf("for years without the center\n");
    else
        printf("for %" PRId64 " day%s without the center, at the pace of the last week\n", days,
               days == 1 ? "" : "s");
}

void line_print(const struct json *cloud, const struct json *faults)
{
    print_link(cloud, faults);
    print_queue(cloud);
}

static void print_left_out(const struct json *c)
{
    if (reply_at(c, "orders_left_out"))
        printf("%-*s%s open orders of the box before are not here; the center shows them\n",
               PRINT_NAME, "claim", TEXT_AT(c, "orders_left_out"));
}

static void print_versions(const struct json *c)
{
    if (!reply_at(c, "applied_ver"))
        return;
    printf("%-*sthe center's changes applied up to %s of %s   push %s\n", PRINT_NAME, "down",
           TEXT_AT(c, "applied_ver"), TEXT_AT(c, "head_ver"), TEXT_AT(c, "push"));
}

void line_print_all(const struct ctl *ctl, const struct json *cloud)
{
    char at[REPLY_TEXT];
    line_print(cloud, NULL);
    if (reply_at(cloud, "acked")) {
        int64_t acked_ms = reply_int(cloud, "acked_at_ms");
        printf("%-*sacknowledged up to %s", PRINT_NAME, "up",
               reply_joined(reply_at(cloud, "acked"), at));
        printf("%s%s\n", acked_ms > 0 ? ", at " : "", acked_ms > 0 ? TIME(acked_ms) : "");
    }
    print_left_out(cloud);
    print_versions(cloud);
    print_line(ctl, "box", TEXT_AT(cloud, "box_id"));
    print_line(ctl, "state", TEXT_AT(cloud, "state"));
    print_line(ctl, "detail", TEXT_AT(cloud, "detail"));
    if (reply_at(cloud, "requests"))
        printf("%-*s%s, %s failed\n", PRINT_NAME, "requests", TEXT_AT(cloud, "requests"),
               TEXT_AT(cloud, "failures"));
}
