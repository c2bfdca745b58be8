#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "proto/wire.h"
#include "tests/unit/cloud_text.h"

/* ---- times ---- */

static void expect_time(const char *text, int64_t at_ms, int16_t offset_min)
{
    int64_t got_ms = -1;
    int16_t got_min = -1;
    assert_true(wire_time_parse(str_of(text), &got_ms, &got_min));
    assert_int_equal(got_ms, at_ms);
    assert_int_equal(got_min, offset_min);
}

static void times_are_instants_with_an_offset(void **state)
{
    (void)state;
    expect_time("1970-01-01T00:00:00Z", 0, 0);
    expect_time("2026-01-28T10:00:00+08:00", 1769565600000, 480);
    expect_time("2026-01-28T10:00:00.123+08:00", 1769565600123, 480);
    expect_time("2026-01-28T02:00:00.123456789Z", 1769565600123, 0);
    expect_time("2026-01-27T22:30:00.5-03:30", 1769565600500, -210);
    expect_time("2000-02-29T23:59:59.999+00:00", 951868799999, 0);
    expect_time("9999-12-31T23:59:59Z", 253402300799000, 0);
}

static void what_is_no_time_is_refused(void **state)
{
    (void)state;
    static const char *const BAD[] = {"",
                                      "2026-01-28",
                                      "2026-01-28T10:00:00",
                                      "2026-01-28 10:00:00Z",
                                      "2026-13-01T00:00:00Z",
                                      "2026-02-30T00:00:00Z",
                                      "2025-02-29T00:00:00Z",
                                      "2026-01-00T00:00:00Z",
                                      "2026-01-28T24:00:00Z",
                                      "2026-01-28T10:60:00Z",
                                      "2026-01-28T10:00:60Z",
                                      "2026-01-28T10:00:00.Z",
                                      "2026-01-28T10:00:00.1234567890Z",
                                      "2026-01-28T10:00:00+0800",
                                      "2026-01-28T10:00:00+16:00",
                                      "2026-01-28T10:00:00Zz",
                                      "1969-12-31T23:59:59Z",
                                      "02026-01-28T10:00:00Z"};
    int64_t at_ms = 7;
    int16_t offset_min = 7;
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        assert_false(wire_time_parse(str_of(BAD[i]), &at_ms, &offset_min));
    assert_int_equal(at_ms, 7);
    assert_int_equal(offset_min, 7);
}

static void expect_told(int64_t at_ms, int16_t offset_min, bool always_ms, const char *text)
{
    char out[WIRE_TIME];
    assert_int_equal(wire_time_format(at_ms, offset_min, always_ms, out), strlen(text));
    assert_string_equal(out, text);
}

static void times_are_told_at_the_stores_offset(void **state)
{
    (void)state;
    expect_told(1769565600000, 480, false, "2026-01-28T10:00:00+08:00");
    expect_told(1769565600000, 480, true, "2026-01-28T10:00:00.000+08:00");
    expect_told(1769565600123, -210, false, "2026-01-27T22:30:00.123-03:30");
    expect_told(-1, 0, false, "1969-12-31T23:59:59.999+00:00");
    expect_told(INT64_MAX, 0, false, "9999-12-31T23:59:59.999+00:00");
    expect_told(INT64_MIN, 0, false, "0000-03-01T00:00:00+00:00");
}

static void every_day_of_an_era_comes_back(void **state)
{
    (void)state;
    char text[WIRE_TIME];
    for (int64_t day = 0; day < 146097 + 366; day++) {
        int64_t at_ms = -1;
        int16_t offset_min;
        size_t n = wire_time_format(day * 86400000 + 1, 0, false, text);
        assert_true(wire_time_parse((struct str){text, n}, &at_ms, &offset_min));
        assert_int_equal(at_ms, day * 86400000 + 1);
    }
}

/* ---- values ---- */

struct reading {
    struct fields f;
    struct arena arena;
    char path[FIELD_PATH];
    struct json *doc;
};

static void begin(struct reading *r, const char *text)
{
    arena_init(&r->arena, 1024);
    fields_begin(&r->f, &r->arena, r->path);
    r->doc = doc_of(text);
}

static void end(struct reading *r)
{
    json_free(r->doc);
    arena_free(&r->arena);
}

static void ids_are_numbers_or_strings(void **state)
{
    (void)state;
    struct reading r;
    int64_t id = 0;
    begin(&r, "{'a':1001,'b':'9223372036854775807','c':9007199254740991,'d':null}");
    assert_true(wire_id(&r.f, r.doc, "a", &id));
    assert_int_equal(id, 1001);
    assert_true(wire_id(&r.f, r.doc, "b", &id));
    assert_true(id == INT64_MAX);
    assert_true(wire_id(&r.f, r.doc, "c", &id));
    assert_true(id == 9007199254740991);
    assert_false(wire_id(&r.f, r.doc, "d", &id));
    assert_int_equal(r.f.code, CODE_OK);
    end(&r);
}

static void no_id_is_altered(void **state)
{
    (void)state;
    static const char *const BAD[] = {"{'a':0}",
                                      "{'a':-1}",
                                      "{'a':1.5}",
                                      "{'a':'01'}",
                                      "{'a':''}",
                                      "{'a':'1e3'}",
                                      "{'a':'9223372036854775808'}",
                                      "{'a':true}",
                                      "{'a':[1]}"};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        struct reading r;
        int64_t id = 7;
        begin(&r, BAD[i]);
        assert_false(wire_id(&r.f, r.doc, "a", &id));
        assert_int_equal(r.f.code, CODE_BAD_REQUEST);
        assert_string_equal(r.path, "a");
        assert_int_equal(id, 7);
        end(&r);
    }
    assert_null(json_parse("{\"a\":9007199254740993}", 22, &JSON_CLOUD, NULL));
}

static void a_store_may_be_named_by_numbers(void **state)
{
    (void)state;
    struct reading r;
    struct str brand, poi;
    begin(&r, "{'brandId':12,'poiId':'S-1'}");
    wire_need_store(&r.f, r.doc, &brand, &poi);
    assert_int_equal(r.f.code, CODE_OK);
    assert_str(brand, "12");
    assert_str(poi, "S-1");
    end(&r);
    begin(&r, "{'brandId':'1','poiId':'a/b'}");
    wire_need_store(&r.f, r.doc, &brand, &poi);
    assert_int_equal(r.f.code, CODE_BAD_REQUEST);
    assert_string_equal(r.path, "poiId");
    end(&r);
}

static void clocks_have_their_shape(void **state)
{
    (void)state;
    static const char *const BAD[] = {"{'a':[1,2]}",    "{'a':[1,2,3]}",   "{'a':[1,65536,0]}",
                                      "{'a':[-1,0,0]}", "{'a':[1,2,0,0]}", "{'a':[1,'2',0]}",
                                      "{'a':5}"};
    struct reading r;
    struct stamp stamp = {0};
    begin(&r, "{'a':[1769565000000,3,2]}");
    assert_true(wire_stamp(&r.f, r.doc, "a", &stamp));
    assert_true(stamp.l_ms == 1769565000000 && stamp.c == 3 && stamp.origin == ORIGIN_TIMER);
    end(&r);
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        begin(&r, BAD[i]);
        assert_false(wire_stamp(&r.f, r.doc, "a", &stamp));
        assert_int_equal(r.f.code, CODE_BAD_REQUEST);
        end(&r);
    }
}

static void expect_put_id(int64_t id, const char *text)
{
    char buf[64];
    struct jw w;
    jw_init(&w, buf, sizeof buf);
    jw_open(&w, '{');
    wire_put_id(&w, "a", id);
    jw_close(&w, '}');
    assert_str(jw_text(&w), text);
}

static void large_ids_are_strings(void **state)
{
    (void)state;
    expect_put_id(1, "{\"a\":1}");
    expect_put_id(9007199254740991, "{\"a\":9007199254740991}");
    expect_put_id(9007199254740992, "{\"a\":\"9007199254740992\"}");
}

static void decimals_are_bare_and_short(void **state)
{
    (void)state;
    char buf[64];
    struct jw w;
    jw_init(&w, buf, sizeof buf);
    jw_open(&w, '{');
    wire_put_decimal(&w, "a", 80);
    wire_put_decimal(&w, "b", 85);
    wire_put_decimal(&w, "c", -5);
    jw_close(&w, '}');
    assert_str(jw_text(&w), "{\"a\":8,\"b\":8.5,\"c\":-0.5}");
}

/* RFC 4648, section 10 */
static void expect_base64(const char *text, const char *want)
{
    char buf[64];
    struct jw w;
    jw_init(&w, buf, sizeof buf);
    jw_base64(&w, text, strlen(text));
    assert_str(jw_text(&w), want);
}

static void base64_has_its_published_vectors(void **state)
{
    (void)state;
    expect_base64("", "\"\"");
    expect_base64("f", "\"Zg==\"");
    expect_base64("fo", "\"Zm8=\"");
    expect_base64("foo", "\"Zm9v\"");
    expect_base64("foob", "\"Zm9vYg==\"");
    expect_base64("fooba", "\"Zm9vYmE=\"");
    expect_base64("foobar", "\"Zm9vYmFy\"");
    expect_base64("\xfb\xff\xbf", "\"+/+/\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_instants_with_an_offset),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(times_are_told_at_the_stores_offset),
        cmocka_unit_test(every_day_of_an_era_comes_back),
        cmocka_unit_test(ids_are_numbers_or_strings),
        cmocka_unit_test(no_id_is_altered),
        cmocka_unit_test(a_store_may_be_named_by_numbers),
        cmocka_unit_test(clocks_have_their_shape),
        cmocka_unit_test(large_ids_are_strings),
        cmocka_unit_test(decimals_are_bare_and_short),
        cmocka_unit_test(base64_has_its_published_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
