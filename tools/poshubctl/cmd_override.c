/* override-pin: the configuration's form of a manager's PIN. The PIN itself comes from a terminal
 * or stdin, never from the command line, and goes nowhere. */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "edge/config.h"
#include "storage/file.h"
#include "tools/poshubctl/cmd.h"
#include "tools/poshubctl/hub.h"
#include "tools/poshubctl/init_ask.h"

#define PART      "20-override-pin.conf"
#define PIN_LINE  256 /* room to see that one is too long */
#define PART_TEXT (OVERRIDE_TEXT + 160)

/* ---- the PIN ---- */

static bool read_line(char line[PIN_LINE])
{
    if (!fgets(line, PIN_LINE, stdin))
        return false;
    line[strcspn(line, "\r\n")] = 0;
    return true;
}

/* On a terminal it is not shown. */
static bool ask(const char *what, char line[PIN_LINE])
{
    struct termios was, quiet;
    bool terminal = tcgetattr(STDIN_FILENO, &was) == 0;
    if (!terminal)
        return read_line(line);
    quiet = was;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    fprintf(stderr, "%s: ", what);
    bool ok = read_line(line);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &was);
    fputc('\n', stderr);
    return ok;
}

static bool is_pin(const char *line)
{
    size_t n = strlen(line);
    for (size_t i = 0; i < n; i++) {
        if (line[i] < '!' || line[i] > '~')
            return false;
    }
    return n >= OVERRIDE_PIN_MIN && n <= LIMIT_PIN;
}

static bool read_pin(char pin[PIN_LINE])
{
    char again[PIN_LINE];
    if (!ask("The manager's PIN, six digits or more", pin)) {
        fprintf(stderr, "poshubctl: override-pin: no PIN came. Nothing was done.\n");
        return false;
    }
    if (!is_pin(pin)) {
        fprintf(stderr,
                "poshubctl: override-pin: a PIN is %d to %d digits, letters or signs, without "
                "blanks. Nothing was done.\n",
                OVERRIDE_PIN_MIN, LIMIT_PIN);
        return false;
    }
    bool same = !isatty(STDIN_FILENO) || (ask("Once more", again) && strcmp(pin, again) == 0);
    if (!same)
        fprintf(stderr, "poshubctl: override-pin: these are two PINs. Nothing was done.\n");
    explicit_bzero(again, sizeof again);
    return same;
}

/* ---- what is told ---- */

static void told_json(const char *key, const char *value)
{
    struct body b;
    body_begin(&b);
    jw_kstring(&b.w, key, str_of(value));
    struct str line = body_end(&b);
    printf("%.*s\n", (int)line.n, line.p);
}

static void tell_line(const struct ctl *ctl, const char *kept)
{
    if (ctl->json)
        told_json("override_pin", kept);
    else
        printf("override_pin = %s\n", kept);
}

static void tell_written(const struct ctl *ctl, const char *path)
{
    if (ctl->json) {
        told_json("path", path);
        return;
    }
    print_line(ctl, "written", path);
    fprintf(stderr, "next: systemctl reload poshub\n"
                    "      nobody may any more: remove that file, and reload\n");
}

/* ---- its file ---- */

/* The hub reads it as a member of its group, others not at all; without root the hub is ours. */
static bool give_to_hub(const char *path)
{
    const struct passwd *hub = getpwnam("poshub");
    if (geteuid() != 0 || !hub)
        return true;
    return chown(path, 0, hub->pw_gid) == 0 && chmod(path, 0640) == 0;
}

static enum ctl_exit write_part(const struct ctl *ctl, const char *etc, const char *kept)
{
    char parts[CONFIG_PATH + sizeof CONFIG_PARTS + 1], path[sizeof parts + sizeof PART];
    char text[PART_TEXT];
    snprintf(parts, sizeof parts, "%s/" CONFIG_PARTS, etc);
    snprintf(path, sizeof path, "%s/" PART, parts);
    int n = snprintf(text, sizeof text,
                     "; Written by poshubctl override-pin. For the hub's eyes only.\n"
                     "[stock]\noverride_pin = %s\n",
                     kept);
    if (file_replace(parts, PART, (struct str){text, (size_t)n}, geteuid()) != PH_OK ||
        !give_to_hub(path)) {
        fprintf(stderr, "poshubctl: override-pin: %s: %s\n", path, strerror(errno));
        return errno == EACCES || errno == EPERM ? CTL_NOT_PERMITTED : CTL_FAILED;
    }
    tell_written(ctl, path);
    return CTL_OK;
}

enum ctl_exit cmd_override_pin(struct ctl *ctl, const struct args *args)
{
    char pin[PIN_LINE], kept[OVERRIDE_TEXT];
    uint8_t salt[OVERRIDE_SALT];
    const char *etc = args_option(args, "etc");
    if (etc && (etc[0] != '/' || strlen(etc) >= CONFIG_PATH)) {
        fprintf(stderr, "poshubctl: --etc needs an absolute path below %d bytes\n", CONFIG_PATH);
        return CTL_USAGE;
    }
    bool ok = read_pin(pin);
    if (ok) {
        random_bytes(salt, sizeof salt);
        override_keep(str_of(pin), salt, kept);
    }
    explicit_bzero(pin, sizeof pin);
    if (!ok)
        return CTL_USAGE;
    if (!args_option(args, "print"))
        return write_part(ctl, etc ? etc : INIT_ETC, kept);
    tell_line(ctl, kept);
    return CTL_OK;
}
