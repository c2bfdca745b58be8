/* init: makes a store of this box. Everything is checked before anything is written, and the
 * configuration, which makes a store of it, comes last. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "edge/backup_file.h"
#include "storage/file.h"
#include "edge/store_ca.h"
#include "tools/poshubctl/cmd.h"
#include "tools/poshubctl/hub.h"
#include "tools/poshubctl/init_ask.h"
#include "tools/poshubctl/offline.h"

#define PART      "10-init.conf"
#define PART_TEXT 2048
#define PATH_TEXT 256

struct place {
    struct init_answers a;
    struct config config; /* as the hub will read it */
    char text[PART_TEXT]; /* of PART */
    char conf[PATH_TEXT], parts[PATH_TEXT], secret[PATH_TEXT], backup[PATH_TEXT];
    uid_t owner;
    gid_t group;
    char fingerprint[SHA256_HEX + 1];
};

/* ---- the configuration ---- */

static void key(FILE *out, const char *name, const char *value)
{
    if (value[0])
        fprintf(out, "%s = %s\n", name, value);
}

static void write_paths(const struct place *p, FILE *out)
{
    bool own_state = strcmp(p->a.state, INIT_STATE) != 0, own_run = strcmp(p->a.run, INIT_RUN) != 0;
    if (own_state || own_run)
        fputs("\n[paths]\n", out);
    if (own_state)
        fprintf(out, "data_dir = %s/db\n", p->a.state);
    if (own_run)
        fprintf(out, "run_dir = %s\n", p->a.run);
}

static bool write_channels(const char *list, FILE *out)
{
    unsigned named = 0;
    while (*list) {
        size_t n = strcspn(list, ",");
        enum channel channel;
        bool known = channel_parse((struct str){list, n}, &channel);
        if (!known || named & 1u << channel) {
            fprintf(stderr, "poshubctl: init: --channels %.*s: %s. Nothing was done.\n", (int)n,
                    list, known ? "named twice" : "POS, KIOSK or EMENU");
            return false;
        }
        named |= 1u << channel;
        const struct channel_setting *c = &BOOKS_DEFAULTS.channels[channel];
        fprintf(out, "\n[channel.%.*s]\nticket_at = %s\nexpiry_s = %lld\n", (int)n, list,
                c->ticket_at_place ? "place" : "pay", (long long)c->expiry_ms / 1000);
        list += n + (list[n] == ',');
    }
    return true;
}

static void write_cloud(const struct init_answers *a, FILE *out)
{
    if (!a->cloud_url[0])
        return;
    fputs("\n[cloud]\n", out);
    key(out, "url", a->cloud_url);
    key(out, "mqtt", a->cloud_mqtt);
    key(out, "box_id", a->box_id);
    key(out, "ca", a->cloud_ca);
}

static bool write_part(struct place *p)
{
    const struct init_answers *a = &p->a;
    FILE *out = fmemopen(p->text, sizeof p->text, "w");
    if (!out)
        return false;
    fputs("; Written by poshubctl init. Which store this box is; every key: poshub.conf(5).\n"
          "[store]\n",
          out);
    key(out, "brand_id", a->brand);
    key(out, "poi_id", a->poi);
    key(out, "name", a->name);
    key(out, "timezone", a->timezone);
    write_paths(p, out);
    bool ok = write_channels(a->channels, out);
    fputs(a->tls ? "\n[lan]\n" : "\n[broker]\n", out);
    key(out, a->tls ? "tls_listen" : "plain_listen", a->listen);
    key(out, a->tls ? "websocket_tls_listen" : "plain_websocket_listen", a->websocket);
    write_cloud(a, out);
    return fclose(out) == 0 && ok;
}

/* Behind what poshub.conf says already, as the hub will read them; -1 after a word on stderr. */
static int both(const struct place *p)
{
    char text[4096];
    ssize_t got = 0;
    int from = open(p->conf, O_RDONLY | O_CLOEXEC), fd = memfd_create("init", MFD_CLOEXEC);
    bool ok = fd >= 0 && (from >= 0 || errno == ENOENT);
    while (ok && from >= 0 && (got = read(from, text, sizeof text)) > 0)
        ok = write(fd, text, (size_t)got) == got;
    ok = ok && got >= 0 && dprintf(fd, "\n%s", p->text) > 0;
    if (!ok)
        fprintf(stderr, "poshubctl: init: %s: %s\n", p->conf, strerror(errno));
    if (from >= 0)
        close(from);
    if (!ok && fd >= 0)
        close(fd);
    return ok ? fd : -1;
}

/* The hub's own reader says what is wrong with it, before it stands anywhere. */
static bool check_part(struct place *p)
{
    char path[64], why[CONFIG_WHY];
    int fd = both(p);
    if (fd < 0)
        return false;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    enum ph_err err = config_read(path, &p->config, why);
    close(fd);
    if (err != PH_OK) {
        const char *said = strstr(why, ": ");
        fprintf(stderr, "poshubctl: init: %s. Nothing was done.\n", said ? said + 2 : why);
        return false;
    }
    if (strcmp(p->config.name, p->a.name) != 0) {
        fprintf(stderr, "poshubctl: init: the name cannot hold a semicolon, a line feed or outer "
                        "spaces. Nothing was done.\n");
        return false;
    }
    if (p->a.cloud_url[0] == 0 || access(p->a.cloud_ca, R_OK) == 0)
        return true;
    fprintf(stderr, "poshubctl: init: --cloud-ca %s: %s. Nothing was done.\n", p->a.cloud_ca,
            strerror(errno));
    return false;
}

/* ---- what is there already ---- */

static bool join(char out[PATH_TEXT], const char *dir, const char *name)
{
    int n = snprintf(out, PATH_TEXT, "%s/%s", dir, name);
    return n > 0 && n < PATH_TEXT;
}

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

static void print_doctor(const struct place *p)
{
    print_command("poshubctl doctor", "--config", p->conf, strcmp(p->a.etc, INIT_ETC) == 0);
}

static bool taken(const struct place *p, const char *dir, const char *name)
{
    char path[PATH_TEXT];
    if (!join(path, dir, name) || access(path, F_OK) != 0)
        return false;
    fprintf(stderr,
            "poshubctl: init: this box is a store already: %s is there. Nothing was done.\n"
            "next: ",
            path);
    print_doctor(p);
    fprintf(stderr, "\n      another store on this box: set %s aside first\n", dir);
    return true;
}

/* Somebody has written by hand, or another tool, which store this box is. Only what says nothing of
 * that may stand there. */
static enum ctl_exit check_there(const struct place *p)
{
    struct config config;
    char why[CONFIG_WHY];
    if (access(p->conf, F_OK) != 0)
        return CTL_OK;
    if (config_read(p->conf, &config, why) == PH_OK) {
        fprintf(stderr,
                "poshubctl: init: this box is a store already: %s and %s name brand %s, poi %s. "
                "Nothing was done.\nnext: ",
                p->conf, p->parts, config.brand_id, config.poi_id);
        print_doctor(p);
        fputc('\n', stderr);
        return CTL_REFUSED;
    }
    if (strstr(why, " is missing in [store]"))
        return CTL_OK;
    fprintf(stderr, "poshubctl: init: %s. Nothing was done.\n", why);
    return CTL_USAGE;
}

/* As the hub finds them (poshub.conf(5)). */
static bool find_places(struct place *p)
{
    char parent[CONFIG_PATH];
    snprintf(parent, sizeof parent, "%s", p->config.data_dir);
    const char *beside = dirname(parent);
    backup_place_of(&p->config, p->backup);
    if (p->config.secret_dir[0])
        return snprintf(p->secret, sizeof p->secret, "%s", p->config.secret_dir) > 0;
    return join(p->secret, beside, "secret");
}

/* Files that root makes would shut the hub out. A directory that somebody was given already says
 * whose hub it is; the package's is the package's. */
static void find_owner(struct place *p)
{
    struct stat st;
    const struct passwd *user = getpwnam("poshub");
    bool given = strcmp(p->a.state, INIT_STATE) != 0 && stat(p->a.state, &st) == 0;
    p->owner = geteuid();
    p->group = getegid();
    if (p->owner != 0)
        return;
    if (given && (st.st_uid != 0 || !user)) {
        p->owner = st.st_uid;
        p->group = st.st_gid;
    } else if (user) {
        p->owner = user->pw_uid;
        p->group = user->pw_gid;
    }
}

/* ---- making ---- */

static bool failed(const char *what)
{
    fprintf(stderr, "poshubctl: init: %s: %s\n", what, strerror(errno));
    return false;
}

static bool make_dir(const char *path, mode_t mode, uid_t owner, gid_t group)
{
    if (mkdir(path, mode) != 0)
        return errno == EEXIST || failed(path);
    return geteuid() != 0 || chown(path, owner, group) == 0 || failed(path);
}

static bool make_dirs(const struct place *p)
{
    return make_dir(p->a.etc, 0755, 0, 0) && make_dir(p->parts, 0755, 0, 0) &&
           make_dir(p->a.state, 0750, p->owner, p->group) &&
           make_dir(p->config.data_dir, 0750, p->owner, p->group) &&
           make_dir(p->backup, 0750, p->owner, p->group) &&
           make_dir(p->secret, 0750, p->owner, p->group);
}

/* The authority only; the broker's certificate the hub makes at its start, with the addresses that
 * the box has then. */
static bool make_papers(struct place *p)
{
    char why[STORE_CA_WHY];
    struct store_ca ca = {.dir = p->secret,
                          .brand_id = str_of(p->config.brand_id),
                          .poi_id = str_of(p->config.poi_id)};
    if (!p->a.tls)
        return true;
    uid_t was = geteuid();
    gid_t was_group = getegid();
    bool other = was == 0 && p->owner != 0;
    if (other && (setegid(p->group) != 0 || seteuid(p->owner) != 0))
        return failed("cannot become the owner of the store");
    enum ph_err err = store_ca_open(&ca, offline_now_ms(), why);
    if (other && (seteuid(was) != 0 || setegid(was_group) != 0))
        return failed("cannot become root again");
    if (err != PH_OK)
        fprintf(stderr, "poshubctl: init: %s\n", why);
    else
        hex_encode(ca.fingerprint, sizeof ca.fingerprint, p->fingerprint);
    return err == PH_OK;
}

static bool make_conf(const struct place *p)
{
    char part[PATH_TEXT];
    if (access(p->conf, F_OK) != 0) {
        FILE *f = fopen(p->conf, "we");
        if (!f ||
            fputs("; Every key: poshub.conf(5). conf.d/*.conf is read after this.\n", f) < 0 ||
            fclose(f) != 0)
            return failed(p->conf);
    }
    if (!join(part, p->parts, PART) ||
        file_replace(p->parts, PART, str_of(p->text), geteuid()) != PH_OK || chmod(part, 0644) != 0)
        return failed(p->parts);
    return true;
}

/* ---- what was done ---- */

static void told_json(const struct place *p)
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

static void tell(const struct ctl *ctl, const struct place *p)
{
    char line[3 * PATH_TEXT];
    snprintf(line, sizeof line, "%s %s %s", p->a.brand, p->a.poi, p->a.name);
    print_line(ctl, "store", line);
    snprintf(line, sizeof line, "%s  (%s is read after %s)", p->parts, PART, p->conf);
    print_line(ctl, "config", line);
    print_line(ctl, "books", p->config.data_dir);
    print_line(ctl, "backups", p->backup);
    snprintf(line, sizeof line, "%s  browsers %s  %s", p->a.listen,
             p->a.websocket[0] ? p->a.websocket : "none",
             p->a.tls ? "TLS" : "NOT ENCRYPTED: whoever is in the LAN reads passwords");
    print_line(ctl, "devices", line);
    if (p->fingerprint[0]) {
        snprintf(line, sizeof line, "%s/ca.pem  SHA-256 %.16s..", p->secret, p->fingerprint);
        print_line(ctl, "papers", line);
    }
    print_line(ctl, "center", p->a.cloud_url[0] ? p->a.cloud_url : "none");
}

/* Units know the usual place alone; elsewhere hub and broker are started by hand. */
static void tell_start(const struct place *p)
{
    char broker[PATH_TEXT];
    bool usual = strcmp(p->a.etc, INIT_ETC) == 0;
    fputs("next: ", stderr);
    if (usual) {
        fputs("systemctl enable --now poshub poshub-broker poshub-backup.timer\n      ", stderr);
        return;
    }
    join(broker, p->config.run_dir, "broker/mosquitto.conf");
    print_command("poshubd", "-c", p->conf, false);
    fputs("\n      ", stderr);
    print_command("mosquitto", "-c", broker, false);
    fputs("\n      ", stderr);
}

static void tell_next(const struct place *p)
{
    char socket[PATH_TEXT];
    bool usual = strcmp(p->a.run, INIT_RUN) == 0;
    join(socket, p->config.run_dir, "control.sock");
    if (p->owner == 0)
        fprintf(stderr,
                "There is no user poshub here, so all of it is root's: so must be the hub.\n");
    tell_start(p);
    print_doctor(p);
    print_command("\n      poshubctl menu import FILE", "--socket", socket, usual);
    print_command("\n      poshubctl device add NAME --role ROLE", "--socket", socket, usual);
    if (p->a.cloud_url[0])
        print_command("\n      poshubctl cloud enrol --token TOKEN", "--socket", socket, usual);
    fputc('\n', stderr);
}

enum ctl_exit cmd_init(struct ctl *ctl, const struct args *args)
{
    static struct place p;
    if (!init_ask(ctl, args, &p.a))
        return CTL_USAGE;
    if (!join(p.conf, p.a.etc, "poshub.conf") || !join(p.parts, p.a.etc, CONFIG_PARTS))
        return CTL_USAGE;
    if (taken(&p, p.parts, PART))
        return CTL_REFUSED;
    enum ctl_exit rc = check_there(&p);
    if (rc != CTL_OK)
        return rc;
    if (!write_part(&p) || !check_part(&p) || !find_places(&p))
        return CTL_USAGE;
    if (taken(&p, p.config.data_dir, "data.mdb"))
        return CTL_REFUSED;
    find_owner(&p);
    umask(022); /* the hub's user reads what root makes here; secrets have modes of their own */
    if (!make_dirs(&p) || !make_papers(&p) || !make_conf(&p))
        return CTL_FAILED;
    if (ctl->json) {
        told_json(&p);
        return CTL_OK;
    }
    tell(ctl, &p);
    tell_next(&p);
    return CTL_OK;
}
