/* Both scripts find the command among the words typed so far (options and their values are not part
 * of it), then offer what the table has behind it.
 */
#include <stdio.h>
#include <string.h>

#include "tools/poshubctl/cmd.h"
#include "tools/poshubctl/table.h"

/* Options that take a value, as a case pattern: the word behind one is no command. */
static void print_value_options(FILE *out)
{
    const char *bar = "";
    for (const struct ctl_option *o = GLOBAL_OPTIONS; o->name; o++) {
        if (o->value) {
            fprintf(out, "%s--%s", bar, o->name);
            bar = "|";
        }
    }
}

/* The case pattern of a command, also with words behind it. */
static void print_pattern(FILE *out, const struct ctl_command *c)
{
    const char *gap = c->verb[0] ? " " : "";
    fprintf(out, "    '%s%s%s'|'%s%s%s '*) ", c->group, gap, c->verb, c->group, gap, c->verb);
}

/* ---- bash ---- */

static void bash_options(FILE *out, const struct ctl_option *options)
{
    for (const struct ctl_option *o = options; o && o->name; o++)
        fprintf(out, " --%s", o->name);
}

static void bash_first(FILE *out)
{
    fprintf(out, "    '') words='");
    for (size_t i = 0; i < TABLE_SIZE; i++) {
        if (table_opens_group(i))
            fprintf(out, "%s ", TABLE[i].group);
    }
    bash_options(out, GLOBAL_OPTIONS);
    fprintf(out, "' ;;\n");
}

static void bash_group(FILE *out, const char *group)
{
    fprintf(out, "    '%s') words='", group);
    for (size_t i = 0; i < TABLE_SIZE; i++) {
        if (strcmp(TABLE[i].group, group) == 0)
            fprintf(out, "%s ", TABLE[i].verb);
    }
    fprintf(out, "' ;;\n");
}

static void bash_command(FILE *out, const struct ctl_command *c)
{
    print_pattern(out, c);
    fprintf(out, "words='");
    bash_options(out, c->options);
    bash_options(out, GLOBAL_OPTIONS);
    fprintf(out, "' ;;\n");
}

enum ctl_exit cmd_completion_bash(struct ctl *ctl, const struct args *args)
{
    (void)ctl;
    (void)args;
    FILE *out = stdout;
    fprintf(out, "_poshubctl() {\n"
                 "    local cur=${COMP_WORDS[COMP_CWORD]} path='' words='' i\n"
                 "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                 "        case ${COMP_WORDS[i]} in\n"
                 "        ");
    print_value_options(out);
    fprintf(out, ") ((i++)) ;;\n"
                 "        -*) ;;\n"
                 "        *) path+=\"${path:+ }${COMP_WORDS[i]}\" ;;\n"
                 "        esac\n"
                 "    done\n"
                 "    case $path in\n");
    bash_first(out);
    for (size_t i = 0; i < TABLE_SIZE; i++) {
        if (TABLE[i].verb[0] && table_opens_group(i))
            bash_group(out, TABLE[i].group);
        bash_command(out, &TABLE[i]);
    }
    fprintf(out, "    esac\n"
                 "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
                 "}\n"
                 "complete -o default -F _poshubctl poshubctl\n");
    return CTL_OK;
}

/* ---- zsh: the same, each word with its line from the help ---- */

/* A single-quoted word; a quote inside ends it, stands alone, and begins it again. */
static void zsh_quoted(FILE *out, const char *prefix, const char *name, const char *what)
{
    fprintf(out, " '%s%s:", prefix, name);
    for (const char *p = what; *p; p++) {
        if (*p == '\'')
            fputs("'\\''", out);
        else
            fputc(*p, out);
    }
    fputc('\'', out);
}

static void zsh_options(FILE *out, const struct ctl_option *options)
{
    for (const struct ctl_option *o = options; o && o->name; o++)
        zsh_quoted(out, "--", o->name, o->what);
}

/* What stands behind a group in the list of all: its verbs, as far as a line holds them. */
static void zsh_group_line(FILE *out, const char *group)
{
    char line[64] = "";
    for (size_t i = 0; i < TABLE_SIZE; i++) {
        if (strcmp(TABLE[i].group, group) != 0)
            continue;
        size_t n = strlen(line), more = strlen(TABLE[i].verb);
        if (n + 2 + more + sizeof ", ..." > sizeof line) {
            strcat(line, ", ...");
            break;
        }
        snprintf(line + n, sizeof line - n, "%s%s", n ? ", " : "", TABLE[i].verb);
    }
    zsh_quoted(out, "", group, line);
}

static void zsh_first(FILE *out)
{
    fprintf(out, "    '') commands=(");
    for (size_t i = 0; i < TABLE_SIZE; i++) {
        if (TABLE[i].verb[0] == 0)
            zsh_quoted(out, "", TABLE[i].group, TABLE[i].what);
        else if (table_opens_group(i))
            zsh_group_line(out, TABLE[i].group);
    }
    fprintf(out, ") ;;\n");
}

static void zsh_group(FILE *out, const char *group)
{
    fprintf(out, "    '%s') commands=(", group);
    for (size_t i = 0; i < TABLE_SIZE; i++) {
        if (strcmp(TABLE[i].group, group) == 0)
            zsh_quoted(out, "", TABLE[i].verb, TABLE[i].what);
    }
    fprintf(out, ") ;;\n");
}

static void zsh_command(FILE *out, const struct ctl_command *c)
{
    print_pattern(out, c);
    fprintf(out, "options+=(");
    zsh_options(out, c->options);
    fprintf(out, ") ;;\n");
}

enum ctl_exit cmd_completion_zsh(struct ctl *ctl, const struct args *args)
{
    (void)ctl;
    (void)args;
    FILE *out = stdout;
    fprintf(out, "#compdef poshubctl\n"
                 "_poshubctl() {\n"
                 "    local said='' i\n"
                 "    local -a commands options\n"
                 "    for ((i = 2; i < CURRENT; i++)); do\n"
                 "        case ${words[i]} in\n"
                 "        ");
    print_value_options(out);
    fprintf(out, ") ((i++)) ;;\n"
                 "        -*) ;;\n"
                 "        *) said+=\"${said:+ }${words[i]}\" ;;\n"
                 "        esac\n"
                 "    done\n"
                 "    options=(");
    zsh_options(out, GLOBAL_OPTIONS);
    fprintf(out, ")\n"
                 "    case $said in\n");
    zsh_first(out);
    for (size_t i = 0; i < TABLE_SIZE; i++) {
        if (TABLE[i].verb[0] && table_opens_group(i))
            zsh_group(out, TABLE[i].group);
        zsh_command(out, &TABLE[i]);
    }
    fprintf(out, "    esac\n"
                 "    if (($#commands)); then\n"
                 "        _describe -t commands command commands\n"
                 "    else\n"
                 "        _files\n"
                 "    fi\n"
                 "    _describe -o -t options option options\n"
                 "}\n"
                 "if [[ $funcstack[1] = _poshubctl ]]; then\n"
                 "    _poshubctl \"$@\"\n"
                 "else\n"
                 "    compdef _poshubctl poshubctl\n"
                 "fi\n");
    return CTL_OK;
}
