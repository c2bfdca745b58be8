/* A store that is carried from one box to another, for tools/cross-test: made, looked at, and gone
 * on with. What it prints of a store is the same on every architecture, or something is not
 * portable.
 *
 *   carry make FILE            a day and a half of a small restaurant; the same on every box
 *   carry look FILE            prints what is in it
 *   carry go-on FILE           opens it as a hub does, sells some more, prints what is in it then
 *   carry export FILE STREAM   writes it as a portable stream (storage/dump.h)
 *   carry import STREAM FILE   makes a store of that, prints what is in it
 *
 * FILE is a store's data file. Exit 1 and a sentence where it cannot be opened.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/crypto.h"
#include "storage/check.h"
#include "storage/copy.h"
#include "storage/dump.h"
#include "storage/shape.h"
#include "tests/lib/shop.h"

#define ORDERS   240
#define MORE     60
#define MAP_MIB  64
#define PAUSE_MS 400000 /* between orders: some are paid, some expire */

static int sorry(const char *why)
{
    fprintf(stderr, "carry: %s\n", why);
    return 1;
}

/* ---- a store's day ---- */

static void order(struct shop *s, int n)
{
    static const char *const LINES[] = {
        "{'line':1,'object_id':'1001','qty':'2'}",
        "{'line':1,'object_id':'1002','qty':'1'},{'line':2,'object_id':'1003','qty':'1'}",
        "{'line':1,'object_id':'1004','qty':'0.3'}",
        "{'line':1,'object_id':'1005','qty':'3'}",
    };
    const char *lines = LINES[n % 4];
    if (n % 3 == 0)
        kiosk(s, "order.place", "{'order_id':'c-%d','lines':[%s]}", n, lines);
    else
        pos(s, "order.place", "{'order_id':'c-%d','lines':[%s]}", n, lines);
    if (n % 5 == 0)
        pos(s, "order.cancel", "{'order_id':'c-%d'}", n);
    else if (n % 7 != 0 && s->out.has_order)
        pos(s, "order.pay",
            "{'order_id':'c-%d','pay_id':'p-%d','tender':'CASH','amount':'10.0000'}", n, n);
    shop_wait(s, PAUSE_MS);
}

static void stock(struct shop *s)
{
    for (int id = 1001; id <= 1004; id++)
        pos(s, "stock.set", "{'object_type':'2','object_id':'%d','qty':'%d.0'}", id, id - 900);
    pos(s, "stock.channel",
        "{'object_type':'2','object_id':'1001','channel':'KIOSK','limited':true,'limit':'40'}");
}

/* ---- what is in a store ---- */

static void add(struct sha256 *sum, struct bytes b)
{
    uint8_t n[4] = {(uint8_t)(b.n >> 24), (uint8_t)(b.n >> 16), (uint8_t)(b.n >> 8), (uint8_t)b.n};
    sha256_add(sum, n, sizeof(n));
    sha256_add(sum, b.p, b.n);
}

static uint64_t add_table(struct txn *txn, enum table table, struct sha256 *sum)
{
    uint64_t rows = 0;
    struct scan s = scan_begin(txn, table, (struct bytes){"", 0}, false);
    for (; scan_next(&s); rows++) {
        add(sum, s.key);
        add(sum, s.value);
    }
    scan_end(&s);
    return rows;
}

/* Every row of every table as its bytes are: records have no word size and no byte order. */
static enum ph_err print_rows(struct store *store)
{
    struct txn *txn;
    uint8_t hash[SHA256_BYTES];
    char hex[SHA256_HEX];
    uint64_t rows = 0;
    struct sha256 sum;
    enum ph_err err = txn_begin_read(store, &txn);
    if (err != PH_OK)
        return err;
    sha256_begin(&sum);
    for (int t = 0; t < TABLE_COUNT; t++)
        rows += add_table(txn, (enum table)t, &sum);
    sha256_end(&sum, hash);
    hex_encode(hash, sizeof(hash), hex);
    printf("rows %" PRIu64 " sum %.*s\n", rows, SHA256_HEX, hex);
    err = txn_error(txn);
    txn_abort(txn);
    return err;
}

static int look(const char *file)
{
    char why[STORE_WHY], tail[2 * HASH_BYTES];
    struct check_report r;
    struct shape shape;
    struct store *store;
    struct store_options o = {.dir = file, .map_bytes = (uint64_t)MAP_MIB << 20, .file = true};
    if (shape_check(file, &shape, why, sizeof(why)) != PH_OK)
        return sorry(why);
    if (check_file(file, NULL, &r) != PH_OK)
        return sorry(r.why);
    hex_encode(r.tail, HASH_BYTES, tail);
    printf("journal %" PRIu32 "/%" PRIu64 " events %" PRIu64 " bodies %" PRIu64 " tail %.*s\n",
           r.at.epoch, r.at.seq, r.events, r.bodies, 2 * HASH_BYTES, tail);
    if (store_open(&store, &o, why) != PH_OK)
        return sorry(why);
    enum ph_err err = print_rows(store);
    store_close(store);
    return err == PH_OK ? 0 : sorry(ph_err_text(err));
}

static int keep(struct shop *s, const char *file)
{
    char why[STORE_WHY];
    if (!shop_sound(s))
        return 1;
    remove(file);
    return copy_store(s->store, file, why) == PH_OK ? look(file) : sorry(why);
}

/* Whose it is, as a hub says it: without it the journal's chain has no beginning to check. */
static void sign(struct shop *s)
{
    struct txn *txn;
    if (txn_begin_write(s->store, &txn) != PH_OK)
        abort();
    identity_keep(txn, &s->config.identity);
    if (txn_commit(txn) != PH_OK)
        abort();
}

static int make(const char *file)
{
    struct shop s;
    shop_open(&s);
    sign(&s);
    shop_menu_with_combo(&s);
    stock(&s);
    for (int n = 0; n < ORDERS; n++)
        order(&s, n);
    int rc = keep(&s, file);
    shop_close(&s);
    return rc;
}

/* The file takes the place of a new store's, as when a disk is moved to another box. */
static int go_on(const char *file)
{
    struct shop s;
    char why[STORE_WHY], path[128];
    shop_open(&s);
    snprintf(path, sizeof(path), "%s/data.mdb", s.dir);
    store_close(s.store);
    s.store = NULL;
    struct store_options o = {.dir = s.dir, .map_bytes = (uint64_t)MAP_MIB << 20};
    int rc = 0;
    if (copy_file(file, path, why) != PH_OK || store_open(&s.store, &o, why) != PH_OK)
        rc = sorry(why);
    if (rc == 0) {
        s.wall_ms += (int64_t)ORDERS * PAUSE_MS;
        s.uptime_ms += (int64_t)ORDERS * PAUSE_MS;
        for (int n = ORDERS; n < ORDERS + MORE; n++)
            order(&s, n);
        rc = keep(&s, file);
    }
    shop_close(&s);
    return rc;
}

/* ---- streams ---- */

static int export(const char *file, const char *stream)
{
    char why[STORE_WHY];
    struct store *store;
    uint64_t records = 0;
    struct store_options o = {.dir = file, .map_bytes = (uint64_t)MAP_MIB << 20, .file = true};
    if (store_open(&store, &o, why) != PH_OK)
        return sorry(why);
    enum ph_err err = dump_write(store, stream, &records, why);
    store_close(store);
    return err == PH_OK ? 0 : sorry(why);
}

static int fill(struct store *fresh, const char *stream, const char *file)
{
    struct check_report r;
    char why[STORE_WHY];
    if (dump_check(stream, NULL, &r) != PH_OK)
        return sorry(r.why);
    if (dump_read(stream, fresh, why) != PH_OK || copy_store(fresh, file, why) != PH_OK)
        return sorry(why);
    return 0;
}

static void sweep(const char *dir)
{
    static const char *const FILES[] = {"data.mdb", "lock.mdb", "pid"};
    char path[64];
    for (size_t i = 0; i < sizeof(FILES) / sizeof(FILES[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, FILES[i]);
        unlink(path);
    }
    rmdir(dir);
}

static int import(const char *stream, const char *file)
{
    char why[STORE_WHY], dir[] = "/tmp/poshub-carry-XXXXXX";
    struct store *fresh;
    struct store_options o = {.dir = dir, .map_bytes = (uint64_t)MAP_MIB << 20};
    if (mkdtemp(dir) == NULL || store_open(&fresh, &o, why) != PH_OK)
        return sorry("no room for a new store");
    int rc = fill(fresh, stream, file);
    store_close(fresh);
    sweep(dir);
    return rc == 0 ? look(file) : rc;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(const char *file);
        int (*turn)(const char *from, const char *to);
    } WAYS[] = {{"make", make, NULL},
                {"look", look, NULL},
                {"go-on", go_on, NULL},
                {"export", NULL, export},
                {"import", NULL, import}};
    for (size_t i = 0; argc > 2 && i < sizeof(WAYS) / sizeof(WAYS[0]); i++)
        if (strcmp(argv[1], WAYS[i].name) == 0 && argc == (WAYS[i].run ? 3 : 4))
            return WAYS[i].run ? WAYS[i].run(argv[2]) : WAYS[i].turn(argv[2], argv[3]);
    fprintf(stderr, "usage: carry make|look|go-on FILE, export FILE STREAM, import STREAM FILE\n");
    return 2;
}
