#include "storage/check.h"

#include <stdio.h>
#include <string.h>

#include "storage/apart.h"
#include "storage/shape.h"

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
    struct shape shape;
    struct checking c = {.id = id, .report = out, .tables = tables};
    memset(out, 0, sizeof(*out));
    out->err = shape_check(path, &shape, out->why, sizeof(out->why));
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
