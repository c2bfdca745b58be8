/* poshubctl: options, the command table, the question before destructive commands, one run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/poshubctl/cmd.h"
#include "tools/poshubctl/help.h"
#include "tools/poshubctl/http.h"
#include "tools/poshubctl/options.h"

/* sun_path holds so many bytes with its NUL */
#define SOCKET_PATH_MAX 107

/* The command named by the words at argv[1..]; *at is the index of its last word. NULL after
 * complaint or help, *rc then tells. */
static const struct ctl_command *choose(struct ctl *ctl, int argc, char **argv, int *at,
                                        enum ctl_exit *rc)
{
    *rc = CTL_USAGE;
    int i = options_leading(ctl, argc, argv);
    if (i < 0)
        return NULL;
    if (i == argc) {
        *rc = ctl->help ? CTL_OK : CTL_USAGE;
        *at = i - 1;
        if (ctl->version)
            return table_find("version", "");
        help_overview(ctl->help ? stdout : stderr);
        return NULL;
    }
    const char *group = argv[i];
    *at = i;
    if (!table_group(group)) {
        help_unknown_group(group);
        return NULL;
    }
    if (!table_has_verbs(group))
        return table_find(group, "");
    int next = options_leading(ctl, argc - i, argv + i);
    if (next < 0)
        return NULL;
    if (i + next == argc) {
        *rc = ctl->help ? CTL_OK : CTL_USAGE;
        help_group(ctl->help ? stdout : stderr, group);
        return NULL;
    }
    *at = i + next;
    const struct ctl_command *c = table_find(group, argv[*at]);
    if (!c)
        help_unknown_verb(group, argv[*at]);
    return c;
}

static bool words_fit(const struct ctl_command *c, const struct args *args)
{
    int least, most;
    table_words(c, &least, &most);
    if (args->n_words >= least && args->n_words <= most)
        return true;
    if (args->n_words > most)
        fprintf(stderr, "poshubctl: \"%s\" is one word too many\nusage: ", args->words[most]);
    else
        fprintf(stderr, "poshubctl: something is missing\nusage: ");
    help_synopsis(stderr, c);
    fputc('\n', stderr);
    return false;
}

static bool confirmed(void)
{
    char line[16];
    fprintf(stderr, "Go on? [y/N] ");
    if (!fgets(line, sizeof line, stdin))
        return false;
    line[strcspn(line, "\r\n")] = 0;
    return strcmp(line, "y") == 0 || strcmp(line, "Y") == 0 || strcmp(line, "yes") == 0;
}

/* CTL_OK: go on. */
static enum ctl_exit ask_first(const struct ctl *ctl, const struct ctl_command *c,
                               const struct args *args)
{
    if (!c->asks || ctl->yes || args_option(args, "dry-run"))
        return CTL_OK;
    fprintf(stderr, "%s %s%s%s: %s\n", c->group, c->verb, args->n_words ? " " : "",
            args->n_words ? args->words[0] : "", c->asks);
    if (!isatty(STDIN_FILENO)) {
        fprintf(stderr, "poshubctl: nobody can be asked here; --yes confirms. Nothing was done.\n");
        return CTL_USAGE;
    }
    if (confirmed())
        return CTL_OK;
    fprintf(stderr, "Nothing was done.\n");
    return CTL_FAILED;
}

static void settle(struct ctl *ctl, const struct ctl_command *c)
{
    const char *from_env = getenv("POSHUB_SOCKET"), *term = getenv("TERM");
    const char *no_color = getenv("NO_COLOR");
    if (!ctl->socket)
        ctl->socket = from_env && *from_env ? from_env : CTL_SOCKET;
    if (!ctl->timeout_s)
        ctl->timeout_s = table_timeout_s(c);
    ctl->colour = isatty(STDOUT_FILENO) && !ctl->no_colour && !(no_color && *no_color) &&
                  !(term && strcmp(term, "dumb") == 0);
}

static enum ctl_exit run(struct ctl *ctl, const struct ctl_command *c, const struct args *args)
{
    if (strlen(ctl->socket) > SOCKET_PATH_MAX) {
        fprintf(stderr, "poshubctl: the socket's path is longer than %d bytes\n", SOCKET_PATH_MAX);
        return CTL_USAGE;
    }
    ctl->http = http_open(ctl->socket);
    if (!ctl->http) {
        fprintf(stderr, "poshubctl: out of memory\n");
        return CTL_FAILED;
    }
    enum ctl_exit rc = c->run(ctl, args);
    http_close(ctl->http);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "poshubctl: writing the output failed\n");
        return rc == CTL_OK ? CTL_FAILED : rc;
    }
    return rc;
}

/* Everybody on the box may read what a process was called with, and among the words behind the
 * command are pairing codes and tokens: from here on there are stars. */
static bool hide(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        char *own = strdup(argv[i]);
        if (!own)
            return false;
        memset(argv[i], '*', strlen(argv[i]));
        argv[i] = own;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct ctl ctl = {0};
    struct args args = {0};
    enum ctl_exit rc;
    int at;
    const struct ctl_command *c = choose(&ctl, argc, argv, &at, &rc);
    if (!c)
        return (int)rc;
    if (!hide(argc - at, argv + at)) {
        fprintf(stderr, "poshubctl: out of memory\n");
        return CTL_FAILED;
    }
    if (!options_rest(&ctl, c->options, argc - at, argv + at, &args))
        return CTL_USAGE;
    if (ctl.help) {
        help_command(stdout, c);
        return CTL_OK;
    }
    if (!words_fit(c, &args))
        return CTL_USAGE;
    settle(&ctl, c);
    rc = ask_first(&ctl, c, &args);
    if (rc == CTL_OK)
        rc = run(&ctl, c, &args);
    return (int)rc;
}
