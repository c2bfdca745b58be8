/* stock: what is left, why, and the registers. An object is written 1001 (SKU) or spu:500. */
#include <stdio.h>
#include <string.h>

#include "proto/limits.h"
#include "tools/poshubctl/cmd.h"
#include "tools/poshubctl/object.h"
#include "tools/poshubctl/reply.h"
#include "tools/poshubctl/stock_print.h"

/* ---- bodies ---- */

/* A quantity that takes nothing away. */
static bool count_member(struct body *b, const char *key, const struct args *args)
{
    const char *text = args->words[1];
    if (text[0] != '-')
        return quantity_member(b, key, text);
    fprintf(stderr,
            "poshubctl: a count is 0 or more, not %s\n"
            "next: poshubctl stock adjust %s %s --reason WASTE takes away\n",
            text, args->words[0], text);
    return false;
}

/* ---- commands ---- */

enum ctl_exit cmd_stock_list(struct ctl *ctl, const struct args *args)
{
#define X(e, channel, letter, hub) (hub) ? ">" channel : NULL,
    static const char *const CHANNELS[] = {CHANNEL_LIST(X)};
#undef X
    static const struct hub_list LIST = {.verb = "stock.list", .collect = stock_collect};
    const char *titles[GRID_COLUMNS] = {"object", "name", "state"};
    size_t n = 3;
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        if (CHANNELS[i])
            titles[n++] = CHANNELS[i];
    }
    titles[n] = ">plan";
    return hub_list(ctl, args, &LIST, titles);
}

enum ctl_exit cmd_stock_show(struct ctl *ctl, const struct args *args)
{
    struct body b;
    if (!object_body(&b, args))
        return CTL_USAGE;
    return hub_show(ctl, "stock.get", body_end(&b), stock_print);
}

enum ctl_exit cmd_stock_set(struct ctl *ctl, const struct args *args)
{
    struct body b;
    if (!object_body(&b, args) || !count_member(&b, "qty", args))
        return CTL_USAGE;
    if (args_option(args, "physical"))
        jw_kstring(&b.w, "basis", STR("physical"));
    return hub_show(ctl, "stock.set", body_end(&b), stock_print);
}

enum ctl_exit cmd_stock_adjust(struct ctl *ctl, const struct args *args)
{
    struct body b;
    enum stock_reason reason;
    const char *text = args_option(args, "reason");
    if (!text || !stock_reason_parse(str_of(text), &reason)) {
        fprintf(stderr, "poshubctl: --reason is one of WASTE, RECEIPT, FOUND, COVER\n");
        return CTL_USAGE;
    }
    if (!object_body(&b, args) || !quantity_member(&b, "delta", args->words[1]))
        return CTL_USAGE;
    jw_kstring(&b.w, "reason", str_of(stock_reason_name(reason)));
    return hub_show(ctl, "stock.adjust", body_end(&b), stock_print);
}

enum ctl_exit cmd_stock_plan(struct ctl *ctl, const struct args *args)
{
    struct body b;
    bool limited = strcmp(args->words[1], "unlimited") != 0;
    if (!object_body(&b, args))
        return CTL_USAGE;
    jw_kbool(&b.w, "limited", limited);
    if (limited && !count_member(&b, "plan", args))
        return CTL_USAGE;
    return hub_show(ctl, "stock.plan", body_end(&b), stock_print);
}

static enum ctl_exit put_on_sale(struct ctl *ctl, const struct args *args, bool on_sale)
{
    struct body b;
    enum channel channel;
    const char *text = args_option(args, "channel");
    if (!object_body(&b, args))
        return CTL_USAGE;
    if (!text)
        return hub_show(ctl, on_sale ? "stock.on_sale" : "stock.sold_out", body_end(&b),
                        stock_print);
    if (!channel_parse(str_of(text), &channel)) {
        fprintf(stderr, "poshubctl: \"%s\" is no channel; POS, KIOSK and EMENU are\n", text);
        return CTL_USAGE;
    }
    jw_kstring(&b.w, "channel", str_of(channel_name(channel)));
    jw_kbool(&b.w, "on_sale", on_sale);
    return hub_show(ctl, "stock.channel", body_end(&b), stock_print);
}

enum ctl_exit cmd_stock_sold_out(struct ctl *ctl, const struct args *args)
{
    return put_on_sale(ctl, args, false);
}

enum ctl_exit cmd_stock_on_sale(struct ctl *ctl, const struct args *args)
{
    return put_on_sale(ctl, args, true);
}

static bool schedule_members(struct body *b, const struct args *args)
{
    const char *at = args_option(args, "at");
    bool off = args_option(args, "off"), next_day = args_option(args, "next-day");
    bool daily = args_option(args, "daily");
    if (!!at + off + next_day != 1) {
        fprintf(stderr, "poshubctl: say one of --at HH:MM, --next-day and --off\n");
        return false;
    }
    if (off && daily) {
        fprintf(stderr, "poshubctl: --off and --daily contradict each other\n");
        return false;
    }
    jw_kbool(&b->w, "auto", !off);
    if (next_day)
        jw_kbool(&b->w, "next_day", true);
    if (!off)
        jw_kbool(&b->w, "daily", daily);
    return !at || time_member(b, "at", at);
}

enum ctl_exit cmd_stock_schedule(struct ctl *ctl, const struct args *args)
{
    struct body b;
    if (!object_body(&b, args) || !schedule_members(&b, args))
        return CTL_USAGE;
    return hub_show(ctl, "stock.schedule", body_end(&b), stock_print);
}

enum ctl_exit cmd_stock_return(struct ctl *ctl, const struct args *args)
{
    struct body b;
    if (!object_body(&b, args) || (args_word(args, 1) && !quantity_member(&b, "qty", args->words[1])))
        return CTL_USAGE;
    return hub_show(ctl, "stock.return", body_end(&b), stock_print);
}

/* ---- history and explanation ---- */

/* "mode LOOSE -> STRICT, KIOSK weight 0 -> 3"; times as such. */
static const char *set_text(const struct json *event, char buf[REPLY_TEXT])
{
    size_t n = 0;
    const struct json *list = reply_at(event, "set");
    buf[0] = 0;
    for (const struct json *m = list ? json_first(list) : NULL; m && n < REPLY_TEXT;
         m = json_next(m)) {
        const char *before = TEXT_AT(m, "before"), *after = TEXT_AT(m, "after");
        n += (size_t)snprintf(buf + n, REPLY_TEXT - n, "%s%s %s -> %s", n ? ", " : "",
                              TEXT_AT(m, "name"), *before ? before : "none",
                              *after ? after : "none");
    }
    return buf;
}

static void collect_history(struct grid *g, const struct json *reply)
{
    static const char *const MEMBERS[] = {
        "kind",        "order_id",   "reason",        "q",
        "real_before", "real_after", "locked_before", "locked_after"};
    const struct json *events = reply_at(reply, "events");
    for (const struct json *e = events ? json_first(events) : NULL; e; e = json_next(e)) {
        grid_field(g, e, "seq");
        grid_cell(g, TIME(reply_int(e, "at_ms")));
        for (size_t m = 0; m < sizeof MEMBERS / sizeof MEMBERS[0]; m++)
            grid_field(g, e, MEMBERS[m]);
        grid_cell(g, set_text(e, (char[REPLY_TEXT]){0}));
    }
}

static void history_body(struct jw *w, const struct args *args)
{
    struct object object;
    if (!object_parse(args->words[0], &object))
        return;
    jw_kint(w, "object_type", object.type);
    jw_kid(w, "object_id", object.id);
}

enum ctl_exit cmd_stock_history(struct ctl *ctl, const struct args *args)
{
    static const char *const TITLES[] = {">seq",  "time",   "event",   "order",  "reason", ">q",
                                         ">real", ">after", ">locked", ">after", "set",    NULL};
    static const struct hub_list LIST = {.verb = "stock.history",
                                         .first_page_only = true,
                                         .body = history_body,
                                         .collect = collect_history};
    struct object object;
    if (!object_parse(args->words[0], &object))
        return CTL_USAGE;
    return hub_list(ctl, args, &LIST, TITLES);
}

/* STRICT: what the store may sell alone, added up. */
static void print_rights(const struct ctl *ctl, const struct json *terms)
{
    static const char *const TITLES[] = {"right to sell", ">sum", NULL};
    struct grid g;
    if (!terms)
        return;
    grid_init(&g, TITLES);
    for (const struct json *t = json_first(terms); t; t = json_next(t)) {
        grid_field(&g, t, "name");
        grid_field(&g, t, "sum");
    }
    putchar('\n');
    grid_print(&g, ctl);
    grid_fini(&g);
}

static void print_explain(const struct ctl *ctl, const struct json *reply)
{
    static const char *const TITLES[] = {"term", ">count", ">sum", NULL};
    struct grid g;
    grid_init(&g, TITLES);
    const struct json *terms = reply_at(reply, "terms");
    for (const struct json *t = terms ? json_first(terms) : NULL; t; t = json_next(t)) {
        grid_field(&g, t, "name");
        grid_field(&g, t, "count");
        grid_field(&g, t, "sum");
    }
    grid_print(&g, ctl);
    grid_fini(&g);
    putchar('\n');
    print_line(ctl, "real", TEXT_AT(reply, "real"));
    print_line(ctl, "locked", TEXT_AT(reply, "locked"));
    print_line(ctl, "available", TEXT_AT(reply, "available"));
    print_rights(ctl, reply_at(reply, "rights"));
}

enum ctl_exit cmd_stock_explain(struct ctl *ctl, const struct args *args)
{
    struct body b;
    if (!object_body(&b, args))
        return CTL_USAGE;
    return hub_show(ctl, "stock.explain", body_end(&b), print_explain);
}
