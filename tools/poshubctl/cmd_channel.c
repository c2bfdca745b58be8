/* channel: what each channel of an object may sell, and by which policy. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"
#include "proto/row.h"
#include "proto/shares.h"
#include "tools/poshubctl/cmd.h"
#include "tools/poshubctl/object.h"
#include "tools/poshubctl/reply.h"
#include "tools/poshubctl/stock_print.h"

static void print_channels(const struct ctl *ctl, const struct json *reply)
{
    const struct json *row = reply_at(reply, "stock");
    struct grid g;
    char object[SHORT_TEXT];
    if (!row)
        return;
    printf("%-*s%s %s\n", PRINT_NAME, "object", stock_object_text(row, object, sizeof object),
           TEXT_AT(row, "name"));
    stock_print_policy(ctl, row);
    putchar('\n');
    grid_init(&g, STOCK_CHANNEL_TITLES);
    stock_collect_channels(&g, row);
    grid_print(&g, ctl);
    grid_fini(&g);
}

/* ---- bodies ---- */

static bool number_member(struct body *b, const char *key, const char *option, const char *text,
                          long most)
{
    char *end;
    long v = strtol(text, &end, 10);
    if (*text == 0 || *end != 0 || v < 0 || v > most) {
        fprintf(stderr, "poshubctl: --%s is a number from 0 to %ld\n", option, most);
        return false;
    }
    jw_kint(&b->w, key, v);
    return true;
}

static bool limit_member(struct body *b, const struct args *args)
{
    const char *limit = args_option(args, "limit");
    bool none = args_option(args, "no-limit");
    if (limit && none) {
        fprintf(stderr, "poshubctl: --limit and --no-limit contradict each other\n");
        return false;
    }
    if (none)
        jw_kbool(&b->w, "limited", false);
    return !limit || quantity_member(b, "limit", limit);
}

static bool sale_member(struct body *b, const struct args *args)
{
    bool on = args_option(args, "on-sale"), off = args_option(args, "sold-out");
    if (on && off) {
        fprintf(stderr, "poshubctl: --on-sale and --sold-out contradict each other\n");
        return false;
    }
    if (on || off)
        jw_kbool(&b->w, "on_sale", on);
    return true;
}

static bool channel_member(struct body *b, const char *text)
{
    enum channel channel;
    if (!channel_parse(str_of(text), &channel)) {
        fprintf(stderr, "poshubctl: \"%s\" is no channel; POS, KIOSK, EMENU and ONLINE_ORDER are\n",
                text);
        return false;
    }
    jw_kstring(&b->w, "channel", str_of(channel_name(channel)));
    return true;
}

static bool release_member(struct body *b, const char *text)
{
    if (strcmp(text, "never") != 0)
        return time_member(b, "release_at", text);
    jw_kstring(&b->w, "release_at", STR("never"));
    return true;
}

/* ---- commands ---- */

enum ctl_exit cmd_channel_show(struct ctl *ctl, const struct args *args)
{
    struct body b;
    if (!object_body(&b, args))
        return CTL_USAGE;
    return hub_show(ctl, "stock.get", body_end(&b), print_channels);
}

enum ctl_exit cmd_channel_set(struct ctl *ctl, const struct args *args)
{
    struct body b;
    const char *weight = args_option(args, "weight"), *reserve = args_option(args, "reserve");
    if (args->n_options == 0) {
        fprintf(stderr, "poshubctl: say what to set: --limit, --no-limit, --weight, --reserve, "
                        "--on-sale, --sold-out\n");
        return CTL_USAGE;
    }
    if (!object_body(&b, args) || !channel_member(&b, args->words[1]) || !limit_member(&b, args) ||
        !sale_member(&b, args) ||
        (weight && !number_member(&b, "weight", "weight", weight, WEIGHT_MAX)) ||
        (reserve && !quantity_member(&b, "reserve", reserve)))
        return CTL_USAGE;
    return hub_show(ctl, "stock.channel", body_end(&b), print_channels);
}

enum ctl_exit cmd_channel_policy(struct ctl *ctl, const struct args *args)
{
    struct body b;
    enum channel_policy policy;
    const char *rebalance = args_option(args, "rebalance"), *at = args_option(args, "release");
    if (!channel_policy_parse(str_of(args->words[1]), &policy)) {
        fprintf(stderr,
                "poshubctl: \"%s\" is no policy; SHARED, CAPPED, WEIGHTED_HARD, "
                "WEIGHTED_SOFT and RESERVED are\n",
                args->words[1]);
        return CTL_USAGE;
    }
    if (!object_body(&b, args))
        return CTL_USAGE;
    jw_kstring(&b.w, "policy", str_of(channel_policy_name(policy)));
    if ((rebalance &&
         !number_member(&b, "rebalance_s", "rebalance", rebalance, LIMIT_REBALANCE_S)) ||
        (at && !release_member(&b, at)))
        return CTL_USAGE;
    return hub_show(ctl, "stock.policy", body_end(&b), print_channels);
}
