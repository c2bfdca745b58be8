#include "tools/poshubctl/help.h"

#include <string.h>

#include "tools/poshubctl/cmd.h"
#include "tools/poshubctl/suggest.h"

static void print_options(FILE *out, const struct ctl_option *options)
{
    for (const struct ctl_option *o = options; o && o->name; o++) {
        int n = fprintf(out, "  --%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
        fprintf(out, "%*s%s\n", n < 26 ? 26 - n : 1, "", o->what);
    }
}

static void print_examples(FILE *out, const char *examples)
{
    while (*examples) {
        size_t n = strcspn(examples, "\n");
        fprintf(out, "  %.*s\n", (int)n, examples);
        examples += n + 1;
    }
}

static void print_entry(FILE *out, const struct ctl_command *c)
{
    int n = fprintf(out, "  %s%s%s", c->group, c->verb[0] ? " " : "", c->verb);
    fprintf(out, "%*s%s\n", n < 22 ? 22 - n : 1, "", c->what);
}

void help_overview(FILE *out)
{
    fprintf(out, "poshubctl: ask and steer the hub of this store\n\n"
                 "  poshubctl status\n"
                 "  poshubctl stock sold-out 1001\n"
                 "  poshubctl order list --since 2h\n"
                 "  poshubctl help stock set\n");
    for (size_t i = 0; i < TABLE_SIZE; i++) {
        if (i == 0 || (table_opens_group(i) && (TABLE[i].verb[0] || TABLE[i - 1].verb[0])))
            fputc('\n', out);
        print_entry(out, &TABLE[i]);
    }
    fprintf(out,
            "\nAn OBJECT is an SKU (1001) or an SPU (spu:500).\n\nOptions of every command:\n");
    print_options(out, GLOBAL_OPTIONS);
    fprintf(out, "\nExit codes:\n");
#define X(e, number, text) fprintf(out, "  %d  %s\n", number, text);
    CTL_EXIT_LIST(X)
#undef X
}

void help_group(FILE *out, const char *group)
{
    for (size_t i = 0; i < TABLE_SIZE; i++) {
        if (strcmp(TABLE[i].group, group) == 0)
            print_examples(out, TABLE[i].examples);
    }
    fputc('\n', out);
    for (size_t i = 0; i < TABLE_SIZE; i++) {
        if (strcmp(TABLE[i].group, group) == 0)
            print_entry(out, &TABLE[i]);
    }
}

void help_synopsis(FILE *out, const struct ctl_command *c)
{
    fprintf(out, "poshubctl %s%s%s%s%s%s", c->group, c->verb[0] ? " " : "", c->verb,
            c->words[0] ? " " : "", c->words, c->options ? " [options]" : "");
}

void help_command(FILE *out, const struct ctl_command *c)
{
    print_examples(out, c->examples);
    fputs("\nusage: ", out);
    help_synopsis(out, c);
    fprintf(out, "\n%s\n", c->what);
    if (strstr(c->words, "OBJECT"))
        fprintf(out, "An OBJECT is an SKU (1001) or an SPU (spu:500).\n");
    if (c->asks)
        fprintf(out, "Asks first: %s. --yes answers for scripts.\n", c->asks);
    if (c->options)
        fprintf(out, "\nOptions:\n");
    print_options(out, c->options);
    fprintf(out, "\nOptions of every command:\n");
    print_options(out, GLOBAL_OPTIONS);
    fprintf(out, "Without --timeout it waits %ld seconds for an answer.\n", table_timeout_s(c));
}

/* ---- mistyped words ---- */

void help_unknown_group(const char *typed)
{
    struct suggest s = suggest_begin(typed);
    for (size_t i = 0; i < TABLE_SIZE; i++)
        suggest_offer(&s, TABLE[i].group);
    fprintf(stderr, "poshubctl: no command \"%s\".", typed);
    if (s.best)
        fprintf(stderr, " Did you mean \"%s\"?\n", s.best);
    else
        fprintf(stderr, " See: poshubctl help\n");
}

void help_unknown_verb(const char *group, const char *typed)
{
    struct suggest s = suggest_begin(typed);
    for (size_t i = 0; i < TABLE_SIZE; i++) {
        if (strcmp(TABLE[i].group, group) == 0)
            suggest_offer(&s, TABLE[i].verb);
    }
    fprintf(stderr, "poshubctl: no command \"%s %s\".", group, typed);
    if (s.best)
        fprintf(stderr, " Did you mean \"%s %s\"?\n", group, s.best);
    else
        fprintf(stderr, " See: poshubctl help %s\n", group);
}

/* ---- the command ---- */

enum ctl_exit cmd_help(struct ctl *ctl, const struct args *args)
{
    (void)ctl;
    const char *group = args_word(args, 0), *verb = args_word(args, 1);
    if (!group) {
        help_overview(stdout);
        return CTL_OK;
    }
    if (!table_group(group)) {
        help_unknown_group(group);
        return CTL_USAGE;
    }
    const struct ctl_command *c = table_find(group, verb ? verb : "");
    if (verb && !c) {
        help_unknown_verb(group, verb);
        return CTL_USAGE;
    }
    if (c)
        help_command(stdout, c);
    else
        help_group(stdout, group);
    return CTL_OK;
}
