/* storage/store: what is committed stays, what is damaged is named, one process at a time. */
#include "tests/unit/storage_scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "storage/record.h"

#define ENV_NOTLS 0x200000u /* MDB_NOTLS, the only flag that is ever set */

static const struct bytes START = {"", 0};

static void assert_value(struct txn *txn, enum table table, const char *key, const char *want)
{
    struct bytes value;
    assert_true(txn_get(txn, table, bytes_z(key), &value));
    assert_int_equal(value.n, strlen(want));
    assert_memory_equal(value.p, want, value.n);
}

static void assert_missing(struct txn *txn, enum table table, const char *key)
{
    struct bytes value;
    assert_false(txn_get(txn, table, bytes_z(key), &value));
    assert_int_equal(txn_error(txn), PH_OK);
}

/* ---- opening ---- */

static void flags_are_lmdb_defaults(void **state)
{
    struct scratch *s = *state;
    assert_int_equal(store_flags(s->store), ENV_NOTLS);
}

static void second_process_is_refused_by_name(void **state)
{
    struct scratch *s = *state;
    char why[STORE_WHY] = "", pid[32];
    int ends[2];
    prctl(PR_SET_NAME, "the holder"); /* under an emulator it would be that one's */
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        struct store *store;
        struct store_options options = {.dir = s->dir, .map_bytes = SCRATCH_MAP};
        enum ph_err err = store_open(&store, &options, why);
        ssize_t n = write(ends[1], why, sizeof(why));
        _exit(err == PH_ERR_LOCKED && n == sizeof(why) ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(read(ends[0], why, sizeof(why)), sizeof(why));
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(status, 0);
    snprintf(pid, sizeof(pid), "pid %ld", (long)getpid());
    assert_non_null(strstr(why, s->dir));
    assert_non_null(strstr(why, "held by the holder,"));
    assert_non_null(strstr(why, pid));
}

static void same_process_is_refused_too(void **state)
{
    struct scratch *s = *state;
    struct store *again;
    char why[STORE_WHY];
    struct store_options options = {.dir = s->dir, .map_bytes = SCRATCH_MAP};
    assert_int_equal(store_open(&again, &options, why), PH_ERR_LOCKED);
    assert_null(again);
}

static void newer_format_is_refused_in_words(void **state)
{
    struct scratch *s = *state;
    struct store *store;
    char why[STORE_WHY];
    struct store_options options = {.dir = s->dir, .map_bytes = SCRATCH_MAP};
    struct key format = {.n = 0};
    struct txn *txn = scratch_write(s);
    key_add_u32(&format, 2);
    txn_put(txn, TABLE_META, bytes_z("format"), key_bytes(&format));
    assert_int_equal(txn_commit(txn), PH_OK);
    scratch_close(s);
    assert_int_equal(store_open(&store, &options, why), PH_ERR_NEWER);
    assert_non_null(strstr(why, "has format 2, this program knows format 1"));
}

static void foreign_file_is_refused(void **state)
{
    struct scratch *s = *state;
    struct store *store;
    char why[STORE_WHY], path[96];
    struct store_options options = {.dir = s->dir, .map_bytes = SCRATCH_MAP};
    scratch_close(s);
    snprintf(path, sizeof(path), "%s/data.mdb", s->dir);
    FILE *file = fopen(path, "wb");
    for (int i = 0; i < 4096; i++)
        fputs("no store ", file);
    fclose(file);
    assert_int_equal(store_open(&store, &options, why), PH_ERR_FORMAT);
    assert_non_null(strstr(why, s->dir));
}

/* On a 32-bit box the configuration allows more than there are addresses for. */
static void map_beyond_addresses_is_refused(void **state)
{
    struct scratch *s = *state;
    struct store *store;
    char why[STORE_WHY];
    struct store_options options = {.dir = s->dir, .map_bytes = SIZE_MAX / 2 + 1};
    scratch_close(s);
    assert_int_equal(store_open(&store, &options, why), PH_ERR_LIMIT);
    assert_non_null(strstr(why, "more than this"));
    options.map_bytes--; /* half of all addresses: a 32-bit box may have so much in one piece */
    enum ph_err err = store_open(&store, &options, why);
    if (err == PH_OK)
        store_close(store);
    else
        assert_non_null(strstr(why, "open: "));
    assert_true(err == PH_ERR_MEMORY || (err == PH_OK && sizeof(size_t) == 4));
}

static void missing_directory_is_made_private(void **state)
{
    struct scratch *s = *state;
    struct stat st;
    scratch_close(s);
    scratch_teardown(state);
    s = calloc(1, sizeof(*s));
    snprintf(s->dir, sizeof(s->dir), "/tmp/poshub-test-made-%ld", (long)getpid());
    *state = s;
    scratch_open(s, SCRATCH_MAP);
    assert_int_equal(stat(s->dir, &st), 0);
    assert_int_equal(st.st_mode & 07, 0);
}

static bool tool_sees_the_alert(const char *dir)
{
    struct store *tool;
    struct bytes value;
    struct txn *txn;
    char why[STORE_WHY];
    struct store_options options = {.dir = dir, .read_only_tool = true};
    if (store_open(&tool, &options, why) != PH_OK || txn_begin_read(tool, &txn) != PH_OK)
        return false;
    bool seen = txn_get(txn, TABLE_ALERT, bytes_z("disk"), &value);
    txn_abort(txn);
    store_close(tool);
    return seen;
}

static void tool_reads_beside_the_holder(void **state)
{
    struct scratch *s = *state;
    int status;
    struct txn *txn = scratch_write(s);
    put_z(txn, TABLE_ALERT, "disk", "full");
    assert_int_equal(txn_commit(txn), PH_OK);
    pid_t child = fork();
    if (child == 0)
        _exit(tool_sees_the_alert(s->dir) ? 0 : 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void tool_makes_no_store(void **state)
{
    struct scratch *s = *state;
    struct store *tool;
    char why[STORE_WHY], path[96];
    struct store_options options = {.dir = path, .read_only_tool = true};
    snprintf(path, sizeof(path), "%s/none", s->dir);
    assert_int_equal(store_open(&tool, &options, why), PH_ERR_NOT_FOUND);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void descriptors_close_on_exec(void **state)
{
    struct scratch *s = *state;
    char link[320], target[160];
    struct dirent *entry;
    int checked = 0;
    DIR *fds = opendir("/proc/self/fd");
    assert_non_null(fds);
    while ((entry = readdir(fds)) != NULL) {
        snprintf(link, sizeof(link), "/proc/self/fd/%s", entry->d_name);
        ssize_t n = readlink(link, target, sizeof(target) - 1);
        if (n <= 0 || strncmp(target, s->dir, strlen(s->dir)) != 0)
            continue;
        assert_int_not_equal(fcntl(atoi(entry->d_name), F_GETFD) & FD_CLOEXEC, 0);
        checked++;
    }
    closedir(fds);
    assert_true(checked >= 3); /* data, its synchronous twin, lock or pid */
}

/* ---- rows ---- */

static void committed_rows_survive_a_reopen(void **state)
{
    struct scratch *s = *state;
    struct txn *txn = scratch_write(s);
    put_z(txn, TABLE_DEVICE, "pos-1", "till");
    put_z(txn, TABLE_DEVICE, "pos-2", "");
    put_z(txn, TABLE_ALERT, "pos-1", "other table");
    assert_int_equal(txn_commit(txn), PH_OK);
    scratch_reopen(s);
    txn = scratch_read(s);
    assert_value(txn, TABLE_DEVICE, "pos-1", "till");
    assert_value(txn, TABLE_DEVICE, "pos-2", "");
    assert_value(txn, TABLE_ALERT, "pos-1", "other table");
    assert_int_equal(txn_entries(txn, TABLE_DEVICE), 2);
    txn_abort(txn);
}

static void aborted_rows_are_gone(void **state)
{
    struct scratch *s = *state;
    struct txn *txn = scratch_write(s);
    assert_false(txn_dirty(txn));
    put_z(txn, TABLE_DEVICE, "pos-1", "till");
    assert_true(txn_dirty(txn));
    txn_abort(txn);
    txn_abort(NULL);
    txn = scratch_read(s);
    assert_missing(txn, TABLE_DEVICE, "pos-1");
    txn_abort(txn);
}

static void delete_of_a_missing_row_is_fine(void **state)
{
    struct scratch *s = *state;
    struct txn *txn = scratch_write(s);
    put_z(txn, TABLE_DEVICE, "pos-1", "till");
    txn_del(txn, TABLE_DEVICE, bytes_z("pos-1"));
    txn_del(txn, TABLE_DEVICE, bytes_z("pos-1"));
    assert_missing(txn, TABLE_DEVICE, "pos-1");
    assert_int_equal(txn_commit(txn), PH_OK);
}

static void reader_keeps_its_snapshot(void **state)
{
    struct scratch *s = *state;
    struct txn *reader = scratch_read(s), *txn = scratch_write(s);
    put_z(txn, TABLE_DEVICE, "pos-1", "till");
    assert_int_equal(txn_commit(txn), PH_OK);
    assert_missing(reader, TABLE_DEVICE, "pos-1");
    txn_abort(reader);
    reader = scratch_read(s);
    assert_value(reader, TABLE_DEVICE, "pos-1", "till");
    assert_int_equal(txn_commit(reader), PH_OK);
}

static void readers_are_bounded(void **state)
{
    struct scratch *s = *state;
    struct txn *held[64], *one_more;
    size_t n = 0;
    while (n < 64 && txn_begin_read(s->store, &held[n]) == PH_OK)
        n++;
    assert_int_equal(n, 16);
    assert_int_equal(txn_begin_read(s->store, &one_more), PH_ERR_LIMIT);
    while (n > 0)
        txn_abort(held[--n]);
    assert_int_equal(store_reader_check(s->store), 0);
}

static void append_below_the_last_key_sticks(void **state)
{
    struct scratch *s = *state;
    struct key low = key_u64(6), high = key_u64(7);
    struct bytes value;
    struct txn *txn = scratch_write(s);
    txn_append(txn, TABLE_ORDER_OPEN, key_bytes(&high), bytes_z("seven"));
    assert_int_equal(txn_error(txn), PH_OK);
    txn_append(txn, TABLE_ORDER_OPEN, key_bytes(&low), bytes_z("six"));
    assert_int_equal(txn_error(txn), PH_ERR_IO);
    assert_string_not_equal(txn_fault(txn), "");
    assert_false(txn_get(txn, TABLE_ORDER_OPEN, key_bytes(&high), &value));
    assert_int_equal(txn_commit(txn), PH_ERR_IO);
    txn = scratch_read(s);
    assert_int_equal(txn_entries(txn, TABLE_ORDER_OPEN), 0);
    txn_abort(txn);
}

/* ---- walks ---- */

static void put_letters(struct scratch *s, const char *letters)
{
    struct txn *txn = scratch_write(s);
    for (; *letters; letters++)
        txn_put(txn, TABLE_ALERT, (struct bytes){letters, 1}, (struct bytes){letters, 1});
    assert_int_equal(txn_commit(txn), PH_OK);
}

static void assert_walk(struct scratch *s, const char *from, bool backward, const char *want)
{
    char seen[32];
    size_t n = 0;
    struct txn *txn = scratch_read(s);
    struct scan scan = scan_begin(txn, TABLE_ALERT, bytes_z(from), backward);
    while (scan_next(&scan))
        seen[n++] = *(const char *)scan.value.p;
    scan_end(&scan);
    seen[n] = 0;
    assert_int_equal(txn_error(txn), PH_OK);
    txn_abort(txn);
    assert_string_equal(seen, want);
}

static void walks_start_where_they_should(void **state)
{
    struct scratch *s = *state;
    assert_walk(s, "", false, "");
    assert_walk(s, "", true, "");
    put_letters(s, "bdf");
    assert_walk(s, "", false, "bdf");
    assert_walk(s, "d", false, "df");
    assert_walk(s, "c", false, "df");
    assert_walk(s, "g", false, "");
    assert_walk(s, "", true, "fdb");
    assert_walk(s, "d", true, "db");
    assert_walk(s, "e", true, "db");
    assert_walk(s, "g", true, "fdb");
    assert_walk(s, "a", true, "");
}

static void walk_deletes_as_it_goes(void **state)
{
    struct scratch *s = *state;
    put_letters(s, "abcdef");
    struct txn *txn = scratch_write(s);
    struct scan scan = scan_begin(txn, TABLE_ALERT, bytes_z("b"), false);
    for (int i = 0; scan_next(&scan); i++) {
        if (i % 2 == 0)
            scan_del(&scan);
    }
    scan_end(&scan);
    assert_int_equal(txn_commit(txn), PH_OK);
    assert_walk(s, "", false, "ace");
    txn = scratch_write(s);
    scan = scan_begin(txn, TABLE_ALERT, START, true);
    while (scan_next(&scan))
        scan_del(&scan);
    scan_end(&scan);
    assert_int_equal(txn_commit(txn), PH_OK);
    assert_walk(s, "", false, "");
}

/* ---- damage ---- */

static void make_damaged(struct scratch *s)
{
    struct txn *txn = scratch_write(s);
    put_z(txn, TABLE_DEVICE, "pos-1", "first record");
    put_z(txn, TABLE_DEVICE, "pos-2", "second record");
    put_z(txn, TABLE_DEVICE, "pos-3", "third record");
    assert_int_equal(txn_commit(txn), PH_OK);
    scratch_close(s);
    assert_true(scratch_damage(s, "second record") > 0);
    scratch_open(s, SCRATCH_MAP);
}

static void flipped_bit_is_named_and_the_rest_reads(void **state)
{
    struct scratch *s = *state;
    struct bytes value;
    make_damaged(s);
    struct txn *txn = scratch_read(s);
    assert_value(txn, TABLE_DEVICE, "pos-1", "first record");
    assert_value(txn, TABLE_DEVICE, "pos-3", "third record");
    assert_false(txn_get(txn, TABLE_DEVICE, bytes_z("pos-2"), &value));
    assert_int_equal(txn_error(txn), PH_ERR_BAD_RECORD);
    assert_string_equal(txn_fault(txn), "table device, key pos-2: checksum does not match");
    assert_false(txn_get(txn, TABLE_DEVICE, bytes_z("pos-1"), &value));
    txn_abort(txn);
}

static void walk_stops_at_damage_or_counts_it(void **state)
{
    struct scratch *s = *state;
    int n = 0;
    make_damaged(s);
    struct txn *txn = scratch_read(s);
    struct scan scan = scan_begin(txn, TABLE_DEVICE, START, false);
    scan.skip_bad = true;
    while (scan_next(&scan))
        n++;
    scan_end(&scan);
    assert_int_equal(n, 2);
    assert_int_equal(scan.bad, 1);
    assert_int_equal(txn_error(txn), PH_OK);
    scan = scan_begin(txn, TABLE_DEVICE, START, false);
    assert_true(scan_next(&scan));
    assert_false(scan_next(&scan));
    scan_end(&scan);
    assert_int_equal(txn_error(txn), PH_ERR_BAD_RECORD);
    assert_int_equal(txn_commit(txn), PH_ERR_BAD_RECORD);
}

static void record_under_a_wrong_key_or_table_is_damaged(void **state)
{
    (void)state;
    uint8_t raw[RECORD_HEAD + 3];
    struct bytes value, all = {raw, sizeof(raw)};
    record_write(TABLE_DEVICE, bytes_z("pos-1"), bytes_z("abc"), raw);
    assert_null(record_read(TABLE_DEVICE, bytes_z("pos-1"), all, &value));
    assert_memory_equal(value.p, "abc", 3);
    assert_non_null(record_read(TABLE_DEVICE, bytes_z("pos-2"), all, &value));
    assert_non_null(record_read(TABLE_ALERT, bytes_z("pos-1"), all, &value));
    assert_non_null(record_read(TABLE_DEVICE, bytes_z("pos-1"), (struct bytes){raw, 4}, &value));
    raw[0]++;
    assert_string_equal(record_read(TABLE_DEVICE, bytes_z("pos-1"), all, &value),
                        "unknown version");
}

static void rules_can_call_a_record_bad(void **state)
{
    struct scratch *s = *state;
    struct key key = key_u64(258);
    struct txn *txn = scratch_read(s);
    txn_set_bad(txn, TABLE_ORDER_OPEN, key_bytes(&key));
    assert_string_equal(txn_fault(txn),
                        "table order_open, key 0000000000000102: payload does not decode");
    assert_int_equal(txn_commit(txn), PH_ERR_BAD_RECORD);
}

/* ---- space ---- */

static enum ph_err put_kilobytes(struct scratch *s, uint64_t first, uint64_t n)
{
    static const char block[1024];
    struct txn *txn = scratch_write(s);
    for (uint64_t i = first; i < first + n; i++) {
        struct key key = key_u64(i);
        txn_put(txn, TABLE_ORDER_DONE, key_bytes(&key), (struct bytes){block, sizeof(block)});
    }
    return txn_commit(txn);
}

static void full_map_refuses_and_keeps_what_it_has(void **state)
{
    struct scratch *s = *state;
    enum ph_err err = PH_OK;
    uint64_t done = 0;
    scratch_close(s);
    scratch_open(s, 1u << 20);
    while (done < 4096 && err == PH_OK) {
        err = put_kilobytes(s, done, 16);
        if (err == PH_OK)
            done += 16;
    }
    assert_int_equal(err, PH_ERR_FULL);
    assert_true(done > 256);
    for (int reopened = 0; reopened < 2; reopened++) {
        struct txn *txn = scratch_read(s);
        assert_int_equal(txn_entries(txn, TABLE_ORDER_DONE), done);
        txn_abort(txn);
        scratch_reopen(s);
    }
    assert_int_equal(put_kilobytes(s, done, 512), PH_OK);
}

static void fill_falls_when_rows_go(void **state)
{
    struct scratch *s = *state;
    uint32_t empty, full, after;
    assert_int_equal(store_fill(s->store, &empty), PH_OK);
    assert_int_equal(put_kilobytes(s, 0, 16384), PH_OK);
    assert_int_equal(store_fill(s->store, &full), PH_OK);
    struct txn *txn = scratch_write(s);
    struct scan scan = scan_begin(txn, TABLE_ORDER_DONE, START, false);
    while (scan_next(&scan))
        scan_del(&scan);
    scan_end(&scan);
    assert_int_equal(txn_commit(txn), PH_OK);
    assert_int_equal(store_fill(s->store, &after), PH_OK);
    assert_true(empty < 10);
    assert_in_range(full, 250, 700);
    assert_true(after < 20);
    assert_int_equal(store_map_bytes(s->store), SCRATCH_MAP);
}

/* ---- crash ---- */

#define KILLS 20

/* Commits rising numbers for ever and says each through the pipe once it is committed. */
static void commit_until_killed(struct scratch *s, int out)
{
    char why[STORE_WHY];
    struct txn *txn;
    struct store_options options = {.dir = s->dir, .map_bytes = SCRATCH_MAP};
    if (store_open(&s->store, &options, why) != PH_OK || txn_begin_read(s->store, &txn) != PH_OK)
        _exit(1);
    uint64_t next = txn_entries(txn, TABLE_REPLY) + 1;
    txn_abort(txn);
    for (;; next++) {
        struct key key = key_u64(next);
        if (txn_begin_write(s->store, &txn) != PH_OK)
            _exit(2);
        txn_append(txn, TABLE_REPLY, key_bytes(&key), key_bytes(&key));
        if (txn_commit(txn) != PH_OK || write(out, &next, sizeof(next)) != sizeof(next))
            _exit(3);
    }
}

static uint64_t run_and_kill(struct scratch *s, useconds_t after_us)
{
    int ends[2], status;
    uint64_t next, said = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0)
        commit_until_killed(s, ends[1]);
    close(ends[1]);
    assert_int_equal(read(ends[0], &said, sizeof(said)), sizeof(said));
    usleep(after_us);
    kill(child, SIGKILL);
    while (read(ends[0], &next, sizeof(next)) == sizeof(next))
        said = next;
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    return said;
}

static void assert_rows_up_to(struct scratch *s, uint64_t said)
{
    uint64_t due = 1;
    scratch_open(s, SCRATCH_MAP);
    struct txn *txn = scratch_read(s);
    struct scan scan = scan_begin(txn, TABLE_REPLY, START, false);
    while (scan_next(&scan))
        assert_int_equal(key_get_u64(scan.value.p), due++);
    scan_end(&scan);
    assert_int_equal(txn_error(txn), PH_OK);
    txn_abort(txn);
    scratch_close(s);
    assert_true(due - 1 >= said);
}

static void killed_process_loses_nothing_it_acknowledged(void **state)
{
    struct scratch *s = *state;
    scratch_close(s);
    for (unsigned i = 0; i < KILLS; i++)
        assert_rows_up_to(s, run_and_kill(s, i * 1700 % 20000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(flags_are_lmdb_defaults),
        SCRATCH_TEST(second_process_is_refused_by_name),
        SCRATCH_TEST(same_process_is_refused_too),
        SCRATCH_TEST(newer_format_is_refused_in_words),
        SCRATCH_TEST(foreign_file_is_refused),
        SCRATCH_TEST(map_beyond_addresses_is_refused),
        SCRATCH_TEST(missing_directory_is_made_private),
        SCRATCH_TEST(tool_reads_beside_the_holder),
        SCRATCH_TEST(tool_makes_no_store),
        SCRATCH_TEST(descriptors_close_on_exec),
        SCRATCH_TEST(committed_rows_survive_a_reopen),
        SCRATCH_TEST(aborted_rows_are_gone),
        SCRATCH_TEST(delete_of_a_missing_row_is_fine),
        SCRATCH_TEST(reader_keeps_its_snapshot),
        SCRATCH_TEST(readers_are_bounded),
        SCRATCH_TEST(append_below_the_last_key_sticks),
        SCRATCH_TEST(walks_start_where_they_should),
        SCRATCH_TEST(walk_deletes_as_it_goes),
        SCRATCH_TEST(flipped_bit_is_named_and_the_rest_reads),
        SCRATCH_TEST(walk_stops_at_damage_or_counts_it),
        cmocka_unit_test(record_under_a_wrong_key_or_table_is_damaged),
        SCRATCH_TEST(rules_can_call_a_record_bad),
        SCRATCH_TEST(full_map_refuses_and_keeps_what_it_has),
        SCRATCH_TEST(fill_falls_when_rows_go),
        SCRATCH_TEST(killed_process_loses_nothing_it_acknowledged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
