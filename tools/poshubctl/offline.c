#include "tools/poshubctl/offline.h"

#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum ctl_exit offline_config(const struct args *args, struct config *out)
{
    char why[CONFIG_WHY];
    const char *path = args_option(args, "config");
    memset(out, 0, sizeof *out);
    if (config_read(path ? path : OFFLINE_CONFIG, out, why) == PH_OK)
        return CTL_OK;
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

static const struct {
    enum ph_err err;
    enum ctl_exit exit;
    const char *next;
} MEANINGS[] = {
    {PH_ERR_NOT_FOUND, CTL_NOT_FOUND, "poshubctl backup list"},
    {PH_ERR_LOCKED, CTL_FAILED, "systemctl stop poshub"},
    {PH_ERR_FORMAT, CTL_REFUSED, "poshubctl backup list"},
    {PH_ERR_CONFIG, CTL_REFUSED, "poshubctl backup list"},
    {PH_ERR_BAD_RECORD, CTL_REFUSED, "poshubctl backup list, and take an older one"},
    {PH_ERR_FULL, CTL_FAILED, "df -h"},
    {PH_ERR_LIMIT, CTL_REFUSED, "poshubctl restore FILE"},
};

enum ctl_exit offline_failed(const char *what, enum ph_err err, const char *why)
{
    fprintf(stderr, "poshubctl: %s: %s. Nothing was changed.\n", what, why);
    for (size_t i = 0; i < sizeof MEANINGS / sizeof MEANINGS[0]; i++) {
        if (MEANINGS[i].err != err)
            continue;
        fprintf(stderr, "next: %s\n", MEANINGS[i].next);
        return MEANINGS[i].exit;
    }
    return CTL_FAILED;
}
