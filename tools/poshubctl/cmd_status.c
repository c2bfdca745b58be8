/* status: one screen in plain words. top: one line a second. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/poshubctl/cmd.h"
#include "tools/poshubctl/reply.h"
#include "tools/poshubctl/hub.h"
#include "tools/poshubctl/line.h"
#include "tools/poshubctl/rounds.h"

#define HOME_AND_CLEAR "\033[H\033[2J"
#define TITLE_EVERY    20 /* lines of top: about a screen */

/* ---- status ---- */

static void print_head(const struct ctl *ctl, const struct json *s)
{
    printf("%-*s%s %s   hub %s   up %s   clock %s\n", PRINT_NAME, "store",
           TEXT_AT(s, "store.poi_id"), TEXT_AT(s, "store.name"), TEXT_AT(s, "version"),
           SPAN(reply_int(s, "uptime_ms")), TEXT_AT(s, "clock"));
    print_line(ctl, "state", TEXT_AT(s, "state"));
    print_line(ctl, "status", TEXT_AT(s, "status"));
    print_line(ctl, "action", TEXT_AT(s, "action"));
    print_line(ctl, "see", TEXT_AT(s, "see"));
}

/* The first stands above, as the state's own words. */
static void print_faults(const struct ctl *ctl, const struct json *s)
{
    const struct json *faults = reply_at(s, "faults"), *first = faults ? json_first(faults) : NULL;
    for (const struct json *f = first ? json_next(first) : NULL; f; f = json_next(f)) {
        print_painted(ctl, "fault");
        printf("%*s%s  %s\n", PRINT_NAME - 5, "", TEXT_AT(f, "code"), TEXT_AT(f, "text"));
        if (*TEXT_AT(f, "action"))
            printf("%*s%s\n", PRINT_NAME, "", TEXT_AT(f, "action"));
    }
}

static void print_lan(const struct json *s)
{
    char offline[REPLY_TEXT], awaited[REPLY_TEXT];
    reply_joined(reply_at(s, "devices.offline"), offline);
    reply_joined(reply_at(s, "devices.awaited"), awaited);
    printf("%-*s%s of %s devices online", PRINT_NAME, "lan", TEXT_AT(s, "devices.online"),
           TEXT_AT(s, "devices.known"));
    if (*offline)
        printf("   offline: %s", offline);
    if (*awaited)
        printf("   waiting for their first connection: %s", awaited);
    printf("   broker %s", reply_true(s, "broker.connected") ? "connected" : "NOT CONNECTED");
    if (reply_int(s, "broker.reconnects"))
        printf(", reconnected %s times", TEXT_AT(s, "broker.reconnects"));
    if (reply_true(s, "broker.stuck.now"))
        printf(", STUCK: %s", TEXT_AT(s, "broker.stuck.why"));
    else if (reply_int(s, "broker.stuck.stalls"))
        printf(", was stuck %s times", TEXT_AT(s, "broker.stuck.stalls"));
    putchar('\n');
}

static void print_trade(const struct json *s)
{
    printf("%-*stoday %s   open %s   p50 %s ms   p99 %s ms   day %s\n", PRINT_NAME, "orders",
           TEXT_AT(s, "orders.today"), TEXT_AT(s, "orders.open"), TEXT_AT(s, "latency_ms.p50"),
           TEXT_AT(s, "latency_ms.p99"), TEXT_AT(s, "orders.day"));
    printf("%-*s%s rows, %s sold out   menu rev %s, %s items\n", PRINT_NAME, "stock",
           TEXT_AT(s, "stock.rows"), TEXT_AT(s, "stock.sold_out"), TEXT_AT(s, "menu.rev"),
           TEXT_AT(s, "menu.items"));
    if (reply_int(s, "strict.rows"))
        printf("%-*s%s rows, %s may be sold here alone   more asked for %s\n", PRINT_NAME, "strict",
               TEXT_AT(s, "strict.rows"), TEXT_AT(s, "strict.rights"), TEXT_AT(s, "strict.asked"));
}

static void print_data(const struct json *s)
{
    int64_t used = reply_int(s, "store_data.used_permille");
    printf("%-*s%" PRId64 ".%" PRId64 "%% of %s used   fs %s   %s\n", PRINT_NAME, "data", used / 10,
           used % 10, BYTES(reply_int(s, "store_data.map_bytes")), TEXT_AT(s, "store_data.fs"),
           TEXT_AT(s, "store_data.dir"));
    printf("%-*sepoch %s   seq %s   boot %s   host %s\n", PRINT_NAME, "journal",
           TEXT_AT(s, "epoch"), TEXT_AT(s, "seq"), TEXT_AT(s, "boot"), TEXT_AT(s, "host"));
}

static void print_warnings(const struct ctl *ctl, const struct json *s)
{
    const struct json *warnings = reply_at(s, "warnings");
    for (const struct json *w = warnings ? json_first(warnings) : NULL; w; w = json_next(w)) {
        print_painted(ctl, "warning");
        printf("%*s%s\n", PRINT_NAME - 7, "", TEXT_AT(w, ""));
    }
}

static void print_status(const struct ctl *ctl, const struct json *s)
{
    print_head(ctl, s);
    print_faults(ctl, s);
    putchar('\n');
    print_lan(s);
    print_trade(s);
    line_print(reply_at(s, "cloud"), reply_at(s, "faults"));
    print_data(s);
    print_warnings(ctl, s);
}

static enum ctl_exit show_status(struct ctl *ctl, bool redraw)
{
    struct json *s;
    enum ctl_exit rc = hub_get(ctl, "/v1/status", &s);
    if (rc != CTL_OK)
        return rc;
    if (strcmp(TEXT_AT(s, "state"), "OK") != 0)
        rc = CTL_DEGRADED;
    if (redraw)
        fputs(HOME_AND_CLEAR, stdout);
    if (!ctl->json)
        print_status(ctl, s);
    json_free(s);
    return rc;
}

/* A hub that goes away while it is watched is told about, and watched on. */
static enum ctl_exit watch(struct ctl *ctl, const struct args *args)
{
    struct rounds r;
    enum ctl_exit rc;
    bool redraw = isatty(STDOUT_FILENO) && !ctl->json;
    if (!rounds_init(&r, args, 2))
        return CTL_USAGE;
    do {
        rc = show_status(ctl, redraw);
        if (!redraw && !ctl->json)
            putchar('\n');
        fflush(stdout);
    } while (rounds_next(&r));
    return rc;
}

enum ctl_exit cmd_status(struct ctl *ctl, const struct args *args)
{
    if (args_option(args, "watch") || args_option(args, "interval") || args_option(args, "count"))
        return watch(ctl, args);
    return show_status(ctl, false);
}

/* ---- top ---- */

/* Counters are totals since the hub's start; two readings make a rate. */
struct reading {
    int64_t at_ms, orders, requests, refused;
};

static struct reading reading_of(const struct json *t)
{
    return (struct reading){reply_int(t, "at_ms"), reply_int(t, "orders"), reply_int(t, "requests"),
                            reply_int(t, "refused")};
}

static double per_second(int64_t before, int64_t after, int64_t span_ms)
{
    /* a restarted hub counts from 0 again */
    return span_ms > 0 && after >= before ? (double)(after - before) * 1000.0 / (double)span_ms
                                          : 0.0;
}

static void print_top_line(const struct json *t, const struct reading *was)
{
    struct reading now = reading_of(t);
    int64_t span_ms = now.at_ms - was->at_ms;
    printf("%8s %7.1f %7.1f %7.1f %7s %7s %6s %4s %7s %9s\n", TIME(now.at_ms) + 11,
           per_second(was->orders, now.orders, span_ms),
           per_second(was->requests, now.requests, span_ms),
           per_second(was->refused, now.refused, span_ms), TEXT_AT(t, "p50_ms"),
           TEXT_AT(t, "p99_ms"), TEXT_AT(t, "queue"), TEXT_AT(t, "devices"), TEXT_AT(t, "dropped"),
           BYTES(reply_int(t, "rss_bytes")));
}

static void print_top_title(void)
{
    printf("%8s %7s %7s %7s %7s %7s %6s %4s %7s %9s\n", "time", "ord/s", "req/s", "ref/s", "p50ms",
           "p99ms", "queue", "dev", "dropped", "rss");
}

/* One reading; a line of it where there is an earlier one. */
static enum ctl_exit top_round(struct ctl *ctl, struct reading *was, long line)
{
    struct json *t;
    enum ctl_exit rc = hub_get(ctl, "/v1/top", &t);
    if (rc != CTL_OK)
        return rc;
    if (!ctl->json && was->at_ms && line % TITLE_EVERY == 0)
        print_top_title();
    if (!ctl->json && was->at_ms)
        print_top_line(t, was);
    fflush(stdout);
    *was = reading_of(t);
    json_free(t);
    return CTL_OK;
}

enum ctl_exit cmd_top(struct ctl *ctl, const struct args *args)
{
    struct rounds r;
    struct reading was = {0};
    enum ctl_exit rc = CTL_OK;
    long line = 0;
    if (!rounds_init(&r, args, 1))
        return CTL_USAGE;
    if (!ctl->json) {
        rc = top_round(ctl, &was, line);
        rounds_pause(&r);
    }
    while (rc == CTL_OK) {
        rc = top_round(ctl, &was, line++);
        if (rc != CTL_OK || !rounds_next(&r))
            break;
    }
    return rc;
}
