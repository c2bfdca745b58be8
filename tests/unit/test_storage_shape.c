/* Files of other kinds of boxes, told from the raw bytes of their first page. Real ones are carried
 * between architectures by tools/cross-test. */
#include "storage/shape.h"
#include "tests/unit/storage_scratch.h"

#define MAGIC    0xBEEFC0DEu
#define MAGIC_64 16 /* where LMDB has its magic number, by word size */
#define MAGIC_32 12
#define HERE     (sizeof(size_t) == 8 ? MAGIC_64 : MAGIC_32)
#define THERE    (sizeof(size_t) == 8 ? MAGIC_32 : MAGIC_64)
#define PAGE_AT  (THERE == MAGIC_64 ? 40 : 28) /* the page size in the other kind's page */

static void path_of(const struct scratch *s, char path[96])
{
    snprintf(path, 96, "%s/data.mdb", s->dir);
}

static void write_at(const struct scratch *s, long at, uint32_t value)
{
    char path[96];
    path_of(s, path);
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, at, SEEK_SET), 0);
    assert_int_equal(fwrite(&value, sizeof(value), 1, f), 1);
    assert_int_equal(fclose(f), 0);
}

static struct shape refused(struct scratch *s, const char *word)
{
    char path[96], why[STORE_WHY] = "", said[STORE_WHY];
    struct store_options options = {.dir = s->dir, .map_bytes = SCRATCH_MAP};
    struct shape shape;
    path_of(s, path);
    assert_int_equal(shape_check(path, &shape, why, sizeof(why)), PH_ERR_FORMAT);
    if (strstr(why, word) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", word, why);
    assert_int_equal(store_open(&s->store, &options, said), PH_ERR_FORMAT);
    if (shape_is_foreign(&shape))
        assert_string_equal(said, why);
    return shape;
}

static void own_store_fits(void **state)
{
    struct scratch *s = *state;
    char path[96], why[STORE_WHY];
    struct shape shape;
    path_of(s, path);
    assert_int_equal(shape_check(path, &shape, why, sizeof(why)), PH_OK);
    assert_int_equal(shape.word_bits, shape_here().word_bits);
    assert_int_equal(shape.page_bytes, shape_here().page_bytes);
    assert_false(shape_is_foreign(&shape));
}

static void other_word_size_is_refused_by_name(void **state)
{
    struct scratch *s = *state;
    scratch_close(s);
    write_at(s, HERE, 0);
    write_at(s, THERE, MAGIC);
    write_at(s, PAGE_AT, 4096);
    struct shape shape =
        refused(s, THERE == MAGIC_32 ? "made on a 32-bit box" : "made on a 64-bit box");
    assert_int_equal(shape.word_bits, THERE == MAGIC_32 ? 32 : 64);
}

static void other_byte_order_is_refused_by_name(void **state)
{
    struct scratch *s = *state;
    scratch_close(s);
    write_at(s, HERE, __builtin_bswap32(MAGIC));
    write_at(s, HERE == MAGIC_64 ? 40 : 28, __builtin_bswap32(4096));
    assert_true(refused(s, "of the other byte order").other_endian);
}

static void noise_is_no_store_of_any_box(void **state)
{
    struct scratch *s = *state;
    scratch_close(s);
    write_at(s, HERE, 0x12345678);
    assert_int_equal(refused(s, "no store of poshub").word_bits, 0);
}

/* The magic number stands where the other kind has it, and what follows is not a page size. */
static void half_a_likeness_is_not_called_foreign(void **state)
{
    struct scratch *s = *state;
    scratch_close(s);
    write_at(s, HERE, 0);
    write_at(s, THERE, MAGIC);
    write_at(s, PAGE_AT, 4097);
    assert_int_equal(refused(s, "no store of poshub").word_bits, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(own_store_fits),
        SCRATCH_TEST(other_word_size_is_refused_by_name),
        SCRATCH_TEST(other_byte_order_is_refused_by_name),
        SCRATCH_TEST(noise_is_no_store_of_any_box),
        SCRATCH_TEST(half_a_likeness_is_not_called_foreign),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
