/* store export: of a backup, of a store that nobody runs, or of a running hub, which then makes a
 * backup for it. */
#include <stdio.h>
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

enum ctl_exit cmd_store_export(struct ctl *ctl, const struct args *args)
{
    char path[BACKUP_PATH], why[STORE_WHY];
    struct config config;
    int held = -1;
    const char *backup = args_option(args, "backup");
    if (backup)
        return write_it(ctl, args, backup);
    enum ctl_exit rc = offline_config(args, &config);
    if (rc != CTL_OK)
        return rc;
    enum ph_err err = storedir_lock(config.data_dir, &held, why, sizeof why);
    if (err == PH_ERR_LOCKED)
        return of_hub(ctl, args);
    if (err != PH_OK)
        return offline_failed(args,
                              &(struct offline_failure){OFFLINE_EXPORT, config.data_dir, err, why});
    snprintf(path, sizeof path, "%s/data.mdb", config.data_dir);
    rc = write_it(ctl, args, path);
    close(held);
    return rc;
}
