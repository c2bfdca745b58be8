/* sync/push_read: what a message of the broker is, or why it is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sync/push_read.h"
#include "tests/unit/cloud_text.h"

#define PUSH(type, event, data)                                                                    \
    "{'brandId':'1','poiId':'1','objectType':'" type "','eventType':'" event                       \
    "','ver':8,'prev_ver':7,'hlc':[5,0],'data':" data "}"

static const struct store_identity STORE = {STR("1"), STR("1")};

static struct push_letter *read_text(const char *leaf, const char *text, enum push_refusal *why)
{
    char copy[8192];
    size_t n = strlen(text);
    for (size_t i = 0; i <= n; i++)
        copy[i] = text[i] == '\'' ? '"' : text[i];
    return push_read(&STORE, str_of(leaf), (struct str){copy, n}, why);
}

static void a_head_is_a_version_alone(void **state)
{
    (void)state;
    enum push_refusal why;
    struct push_letter *l = read_text("head", "{'ver':88,'hlc':[5,0]}", &why);
    assert_non_null(l);
    assert_int_equal(why, PUSH_REFUSAL_COUNT);
    assert_true(l->head);
    assert_int_equal(l->ver, 88);
    push_letter_free(l);
}

/* The published ones. */
static void each_kind_comes_with_its_version(void **state)
{
    (void)state;
    static char text[8192];
    enum push_refusal why;
    struct json *doc = fixture("sync-protocol/push.json");
    struct jw w;
    jw_init(&w, text, sizeof text);
    jw_value(&w, doc);
    struct push_letter *l = push_read(&STORE, STR("down"), jw_text(&w), &why);
    assert_non_null(l);
    assert_int_equal(l->kind, CLOUD_ITEM_STOCK);
    assert_int_equal(l->row.over, l->ver);
    assert_true(l->prev_ver < l->ver && !l->head);
    push_letter_free(l);
    json_free(doc);
    l = read_text("down",
                  PUSH("oversell", "poi.item.oversell",
                       "{'case':'ov:1:2:1001:','state':'OPEN','object_type':2,'object_id':1001,"
                       "'over_t':40,'at_risk_t':0,'cause':'PARTITION','supply_t':100,'ranking':"
                       "'STORE_FIRST','order_confidence':'high','claims':[]}"),
                  &why);
    assert_non_null(l);
    assert_int_equal(l->kind, CLOUD_ITEM_OVERSELL);
    assert_int_equal(l->found.over, 8);
    push_letter_free(l);
    l = read_text("down", PUSH("weather", "poi.weather", "{}"), &why);
    assert_non_null(l);
    assert_int_equal(l->kind, CLOUD_ITEM_UNKNOWN);
    push_letter_free(l);
}

static void what_is_no_good_is_named(void **state)
{
    static const struct {
        const char *leaf, *text;
        enum push_refusal why;
    } TABLE[] = {
        {"head", "{'hlc':[5,0]}", PUSH_MALFORMED},
        {"head", "{'ver':", PUSH_MALFORMED},
        {"ack", "{'applied_ver':1}", PUSH_FOREIGN},
        {"down", "{}", PUSH_MALFORMED},
        {"down", PUSH("item_stock", "poi.item.stock", "{}"), PUSH_MALFORMED},
        {"down", PUSH("order", "poi.order", "{}"), PUSH_MALFORMED},
        {"down", PUSH("oversell", "poi.item.oversell", "{}"), PUSH_MALFORMED},
        {"down",
         "{'brandId':'1','poiId':'2','objectType':'x','eventType':'y','ver':8,'prev_ver':7,"
         "'hlc':[5,0],'data':{}}",
         PUSH_FOREIGN},
        {"down", "{'brandId':'1','poiId':'1','objectType':'x','eventType':'y','data':{}}",
         PUSH_UNVERSIONED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof TABLE / sizeof *TABLE; i++) {
        enum push_refusal why = PUSH_REFUSAL_COUNT;
        assert_null(read_text(TABLE[i].leaf, TABLE[i].text, &why));
        assert_int_equal(why, TABLE[i].why);
        assert_string_not_equal(push_refusal_name(why), "none");
    }
}

static void what_is_too_large_is_not_looked_at(void **state)
{
    (void)state;
    static char text[LIMIT_PACKET_BYTES + 1];
    enum push_refusal why;
    memset(text, ' ', sizeof text);
    memcpy(text, "{\"ver\":1,\"hlc\":[5,0]}", 21);
    struct push_letter *l =
        push_read(&STORE, STR("head"), (struct str){text, LIMIT_PACKET_BYTES}, &why);
    assert_non_null(l);
    push_letter_free(l);
    assert_null(push_read(&STORE, STR("head"), (struct str){text, LIMIT_PACKET_BYTES + 1}, &why));
    assert_int_equal(why, PUSH_OVERSIZED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_is_a_version_alone),
        cmocka_unit_test(each_kind_comes_with_its_version),
        cmocka_unit_test(what_is_no_good_is_named),
        cmocka_unit_test(what_is_too_large_is_not_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
