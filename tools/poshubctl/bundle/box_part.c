/* What can be read without a hub, for a support bundle. */
#include <dirent.h>
#include <ifaddrs.h>
#include <libgen.h>
#include <mntent.h>
#include <net/if.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "edge/backup_file.h"
#include "storage/storedir.h"
#include "tools/poshubctl/bundle/bundle.h"
#include "tools/poshubctl/bundle/mask.h"

#define FILE_MOST   (1u << 20) /* read of one file: its last so many bytes */
#define PARTS_MOST  12
#define SOCKET_MODE 07777

static void put_stream(struct bundle *b, const char *name, FILE *out, char **text, const size_t *n)
{
    fclose(out);
    bundle_put(b, name, (struct str){*text, *n}, *n ? NULL : "there is nothing in it");
    free(*text);
}

/* ---- configuration ---- */

static bool read_whole(const char *path, struct str *out)
{
    char *text = malloc(FILE_MOST);
    FILE *f = text ? fopen(path, "re") : NULL;
    if (!f) {
        free(text);
        return false;
    }
    if (fseek(f, -(long)FILE_MOST, SEEK_END) != 0)
        rewind(f);
    *out = (struct str){text, fread(text, 1, FILE_MOST, f)};
    fclose(f);
    return true;
}

static void put_config(struct bundle *b, const char *path, const char *name)
{
    char *text = NULL;
    size_t n = 0;
    struct str file;
    if (!read_whole(path, &file)) {
        bundle_lack(b, name, "it cannot be read");
        return;
    }
    FILE *out = open_memstream(&text, &n);
    if (out) {
        mask_config(file, out);
        put_stream(b, name, out, &text, &n);
    }
    free((void *)(uintptr_t)file.p);
}

static int is_part(const struct dirent *e)
{
    size_t n = strlen(e->d_name);
    return e->d_name[0] != '.' && n > 5 && strcmp(e->d_name + n - 5, ".conf") == 0;
}

static void put_configs(struct bundle *b)
{
    char beside[BUNDLE_PATH], folder[BUNDLE_PATH], path[2 * BUNDLE_PATH], name[BUNDLE_NAME];
    struct dirent **list = NULL;
    snprintf(beside, sizeof beside, "%s", b->config_path);
    snprintf(folder, sizeof folder, "%.300s/" CONFIG_PARTS, dirname(beside));
    put_config(b, b->config_path, "config.txt");
    int n = scandir(folder, &list, is_part, alphasort);
    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, list[i]->d_name);
        snprintf(name, sizeof name, "config-%02d.txt", i + 1);
        if (i < PARTS_MOST)
            put_config(b, path, name);
        free(list[i]);
    }
    free(list);
}

/* ---- the store's files ---- */

/* Names, sizes and owners; nothing of what is in them. */
static void list_dir(const char *dir, FILE *out)
{
    struct dirent **list = NULL;
    int n = scandir(dir, &list, NULL, alphasort);
    fprintf(out, "%s%s\n", dir, n < 0 ? "  (cannot be read)" : "");
    for (int i = 0; i < n; i++) {
        char path[2 * BUNDLE_PATH];
        struct stat st;
        snprintf(path, sizeof path, "%.300s/%s", dir, list[i]->d_name);
        if (lstat(path, &st) == 0 && strcmp(list[i]->d_name, "..") != 0)
            fprintf(out, "  %04o  %u:%u  %12lld  %lld  %s\n", (unsigned)st.st_mode & SOCKET_MODE,
                    st.st_uid, st.st_gid, (long long)st.st_size, (long long)st.st_mtime,
                    list[i]->d_name);
        free(list[i]);
    }
    free(list);
}

static void put_files(struct bundle *b)
{
    char *text = NULL, parent[CONFIG_PATH], dir[BACKUP_PATH], beside[CONFIG_PATH + 16];
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    if (!out)
        return;
    const struct backup_place place = backup_place_of(&b->config, dir);
    snprintf(parent, sizeof parent, "%s", b->config.data_dir);
    const char *state = dirname(parent);
    snprintf(beside, sizeof beside, "%s/secret", state);
    fprintf(out, "mode  owner  bytes  changed  name\n");
    list_dir(state, out);
    list_dir(b->config.data_dir, out);
    list_dir(b->config.secret_dir[0] ? b->config.secret_dir : beside, out);
    list_dir(place.dir, out);
    list_dir(b->config.run_dir, out);
    put_stream(b, "files.txt", out, &text, &n);
}

static void put_backups(struct bundle *b)
{
    static struct backup_file list[BACKUP_LIST];
    char *text = NULL, dir[BACKUP_PATH];
    char why[STORE_WHY];
    size_t n = 0, n_list;
    FILE *out = open_memstream(&text, &n);
    if (!out)
        return;
    const struct backup_place place = backup_place_of(&b->config, dir);
    if (backup_files(&place, list, &n_list, why) == PH_OK)
        fprintf(out, "%zu backups in %s\n", n_list, place.dir);
    else
        fprintf(out, "%s\n", why);
    for (size_t i = 0; i < n_list; i++) {
        const struct backup_file *f = &list[i];
        fprintf(out, "%s  %llu bytes", f->name, (unsigned long long)f->bytes);
        if (f->noted)
            fprintf(out, "  %u/%llu  %llu records", f->at.epoch, (unsigned long long)f->at.seq,
                    (unsigned long long)f->records);
        putc('\n', out);
    }
    put_stream(b, "backups.txt", out, &text, &n);
}

static void write_report(const struct check_report *r, FILE *out)
{
    fprintf(out, "%s%s%s\n", ph_err_text(r->err), r->err == PH_OK ? "" : ": ", r->why);
    fprintf(out, "records   %llu, damaged %llu\n", (unsigned long long)r->records,
            (unsigned long long)r->bad);
    fprintf(out, "events    %llu, with body %llu\n", (unsigned long long)r->events,
            (unsigned long long)r->bodies);
    fprintf(out, "tables    bad %x, deadly %x\n", r->bad_tables, r->deadly);
    if (r->has_head)
        fprintf(out, "position  %u/%llu, as of %lld ms\nstore     %s/%s\n", r->at.epoch,
                (unsigned long long)r->at.seq, (long long)r->at_ms, r->whose.brand_id,
                r->whose.poi_id);
}

/* Only a store that nobody writes can be read whole. */
static void put_store(struct bundle *b)
{
    static const char *const HELD = "a hub has the store, or this user may not read it";
    struct check_report r;
    char *text = NULL, path[BUNDLE_PATH];
    size_t n = 0;
    snprintf(path, sizeof path, "%s/data.mdb", b->config.data_dir);
    bool is_free = storedir_is_free(b->config.data_dir);
    if (is_free)
        check_apart(path, NULL, &r);
    if (!is_free || !storedir_is_free(b->config.data_dir)) {
        bundle_lack(b, "store.txt", HELD);
        return;
    }
    FILE *out = open_memstream(&text, &n);
    if (!out)
        return;
    write_report(&r, out);
    put_stream(b, "store.txt", out, &text, &n);
}

/* The guard's list of starts (edge/guard.h). */
static void put_starts(struct bundle *b)
{
    char parent[CONFIG_PATH], path[BUNDLE_PATH];
    struct str text;
    snprintf(parent, sizeof parent, "%s", b->config.data_dir);
    snprintf(path, sizeof path, "%s/starts", dirname(parent));
    if (!read_whole(path, &text))
        return;
    bundle_put(b, "starts.txt", text, NULL);
    free((void *)(uintptr_t)text.p);
}

/* ---- the box ---- */

static const char *plain_options(const struct mntent *m, char *out, size_t n)
{
    static const char *const PLAIN[] = {"ro",       "rw",        "sync",  "noatime",
                                        "relatime", "nobarrier", "data",  "commit",
                                        "discard",  "compress",  "errors"};
    out[0] = 0;
    for (size_t i = 0; i < sizeof PLAIN / sizeof PLAIN[0]; i++) {
        const char *at = hasmntopt(m, PLAIN[i]);
        size_t used = strlen(out);
        if (at)
            snprintf(out + used, n - used, "%s%.*s", used ? "," : "", (int)strcspn(at, ","), at);
    }
    return out;
}

/* Of a mount's options only some: others name users of file servers. */
static void put_mounts(struct bundle *b)
{
    char *text = NULL, options[256];
    size_t n = 0;
    FILE *mounts = setmntent("/proc/self/mounts", "re");
    FILE *out = mounts ? open_memstream(&text, &n) : NULL;
    for (struct mntent *m = out ? getmntent(mounts) : NULL; m; m = getmntent(mounts)) {
        struct statvfs fs;
        if (statvfs(m->mnt_dir, &fs) != 0 || fs.f_blocks == 0)
            continue;
        unsigned long long unit = fs.f_frsize;
        fprintf(out, "%s  %s  %s  %s  %llu MiB, %llu free, inodes %llu, %llu free\n", m->mnt_dir,
                m->mnt_type, m->mnt_fsname, plain_options(m, options, sizeof options),
                unit * fs.f_blocks >> 20, unit * fs.f_bavail >> 20, (unsigned long long)fs.f_files,
                (unsigned long long)fs.f_favail);
    }
    if (mounts)
        endmntent(mounts);
    if (out)
        put_stream(b, "mounts.txt", out, &text, &n);
}

static void put_addresses(struct bundle *b)
{
    char *text = NULL, address[NI_MAXHOST];
    size_t n = 0;
    struct ifaddrs *list = NULL;
    if (getifaddrs(&list) != 0)
        return;
    FILE *out = open_memstream(&text, &n);
    for (const struct ifaddrs *i = out ? list : NULL; i; i = i->ifa_next) {
        int family = i->ifa_addr ? i->ifa_addr->sa_family : AF_UNSPEC;
        if (family != AF_INET && family != AF_INET6)
            continue;
        socklen_t size =
            family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
        if (getnameinfo(i->ifa_addr, size, address, sizeof address, NULL, 0, NI_NUMERICHOST) == 0)
            fprintf(out, "%s  %s  %s\n", i->ifa_name, i->ifa_flags & IFF_UP ? "up" : "down",
                    address);
    }
    freeifaddrs(list);
    if (out)
        put_stream(b, "addresses.txt", out, &text, &n);
}

/* ---- other programs ---- */

/* What is quoted from somewhere else: in lines with `only`, what stands behind `after`, up to
 * `until` or the end of the line. */
static const struct quote {
    const char *only, *after, *until;
} QUOTES[] = {
    {"cloud_", "why=\"", NULL}, /* the center's words, which may quote what it was sent */
    {"unknown key", "unknown key ", " in ["}, /* the configuration's, and what was meant for it */
    {"unknown section", "unknown section [", "]"},
    {": expected", " = ", ": expected"},
    {"is taken by", "is taken by ", " (pid"}, /* another program's command line */
    {"holds the store: pid", "holds the store: pid ", NULL},
};

static const char *find(const char *p, const char *end, const char *what)
{
    return p < end ? memmem(p, (size_t)(end - p), what, strlen(what)) : NULL;
}

static void choose_line(const char *p, const char *end, FILE *out)
{
    for (size_t i = 0; i < sizeof QUOTES / sizeof QUOTES[0]; i++) {
        const struct quote *q = &QUOTES[i];
        const char *after = find(p, end, q->only) ? find(p, end, q->after) : NULL;
        if (!after)
            continue;
        after += strlen(q->after);
        const char *until = q->until ? find(after, end, q->until) : NULL;
        fprintf(out, "%.*s" SCRUB_GONE, (int)(after - p), p);
        p = until ? until : end;
    }
    fprintf(out, "%.*s\n", (int)(end - p), p);
}

static void choose_unquoted(struct str text, FILE *out)
{
    const char *p = text.p, *end = text.p + text.n;
    while (p < end) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        stop = stop ? stop : end;
        choose_line(p, stop, out);
        p = stop + 1;
    }
}

static void put_log_file(struct bundle *b)
{
    struct str text;
    if (!b->log_path)
        return;
    if (!read_whole(b->log_path, &text)) {
        bundle_lack(b, "log-file.txt", "it cannot be read");
        return;
    }
    bundle_chosen(b, "log-file.txt", text, choose_unquoted, NULL);
    free((void *)(uintptr_t)text.p);
}

static void put_log(struct bundle *b)
{
    static const char *const ARGV[] = {"journalctl", "-u", "poshub*",    "--since",
                                       "-3d",        "-n", "5000",       "-o",
                                       "short-iso",  "-q", "--no-pager", NULL};
    bundle_program(b, "log.txt", ARGV, choose_unquoted);
    put_log_file(b);
}

#define WORDS 24
static const struct {
    const char *name, *argv[WORDS];
} PROGRAMS[] = {
    {"units.txt",
     {"systemctl",
      "show",
      "--no-pager",
      "poshub.service",
      "poshub-broker.service",
      "poshub-backup.service",
      "poshub-backup.timer",
      "-p",
      "Id",
      "-p",
      "ActiveState",
      "-p",
      "SubState",
      "-p",
      "NRestarts",
      "-p",
      "ExecMainStatus",
      "-p",
      "Result",
      "-p",
      "MemoryCurrent"}},
    {"clock.txt", {"timedatectl", "show"}},
    {"routes.txt", {"ip", "route"}},
    {"packages.txt",
     {"dpkg-query", "-W", "-f", "${Package} ${Version} ${Architecture} ${db:Status-Abbrev}\n",
      "poshub", "mosquitto", "systemd", "libc6", "liblmdb0"}},
    {"system.txt", {"uname", "-srvm"}},
    {"memory.txt", {"cat", "/proc/meminfo", "/proc/loadavg", "/proc/uptime"}},
    {"release.txt", {"cat", "/etc/os-release"}},
};

/* In a process of its own: it has threads, and some may not come back. */
static void put_doctor(struct bundle *b, const struct ctl *ctl)
{
    char self[BUNDLE_PATH];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0)
        return;
    self[n] = 0;
    const char *const argv[] = {self,       "--socket",     ctl->socket, "doctor",
                                "--config", b->config_path, NULL};
    bundle_program(b, "doctor.txt", argv, choose_unquoted);
}

void bundle_read_box(struct bundle *b, const struct ctl *ctl)
{
    if (b->scrub.names_too) {
        char host[256] = "";
        gethostname(host, sizeof host - 1);
        scrub_name(&b->scrub, str_of(host));
        scrub_name(&b->scrub, str_of(b->config.name));
    }
    put_configs(b);
    put_files(b);
    put_backups(b);
    put_starts(b);
    put_store(b);
    put_doctor(b, ctl);
    put_log(b);
    put_mounts(b);
    put_addresses(b);
    for (size_t i = 0; i < sizeof PROGRAMS / sizeof PROGRAMS[0]; i++)
        bundle_program(b, PROGRAMS[i].name, PROGRAMS[i].argv, NULL);
}
