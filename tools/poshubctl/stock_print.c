#include "tools/poshubctl/stock_print.h"

#include <stdio.h>
#include <string.h>

#include "proto/types.h"
#include "tools/poshubctl/reply.h"

#define OBJECT_TEXT 32

const char *stock_object_text(const struct json *row, char *buf, size_t n)
{
    bool spu = reply_int(row, "object_type") == OBJECT_SPU;
    snprintf(buf, n, "%s%.24s", spu ? "spu:" : "", TEXT_AT(row, "object_id"));
    return buf;
}
#define OBJECT_OF(row) stock_object_text((row), (char[OBJECT_TEXT]){0}, OBJECT_TEXT)

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

void stock_collect(struct grid *g, const struct json *reply)
{
    char text[REPLY_TEXT];
    const struct json *rows = reply_at(reply, "stocks");
    for (const struct json *r = rows ? json_first(rows) : NULL; r; r = json_next(r)) {
        grid_cell(g, OBJECT_OF(r));
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
    static const char *const KNOWN[] = {
        "object_type", "object_id", "name",     "on_sale", "limited", "avail",       "plan",
        "at",          "channels",  "schedule", "strict",  "policy",  "rebalance_s", "release_at"};
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

/* "daily from 2026-01-28 06:00:00, next 2026-01-29 06:00:00" */
static void print_schedule(const struct ctl *ctl, const struct json *s)
{
    char text[3 * SHORT_TEXT + 32];
    int64_t next_ms = s ? reply_int(s, "next_at_ms") : 0;
    if (!s)
        return;
    snprintf(text, sizeof text, "%s%s, next %s", reply_true(s, "daily") ? "daily from " : "once, ",
             TIME(reply_int(s, "at_ms")), next_ms ? TIME(next_ms) : "never");
    print_line(ctl, "restore", text);
    if (reply_int(s, "last_at_ms"))
        print_line(ctl, "restored", TIME(reply_int(s, "last_at_ms")));
}

void stock_print_policy(const struct ctl *ctl, const struct json *row)
{
    int64_t every_s = reply_int(row, "rebalance_s");
    print_line(ctl, "policy", TEXT_AT(row, "policy"));
    if (every_s > 0)
        print_line(ctl, "rebalance", SPAN(every_s * 1000));
    print_line(ctl, "release", TEXT_AT(row, "release_at"));
}

/* What the store may sell although nobody hears it. */
static void print_strict(const struct ctl *ctl, const struct json *s)
{
    char text[REPLY_TEXT];
    if (!s)
        return;
    snprintf(text, sizeof text, "%.32s may be sold here alone (granted %.32s, returned %.32s)",
             TEXT_AT(s, "rights"), TEXT_AT(s, "granted"), TEXT_AT(s, "returned"));
    print_line(ctl, "strict", text);
    if (reply_at(s, "awaited"))
        print_line(ctl, "awaited", "the center's answer: none may be sold before it");
    if (reply_at(s, "presumed"))
        print_line(ctl, "presumed", TEXT_AT(s, "presumed"));
}

void stock_print(const struct ctl *ctl, const struct json *reply)
{
    const struct json *row = reply_at(reply, "stock");
    char text[REPLY_TEXT];
    if (!row)
        return;
    printf("%-*s%s %s\n", PRINT_NAME, "object", OBJECT_OF(row), TEXT_AT(row, "name"));
    print_line(ctl, "state", sale_text(row));
    print_line(ctl, "plan", plan_text(row, text));
#define X(e, channel, letter, hub)                                                                 \
    if (hub)                                                                                       \
        print_line(ctl, channel, avail_text(row, channel, text));
    CHANNEL_LIST(X)
#undef X
    print_more(ctl, row);
    stock_print_policy(ctl, row);
    print_schedule(ctl, reply_at(row, "schedule"));
    print_strict(ctl, reply_at(row, "strict"));
    print_line(ctl, "at", reply_joined(reply_at(row, "at"), text));
}

const char *const STOCK_CHANNEL_TITLES[] = {"channel", "state", ">limit", ">weight", ">reserve",
                                            ">used",   ">held", ">avail", NULL};

static void cell_or(struct grid *g, const struct json *v, const char *path, const char *otherwise)
{
    const char *text = TEXT_AT(v, path);
    grid_cell(g, *text ? text : otherwise);
}

void stock_collect_channels(struct grid *g, const struct json *row)
{
    const struct json *list = reply_at(row, "channels");
    for (const struct json *c = list ? json_first(list) : NULL; c; c = json_next(c)) {
        grid_field(g, c, "channel");
        grid_cell(g, reply_true(c, "on_sale") ? "on sale" : "SOLD OUT");
        cell_or(g, c, "limit", "none");
        cell_or(g, c, "weight", "0");
        cell_or(g, c, "reserve", "0");
        cell_or(g, c, "used", "0");
        cell_or(g, c, "held", "0");
        cell_or(g, c, "avail", "any");
    }
}
