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
    backup_kept(list, n, 24, stays);
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
    backup_kept(list, hourly(list, 24), 24, stays);
    assert_int_equal(count(stays, 24), 24);
    backup_kept(list, 0, 1, stays);
}

static void one_kept_is_the_newest_and_one_a_day(void **state)
{
    struct backup_file list[24];
    bool stays[24];
    (void)state;
    backup_kept(list, hourly(list, 24), 1, stays);
    assert_true(stays[0]);
    assert_int_equal(count(stays, 24), 2);
}

/* One from the time to come is one of the seven days, and no more: the others' days stay. */
static void a_clock_that_was_wrong_once_costs_one_day(void **state)
{
    struct backup_file list[BACKUP_LIST];
    bool stays[BACKUP_LIST];
    size_t n = hourly(list, BACKUP_LIST);
    (void)state;
    list[3].at_ms += 4000 * DAY_MS;
    backup_kept(list, n, 1, stays);
    assert_true(stays[3]);
    assert_int_equal(count(stays, n), 1 + BACKUP_DAYS - 1);
    for (size_t i = 0; i < n; i++) /* after a boot in 1970, too */
        list[i].at_ms -= list[i].at_ms > NOON_MS ? 0 : NOON_MS - DAY_MS;
    backup_kept(list, n, 1, stays);
    assert_int_equal(count(stays, n), BACKUP_DAYS);
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
    char why[STORE_WHY];
    size_t n;
    assert_int_equal(backup_files(&b->place, list, &n, why), PH_OK);
    for (; n > 0; n--) {
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

static size_t list_of(const struct bench *b, struct backup_file list[BACKUP_LIST])
{
    char why[STORE_WHY];
    size_t n;
    assert_int_equal(backup_files(&b->place, list, &n, why), PH_OK);
    return n;
}

static void a_backup_is_listed_as_it_was_made(void **state)
{
    struct bench *b = *state;
    struct backup_file made, list[BACKUP_LIST];
    char why[STORE_WHY], path[BACKUP_PATH];
    struct check_report r;
    struct stat st, note;
    assert_int_equal(list_of(b, list), 0);
    assert_int_equal(backup_make(b->s.store, &b->place, NOON_MS, &made, why), PH_OK);
    assert_string_equal(made.name, "poshub-1-417-20241004T120000Z");
    assert_int_equal(list_of(b, list), 1);
    assert_string_equal(list[0].name, made.name);
    assert_string_equal(list[0].sha256, made.sha256);
    assert_int_equal(list[0].at_ms, NOON_MS);
    assert_int_equal(list[0].bytes, made.bytes);
    assert_int_equal(list[0].records, made.records);
    assert_true(backup_path(&b->place, made.name, path));
    assert_int_equal(backup_verify(path, &ID, true, &r), PH_OK);
    assert_int_equal(stat(path, &st), 0);
    assert_true(backup_note_path(b->dir, made.name, path));
    assert_int_equal(stat(path, &note), 0);
    assert_int_equal(st.st_mode, note.st_mode);
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
    assert_int_equal(list_of(b, list), 0);
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

/* ---- which is the newest ---- */

#define LATER_MS (NOON_MS + 4000 * DAY_MS)

static void make(struct bench *b, int64_t now_ms, struct backup_file *made)
{
    char why[STORE_WHY];
    if (backup_make(b->s.store, &b->place, now_ms, made, why) != PH_OK)
        fail_msg("%s", why);
}

static void the_newest_is_the_last_that_was_made_whatever_the_clock_said(void **state)
{
    static const int64_t CLOCK_MS[] = {NOON_MS, LATER_MS, 5000, NOON_MS + HOUR_MS};
    struct bench *b = *state;
    struct backup_file made[4], list[BACKUP_LIST];
    for (size_t i = 0; i < 4; i++)
        make(b, CLOCK_MS[i], &made[i]);
    assert_int_equal(list_of(b, list), 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(list[i].name, made[3 - i].name);
        assert_int_equal(list[i].turn, 4 - i);
    }
}

static void one_that_was_just_made_stays(void **state)
{
    struct bench *b = *state;
    struct backup_file made, list[BACKUP_LIST];
    b->place.keep = 1;
    for (int64_t i = 9; i > 0; i--)
        make(b, i * 1000, &made); /* each boot is earlier on the same lost day */
    assert_string_equal(made.name, "poshub-1-417-19700101T000001Z");
    assert_int_equal(list_of(b, list), 1);
    assert_string_equal(list[0].name, made.name);
}

static void those_of_one_second_have_a_name_each(void **state)
{
    struct bench *b = *state;
    struct backup_file made, list[BACKUP_LIST];
    for (int i = 0; i < 11; i++)
        make(b, 5000, &made);
    assert_string_equal(made.name, "poshub-1-417-19700101T000005Z-11");
    assert_int_equal(list_of(b, list), 11);
    assert_string_equal(list[0].name, made.name);
    assert_string_equal(list[1].name, "poshub-1-417-19700101T000005Z-10");
    assert_string_equal(list[10].name, "poshub-1-417-19700101T000005Z");
}

/* Stands for a backup where only its place in the list matters. */
static void fake(struct bench *b, const char *stamp, const char *note)
{
    char name[BACKUP_NAME], path[BACKUP_PATH];
    mkdir(b->dir, 0750);
    snprintf(name, sizeof(name), "poshub-1-417-%s", stamp);
    assert_true(backup_path(&b->place, name, path));
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fclose(f);
    if (note == NULL || !backup_note_path(b->dir, name, path))
        return;
    f = fopen(path, "w");
    assert_non_null(f);
    fputs(note, f);
    fclose(f);
}

static void the_turn_decides_then_the_position_then_the_name(void **state)
{
    static const char *const STAMPS[] = {
        "20250101T000000Z", "20250102T000000Z", "20380101T000000Z", "20260102T000000Z-2",
        "20260102T000000Z", "20260101T000000Z", "20390101T000000Z", "20240101T000000Z-999"};
    struct bench *b = *state;
    struct backup_file list[BACKUP_LIST];
    fake(b, STAMPS[7], "{not a note");
    fake(b, STAMPS[6], NULL);
    fake(b, STAMPS[5], "{\"epoch\":1,\"seq\":9}");
    fake(b, STAMPS[4], "{\"epoch\":2,\"seq\":9}");
    fake(b, STAMPS[3], "{\"epoch\":2,\"seq\":9}");
    fake(b, STAMPS[2], "{\"epoch\":2,\"seq\":10}");
    fake(b, STAMPS[1], "{\"turn\":6,\"epoch\":5,\"seq\":9000}");
    fake(b, STAMPS[0], "{\"turn\":7,\"epoch\":1,\"seq\":3}"); /* of a store begun anew */
    fake(b, "20260101T000000Z-1", NULL);
    fake(b, "20260101T000000Z-1000", NULL);
    fake(b, "20260101T000000Z-02", NULL);
    fake(b, "20260101T000000Z-", NULL);
    assert_int_equal(list_of(b, list), 8);
    for (size_t i = 0; i < 8; i++)
        assert_string_equal(list[i].name + strlen("poshub-1-417-"), STAMPS[i]);
    fake(b, "x", NULL);
    for (size_t i = 0; i < 5; i++) {
        static const char *const STRANGE[] = {"20260101T000000Z-1", "20260101T000000Z-1000",
                                              "20260101T000000Z-02", "20260101T000000Z-", "x"};
        char path[BACKUP_PATH];
        snprintf(path, sizeof(path), "%s/poshub-1-417-%s.mdb", b->dir, STRANGE[i]);
        assert_int_equal(unlink(path), 0);
    }
}

static void a_turn_goes_up_to_its_limit(void **state)
{
    struct bench *b = *state;
    struct backup_file next;
    char why[STORE_WHY];
    fake(b, "20260101T000000Z", "{\"turn\":4503599627370495,\"epoch\":1,\"seq\":9}");
    assert_int_equal(backup_next(&b->place, NOON_MS, &next, why), PH_OK);
    assert_int_equal(next.turn, BACKUP_TURN_MAX);
    fake(b, "20260102T000000Z", "{\"turn\":4503599627370496,\"epoch\":1,\"seq\":9}");
    assert_int_equal(backup_next(&b->place, NOON_MS, &next, why), PH_OK);
    assert_int_equal(next.turn, BACKUP_TURN_MAX);
    fake(b, "20260102T000000Z", "{\"turn\":4503599627370497,\"epoch\":1,\"seq\":9}");
    fake(b, "20260101T000000Z", "{\"turn\":3,\"epoch\":1,\"seq\":9}");
    assert_int_equal(backup_next(&b->place, NOON_MS, &next, why), PH_OK);
    assert_int_equal(next.turn, 4);
}

/* The notes alone take the names, too. */
static void take_name(struct bench *b, int nth, bool give_back)
{
    char path[BACKUP_PATH], number[16] = "";
    if (nth > 1)
        snprintf(number, sizeof(number), "-%d", nth);
    snprintf(path, sizeof(path), "%s/poshub-1-417-19700101T000005Z%s.json", b->dir, number);
    if (give_back) {
        assert_int_equal(unlink(path), 0);
        return;
    }
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fclose(f);
}

static void no_more_of_one_second_than_a_number_tells_apart(void **state)
{
    struct bench *b = *state;
    struct backup_file next;
    char why[STORE_WHY];
    mkdir(b->dir, 0750);
    for (int i = 1; i < BACKUP_SECOND_MAX; i++)
        take_name(b, i, false);
    assert_int_equal(backup_next(&b->place, 5000, &next, why), PH_OK);
    assert_string_equal(next.name, "poshub-1-417-19700101T000005Z-999");
    take_name(b, BACKUP_SECOND_MAX, false);
    assert_int_equal(backup_next(&b->place, 5000, &next, why), PH_ERR_LIMIT);
    assert_non_null(strstr(why, "999 backups are of 19700101T000005Z already"));
    for (int i = 1; i <= BACKUP_SECOND_MAX; i++)
        take_name(b, i, true);
}

static void a_directory_that_is_none_is_named(void **state)
{
    struct bench *b = *state;
    struct backup_file list[BACKUP_LIST];
    char why[STORE_WHY];
    size_t n = 7;
    FILE *f = fopen(b->dir, "w");
    assert_non_null(f);
    fclose(f);
    assert_int_equal(backup_files(&b->place, list, &n, why), PH_ERR_IO);
    assert_int_equal(n, 0);
    assert_non_null(strstr(why, b->dir));
    assert_non_null(strstr(why, "Not a directory"));
    assert_int_equal(unlink(b->dir), 0);
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

static void leave(const char *dir, const char *name, const char *text)
{
    char path[192];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static void knows(const struct bench *b, const char *want)
{
    char path[192], text[16] = "";
    snprintf(path, sizeof(path), "%s/authority", b->s.dir);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    (void)!fread(text, 1, sizeof(text) - 1, f);
    fclose(f);
    assert_string_equal(text, want);
}

static void the_authority_goes_with_the_store_or_not_at_all(void **state)
{
    struct bench *b = *state;
    char dir[128], path[192];
    snprintf(dir, sizeof(dir), "%s/restoring", b->s.dir);
    leave(b->s.dir, "authority", "old");
    assert_int_equal(mkdir(dir, 0750), 0);
    leave(dir, "data.mdb", "");
    leave(dir, "authority", "new");
    assert_true(backup_restore_sweep(b->s.dir)); /* before the rename */
    knows(b, "old");
    assert_int_equal(mkdir(dir, 0750), 0);
    leave(dir, "authority", "new");
    assert_true(backup_restore_sweep(b->s.dir)); /* after it */
    knows(b, "new");
    assert_int_equal(mkdir(dir, 0750), 0);
    assert_true(backup_restore_sweep(b->s.dir)); /* before anything was made */
    knows(b, "new");
    snprintf(path, sizeof(path), "%s/authority", b->s.dir);
    unlink(path);
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
        cmocka_unit_test(a_clock_that_was_wrong_once_costs_one_day),
        T(a_backup_is_listed_as_it_was_made),
        T(a_store_at_the_alarm_is_not_copied),
        T(a_directory_that_cannot_be_made_is_named),
        T(the_newest_is_the_last_that_was_made_whatever_the_clock_said),
        T(one_that_was_just_made_stays),
        T(those_of_one_second_have_a_name_each),
        T(the_turn_decides_then_the_position_then_the_name),
        T(a_turn_goes_up_to_its_limit),
        T(no_more_of_one_second_than_a_number_tells_apart),
        T(a_directory_that_is_none_is_named),
        T(a_sweep_finds_only_what_a_restore_left),
        T(the_authority_goes_with_the_store_or_not_at_all),
        cmocka_unit_test(keep_has_its_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
