/* day show, close. */
#include <stdio.h>
#include <string.h>

#include "tools/poshubctl/cmd.h"
#include "tools/poshubctl/reply.h"
#include "tools/poshubctl/hub.h"

static void print_days(const struct ctl *ctl, const struct json *reply)
{
    const struct json *days = reply_at(reply, "days");
    for (const struct json *d = days ? json_first(days) : NULL; d; d = json_next(d))
        print_tree(ctl, d, 0);
}

static void print_closed(const struct ctl *ctl, const struct json *reply)
{
    print_tree(ctl, reply_at(reply, "result"), 0);
}

enum ctl_exit cmd_day_show(struct ctl *ctl, const struct args *args)
{
    struct body b;
    const char *day = args_word(args, 0);
    if (day && (strlen(day) != 8 || strspn(day, "0123456789") != 8)) {
        fprintf(stderr, "poshubctl: \"%s\" is no day; 20260128 is\n", day);
        return CTL_USAGE;
    }
    body_begin(&b);
    if (day)
        jw_kstring(&b.w, "day", str_of(day));
    return hub_show(ctl, "day.show", body_end(&b), print_days);
}

enum ctl_exit cmd_day_close(struct ctl *ctl, const struct args *args)
{
    (void)args;
    return hub_show(ctl, "day.close", STR("{}"), print_closed);
}
