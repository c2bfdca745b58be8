/* store export: of a backup, of a store that nobody runs, or of a running hub, which then makes a
 * backup for it. */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "edge/backup_file.h"
#include "storage/storedir.h"
#include "tools/poshubctl/cmd.h"
#include "tools/poshubctl/hub.h"
#include "tools/poshubctl/offline.h"
#include "tools/poshubctl/reply.h"

static enum ctl_exit write_it(const struct ctl *ctl, const struct args *args, const char *from)
{
    char why[STORE_WHY] = "";
    uint64_t records = 0;
    if (offline_readable(from) != CTL_OK)
        return CTL_NOT_PERMITTED;
    enum ph_err err = backup_export(from, args->words[0], &records, why);
    if (err != PH_OK)
        return offline_failed(args, &(struct offline_failure){OFFLINE_EXPORT, from, err, why});
    if (ctl->json)
        printf("{\"records\":%llu}\n", (unsigned long long)records);
    else
        printf("%llu records of %s.\n", (unsigned long long)records, from);
    return CTL_OK;
}

/* Of a moment ago: what a hub writes cannot be read from beside it. */
static enum ctl_exit of_hub(struct ctl *ctl, const struct args *args)
{
    char path[BACKUP_PATH];
    struct json *reply = NULL;
    struct ctl quiet = *ctl;
    quiet.json = false;
    enum ctl_exit rc = hub_call(&quiet, "backup.create", STR("{}"), &reply);
    if (rc != CTL_OK)
        return rc;
    const struct json *made = reply_at(reply, "result.backups");
    snprintf(path, sizeof path, "%s/%s.mdb", TEXT_AT(reply, "result.dir"),
             TEXT_AT(made ? json_first(made) : NULL, "name"));
    json_free(reply);
    return write_it(ctl, args, path);
}

/* Where the export is to go, before a hub makes a backup for it. */
static enum ctl_exit check_target(const char *path)
{
    char parent[PATH_MAX];
    if (strcmp(path, "-") == 0) {
        fprintf(stderr, "poshubctl: an export is a file: it is synced, and gone when it is not "
                        "whole. Name one (./- for one of that name).\n");
        return CTL_USAGE;
    }
    snprintf(parent, sizeof parent, "%s", path);
    const char *dir = dirname(parent);
    if (access(path, F_OK) != 0 && access(dir, W_OK | X_OK) == 0)
        return CTL_OK;
    bool there = access(path, F_OK) == 0;
    int saved = there ? EEXIST : errno;
    fprintf(stderr, "poshubctl: the export cannot be written: %s: %s\n", there ? path : dir,
            strerror(saved));
    return saved == ENOENT ? CTL_NOT_FOUND : saved == EACCES ? CTL_NOT_PERMITTED : CTL_FAILED;
}

static enum ctl_exit of_store(struct ctl *ctl, const struct args *args, const struct config *config)
{
    char path[BACKUP_PATH], why[STORE_WHY];
    int held = -1;
    if (access(config->data_dir, W_OK | X_OK) != 0 && errno == EACCES) {
        fprintf(stderr, "poshubctl: %s may not be read by this user\n", config->data_dir);
        return CTL_NOT_PERMITTED;
    }
    enum ph_err err = storedir_lock(config->data_dir, &held, why, sizeof why);
    if (err == PH_ERR_LOCKED)
        return of_hub(ctl, args);
    if (err != PH_OK)
        return offline_failed(
            args, &(struct offline_failure){OFFLINE_EXPORT, config->data_dir, err, why});
    snprintf(path, sizeof path, "%s/data.mdb", config->data_dir);
    enum ctl_exit rc = write_it(ctl, args, path);
    close(held);
    return rc;
}

enum ctl_exit cmd_store_export(struct ctl *ctl, const struct args *args)
{
    char found[BACKUP_PATH];
    struct config config;
    const char *backup = args_option(args, "backup");
    enum ctl_exit rc = check_target(args->words[0]);
    if (rc != CTL_OK)
        return rc;
    if (backup)
        return write_it(ctl, args, offline_backup(args, backup, found));
    rc = offline_config(args, &config);
    return rc == CTL_OK ? of_store(ctl, args, &config) : rc;
}
