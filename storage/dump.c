#include "storage/dump.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/crc32c.h"
#include "proto/crypto.h"
#include "proto/json.h"
#include "storage/record.h"

#define FRAME_BYTES 7
#define CRC_BYTES   4
#define COUNT_BYTES 8

static void put_be(uint8_t *p, uint64_t v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(v >> 8 * (n - 1 - i));
}

static uint64_t get_be(const uint8_t *p, size_t n)
{
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

static enum ph_err io_fail(const char *path, char *why)
{
    int saved = errno;
    snprintf(why, STORE_WHY, "%.180s: %s", path, strerror(saved));
    return saved == ENOSPC || saved == EDQUOT ? PH_ERR_FULL
           : saved == ENOENT                  ? PH_ERR_NOT_FOUND
                                              : PH_ERR_IO;
}

/* ---- writing ---- */

struct writing {
    FILE *file;
    struct sha256 sum;
    uint64_t records;
};

static void put(struct writing *w, const void *p, size_t n)
{
    sha256_add(&w->sum, p, n);
    fwrite(p, 1, n, w->file); /* what fails sticks to the stream */
}

static void put_record(struct writing *w, enum table t, struct bytes key, struct bytes value)
{
    uint8_t frame[FRAME_BYTES], crc[CRC_BYTES];
    frame[0] = (uint8_t)(t + 1);
    put_be(frame + 1, key.n, 2);
    put_be(frame + 3, value.n, 4);
    uint32_t sum = crc32c(crc32c(crc32c(0, frame, sizeof(frame)), key.p, key.n), value.p, value.n);
    put_be(crc, sum, sizeof(crc));
    put(w, frame, sizeof(frame));
    put(w, key.p, key.n);
    put(w, value.p, value.n);
    put(w, crc, sizeof(crc));
    w->records++;
}

static bool put_header(struct writing *w, struct txn *txn)
{
    char text[DUMP_HEADER];
    struct identity_text whose;
    struct journal j;
    struct jw h;
    if (!identity_load(txn, &whose) || !journal_load(&j, txn))
        return false;
    jw_init(&h, text, sizeof(text));
    jw_open(&h, '{');
    jw_kstring(&h, "magic", STR(DUMP_MAGIC));
    jw_kint(&h, "format", DUMP_FORMAT);
    jw_kint(&h, "store_format", STORE_FORMAT);
    jw_kstring(&h, "brand_id", str_of(whose.brand_id));
    jw_kstring(&h, "poi_id", str_of(whose.poi_id));
    jw_kint(&h, "epoch", j.head.at.epoch);
    jw_kint(&h, "seq", (int64_t)j.head.at.seq);
    jw_kint(&h, "at_ms", j.head.wall_at_ms);
    jw_kint(&h, "tables", TABLE_COUNT);
    jw_close(&h, '}');
    put(w, text, h.n);
    put(w, "\n", 1);
    return jw_ok(&h);
}

static void put_tables(struct writing *w, struct txn *txn)
{
    for (enum table t = 0; t < TABLE_COUNT && txn_error(txn) == PH_OK; t++) {
        struct scan s = scan_begin(txn, t, (struct bytes){0}, false);
        while (scan_next(&s) && !ferror(w->file))
            put_record(w, t, s.key, s.value);
        scan_end(&s);
    }
}

static void put_end(struct writing *w)
{
    uint8_t end[1 + COUNT_BYTES] = {0}, sum[SHA256_BYTES];
    put_be(end + 1, w->records, COUNT_BYTES);
    put(w, end, sizeof(end));
    sha256_end(&w->sum, sum);
    fwrite(sum, 1, sizeof(sum), w->file);
}

static enum ph_err write_all(struct writing *w, struct store *store, const char *path, char *why)
{
    struct txn *txn;
    enum ph_err err = txn_begin_read(store, &txn);
    if (err != PH_OK) {
        snprintf(why, STORE_WHY, "the store cannot be read: %s", ph_err_text(err));
        return err;
    }
    bool known = put_header(w, txn);
    if (known)
        put_tables(w, txn);
    put_end(w);
    err = txn_error(txn);
    if (err != PH_OK)
        snprintf(why, STORE_WHY, "%.250s", txn_fault(txn));
    else if (!known)
        snprintf(why, STORE_WHY, "the store does not say whose it is: start its hub once");
    txn_abort(txn);
    if (err == PH_OK && !known)
        return PH_ERR_FORMAT;
    if (err == PH_OK && (fflush(w->file) != 0 || ferror(w->file) || fsync(fileno(w->file)) != 0))
        return io_fail(path, why);
    return err;
}

enum ph_err dump_write(struct store *store, const char *path, uint64_t *records, char *why)
{
    struct writing w = {.records = 0};
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
    w.file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (w.file == NULL)
        return io_fail(path, why);
    sha256_begin(&w.sum);
    enum ph_err err = write_all(&w, store, path, why);
    if (fclose(w.file) != 0 && err == PH_OK)
        err = io_fail(path, why);
    if (err != PH_OK)
        unlink(path);
    *records = w.records;
    return err;
}

/* ---- reading ---- */

struct reading {
    FILE *file;
    const char *path;
    struct sha256 sum;
    uint64_t records;
    uint8_t *value;     /* DUMP_VALUE_MAX */
    struct store *into; /* NULL: it is only looked at */
    struct txn *txn;
    size_t in_txn;
    struct check_report *report;
};

static enum ph_err foreign(struct reading *r, const char *what)
{
    snprintf(r->report->why, sizeof(r->report->why), "%.120s %s", r->path, what);
    return PH_ERR_FORMAT;
}

static enum ph_err newer(struct reading *r)
{
    foreign(r, "has a newer format than this program knows");
    return PH_ERR_NEWER;
}

static enum ph_err damaged(struct reading *r, const char *what)
{
    snprintf(r->report->why, sizeof(r->report->why), "%.100s: record %llu: %.80s", r->path,
             (unsigned long long)r->records + 1, what);
    r->report->bad = 1;
    return PH_ERR_BAD_RECORD;
}

static enum ph_err get(struct reading *r, void *p, size_t n)
{
    if (fread(p, 1, n, r->file) == n) {
        sha256_add(&r->sum, p, n);
        return PH_OK;
    }
    if (ferror(r->file))
        return io_fail(r->path, r->report->why);
    return foreign(r, "is half written: it ends in the middle");
}

static enum ph_err take_header(struct reading *r, const struct json *h)
{
    struct check_report *c = r->report;
    struct str brand = json_text_at(h, "brand_id"), poi = json_text_at(h, "poi_id");
    if (!str_eq(json_text_at(h, "magic"), STR(DUMP_MAGIC)))
        return foreign(r, "is no export of a store");
    if (json_integer_at(h, "format") != DUMP_FORMAT ||
        json_integer_at(h, "store_format") != STORE_FORMAT ||
        json_integer_at(h, "tables") > TABLE_COUNT)
        return newer(r);
    snprintf(c->whose.brand_id, sizeof(c->whose.brand_id), "%.*s", (int)brand.n, brand.p);
    snprintf(c->whose.poi_id, sizeof(c->whose.poi_id), "%.*s", (int)poi.n, poi.p);
    c->has_head = true;
    c->at.epoch = (uint32_t)json_integer_at(h, "epoch");
    c->at.seq = (uint64_t)json_integer_at(h, "seq");
    c->at_ms = json_integer_at(h, "at_ms");
    return PH_OK;
}

static enum ph_err get_header(struct reading *r)
{
    char text[DUMP_HEADER];
    size_t n = 0;
    enum ph_err err = PH_OK;
    while (err == PH_OK && n < sizeof(text) && (n == 0 || text[n - 1] != '\n')) {
        err = get(r, text + n, 1);
        n += err == PH_OK;
    }
    if (err != PH_OK || n < 2)
        return err;
    struct json *h = text[n - 1] == '\n' ? json_parse(text, n - 1, &JSON_REQUEST, NULL) : NULL;
    err = h != NULL ? take_header(r, h) : foreign(r, "is no export of a store");
    json_free(h);
    return err;
}

static enum ph_err keep(struct reading *r, enum table t, struct bytes key, struct bytes value)
{
    enum ph_err err = PH_OK;
    if (r->into == NULL)
        return PH_OK;
    if (r->txn == NULL)
        err = txn_begin_write(r->into, &r->txn);
    if (err != PH_OK)
        return err;
    txn_put(r->txn, t, key, value);
    r->in_txn += key.n + value.n;
    if (r->in_txn < DUMP_TXN_BYTES)
        return txn_error(r->txn);
    r->in_txn = 0;
    err = txn_commit(r->txn);
    r->txn = NULL;
    return err;
}

static enum ph_err get_record(struct reading *r, uint8_t table)
{
    uint8_t frame[FRAME_BYTES] = {table}, key[RECORD_KEY_MAX], crc[CRC_BYTES];
    enum ph_err err = get(r, frame + 1, FRAME_BYTES - 1);
    if (err != PH_OK)
        return err;
    size_t key_n = (size_t)get_be(frame + 1, 2), value_n = (size_t)get_be(frame + 3, 4);
    if (table > TABLE_COUNT || key_n == 0 || key_n > KEY_BYTES || value_n > DUMP_VALUE_MAX)
        return damaged(r, "table or lengths are out of range");
    err = get(r, key, key_n);
    if (err == PH_OK)
        err = get(r, r->value, value_n);
    if (err == PH_OK)
        err = get(r, crc, sizeof(crc));
    if (err != PH_OK)
        return err;
    uint32_t sum = crc32c(crc32c(crc32c(0, frame, sizeof(frame)), key, key_n), r->value, value_n);
    if (sum != get_be(crc, sizeof(crc)))
        return damaged(r, "checksum does not match");
    r->records++;
    return keep(r, (enum table)(table - 1), (struct bytes){key, key_n},
                (struct bytes){r->value, value_n});
}

static enum ph_err get_end(struct reading *r)
{
    uint8_t count[COUNT_BYTES], said[SHA256_BYTES], sum[SHA256_BYTES], more;
    enum ph_err err = get(r, count, sizeof(count));
    if (err != PH_OK)
        return err;
    sha256_end(&r->sum, sum);
    if (fread(said, 1, sizeof(said), r->file) != sizeof(said))
        return foreign(r, "is half written: it ends in the middle");
    if (get_be(count, sizeof(count)) != r->records || memcmp(said, sum, sizeof(sum)) != 0)
        return damaged(r, "the sum at the end does not match");
    return fread(&more, 1, 1, r->file) == 0 ? PH_OK : foreign(r, "goes on behind its end");
}

static enum ph_err get_records(struct reading *r)
{
    uint8_t table;
    enum ph_err err = get(r, &table, 1);
    while (err == PH_OK && table != 0) {
        err = get_record(r, table);
        if (err == PH_OK)
            err = get(r, &table, 1);
    }
    return err == PH_OK ? get_end(r) : err;
}

static bool is_whose(const struct check_report *c, const struct store_identity *id)
{
    return str_eq(str_of(c->whose.brand_id), id->brand_id) &&
           str_eq(str_of(c->whose.poi_id), id->poi_id);
}

static enum ph_err read_all(struct reading *r, const struct store_identity *id)
{
    enum ph_err err = get_header(r);
    if (err == PH_OK && id != NULL && !is_whose(r->report, id)) {
        snprintf(r->report->why, sizeof(r->report->why), "it is of another store: brand %s, poi %s",
                 r->report->whose.brand_id, r->report->whose.poi_id);
        return PH_ERR_CONFIG;
    }
    if (err == PH_OK)
        err = get_records(r);
    if (r->txn != NULL && err != PH_OK)
        txn_abort(r->txn);
    else if (r->txn != NULL)
        err = txn_commit(r->txn);
    return err;
}

static enum ph_err read_file(const char *path, const struct store_identity *id, struct store *into,
                             struct check_report *out)
{
    struct reading r = {.path = path, .into = into, .report = out};
    memset(out, 0, sizeof(*out));
    sha256_begin(&r.sum);
    r.file = fopen(path, "re");
    r.value = malloc(DUMP_VALUE_MAX);
    if (r.file == NULL || r.value == NULL)
        out->err = io_fail(path, out->why);
    else
        out->err = read_all(&r, id);
    if (out->err != PH_OK && out->why[0] == 0)
        snprintf(out->why, sizeof(out->why), "%.160s: %s", path, ph_err_text(out->err));
    out->records = r.records;
    if (r.file != NULL)
        fclose(r.file);
    free(r.value);
    return out->err;
}

enum ph_err dump_check(const char *path, const struct store_identity *id, struct check_report *out)
{
    return read_file(path, id, NULL, out);
}

enum ph_err dump_read(const char *path, struct store *fresh, char *why)
{
    struct check_report report;
    enum ph_err err = read_file(path, NULL, fresh, &report);
    snprintf(why, STORE_WHY, "%s", report.why);
    return err;
}

bool dump_is(const char *path)
{
    static const char FIRST[] = "{\"magic\":\"" DUMP_MAGIC "\"";
    char text[sizeof(FIRST)] = "";
    FILE *f = fopen(path, "re");
    bool is = f != NULL && fread(text, 1, sizeof(FIRST) - 1, f) == sizeof(FIRST) - 1 &&
              memcmp(text, FIRST, sizeof(FIRST) - 1) == 0;
    if (f != NULL)
        fclose(f);
    return is;
}
