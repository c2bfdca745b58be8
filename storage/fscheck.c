#include "storage/fscheck.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Not in every linux/magic.h. */
#define MAGIC_CIFS  0xFF534D42u
#define MAGIC_SMB2  0xFE534D42u
#define MAGIC_EXFAT 0x2011BAB0u
#define MAGIC_FUSE  0x65735546u

static const struct {
    uint32_t magic;
    const char *name;
    enum fs_promise promise;
} KNOWN[] = {
    {EXT4_SUPER_MAGIC, "ext4", FS_DURABLE},
    {XFS_SUPER_MAGIC, "xfs", FS_DURABLE},
    {BTRFS_SUPER_MAGIC, "btrfs", FS_DURABLE},
    {F2FS_SUPER_MAGIC, "f2fs", FS_DURABLE},
    {OVERLAYFS_SUPER_MAGIC, "overlay", FS_NOT_DURABLE},
    {TMPFS_MAGIC, "tmpfs", FS_NOT_DURABLE},
    {RAMFS_MAGIC, "ramfs", FS_NOT_DURABLE},
    {NFS_SUPER_MAGIC, "nfs", FS_UNSAFE},
    {SMB_SUPER_MAGIC, "smb", FS_UNSAFE},
    {MAGIC_CIFS, "cifs", FS_UNSAFE},
    {MAGIC_SMB2, "smb", FS_UNSAFE},
    {V9FS_MAGIC, "9p", FS_UNSAFE},
    {CEPH_SUPER_MAGIC, "ceph", FS_UNSAFE},
    {AFS_SUPER_MAGIC, "afs", FS_UNSAFE},
    {MAGIC_FUSE, "fuse", FS_UNSAFE},
    {MSDOS_SUPER_MAGIC, "vfat", FS_UNSAFE},
    {MAGIC_EXFAT, "exfat", FS_UNSAFE},
};

enum fs_promise fs_classify(uint32_t magic, enum fs_journal journal, const char **name)
{
    for (size_t i = 0; i < sizeof(KNOWN) / sizeof(KNOWN[0]); i++) {
        if (KNOWN[i].magic != magic)
            continue;
        *name = KNOWN[i].name;
        if (magic == EXT4_SUPER_MAGIC && journal == FS_JOURNAL_NONE)
            return FS_UNSAFE;
        return KNOWN[i].promise;
    }
    *name = "unknown";
    return FS_DURABLE;
}

enum fs_journal fs_journal_of_options(struct str options)
{
    static const char DATA[] = "data=";
    size_t n = sizeof(DATA) - 1;
    for (size_t i = 0; i + n <= options.n; i++)
        if ((i == 0 || options.p[i - 1] == '\n') && memcmp(options.p + i, DATA, n) == 0)
            return FS_JOURNAL_PRESENT;
    return options.n > 0 ? FS_JOURNAL_NONE : FS_JOURNAL_UNKNOWN;
}

/* The kernel's name of a block device, "sda1" or "dm-0". */
static bool device_name(dev_t dev, char *out, size_t out_n)
{
    char link[64], target[PATH_MAX];
    snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", major(dev), minor(dev));
    ssize_t n = readlink(link, target, sizeof(target) - 1);
    if (n <= 0)
        return false;
    target[n] = 0;
    int len = snprintf(out, out_n, "%s", basename(target));
    return len > 0 && (size_t)len < out_n;
}

static enum fs_journal ext4_journal(dev_t dev)
{
    char name[64], path[128], text[4096];
    if (!device_name(dev, name, sizeof(name)))
        return FS_JOURNAL_UNKNOWN;
    snprintf(path, sizeof(path), "/proc/fs/ext4/%s/options", name);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return FS_JOURNAL_UNKNOWN;
    size_t n = fread(text, 1, sizeof(text), file);
    fclose(file);
    return fs_journal_of_options((struct str){text, n});
}

static const char *promise_text(enum fs_promise promise)
{
    switch (promise) {
    case FS_DURABLE:
        return "keeps what is synced";
    case FS_NOT_DURABLE:
        return "works, but does not survive a power cut";
    case FS_UNSAFE:
        break;
    }
    return "may lose what is synced: use ext4 with a journal on a local disk";
}

enum fs_promise fs_check(const char *dir, char *why)
{
    struct statfs fs;
    struct stat st;
    const char *name;
    if (statfs(dir, &fs) != 0 || stat(dir, &st) != 0) {
        snprintf(why, STORE_WHY, "file system of %.120s: %s", dir, strerror(errno));
        return FS_UNSAFE;
    }
    uint32_t magic = (uint32_t)fs.f_type;
    enum fs_journal journal = FS_JOURNAL_UNKNOWN;
    if (magic == EXT4_SUPER_MAGIC)
        journal = ext4_journal(st.st_dev);
    enum fs_promise promise = fs_classify(magic, journal, &name);
    snprintf(why, STORE_WHY, "file system of %.120s is %s%s: it %s", dir, name,
             journal == FS_JOURNAL_NONE ? " without a journal" : "", promise_text(promise));
    return promise;
}
