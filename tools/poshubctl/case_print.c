#include "tools/poshubctl/case_print.h"

#include <stdio.h>
#include <string.h>

#include "tools/poshubctl/print.h"
#include "tools/poshubctl/reply.h"

static bool is(const struct json *v, const char *path, const char *word)
{
    return strcmp(TEXT_AT(v, path), word) == 0;
}

/* ---- what, and why ---- */

static const struct {
    const char *cause, *why;
} CAUSES[] = {
    {"PARTITION", "the store and the online channels sold the same goods while they did not hear "
                  "each other"},
    {"SHRINK", "a count or waste has left fewer than were promised already"},
    {"OVERRIDE", "somebody with the right to it sold more than there was to sell"},
    {"SALVAGE", "a box that was replaced had sold what nobody else had heard of"},
};

static const char *why_of(const struct json *one)
{
    for (size_t i = 0; i < sizeof CAUSES / sizeof CAUSES[0]; i++)
        if (is(one, "cause", CAUSES[i].cause))
            return CAUSES[i].why;
    return "";
}

static void print_heading(const struct ctl *ctl, const struct json *one)
{
    print_line(ctl, "case", TEXT_AT(one, "case"));
    print_line(ctl, "state", TEXT_AT(one, "state"));
    print_line(ctl, "since", TIME(reply_int(one, "since_at_ms")));
    printf("%-*s%s%s: %s more than the %s there were", PRINT_NAME, "object",
           reply_int(one, "object_type") == 1 ? "spu:" : "", TEXT_AT(one, "object_id"),
           TEXT_AT(one, "over"), TEXT_AT(one, "supply"));
    if (!is(one, "at_risk", "0"))
        printf("; %s more if all open orders are paid", TEXT_AT(one, "at_risk"));
    putchar('\n');
    print_line(ctl, "cause", TEXT_AT(one, "cause"));
    print_line(ctl, "why", why_of(one));
    print_line(ctl, "ranking", TEXT_AT(one, "ranking"));
    if (!reply_true(one, "confident"))
        print_line(ctl, "note", "a clock was in doubt: which order came first is not certain");
}

/* ---- whose ---- */

static void print_claims(const struct ctl *ctl, const struct json *claims)
{
    static const char *const TITLES[] = {"ORDER", "LINE",   "SIDE",   "CHANNEL", "NUMBER",
                                         ">QTY",  "SERVED", ">SHORT", "WISH",    NULL};
    struct grid g;
    grid_init(&g, TITLES);
    for (const struct json *k = json_first(claims); k; k = json_next(k)) {
        grid_field(&g, k, "order_id");
        grid_field(&g, k, "line");
        grid_field(&g, k, "side");
        grid_field(&g, k, "channel");
        grid_field(&g, k, "number");
        grid_field(&g, k, "qty");
        grid_field(&g, k, "served");
        grid_cell(&g, reply_true(k, "waived") ? "waived" : TEXT_AT(k, "short"));
        grid_field(&g, k, "wish");
    }
    grid_print(&g, ctl);
    grid_fini(&g);
}

/* ---- what can be done ---- */

static bool is_short(const struct json *k)
{
    return !is(k, "short", "0") && !reply_true(k, "waived");
}

static void print_choice(const struct json *one, const struct json *k, const char *action,
                         const char *what)
{
    char line[32] = "";
    if (reply_int(k, "line") > 1)
        snprintf(line, sizeof line, " --line %d", (int)reply_int(k, "line"));
    printf("    poshubctl oversell resolve %s %s %s%s   %s\n", TEXT_AT(one, "case"),
           TEXT_AT(k, "order_id"), action, line, what);
}

static void print_choices(const struct json *one, const struct json *k)
{
    bool online = is(k, "side", "online");
    printf("%s, line %s (%s): %s short\n", TEXT_AT(k, "order_id"), TEXT_AT(k, "line"),
           TEXT_AT(k, "side"), TEXT_AT(k, "short"));
    if (online) {
        print_choice(one, k, "refund", "the guest gets the money back");
        print_choice(one, k, "substitute --object ID", "something else instead");
    } else {
        printf("    at the till: refund the line (order.refund), or sell something else for it\n");
    }
    print_choice(one, k, "cover", "it was found, or made, after all");
    print_choice(one, k, "waive --note TEXT", "nothing is done");
}

void case_print(const struct ctl *ctl, const struct json *one)
{
    const struct json *claims = one ? reply_at(one, "claims") : NULL;
    if (!one)
        return;
    print_heading(ctl, one);
    if (!claims || !json_first(claims))
        return;
    putchar('\n');
    print_claims(ctl, claims);
    if (reply_int(one, "left_out") > 0)
        printf("... and %s more claims.\n", TEXT_AT(one, "left_out"));
    if (is(one, "state", "CLOSED") || is(one, "state", "COVERED"))
        return;
    for (const struct json *k = json_first(claims); k; k = json_next(k)) {
        if (is_short(k)) {
            putchar('\n');
            print_choices(one, k);
        }
    }
}

void case_print_wish(const struct json *claim)
{
    if (!claim)
        return;
    if (is(claim, "wish", "REFUND"))
        printf("Noted. The store sold it, so only the store can take it back: refund line %s of "
               "order %s at the till (order.refund).\n",
               TEXT_AT(claim, "line"), TEXT_AT(claim, "order_id"));
    if (is(claim, "wish", "SUBSTITUTE"))
        printf("Noted. The store sold it, so only the store can change it: at the till refund line "
               "%s of order %s and sell the other item.\n",
               TEXT_AT(claim, "line"), TEXT_AT(claim, "order_id"));
}
