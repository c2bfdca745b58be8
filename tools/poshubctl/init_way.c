/* init: what may stand in its way, looked at before anything is made. What only the hub's user can
 * tell (may he come in there, may he read the store's papers) a child finds out, which becomes him.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edge/store_ca.h"
#include "tools/poshubctl/init.h"
#include "tools/poshubctl/offline.h"

#define DIRS 6

/* In the order in which they are made. */
struct dir {
    const char *path;
    bool kept; /* the hub writes into it */
};

static void dirs_of(const struct init *p, struct dir out[DIRS])
{
    const struct dir all[DIRS] = {{p->a.etc, false},   {p->parts, false},
                                  {p->a.state, false}, {p->config.data_dir, true},
                                  {p->backup, true},   {p->secret, true}};
    memcpy(out, all, sizeof all);
}

__attribute__((format(printf, 2, 3))) static enum ctl_exit stop(enum ctl_exit code,
                                                                const char *format, ...)
{
    va_list list;
    fputs("poshubctl: init: ", stderr);
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputs(". Nothing was done.\n", stderr);
    return code;
}

static void parent_of(const char *path, char out[INIT_PATH])
{
    char text[INIT_PATH];
    snprintf(text, sizeof text, "%s", path);
    snprintf(out, INIT_PATH, "%s", dirname(text));
}

/* Itself, or the nearest above it that is there. */
static void nearest(const char *path, char out[INIT_PATH])
{
    struct stat st;
    snprintf(out, INIT_PATH, "%s", path);
    while (stat(out, &st) != 0 && strcmp(out, "/") != 0) {
        char below[INIT_PATH];
        memcpy(below, out, sizeof below);
        parent_of(below, out);
    }
}

static bool is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool is_among(const struct dir *dirs, size_t n, const char *path)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(dirs[i].path, path) == 0)
            return true;
    }
    return false;
}

/* Only the last part of a path is made: a disk that is not mounted is not made up for. */
static enum ctl_exit can_make(const struct init *p, const struct dir *dirs, size_t i)
{
    char at[INIT_PATH], parent[INIT_PATH];
    const char *path = dirs[i].path;
    nearest(path, at);
    parent_of(path, parent);
    bool there = strcmp(at, path) == 0, passed = there && path == p->a.state;
    if (!is_dir(at))
        return stop(CTL_REFUSED, "%s is there, and is no directory", at);
    if (!passed && faccessat(AT_FDCWD, at, W_OK | X_OK, AT_EACCESS) != 0)
        return stop(errno == EACCES ? CTL_NOT_PERMITTED : CTL_REFUSED, "%s: %s%s", at,
                    strerror(errno), geteuid() == 0 ? "" : " (be root: sudo poshubctl init)");
    if (!there && strcmp(at, parent) != 0 && !is_among(dirs, i, parent))
        return stop(CTL_REFUSED, "%s is not there, in which %s should be made", parent, path);
    return CTL_OK;
}

/* ---- as the hub ---- */

static enum ctl_exit can_enter(const struct init *p, const struct dir *dir)
{
    char at[INIT_PATH];
    nearest(dir->path, at);
    bool writes = dir->kept && strcmp(at, dir->path) == 0;
    if (faccessat(AT_FDCWD, at, writes ? W_OK | X_OK : X_OK, AT_EACCESS) == 0)
        return CTL_OK;
    return stop(CTL_REFUSED, "the hub's user (uid %u) may not %s %s: %s", (unsigned)p->owner,
                writes ? "write into" : "pass", at, strerror(errno));
}

static enum ctl_exit look_as_hub(const struct init *p)
{
    char why[STORE_CA_WHY];
    struct dir dirs[DIRS];
    struct store_ca ca = {.dir = p->secret,
                          .brand_id = str_of(p->config.brand_id),
                          .poi_id = str_of(p->config.poi_id)};
    dirs_of(p, dirs);
    for (size_t i = 0; i < DIRS; i++) {
        enum ctl_exit rc = can_enter(p, &dirs[i]);
        if (rc != CTL_OK)
            return rc;
    }
    if (!p->a.tls || store_ca_check(&ca, offline_now_ms(), why) == PH_OK)
        return CTL_OK;
    return stop(CTL_REFUSED, "%s", why);
}

static enum ctl_exit become_hub(const struct init *p)
{
    if (setgroups(1, &p->group) != 0 || setgid(p->group) != 0 || setuid(p->owner) != 0)
        return stop(CTL_FAILED, "cannot become the hub's user: %s", strerror(errno));
    return look_as_hub(p);
}

static enum ctl_exit ask_hub(const struct init *p)
{
    int status;
    if (geteuid() != 0 || p->owner == 0)
        return look_as_hub(p);
    pid_t pid = fork();
    if (pid == 0)
        _exit((int)become_hub(p)); /* stderr has no buffer that would be lost */
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return stop(CTL_FAILED, "cannot look as the hub's user: %s", strerror(errno));
    return (enum ctl_exit)WEXITSTATUS(status);
}

enum ctl_exit init_way_check(const struct init *p)
{
    struct dir dirs[DIRS];
    dirs_of(p, dirs);
    for (size_t i = 0; i < DIRS; i++) {
        enum ctl_exit rc = can_make(p, dirs, i);
        if (rc != CTL_OK)
            return rc;
    }
    return ask_hub(p);
}
