/* Commands that work on the store's files themselves, without a hub: where they are, who owns them,
 * and what an error of theirs means for the exit code. */
#ifndef POSHUBCTL_OFFLINE_H
#define POSHUBCTL_OFFLINE_H

#include "edge/backup_list.h"
#include "edge/peer.h"
#include "tools/poshubctl/ctl.h"

#define OFFLINE_CONFIG "/etc/poshub/poshub.conf"
#define CONFIG_OPTION                                                                              \
    {                                                                                              \
        "config", "FILE", "the hub's configuration; else " OFFLINE_CONFIG                          \
    }

/* The configuration that --config names, without the parts that this user may not read, which is
 * said; times are printed in its zone from then on. CTL_USAGE after a complaint. */
enum ctl_exit offline_config(const struct args *args, struct config *out);
/* Says which part was left out (edge/config.h, config_look); nothing where none was. */
void offline_tell_hidden(const char *hidden);
/* Files that root makes would shut the hub out: from here on we are whoever owns data_dir. `who` is
 * who we were before, as the journal calls them. False after a complaint. */
bool offline_as_owner(const struct config *config, char who[PEER_CALLER]);
int64_t offline_now_ms(void);
/* CTL_OK, or CTL_NOT_PERMITTED after a complaint; a file that is not there is for others to name.
 */
enum ctl_exit offline_readable(const char *path);
/* A name as `backup list` shows it, with or without ".mdb", is a file of the backup directory that
 * the configuration names, unless one of that name lies here. Whatever else it is, it stays.
 * Returns `given` or `buf`. */
const char *offline_backup(const struct args *args, const char *given, char buf[BACKUP_PATH]);
enum offline_work { OFFLINE_RESTORE, OFFLINE_VERIFY, OFFLINE_IMPORT, OFFLINE_EXPORT };
struct offline_failure {
    enum offline_work work;
    const char *path; /* the file that was read */
    enum ph_err err;
    const char *why;
};
/* Says why on stderr, and what helps where that is known: with the hub stopped, as it mostly is. */
enum ctl_exit offline_failed(const struct args *args, const struct offline_failure *f);

#endif
