/* A store as a stream that any box can read: for moving to one of another kind, where the file
 * itself cannot be mapped (storage/shape.h). All that is in the records is in it, and nothing of
 * how this machine lays them out.
 *
 *     {"magic":"poshub-store-export","format":1,"store_format":1,"brand_id":..,"poi_id":..,
 *      "epoch":7,"seq":1043,"at_ms":..,"tables":22}\n
 *     per record: table + 1 (u8), key bytes (u16), value bytes (u32), key, value, CRC32C (u32)
 *     at the end: 0 (u8), records (u64), SHA-256 of everything before it
 *
 * Numbers are big-endian; the checksum covers all of its record before it. Tables come in the order
 * of storage/table.h, keys in theirs.
 */
#ifndef STORAGE_DUMP_H
#define STORAGE_DUMP_H

#include "storage/check.h"

#define DUMP_FORMAT    1
#define DUMP_MAGIC     "poshub-store-export"
#define DUMP_HEADER    512
#define DUMP_VALUE_MAX (16u << 20) /* bytes of one record; a whole menu page takes far less */
#define DUMP_TXN_BYTES (16u << 20) /* read into one transaction */

/* By its first bytes. */
bool dump_is(const char *path);
/* Writes the store, as one read transaction sees it, to the new file `path` (mode 0640), synced.
 * On failure nothing is left there and `why` (STORE_WHY bytes) says it; a damaged record is named.
 */
enum ph_err dump_write(struct store *store, const char *path, uint64_t *records, char *why);
/* Reads all of it. `id` NULL: whosever it is; else another store's is PH_ERR_CONFIG. PH_ERR_FORMAT:
 * cut off or foreign; PH_ERR_NEWER: of a newer format; PH_ERR_BAD_RECORD: damaged. */
enum ph_err dump_check(const char *path, const struct store_identity *id, struct check_report *out);
/* The same into a store that was just made. On failure the store is good for nothing. */
enum ph_err dump_read(const char *path, struct store *fresh, char *why);

#endif
