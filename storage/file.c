#include "storage/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 512

bool file_write(int fd, const void *p, size_t n)
{
    const char *at = p;
    while (n > 0) {
        ssize_t k = write(fd, at, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return false;
        at += k;
        n -= (size_t)k;
    }
    return true;
}

static bool give(int fd, uid_t owner)
{
    return geteuid() != 0 || owner == 0 || fchown(fd, owner, (gid_t)-1) == 0;
}

static bool sync_dir(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = fsync(fd) == 0;
    close(fd);
    return ok;
}

static bool write_file(const char *path, struct str text, uid_t owner)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return false;
    bool ok = file_write(fd, text.p, text.n) && give(fd, owner) && fsync(fd) == 0;
    return close(fd) == 0 && ok;
}

enum ph_err file_replace(const char *dir, const char *name, struct str text, uid_t owner)
{
    char path[PATH_BYTES], temp[PATH_BYTES];
    int n = snprintf(path, sizeof(path), "%s/%s", dir, name);
    int m = snprintf(temp, sizeof(temp), "%s/.%s.new", dir, name);
    if (n < 0 || (size_t)n >= sizeof(path) || m < 0 || (size_t)m >= sizeof(temp))
        return PH_ERR_LIMIT;
    if (write_file(temp, text, owner) && rename(temp, path) == 0 && sync_dir(dir))
        return PH_OK;
    enum ph_err err = errno == ENOSPC ? PH_ERR_FULL : PH_ERR_IO;
    int saved = errno;
    unlink(temp);
    errno = saved;
    return err;
}

enum ph_err file_make_dir(const char *dir, uid_t owner)
{
    if (mkdir(dir, 0750) != 0 && errno != EEXIST)
        return PH_ERR_IO;
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return PH_ERR_IO;
    bool ok = give(fd, owner);
    close(fd);
    return ok ? PH_OK : PH_ERR_IO;
}
