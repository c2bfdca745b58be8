/* init: what it says in the end. */
#include <stdio.h>
#include <string.h>

#include "tools/poshubctl/hub.h"
#include "tools/poshubctl/init.h"
#include "tools/poshubctl/print.h"

/* As a shell takes it for one word. */
static void print_word(const char *text)
{
    if (text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-")] ==
        0) {
        fputs(text, stderr);
        return;
    }
    fputc('\'', stderr);
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", stderr);
        else
            fputc(*text, stderr);
    }
    fputc('\'', stderr);
}

/* A command on stderr that works as it stands: with `option`, where this place is not the usual
 * one. */
static void print_command(const char *command, const char *option, const char *place, bool usual)
{
    fputs(command, stderr);
    if (!usual) {
        fprintf(stderr, " %s ", option);
        print_word(place);
    }
}

void init_told_doctor(const struct init *p)
{
    print_command("poshubctl doctor", "--config", p->conf, strcmp(p->a.etc, INIT_ETC) == 0);
}

/* ---- what was done ---- */

static void told_json(const struct init *p)
{
    struct body b;
    body_begin(&b);
    jw_kstring(&b.w, "config", str_of(p->conf));
    jw_kstring(&b.w, "data_dir", str_of(p->config.data_dir));
    jw_kstring(&b.w, "backup_dir", str_of(p->backup));
    jw_kstring(&b.w, "run_dir", str_of(p->config.run_dir));
    jw_kstring(&b.w, "listen", str_of(p->a.listen));
    jw_kstring(&b.w, "websocket", str_of(p->a.websocket));
    jw_kbool(&b.w, "tls", p->a.tls);
    jw_kstring(&b.w, "ca_sha256", str_of(p->fingerprint));
    struct str line = body_end(&b);
    printf("%.*s\n", (int)line.n, line.p);
}

static const char *or_none(const char *text)
{
    return text[0] ? text : "none";
}

static void tell(const struct ctl *ctl, const struct init *p)
{
    char line[3 * INIT_PATH];
    snprintf(line, sizeof line, "%s %s %s", p->a.brand, p->a.poi, p->a.name);
    print_line(ctl, "store", line);
    snprintf(line, sizeof line, "%s  (%s is read after %s)", p->parts, INIT_PART, p->conf);
    print_line(ctl, "config", line);
    print_line(ctl, "books", p->config.data_dir);
    print_line(ctl, "backups", p->backup);
    snprintf(line, sizeof line, "%s  browsers %s  %s", or_none(p->a.listen),
             or_none(p->a.websocket),
             p->a.tls ? "TLS" : "NOT ENCRYPTED: whoever is in the LAN reads passwords");
    print_line(ctl, "devices", line);
    if (p->fingerprint[0]) {
        snprintf(line, sizeof line, "%s/ca.pem  SHA-256 %.16s..", p->secret, p->fingerprint);
        print_line(ctl, "papers", line);
    }
    print_line(ctl, "center", or_none(p->config.cloud_url));
}

/* Units know the usual place alone; elsewhere hub and broker are started by hand. */
static void tell_start(const struct init *p)
{
    char broker[INIT_PATH];
    bool usual = strcmp(p->a.etc, INIT_ETC) == 0;
    fputs("next: ", stderr);
    if (usual) {
        fputs("systemctl enable --now poshub poshub-broker poshub-backup.timer\n      ", stderr);
        return;
    }
    init_join(broker, p->config.run_dir, "broker/mosquitto.conf");
    print_command("poshubd", "-c", p->conf, false);
    fputs("\n      ", stderr);
    print_command("mosquitto", "-c", broker, false);
    fputs("\n      ", stderr);
}

static void tell_next(const struct init *p)
{
    char socket[INIT_PATH];
    bool usual = strcmp(p->a.run, INIT_RUN) == 0;
    init_join(socket, p->config.run_dir, "control.sock");
    if (p->owner == 0)
        fprintf(stderr,
                "There is no user poshub here, so all of it is root's: so must be the hub.\n");
    tell_start(p);
    init_told_doctor(p);
    print_command("\n      poshubctl menu import FILE", "--socket", socket, usual);
    print_command("\n      poshubctl device add NAME --role ROLE", "--socket", socket, usual);
    if (p->config.cloud_url[0])
        print_command("\n      poshubctl cloud enrol --token TOKEN", "--socket", socket, usual);
    fputc('\n', stderr);
}

void init_told(const struct ctl *ctl, const struct init *p)
{
    if (ctl->json) {
        told_json(p);
        return;
    }
    tell(ctl, p);
    tell_next(p);
}
