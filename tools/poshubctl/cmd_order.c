/* order: list, show, trace, cancel. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/poshubctl/cmd.h"
#include "tools/poshubctl/events.h"
#include "tools/poshubctl/reply.h"
#include "tools/poshubctl/hub.h"

/* ---- list ---- */

/* "90s", "30m", "2h", "1d" in milliseconds; 0: no such span. */
static int64_t span_parse(const char *text)
{
    static const char UNITS[] = "smhd";
    static const int64_t UNIT_MS[] = {1000, 60000, 3600000, 86400000};
    char *end;
    long n = strtol(text, &end, 10);
    const char *unit = *end ? strchr(UNITS, *end) : NULL;
    if (end == text || !unit || end[1] || n < 1 || n > 100000)
        return 0;
    return n * UNIT_MS[unit - UNITS];
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void list_body(struct jw *w, const struct args *args)
{
    const char *state = args_option(args, "state"), *since = args_option(args, "since");
    if (state)
        jw_kstring(w, "state", str_of(state));
    if (since)
        jw_kint(w, "since", now_ms() - span_parse(since));
}

static void collect_orders(struct grid *g, const struct json *reply)
{
    static const char *const MEMBERS[] = {"order_id", "number", "day",
                                          "channel",  "state",  "kitchen"};
    const struct json *orders = reply_at(reply, "orders");
    for (const struct json *o = orders ? json_first(orders) : NULL; o; o = json_next(o)) {
        char count[16];
        for (size_t m = 0; m < sizeof MEMBERS / sizeof MEMBERS[0]; m++)
            grid_field(g, o, MEMBERS[m]);
        snprintf(count, sizeof count, "%d", reply_count(reply_at(o, "lines")));
        grid_cell(g, count);
        grid_field(g, o, "due");
    }
}

enum ctl_exit cmd_order_list(struct ctl *ctl, const struct args *args)
{
    static const char *const TITLES[] = {"order",   "number", "day",  "channel", "state",
                                         "kitchen", ">lines", ">due", NULL};
    static const struct hub_list LIST = {.verb = "order.list",
                                         .first_page_only = true,
                                         .body = list_body,
                                         .collect = collect_orders};
    const char *since = args_option(args, "since"), *state = args_option(args, "state");
    enum order_state known;
    if (since && !span_parse(since)) {
        fprintf(stderr, "poshubctl: --since needs a span like 30m, 2h or 1d, not \"%s\"\n", since);
        return CTL_USAGE;
    }
    if (state && !order_state_parse(str_of(state), &known)) {
        fprintf(stderr,
                "poshubctl: \"%s\" is no state of an order; see: poshubctl help order list\n",
                state);
        return CTL_USAGE;
    }
    return hub_list(ctl, args, &LIST, TITLES);
}

/* ---- one order ---- */

static void print_lines(const struct ctl *ctl, const struct json *lines)
{
    static const char *const TITLES[] = {">line",   ">sku",    "name",   ">qty", ">unit",
                                         ">amount", "station", ">round", NULL};
    static const char *const MEMBERS[] = {"line", "object_id", "name",    "qty",
                                          "unit", "amount",    "station", "round"};
    struct grid g;
    grid_init(&g, TITLES);
    for (const struct json *l = json_first(lines); l; l = json_next(l)) {
        for (size_t m = 0; m < sizeof MEMBERS / sizeof MEMBERS[0]; m++)
            grid_field(&g, l, MEMBERS[m]);
    }
    grid_print(&g, ctl);
    grid_fini(&g);
}

static void print_adjusts(const struct ctl *ctl, const struct json *list)
{
    for (const struct json *a = list ? json_first(list) : NULL; a; a = json_next(a))
        print_line(ctl, "adjust", reply_summary(a, (char[REPLY_TEXT]){0}));
}

static void print_payments(const struct json *list)
{
    for (const struct json *p = list ? json_first(list) : NULL; p; p = json_next(p)) {
        const char *ref = TEXT_AT(p, "ref");
        printf("%-*s%s  %s %s  pay_id %s%s%s\n", PRINT_NAME, "payment", TIME(reply_int(p, "at_ms")),
               TEXT_AT(p, "amount"), TEXT_AT(p, "tender"), TEXT_AT(p, "pay_id"),
               *ref ? "  ref " : "", ref);
    }
}

static void print_order(const struct ctl *ctl, const struct json *reply)
{
    const struct json *o = reply_at(reply, "order");
    if (!o)
        return;
    printf("%-*s%s   number %s   day %s   channel %s   origin %s\n", PRINT_NAME, "order",
           TEXT_AT(o, "order_id"), TEXT_AT(o, "number"), TEXT_AT(o, "day"), TEXT_AT(o, "channel"),
           TEXT_AT(o, "origin"));
    print_line(ctl, "state", TEXT_AT(o, "state"));
    print_line(ctl, "kitchen", TEXT_AT(o, "kitchen"));
    if (reply_int(o, "expires_in_ms") > 0)
        print_line(ctl, "expires", SPAN(reply_int(o, "expires_in_ms")));
    print_line(ctl, "table", TEXT_AT(o, "table"));
    print_line(ctl, "note", TEXT_AT(o, "note"));
    if (reply_count(reply_at(o, "lines")))
        print_lines(ctl, reply_at(o, "lines"));
    print_adjusts(ctl, reply_at(o, "adjust"));
    print_payments(reply_at(o, "payments"));
    print_line(ctl, "due", TEXT_AT(o, "due"));
    print_line(ctl, "refunded", TEXT_AT(o, "refunded"));
}

static enum ctl_exit show_order(struct ctl *ctl, const struct args *args, const char *verb,
                                hub_print *print)
{
    struct body b;
    body_begin(&b);
    jw_kstring(&b.w, "order_id", str_of(args->words[0]));
    return hub_show(ctl, verb, body_end(&b), print);
}

enum ctl_exit cmd_order_show(struct ctl *ctl, const struct args *args)
{
    return show_order(ctl, args, "order.get", print_order);
}

static void print_tickets(const struct ctl *ctl, const struct json *tickets)
{
    static const char *const TITLES[] = {"station", ">round", "state", ">lines", NULL};
    struct grid g;
    grid_init(&g, TITLES);
    for (const struct json *t = json_first(tickets); t; t = json_next(t)) {
        char count[16];
        grid_field(&g, t, "station");
        grid_field(&g, t, "round");
        grid_field(&g, t, "state");
        snprintf(count, sizeof count, "%d", reply_count(reply_at(t, "lines")));
        grid_cell(&g, count);
    }
    grid_print(&g, ctl);
    grid_fini(&g);
}

static void print_trace(const struct ctl *ctl, const struct json *reply)
{
    print_order(ctl, reply);
    putchar('\n');
    events_print(ctl, reply_at(reply, "events"));
    if (reply_count(reply_at(reply, "tickets"))) {
        putchar('\n');
        print_tickets(ctl, reply_at(reply, "tickets"));
    }
}

enum ctl_exit cmd_order_trace(struct ctl *ctl, const struct args *args)
{
    return show_order(ctl, args, "order.trace", print_trace);
}

/* ---- cancel ---- */

/* "1,3" as members of the open array; false: not such a list. */
static bool line_numbers(struct jw *w, const char *text)
{
    while (*text) {
        char *end;
        long line = strtol(text, &end, 10);
        if (end == text || line < 1 || (*end && *end != ','))
            return false;
        jw_int(w, line);
        text = *end ? end + 1 : end;
    }
    return true;
}

enum ctl_exit cmd_order_cancel(struct ctl *ctl, const struct args *args)
{
    struct body b;
    const char *restock = args_option(args, "restock");
    body_begin(&b);
    jw_kstring(&b.w, "order_id", str_of(args->words[0]));
    if (args_option(args, "no-charge"))
        jw_kbool(&b.w, "no_charge", true);
    if (restock) {
        jw_karray(&b.w, "restock");
        if (!line_numbers(&b.w, restock)) {
            fprintf(stderr, "poshubctl: --restock needs line numbers like 1,3\n");
            return CTL_USAGE;
        }
        jw_close(&b.w, ']');
    }
    return hub_show(ctl, "order.cancel", body_end(&b), print_order);
}
