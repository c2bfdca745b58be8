/* day show, close. */
#include <stdio.h>
#include <string.h>

#include "tools/poshubctl/cmd.h"
#include "tools/poshubctl/reply.h"
#include "tools/poshubctl/hub.h"

static enum ctl_exit tell_no_books(const char *day)
{
    if (day)
        fprintf(stderr, "poshubctl: there are no books of %s\n", day);
    else
        fprintf(stderr, "poshubctl: no business day has begun yet; the first order begins it\n");
    return CTL_NOT_FOUND;
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
    struct json *reply;
    enum ctl_exit rc = hub_call(ctl, "day.show", body_end(&b), &reply);
    if (rc != CTL_OK)
        return rc;
    const struct json *days = reply_at(reply, "days");
    if (reply_count(days) == 0)
        rc = tell_no_books(day);
    else if (!ctl->json)
        print_tree(ctl, json_first(days), 0);
    json_free(reply);
    return rc;
}

enum ctl_exit cmd_day_close(struct ctl *ctl, const struct args *args)
{
    (void)args;
    return hub_show(ctl, "day.close", STR("{}"), print_closed);
}
