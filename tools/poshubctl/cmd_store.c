/* store new-epoch, confirm; clock accept; version. */
#include <stdio.h>

#include "tools/poshubctl/cmd.h"
#include "tools/poshubctl/reply.h"
#include "tools/poshubctl/hub.h"

static void print_epoch(const struct ctl *ctl, const struct json *reply)
{
    print_line(ctl, "epoch", TEXT_AT(reply, "result.epoch"));
}

enum ctl_exit cmd_store_new_epoch(struct ctl *ctl, const struct args *args)
{
    struct body b;
    const char *reason = args_option(args, "reason");
    if (!reason || !*reason) {
        fprintf(stderr, "poshubctl: --reason TEXT is needed; it is kept in the journal\n");
        return CTL_USAGE;
    }
    body_begin(&b);
    jw_kstring(&b.w, "reason", str_of(reason));
    return hub_show(ctl, "store.new_epoch", body_end(&b), print_epoch);
}

static void print_fence(const struct ctl *ctl, const struct json *reply)
{
    print_line(ctl, "epoch", TEXT_AT(reply, "result.epoch"));
    print_line(ctl, "fenced", TEXT_AT(reply, "result.fenced"));
}

static void print_accepted(const struct ctl *ctl, const struct json *reply)
{
    (void)reply;
    print_line(ctl, "clock", "accepted; the store goes by it from now on");
}

enum ctl_exit cmd_store_confirm(struct ctl *ctl, const struct args *args)
{
    (void)args;
    return hub_show(ctl, "store.confirm", STR("{}"), print_fence);
}

enum ctl_exit cmd_clock_accept(struct ctl *ctl, const struct args *args)
{
    (void)args;
    return hub_show(ctl, "clock.accept", STR("{}"), print_accepted);
}

enum ctl_exit cmd_version(struct ctl *ctl, const struct args *args)
{
    (void)args;
    struct json *s = hub_peek(ctl, "/v1/status");
    struct body b;
    body_begin(&b);
    jw_kstring(&b.w, "poshubctl", STR(PH_VERSION));
    if (s)
        jw_kstring(&b.w, "hub", str_of(TEXT_AT(s, "version")));
    struct str line = body_end(&b);
    const char *none = ctl->forbidden ? "not permitted" : "not running";
    if (ctl->json)
        printf("%.*s\n", (int)line.n, line.p);
    else
        printf("poshubctl " PH_VERSION "\nhub       %s\n", s ? TEXT_AT(s, "version") : none);
    json_free(s);
    return ctl->forbidden ? hub_tell_forbidden(ctl) : CTL_OK;
}
