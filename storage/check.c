#include "storage/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/apart.h"

/* ---- the shape ---- */

/* LMDB's two first pages hold one meta record each, behind a page header of which the first field
 * has the box's word size. Where its parts stand, by word size: */
#define META_MAGIC 0xBEEFC0DEu
#define META_BYTES 160 /* more than a page header and a meta record take */
#define PAGE_LEAST 512u
#define PAGE_MOST  65536u

static const struct layout {
    uint32_t word_bits;
    size_t magic, page_bytes, last_page, txn;
} LAYOUTS[] = {{64, 16, 40, 136, 144}, {32, 12, 28, 92, 96}};

static uint32_t u32_at(const uint8_t *p, bool swap)
{
    uint32_t v;
    memcpy(&v, p, sizeof(v));
    return swap ? __builtin_bswap32(v) : v;
}

static uint64_t word_at(const uint8_t *p, uint32_t bits, bool swap)
{
    uint64_t v;
    if (bits == 32)
        return u32_at(p, swap);
    memcpy(&v, p, sizeof(v));
    return swap ? __builtin_bswap64(v) : v;
}

static const struct layout *layout_of(const uint8_t *meta, bool *swap)
{
    for (size_t i = 0; i < sizeof(LAYOUTS) / sizeof(LAYOUTS[0]); i++)
        for (int s = 0; s < 2; s++)
            if (u32_at(meta + LAYOUTS[i].magic, s == 1) == META_MAGIC) {
                *swap = s == 1;
                return &LAYOUTS[i];
            }
    return NULL;
}

static bool page_size_is_one(uint32_t n)
{
    return n >= PAGE_LEAST && n <= PAGE_MOST && (n & (n - 1)) == 0;
}

/* The newer meta record is in force. Both of a store have a page size. */
static bool shape_read(int fd, struct check_shape *out)
{
    uint8_t first[META_BYTES], second[META_BYTES];
    bool swap = false;
    if (pread(fd, first, META_BYTES, 0) != META_BYTES)
        return false;
    const struct layout *l = layout_of(first, &swap);
    if (l == NULL)
        return false;
    out->word_bits = l->word_bits;
    out->other_endian = swap;
    out->page_bytes = u32_at(first + l->page_bytes, swap);
    if (!page_size_is_one(out->page_bytes))
        return false;
    const uint8_t *meta = first;
    if (pread(fd, second, META_BYTES, out->page_bytes) == META_BYTES &&
        u32_at(second + l->magic, swap) == META_MAGIC &&
        word_at(second + l->txn, l->word_bits, swap) > word_at(first + l->txn, l->word_bits, swap))
        meta = second;
    out->wanted_bytes =
        (word_at(meta + l->last_page, l->word_bits, swap) + 1) * (uint64_t)out->page_bytes;
    return true;
}

static enum ph_err shape_of(int fd, const char *path, struct check_shape *out, char *why)
{
    struct stat st;
    const struct check_shape here = check_shape_here();
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        snprintf(why, STORE_WHY, "%.180s is not a file", path);
        return PH_ERR_FORMAT;
    }
    out->bytes = (uint64_t)st.st_size;
    if (!shape_read(fd, out)) {
        snprintf(why, STORE_WHY, "%.180s is no store of poshub", path);
        return PH_ERR_FORMAT;
    }
    if (out->word_bits != here.word_bits || out->other_endian) {
        snprintf(why, STORE_WHY,
                 "%.120s was made on a %u-bit box%s, this is a %u-bit one: use store export there",
                 path, out->word_bits, out->other_endian ? " of the other byte order" : "",
                 here.word_bits);
        return PH_ERR_FORMAT;
    }
    if (out->page_bytes != here.page_bytes) {
        snprintf(why, STORE_WHY,
                 "%.120s was made on a box with pages of %u bytes, this one has %u: use store "
                 "export there",
                 path, out->page_bytes, here.page_bytes);
        return PH_ERR_FORMAT;
    }
    if (out->bytes < out->wanted_bytes) {
        snprintf(why, STORE_WHY, "%.120s is half written: %llu bytes of %llu are there", path,
                 (unsigned long long)out->bytes, (unsigned long long)out->wanted_bytes);
        return PH_ERR_FORMAT;
    }
    return PH_OK;
}

struct check_shape check_shape_here(void)
{
    return (struct check_shape){.word_bits = 8 * sizeof(size_t),
                                .page_bytes = (uint32_t)sysconf(_SC_PAGESIZE)};
}

enum ph_err check_shape(const char *path, struct check_shape *out, char *why)
{
    memset(out, 0, sizeof(*out));
    why[0] = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        enum ph_err err = errno == ENOENT ? PH_ERR_NOT_FOUND : PH_ERR_IO;
        snprintf(why, STORE_WHY, "%.180s: %s", path, strerror(errno));
        return err;
    }
    enum ph_err err = shape_of(fd, path, out, why);
    close(fd);
    return err;
}

/* ---- what is in it ---- */

struct checking {
    struct store *store;
    const struct store_identity *id;
    struct check_report *report;
    uint32_t tables; /* 1 << enum table: those to be read */
};
#define ALL_TABLES ((1u << TABLE_COUNT) - 1)

static void blame(struct check_report *r, enum ph_err err, const char *why)
{
    if (r->err == PH_OK) {
        r->err = err;
        snprintf(r->why, sizeof(r->why), "%.250s", why);
    }
}

/* A walk ends at a damaged record and is taken up behind its key. */
struct place {
    uint8_t key[512];
    size_t n;
};

static void behind(struct place *at, struct bytes key)
{
    at->n = key.n < sizeof(at->key) - 1 ? key.n : sizeof(at->key) - 1;
    memcpy(at->key, key.p, at->n);
    at->key[at->n++] = 0;
}

/* False: nothing more of this table can be read. */
static bool walk(struct checking *c, enum table table, struct place *at)
{
    struct txn *txn;
    if (txn_begin_read(c->store, &txn) != PH_OK) {
        blame(c->report, PH_ERR_IO, "the file cannot be read");
        return false;
    }
    struct scan s = scan_begin(txn, table, (struct bytes){at->key, at->n}, false);
    while (scan_next(&s))
        c->report->records++;
    bool bad = txn_error(txn) != PH_OK, again = bad && s.cursor != NULL && s.key.n > 0;
    if (bad) {
        c->report->bad++;
        c->report->bad_tables |= 1u << table;
        blame(c->report, PH_ERR_BAD_RECORD, txn_fault(txn));
    }
    if (again)
        behind(at, s.key);
    scan_end(&s);
    txn_abort(txn);
    return again;
}

static void check_records(struct checking *c)
{
    for (int t = 0; t < TABLE_COUNT; t++) {
        struct place at = {.n = 0};
        while ((c->tables & 1u << t) && walk(c, (enum table)t, &at))
            ;
    }
}

/* A chain begins with whose it is: one that nobody knows the owner of cannot be followed. */
static void check_journal(struct checking *c)
{
    const struct identity_text *said = &c->report->whose;
    const struct store_identity its = {str_of(said->brand_id), str_of(said->poi_id)};
    const struct store_identity *id = c->id != NULL ? c->id : &its;
    struct journal_verdict v = {.ok = true};
    struct position from = {0, 0};
    uint8_t tail[HASH_BYTES] = {0};
    struct txn *txn;
    if (c->report->err != PH_OK || id->brand_id.n == 0 || txn_begin_read(c->store, &txn) != PH_OK)
        return;
    journal_verify_slice(txn, id, &from, tail, UINT64_MAX, &v);
    c->report->events = v.events;
    c->report->bodies = v.bodies;
    if (!v.ok) {
        char why[STORE_WHY];
        snprintf(why, sizeof(why), "journal, event %u/%llu: %s", v.bad_at.epoch,
                 (unsigned long long)v.bad_at.seq, v.why);
        c->report->bad_tables |= 1u << TABLE_JOURNAL;
        blame(c->report, PH_ERR_BAD_RECORD, why);
    }
    txn_abort(txn);
}

static void read_head(struct check_report *r, struct txn *txn)
{
    struct journal j;
    r->has_head = journal_load(&j, txn);
    if (!r->has_head)
        return;
    r->at = j.head.at;
    r->seen_epoch = j.head.seen_epoch;
    r->at_ms = j.head.wall_at_ms;
    memcpy(r->tail, j.head.tail, sizeof(r->tail));
    memcpy(r->secret, j.secret, sizeof(r->secret));
}

static bool is_whose(const struct identity_text *said, const struct store_identity *id)
{
    return str_eq(str_of(said->brand_id), id->brand_id) && str_eq(str_of(said->poi_id), id->poi_id);
}

static void check_head(struct checking *c)
{
    struct txn *txn;
    struct check_report *r = c->report;
    char why[STORE_WHY];
    if (txn_begin_read(c->store, &txn) != PH_OK)
        return;
    read_head(r, txn);
    if (txn_error(txn) == PH_OK && !r->has_head)
        blame(r, PH_ERR_FORMAT, "the store is empty: no hub has ever run on it");
    bool said = identity_load(txn, &r->whose);
    txn_abort(txn);
    if (!said || c->id == NULL || is_whose(&r->whose, c->id))
        return;
    snprintf(why, sizeof(why), "it is of another store: brand %s, poi %s; here it is %.*s, %.*s",
             r->whose.brand_id, r->whose.poi_id, (int)c->id->brand_id.n, c->id->brand_id.p,
             (int)c->id->poi_id.n, c->id->poi_id.p);
    blame(r, PH_ERR_CONFIG, why);
}

static void check_all(struct checking *c)
{
    check_head(c);
    if (c->report->err == PH_ERR_CONFIG)
        return;
    check_records(c);
    if (c->tables == ALL_TABLES)
        check_journal(c);
    if (c->report->bad > 1 && c->report->err == PH_ERR_BAD_RECORD) {
        size_t n = strlen(c->report->why);
        snprintf(c->report->why + n, sizeof(c->report->why) - n, " (and %llu more)",
                 (unsigned long long)c->report->bad - 1);
    }
}

static void check_tables(const char *path, const struct store_identity *id, uint32_t tables,
                         struct check_report *out)
{
    struct check_shape shape;
    struct checking c = {.id = id, .report = out, .tables = tables};
    memset(out, 0, sizeof(*out));
    out->err = check_shape(path, &shape, out->why);
    if (out->err != PH_OK)
        return;
    const struct store_options options = {.dir = path, .file = true, .map_bytes = shape.bytes};
    enum ph_err err = store_open(&c.store, &options, out->why);
    if (err == PH_OK)
        check_all(&c);
    else
        out->err = err;
    store_close(c.store);
}

enum ph_err check_file(const char *path, const struct store_identity *id, struct check_report *out)
{
    check_tables(path, id, ALL_TABLES, out);
    return out->err;
}

/* ---- in a child ---- */

struct asked {
    const char *path;
    const struct store_identity *id;
    uint32_t tables;
};

static void work(const void *ctx, void *result)
{
    const struct asked *a = ctx;
    check_tables(a->path, a->id, a->tables, result);
}

/* One child a table says which of them kill, and what the others hold. */
static void find_deadly(struct asked *a, struct check_report *out)
{
    uint32_t deadly = 0;
    for (int t = 0; t < TABLE_COUNT; t++) {
        struct check_report one = {0};
        a->tables = 1u << t;
        if (apart_run(work, a, &one, sizeof(one)))
            *out = one.has_head ? one : *out;
        else
            deadly |= 1u << t;
    }
    out->bad = (uint64_t)__builtin_popcount(deadly);
    out->bad_tables = out->deadly = deadly;
    out->err = PH_ERR_BAD_RECORD;
    snprintf(out->why, sizeof(out->why),
             "table %s: a page is damaged, and whoever reads it dies of it",
             deadly != 0 ? table_name((enum table)__builtin_ctz(deadly)) : "?");
}

enum ph_err check_apart(const char *path, const struct store_identity *id, struct check_report *out)
{
    struct asked a = {path, id, ALL_TABLES};
    memset(out, 0, sizeof(*out));
    if (!apart_run(work, &a, out, sizeof(*out)))
        find_deadly(&a, out);
    return out->err;
}
