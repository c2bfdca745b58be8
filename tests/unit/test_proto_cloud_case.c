#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "proto/cloud_batch.h"
#include "proto/cloud_case.h"
#include "proto/row.h"
#include "tests/unit/cloud_text.h"

static char path[FIELD_PATH];
static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static void expect_refused(const char *text, const char *at)
{
    struct cloud_case k;
    struct json *doc = doc_of(text);
    assert_int_equal(cloud_case_decode(doc, &arena, &k, path), CODE_BAD_REQUEST);
    assert_string_equal(path, at);
    json_free(doc);
}

/* The report of sync-protocol 5.3, as an element of a pull. */
static void the_published_case_is_read(void **state)
{
    (void)state;
    struct cloud_item item;
    struct cloud_case k;
    struct json *doc = fixture("sync-protocol/case.json");
    assert_int_equal(cloud_item_decode(doc, &item, path), CODE_OK);
    assert_int_equal(item.kind, CLOUD_ITEM_OVERSELL);
    assert_int_equal(cloud_case_decode(item.data, &arena, &k, path), CODE_OK);
    assert_true(k.object.type == OBJECT_SKU && k.object.id == 1001);
    assert_str(k.gen_id, "R:1769551200000");
    assert_int_equal(k.state, CASE_OPEN);
    assert_int_equal(k.over_t, 40);
    assert_int_equal(k.supply_t, 100);
    assert_str(k.cause, "PARTITION");
    assert_true(k.confident);
    assert_int_equal(k.n_claims, 4);
    json_free(doc);
}

static void wish_of_a_claim_is_read(void **state)
{
    (void)state;
    struct cloud_case k;
    struct json *doc = doc_of("{'case':'ov:1:2:1003:','state':'OPEN','over_t':10,'claims':["
                              "{'side':'store','order_id':'P1','q_t':20,'short_t':10,"
                              "'wish':'REFUND'},"
                              "{'side':'store','order_id':'P2','q_t':20,'short_t':0}]}");
    assert_int_equal(cloud_case_decode(doc, &arena, &k, path), CODE_OK);
    assert_str(k.claims[0].wish, "REFUND");
    assert_int_equal(k.claims[1].wish.n, 0);
    json_free(doc);
}

static void short_claims_come_first(void **state)
{
    (void)state;
    struct cloud_case k;
    struct json *doc = fixture("sync-protocol/case.json");
    assert_int_equal(cloud_case_decode(json_get(doc, "data"), &arena, &k, path), CODE_OK);
    assert_str(k.claims[0].order_id, "O1");
    assert_str(k.claims[1].order_id, "O2");
    assert_int_equal(k.claims[1].short_t, 30);
    assert_str(k.claims[2].order_id, "P1");
    assert_true(k.claims[2].served && k.claims[2].side == SIDE_STORE);
    json_free(doc);
}

static void the_id_of_both_sides_is_taken_apart(void **state)
{
    (void)state;
    struct stock_row r;
    struct object object;
    struct str gen;
    char id[OVERSELL_CASE_ID];
    stock_plain((struct object){OBJECT_SPU, 500}, &r);
    r.gen_id = STR("T:8");
    size_t n = oversell_case_id(STR("417"), &r, id);
    assert_true(cloud_case_id_parse((struct str){id, n}, &object, &gen));
    assert_true(object.type == OBJECT_SPU && object.id == 500);
    assert_str(gen, "T:8");
}

static void what_is_no_id_is_refused(void **state)
{
    (void)state;
    static const char *const IDS[] = {
        "",          "ov",        "ov:1:2:1001", "xx:1:2:1001:", "ov:1:3:1:",
        "ov:1:0:1:", "ov:1:2:0:", "ov:1:2:01:",  "ov::2:1:",     "ov:1:2:99999999999999999999:"};
    for (size_t i = 0; i < sizeof IDS / sizeof *IDS; i++) {
        struct object object;
        struct str gen;
        assert_false(cloud_case_id_parse(str_of(IDS[i]), &object, &gen));
    }
}

#define HEAD "'case':'ov:1:2:1001:','state':'OPEN','over_t':10"

static void what_it_needs_is_named(void **state)
{
    (void)state;
    expect_refused("{}", "case");
    expect_refused("{'case':'ov:1:2:1001:'}", "state");
    expect_refused("{'case':'ov:1:2:1001:','state':'LOST'}", "state");
    expect_refused("{'case':'ov:1:2:1001:','state':'OPEN'}", "over_t");
    expect_refused("{" HEAD ",'claims':[{}]}", "claims[0].side");
    expect_refused("{" HEAD ",'claims':[{'side':'store'}]}", "claims[0].order_id");
    expect_refused("{" HEAD ",'claims':[{'side':'store','order_id':'P1','q_t':10}]}",
                   "claims[0].short_t");
}

static uint16_t claims_of(unsigned n, uint32_t *left_out)
{
    static char text[16384];
    struct cloud_case k;
    size_t at = (size_t)snprintf(text, sizeof text, "{" HEAD ",'claims':[");
    for (unsigned i = 0; i < n; i++)
        at += (size_t)snprintf(text + at, sizeof text - at,
                               "%s{'side':'online','order_id':'O%u','q_t':10,'short_t':%u}",
                               i ? "," : "", i, i % 2);
    snprintf(text + at, sizeof text - at, "]}");
    struct json *doc = doc_of(text);
    assert_int_equal(cloud_case_decode(doc, &arena, &k, path), CODE_OK);
    *left_out = k.left_out;
    json_free(doc);
    return k.n_claims;
}

static void more_claims_than_are_kept_are_counted(void **state)
{
    (void)state;
    uint32_t left_out;
    assert_int_equal(claims_of(LIMIT_CASE_CLAIMS, &left_out), LIMIT_CASE_CLAIMS);
    assert_int_equal(left_out, 0);
    assert_int_equal(claims_of(LIMIT_CASE_CLAIMS + 1, &left_out), LIMIT_CASE_CLAIMS);
    assert_int_equal(left_out, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_published_case_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(wish_of_a_claim_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(short_claims_come_first, setup, teardown),
        cmocka_unit_test(the_id_of_both_sides_is_taken_apart),
        cmocka_unit_test(what_is_no_id_is_refused),
        cmocka_unit_test_setup_teardown(what_it_needs_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(more_claims_than_are_kept_are_counted, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
