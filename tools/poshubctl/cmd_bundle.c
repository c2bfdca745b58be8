/* bundle: what support needs of this box in one file, and none of its secrets. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/poshubctl/bundle/bundle.h"
#include "tools/poshubctl/cmd.h"
#include "tools/poshubctl/http.h"
#include "tools/poshubctl/offline.h"
#include "tools/poshubctl/print.h"

static volatile sig_atomic_t stopped;

static void on_signal(int sig)
{
    (void)sig;
    stopped = 1;
}

/* Whoever interrupts finds nothing left behind. */
static void watch_signals(void)
{
    static const int ENDING[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction act = {.sa_handler = on_signal};
    for (size_t i = 0; i < sizeof ENDING / sizeof ENDING[0]; i++)
        sigaction(ENDING[i], &act, NULL);
}

/* What is wrong with a file's place is said before any work is done. */
static bool place_is_good(const char *path)
{
    if (access(path, F_OK) != 0)
        return true;
    fprintf(stderr, "poshubctl: %s is there already. Nothing was done.\n", path);
    return false;
}

static void fill(struct bundle *b, struct ctl *ctl)
{
    b->config_why[0] = 0;
    char hidden[CONFIG_WHY];
    if (config_look(b->config_path, &b->config, hidden, b->config_why) == PH_OK)
        offline_tell_hidden(hidden);
    else
        fprintf(stderr, "poshubctl: %s\n", b->config_why);
    bundle_ask_hub(b, ctl);
    bundle_read_box(b, ctl);
}

static void print_json(const struct bundle *b, const char *path, int64_t bytes)
{
    char text[2 * PATH_MAX + 256];
    struct jw w;
    jw_init(&w, text, sizeof text);
    jw_open(&w, '{');
    jw_kstring(&w, "id", str_of(b->id));
    jw_kstring(&w, "path", str_of(path));
    jw_kint(&w, "bytes", bytes);
    jw_kint(&w, "files", (int64_t)b->n_files + 1);
    jw_kbool(&w, "hub", b->hub);
    jw_kbool(&w, "redacted", b->scrub.names_too);
    jw_close(&w, '}');
    printf("%.*s\n", (int)w.n, text);
}

static void print_made(const struct ctl *ctl, const struct bundle *b, const char *path,
                       int64_t bytes)
{
    if (ctl->json) {
        print_json(b, path, bytes);
        return;
    }
    print_line(ctl, "bundle", b->id);
    printf("%-*s%s (%s)\n", PRINT_NAME, "file", path, BYTES(bytes));
    const char *none = ctl->forbidden ? "not permitted: this is what you may read"
                                      : "does not answer: this is what there is without it";
    print_line(ctl, "hub", b->hub ? "answers" : none);
    print_line(ctl, "next",
               ctl->forbidden ? "sudo poshubctl bundle, which has all"
                              : "send the file to support, and tell them its id");
}

static enum ctl_exit make(struct ctl *ctl, struct bundle *b, const char *given)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s", given ? given : "");
    if (!given)
        snprintf(path, sizeof path, "poshub-bundle-%s.tar.gz", b->id);
    if (!place_is_good(path))
        return CTL_USAGE;
    fill(b, ctl);
    int64_t bytes = stopped ? -1 : bundle_pack(b, path);
    if (stopped)
        fprintf(stderr, "poshubctl: interrupted; nothing is left of it\n");
    if (stopped && bytes >= 0)
        unlink(path);
    if (stopped || bytes < 0)
        return CTL_FAILED;
    char whole[PATH_MAX];
    print_made(ctl, b, realpath(path, whole) ? whole : path, bytes);
    return ctl->forbidden ? CTL_NOT_PERMITTED : CTL_OK; /* it is not the whole of it */
}

enum ctl_exit cmd_bundle(struct ctl *ctl, const struct args *args)
{
    static struct bundle b;
    const char *config = args_option(args, "config");
    stopped = 0;
    watch_signals();
    http_stop_on(ctl->http, &stopped);
    if (!bundle_open(&b, args_option(args, "redact") != NULL, &stopped))
        return CTL_FAILED;
    b.config_path = config ? config : OFFLINE_CONFIG;
    b.log_path = args_option(args, "log");
    enum ctl_exit rc = make(ctl, &b, args_option(args, "output"));
    bundle_close(&b);
    return rc;
}
