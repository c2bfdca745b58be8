/* What every command of poshubctl gets and gives back. Data goes to stdout, talk to stderr. */
#ifndef POSHUBCTL_CTL_H
#define POSHUBCTL_CTL_H

#include <stdbool.h>
#include <stddef.h>

#define CTL_SOCKET    "/run/poshub/control.sock"
#define CTL_TIMEOUT_S 10

/*  X(enum, number, text for the help) */
#define CTL_EXIT_LIST(X)                                                                           \
    X(CTL_OK, 0, "ok")                                                                             \
    X(CTL_FAILED, 1, "failed")                                                                     \
    X(CTL_USAGE, 2, "usage, or a confirmation nobody could give")                                  \
    X(CTL_NO_HUB, 3, "hub not running")                                                            \
    X(CTL_NOT_PERMITTED, 4, "not permitted")                                                       \
    X(CTL_NOT_FOUND, 5, "not found")                                                               \
    X(CTL_REFUSED, 6, "refused by a business rule")                                                \
    X(CTL_TIMED_OUT, 7, "timed out")                                                               \
    X(CTL_DEGRADED, 8, "the hub is degraded, doctor found something, or a change is not proved")

enum ctl_exit {
#define X(e, number, text) e = number,
    CTL_EXIT_LIST(X)
#undef X
};

struct http;

struct ctl {
    const char *socket;
    bool json, yes, no_colour, help, version; /* as asked for on the command line */
    bool colour;                              /* stdout is a terminal that wants it */
    bool forbidden;                           /* the last hub_peek was refused for lack of rights */
    long timeout_s;                           /* of one request; 0: the command's own */
    struct http *http;                        /* opened before a command runs */
};

#define ARGS_WORDS   8
#define ARGS_OPTIONS 16

/* What stood behind the command's name: words in order, and its own options. Borrowed from argv. */
struct args {
    const char *words[ARGS_WORDS];
    int n_words;
    struct {
        const char *name, *value; /* value "" for a flag */
    } options[ARGS_OPTIONS];
    int n_options;
};
/* NULL where the option was not given; the last one counts. */
const char *args_option(const struct args *a, const char *name);
/* NULL where there are fewer words. */
const char *args_word(const struct args *a, int i);

#endif
