/* A backup takes the place of the store (docs/control-api.md, "backup and restore"): for poshubctl,
 * and for a hub that finds its store broken before it opens it. Both have one thread while it runs.
 *
 *   checked      the backup, whole and of this store; what of the present store can be read
 *   made ready   a copy in DATA_DIR/restoring, brought to life there (edge/books/revive.h), and the
 *                fingerprint of the authority that its devices know (edge/lan_tls.h)
 *   set aside    the present file gets a second name in DATA_DIR.before-restore-STAMP
 *   in force     one rename puts the new file in its place
 *   known        another puts that fingerprint in force; empty where nobody knows it
 *   swept        of the stores that earlier restores have replaced the oldest go (edge/replaced.h)
 *
 * Whatever fails or is interrupted before the store's rename leaves all as it was, and what lies in
 * DATA_DIR/restoring is swept away by the next start or the next restore. Behind it, a fingerprint
 * that is still there without its store is put in force by the same sweep.
 */
#ifndef EDGE_BACKUP_RESTORE_H
#define EDGE_BACKUP_RESTORE_H

#include "edge/backup_file.h"
#include "edge/books/revive.h"

struct restore_ask {
    const struct config *config;
    const char *path;  /* the backup, or an export (storage/dump.h) */
    const char *who;   /* restores it, as the journal calls them: "poshubctl:jane" */
    const char *aside; /* the directory that the present store goes to; it must not be there.
                          NULL: DATA_DIR.before-restore-STAMP */
    bool discard;      /* nothing is taken over from that store: as if it could not be read */
    bool only_empty;   /* where there is a store, PH_ERR_LIMIT */
    bool dry_run;      /* all checks, and nothing changes */
    int64_t now_ms;
};
struct restore_told {
    struct check_report backup, old;
    bool has_old;            /* there was a store, readable or not */
    enum backup_ca ca;       /* of the box and of the backup */
    char aside[BACKUP_PATH]; /* where it stands now; "": there was none in data_dir */
    size_t dropped;          /* older replaced stores that went (edge/replaced.h) */
    struct revive_told revived;
};
/* On failure nothing has changed and `why` (STORE_WHY bytes) says it for people: PH_ERR_LOCKED a
 * hub holds the store, PH_ERR_NOT_FOUND no such file, PH_ERR_FORMAT no backup for this box,
 * PH_ERR_NEWER of a newer program,
 * PH_ERR_CONFIG another store's, PH_ERR_BAD_RECORD damaged, PH_ERR_FULL no room. */
enum ph_err backup_restore(const struct restore_ask *ask, struct restore_told *told, char *why);

/* The newest of the store's backups that is good takes the place of a broken store, which goes to
 * the directory `aside` (as above); data_dir itself stays where it is, with the keys in it.
 * PH_ERR_NOT_FOUND: there is no good one, nothing has changed, and `why` names what was wrong with
 * the newest. */
enum ph_err backup_restore_newest(const struct config *config, const char *aside, int64_t now_ms,
                                  struct restore_told *told, char name[BACKUP_NAME], char *why);

/* Sweeps up after a restore that was interrupted, or ends it where its store is in force. True:
 * there was one. The caller holds the store. */
bool backup_restore_sweep(const char *data_dir);

#endif
