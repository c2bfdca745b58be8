#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "proto/cloud_batch.h"
#include "proto/shares.h"
#include "tests/unit/cloud_text.h"

static char buf[65536];

static void decode(const struct json *v, struct cloud_row *out)
{
    char path[FIELD_PATH];
    enum code code = cloud_row_decode(v, out, path);
    if (code != CODE_OK)
        fail_msg("%s at %s", code_name(code), path);
}

static void expect_refused(const char *text, enum code code, const char *at)
{
    char path[FIELD_PATH];
    struct cloud_row row;
    struct json *doc = doc_of(text);
    assert_int_equal(cloud_row_decode(doc, &row, path), code);
    assert_string_equal(path, at);
    json_free(doc);
}

/* ---- base-api.md ---- */

static void the_legacy_body_is_an_absolute_write(void **state)
{
    (void)state;
    struct cloud_row r;
    struct json *doc = fixture("base-api/sync-from-pos.json");
    decode(doc, &r);
    assert_true(r.row.object.type == OBJECT_SKU && r.row.object.id == 1);
    assert_int_equal(r.row.status, STATUS_ON_SALE);
    assert_int_equal(r.row.type, STOCK_LIMITED);
    assert_int_equal(r.row.plan_t, 100);
    assert_int_equal(stock_real(&r.row), 80);
    assert_int_equal(r.row.auto_restore, 2);
    assert_true(r.row.restore_at_ms == 1769551200000);
    assert_str(r.updated_at, "2026-01-28T10:00:00+08:00");
    assert_true(r.updated_at_ms == 1769565600000);
    assert_int_equal(r.offset_min, 480);
    assert_false(r.has_x);
    json_free(doc);
}

static void a_channel_without_a_limit_shares_the_whole_pool(void **state)
{
    (void)state;
    struct cloud_row r;
    struct json *doc = fixture("base-api/sync-from-pos.json");
    decode(doc, &r);
    assert_int_equal(r.row.n_channels, 1);
    assert_int_equal(stock_avail(&r.row, CHANNEL_POS), 0); /* sold out there */
    r.row.channels[0].status = STATUS_ON_SALE;
    assert_int_equal(stock_avail(&r.row, CHANNEL_POS), 80);
    assert_true(stock_channel_room(&r.row, CHANNEL_POS) == AVAIL_INFINITE);
    json_free(doc);
}

static void the_legacy_body_goes_out_as_it_came_in(void **state)
{
    (void)state;
    struct cloud_row r;
    struct jw w;
    struct json *doc = fixture("base-api/sync-from-pos.json");
    struct json *typed = doc_of(
        "{'brandId':'1','poiId':'1','object_id':1,'object_type':2,'stock_status':1,'stock_type':2,"
        "'plan_quantity':10,'real_quantity':8,'auto_restore_type':2,"
        "'auto_restore_at':'2026-01-28T06:00:00+08:00','updated_at':'2026-01-28T10:00:00+08:00',"
        "'channel_stocks':[{'stock_status':2,'stock_type':2,'channel_code':'POS'}]}");
    decode(doc, &r);
    jw_init(&w, buf, sizeof buf);
    cloud_row_encode(&w, &r, STR("1"), STR("1"));
    same_text(&w, typed);
    json_free(typed);
    json_free(doc);
}

/* ---- sync-protocol 4.4 ---- */

static void the_extension_comes_and_goes_whole(void **state)
{
    (void)state;
    struct cloud_row r;
    struct jw w;
    struct json *doc = fixture("sync-protocol/push.json");
    const struct json *data = json_get(doc, "data");
    decode(data, &r);
    assert_true(r.has_x && r.row.n_offers == 1 && !r.deleted);
    assert_int_equal(r.row.base_t, 100);
    assert_int_equal(r.row.h_t, -20);
    assert_true(r.row.h_at.epoch == 7 && r.row.h_at.seq == 1043);
    assert_int_equal(r.row.c_t, -20);
    assert_int_equal(r.row.gr_t, 90);
    assert_int_equal(stock_real(&r.row), 60);
    assert_int_equal(r.real_t, 60);
    assert_int_equal(r.row.channels[0].limit_t, 100);
    assert_int_equal(r.row.channels[0].weight, 5);
    assert_str(r.row.gen_id, "R:1769551200000");
    assert_true(r.row.offers[0].n == 4 && r.row.offers[0].hub_t == 70);
    jw_init(&w, buf, sizeof buf);
    cloud_row_encode(&w, &r, STR(""), STR(""));
    same_text(&w, data);
    json_free(doc);
}

static struct cloud_row everything(void)
{
    struct cloud_row r = {.has_x = true, .over = 88121, .deleted = true, .offset_min = 480};
    stock_plain((struct object){OBJECT_SPU, 9007199254740993}, &r.row);
    r.row.status = STATUS_SOLD_OUT;
    r.row.type = STOCK_LIMITED;
    r.row.plan_t = 85;
    r.row.step_t = 5;
    r.row.auto_restore = r.row.repeat = 1;
    r.row.restore_at_ms = 1769551200001;
    r.row.mode = MODE_STRICT;
    r.row.policy = POLICY_WEIGHTED_SOFT;
    r.row.rebalance_s = 900;
    r.row.release_at_ms = 1769551200000;
    r.row.ranking = 2;
    r.row.status_stamp = (struct stamp){1, 2, ORIGIN_HUB};
    r.row.plan_stamp = (struct stamp){3, 4, ORIGIN_TIMER};
    r.row.policy_stamp = (struct stamp){5, 6, ORIGIN_CENTER};
    r.row.base_id = STR("S:7.12");
    r.row.base_t = 85;
    r.row.base_h_t = -15;
    r.row.base_c_t = -5;
    r.row.base_hf = false;
    r.row.base_stamp = (struct stamp){7, 8, ORIGIN_HUB};
    r.row.h_t = -125;
    r.row.h_at = (struct position){7, 12};
    r.row.c_t = -55;
    r.row.lh_t = 10;
    r.row.lc_t = 20;
    r.row.xr_t = 30;
    r.row.gr_t = -40; /* after a receipt */
    r.row.presumed_t = 20;
    r.row.offers[0] = (struct offer){4, 70, 85, 1769637600000};
    r.row.n_offers = 1;
    r.row.gen_id = STR("T:8");
    r.row.restored_ms = 1769551200002;
    r.row.channels[0] = (struct stock_channel){.code = STR("ONLINE_ORDER"),
                                               .status = STATUS_ON_SALE,
                                               .type = STOCK_LIMITED,
                                               .limit_t = 0,
                                               .reserve_t = 15,
                                               .used_t = -10,
                                               .weight = 3,
                                               .deleted = true,
                                               .stamp = {9, 0, ORIGIN_HUB}};
    r.row.channels[1] = (struct stock_channel){.code = STR("THIRD-1"),
                                               .status = STATUS_ON_SALE,
                                               .type = STOCK_LIMITED,
                                               .limit_t = AVAIL_INFINITE};
    r.row.n_channels = 2;
    r.cmds[0] = (struct cloud_cmd){STR("c-9"), STR("SET"), 120};
    r.n_cmds = 1;
    return r;
}

static void every_part_of_a_row_comes_back(void **state)
{
    (void)state;
    static char again[65536];
    struct cloud_row r = everything(), got;
    struct jw w, v;
    jw_init(&w, buf, sizeof buf);
    cloud_row_encode(&w, &r, STR(""), STR(""));
    struct json *doc = json_parse(w.p, w.n, &JSON_CLOUD, NULL);
    decode(doc, &got);
    assert_true(got.over == 88121 && got.row.c_ver == 88121 && got.deleted);
    assert_true(got.row.object.id == 9007199254740993);
    assert_int_equal(stock_real(&got.row), stock_real(&r.row));
    assert_int_equal(got.real_t, -95); /* oversold, and presumed */
    assert_true(got.row.gr_t == -40 && got.row.presumed_t == 20);
    assert_true(got.row.mode == MODE_STRICT && got.row.mode_in_force == MODE_LOOSE);
    assert_true(got.row.restored_ms == 1769551200002);
    assert_memory_equal(&got.row.offers[0], &r.row.offers[0], sizeof(struct offer));
    assert_int_equal(got.row.channels[0].limit_t, 0);
    assert_true(got.row.channels[1].limit_t == AVAIL_INFINITE);
    assert_true(memcmp(&got.row.policy_stamp, &r.row.policy_stamp, sizeof(struct stamp)) == 0);
    assert_true(got.row.restore_at_ms == 1769551200001);
    jw_init(&v, again, sizeof again);
    cloud_row_encode(&v, &got, STR(""), STR(""));
    assert_int_equal(w.n, v.n);
    assert_memory_equal(w.p, v.p, w.n);
    json_free(doc);
}

static void a_base_reader_is_not_told_of_deleted_channels(void **state)
{
    (void)state;
    struct cloud_row r = everything(), got;
    struct jw w;
    r.has_x = false;
    r.row.base_t = 185;
    jw_init(&w, buf, sizeof buf);
    cloud_row_encode(&w, &r, STR(""), STR(""));
    struct json *doc = json_parse(w.p, w.n, &JSON_CLOUD, NULL);
    decode(doc, &got);
    assert_int_equal(got.row.n_channels, 1);
    assert_str(got.row.channels[0].code, "THIRD-1");
    json_free(doc);
}

/* ---- strict and tolerant ---- */

static void strangers_are_stepped_over(void **state)
{
    (void)state;
    struct cloud_row r;
    struct json *doc = doc_of("{'object_id':'7','object_type':1,'stock_status':1,'stock_type':1,"
                              "'plan_quantity':null,'new':{'a':[1]},'x':{'H':-5,'newer':{}}}");
    decode(doc, &r);
    assert_true(r.row.object.type == OBJECT_SPU && r.row.object.id == 7);
    assert_false(r.has_plan);
    assert_false(r.has_real);
    assert_false(r.has_channels);
    assert_int_equal(r.row.h_t, -5);
    json_free(doc);
}

static void quantities_are_never_altered(void **state)
{
    (void)state;
    static const char *const BAD[] = {"8.55", "'8.55'", "10000000000", "-1",
                                      "'x'",  "0.25",   "''",          "'8,5'"};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        char text[256];
        snprintf(text, sizeof text,
                 "{'brandId':'1','poiId':'1','object_id':1,'stock_status':1,'stock_type':2,"
                 "'plan_quantity':10,'real_quantity':%s}",
                 BAD[i]);
        expect_refused(text, CODE_BAD_QUANTITY, "real_quantity");
    }
}

static void expect_real(const char *real, int64_t real_t)
{
    char text[256];
    struct cloud_row r;
    snprintf(
        text, sizeof text,
        "{'object_id':1,'stock_status':1,'stock_type':2,'plan_quantity':10,'real_quantity':%s}",
        real);
    struct json *doc = doc_of(text);
    decode(doc, &r);
    assert_true(r.real_t == real_t);
    json_free(doc);
}

static void quantities_are_numbers_or_strings(void **state)
{
    (void)state;
    expect_real("8", 80);
    expect_real("8.50", 85);
    expect_real("'8.5'", 85);
    expect_real("999999999.9", 9999999999);
    expect_real("0", 0);
    expect_real("-7.5", -75); /* a view of an oversold row */
}

static void what_is_missing_is_named(void **state)
{
    (void)state;
    expect_refused("{'stock_status':1,'stock_type':1}", CODE_BAD_REQUEST, "object_id");
    expect_refused("{'object_id':1,'stock_type':1}", CODE_BAD_REQUEST, "stock_status");
    expect_refused("{'object_id':1,'stock_status':1,'stock_type':3}", CODE_BAD_REQUEST,
                   "stock_type");
    expect_refused("{'object_id':1,'object_type':3,'stock_status':1,'stock_type':1}",
                   CODE_BAD_REQUEST, "object_type");
    expect_refused("{'object_id':1,'stock_status':1,'stock_type':2,'real_quantity':1}",
                   CODE_BAD_REQUEST, "plan_quantity");
    expect_refused("{'object_id':1,'stock_status':1,'stock_type':1,'updated_at':'now'}",
                   CODE_BAD_REQUEST, "updated_at");
}

static void what_is_wrong_is_named_by_its_path(void **state)
{
    (void)state;
    expect_refused("{'object_id':1,'stock_status':1,'stock_type':1,'channel_stocks':["
                   "{'channel_code':'POS','stock_status':1,'stock_type':1},"
                   "{'channel_code':'POS','stock_status':1,'stock_type':1}]}",
                   CODE_BAD_REQUEST, "channel_stocks[1].channel_code");
    expect_refused("{'object_id':1,'stock_status':1,'stock_type':1,'channel_stocks':["
                   "{'channel_code':'POS','stock_status':1,'stock_type':2,'limit_quantity':1.25}]}",
                   CODE_BAD_QUANTITY, "channel_stocks[0].limit_quantity");
    expect_refused("{'object_id':1,'stock_status':1,'stock_type':1,'x':{'base':{'id':'I'}}}",
                   CODE_BAD_REQUEST, "x.base.v_t");
    expect_refused("{'object_id':1,'stock_status':1,'stock_type':1,'x':{'st':{'plan':[1]}}}",
                   CODE_BAD_REQUEST, "x.st.plan");
    expect_refused("{'object_id':1,'stock_status':1,'stock_type':1,'x':{'Lc':-10}}",
                   CODE_BAD_REQUEST, "x.Lc");
    expect_refused("{'object_id':1,'stock_status':1,'stock_type':1,'x':{'mode':'WILD'}}",
                   CODE_BAD_REQUEST, "x.mode");
    expect_refused("{'object_id':1,'stock_status':1,'stock_type':1,'x':7}", CODE_BAD_REQUEST, "x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_legacy_body_is_an_absolute_write),
        cmocka_unit_test(a_channel_without_a_limit_shares_the_whole_pool),
        cmocka_unit_test(the_legacy_body_goes_out_as_it_came_in),
        cmocka_unit_test(the_extension_comes_and_goes_whole),
        cmocka_unit_test(every_part_of_a_row_comes_back),
        cmocka_unit_test(a_base_reader_is_not_told_of_deleted_channels),
        cmocka_unit_test(strangers_are_stepped_over),
        cmocka_unit_test(quantities_are_never_altered),
        cmocka_unit_test(quantities_are_numbers_or_strings),
        cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test(what_is_wrong_is_named_by_its_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
