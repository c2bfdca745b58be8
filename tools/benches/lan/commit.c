/* bench_commit: what one durable write costs here. One put of 1 KiB and a commit with full fsync,
 * again and again; prints the p50 in ms. With a RATE, so many a second: a disk and a CPU that have
 * slept a moment answer later than those that never rest.
 *
 *   bench_commit DIR [COUNT [RATE]]
 */
#include "tools/storesim/clock.h"
#include "tools/storesim/stats.h"

#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define VALUE_BYTES 1024
#define MAP_BYTES   (64u << 20)

static int put_one(MDB_env *env, MDB_dbi dbi, uint32_t key, const uint8_t *bytes)
{
    MDB_txn *txn;
    MDB_val k = {sizeof key, &key}, v = {VALUE_BYTES, (void *)(uintptr_t)bytes};
    int rc = mdb_txn_begin(env, NULL, 0, &txn);
    if (!rc && (rc = mdb_put(txn, dbi, &k, &v, 0)))
        mdb_txn_abort(txn);
    return rc ? rc : mdb_txn_commit(txn);
}

static void rest_until(int64_t until_us)
{
    int64_t left_us = until_us - clock_us();
    if (left_us > 0)
        nanosleep(&(struct timespec){left_us / 1000000, left_us % 1000000 * 1000}, NULL);
}

static int open_all(MDB_env **env, MDB_dbi *dbi, const char *dir)
{
    MDB_txn *txn;
    int rc = mdb_env_create(env);
    if (rc || (rc = mdb_env_set_mapsize(*env, MAP_BYTES)) ||
        (rc = mdb_env_open(*env, dir, 0, 0600)) || (rc = mdb_txn_begin(*env, NULL, 0, &txn)))
        return rc;
    if ((rc = mdb_dbi_open(txn, NULL, 0, dbi))) {
        mdb_txn_abort(txn);
        return rc;
    }
    return mdb_txn_commit(txn);
}

int main(int argc, char **argv)
{
    MDB_env *env = NULL;
    MDB_dbi dbi = 0;
    uint8_t value[VALUE_BYTES];
    uint32_t count = argc > 2 ? (uint32_t)atoi(argv[2]) : 500;
    int64_t period_us = argc > 3 && atoi(argv[3]) > 0 ? 1000000 / atoi(argv[3]) : 0;
    uint32_t *took_us = calloc(count, sizeof *took_us);
    int rc = argc > 1 && took_us ? open_all(&env, &dbi, argv[1]) : 22;
    memset(value, 'x', sizeof value);
    for (uint32_t i = 0; i < count && !rc; i++) {
        int64_t start_us = clock_us();
        rc = put_one(env, dbi, i % 64, value);
        took_us[i] = (uint32_t)(clock_us() - start_us);
        rest_until(start_us + period_us);
    }
    if (rc)
        fprintf(stderr, "bench_commit: %s\n", mdb_strerror(rc));
    else
        printf("%.3f\n", stats_percentiles(took_us, count).p50_ms);
    mdb_env_close(env);
    free(took_us);
    return rc ? 1 : 0;
}
