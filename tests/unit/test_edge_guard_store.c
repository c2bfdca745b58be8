/* edge/guard_store: what is no damage is not replaced, also where a good backup lies beside it. */
#include <sys/stat.h>

#include "edge/backup_file.h"
#include "edge/guard.h"
#include "edge/guard_store.h"
#include "storage/key.h"
#include "tests/unit/storage_scratch.h"

static const struct store_identity ID = {{"1", 1}, {"417", 3}};

struct bench {
    struct scratch s;
    struct config config;
};

static int setup(void **state)
{
    static const uint8_t SECRET[32] = {7};
    struct bench *b = calloc(1, sizeof(*b));
    struct backup_file made;
    char dir[BACKUP_PATH], why[STORE_WHY];
    struct txn *txn;
    struct journal j;
    assert_non_null(b);
    scratch_begin(&b->s);
    snprintf(b->config.brand_id, sizeof(b->config.brand_id), "1");
    snprintf(b->config.poi_id, sizeof(b->config.poi_id), "417");
    snprintf(b->config.data_dir, sizeof(b->config.data_dir), "%s", b->s.dir);
    snprintf(b->config.backup_dir, sizeof(b->config.backup_dir), "%s.backup", b->s.dir);
    b->config.backup_keep = 1;
    b->config.alarm_percent = 60;
    b->config.map_mib = SCRATCH_MAP >> 20;
    assert_int_equal(txn_begin_write(b->s.store, &txn), PH_OK);
    identity_keep(txn, &ID);
    journal_create(&j, txn, &ID, SECRET);
    assert_int_equal(txn_commit(txn), PH_OK);
    const struct backup_place place = backup_place_of(&b->config, dir);
    assert_int_equal(backup_make(b->s.store, &place, 5000, &made, why), PH_OK);
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;
    struct backup_file list[BACKUP_LIST];
    char dir[BACKUP_PATH], path[BACKUP_PATH], why[STORE_WHY];
    const struct backup_place place = backup_place_of(&b->config, dir);
    size_t n;
    assert_int_equal(backup_files(&place, list, &n, why), PH_OK);
    assert_int_equal(n, 1);
    assert_true(backup_path(&place, list[0].name, path));
    unlink(path);
    assert_true(backup_note_path(dir, list[0].name, path));
    unlink(path);
    rmdir(dir);
    int rc = scratch_end(&b->s);
    free(b);
    return rc;
}

static ino_t data_inode(const struct bench *b)
{
    char path[96];
    struct stat st;
    snprintf(path, sizeof(path), "%s/data.mdb", b->s.dir);
    assert_int_equal(stat(path, &st), 0);
    return st.st_ino;
}

static void left_alone(struct bench *b, const char *word)
{
    struct alert told;
    ino_t before = data_inode(b);
    scratch_close(&b->s);
    guard_store(&b->config, GUARD_STARTS, 5000, &told);
    assert_int_equal(data_inode(b), before);
    assert_string_equal(told.code, "PH-1009");
    assert_non_null(strstr(told.text, word));
}

static void the_store_of_a_newer_program_is_left_alone(void **state)
{
    struct bench *b = *state;
    struct key key = key_text(STR("format")), newer = {.n = 0};
    struct txn *txn;
    key_add_u32(&newer, STORE_FORMAT + 1);
    assert_int_equal(txn_begin_write(b->s.store, &txn), PH_OK);
    txn_put(txn, TABLE_META, key_bytes(&key), key_bytes(&newer));
    assert_int_equal(txn_commit(txn), PH_OK);
    left_alone(b, "install the newer program");
}

static void another_stores_store_is_left_alone(void **state)
{
    struct bench *b = *state;
    snprintf(b->config.poi_id, sizeof(b->config.poi_id), "418");
    left_alone(b, "another store");
    snprintf(b->config.poi_id, sizeof(b->config.poi_id), "417");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_store_of_a_newer_program_is_left_alone),
        T(another_stores_store_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
