#include "tools/poshubctl/options.h"

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/poshubctl/suggest.h"

#define OPTIONS_MAX 32
#define LONG_BASE   256 /* values of long options, above every character */

/* Global options, then the command's own: one list for getopt, help and suggestions. */
struct option_list {
    const struct ctl_option *entries[OPTIONS_MAX];
    struct option longs[OPTIONS_MAX + 1];
    int n, n_global;
};

static void add(struct option_list *l, const struct ctl_option *o)
{
    if (l->n == OPTIONS_MAX)
        abort();
    l->entries[l->n] = o;
    l->longs[l->n] = (struct option){o->name, o->value ? required_argument : no_argument, NULL,
                                     LONG_BASE + l->n};
    l->n++;
}

static struct option_list list_of(const struct ctl_option *own)
{
    struct option_list l = {0};
    for (const struct ctl_option *o = GLOBAL_OPTIONS; o->name; o++)
        add(&l, o);
    l.n_global = l.n;
    for (const struct ctl_option *o = own; o && o->name; o++)
        add(&l, o);
    return l;
}

static bool set_timeout(struct ctl *ctl, const char *value)
{
    char *end;
    ctl->timeout_s = strtol(value, &end, 10);
    if (*end == 0 && ctl->timeout_s > 0)
        return true;
    fprintf(stderr, "poshubctl: --timeout needs a number of seconds, not \"%s\"\n", value);
    return false;
}

static bool set_global(struct ctl *ctl, const char *name, const char *value)
{
    if (strcmp(name, "socket") == 0)
        ctl->socket = value;
    else if (strcmp(name, "timeout") == 0)
        return set_timeout(ctl, value);
    else if (strcmp(name, "json") == 0)
        ctl->json = true;
    else if (strcmp(name, "yes") == 0)
        ctl->yes = true;
    else if (strcmp(name, "no-color") == 0)
        ctl->no_colour = true;
    else if (strcmp(name, "help") == 0)
        ctl->help = true;
    else
        ctl->version = true;
    return true;
}

static void complain(const struct option_list *l, int got, const char *text)
{
    if (got == ':') {
        fprintf(stderr, "poshubctl: %s needs a value\n", text);
        return;
    }
    char typed[32];
    const char *name = text + strspn(text, "-");
    snprintf(typed, sizeof typed, "%.*s", (int)strcspn(name, "="), name);
    struct suggest s = suggest_begin(typed);
    for (int i = 0; i < l->n; i++)
        suggest_offer(&s, l->entries[i]->name);
    if (s.best)
        fprintf(stderr, "poshubctl: unknown option %s. Did you mean --%s?\n", text, s.best);
    else
        fprintf(stderr, "poshubctl: unknown option %s; --help shows those there are\n", text);
}

/* One option that getopt recognised. */
static bool take(struct ctl *ctl, const struct option_list *l, int got, struct args *out)
{
    if (got == 'h') {
        ctl->help = true;
        return true;
    }
    const struct ctl_option *o = l->entries[got - LONG_BASE];
    if (got - LONG_BASE < l->n_global)
        return set_global(ctl, o->name, optarg);
    if (out->n_options == ARGS_OPTIONS) {
        fprintf(stderr, "poshubctl: too many options\n");
        return false;
    }
    out->options[out->n_options].name = o->name;
    out->options[out->n_options++].value = optarg ? optarg : "";
    return true;
}

/* -o is --output, where there is one; -1: there is none. */
static int output_of(const struct option_list *l)
{
    for (int i = l->n_global; i < l->n; i++) {
        if (strcmp(l->entries[i]->name, "output") == 0)
            return LONG_BASE + i;
    }
    return -1;
}

static bool take_word(struct args *out, const char *word)
{
    if (out->n_words == ARGS_WORDS) {
        fprintf(stderr, "poshubctl: too many words at \"%s\"\n", word);
        return false;
    }
    out->words[out->n_words++] = word;
    return true;
}

static bool is_negative_number(const char *word)
{
    return word && word[0] == '-' && (isdigit((unsigned char)word[1]) || word[1] == '.');
}

int options_leading(struct ctl *ctl, int argc, char **argv)
{
    struct option_list l = list_of(NULL);
    opterr = 0;
    optind = 0;
    for (;;) {
        int got = getopt_long(argc, argv, "+:h", l.longs, NULL);
        if (got == -1)
            return optind;
        if (got == '?' || got == ':') {
            complain(&l, got, argv[optind - 1]);
            return -1;
        }
        if (!take(ctl, &l, got, NULL))
            return -1;
    }
}

bool options_rest(struct ctl *ctl, const struct ctl_option *own, int argc, char **argv,
                  struct args *out)
{
    struct option_list l = list_of(own);
    opterr = 0;
    optind = 0;
    bool ok = true;
    while (ok) {
        /* optind 0 makes getopt start afresh at argv[1] */
        int next = optind ? optind : 1;
        if (next < argc && is_negative_number(argv[next])) {
            ok = take_word(out, argv[next]);
            optind = next + 1;
            continue;
        }
        int got = getopt_long(argc, argv, output_of(&l) < 0 ? "-:h" : "-:ho:", l.longs, NULL);
        got = got == 'o' ? output_of(&l) : got;
        if (got == -1)
            break;
        if (got == 1) {
            ok = take_word(out, optarg);
        } else if (got == '?' || got == ':') {
            complain(&l, got, argv[optind - 1]);
            return false;
        } else {
            ok = take(ctl, &l, got, out);
        }
    }
    for (int i = optind; ok && i < argc; i++)
        ok = take_word(out, argv[i]);
    return ok;
}

const char *args_option(const struct args *a, const char *name)
{
    for (int i = a->n_options - 1; i >= 0; i--) {
        if (strcmp(a->options[i].name, name) == 0)
            return a->options[i].value;
    }
    return NULL;
}

const char *args_word(const struct args *a, int i)
{
    return i < a->n_words ? a->words[i] : NULL;
}
