/* Codes, keys, proofs, and the lock after wrong tries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "edge/pair_code.h"

static void a_code_is_read_as_people_type_it(void **state)
{
    (void)state;
    static const char *const SAME[] = {"K7Q20FM1",  "K7Q2-0FM1",   "k7q2-0fm1",
                                       "K7Q2 oFMi", " k7q2 OfmL ", "K-7-Q-2-0-F-M-1"};
    char code[PAIR_CODE + 1];
    for (size_t i = 0; i < sizeof(SAME) / sizeof(SAME[0]); i++) {
        assert_true(pair_code_parse(str_of(SAME[i]), code));
        assert_string_equal(code, "K7Q20FM1");
    }
}

static void what_is_no_code_is_refused(void **state)
{
    (void)state;
    static const char *const WRONG[] = {"",          "-",         "K7Q29FM",    "K7Q29FMXX",
                                        "K7Q2-9FMU", "K7Q2_9FMX", "K7Q29FM\x80"};
    char code[PAIR_CODE + 1];
    for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++)
        assert_false(pair_code_parse(str_of(WRONG[i]), code));
    assert_false(pair_code_parse((struct str){"K7Q2\0FMX", 8}, code));
}

static void a_code_that_is_shown_reads_back(void **state)
{
    (void)state;
    char code[PAIR_CODE + 1], other[PAIR_CODE + 1], shown[PAIR_CODE + 2], read[PAIR_CODE + 1];
    pair_code_make(code);
    pair_code_make(other);
    assert_string_not_equal(code, other);
    pair_code_show(code, shown);
    assert_int_equal(strlen(shown), PAIR_CODE + 1);
    assert_int_equal(shown[4], '-');
    assert_true(pair_code_parse(str_of(shown), read));
    assert_string_equal(read, code);
}

/* Computed with another library: docs/pairing.md shows the same numbers to makers of devices. */
static void keys_and_proofs_are_those_of_the_document(void **state)
{
    (void)state;
    uint8_t ca[SHA256_BYTES], key[PAIR_KEY];
    char hex[2 * PAIR_KEY + 1] = "", proof[PAIR_PROOF + 1];
    for (size_t i = 0; i < sizeof(ca); i++)
        ca[i] = (uint8_t)i;
    pair_key("K7Q29FMX", ca, key);
    hex_encode(key, sizeof(key), hex);
    assert_string_equal(hex, "b50065b5b72e361bd675b297af5d2ddf41686fa79aab917e4d4f0b49981ad025");
    pair_proof(key, STR("hello"), proof);
    assert_string_equal(proof, "62ff8680cefa2588f10e622c4df2f4ec805b85b7f7139a8f52cd21f23a284a61");
    pair_proof(key, STR("password"), proof);
    assert_string_equal(proof, "0c0cc1817ef383c662278396c088f4f368e7927f1bce76c735ef8f967e44f49d");
    pair_proof(key, STR("front-1 kiosk abcd"), proof);
    assert_string_equal(proof, "283f1eae180b5c01da5a07237e015a9e3045c2c710ec58c25c46b9b8fdd41cf6");
}

static void another_authority_or_code_gives_another_proof(void **state)
{
    (void)state;
    uint8_t ca[SHA256_BYTES] = {0}, key[PAIR_KEY], other[PAIR_KEY];
    char proof[PAIR_PROOF + 1];
    pair_key("K7Q29FMX", ca, key);
    pair_proof(key, STR("hello"), proof);
    assert_true(pair_proof_fits(key, STR("hello"), str_of(proof)));
    assert_false(pair_proof_fits(key, STR("ready"), str_of(proof)));
    ca[SHA256_BYTES - 1] = 1;
    pair_key("K7Q29FMX", ca, other);
    assert_false(pair_proof_fits(other, STR("hello"), str_of(proof)));
    ca[SHA256_BYTES - 1] = 0;
    pair_key("K7Q29FMY", ca, other);
    assert_false(pair_proof_fits(other, STR("hello"), str_of(proof)));
}

static void half_a_proof_is_none(void **state)
{
    (void)state;
    uint8_t key[PAIR_KEY] = {7};
    char proof[PAIR_PROOF + 2] = "";
    pair_proof(key, STR("hello"), proof);
    assert_false(pair_proof_fits(key, STR("hello"), (struct str){proof, PAIR_PROOF - 1}));
    assert_false(pair_proof_fits(key, STR("hello"), (struct str){proof, PAIR_PROOF + 1}));
    assert_false(pair_proof_fits(key, STR("hello"), STR("")));
    proof[PAIR_PROOF - 1] = proof[PAIR_PROOF - 1] == '0' ? '1' : '0';
    assert_false(pair_proof_fits(key, STR("hello"), str_of(proof)));
}

static void the_fifth_wrong_try_shuts_for_ten_minutes(void **state)
{
    (void)state;
    struct pair_lock l;
    pair_lock_begin(&l);
    for (unsigned i = 1; i < PAIR_TRIES; i++)
        assert_int_equal(pair_lock_wrong(&l, 1000), PAIR_TRIES - i);
    assert_int_equal(pair_lock_left_ms(&l, 1000), 0);
    assert_int_equal(pair_lock_wrong(&l, 1000), 0);
    assert_int_equal(pair_lock_left_ms(&l, 1000), PAIR_LOCK_MS);
    assert_int_equal(pair_lock_left_ms(&l, 1000 + PAIR_LOCK_MS - 1), 1);
    assert_int_equal(pair_lock_left_ms(&l, 1000 + PAIR_LOCK_MS), 0);
}

static void a_new_window_forgives(void **state)
{
    (void)state;
    struct pair_lock l;
    pair_lock_begin(&l);
    for (unsigned i = 1; i < PAIR_TRIES; i++)
        pair_lock_wrong(&l, 1000);
    pair_lock_begin(&l);
    assert_int_equal(pair_lock_wrong(&l, 1000), PAIR_TRIES - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_is_read_as_people_type_it),
        cmocka_unit_test(what_is_no_code_is_refused),
        cmocka_unit_test(a_code_that_is_shown_reads_back),
        cmocka_unit_test(keys_and_proofs_are_those_of_the_document),
        cmocka_unit_test(another_authority_or_code_gives_another_proof),
        cmocka_unit_test(half_a_proof_is_none),
        cmocka_unit_test(the_fifth_wrong_try_shuts_for_ten_minutes),
        cmocka_unit_test(a_new_window_forgives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
