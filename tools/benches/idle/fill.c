/* Gives an existing store a past: appends journal events as orders would have left them, chained
 * and checked like any other. The hub must not be running.
 *
 *   bench_fill DATA_DIR MAP_MIB EVENTS
 */
#include "storage/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PER_COMMIT 10000

static _Noreturn void fail(const char *what, const char *why)
{
    fprintf(stderr, "bench_fill: %s: %s\n", what, why);
    exit(1);
}

static int64_t wall_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void append_order(struct journal *j, uint64_t n, int64_t at_ms)
{
    char body[512];
    int length = snprintf(body, sizeof body,
                          "{\"channel\":\"KIOSK\",\"lines\":[{\"id\":\"%llu\",\"line\":1,\"qty\":"
                          "\"1\",\"real\":[\"8\",\"8\"],"
                          "\"locked\":[\"1\",\"2\"]},{\"id\":\"%llu\",\"line\":2,\"qty\":\"2\","
                          "\"real\":[\"40\",\"40\"],"
                          "\"locked\":[\"3\",\"5\"]}],\"order_id\":\"past-%llu\"}",
                          (unsigned long long)(1 + n % 10000),
                          (unsigned long long)(1 + n * 7 % 10000), (unsigned long long)n);
    journal_append(j, EVENT_ORDER_LOCK, at_ms, (struct str){body, (size_t)length});
}

static void append_batch(struct store *store, uint64_t from, uint64_t to)
{
    struct txn *txn;
    struct journal j = {0};
    if (txn_begin_write(store, &txn) != PH_OK)
        fail("begin", "no write transaction");
    if (!journal_load(&j, txn))
        fail("journal", "no head: let the hub create the store first");
    for (uint64_t n = from; n < to; n++)
        append_order(&j, n, wall_ms());
    journal_save(&j);
    enum ph_err err = txn_commit(txn);
    if (err != PH_OK)
        fail("commit", ph_err_text(err));
}

int main(int argc, char **argv)
{
    if (argc != 4)
        fail("usage", "bench_fill DATA_DIR MAP_MIB EVENTS");
    char why[STORE_WHY];
    struct store *store;
    struct store_options options = {.dir = argv[1], .map_bytes = strtoull(argv[2], NULL, 10) << 20};
    if (store_open(&store, &options, why) != PH_OK)
        fail("open", why);
    uint64_t all = strtoull(argv[3], NULL, 10);
    for (uint64_t n = 0; n < all; n += PER_COMMIT)
        append_batch(store, n, n + PER_COMMIT < all ? n + PER_COMMIT : all);
    store_close(store);
    return 0;
}
