#include "storage/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "storage/file.h"

#define COPY_MODE  0640
#define COPY_CHUNK (256 * 1024)

static enum ph_err fail(const char *path, int number, char *why)
{
    snprintf(why, STORE_WHY, "%.160s: %s", path, strerror(number));
    return number == ENOSPC || number == EDQUOT ? PH_ERR_FULL
           : number == ENOENT                   ? PH_ERR_NOT_FOUND
                                                : PH_ERR_IO;
}

static int make(const char *path)
{
    unlink(path);
    return open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, COPY_MODE);
}

/* The file is whole on the disk, or gone. */
static enum ph_err settle(const char *path, int fd, enum ph_err err, char *why)
{
    if (err == PH_OK && fsync(fd) != 0)
        err = fail(path, errno, why);
    if (close(fd) != 0 && err == PH_OK)
        err = fail(path, errno, why);
    if (err != PH_OK)
        unlink(path);
    return err;
}

enum ph_err copy_store(struct store *store, const char *path, char *why)
{
    int fd = make(path);
    if (fd < 0)
        return fail(path, errno, why);
    enum ph_err err = store_copy(store, fd);
    if (err != PH_OK)
        snprintf(why, STORE_WHY, "%.160s: %s", path,
                 err == PH_ERR_FULL ? "the disk is full" : ph_err_text(err));
    return settle(path, fd, err, why);
}

/* Hands the bytes of a file on, one chunk after the other: to another file, or into a sum. */
static enum ph_err pour(const char *from, int to, const char *to_path, struct sha256 *sum,
                        uint64_t *bytes, char *why)
{
    enum ph_err err = PH_OK;
    ssize_t n = 0;
    unsigned char *chunk = malloc(COPY_CHUNK);
    int fd = open(from, O_RDONLY | O_CLOEXEC);
    if (chunk == NULL || fd < 0)
        err = fail(from, errno, why);
    while (err == PH_OK && (n = read(fd, chunk, COPY_CHUNK)) > 0) {
        *bytes += (uint64_t)n;
        if (sum != NULL)
            sha256_add(sum, chunk, (size_t)n);
        if (to >= 0 && !file_write(to, chunk, (size_t)n))
            err = fail(to_path, errno, why);
    }
    if (err == PH_OK && n < 0)
        err = fail(from, errno, why);
    if (fd >= 0)
        close(fd);
    free(chunk);
    return err;
}

enum ph_err copy_file(const char *from, const char *to, char *why)
{
    uint64_t bytes = 0;
    int fd = make(to);
    if (fd < 0)
        return fail(to, errno, why);
    return settle(to, fd, pour(from, fd, to, NULL, &bytes, why), why);
}

enum ph_err copy_sum(const char *path, uint64_t *bytes, uint8_t sum[SHA256_BYTES], char *why)
{
    struct sha256 s;
    *bytes = 0;
    sha256_begin(&s);
    enum ph_err err = pour(path, -1, "", &s, bytes, why);
    sha256_end(&s, sum);
    return err;
}

enum ph_err copy_room(const char *dir, uint64_t *bytes)
{
    struct statvfs fs;
    if (statvfs(dir, &fs) != 0)
        return errno == ENOENT ? PH_ERR_NOT_FOUND : PH_ERR_IO;
    *bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
    return PH_OK;
}
