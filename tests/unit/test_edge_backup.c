/* Which backups stay, what is refused before anything is copied, and what a listing tells. */
#include <sys/stat.h>

#include "edge/backup_file.h"
#include "edge/backup_restore.h"
#include "tests/unit/storage_scratch.h"

#define HOUR_MS (3600LL * 1000)
#define DAY_MS  (24 * HOUR_MS)
#define NOON_MS (20000 * DAY_MS + 12 * HOUR_MS)

static const struct store_identity ID = {{"1", 1}, {"417", 3}};

/* ---- which stay ---- */

/* One an hour, newest first. */
static size_t hourly(struct backup_file *list, size_t n)
{
    memset(list, 0, n * sizeof(*list));
    for (size_t i = 0; i < n; i++)
        list[i].at_ms = NOON_MS - (int64_t)i * HOUR_MS;
    return n;
}

static size_t count(const bool *stays, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        kept += stays[i];
    return kept;
}

static void the_newest_stay_and_the_last_of_each_day_of_a_week(void **state)
{
    struct backup_file list[BACKUP_LIST];
    bool stays[BACKUP_LIST];
    size_t n = hourly(list, BACKUP_LIST);
    (void)state;
    backup_kept(list, n, 24, NOON_MS, stays);
    for (size_t i = 0; i < 24; i++)
        assert_true(stays[i]);
    assert_false(stays[24]);
    /* yesterday has its last one among the 24; the five days before it have one each */
    assert_int_equal(count(stays, n), 24 + 5);
    for (size_t i = 24; i < n; i++)
        if (stays[i])
            assert_int_equal(list[i].at_ms % DAY_MS, 23 * HOUR_MS);
}

static void few_backups_all_stay(void **state)
{
    struct backup_file list[24];
    bool stays[24];
    (void)state;
    backup_kept(list, hourly(list, 24), 24, NOON_MS, stays);
    assert_int_equal(count(stays, 24), 24);
    backup_kept(list, 0, 1, NOON_MS, stays);
}

static void one_kept_is_the_newest_and_one_a_day(void **state)
{
    struct backup_file list[24];
    bool stays[24];
    (void)state;
    backup_kept(list, hourly(list, 24), 1, NOON_MS, stays);
    assert_true(stays[0]);
    assert_int_equal(count(stays, 24), 2);
}

/* A week in which nobody made one: the old ones are not a day's of the last week, but the newest.
 */
static void old_ones_stay_while_they_are_the_newest(void **state)
{
    struct backup_file list[4];
    bool stays[4];
    (void)state;
    backup_kept(list, hourly(list, 4), 2, NOON_MS + 30 * DAY_MS, stays);
    assert_true(stays[0] && stays[1]);
    assert_false(stays[2] || stays[3]);
}

/* ---- one backup ---- */

struct bench {
    struct scratch s;
    char dir[96];
    struct backup_place place;
};

static int setup(void **state)
{
    static const uint8_t SECRET[32] = {7};
    struct bench *b = calloc(1, sizeof(*b));
    struct txn *txn;
    struct journal j;
    assert_non_null(b);
    scratch_begin(&b->s);
    snprintf(b->dir, sizeof(b->dir), "%s/backup", b->s.dir);
    b->place = (struct backup_place){.dir = b->dir, .id = ID, .keep = 24, .alarm_percent = 60};
    assert_int_equal(txn_begin_write(b->s.store, &txn), PH_OK);
    identity_keep(txn, &ID);
    journal_create(&j, txn, &ID, SECRET);
    assert_int_equal(txn_commit(txn), PH_OK);
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;
    struct backup_file list[BACKUP_LIST];
    char path[BACKUP_PATH];
    for (size_t n = backup_files(&b->place, list); n > 0; n--) {
        assert_true(backup_path(&b->place, list[n - 1].name, path));
        unlink(path);
        memcpy(path + strlen(path) - 4, ".json", 6);
        unlink(path);
    }
    rmdir(b->dir);
    int rc = scratch_end(&b->s);
    free(b);
    return rc;
}

static void a_backup_is_listed_as_it_was_made(void **state)
{
    struct bench *b = *state;
    struct backup_file made, list[BACKUP_LIST];
    char why[STORE_WHY], path[BACKUP_PATH];
    struct check_report r;
    assert_int_equal(backup_files(&b->place, list), 0);
    assert_int_equal(backup_make(b->s.store, &b->place, NOON_MS, &made, why), PH_OK);
    assert_string_equal(made.name, "poshub-1-417-20241004T120000Z");
    assert_int_equal(backup_files(&b->place, list), 1);
    assert_string_equal(list[0].name, made.name);
    assert_string_equal(list[0].sha256, made.sha256);
    assert_int_equal(list[0].at_ms, NOON_MS);
    assert_int_equal(list[0].bytes, made.bytes);
    assert_int_equal(list[0].records, made.records);
    assert_true(backup_path(&b->place, made.name, path));
    assert_int_equal(backup_verify(path, &ID, true, &r), PH_OK);
}

static void a_store_at_the_alarm_is_not_copied(void **state)
{
    struct bench *b = *state;
    struct backup_file made, list[BACKUP_LIST];
    char why[STORE_WHY];
    uint32_t permille;
    assert_int_equal(store_fill(b->s.store, &permille), PH_OK);
    b->place.alarm_percent = permille / 10;
    assert_int_equal(backup_make(b->s.store, &b->place, NOON_MS, &made, why), PH_ERR_FULL);
    assert_non_null(strstr(why, "% full"));
    assert_int_equal(backup_files(&b->place, list), 0);
    b->place.alarm_percent = permille / 10 + 1;
    assert_int_equal(backup_make(b->s.store, &b->place, NOON_MS, &made, why), PH_OK);
}

static void a_directory_that_cannot_be_made_is_named(void **state)
{
    struct bench *b = *state;
    struct backup_file made;
    char why[STORE_WHY];
    const struct backup_place nowhere = {
        .dir = "/nowhere/at/all", .id = ID, .keep = 24, .alarm_percent = 60};
    assert_int_equal(backup_make(b->s.store, &nowhere, NOON_MS, &made, why), PH_ERR_IO);
    assert_non_null(strstr(why, "/nowhere/at/all"));
}

/* ---- sweeping ---- */

static void a_sweep_finds_only_what_a_restore_left(void **state)
{
    struct bench *b = *state;
    char dir[128], file[160];
    assert_false(backup_restore_sweep(b->s.dir));
    snprintf(dir, sizeof(dir), "%s/restoring", b->s.dir);
    snprintf(file, sizeof(file), "%s/data.mdb", dir);
    assert_int_equal(mkdir(dir, 0750), 0);
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    fclose(f);
    assert_true(backup_restore_sweep(b->s.dir));
    assert_int_not_equal(access(dir, F_OK), 0);
    assert_false(backup_restore_sweep(b->s.dir));
}

/* ---- configuration ---- */

static enum ph_err read_conf(const char *line, struct config *c, char *why)
{
    char path[] = "/tmp/poshub-conf-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    dprintf(fd, "[store]\nbrand_id = 1\npoi_id = 417\n[backup]\n%s\n", line);
    close(fd);
    memset(c, 0, sizeof(*c));
    enum ph_err err = config_read(path, c, why);
    unlink(path);
    return err;
}

static void keep_has_its_limits(void **state)
{
    struct config c;
    char why[CONFIG_WHY], buf[BACKUP_PATH];
    (void)state;
    assert_int_equal(read_conf("", &c, why), PH_OK);
    assert_int_equal(c.backup_keep, 24);
    assert_string_equal(backup_place_of(&c, buf).dir, "/var/lib/poshub/backup");
    assert_int_equal(read_conf("keep = 1", &c, why), PH_OK);
    assert_int_equal(read_conf("keep = 200", &c, why), PH_OK);
    assert_int_equal(c.backup_keep, BACKUP_KEEP_MOST);
    assert_int_equal(read_conf("keep = 0", &c, why), PH_ERR_CONFIG);
    assert_int_equal(read_conf("keep = 201", &c, why), PH_ERR_CONFIG);
    assert_non_null(strstr(why, "expected 1..200"));
    assert_int_equal(read_conf("dir = backup", &c, why), PH_ERR_CONFIG);
    assert_int_equal(read_conf("dir = /media/usb", &c, why), PH_OK);
    assert_string_equal(backup_place_of(&c, buf).dir, "/media/usb");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_stay_and_the_last_of_each_day_of_a_week),
        cmocka_unit_test(few_backups_all_stay),
        cmocka_unit_test(one_kept_is_the_newest_and_one_a_day),
        cmocka_unit_test(old_ones_stay_while_they_are_the_newest),
        T(a_backup_is_listed_as_it_was_made),
        T(a_store_at_the_alarm_is_not_copied),
        T(a_directory_that_cannot_be_made_is_named),
        T(a_sweep_finds_only_what_a_restore_left),
        cmocka_unit_test(keep_has_its_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
