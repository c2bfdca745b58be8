/* The hub's memory: typed tables of checked records in one LMDB environment. The only doorman of
 * LMDB.
 *
 * Durability is LMDB's default: full sync of data, then of the meta page, at every commit. No flag
 * that weakens it is ever passed (pitfalls.md 1); a test asserts the flags of the open environment.
 *
 * Every value on disk carries a version and a CRC32C over table number, key, version and payload
 * (storage/record.h), checked at every read. The file is native to its machine.
 *
 * Errors stick to the transaction: after the first one all reads find nothing and all writes do
 * nothing; the caller checks once, at commit. A damaged record is named by txn_fault().
 *
 * Threads: the write transaction belongs to the writer thread; read transactions belong to the
 * thread that begins them and end within one turn of it. One store per process and directory.
 */
#ifndef STORAGE_STORE_H
#define STORAGE_STORE_H

#include "proto/err.h"
#include "storage/key.h"
#include "storage/table.h"

/* ---- open ---- */
#define STORE_FORMAT 1 /* the only one there is; a newer one is refused by its number */
struct store;
struct store_options {
    const char *dir;     /* made with mode 0750 if missing; holds data.mdb, lock.mdb, pid */
    uint64_t map_bytes;  /* fixed for the life of the process; may grow at the next start */
    bool read_only_tool; /* never takes the pid lock, never writes (offline verify) */
    bool file; /* `dir` is the path of a data file that nobody writes (a backup): read only, without
                  any lock file; storage/check.h looks at it first */
};
#define STORE_WHY 256
/* On failure *out is NULL and `why` (STORE_WHY bytes) says it for people: a second process gives
 * PH_ERR_LOCKED and "store DIR is held by poshubd, pid 123". Owned by the caller: store_close. */
enum ph_err store_open(struct store **out, const struct store_options *options, char *why);
void store_close(struct store *store); /* NULL is fine; no transaction may be open */

/* How far the map is used, by pages that are really taken (last page + 1 - free ones), in permille.
 * Walks the free list: call it once a minute, not per order. */
enum ph_err store_fill(struct store *store, uint32_t *permille);
/* Writes what was committed at one moment to `fd`, compacted, while others go on reading and
 * writing; pages that are freed meanwhile are not used again before it ends. Any thread. */
enum ph_err store_copy(struct store *store, int fd);
/* Clears the slots of readers that died. Returns how many. */
int store_reader_check(struct store *store);
/* The flags LMDB runs with, for the test that keeps them at their defaults. */
unsigned store_flags(struct store *store);
uint64_t store_map_bytes(struct store *store);

/* What the file system under `dir` promises (storage/fscheck.c). */
enum fs_promise {
    FS_DURABLE,
    FS_NOT_DURABLE /* overlay, tmpfs: works, named */,
    FS_UNSAFE /* warn + alert */
};
enum fs_promise fs_check(const char *dir,
                         char *why); /* why: STORE_WHY bytes, one line for people */

/* ---- transactions ---- */
struct txn;
/* Transactions are handed out of a small pool in the store; NULL only when begin itself failed. */
enum ph_err txn_begin_read(struct store *store, struct txn **out);
enum ph_err txn_begin_write(struct store *store, struct txn **out);
/* Ends a read, or throws a write away. NULL is fine. */
void txn_abort(struct txn *txn);
/* The first error of the transaction, else that of the commit. The transaction is gone after it. */
enum ph_err txn_commit(struct txn *txn);

enum ph_err txn_error(const struct txn *txn); /* PH_OK so far, or the error that stuck */
/* One line naming table and key of a damaged record, or what failed; "" without an error.
 * Lives as long as the transaction. */
const char *txn_fault(const struct txn *txn);
/* Lets rules report that a payload does not decode: sticks PH_ERR_BAD_RECORD with table and key. */
void txn_set_bad(struct txn *txn, enum table table, struct bytes key);
/* A write transaction that has changed nothing so far can be used on after a bad record was read.
 */
bool txn_dirty(const struct txn *txn);
/* Of a read transaction: the number of the commit that it sees. Two of the same number see the same
 * rows, byte for byte. */
uint64_t txn_number(const struct txn *txn);

/* The value points into the map: valid until the next write or the end of the transaction. */
bool txn_get(struct txn *txn, enum table table, struct bytes key, struct bytes *value);
void txn_put(struct txn *txn, enum table table, struct bytes key, struct bytes value);
/* For keys that only ever rise (orders, replies, journal): MDB_APPEND, which fills pages whole. A
 * key that is not above all others sticks PH_ERR_IO. */
void txn_append(struct txn *txn, enum table table, struct bytes key, struct bytes value);
void txn_del(struct txn *txn, enum table table, struct bytes key); /* not there: fine */
uint64_t txn_entries(struct txn *txn, enum table table);

/* Walks: begin at the first key >= from (or at the last key <= from when backward; an empty `from`
 * begins at the very end of the table that the walk starts at). `from` is not kept. The loop is
 *     struct scan s = scan_begin(txn, TABLE_X, from, false);
 *     while (scan_next(&s)) use(s.key, s.value);
 *     scan_end(&s);
 * A damaged record ends the walk and sticks to the transaction, unless s.skip_bad was set after
 * begin: then s.bad counts it and the walk goes on. Writes during a walk are allowed only to other
 * tables, or through scan_del. */
struct scan {
    struct txn *txn;
    enum table table;
    void *cursor;
    struct bytes key, value;
    uint64_t bad;
    bool backward, started, skip_bad;
};
struct scan scan_begin(struct txn *txn, enum table table, struct bytes from, bool backward);
bool scan_next(struct scan *s);
void scan_del(struct scan *s); /* deletes the entry just returned */
void scan_end(struct scan *s);

#endif
