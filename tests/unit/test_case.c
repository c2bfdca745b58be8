/* edge/books/case: a case of oversell in its record. */
#include "tests/unit/storage_scratch.h"

#include "edge/books/case.h"

/* The longest of everything. */
static struct case_row largest(struct cloud_claim *claims)
{
    static const char LONG[] = "0123456789012345678901234567890123456789012345678901234567890123";
    struct case_row k = {.said = {.id = STR("ov:1:2:1003:R:1769551200000"),
                                  .gen_id = STR("R:1769551200000"),
                                  .object = {OBJECT_SKU, 1003},
                                  .over = UINT64_MAX,
                                  .state = CASE_OPEN,
                                  .over_t = INT64_MAX,
                                  .cause = STR("PARTITION"),
                                  .ranking = STR("STORE_FIRST"),
                                  .claims = claims,
                                  .n_claims = LIMIT_CASE_CLAIMS},
                         .since_at_ms = INT64_MAX};
    for (int i = 0; i < LIMIT_CASE_CLAIMS; i++)
        claims[i] = (struct cloud_claim){.side = SIDE_STORE,
                                         .order_id = {LONG, LIMIT_ORDER_ID},
                                         .line = UINT32_MAX,
                                         .q_t = INT64_MAX,
                                         .short_t = INT64_MAX,
                                         .wish = STR("SUBSTITUTE")};
    return k;
}

static void largest_case_fits_its_record(void **state)
{
    struct cloud_claim claims[LIMIT_CASE_CLAIMS];
    struct case_row k = largest(claims), back;
    struct arena arena;
    struct txn *txn = scratch_write(*state);
    arena_init(&arena, 1 << 20);
    case_save(txn, &k);
    assert_int_equal(txn_error(txn), PH_OK);
    assert_true(case_load(txn, k.said.object, k.said.gen_id, &arena, &back));
    assert_int_equal(back.said.n_claims, LIMIT_CASE_CLAIMS);
    assert_true(str_eq(back.said.claims[LIMIT_CASE_CLAIMS - 1].wish, STR("SUBSTITUTE")));
    assert_int_equal(back.said.claims[0].short_t, INT64_MAX);
    arena_free(&arena);
    assert_int_equal(txn_commit(txn), PH_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(largest_case_fits_its_record, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
