#include "tools/poshubctl/offline.h"

#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "storage/shape.h"

void offline_tell_hidden(const char *hidden)
{
    if (hidden[0])
        fprintf(stderr, "poshubctl: %s; go on without it\n", hidden);
}

enum ctl_exit offline_config(const struct args *args, struct config *out)
{
    char why[CONFIG_WHY], hidden[CONFIG_WHY];
    const char *path = args_option(args, "config");
    memset(out, 0, sizeof *out);
    if (config_look(path ? path : OFFLINE_CONFIG, out, hidden, why) == PH_OK) {
        offline_tell_hidden(hidden);
        if (out->timezone[0])
            setenv("TZ", out->timezone, 1);
        return CTL_OK;
    }
    fprintf(stderr, "poshubctl: %s\n", why);
    return CTL_USAGE;
}

bool offline_as_owner(const struct config *config, char who[PEER_CALLER])
{
    char parent[CONFIG_PATH];
    struct stat st;
    snprintf(parent, sizeof parent, "%s", config->data_dir);
    peer_self(who);
    if (geteuid() != 0)
        return true;
    if (stat(config->data_dir, &st) != 0 && stat(dirname(parent), &st) != 0)
        return true;
    if (st.st_uid == 0 ||
        (setgroups(0, NULL) == 0 && setgid(st.st_gid) == 0 && setuid(st.st_uid) == 0))
        return true;
    perror("poshubctl: cannot become the owner of the store");
    return false;
}

int64_t offline_now_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

enum ctl_exit offline_readable(const char *path)
{
    if (access(path, R_OK) == 0 || errno != EACCES)
        return CTL_OK;
    fprintf(stderr, "poshubctl: %s may not be read by this user\n", path);
    return CTL_NOT_PERMITTED;
}

const char *offline_backup(const struct args *args, const char *given, char buf[BACKUP_PATH])
{
    char dir[BACKUP_PATH], why[CONFIG_WHY], hidden[CONFIG_WHY];
    struct config config = {0};
    const char *path = args_option(args, "config");
    size_t n = strlen(given), end = strlen(BACKUP_SUFFIX);
    if (strchr(given, '/') || access(given, F_OK) == 0 ||
        config_look(path ? path : OFFLINE_CONFIG, &config, hidden, why) != PH_OK)
        return given;
    const struct backup_place place = backup_place_of(&config, dir);
    bool whole = n > end && strcmp(given + n - end, BACKUP_SUFFIX) == 0;
    int length =
        snprintf(buf, BACKUP_PATH, "%s/%s%s", place.dir, given, whole ? "" : BACKUP_SUFFIX);
    return length < BACKUP_PATH && access(buf, F_OK) == 0 ? buf : given;
}

#define ON(work)  (1u << OFFLINE_##work)
#define OF_BACKUP (ON(RESTORE) | ON(VERIFY))
#define ANY       (OF_BACKUP | ON(IMPORT) | ON(EXPORT))
#define LIST      "poshubctl backup list --config @" /* @: the configuration */

static const char *const WORKS[] = {
    [OFFLINE_RESTORE] = "restore",
    [OFFLINE_VERIFY] = "backup verify",
    [OFFLINE_IMPORT] = "store import",
    [OFFLINE_EXPORT] = "store export",
};

/* The first that fits. */
static const struct remedy {
    enum ph_err err;
    bool foreign; /* a file of another kind of box only */
    unsigned works;
    enum ctl_exit exit;
    const char *next;
} REMEDIES[] = {
    {PH_ERR_NOT_FOUND, false, ON(IMPORT), CTL_NOT_FOUND,
     "poshubctl store export FILE on the old box, and bring that file here"},
    {PH_ERR_NOT_FOUND, false, ANY, CTL_NOT_FOUND, LIST},
    {PH_ERR_LOCKED, false, ANY, CTL_FAILED, "systemctl stop poshub"},
    {PH_ERR_FORMAT, true, ANY, CTL_REFUSED,
     "poshubctl store export FILE on the box that it was made on, and bring that file here"},
    {PH_ERR_FORMAT, false, ON(IMPORT), CTL_REFUSED,
     "poshubctl store export FILE on the old box again; sha256sum on both tells whether all of it "
     "came over"},
    {PH_ERR_FORMAT, false, ANY, CTL_REFUSED, LIST ", and take another one"},
    {PH_ERR_NEWER, false, ANY, CTL_REFUSED,
     "install a poshub that is no older than the one that made it; here is poshub " PH_VERSION},
    {PH_ERR_CONFIG, false, ON(IMPORT), CTL_REFUSED,
     "take the export of this store; or correct [store] in @, if the box is to be the other one"},
    {PH_ERR_CONFIG, false, ANY, CTL_REFUSED,
     LIST ", and take one of this store; or correct [store] in @"},
    {PH_ERR_BAD_RECORD, false, ON(IMPORT), CTL_REFUSED,
     "poshubctl store export FILE on the old box again; sha256sum on both tells whether all of it "
     "came over"},
    {PH_ERR_BAD_RECORD, false, ON(EXPORT), CTL_REFUSED,
     LIST ", and poshubctl store export --backup of one that is good"},
    {PH_ERR_BAD_RECORD, false, ANY, CTL_REFUSED, LIST ", and take an older one"},
    {PH_ERR_FULL, false, ANY, CTL_FAILED, "df -h"},
    {PH_ERR_LIMIT, false, ON(IMPORT), CTL_REFUSED,
     "poshubctl restore FILE, if that store is to be replaced"},
};

static bool is_foreign(const char *path)
{
    struct shape shape;
    char why[STORE_WHY];
    return shape_check(path, &shape, why, sizeof why) == PH_ERR_FORMAT &&
           (shape_is_foreign(&shape) ||
            (shape.word_bits != 0 && shape.page_bytes != shape_here().page_bytes));
}

static const struct remedy *remedy_of(const struct offline_failure *f)
{
    bool foreign = is_foreign(f->path);
    for (size_t i = 0; i < sizeof REMEDIES / sizeof REMEDIES[0]; i++)
        if (REMEDIES[i].err == f->err && (REMEDIES[i].works & 1u << f->work) != 0 &&
            (foreign || !REMEDIES[i].foreign))
            return &REMEDIES[i];
    return NULL;
}

static void print_next(const char *next, const char *config)
{
    fprintf(stderr, "next: ");
    for (const char *p = next; *p; p++) {
        if (*p == '@')
            fputs(config, stderr);
        else
            fputc(*p, stderr);
    }
    fputc('\n', stderr);
}

enum ctl_exit offline_failed(const struct args *args, const struct offline_failure *f)
{
    const char *config = args_option(args, "config");
    const struct remedy *r = remedy_of(f);
    fprintf(stderr, "poshubctl: %s: %s. Nothing was changed.\n", WORKS[f->work], f->why);
    if (!r)
        return CTL_FAILED;
    print_next(r->next, config ? config : OFFLINE_CONFIG);
    return r->exit;
}
