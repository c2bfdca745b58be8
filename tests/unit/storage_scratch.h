/* A store in a directory of its own under /tmp, for one test. */
#ifndef TESTS_STORAGE_SCRATCH_H
#define TESTS_STORAGE_SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "storage/store.h"

#define SCRATCH_MAP (64u << 20)

struct scratch {
    char dir[64];
    struct store *store;
};

static inline void scratch_open(struct scratch *s, uint64_t map_bytes)
{
    char why[STORE_WHY];
    struct store_options options = {.dir = s->dir, .map_bytes = map_bytes};
    if (store_open(&s->store, &options, why) != PH_OK)
        fail_msg("%s", why);
}

static inline void scratch_close(struct scratch *s)
{
    store_close(s->store);
    s->store = NULL;
}

static inline void scratch_reopen(struct scratch *s)
{
    scratch_close(s);
    scratch_open(s, SCRATCH_MAP);
}

/* For a fixture that holds more than the store; scratch_end says 0 when nothing is left. */
static inline void scratch_begin(struct scratch *s)
{
    snprintf(s->dir, sizeof(s->dir), "/tmp/poshub-test-XXXXXX");
    assert_non_null(mkdtemp(s->dir));
    scratch_open(s, SCRATCH_MAP);
}

static inline int scratch_end(struct scratch *s)
{
    static const char *const FILES[] = {"data.mdb", "lock.mdb", "pid"};
    char path[96];
    store_close(s->store);
    for (size_t i = 0; i < sizeof(FILES) / sizeof(FILES[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", s->dir, FILES[i]);
        unlink(path);
    }
    return rmdir(s->dir);
}

static inline int scratch_setup(void **state)
{
    struct scratch *s = calloc(1, sizeof(*s));
    assert_non_null(s);
    scratch_begin(s);
    *state = s;
    return 0;
}

static inline int scratch_teardown(void **state)
{
    struct scratch *s = *state;
    int rc = scratch_end(s);
    free(s);
    return rc;
}

static inline struct txn *scratch_write(struct scratch *s)
{
    struct txn *txn;
    assert_int_equal(txn_begin_write(s->store, &txn), PH_OK);
    return txn;
}

static inline struct txn *scratch_read(struct scratch *s)
{
    struct txn *txn;
    assert_int_equal(txn_begin_read(s->store, &txn), PH_OK);
    return txn;
}

static inline struct bytes bytes_z(const char *z)
{
    return (struct bytes){z, strlen(z)};
}

static inline void put_z(struct txn *txn, enum table table, const char *key, const char *value)
{
    txn_put(txn, table, bytes_z(key), bytes_z(value));
}

/* Flips one bit of every place in data.mdb where `needle` stands; the store must be closed.
 * Returns how many places there were. */
static inline size_t scratch_damage(const struct scratch *s, const char *needle)
{
    char path[96];
    size_t found = 0, n = strlen(needle);
    snprintf(path, sizeof(path), "%s/data.mdb", s->dir);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    char *all = malloc((size_t)size);
    assert_non_null(all);
    rewind(file);
    assert_int_equal(fread(all, 1, (size_t)size, file), size);
    for (size_t i = 0; i + n <= (size_t)size; i++) {
        if (memcmp(all + i, needle, n) != 0)
            continue;
        assert_int_equal(fseek(file, (long)i, SEEK_SET), 0);
        fputc(needle[0] ^ 1, file);
        found++;
    }
    free(all);
    assert_int_equal(fclose(file), 0);
    return found;
}

#define SCRATCH_TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

#endif
