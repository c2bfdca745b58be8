/* log: what hub, broker and backup wrote. journalctl shows it; the words here are ours. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proto/topic.h"
#include "tools/poshubctl/cmd.h"

#define LINES     "50"
#define ARGS_MOST 16
#define EXPECTS   "poshubctl: --%s needs %s, not \"%s\"\n"

struct call {
    const char *argv[ARGS_MOST + 1];
    int n;
};

static void add(struct call *c, const char *word)
{
    if (c->n < ARGS_MOST)
        c->argv[c->n++] = word;
}

static bool is_number(const char *text)
{
    return *text != 0 && strlen(text) < 10 && strspn(text, "0123456789") == strlen(text);
}

static bool is_fault(const char *text)
{
    return strncmp(text, "PH-", 3) == 0 && strlen(text) == 7 && is_number(text + 3);
}

static bool fits(const char *option, bool good, const char *want, const char *value)
{
    if (!good)
        fprintf(stderr, EXPECTS, option, want, value);
    return good;
}

/* Neither hub nor broker has a field for a device: its name stands in the line. */
static bool add_filters(struct call *c, const struct args *args, char pattern[128], char match[32])
{
    const char *device = args_option(args, "device"), *fault = args_option(args, "fault");
    if (device) {
        if (!fits("device", id_is_device(str_of(device)), "a device's name", device))
            return false;
        snprintf(pattern, 128, "(^|[^a-z0-9-])%s([^a-z0-9-]|$)", device);
        add(c, "-g");
        add(c, pattern);
    }
    if (fault) {
        if (!fits("fault", is_fault(fault), "a code like PH-1002", fault))
            return false;
        snprintf(match, 32, "POSHUB_FAULT=%s", fault);
        add(c, match);
    }
    return true;
}

enum ctl_exit cmd_log(struct ctl *ctl, const struct args *args)
{
    struct call c = {
        .argv = {"journalctl", "-u", "poshub", "-u", "poshub-broker", "-u", "poshub-backup", "-n"},
        .n = 8};
    char pattern[128], match[32];
    const char *limit = args_option(args, "limit");
    if (limit && !fits("limit", is_number(limit), "a number of lines", limit))
        return CTL_USAGE;
    add(&c, limit ? limit : LINES);
    add(&c, args_option(args, "follow") ? "-f" : "--no-pager");
    if (ctl->json)
        add(&c, "-ojson");
    if (args_option(args, "explain"))
        add(&c, "-x");
    if (!add_filters(&c, args, pattern, match))
        return CTL_USAGE;
    execvp(c.argv[0], (char *const *)(uintptr_t)c.argv);
    fprintf(stderr,
            "poshubctl: journalctl cannot be run: %s\n"
            "next: without systemd the hub writes to its standard error; look where that goes\n",
            strerror(errno));
    return CTL_FAILED;
}
