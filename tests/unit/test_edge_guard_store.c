/* edge/guard_store: what is no damage is not replaced, also where a good backup lies beside it. */
#include <sys/stat.h>

#include "edge/backup_file.h"
#include "edge/guard.h"
#include "edge/guard_store.h"
#include "storage/key.h"
#include "storage/shape.h"
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

static void put_file(const struct bench *b, const void *bytes, size_t n)
{
    char path[96];
    snprintf(path, sizeof(path), "%s/data.mdb", b->s.dir);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

/* Two meta pages as a box of the other word size writes them. */
static void the_store_of_another_kind_of_box_is_left_alone(void **state)
{
    static const uint32_t MAGIC = 0xBEEFC0DE, PAGE = 4096, LAST = 1;
    const bool here_is_64 = sizeof(size_t) == 8;
    uint8_t pages[8192] = {0};
    for (size_t at = 0; at < sizeof(pages); at += PAGE) {
        memcpy(pages + at + (here_is_64 ? 12 : 16), &MAGIC, 4);
        memcpy(pages + at + (here_is_64 ? 28 : 40), &PAGE, 4);
        memcpy(pages + at + (here_is_64 ? 84 : 136), &LAST, 4);
    }
    put_file(*state, pages, sizeof(pages));
    left_alone(*state, "-bit box");
}

static void the_store_of_a_box_with_other_pages_is_left_alone(void **state)
{
    struct bench *b = *state;
    const uint32_t other = shape_here().page_bytes == 4096 ? 8192 : 4096;
    const size_t at = sizeof(size_t) == 8 ? 40 : 28;
    char path[96];
    snprintf(path, sizeof(path), "%s/data.mdb", b->s.dir);
    FILE *f = fopen(path, "r+be");
    assert_non_null(f);
    assert_int_equal(fseek(f, (long)at, SEEK_SET), 0);
    assert_int_equal(fwrite(&other, 1, sizeof(other), f), sizeof(other));
    fclose(f);
    left_alone(b, "pages of");
}

/* Whether a new one begins there is for people to say. */
static void where_no_store_is_none_is_made(void **state)
{
    put_file(*state, "", 0);
    left_alone(*state, "no store");
}

static void a_store_is_lost_where_only_its_backups_are(void **state)
{
    struct bench *b = *state;
    char backup[BACKUP_NAME];
    assert_false(guard_store_lost(&b->config, backup));
    put_file(b, "", 0);
    assert_true(guard_store_lost(&b->config, backup));
    assert_memory_equal(backup, "poshub-1-417-", 13);
    put_file(b, "x", 1); /* damaged, not lost */
    assert_false(guard_store_lost(&b->config, backup));
    put_file(b, "", 0);
    snprintf(b->config.poi_id, sizeof(b->config.poi_id), "418");
    assert_false(guard_store_lost(&b->config, backup));
    snprintf(b->config.poi_id, sizeof(b->config.poi_id), "417");
    scratch_close(&b->s);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_store_of_a_newer_program_is_left_alone),
        T(another_stores_store_is_left_alone),
        T(the_store_of_another_kind_of_box_is_left_alone),
        T(the_store_of_a_box_with_other_pages_is_left_alone),
        T(where_no_store_is_none_is_made),
        T(a_store_is_lost_where_only_its_backups_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
