#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "proto/crypto.h"

static void expect_sha256(struct str text, const char *hex)
{
    uint8_t hash[SHA256_BYTES];
    char got[SHA256_HEX + 1] = {0};
    sha256(text.p, text.n, hash);
    hex_encode(hash, sizeof hash, got);
    assert_string_equal(got, hex);
}

static void sha256_of_the_standard_texts(void **state)
{
    (void)state;
    expect_sha256(STR(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect_sha256(STR("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect_sha256(STR("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void sha256_in_pieces_is_the_same(void **state)
{
    (void)state;
    uint8_t whole[SHA256_BYTES], pieces[SHA256_BYTES];
    struct sha256 s;
    sha256("abcdef", 6, whole);
    sha256_begin(&s);
    sha256_add(&s, "abc", 3);
    sha256_add(&s, NULL, 0);
    sha256_add(&s, "def", 3);
    sha256_end(&s, pieces);
    assert_memory_equal(whole, pieces, SHA256_BYTES);
}

/* The one-shot hash may run on the processor's instructions, the one in pieces never does. */
static void sha256_is_the_same_on_every_path(void **state)
{
    (void)state;
    uint8_t text[300], whole[SHA256_BYTES], pieces[SHA256_BYTES];
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (uint8_t)(i * 31 + 7);
    for (size_t n = 0; n <= sizeof(text); n++) {
        struct sha256 s;
        sha256(text, n, whole);
        sha256_begin(&s);
        sha256_add(&s, text, n);
        sha256_end(&s, pieces);
        assert_memory_equal(whole, pieces, SHA256_BYTES);
    }
}

/* sync-protocol 3.1 */
static void the_journal_chain_has_its_published_vectors(void **state)
{
    (void)state;
    expect_sha256(STR("poshub-journal-v1\n1\n1\n7\n"),
                  "506e4020270ee2848486068f58606b9eaa39e7d5aa2a2b73e873e54374d1c5e6");
    expect_sha256(
        STR("{\"channel\":\"POS\",\"lines\":[{\"eff\":[{\"H\":0,\"Lh\":20,\"lk_a\":20,\"lk_b\":0,"
            "\"object_id\":1001,\"object_type\":2,\"q_t\":20,\"real_a\":100,\"real_b\":100}],"
            "\"object_id\":1001,\"object_type\":2,\"q_t\":20}],\"order_id\":\"P1\"}"),
        "debd6b12756733da63ddb11532b39daacd801eeacb8a3bb1b1b378ad6638cf4a");
    expect_sha256(
        STR("{\"bh\":\"debd6b12756733da63ddb11532b39daacd801eeacb8a3bb1b1b378ad6638cf4a\",\"cv\":0,"
            "\"hlc\":[1769565600123,0],\"kind\":\"ORDER_LOCK\",\"prev\":"
            "\"506e4020270ee2848486068f58606b9eaa39e7d5aa2a2b73e873e54374d1c5e6\",\"seq\":1}"),
        "f7b98e2bb3d32ccd264002b21a933d552470efcdf68cb0d24d9252699ad5f7c6");
}

static void expect_hmac(struct str key, struct str text, const char *hex)
{
    uint8_t mac[SHA256_BYTES];
    char got[SHA256_HEX + 1] = {0};
    hmac_sha256(key.p, key.n, text.p, text.n, mac);
    hex_encode(mac, sizeof mac, got);
    assert_string_equal(got, hex);
}

/* RFC 4231, cases 2 and 6 */
static void hmac_of_short_and_long_keys(void **state)
{
    (void)state;
    char key[131];
    memset(key, 0xaa, sizeof key);
    expect_hmac(STR("Jefe"), STR("what do ya want for nothing?"),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    expect_hmac((struct str){key, sizeof key},
                STR("Test Using Larger Than Block-Size Key - Hash Key First"),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void hex_goes_there_and_back(void **state)
{
    (void)state;
    uint8_t bytes[3];
    char text[6];
    assert_true(hex_decode(STR("00ff9a"), bytes, 3));
    hex_encode(bytes, 3, text);
    assert_memory_equal(text, "00ff9a", 6);
}

static void hex_takes_exactly_lower_case_digits(void **state)
{
    (void)state;
    uint8_t bytes[2];
    assert_false(hex_decode(STR("00FF"), bytes, 2));
    assert_false(hex_decode(STR("00f"), bytes, 2));
    assert_false(hex_decode(STR("00ff0"), bytes, 2));
    assert_false(hex_decode(STR("00fg"), bytes, 2));
    assert_false(hex_decode(STR("00f`"), bytes, 2));
}

/* The hash was computed with another implementation of RFC 8018. */
static const char LINE[] = "till-1:$7$101$AAECAwQFBgcICQoL$Xr99N9ym9ys8TWxis5ajETJq6EVYzmc6nb8t3pU"
                           "YnPBbCAbICS4xejTltonXWCtJNBvA+By+TXUqU6qCblO00w==";
static const uint8_t SALT[12] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

static void password_line_is_what_the_broker_reads(void **state)
{
    (void)state;
    char out[256];
    size_t n = password_line(STR("till-1"), STR("secret"), SALT, out, sizeof out);
    assert_int_equal(n, sizeof LINE - 1);
    assert_memory_equal(out, LINE, n);
}

static void password_line_fits_or_is_refused(void **state)
{
    (void)state;
    size_t n = sizeof LINE - 1;
    char *out = malloc(n);
    assert_non_null(out);
    assert_int_equal(password_line(STR("till-1"), STR("secret"), SALT, out, n), n);
    assert_int_equal(password_line(STR("till-1"), STR("secret"), SALT, out, n - 1), 0);
    assert_int_equal(password_line(STR("till-1"), STR("secret"), SALT, out, 0), 0);
    free(out);
}

static void random_bytes_differ(void **state)
{
    (void)state;
    uint8_t a[32] = {0}, b[32] = {0};
    random_bytes(a, sizeof a);
    random_bytes(b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_of_the_standard_texts),
        cmocka_unit_test(sha256_in_pieces_is_the_same),
        cmocka_unit_test(sha256_is_the_same_on_every_path),
        cmocka_unit_test(the_journal_chain_has_its_published_vectors),
        cmocka_unit_test(hmac_of_short_and_long_keys),
        cmocka_unit_test(hex_goes_there_and_back),
        cmocka_unit_test(hex_takes_exactly_lower_case_digits),
        cmocka_unit_test(password_line_is_what_the_broker_reads),
        cmocka_unit_test(password_line_fits_or_is_refused),
        cmocka_unit_test(random_bytes_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
