/* cloud: this box and its center. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/poshubctl/cmd.h"
#include "tools/poshubctl/hub.h"
#include "tools/poshubctl/reply.h"

static void print_enrolled(const struct ctl *ctl, const struct json *reply)
{
    (void)reply;
    print_line(ctl, "enrolled", "the center has signed this box's certificate");
    print_line(ctl, "next", "the hub claims the store; poshubctl sync status shows it");
}

/* The hub opens the file, and stands elsewhere. False after a complaint. */
static bool put_ca(struct jw *w, const char *file)
{
    char path[PATH_MAX];
    if (!file)
        return true;
    if (!realpath(file, path)) {
        fprintf(stderr, "poshubctl: %s: %s\n", file, strerror(errno));
        return false;
    }
    jw_kstring(w, "ca", str_of(path));
    return true;
}

enum ctl_exit cmd_cloud_enrol(struct ctl *ctl, const struct args *args)
{
    struct body b;
    const char *token = args_option(args, "token"), *url = args_option(args, "url");
    if (!token || !*token) {
        fprintf(stderr, "poshubctl: --token TEXT is needed; the center gives one for each box\n");
        return CTL_USAGE;
    }
    body_begin(&b);
    jw_kstring(&b.w, "token", str_of(token));
    if (url)
        jw_kstring(&b.w, "url", str_of(url));
    if (!put_ca(&b.w, args_option(args, "ca")))
        return CTL_USAGE;
    return hub_show(ctl, "cloud.enrol", body_end(&b), print_enrolled);
}

static void print_claim(const struct ctl *ctl, const struct json *reply)
{
    (void)reply;
    print_line(ctl, "claim", "the hub asks the center; poshubctl sync status shows it");
}

enum ctl_exit cmd_cloud_claim(struct ctl *ctl, const struct args *args)
{
    struct body b;
    const char *token = args_option(args, "token");
    body_begin(&b);
    if (token)
        jw_kstring(&b.w, "token", str_of(token));
    return hub_show(ctl, "cloud.claim", body_end(&b), print_claim);
}
