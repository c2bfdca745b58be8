#include "storage/storedir.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static enum ph_err storedir_fail(const char *dir, const char *what, char *why, size_t why_n)
{
    int saved = errno;
    snprintf(why, why_n, "store %.120s: %s: %s", dir, what, strerror(saved));
    if (saved == ENOSPC || saved == EDQUOT)
        return PH_ERR_FULL;
    return saved == ENOENT ? PH_ERR_NOT_FOUND : PH_ERR_IO;
}

enum ph_err storedir_sync(const char *dir, char *why, size_t why_n)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return storedir_fail(dir, "open", why, why_n);
    enum ph_err err = fsync(fd) == 0 ? PH_OK : storedir_fail(dir, "fsync", why, why_n);
    close(fd);
    return err;
}

enum ph_err storedir_make(const char *dir, char *why, size_t why_n)
{
    char parent[PATH_MAX];
    if (mkdir(dir, 0750) != 0)
        return errno == EEXIST ? PH_OK : storedir_fail(dir, "mkdir", why, why_n);
    snprintf(parent, sizeof(parent), "%s", dir);
    return storedir_sync(dirname(parent), why, why_n);
}

static void storedir_name_holder(const char *dir, int fd, char *why, size_t why_n)
{
    char text[32] = "", path[64], name[32] = "another process";
    ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
    long pid = n > 0 ? strtol(text, NULL, 10) : 0;
    snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
    FILE *comm = pid > 0 ? fopen(path, "re") : NULL;
    if (comm != NULL) {
        if (fgets(name, sizeof(name), comm) != NULL)
            name[strcspn(name, "\n")] = 0;
        fclose(comm);
    }
    snprintf(why, why_n, "store %.120s is held by %s, pid %ld", dir, name, pid);
}

static bool storedir_write_pid(int fd)
{
    char text[32];
    int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
    return ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)n, 0) == n;
}

/* *fd is closed and -1 when this fails. */
static enum ph_err storedir_hold(const char *dir, int *fd, char *why, size_t why_n)
{
    if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
        return PH_OK;
    enum ph_err err = PH_ERR_LOCKED;
    if (errno == EWOULDBLOCK)
        storedir_name_holder(dir, *fd, why, why_n);
    else
        err = storedir_fail(dir, "lock", why, why_n);
    close(*fd);
    *fd = -1;
    return err;
}

static int storedir_open(const char *dir, int flags)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/pid", dir);
    return open(path, O_RDWR | O_CLOEXEC | flags, 0640);
}

enum ph_err storedir_peek(const char *dir, int *fd, char *why, size_t why_n)
{
    *fd = storedir_open(dir, 0);
    if (*fd >= 0)
        return storedir_hold(dir, fd, why, why_n);
    return errno == ENOENT ? PH_OK : storedir_fail(dir, "pid file", why, why_n);
}

enum ph_err storedir_lock(const char *dir, int *fd, char *why, size_t why_n)
{
    *fd = storedir_open(dir, O_CREAT);
    if (*fd < 0)
        return storedir_fail(dir, "pid file", why, why_n);
    enum ph_err err = storedir_hold(dir, fd, why, why_n);
    if (err != PH_OK || storedir_write_pid(*fd))
        return err;
    err = storedir_fail(dir, "pid file", why, why_n);
    close(*fd);
    *fd = -1;
    return err;
}

enum ph_err storedir_keep(const char *dir, int *fd, char *why, size_t why_n)
{
    if (*fd < 0)
        return storedir_lock(dir, fd, why, why_n);
    return storedir_write_pid(*fd) ? PH_OK : storedir_fail(dir, "pid file", why, why_n);
}

bool storedir_is_free(const char *dir)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/pid", dir);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT && access(dir, W_OK) == 0;
    bool is_free = flock(fd, LOCK_EX | LOCK_NB) == 0;
    close(fd);
    return is_free;
}
