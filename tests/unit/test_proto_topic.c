#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"
#include "proto/topic.h"

static struct topic parse(const char *below)
{
    static char text[TOPIC_TEXT];
    return topic_parse(str_of(topic_make(text, "%s", below)));
}

static void expect_kind(const char *below, enum topic_kind kind)
{
    assert_int_equal(parse(below).kind, kind);
}

static void every_topic_of_the_tree_is_known(void **state)
{
    (void)state;
    expect_kind("hub", TOPIC_HUB);
    expect_kind("menu", TOPIC_MENU);
    expect_kind("stock/sku/1001", TOPIC_STOCK);
    expect_kind("stock/spu/7", TOPIC_STOCK);
    expect_kind("order/x7qk-42", TOPIC_ORDER);
    expect_kind("dev/till-1/order/x7qk-42", TOPIC_DEVICE_ORDER);
    expect_kind("pickup/A042", TOPIC_PICKUP);
    expect_kind("ticket/oven/x7qk-42/1", TOPIC_TICKET);
    expect_kind("alert/short-1001", TOPIC_ALERT);
    expect_kind("dev/till-1/state", TOPIC_STATE);
    expect_kind("dev/till-1/req/order.place", TOPIC_REQ);
    expect_kind("dev/till-1/res", TOPIC_RES);
    expect_kind("dev/till-1/cmd", TOPIC_CMD);
}

static void a_request_gives_device_and_verb(void **state)
{
    (void)state;
    struct topic t = parse("dev/till-1/req/order.place");
    assert_true(str_eq(t.device, STR("till-1")));
    assert_true(str_eq(t.name, STR("order.place")));
}

static void a_stock_topic_gives_its_object(void **state)
{
    (void)state;
    assert_int_equal(parse("stock/spu/7").object.type, OBJECT_SPU);
    struct topic t = parse("stock/sku/9223372036854775807");
    assert_int_equal(t.object.type, OBJECT_SKU);
    assert_int_equal(t.object.id, INT64_MAX);
}

static void a_ticket_gives_station_order_and_round(void **state)
{
    (void)state;
    struct topic t = parse("ticket/oven/x7qk-42/12");
    assert_true(str_eq(t.station, STR("oven")));
    assert_true(str_eq(t.name, STR("x7qk-42")));
    assert_int_equal(t.round, 12);
}

static void a_response_keeps_what_follows(void **state)
{
    (void)state;
    assert_true(str_eq(parse("dev/till-1/res").name, STR("")));
    assert_true(str_eq(parse("dev/till-1/res/a").name, STR("a")));
    assert_true(str_eq(parse("dev/till-1/res/a/b").name, STR("a/b")));
}

static void anything_else_is_foreign(void **state)
{
    (void)state;
    const char *const texts[] = {"",
                                 "hubs",
                                 "hub/",
                                 "/hub",
                                 "menu/x",
                                 "stock/sku",
                                 "stock/sku/",
                                 "stock/sku/0",
                                 "stock/sku/01",
                                 "stock/sku/-1",
                                 "stock/sku/1x",
                                 "stock/sku/9223372036854775808",
                                 "stock/sku/99999999999999999999",
                                 "stock/any/1",
                                 "order/",
                                 "order/a b",
                                 "order/a/b",
                                 "pickup/",
                                 "pickup/A/1",
                                 "alert/",
                                 "ticket/oven/x",
                                 "ticket/Oven/x/1",
                                 "ticket/oven/x/0",
                                 "ticket/oven/x/4294967296",
                                 "ticket/oven/x/1/2",
                                 "dev/till-1",
                                 "dev/Till/state",
                                 "dev/ab/state",
                                 "dev/till-1/other",
                                 "dev/till-1/state/x",
                                 "dev/till-1/req",
                                 "dev/till-1/req/",
                                 "dev/till-1/req/a/b",
                                 "dev/till-1/res/",
                                 "dev/till-1/cmd/x",
                                 "dev/till-1/order/"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        expect_kind(texts[i], TOPIC_FOREIGN);
}

static void a_foreign_prefix_is_foreign(void **state)
{
    (void)state;
    assert_int_equal(topic_parse(STR("poshub/v2/hub")).kind, TOPIC_FOREIGN);
    assert_int_equal(topic_parse(STR("poshub/v1")).kind, TOPIC_FOREIGN);
    assert_int_equal(topic_parse(STR("")).kind, TOPIC_FOREIGN);
    assert_int_equal(topic_parse((struct str){NULL, 0}).kind, TOPIC_FOREIGN);
}

static void topics_are_made_below_the_prefix(void **state)
{
    (void)state;
    char text[TOPIC_TEXT];
    assert_string_equal(topic_make(text, "stock/sku/%d", 1001), "poshub/v1/stock/sku/1001");
}

static struct str repeated(char *buf, char c, size_t n)
{
    memset(buf, c, n);
    return (struct str){buf, n};
}

static void ids_end_at_their_limits(void **state)
{
    (void)state;
    char buf[LIMIT_REQ_ID + 1];
    assert_false(id_is_device(STR("ab")));
    assert_true(id_is_device(STR("abc")));
    assert_true(id_is_device(repeated(buf, 'a', LIMIT_DEVICE_ID)));
    assert_false(id_is_device(repeated(buf, 'a', LIMIT_DEVICE_ID + 1)));
    assert_true(id_is_req(repeated(buf, 'a', LIMIT_REQ_ID)));
    assert_false(id_is_req(repeated(buf, 'a', LIMIT_REQ_ID + 1)));
    assert_true(id_is_order(repeated(buf, 'a', LIMIT_ORDER_ID)));
    assert_false(id_is_order(repeated(buf, 'a', LIMIT_ORDER_ID + 1)));
    assert_true(id_is_station(repeated(buf, 'a', LIMIT_STATION)));
    assert_false(id_is_station(repeated(buf, 'a', LIMIT_STATION + 1)));
    assert_false(id_is_req(STR("")));
    assert_false(id_is_station(STR("")));
}

static void ids_take_their_letters_only(void **state)
{
    (void)state;
    assert_true(id_is_req(STR("aZ09_-")));
    assert_true(id_is_order(STR("aZ09_-")));
    assert_true(id_is_device(STR("a-9")));
    assert_false(id_is_device(STR("a_9")));
    assert_false(id_is_device(STR("A-9")));
    assert_false(id_is_order(STR("a/b")));
    assert_false(id_is_order(STR("a+b")));
    assert_false(id_is_order(STR("a#b")));
    assert_false(id_is_req(STR("a.b")));
    assert_false(id_is_req(STR("\xc3\xa4")));
}

/* At the end of an exact allocation, so that reading on would be noticed. */
static bool valid(struct str text)
{
    char *copy = malloc(text.n ? text.n : 1);
    assert_non_null(copy);
    memcpy(copy, text.p, text.n);
    bool fine = utf8_valid((struct str){copy, text.n});
    free(copy);
    return fine;
}

static void utf8_is_taken_up_to_the_last_code_point(void **state)
{
    (void)state;
    assert_true(valid(STR("")));
    assert_true(valid(STR("plain text longer than eight bytes")));
    assert_true(valid(STR("Cr\xc3\xa8me br\xc3\xbbl\xc3\xa9"
                          "e")));
    assert_true(valid(STR("\xe9\xba\xbb\xe5\xa9\x86\xe8\xb1\x86\xe8\x85\x90")));
    assert_true(valid(STR("\xf0\x9f\x8d\x95")));
    assert_true(valid(STR("\xf4\x8f\xbf\xbf")));
    assert_true(valid(STR("\xed\x9f\xbf\xee\x80\x80")));
}

static void bad_utf8_is_refused(void **state)
{
    (void)state;
    assert_false(valid(STR("\x80")));
    assert_false(valid(STR("\xc0\x80")));
    assert_false(valid(STR("\xc1\xbf")));
    assert_false(valid(STR("\xe0\x9f\xbf")));
    assert_false(valid(STR("\xed\xa0\x80")));
    assert_false(valid(STR("\xf0\x8f\xbf\xbf")));
    assert_false(valid(STR("\xf4\x90\x80\x80")));
    assert_false(valid(STR("\xf5\x80\x80\x80")));
    assert_false(valid(STR("\xff")));
    assert_false(valid(STR("12345678\xc3")));
    assert_false(valid(STR("1234567\xc3")));
    assert_false(valid(STR("\xe2\x82")));
    assert_false(valid(STR("\xf0\x9f\x8d")));
    assert_false(valid(STR("\xc3\x28")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_topic_of_the_tree_is_known),
        cmocka_unit_test(a_request_gives_device_and_verb),
        cmocka_unit_test(a_stock_topic_gives_its_object),
        cmocka_unit_test(a_ticket_gives_station_order_and_round),
        cmocka_unit_test(a_response_keeps_what_follows),
        cmocka_unit_test(anything_else_is_foreign),
        cmocka_unit_test(a_foreign_prefix_is_foreign),
        cmocka_unit_test(topics_are_made_below_the_prefix),
        cmocka_unit_test(ids_end_at_their_limits),
        cmocka_unit_test(ids_take_their_letters_only),
        cmocka_unit_test(utf8_is_taken_up_to_the_last_code_point),
        cmocka_unit_test(bad_utf8_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
