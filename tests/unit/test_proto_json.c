#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/crypto.h"
#include "proto/json.h"
#include "proto/limits.h"
#include "proto/qty.h"

/* From the end of an exact allocation, so that reading on would be noticed. */
static struct json *parse_str(struct str text, char *why)
{
    char *copy = malloc(text.n ? text.n : 1);
    assert_non_null(copy);
    memcpy(copy, text.p, text.n);
    struct json *doc = json_parse(copy, text.n, &JSON_REQUEST, why);
    free(copy);
    return doc;
}

static struct json *accepted(const char *text)
{
    char why[JSON_WHY] = "";
    struct json *doc = parse_str(str_of(text), why);
    if (!doc)
        fail_msg("%s: %s", text, why);
    return doc;
}

static void expect_accepted(const char *text)
{
    json_free(accepted(text));
}

static void refuse_str(struct str text)
{
    char why[JSON_WHY] = "";
    struct json *doc = parse_str(text, why);
    if (doc)
        fail_msg("accepted: %.*s", (int)text.n, text.p);
    assert_true(why[0] != '\0');
}

static void refuse(const char *text)
{
    refuse_str(str_of(text));
}

/* ---- grammar ---- */

static void plain_objects_are_accepted(void **state)
{
    (void)state;
    expect_accepted("{}");
    expect_accepted(
        " \r\n\t{ \"a\" : [ 1 , -2 , 0.5 , true , false , null , \"x\" , { } , [ ] ] } \n");
    expect_accepted("{\"\":\"\"}");
}

static void only_an_object_is_a_document(void **state)
{
    (void)state;
    refuse("");
    refuse("  ");
    refuse("[]");
    refuse("1");
    refuse("\"a\"");
    refuse("null");
    refuse("\xef\xbb\xbf{}");
}

static void nothing_follows_the_object(void **state)
{
    (void)state;
    refuse("{}x");
    refuse("{}{}");
    refuse("{}]");
    refuse_str((struct str){"{}\0", 3});
    refuse_str((struct str){"{}\0\0", 4});
}

static void broken_grammar_is_refused(void **state)
{
    (void)state;
    const char *const texts[] = {"{",
                                 "{\"a\"",
                                 "{\"a\":",
                                 "{\"a\":1",
                                 "{\"a\":1,}",
                                 "{,}",
                                 "{\"a\":[1,]}",
                                 "{\"a\":[,1]}",
                                 "{\"a\" 1}",
                                 "{a:1}",
                                 "{'a':1}",
                                 "{\"a\":1]",
                                 "{\"a\":[1}",
                                 "{\"a\":tru}",
                                 "{\"a\":nul",
                                 "{\"a\":True}",
                                 "{\"a\":NaN}",
                                 "{\"a\":/**/1}",
                                 "{\"a\":}",
                                 "{1:2}",
                                 "{\"a\":1 \"b\":2}",
                                 "{\"a\":[1 2]}",
                                 "{\"a\":\v1}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        refuse(texts[i]);
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    const char text[] = "{\"a\":[1,-2.5,true,null,\"x\\u00e9\\ud83c\\udf55\xc3\xa9\"],\"b\":{}}";
    expect_accepted(text);
    for (size_t n = 0; n < sizeof text - 1; n++)
        refuse_str((struct str){text, n});
}

static void a_key_twice_is_refused(void **state)
{
    (void)state;
    refuse("{\"a\":1,\"a\":1}");
    refuse("{\"a\":1,\"b\":2,\"a\":3}");
    refuse("{\"a\":1,\"\\u0061\":2}");
    refuse("{\"x\":[{\"y\":{\"a\":1,\"b\":1,\"a\":1}}]}");
    refuse("{\"\":1,\"\":2}");
    expect_accepted("{\"a\":1,\"A\":2}");
    expect_accepted("{\"a\":{\"a\":{\"a\":1}}}");
}

/* ---- strings ---- */

static void expect_content(const char *text, const char *want)
{
    struct json *doc = accepted(text);
    assert_true(str_eq(json_string(json_get(doc, "a")), str_of(want)));
    json_free(doc);
}

static void escapes_are_decoded(void **state)
{
    (void)state;
    expect_content("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", "\"\\/\b\f\n\r\t");
    expect_content("{\"a\":\"\\u00E9\\u4e2d\\uD83C\\udf55\"}",
                   "\xc3\xa9\xe4\xb8\xad\xf0\x9f\x8d\x95");
    expect_content("{\"a\":\"\\u0001\x7f\"}", "\x01\x7f");
}

static void bad_escapes_are_refused(void **state)
{
    (void)state;
    refuse("{\"a\":\"\\x41\"}");
    refuse("{\"a\":\"\\'\"}");
    refuse("{\"a\":\"\\u12\"}");
    refuse("{\"a\":\"\\u12g4\"}");
    refuse("{\"a\":\"\\\"}");
    refuse("{\"a\":\"\\u0000\"}");
    refuse("{\"\\u0000\":1}");
    refuse("{\"a\\u0000b\":1,\"a\":2}");
}

static void half_a_surrogate_pair_is_refused(void **state)
{
    (void)state;
    refuse("{\"a\":\"\\ud83c\"}");
    refuse("{\"a\":\"\\ud83cx\"}");
    refuse("{\"a\":\"\\ud83c\\n\"}");
    refuse("{\"a\":\"\\ud83c\\u0041\"}");
    refuse("{\"a\":\"\\ud83c\\ud83c\"}");
    refuse("{\"a\":\"\\udf55\"}");
}

static void raw_control_characters_are_refused(void **state)
{
    (void)state;
    refuse("{\"a\":\"\n\"}");
    refuse("{\"a\":\"\x1f\"}");
    refuse_str(STR("{\"a\":\"\0\"}"));
}

static void bad_utf8_is_refused_anywhere(void **state)
{
    (void)state;
    refuse("{\"a\":\"\xff\"}");
    refuse("{\"a\":\"\xc0\xaf\"}");
    refuse("{\"\xed\xa0\x80\":1}");
    refuse("{\"a\":1}\x80");
}

/* ---- numbers ---- */

static void refuse_number(const char *number)
{
    char text[128];
    snprintf(text, sizeof text, "{\"a\":%s}", number);
    refuse(text);
}

static void expect_decimal(const char *number, const char *want)
{
    char text[128], buf[DECIMAL_TEXT];
    struct str got;
    snprintf(text, sizeof text, "{\"a\":%s}", number);
    struct json *doc = accepted(text);
    assert_true(json_decimal(json_get(doc, "a"), buf, &got));
    if (!str_eq(got, str_of(want)))
        fail_msg("%s gave %.*s", number, (int)got.n, got.p);
    json_free(doc);
}

static void malformed_numbers_are_refused(void **state)
{
    (void)state;
    const char *const numbers[] = {"01",    "1.",  ".5",  "-",       "+1",  "--1",
                                   "-01",   "1e2", "1E2", "1.5e1",   "0x1", "1.2.3",
                                   "1_000", "1,5", "0e0", "Infinity"};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        refuse_number(numbers[i]);
}

static void integers_end_at_2_to_53_minus_1(void **state)
{
    (void)state;
    expect_decimal("9007199254740991", "9007199254740991");
    expect_decimal("-9007199254740991", "-9007199254740991");
    refuse_number("9007199254740992");
    refuse_number("-9007199254740992");
    refuse_number("90071992547409910");
    refuse_number("99999999999999999999999999");
}

static void fractions_end_at_15_digits(void **state)
{
    (void)state;
    expect_decimal("0.123456789012345", "0.123456789012345");
    expect_decimal("99999999999999.9", "99999999999999.9");
    expect_decimal("0.000000000000001", "0.000000000000001");
    expect_decimal("-0.000012345678901", "-0.000012345678901");
    refuse_number("0.1234567890123456");
    refuse_number("999999999999999.9");
    refuse_number("1.000000000000000");
}

static void decimals_come_back_exactly(void **state)
{
    (void)state;
    expect_decimal("0.1", "0.1");
    expect_decimal("8.50", "8.5");
    expect_decimal("2.0", "2");
    expect_decimal("-0", "0");
    expect_decimal("-0.0", "0");
    expect_decimal("0.0001", "0.0001");
    expect_decimal("0.00009", "0.00009");
    expect_decimal("1234567.8901", "1234567.8901");
    expect_decimal("\"8.550\"", "8.550");
}

static void every_third_digit_pattern_comes_back_exactly(void **state)
{
    (void)state;
    for (unsigned long long i = 1; i < 999999999999999ULL; i = i * 3 + 7) {
        for (int point = 1; point <= 15; point++) {
            char number[48], want[48];
            unsigned long long unit = 1;
            for (int k = 0; k < point; k++)
                unit *= 10;
            snprintf(number, sizeof number, "%llu.%0*llu", i / unit, point, i % unit);
            strcpy(want, number);
            for (size_t n = strlen(want); want[n - 1] == '0' || want[n - 1] == '.'; n--) {
                bool whole = want[n - 1] == '.';
                want[n - 1] = '\0';
                if (whole)
                    break;
            }
            expect_decimal(number, want);
        }
    }
}

static bool integer_of(const char *number, int64_t *out)
{
    char text[128];
    snprintf(text, sizeof text, "{\"a\":%s}", number);
    struct json *doc = accepted(text);
    bool is = json_integer(json_get(doc, "a"), out);
    json_free(doc);
    return is;
}

static void a_member_of_another_kind_is_nothing(void **state)
{
    (void)state;
    struct json *doc = accepted("{\"n\":7,\"half\":0.5,\"s\":\"seven\",\"none\":null}");
    assert_int_equal(json_integer_at(doc, "n"), 7);
    assert_int_equal(json_integer_at(doc, "half"), 0);
    assert_int_equal(json_integer_at(doc, "s"), 0);
    assert_int_equal(json_integer_at(doc, "gone"), 0);
    assert_true(str_eq(json_text_at(doc, "s"), STR("seven")));
    assert_int_equal(json_text_at(doc, "n").n, 0);
    assert_int_equal(json_text_at(doc, "none").n, 0);
    assert_int_equal(json_text_at(doc, "gone").n, 0);
    json_free(doc);
}

static void only_integral_numbers_are_integers(void **state)
{
    (void)state;
    int64_t v = 77;
    assert_false(integer_of("1.5", &v));
    assert_false(integer_of("\"1\"", &v));
    assert_false(integer_of("true", &v));
    assert_int_equal(v, 77);
    assert_true(integer_of("-9007199254740991", &v));
    assert_int_equal(v, -LIMIT_INTEGER);
    assert_true(integer_of("3.0", &v));
    assert_int_equal(v, 3);
}

static void only_numbers_and_strings_have_a_decimal(void **state)
{
    (void)state;
    char buf[DECIMAL_TEXT];
    struct str text;
    struct json *doc = accepted("{\"a\":true,\"b\":null,\"c\":[],\"d\":{}}");
    for (const struct json *v = json_first(doc); v; v = json_next(v))
        assert_false(json_decimal(v, buf, &text));
    json_free(doc);
}

/* ---- limits ---- */

static struct json *arrays(size_t depth)
{
    char text[64] = "{\"a\":";
    size_t n = strlen(text);
    memset(text + n, '[', depth - 1);
    memset(text + n + depth - 1, ']', depth - 1);
    text[n + 2 * (depth - 1)] = '}';
    return parse_str(str_of(text), NULL);
}

static void depth_ends_at_8(void **state)
{
    (void)state;
    struct json *doc = arrays(LIMIT_JSON_DEPTH);
    assert_non_null(doc);
    json_free(doc);
    assert_null(arrays(LIMIT_JSON_DEPTH + 1));
    expect_accepted("{\"1\":{\"2\":{\"3\":{\"4\":{\"5\":{\"6\":{\"7\":{}}}}}}}}");
    refuse("{\"1\":{\"2\":{\"3\":{\"4\":{\"5\":{\"6\":{\"7\":{\"8\":{}}}}}}}}}");
}

static void depth_is_not_breadth(void **state)
{
    (void)state;
    expect_accepted("{\"a\":[[],[],[],[],[],[],[],[],[],[]],\"b\":[{},{},{},{},{},{},{},{},{}]}");
}

static struct json *padded(size_t bytes)
{
    char *text = malloc(bytes);
    assert_non_null(text);
    memset(text, 'x', bytes);
    memcpy(text, "{\"a\":\"", 6);
    memcpy(text + bytes - 2, "\"}", 2);
    struct json *doc = json_parse(text, bytes, &JSON_REQUEST, NULL);
    free(text);
    return doc;
}

static void a_request_ends_at_16384_bytes(void **state)
{
    (void)state;
    struct json *doc = padded(LIMIT_REQUEST_BYTES);
    assert_non_null(doc);
    json_free(doc);
    assert_null(padded(LIMIT_REQUEST_BYTES + 1));
}

static struct json *zeroes(size_t count)
{
    char text[LIMIT_REQUEST_BYTES] = "{\"a\":[0";
    size_t n = strlen(text);
    for (size_t i = 1; i < count; i++) {
        text[n++] = ',';
        text[n++] = '0';
    }
    memcpy(text + n, "]}", 2);
    return json_parse(text, n + 2, &JSON_REQUEST, NULL);
}

/* The object and the array are values too. */
static void a_request_ends_at_4096_values(void **state)
{
    (void)state;
    struct json *doc = zeroes(LIMIT_JSON_TOKENS - 2);
    assert_non_null(doc);
    json_free(doc);
    assert_null(zeroes(LIMIT_JSON_TOKENS - 1));
}

static size_t many_members(char *text, size_t count, size_t last)
{
    size_t n = 0;
    text[n++] = '{';
    for (size_t i = 0; i < count; i++) {
        size_t key = i + 1 == count ? last : i * 7919 % count;
        n += (size_t)sprintf(text + n, "%s\"k%zu\":%zu", i ? "," : "", key, i);
    }
    text[n++] = '}';
    return n;
}

static void an_object_may_have_a_hundred_thousand_members(void **state)
{
    (void)state;
    const size_t count = 100000;
    char *text = malloc(count * 24);
    assert_non_null(text);
    size_t n = many_members(text, count, (count - 1) * 7919 % count);
    struct json *doc = json_parse(text, n, &JSON_IMPORT, NULL);
    assert_non_null(doc);
    uint8_t hash[32];
    json_canonical_hash(doc, STR(""), (const char *const[]){NULL}, hash);
    json_free(doc);
    n = many_members(text, count, 0);
    assert_null(json_parse(text, n, &JSON_IMPORT, NULL));
    free(text);
}

static void why_names_the_fault_and_its_place(void **state)
{
    (void)state;
    char why[JSON_WHY];
    assert_null(json_parse("{\"a\":01}", 8, &JSON_REQUEST, why));
    assert_string_equal(why, "bad number, at byte 7");
    assert_null(json_parse("{\"a\":1,\"a\":2}", 13, &JSON_REQUEST, why));
    assert_string_equal(why, "an object has the same key twice");
    assert_null(json_parse("{", 1, &JSON_REQUEST, NULL));
}

/* ---- looking into a document ---- */

static void members_are_found_by_their_exact_key(void **state)
{
    (void)state;
    struct json *doc = accepted("{\"b\":1,\"a\":{\"x\":true},\"Ab\":2}");
    assert_int_equal(json_kind(json_get(doc, "a")), JSON_OBJECT);
    assert_true(json_bool(json_get(json_get(doc, "a"), "x")));
    assert_null(json_get(doc, "A"));
    assert_null(json_get(doc, "c"));
    assert_null(json_get(doc, "ab"));
    assert_null(json_get(json_get(doc, "b"), "x"));
    json_free(doc);
    json_free(NULL);
}

static void members_come_in_the_order_of_their_keys(void **state)
{
    (void)state;
    struct json *doc = accepted("{\"b\":1,\"\":2,\"\xc3\xa9\":3,\"ab\":4,\"a\":5,\"B\":6}");
    const char *const want[] = {"", "B", "a", "ab", "b", "\xc3\xa9"};
    size_t i = 0;
    for (const struct json *v = json_first(doc); v; v = json_next(v))
        assert_true(str_eq(json_key(v), str_of(want[i++])));
    assert_int_equal(i, 6);
    json_free(doc);
}

static void elements_keep_their_order(void **state)
{
    (void)state;
    struct json *doc = accepted("{\"a\":[3,1,2],\"e\":[]}");
    const int64_t want[] = {3, 1, 2};
    size_t i = 0;
    for (const struct json *v = json_first(json_get(doc, "a")); v; v = json_next(v)) {
        int64_t got;
        assert_true(json_integer(v, &got));
        assert_int_equal(got, want[i++]);
    }
    assert_int_equal(i, 3);
    assert_null(json_first(json_get(doc, "e")));
    json_free(doc);
}

static void every_kind_is_told_apart(void **state)
{
    (void)state;
    struct json *doc = accepted("{\"a\":null,\"b\":false,\"c\":0,\"d\":\"\",\"e\":[],\"f\":{}}");
    const enum json_kind want[] = {JSON_NULL,   JSON_BOOL,  JSON_NUMBER,
                                   JSON_STRING, JSON_ARRAY, JSON_OBJECT};
    size_t i = 0;
    for (const struct json *v = json_first(doc); v; v = json_next(v))
        assert_int_equal(json_kind(v), want[i++]);
    json_free(doc);
}

/* ---- canonical form ---- */

static const char *const SKIP_NOTHING[] = {NULL};

static void expect_canonical(const char *text, const char *const *skip, const char *canonical)
{
    uint8_t got[32], want[32];
    struct json *doc = accepted(text);
    json_canonical_hash(doc, STR(""), skip, got);
    sha256(canonical, strlen(canonical), want);
    json_free(doc);
    if (memcmp(got, want, sizeof got) != 0)
        fail_msg("%s is not %s", text, canonical);
}

static void canonical_sorts_and_normalises(void **state)
{
    (void)state;
    expect_canonical("{ }", SKIP_NOTHING, "{}");
    expect_canonical("{\"b\" : [1, 2.50, -0, null] , \"a\":{\"d\":true,\"c\":false}}", SKIP_NOTHING,
                     "{\"a\":{\"c\":false,\"d\":true},\"b\":[1,2.5,0,null]}");
    expect_canonical("{\"a\":[[],[{}],\"\"]}", SKIP_NOTHING, "{\"a\":[[],[{}],\"\"]}");
}

static void canonical_escapes_as_rfc_8785(void **state)
{
    (void)state;
    expect_canonical("{\"a\":\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\"}",
                     SKIP_NOTHING, "{\"a\":\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
    expect_canonical("{\"\\n\":\"\\b\\f\\r\\t\x7f\"}", SKIP_NOTHING,
                     "{\"\\n\":\"\\b\\f\\r\\t\x7f\"}");
}

static void canonical_leaves_out_named_members_of_the_top_only(void **state)
{
    (void)state;
    const char *const skip[] = {"req_id", "seen", "trace", NULL};
    expect_canonical("{\"trace\":1,\"seen\":[1],\"b\":{\"seen\":2},\"req_id\":\"x\",\"a\":1}", skip,
                     "{\"a\":1,\"b\":{\"seen\":2}}");
    expect_canonical("{\"trace\":1}", skip, "{}");
}

static void canonical_hash_starts_with_the_prefix(void **state)
{
    (void)state;
    uint8_t got[32], want[32];
    struct json *doc = accepted("{\"a\":1}");
    json_canonical_hash(doc, STR("order.place"), SKIP_NOTHING, got);
    sha256("order.place{\"a\":1}", 18, want);
    assert_memory_equal(got, want, sizeof got);
    json_free(doc);
}

/* Longer than the blocks in which it is hashed, at every offset around their edge. */
static void canonical_of_long_strings_is_whole(void **state)
{
    (void)state;
    char text[1400];
    for (size_t n = 490; n < 1100; n++) {
        size_t at = (size_t)sprintf(text, "{\"a\":\"");
        memset(text + at, 'x', n);
        strcpy(text + at + n, "\\n\",\"b\":1}");
        expect_canonical(text, SKIP_NOTHING, text);
    }
}

/* sync-protocol 3.1 */
static void canonical_body_of_the_journal_vector(void **state)
{
    (void)state;
    struct json *doc =
        accepted("{\"order_id\":\"P1\",\"channel\":\"POS\","
                 "\"lines\":[{\"object_type\":2,\"object_id\":1001,\"q_t\":20,"
                 "\"eff\":[{\"object_type\":2,\"object_id\":1001,\"q_t\":20,\"real_b\":100,"
                 "\"real_a\":100,\"lk_b\":0,\"lk_a\":20,\"H\":0,\"Lh\":20}]}]}");
    uint8_t hash[32];
    char hex[SHA256_HEX + 1] = {0};
    json_canonical_hash(doc, STR(""), SKIP_NOTHING, hash);
    hex_encode(hash, sizeof hash, hex);
    assert_string_equal(hex, "debd6b12756733da63ddb11532b39daacd801eeacb8a3bb1b1b378ad6638cf4a");
    json_free(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_objects_are_accepted),
        cmocka_unit_test(only_an_object_is_a_document),
        cmocka_unit_test(nothing_follows_the_object),
        cmocka_unit_test(broken_grammar_is_refused),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(a_key_twice_is_refused),
        cmocka_unit_test(escapes_are_decoded),
        cmocka_unit_test(bad_escapes_are_refused),
        cmocka_unit_test(half_a_surrogate_pair_is_refused),
        cmocka_unit_test(raw_control_characters_are_refused),
        cmocka_unit_test(bad_utf8_is_refused_anywhere),
        cmocka_unit_test(malformed_numbers_are_refused),
        cmocka_unit_test(integers_end_at_2_to_53_minus_1),
        cmocka_unit_test(fractions_end_at_15_digits),
        cmocka_unit_test(decimals_come_back_exactly),
        cmocka_unit_test(every_third_digit_pattern_comes_back_exactly),
        cmocka_unit_test(a_member_of_another_kind_is_nothing),
        cmocka_unit_test(only_integral_numbers_are_integers),
        cmocka_unit_test(only_numbers_and_strings_have_a_decimal),
        cmocka_unit_test(depth_ends_at_8),
        cmocka_unit_test(depth_is_not_breadth),
        cmocka_unit_test(a_request_ends_at_16384_bytes),
        cmocka_unit_test(a_request_ends_at_4096_values),
        cmocka_unit_test(an_object_may_have_a_hundred_thousand_members),
        cmocka_unit_test(why_names_the_fault_and_its_place),
        cmocka_unit_test(members_are_found_by_their_exact_key),
        cmocka_unit_test(members_come_in_the_order_of_their_keys),
        cmocka_unit_test(elements_keep_their_order),
        cmocka_unit_test(every_kind_is_told_apart),
        cmocka_unit_test(canonical_sorts_and_normalises),
        cmocka_unit_test(canonical_escapes_as_rfc_8785),
        cmocka_unit_test(canonical_leaves_out_named_members_of_the_top_only),
        cmocka_unit_test(canonical_hash_starts_with_the_prefix),
        cmocka_unit_test(canonical_of_long_strings_is_whole),
        cmocka_unit_test(canonical_body_of_the_journal_vector),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
