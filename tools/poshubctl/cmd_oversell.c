/* oversell: what the center has reported of goods that were sold and are not there, and whose order
 * is short of them. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/poshubctl/case_print.h"
#include "tools/poshubctl/cmd.h"
#include "tools/poshubctl/hub.h"
#include "tools/poshubctl/reply.h"

/* ---- list ---- */

/* "O1 1, O2 3" */
static void shorts_of(const struct json *one, char *out, size_t cap)
{
    size_t n = 0;
    const struct json *claims = reply_at(one, "claims");
    *out = '\0';
    for (const struct json *k = claims ? json_first(claims) : NULL; k && n < cap;
         k = json_next(k)) {
        const char *by = TEXT_AT(k, "short");
        if (strcmp(by, "0") != 0 && !reply_true(k, "waived"))
            n += (size_t)snprintf(out + n, cap - n, "%s%s %s", n ? ", " : "",
                                  TEXT_AT(k, "order_id"), by);
    }
}

static void collect(struct grid *g, const struct json *reply)
{
    char object[REPLY_TEXT], shorts[REPLY_TEXT];
    const struct json *cases = reply_at(reply, "cases");
    for (const struct json *k = cases ? json_first(cases) : NULL; k; k = json_next(k)) {
        snprintf(object, sizeof object, "%s%.32s", reply_int(k, "object_type") == 1 ? "spu:" : "",
                 TEXT_AT(k, "object_id"));
        shorts_of(k, shorts, sizeof shorts);
        grid_field(g, k, "state");
        grid_cell(g, object);
        grid_field(g, k, "over");
        grid_field(g, k, "cause");
        grid_cell(g, TIME(reply_int(k, "since_at_ms")));
        grid_cell(g, shorts);
        grid_field(g, k, "case");
    }
}

enum ctl_exit cmd_oversell_list(struct ctl *ctl, const struct args *args)
{
    static const char *const TITLES[] = {"STATE", "OBJECT",       ">OVER", "CAUSE",
                                         "SINCE", "SHORT ORDERS", "CASE",  NULL};
    static const struct hub_list LIST = {.verb = "oversell.list", .collect = collect};
    return hub_list(ctl, args, &LIST, TITLES);
}

/* ---- show ---- */

static void print_case(const struct ctl *ctl, const struct json *reply)
{
    case_print(ctl, reply_at(reply, "case"));
}

enum ctl_exit cmd_oversell_show(struct ctl *ctl, const struct args *args)
{
    struct body b;
    body_begin(&b);
    jw_kstring(&b.w, "case", str_of(args->words[0]));
    return hub_show(ctl, "oversell.show", body_end(&b), print_case);
}

/* ---- resolve ---- */

/* The words of the command line are those of the center in small letters. */
static bool action_member(struct body *b, const char *text)
{
    static const char *const ACTIONS[] = {"substitute", "refund", "cover", "waive"};
    static const char *const NAMES[] = {"SUBSTITUTE", "REFUND", "COVER", "WAIVE"};
    for (size_t i = 0; i < sizeof ACTIONS / sizeof ACTIONS[0]; i++) {
        if (strcmp(text, ACTIONS[i]) != 0)
            continue;
        jw_kstring(&b->w, "action", str_of(NAMES[i]));
        return true;
    }
    fprintf(stderr, "poshubctl: \"%s\" is none of substitute, refund, cover and waive\n", text);
    return false;
}

static void text_member(struct body *b, const struct args *args, const char *option,
                        const char *otherwise)
{
    const char *v = args_option(args, option);
    if (v || otherwise)
        jw_kstring(&b->w, option, str_of(v ? v : otherwise));
}

static void print_wishes(const struct json *claims)
{
    for (const struct json *k = claims ? json_first(claims) : NULL; k; k = json_next(k))
        case_print_wish(k);
}

static void print_resolved(const struct ctl *ctl, const struct json *reply)
{
    const struct json *k = reply_at(reply, "result.case");
    print_line(ctl, "case", TEXT_AT(k, "case"));
    print_line(ctl, "state", TEXT_AT(k, "state"));
    if (reply_true(reply, "result.replayed"))
        print_line(ctl, "note", "this was done before; nothing was done again");
    print_wishes(reply_at(k, "claims"));
}

static bool line_member(struct body *b, const char *text)
{
    char *end;
    errno = 0;
    long n = text ? strtol(text, &end, 10) : 1;
    if (text && (errno || end == text || *end || n < 1 || n > INT32_MAX)) {
        fprintf(stderr, "poshubctl: --line needs the number of a line, not \"%s\"\n", text);
        return false;
    }
    jw_kint(&b->w, "line", n);
    return true;
}

enum ctl_exit cmd_oversell_resolve(struct ctl *ctl, const struct args *args)
{
    struct body b;
    const char *object = args_option(args, "object");
    body_begin(&b);
    jw_kstring(&b.w, "case", str_of(args->words[0]));
    jw_kstring(&b.w, "order_id", str_of(args->words[1]));
    if (!action_member(&b, args->words[2]) || !line_member(&b, args_option(args, "line")))
        return CTL_USAGE;
    if (object)
        jw_kstring(&b.w, "object_id", str_of(object));
    text_member(&b, args, "operator", "poshubctl");
    text_member(&b, args, "note", NULL);
    return hub_show(ctl, "oversell.resolve", body_end(&b), print_resolved);
}
