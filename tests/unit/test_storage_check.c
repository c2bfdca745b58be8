/* Copies, checks and exports: what is damaged is named, what is foreign is refused by name. */
#include <fcntl.h>
#include <sys/stat.h>

#include "storage/apart.h"
#include "storage/copy.h"
#include "storage/dump.h"
#include "storage/shape.h"
#include "tests/unit/storage_scratch.h"

static const struct store_identity ID = {{"1", 1}, {"417", 3}}, OTHER = {{"1", 1}, {"418", 3}};
static const struct str BODY = STR("{\"a\":1}");
#define EVENTS 3

struct bench {
    struct scratch s;
    char copy[96], other[96];
};

/* Every table has a record whose payload is found again in the file: "payload-TABLE". */
static void fill(struct store *store)
{
    static const uint8_t SECRET[32] = {7};
    struct txn *txn;
    struct journal j;
    assert_int_equal(txn_begin_write(store, &txn), PH_OK);
    identity_keep(txn, &ID);
    journal_create(&j, txn, &ID, SECRET);
    for (int i = 0; i < EVENTS; i++)
        journal_append(&j, EVENT_MENU, 1000 + i, BODY);
    journal_save(&j);
    for (enum table t = 0; t < TABLE_COUNT; t++) {
        struct key key = key_text(STR("a-key"));
        char value[64];
        int n = snprintf(value, sizeof(value), "payload-%s.", table_name(t));
        if (t != TABLE_JOURNAL && t != TABLE_BODY)
            txn_put(txn, t, key_bytes(&key), (struct bytes){value, (size_t)n});
    }
    assert_int_equal(txn_commit(txn), PH_OK);
}

static int setup(void **state)
{
    char why[STORE_WHY];
    struct bench *b = calloc(1, sizeof(*b));
    assert_non_null(b);
    scratch_begin(&b->s);
    fill(b->s.store);
    snprintf(b->copy, sizeof(b->copy), "%s/copy.mdb", b->s.dir);
    snprintf(b->other, sizeof(b->other), "%s/other", b->s.dir);
    assert_int_equal(copy_store(b->s.store, b->copy, why), PH_OK);
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;
    unlink(b->copy);
    unlink(b->other);
    int rc = scratch_end(&b->s);
    free(b);
    return rc;
}

static char *slurp(const char *path, size_t *n)
{
    struct stat st;
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    assert_int_equal(fstat(fileno(f), &st), 0);
    char *p = malloc((size_t)st.st_size + 1);
    assert_non_null(p);
    *n = fread(p, 1, (size_t)st.st_size, f);
    fclose(f);
    return p;
}

static void spill(const char *path, const void *p, size_t n)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, n, f), n);
    fclose(f);
}

static void assert_says(const struct check_report *r, enum ph_err err, const char *word)
{
    if (r->err != err || strstr(r->why, word) == NULL)
        fail_msg("%s, but \"%s\": wanted \"%s\"", ph_err_name(r->err), r->why, word);
}

/* ---- files ---- */

static void a_copy_is_whole_and_says_whose_it_is(void **state)
{
    struct bench *b = *state;
    struct check_report r;
    assert_int_equal(check_file(b->copy, &ID, &r), PH_OK);
    assert_string_equal(r.why, "");
    assert_int_equal(r.events, EVENTS);
    assert_int_equal(r.bodies, EVENTS);
    assert_int_equal(r.at.seq, EVENTS);
    assert_string_equal(r.whose.poi_id, "417");
    assert_int_equal(check_file(b->copy, NULL, &r), PH_OK);
    check_file(b->copy, &OTHER, &r);
    assert_says(&r, PH_ERR_CONFIG, "another store: brand 1, poi 417; here it is 1, 418");
}

static void each_damaged_record_is_named(void **state)
{
    struct bench *b = *state;
    size_t n;
    char *file = slurp(b->copy, &n);
    for (enum table t = 0; t < TABLE_COUNT; t++) {
        char want[64], named[64];
        struct check_report r;
        int len = snprintf(want, sizeof(want), "payload-%s.", table_name(t));
        char *at = memmem(file, n, want, (size_t)len);
        if (t == TABLE_JOURNAL || t == TABLE_BODY)
            continue;
        assert_non_null(at);
        at[3] ^= 1;
        spill(b->other, file, n);
        at[3] ^= 1;
        snprintf(named, sizeof(named), "table %s, key a-key: checksum", table_name(t));
        check_file(b->other, &ID, &r);
        assert_says(&r, PH_ERR_BAD_RECORD, named);
        assert_int_equal(r.bad, 1);
        assert_int_equal(r.bad_tables, 1u << t);
        assert_true(r.has_head);
    }
    free(file);
}

static void a_damaged_event_body_is_named(void **state)
{
    struct bench *b = *state;
    size_t n;
    struct check_report r;
    char *file = slurp(b->copy, &n), *at = memmem(file, n, BODY.p, BODY.n);
    assert_non_null(at);
    at[5] ^= 1;
    spill(b->other, file, n);
    free(file);
    check_file(b->other, &ID, &r);
    assert_says(&r, PH_ERR_BAD_RECORD, "table body");
}

static void a_half_written_copy_is_refused_wherever_it_ends(void **state)
{
    struct bench *b = *state;
    size_t n;
    struct check_report r;
    char *file = slurp(b->copy, &n);
    for (size_t at = 0; at < n; at += 1021) {
        spill(b->other, file, at);
        assert_int_equal(check_file(b->other, &ID, &r), PH_ERR_FORMAT);
        assert_says(&r, PH_ERR_FORMAT, at < 160 ? "no store of poshub" : "half written");
    }
    spill(b->other, file, n - 1);
    assert_int_equal(check_file(b->other, &ID, &r), PH_ERR_FORMAT);
    free(file);
}

static void put_u32(char *p, uint32_t v)
{
    memcpy(p, &v, sizeof(v));
}

static void a_file_of_another_kind_of_box_is_named(void **state)
{
    struct bench *b = *state;
    struct check_report r;
    char page[8192] = {0};
    const bool wide = sizeof(void *) == 8;
    put_u32(page + (wide ? 12 : 16), 0xBEEFC0DEu);
    put_u32(page + (wide ? 28 : 40), 4096);
    spill(b->other, page, sizeof(page));
    check_file(b->other, &ID, &r);
    assert_says(&r, PH_ERR_FORMAT,
                wide ? "made on a 32-bit box, this is a 64-bit one: use store export"
                     : "made on a 64-bit box, this is a 32-bit one: use store export");
    memset(page, 0, sizeof(page));
    put_u32(page + 16, __builtin_bswap32(0xBEEFC0DEu));
    put_u32(page + 40, __builtin_bswap32(4096));
    spill(b->other, page, sizeof(page));
    check_file(b->other, &ID, &r);
    assert_says(&r, PH_ERR_FORMAT, "64-bit box of the other byte order");
}

static void a_file_with_other_pages_is_named(void **state)
{
    struct bench *b = *state;
    struct check_report r;
    const struct shape here = shape_here();
    char page[256] = {0};
    put_u32(page + (here.word_bits == 64 ? 16 : 12), 0xBEEFC0DEu);
    put_u32(page + (here.word_bits == 64 ? 40 : 28), here.page_bytes * 4);
    spill(b->other, page, sizeof(page));
    check_file(b->other, &ID, &r);
    assert_says(&r, PH_ERR_FORMAT, "pages of");
}

static void what_is_no_store_is_refused(void **state)
{
    struct bench *b = *state;
    struct check_report r;
    check_file("/nowhere/at/all.mdb", &ID, &r);
    assert_says(&r, PH_ERR_NOT_FOUND, "No such file");
    check_file(b->s.dir, &ID, &r);
    assert_says(&r, PH_ERR_FORMAT, "is not a file");
    spill(b->other, "", 0);
    check_file(b->other, &ID, &r);
    assert_says(&r, PH_ERR_FORMAT, "no store of poshub");
}

static void a_newer_format_is_refused_by_its_number(void **state)
{
    struct bench *b = *state;
    char why[STORE_WHY];
    struct check_report r;
    struct txn *txn;
    struct key key = key_text(STR("format")), two = {.n = 0};
    key_add_u32(&two, STORE_FORMAT + 1);
    assert_int_equal(txn_begin_write(b->s.store, &txn), PH_OK);
    txn_put(txn, TABLE_META, key_bytes(&key), key_bytes(&two));
    assert_int_equal(txn_commit(txn), PH_OK);
    assert_int_equal(copy_store(b->s.store, b->other, why), PH_OK);
    check_file(b->other, &ID, &r);
    assert_says(&r, PH_ERR_NEWER, "has format 2, this program knows format 1");
}

/* ---- a page that kills ---- */

static void die(const void *ctx, void *result)
{
    (void)ctx;
    (void)result;
    abort();
}

static void answer(const void *ctx, void *result)
{
    memcpy(result, ctx, sizeof(int));
}

static void a_child_dies_alone(void **state)
{
    int n = 5, told = 0;
    (void)state;
    assert_false(apart_run(die, NULL, &told, sizeof(told)));
    assert_int_equal(told, 0);
    assert_true(apart_run(answer, &n, &told, sizeof(told)));
    assert_int_equal(told, 5);
}

/* Every page in turn is garbage. Whatever LMDB makes of it, we live and say that it is damaged, or
 * that it is no store. */
static void no_page_kills_us(void **state)
{
    struct bench *b = *state;
    size_t n, page = shape_here().page_bytes;
    char *file = slurp(b->copy, &n), *kept = malloc(page);
    assert_non_null(kept);
    for (size_t at = 2 * page; at < n; at += page) {
        struct check_report r;
        memcpy(kept, file + at, page);
        memset(file + at, 0xA5, page);
        spill(b->other, file, n);
        memcpy(file + at, kept, page);
        enum ph_err err = check_apart(b->other, &ID, &r);
        if (err != PH_ERR_BAD_RECORD && err != PH_ERR_FORMAT)
            fail_msg("page %zu: %s \"%s\"", at / page, ph_err_name(err), r.why);
        assert_string_not_equal(r.why, "");
    }
    free(kept);
    free(file);
}

/* ---- exports ---- */

static void export(struct bench *b)
{
    char why[STORE_WHY];
    uint64_t records;
    assert_int_equal(dump_write(b->s.store, b->other, &records, why), PH_OK);
}

static uint64_t count_same(struct store *a, struct store *b)
{
    struct txn *one, *two;
    uint64_t n = 0;
    assert_int_equal(txn_begin_read(a, &one), PH_OK);
    assert_int_equal(txn_begin_read(b, &two), PH_OK);
    for (enum table t = 0; t < TABLE_COUNT; t++) {
        struct scan s = scan_begin(one, t, (struct bytes){0}, false);
        assert_int_equal(txn_entries(one, t), txn_entries(two, t));
        for (struct bytes v; scan_next(&s); n++) {
            assert_true(txn_get(two, t, s.key, &v));
            assert_int_equal(v.n, s.value.n);
            assert_memory_equal(v.p, s.value.p, v.n);
        }
        scan_end(&s);
    }
    txn_abort(one);
    txn_abort(two);
    return n;
}

static void an_export_comes_back_record_by_record(void **state)
{
    struct bench *b = *state;
    struct scratch fresh;
    struct check_report r;
    char why[STORE_WHY];
    export(b);
    assert_true(dump_is(b->other));
    assert_false(dump_is(b->copy));
    assert_int_equal(dump_check(b->other, &ID, &r), PH_OK);
    assert_int_equal(r.at.seq, EVENTS);
    scratch_begin(&fresh);
    assert_int_equal(dump_read(b->other, fresh.store, why), PH_OK);
    assert_int_equal(count_same(b->s.store, fresh.store), r.records);
    assert_int_equal(scratch_end(&fresh), 0);
    dump_check(b->other, &OTHER, &r);
    assert_says(&r, PH_ERR_CONFIG, "another store");
}

static void an_export_is_never_written_over_a_file(void **state)
{
    struct bench *b = *state;
    char why[STORE_WHY];
    uint64_t records;
    spill(b->other, "mine", 4);
    assert_int_equal(dump_write(b->s.store, b->other, &records, why), PH_ERR_IO);
    assert_non_null(strstr(why, "File exists"));
    struct stat st;
    assert_int_equal(stat(b->other, &st), 0);
    assert_int_equal(st.st_size, 4);
}

/* Each byte that is another one, and each end that comes too early, is noticed. */
static void no_byte_of_an_export_can_change(void **state)
{
    struct bench *b = *state;
    size_t n;
    struct check_report r;
    export(b);
    char *file = slurp(b->other, &n);
    for (size_t i = 0; i < n; i += 3) {
        file[i] ^= 4;
        spill(b->other, file, n);
        file[i] ^= 4;
        if (dump_check(b->other, &ID, &r) == PH_OK)
            fail_msg("byte %zu of %zu", i, n);
        spill(b->other, file, i);
        if (dump_check(b->other, &ID, &r) != PH_ERR_FORMAT)
            fail_msg("cut at %zu of %zu: %s", i, n, r.why);
    }
    spill(b->other, file, n);
    assert_int_equal(dump_check(b->other, &ID, &r), PH_OK);
    free(file);
}

static void an_export_of_a_newer_format_is_refused(void **state)
{
    struct bench *b = *state;
    struct check_report r;
    static const char NEWER[] = "{\"magic\":\"" DUMP_MAGIC "\",\"format\":2}\n";
    spill(b->other, NEWER, sizeof(NEWER) - 1);
    dump_check(b->other, &ID, &r);
    assert_says(&r, PH_ERR_NEWER, "newer format");
}

static void copies_that_fail_leave_nothing(void **state)
{
    struct bench *b = *state;
    char why[STORE_WHY];
    assert_int_equal(copy_store(b->s.store, "/dev/null/x", why), PH_ERR_IO);
    assert_int_equal(copy_file(b->copy, "/nowhere/x", why), PH_ERR_NOT_FOUND);
    assert_int_equal(copy_file("/nowhere/x", b->other, why), PH_ERR_NOT_FOUND);
    assert_int_not_equal(access(b->other, F_OK), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_copy_is_whole_and_says_whose_it_is),
        T(each_damaged_record_is_named),
        T(a_damaged_event_body_is_named),
        T(a_half_written_copy_is_refused_wherever_it_ends),
        T(a_file_of_another_kind_of_box_is_named),
        T(a_file_with_other_pages_is_named),
        T(what_is_no_store_is_refused),
        T(a_newer_format_is_refused_by_its_number),
        T(a_child_dies_alone),
        T(no_page_kills_us),
        T(an_export_comes_back_record_by_record),
        T(an_export_is_never_written_over_a_file),
        T(no_byte_of_an_export_can_change),
        T(an_export_of_a_newer_format_is_refused),
        T(copies_that_fail_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
