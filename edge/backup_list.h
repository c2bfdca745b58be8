/* Backups in their directory: how they are called, which is the newest, which are kept.
 *
 *     poshub-1-417-20260128T093000Z.mdb       the store
 *     poshub-1-417-20260128T093000Z.json      its note (edge/backup_file.h)
 *     poshub-1-417-20260128T093000Z-2.mdb     another one of the same second
 *
 * The time in a name is for people: a box without a battery has begun in 1970 or in the time to
 * come, and a name from there says nothing of what is newer. What does is the turn: each note has a
 * number, one above all that stood in the directory when it was made. Not the position alone: a
 * store that was begun anew counts from 1/1 again, and its backups lie beside the old one's.
 * Between equal turns, or none, the position decides, then the time, then the number behind it; a
 * backup whose note is missing or unreadable is behind all that have one. That one order is every
 * reader's: the guard's, the lists', doctor's, and that of what is kept.
 */
#ifndef EDGE_BACKUP_LIST_H
#define EDGE_BACKUP_LIST_H

#include "edge/config.h"
#include "storage/identity.h"

#define BACKUP_NAME       112 /* two ids of 32, a stamp, a number, and their NUL */
#define BACKUP_PATH       256
#define BACKUP_SUFFIX     ".mdb"
#define BACKUP_LIST       256 /* files looked at in one directory; kept are far fewer */
#define BACKUP_KEEP_MOST  200
#define BACKUP_DAYS       7 /* of each the last one is kept beside the newest ones */
#define BACKUP_NOTE_BYTES 2048
#define BACKUP_SECOND_MAX 999                /* of one second; more than are ever kept */
#define BACKUP_LATE_MS    (3 * 3600000LL)    /* one an hour, and a box that was switched off */
#define BACKUP_AHEAD_MS   60000              /* of our clock; a name further ahead is no time */
#define BACKUP_TURN_MAX   ((int64_t)1 << 52) /* whole in every reader of JSON */

struct backup_place {
    const char *dir;
    struct store_identity id;
    uint32_t keep;                /* the newest so many; 1..BACKUP_KEEP_MOST */
    char secret_dir[CONFIG_PATH]; /* of the box's certificate authority; "": not known */
    uint32_t alarm_percent;       /* a map this full is not copied: a long reader pins its pages */
};
/* Of the configuration; an empty [backup] dir is "backup" beside data_dir. `dir` is in `buf`. */
struct backup_place backup_place_of(const struct config *config, char buf[BACKUP_PATH]);

struct backup_file {
    char name[BACKUP_NAME]; /* without ".mdb" */
    int64_t at_ms;          /* when it was begun, from its name */
    unsigned nth;           /* of that second, from 1 */
    uint64_t bytes;
    bool noted;   /* what follows is known */
    int64_t turn; /* 1..BACKUP_TURN_MAX; 0: its maker did not count */
    struct position at;
    uint64_t records;
    char sha256[SHA256_HEX + 1];
    char ca_sha256[SHA256_HEX + 1]; /* of the authority that its devices know; "none": there was
                                       none; "": the note does not say */
};
/* "DIR/NAME.mdb". False: too long. */
bool backup_path(const struct backup_place *place, const char *name, char out[BACKUP_PATH]);
/* "DIR/NAME.json". False: too long. */
bool backup_note_path(const char *dir, const char *name, char out[BACKUP_PATH]);
/* Fills in what the note says, where it can be read; else `noted` stays false. */
void backup_note_read(const char *dir, struct backup_file *f);

/* The backups of this store in the directory, newest first; at most BACKUP_LIST. A directory that
 * is not there holds none; one that cannot be read is PH_ERR_IO, *n is 0 and `why` (STORE_WHY
 * bytes) names it. */
enum ph_err backup_files(const struct backup_place *place, struct backup_file *out, size_t *n,
                         char *why);
/* As a JSON array: at most so many as fit. */
void backup_files_write(struct jw *w, const struct backup_file *list, size_t n);

/* Name and turn of the next one: a name that no file has. PH_ERR_LIMIT: BACKUP_SECOND_MAX have the
 * time already, PH_ERR_IO as above, PH_ERR_MEMORY; `why` says it. */
enum ph_err backup_next(const struct backup_place *place, int64_t now_ms, struct backup_file *out,
                        char *why);
/* Which of the list (newest first) stay: the newest `keep`, and the newest of each of the last
 * BACKUP_DAYS days that have one, counted by the list and by no clock. Pure. */
void backup_kept(const struct backup_file *list, size_t n, uint32_t keep, bool *stays);
/* The others go; the one of that name stays whatever the list says. */
void backup_prune(const struct backup_place *place, const char *mine);

#endif
