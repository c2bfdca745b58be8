#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "proto/crypto.h"
#include "proto/json.h"

static void expect(const struct jw *w, const char *want)
{
    assert_true(jw_ok(w));
    struct str got = jw_text(w);
    if (!str_eq(got, str_of(want)))
        fail_msg("got %.*s, want %s", (int)got.n, got.p, want);
}

static void write_everything(struct jw *w)
{
    jw_open(w, '{');
    jw_kstring(w, "s", STR("a\"b"));
    jw_kint(w, "i", INT64_MIN);
    jw_kbool(w, "t", true);
    jw_kbool(w, "f", false);
    jw_kqty(w, "q", 85);
    jw_kmoney(w, "m", 127500);
    jw_kid(w, "id", 1001);
    jw_karray(w, "a");
    jw_int(w, 1);
    jw_null(w);
    jw_open(w, '{');
    jw_close(w, '}');
    jw_open(w, '[');
    jw_close(w, ']');
    jw_hex(w, "\x01\xff", 2);
    jw_close(w, ']');
    jw_kobject(w, "o");
    jw_key(w, "raw");
    jw_raw(w, STR("[2]"));
    jw_kqty(w, "z", 0);
    jw_close(w, '}');
    jw_close(w, '}');
}

static const char EVERYTHING[] =
    "{\"s\":\"a\\\"b\",\"i\":-9223372036854775808,\"t\":true,\"f\":false,\"q\":\"8.5\","
    "\"m\":\"12.7500\",\"id\":\"1001\",\"a\":[1,null,{},[],\"01ff\"],\"o\":{\"raw\":[2],"
    "\"z\":\"0\"}}";

static void commas_are_where_json_wants_them(void **state)
{
    (void)state;
    char buf[512];
    struct jw w;
    jw_init(&w, buf, sizeof buf);
    write_everything(&w);
    expect(&w, EVERYTHING);
}

/* At the end of an exact allocation, so that writing on would be noticed. */
static void every_short_buffer_is_full_and_never_written_past(void **state)
{
    (void)state;
    for (size_t cap = 0; cap < sizeof EVERYTHING - 1; cap++) {
        char *buf = malloc(cap ? cap : 1);
        assert_non_null(buf);
        struct jw w;
        jw_init(&w, buf, cap);
        write_everything(&w);
        assert_false(jw_ok(&w));
        assert_true(jw_text(&w).n <= cap);
        free(buf);
    }
    char exact[sizeof EVERYTHING - 1];
    struct jw w;
    jw_init(&w, exact, sizeof exact);
    write_everything(&w);
    expect(&w, EVERYTHING);
}

static void after_an_overflow_nothing_is_added(void **state)
{
    (void)state;
    char buf[4];
    struct jw w;
    jw_init(&w, buf, sizeof buf);
    jw_string(&w, STR("too long"));
    size_t n = jw_text(&w).n;
    jw_int(&w, 1);
    assert_false(jw_ok(&w));
    assert_int_equal(jw_text(&w).n, n);
}

static void strings_are_escaped_as_rfc_8785(void **state)
{
    (void)state;
    char buf[128];
    struct jw w;
    jw_init(&w, buf, sizeof buf);
    jw_string(&w, STR("\b\t\n\f\r\"\\/\x01\x1f\x7f\xc3\xa9"));
    expect(&w, "\"\\b\\t\\n\\f\\r\\\"\\\\/\\u0001\\u001f\x7f\xc3\xa9\"");
    jw_init(&w, buf, sizeof buf);
    jw_string(&w, (struct str){NULL, 0});
    expect(&w, "\"\"");
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    char every[128], buf[1024];
    for (size_t i = 0; i < sizeof every - 1; i++)
        every[i] = (char)(i + 1);
    struct str text = {every, sizeof every - 1};
    struct jw w;
    jw_init(&w, buf, sizeof buf);
    jw_open(&w, '{');
    jw_kstring(&w, "a", text);
    jw_close(&w, '}');
    struct json *doc = json_parse(jw_text(&w).p, jw_text(&w).n, &JSON_REQUEST, NULL);
    assert_non_null(doc);
    assert_true(str_eq(json_string(json_get(doc, "a")), text));
    json_free(doc);
}

/* A parsed value is written in the form that is hashed. */
static void a_parsed_value_is_written_in_canonical_form(void **state)
{
    (void)state;
    static const char *const NOTHING[] = {NULL};
    static const char TEXT[] = "{ \"b\": [1, 2.50, -0.0001, {\"z\":null,\"a\":true}, []], "
                               "\"a\": \"\\u00e9\\n\", \"aa\": {}, \"c\": 9007199254740991 }";
    char buf[256];
    uint8_t hash[SHA256_BYTES], canonical[SHA256_BYTES];
    struct jw w;
    struct json *doc = json_parse(TEXT, sizeof TEXT - 1, &JSON_CLOUD, NULL);
    assert_non_null(doc);
    jw_init(&w, buf, sizeof buf);
    jw_value(&w, doc);
    expect(&w, "{\"a\":\"\xc3\xa9\\n\",\"aa\":{},\"b\":[1,2.5,-0.0001,{\"a\":true,\"z\":null},[]],"
               "\"c\":9007199254740991}");
    sha256(w.p, w.n, hash);
    json_canonical_hash(doc, STR(""), NOTHING, canonical);
    assert_memory_equal(hash, canonical, sizeof hash);
    json_free(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_are_where_json_wants_them),
        cmocka_unit_test(every_short_buffer_is_full_and_never_written_past),
        cmocka_unit_test(after_an_overflow_nothing_is_added),
        cmocka_unit_test(strings_are_escaped_as_rfc_8785),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(a_parsed_value_is_written_in_canonical_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
