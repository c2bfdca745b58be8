/* One environment, one named database per table, one write transaction and a few read transactions
 * that are renewed instead of made. This file is one thing: everything that touches LMDB.
 */
#include "storage/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <lmdb.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "storage/record.h"
#include "storage/shape.h"
#include "storage/storedir.h"

#define STORE_READERS 16 /* read transactions at once: a few threads, one or two each */
#define STORE_MODE    0640
#define FREE_LIST     0 /* LMDB's own table of free pages; readable in a read transaction */

struct txn {
    struct store *store;
    MDB_txn *mdb; /* of a reader: kept, reset, between its uses */
    enum ph_err err;
    bool write, dirty;
    atomic_bool taken; /* readers only */
    char fault[STORE_WHY];
};

struct store {
    MDB_env *env;
    MDB_dbi dbi[TABLE_COUNT];
    uint64_t map_bytes;
    int pid_fd;
    bool read_only;
    struct txn writer;
    struct txn readers[STORE_READERS];
};

static enum ph_err err_of(int rc)
{
    switch (rc) {
    case 0:
        return PH_OK;
    case MDB_MAP_FULL:
    case ENOSPC:
    case EDQUOT:
        return PH_ERR_FULL;
    case MDB_PANIC:
        return PH_ERR_PANIC;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
        return PH_ERR_BAD_RECORD;
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
        return PH_ERR_FORMAT;
    case MDB_READERS_FULL:
    case MDB_TXN_FULL:
        return PH_ERR_LIMIT;
    case ENOENT:
        return PH_ERR_NOT_FOUND;
    case ENOMEM:
        return PH_ERR_MEMORY;
    default:
        return PH_ERR_IO;
    }
}

/* ---- open ---- */

static enum ph_err store_fail(const struct store_options *o, int rc, const char *what, char *why)
{
    snprintf(why, STORE_WHY, "store %.120s: %s: %s", o->dir, what, mdb_strerror(rc));
    return err_of(rc);
}

static bool is_read_only(const struct store_options *o)
{
    return o->read_only_tool || o->file;
}

/* Half of what addresses can name; the other half is the program's and the kernel's. */
#define MAP_MOST (SIZE_MAX / 2)

static enum ph_err env_open(struct store *store, const struct store_options *o, char *why)
{
    if (o->map_bytes > MAP_MOST) {
        snprintf(why, STORE_WHY,
                 "store %.120s: a map of %llu MiB is more than this %zu-bit box has", o->dir,
                 (unsigned long long)(o->map_bytes >> 20), 8 * sizeof(size_t));
        return PH_ERR_LIMIT;
    }
    unsigned flags = MDB_NOTLS | (is_read_only(o) ? MDB_RDONLY : 0u) |
                     (o->file ? MDB_NOSUBDIR | MDB_NOLOCK : 0u);
    int fd, dead, rc = mdb_env_create(&store->env);
    if (rc == 0)
        rc = mdb_env_set_maxdbs(store->env, TABLE_COUNT);
    if (rc == 0 && o->map_bytes > 0)
        rc = mdb_env_set_mapsize(store->env, (size_t)o->map_bytes);
    if (rc == 0)
        rc = mdb_env_open(store->env, o->dir, flags, STORE_MODE);
    if (rc == 0)
        rc = mdb_env_get_fd(store->env, &fd);
    if (rc == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        rc = errno;
    if (rc == 0)
        rc = mdb_reader_check(store->env, &dead);
    return rc == 0 ? PH_OK : store_fail(o, rc, "open", why);
}

static enum ph_err format_read(struct txn *txn, const struct store_options *o, char *why)
{
    struct key key = key_text(STR("format"));
    struct bytes value;
    if (!txn_get(txn, TABLE_META, key_bytes(&key), &value) || value.n != 4) {
        snprintf(why, STORE_WHY, "store %.100s: no store of poshub%s%.100s", o->dir,
                 txn->err == PH_OK ? "" : ": ", txn->fault);
        return txn->err == PH_OK ? PH_ERR_FORMAT : txn->err;
    }
    uint32_t format = key_get_u32(value.p);
    if (format == STORE_FORMAT)
        return PH_OK;
    bool newer = format > STORE_FORMAT;
    snprintf(why, STORE_WHY, "store %.120s has format %u, this program knows format %d%s", o->dir,
             format, STORE_FORMAT, newer ? ": install the newer program" : "");
    return newer ? PH_ERR_NEWER : PH_ERR_FORMAT;
}

static void format_write(struct txn *txn)
{
    struct key key = key_text(STR("format")), value = {.n = 0};
    key_add_u32(&value, STORE_FORMAT);
    txn_put(txn, TABLE_META, key_bytes(&key), key_bytes(&value));
}

/* An empty file has no named database; a foreign one has some, but not our format row. */
static int store_is_new(struct txn *txn, bool *is_new)
{
    MDB_dbi all;
    MDB_stat stat;
    int rc = mdb_dbi_open(txn->mdb, NULL, 0, &all);
    if (rc == 0)
        rc = mdb_stat(txn->mdb, all, &stat);
    *is_new = rc == 0 && stat.ms_entries == 0;
    return rc;
}

static int tables_open(struct txn *txn, unsigned flags)
{
    int rc = 0;
    for (int t = 0; t < TABLE_COUNT && rc == 0; t++)
        rc = mdb_dbi_open(txn->mdb, table_name((enum table)t), flags, &txn->store->dbi[t]);
    return rc;
}

static enum ph_err tables_check(struct txn *txn, const struct store_options *o, char *why)
{
    bool is_new = false;
    int rc = store_is_new(txn, &is_new);
    if (rc == 0)
        rc = tables_open(txn, is_read_only(o) ? 0 : MDB_CREATE);
    if (rc == MDB_NOTFOUND) {
        snprintf(why, STORE_WHY, "store %.120s: no store of poshub", o->dir);
        return PH_ERR_FORMAT;
    }
    if (rc != 0)
        return store_fail(o, rc, "tables", why);
    if (!is_new)
        return format_read(txn, o, why);
    format_write(txn);
    return txn->err;
}

static enum ph_err store_init(struct store *store, const struct store_options *o, char *why)
{
    struct txn *txn;
    enum ph_err err = store->read_only ? txn_begin_read(store, &txn) : txn_begin_write(store, &txn);
    if (err != PH_OK) {
        snprintf(why, STORE_WHY, "store %.120s: begin: %s", o->dir, ph_err_text(err));
        return err;
    }
    err = tables_check(txn, o, why);
    if (err != PH_OK) {
        txn_abort(txn);
        return err;
    }
    err = txn_commit(txn);
    if (err != PH_OK)
        snprintf(why, STORE_WHY, "store %.120s: commit: %s", o->dir, ph_err_text(err));
    return err;
}

/* A file of another kind of box is named as that. What else may be wrong with it, opening it says.
 */
static enum ph_err refuse_foreign(const struct store_options *o, char *why)
{
    char path[PATH_MAX];
    struct shape shape;
    snprintf(path, sizeof(path), "%s/data.mdb", o->dir);
    enum ph_err err = shape_check(path, &shape, why, STORE_WHY);
    if (err == PH_ERR_FORMAT && shape_is_foreign(&shape))
        return err;
    why[0] = 0;
    return PH_OK;
}

static enum ph_err store_start(struct store *store, const struct store_options *o, char *why)
{
    enum ph_err err = PH_OK;
    if (!is_read_only(o))
        err = storedir_make(o->dir, why, STORE_WHY);
    if (err == PH_OK && !is_read_only(o))
        err = storedir_lock(o->dir, &store->pid_fd, why, STORE_WHY);
    if (err == PH_OK && !o->file)
        err = refuse_foreign(o, why);
    if (err == PH_OK)
        err = env_open(store, o, why);
    if (err == PH_OK)
        err = store_init(store, o, why);
    if (err == PH_OK && !is_read_only(o))
        err = storedir_sync(o->dir, why, STORE_WHY);
    return err;
}

enum ph_err store_open(struct store **out, const struct store_options *options, char *why)
{
    *out = NULL;
    why[0] = 0;
    struct store *store = calloc(1, sizeof(*store));
    if (store == NULL) {
        snprintf(why, STORE_WHY, "store %.120s: out of memory", options->dir);
        return PH_ERR_MEMORY;
    }
    store->pid_fd = -1;
    store->read_only = is_read_only(options);
    enum ph_err err = store_start(store, options, why);
    if (err != PH_OK) {
        store_close(store);
        return err;
    }
    MDB_envinfo info;
    mdb_env_info(store->env, &info);
    store->map_bytes = info.me_mapsize;
    *out = store;
    return PH_OK;
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    assert(store->writer.mdb == NULL);
    for (int i = 0; i < STORE_READERS; i++) {
        assert(!atomic_load(&store->readers[i].taken));
        mdb_txn_abort(store->readers[i].mdb);
    }
    if (store->env != NULL)
        mdb_env_close(store->env);
    if (store->pid_fd >= 0)
        close(store->pid_fd);
    free(store);
}

static int free_pages(struct txn *txn, uint64_t *pages)
{
    MDB_cursor *cursor;
    MDB_val key, value;
    int rc = mdb_cursor_open(txn->mdb, FREE_LIST, &cursor);
    if (rc != 0)
        return rc;
    while ((rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
        size_t count; /* of the page numbers that follow it */
        memcpy(&count, value.mv_data, sizeof(count));
        *pages += count;
    }
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

enum ph_err store_fill(struct store *store, uint32_t *permille)
{
    struct txn *txn;
    MDB_envinfo info;
    MDB_stat stat;
    uint64_t free_n = 0;
    enum ph_err err = txn_begin_read(store, &txn);
    if (err != PH_OK)
        return err;
    int rc = free_pages(txn, &free_n);
    if (rc == 0)
        rc = mdb_env_info(store->env, &info);
    if (rc == 0)
        rc = mdb_env_stat(store->env, &stat);
    txn_abort(txn);
    if (rc != 0)
        return err_of(rc);
    uint64_t used = info.me_last_pgno + 1 - free_n, all = info.me_mapsize / stat.ms_psize;
    *permille = (uint32_t)(used * 1000 / all);
    return PH_OK;
}

enum ph_err store_copy(struct store *store, int fd)
{
    return err_of(mdb_env_copyfd2(store->env, fd, MDB_CP_COMPACT));
}

int store_reader_check(struct store *store)
{
    int dead = 0;
    mdb_reader_check(store->env, &dead);
    return dead;
}

unsigned store_flags(struct store *store)
{
    unsigned flags = 0;
    mdb_env_get_flags(store->env, &flags);
    return flags;
}

uint64_t store_map_bytes(struct store *store)
{
    return store->map_bytes;
}

/* ---- transactions ---- */

static void txn_fail(struct txn *txn, int rc, enum table table, struct bytes key)
{
    if (txn->err != PH_OK)
        return;
    txn->err = err_of(rc);
    record_blame(table, key, mdb_strerror(rc), txn->fault, sizeof(txn->fault));
}

static void txn_blame(struct txn *txn, enum table table, struct bytes key, const char *what)
{
    if (txn->err != PH_OK)
        return;
    txn->err = PH_ERR_BAD_RECORD;
    record_blame(table, key, what, txn->fault, sizeof(txn->fault));
}

void txn_set_bad(struct txn *txn, enum table table, struct bytes key)
{
    txn_blame(txn, table, key, "payload does not decode");
}

static struct txn *reader_take(struct store *store)
{
    for (int i = 0; i < STORE_READERS; i++)
        if (!atomic_exchange(&store->readers[i].taken, true))
            return &store->readers[i];
    return NULL;
}

static void txn_start(struct txn *txn, struct store *store, bool write)
{
    txn->store = store;
    txn->err = PH_OK;
    txn->write = write;
    txn->dirty = false;
    txn->fault[0] = 0;
}

enum ph_err txn_begin_read(struct store *store, struct txn **out)
{
    *out = NULL;
    struct txn *txn = reader_take(store);
    if (txn == NULL)
        return PH_ERR_LIMIT;
    int rc = txn->mdb != NULL ? mdb_txn_renew(txn->mdb)
                              : mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn->mdb);
    if (rc != 0) {
        atomic_store(&txn->taken, false);
        return err_of(rc);
    }
    txn_start(txn, store, false);
    *out = txn;
    return PH_OK;
}

enum ph_err txn_begin_write(struct store *store, struct txn **out)
{
    MDB_txn *mdb;
    assert(!store->read_only);
    *out = NULL;
    int rc = mdb_txn_begin(store->env, NULL, 0, &mdb);
    if (rc != 0)
        return err_of(rc);
    store->writer.mdb = mdb;
    txn_start(&store->writer, store, true);
    *out = &store->writer;
    return PH_OK;
}

static void reader_give_back(struct txn *txn)
{
    mdb_txn_reset(txn->mdb);
    atomic_store(&txn->taken, false);
}

/* LMDB's lock guards the one write transaction: after it is let go the next owner may be in. */
static MDB_txn *writer_let_go(struct txn *txn)
{
    MDB_txn *mdb = txn->mdb;
    txn->mdb = NULL;
    return mdb;
}

void txn_abort(struct txn *txn)
{
    if (txn == NULL)
        return;
    if (txn->write)
        mdb_txn_abort(writer_let_go(txn));
    else
        reader_give_back(txn);
}

static enum ph_err writer_commit(struct txn *txn)
{
    enum ph_err err = txn->err;
    MDB_txn *mdb = writer_let_go(txn);
    if (err == PH_OK)
        return err_of(mdb_txn_commit(mdb));
    mdb_txn_abort(mdb);
    return err;
}

/* Only a committed reader leaves the tables open that it opened (a tool's start). */
static enum ph_err reader_commit(struct txn *txn)
{
    enum ph_err err = txn->err;
    int rc = mdb_txn_commit(txn->mdb);
    txn->mdb = NULL;
    atomic_store(&txn->taken, false);
    return err != PH_OK ? err : err_of(rc);
}

enum ph_err txn_commit(struct txn *txn)
{
    return txn->write ? writer_commit(txn) : reader_commit(txn);
}

enum ph_err txn_error(const struct txn *txn)
{
    return txn->err;
}

const char *txn_fault(const struct txn *txn)
{
    return txn->fault;
}

uint64_t txn_number(const struct txn *txn)
{
    return mdb_txn_id(txn->mdb);
}

bool txn_dirty(const struct txn *txn)
{
    return txn->dirty;
}

/* ---- rows ---- */

static MDB_val val_of(struct bytes b)
{
    return (MDB_val){b.n, (void *)b.p};
}

static struct bytes bytes_of(MDB_val v)
{
    return (struct bytes){v.mv_data, v.mv_size};
}

bool txn_get(struct txn *txn, enum table table, struct bytes key, struct bytes *value)
{
    *value = (struct bytes){NULL, 0};
    if (txn->err != PH_OK)
        return false;
    assert(key.n > 0);
    MDB_val k = val_of(key), v;
    int rc = mdb_get(txn->mdb, txn->store->dbi[table], &k, &v);
    if (rc != 0) {
        if (rc != MDB_NOTFOUND)
            txn_fail(txn, rc, table, key);
        return false;
    }
    const char *what = record_read(table, key, bytes_of(v), value);
    if (what != NULL)
        txn_blame(txn, table, key, what);
    return what == NULL;
}

static void put(struct txn *txn, enum table table, struct bytes key, struct bytes value,
                unsigned flags)
{
    if (txn->err != PH_OK)
        return;
    assert(txn->write && key.n > 0 && key.n <= KEY_BYTES);
    txn->dirty = true;
    MDB_val k = val_of(key), v = {RECORD_HEAD + value.n, NULL};
    int rc = mdb_put(txn->mdb, txn->store->dbi[table], &k, &v, flags | MDB_RESERVE);
    if (rc == 0)
        record_write(table, key, value, v.mv_data);
    else
        txn_fail(txn, rc, table, key);
}

void txn_put(struct txn *txn, enum table table, struct bytes key, struct bytes value)
{
    put(txn, table, key, value, 0);
}

void txn_append(struct txn *txn, enum table table, struct bytes key, struct bytes value)
{
    put(txn, table, key, value, MDB_APPEND);
}

void txn_del(struct txn *txn, enum table table, struct bytes key)
{
    if (txn->err != PH_OK)
        return;
    assert(txn->write && key.n > 0);
    txn->dirty = true;
    MDB_val k = val_of(key);
    int rc = mdb_del(txn->mdb, txn->store->dbi[table], &k, NULL);
    if (rc != 0 && rc != MDB_NOTFOUND)
        txn_fail(txn, rc, table, key);
}

uint64_t txn_entries(struct txn *txn, enum table table)
{
    MDB_stat stat;
    if (txn->err != PH_OK)
        return 0;
    int rc = mdb_stat(txn->mdb, txn->store->dbi[table], &stat);
    if (rc != 0)
        txn_fail(txn, rc, table, (struct bytes){"", 0});
    return rc == 0 ? stat.ms_entries : 0;
}

/* ---- walks ---- */

static int seek_back(MDB_cursor *cursor, struct bytes from, MDB_val *k, MDB_val *v)
{
    *k = val_of(from);
    int rc = from.n > 0 ? mdb_cursor_get(cursor, k, v, MDB_SET_RANGE) : MDB_NOTFOUND;
    if (rc == MDB_NOTFOUND)
        return mdb_cursor_get(cursor, k, v, MDB_LAST);
    if (rc == 0 && (k->mv_size != from.n || memcmp(k->mv_data, from.p, from.n) != 0))
        return mdb_cursor_get(cursor, k, v, MDB_PREV);
    return rc;
}

static int seek(MDB_cursor *cursor, struct bytes from, bool backward)
{
    MDB_val k = val_of(from), v;
    if (backward)
        return seek_back(cursor, from, &k, &v);
    return mdb_cursor_get(cursor, &k, &v, from.n > 0 ? MDB_SET_RANGE : MDB_FIRST);
}

/* Ends the walk: rc is remembered unless it only says that there is no more. */
static void scan_stop(struct scan *s, int rc)
{
    if (rc != MDB_NOTFOUND)
        txn_fail(s->txn, rc, s->table, s->key);
    mdb_cursor_close(s->cursor);
    s->cursor = NULL;
}

struct scan scan_begin(struct txn *txn, enum table table, struct bytes from, bool backward)
{
    struct scan s = {.txn = txn, .table = table, .key = {"", 0}, .backward = backward};
    MDB_cursor *cursor;
    if (txn->err != PH_OK)
        return s;
    int rc = mdb_cursor_open(txn->mdb, txn->store->dbi[table], &cursor);
    if (rc != 0) {
        txn_fail(txn, rc, table, s.key);
        return s;
    }
    s.cursor = cursor;
    rc = seek(cursor, from, backward);
    if (rc != 0)
        scan_stop(&s, rc);
    return s;
}

static int scan_move(struct scan *s, MDB_val *k, MDB_val *v)
{
    MDB_cursor_op op = s->backward ? MDB_PREV : MDB_NEXT;
    if (!s->started)
        op = MDB_GET_CURRENT;
    s->started = true;
    return mdb_cursor_get(s->cursor, k, v, op);
}

bool scan_next(struct scan *s)
{
    MDB_val k, v;
    while (s->cursor != NULL && s->txn->err == PH_OK) {
        int rc = scan_move(s, &k, &v);
        if (rc != 0) {
            scan_stop(s, rc);
            return false;
        }
        s->key = bytes_of(k);
        const char *what = record_read(s->table, s->key, bytes_of(v), &s->value);
        if (what == NULL)
            return true;
        if (s->skip_bad)
            s->bad++;
        else
            txn_blame(s->txn, s->table, s->key, what);
    }
    return false;
}

void scan_del(struct scan *s)
{
    if (s->txn->err != PH_OK)
        return;
    assert(s->txn->write && s->started && s->cursor != NULL);
    s->txn->dirty = true;
    int rc = mdb_cursor_del(s->cursor, 0);
    if (rc != 0)
        txn_fail(s->txn, rc, s->table, s->key);
}

void scan_end(struct scan *s)
{
    if (s->cursor != NULL)
        mdb_cursor_close(s->cursor);
    s->cursor = NULL;
}
