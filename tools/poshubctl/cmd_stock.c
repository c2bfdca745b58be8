/* stock: what is left, why, and the registers. An object is written 1001 (SKU) or spu:500. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"
#include "proto/qty.h"
#include "tools/poshubctl/cmd.h"
#include "tools/poshubctl/reply.h"
#include "tools/poshubctl/hub.h"

#define OBJECT_TEXT 32

/* ---- bodies ---- */

static bool object_parse(const char *text, struct object *out)
{
    const char *digits = text;
    out->type = OBJECT_SKU;
    if (strncmp(text, "spu:", 4) == 0 || strncmp(text, "sku:", 4) == 0) {
        out->type = text[1] == 'p' ? OBJECT_SPU : OBJECT_SKU;
        digits += 4;
    }
    size_t n = strspn(digits, "0123456789");
    if (n == 0 || digits[n] || n > 18) {
        fprintf(stderr, "poshubctl: \"%s\" is no object; an SKU is 1001, an SPU is spu:500\n",
                text);
        return false;
    }
    out->id = strtoll(digits, NULL, 10);
    return true;
}

/* Opens a body with the object that the first word names. */
static bool object_body(struct body *b, const struct args *args)
{
    struct object object;
    if (!object_parse(args->words[0], &object))
        return false;
    body_begin(b);
    jw_kint(&b->w, "object_type", object.type);
    jw_kid(&b->w, "object_id", object.id);
    return true;
}

static bool quantity_member(struct body *b, const char *key, const char *text)
{
    int64_t qty_t;
    if (!qty_parse(str_of(text), &qty_t)) {
        fprintf(stderr, "poshubctl: \"%s\" is no quantity; 12, 8.5 and -2 are\n", text);
        return false;
    }
    jw_kqty(&b->w, key, qty_t);
    return true;
}

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

/* ---- rows ---- */

static const char *object_text(const struct json *row, char buf[OBJECT_TEXT])
{
    bool spu = reply_int(row, "object_type") == OBJECT_SPU;
    snprintf(buf, OBJECT_TEXT, "%s%.24s", spu ? "spu:" : "", TEXT_AT(row, "object_id"));
    return buf;
}

/* What a channel may still sell; null stands for no limit. */
static const char *avail_text(const struct json *row, const char *channel, char buf[REPLY_TEXT])
{
    const struct json *avail = reply_at(row, "avail");
    reply_value(avail ? reply_at(avail, channel) : NULL, buf);
    return *buf ? buf : strcpy(buf, "any");
}

/* Has some channel anything left? `avail` itself is null when all of them are open and unlimited.
 */
static bool is_left(const struct json *row)
{
    const struct json *avail = reply_at(row, "avail");
    if (!avail || json_kind(avail) != JSON_OBJECT)
        return true;
    for (const struct json *a = json_first(avail); a; a = json_next(a))
        if (strcmp(TEXT_AT(a, ""), "0") != 0)
            return true;
    return false;
}

/* SOLD OUT is what staff said; an item that has simply run out is "none left". */
static const char *sale_text(const struct json *row)
{
    if (!reply_true(row, "on_sale"))
        return "SOLD OUT";
    return is_left(row) ? "on sale" : "none left";
}

static const char *plan_text(const struct json *row, char buf[REPLY_TEXT])
{
    if (reply_true(row, "limited"))
        return reply_value(reply_at(row, "plan"), buf);
    return strcpy(buf, "unlimited");
}

static void collect_stocks(struct grid *g, const struct json *reply)
{
    char object[OBJECT_TEXT], text[REPLY_TEXT];
    const struct json *rows = reply_at(reply, "stocks");
    for (const struct json *r = rows ? json_first(rows) : NULL; r; r = json_next(r)) {
        grid_cell(g, object_text(r, object));
        grid_field(g, r, "name");
        grid_cell(g, sale_text(r));
#define X(e, channel, letter, hub)                                                                 \
    if (hub)                                                                                       \
        grid_cell(g, avail_text(r, channel, text));
        CHANNEL_LIST(X)
#undef X
        grid_cell(g, plan_text(r, text));
    }
}

/* Members beyond the ones that have words of their own, as the hub names them. */
static void print_more(const struct ctl *ctl, const struct json *row)
{
    static const char *const KNOWN[] = {"object_type", "object_id", "name", "on_sale",
                                        "limited",     "avail",     "plan", "at"};
    for (const struct json *m = json_first(row); m; m = json_next(m)) {
        struct str key = json_key(m);
        char name[OBJECT_TEXT];
        bool known = false;
        for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++)
            known = known || str_eq(key, str_of(KNOWN[i]));
        snprintf(name, sizeof name, "%.*s", (int)key.n, key.p);
        if (!known)
            print_line(ctl, name, TEXT_AT(m, ""));
    }
}

static void print_stock(const struct ctl *ctl, const struct json *reply)
{
    const struct json *row = reply_at(reply, "stock");
    char text[REPLY_TEXT];
    if (!row)
        return;
    printf("%-*s%s %s\n", PRINT_NAME, "object", object_text(row, (char[OBJECT_TEXT]){0}),
           TEXT_AT(row, "name"));
    print_line(ctl, "state", sale_text(row));
    print_line(ctl, "plan", plan_text(row, text));
#define X(e, channel, letter, hub)                                                                 \
    if (hub)                                                                                       \
        print_line(ctl, channel, avail_text(row, channel, text));
    CHANNEL_LIST(X)
#undef X
    print_more(ctl, row);
    print_line(ctl, "at", reply_joined(reply_at(row, "at"), text));
}

/* ---- commands ---- */

enum ctl_exit cmd_stock_list(struct ctl *ctl, const struct args *args)
{
#define X(e, channel, letter, hub) (hub) ? ">" channel : NULL,
    static const char *const CHANNELS[] = {CHANNEL_LIST(X)};
#undef X
    static const struct hub_list LIST = {.verb = "stock.list", .collect = collect_stocks};
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
    return hub_show(ctl, "stock.get", body_end(&b), print_stock);
}

enum ctl_exit cmd_stock_set(struct ctl *ctl, const struct args *args)
{
    struct body b;
    if (!object_body(&b, args) || !count_member(&b, "qty", args))
        return CTL_USAGE;
    if (args_option(args, "physical"))
        jw_kstring(&b.w, "basis", STR("physical"));
    return hub_show(ctl, "stock.set", body_end(&b), print_stock);
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
    return hub_show(ctl, "stock.adjust", body_end(&b), print_stock);
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
    return hub_show(ctl, "stock.plan", body_end(&b), print_stock);
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
                        print_stock);
    if (!channel_parse(str_of(text), &channel)) {
        fprintf(stderr, "poshubctl: \"%s\" is no channel; POS, KIOSK and EMENU are\n", text);
        return CTL_USAGE;
    }
    jw_kstring(&b.w, "channel", str_of(channel_name(channel)));
    jw_kbool(&b.w, "on_sale", on_sale);
    return hub_show(ctl, "stock.channel", body_end(&b), print_stock);
}

enum ctl_exit cmd_stock_sold_out(struct ctl *ctl, const struct args *args)
{
    return put_on_sale(ctl, args, false);
}

enum ctl_exit cmd_stock_on_sale(struct ctl *ctl, const struct args *args)
{
    return put_on_sale(ctl, args, true);
}

/* ---- history and explanation ---- */

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
                                         ">real", ">after", ">locked", ">after", NULL};
    static const struct hub_list LIST = {.verb = "stock.history",
                                         .first_page_only = true,
                                         .body = history_body,
                                         .collect = collect_history};
    struct object object;
    if (!object_parse(args->words[0], &object))
        return CTL_USAGE;
    return hub_list(ctl, args, &LIST, TITLES);
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
}

enum ctl_exit cmd_stock_explain(struct ctl *ctl, const struct args *args)
{
    struct body b;
    if (!object_body(&b, args))
        return CTL_USAGE;
    return hub_show(ctl, "stock.explain", body_end(&b), print_explain);
}
