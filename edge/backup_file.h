/* Backups as files: how they are called, what stands beside them, which are kept. A backup is one
 * LMDB file of the whole store and a note in JSON of the same name: what it is, for people and for
 * machines that cannot map it. Used by the hub and by poshubctl without one.
 *
 *     poshub-1-417-20260128T093000Z.mdb
 *     poshub-1-417-20260128T093000Z.json
 */
#ifndef EDGE_BACKUP_FILE_H
#define EDGE_BACKUP_FILE_H

#include "edge/config.h"
#include "storage/check.h"

#define BACKUP_NAME       112 /* two ids of 32, a stamp, and their NUL */
#define BACKUP_PATH       256
#define BACKUP_LIST       256 /* files looked at in one directory; kept are far fewer */
#define BACKUP_KEEP_MOST  200
#define BACKUP_DAYS       7           /* of each the last one is kept beside the newest ones */
#define BACKUP_SPARE      (32u << 20) /* bytes left free for the hub itself while it copies */
#define BACKUP_NOTE_BYTES 2048
#define BACKUP_LATE_MS    (3 * 3600000LL) /* one an hour, and a box that was switched off */

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
    uint64_t bytes;
    bool noted; /* what follows is known */
    struct position at;
    uint64_t records;
    char sha256[SHA256_HEX + 1];
    char ca_sha256[SHA256_HEX + 1]; /* of the authority that its devices know; "none": there was
                                       none; "": the note does not say */
};
/* "DIR/NAME.mdb". False: too long. */
bool backup_path(const struct backup_place *place, const char *name, char out[BACKUP_PATH]);

/* The backups of this store in the directory, newest first; at most BACKUP_LIST. A directory that
 * is not there holds none. */
size_t backup_files(const struct backup_place *place, struct backup_file *out);
/* As a JSON array: at most so many as fit. */
void backup_files_write(struct jw *w, const struct backup_file *list, size_t n);

/* Which of the list (newest first) stay: the newest `keep`, and the newest of each of the last
 * BACKUP_DAYS days that has one. Pure. */
void backup_kept(const struct backup_file *list, size_t n, uint32_t keep, int64_t now_ms,
                 bool *stays);

/* One backup from begin to end: room, copy, sync, every record read again, name, note, and the old
 * ones that are not kept any more go. On failure all files are as they were before, and `why`
 * (STORE_WHY bytes) says it for people. Takes seconds; any thread. */
enum ph_err backup_make(struct store *store, const struct backup_place *place, int64_t now_ms,
                        struct backup_file *out, char *why);
/* Is it what its note says, whole, and of this store? (`id` NULL: of whichever.) Reads it in a
 * child where `apart` (storage/check.h). `path` may be an export (storage/dump.h) as well. */
enum ph_err backup_verify(const char *path, const struct store_identity *id, bool apart,
                          struct check_report *out);
/* Keys are in no backup. Do the devices of the store in the file know this box's authority? */
enum backup_ca { BACKUP_CA_UNKNOWN, BACKUP_CA_SAME, BACKUP_CA_OTHER };
enum backup_ca backup_ca_of(const char *path, const struct backup_place *place);
/* Of a file that is whole: what the books' sums say (edge/books/books.h, books_audit). One whose
 * sums are wrong is no worse than the store that it was copied from, so nothing is refused for it.
 * False writes one line to `why` (STORE_WHY bytes). An export has none before it is a store. */
bool backup_sums_hold(const char *path, char *why);
/* The store in the file `from`, which nobody may be writing, as an export in the new file `to`
 * (storage/dump.h). Nothing is written of one that is not whole. */
enum ph_err backup_export(const char *from, const char *to, uint64_t *records, char *why);

#endif
