/* One backup: made, verified, exported. It is one LMDB file of the whole store and a note in JSON
 * of the same name: what it is, for people and for machines that cannot map it. Used by the hub and
 * by poshubctl without one. Which there are and which are kept: edge/backup_list.h.
 */
#ifndef EDGE_BACKUP_FILE_H
#define EDGE_BACKUP_FILE_H

#include "edge/backup_list.h"
#include "storage/check.h"

#define BACKUP_SPARE (32u << 20) /* bytes left free for the hub itself while it copies */

/* One backup from begin to end: room, copy, sync, every record read again, name, note, and the old
 * ones that are not kept any more go (edge/backup_list.h). On failure all files are as they were
 * before, and `why` (STORE_WHY bytes) says it for people. Takes seconds; any thread. */
enum ph_err backup_make(struct store *store, const struct backup_place *place, int64_t now_ms,
                        struct backup_file *out, char *why);
/* Is it what its note says, whole, and of this store? (`id` NULL: of whichever.) Reads it in a
 * child where `apart` (storage/check.h). `path` may be an export (storage/dump.h) as well. */
enum ph_err backup_verify(const char *path, const struct store_identity *id, bool apart,
                          struct check_report *out);
/* Keys are in no backup. Do the devices of the store in the file know this box's authority? */
enum backup_ca { BACKUP_CA_UNKNOWN, BACKUP_CA_SAME, BACKUP_CA_OTHER };
enum backup_ca backup_ca_of(const char *path, const struct backup_place *place);
/* The fingerprint of the authority that those devices know, in hex; empty where there was none, or
 * no note says it. */
void backup_ca_known(const char *path, char out[SHA256_HEX + 1]);
/* Of a file that is whole: what the books' sums say (edge/books/books.h, books_audit). One whose
 * sums are wrong is no worse than the store that it was copied from, so nothing is refused for it.
 * False writes one line to `why` (STORE_WHY bytes). An export has none before it is a store. */
bool backup_sums_hold(const char *path, char *why);
/* The store in the file `from`, which nobody may be writing, as an export in the new file `to`
 * (storage/dump.h). Nothing is written of one that is not whole. */
enum ph_err backup_export(const char *from, const char *to, uint64_t *records, char *why);

#endif
