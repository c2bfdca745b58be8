#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "proto/cloud_batch.h"
#include "proto/cloud_event.h"
#include "tests/unit/cloud_text.h"

static char buf[65536], path[FIELD_PATH];
static struct arena arena;
static struct jw w;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 20);
    jw_init(&w, buf, sizeof buf);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static struct json *written(void)
{
    assert_true(jw_ok(&w));
    struct json *doc = json_parse(w.p, w.n, &JSON_CLOUD, NULL);
    assert_non_null(doc);
    return doc;
}

/* ---- hello ---- */

static void hello_goes_out_as_it_came_in(void **state)
{
    (void)state;
    struct cloud_hello h;
    struct json *doc = fixture("sync-protocol/hello.json");
    assert_int_equal(cloud_hello_decode(doc, &arena, &h, path), CODE_OK);
    assert_str(h.box_id, "BX-01");
    assert_true(h.epoch == 7 && h.last_seq == 1043 && h.applied_ver == 88120);
    assert_int_equal(h.features, CLOUD_LEASE | CLOUD_DIGEST);
    cloud_hello_encode(&w, &h);
    same_text(&w, doc);
    assert_int_equal(h.tz.n, 0);
    json_free(doc);
}

static void hello_tells_the_time_zone(void **state)
{
    (void)state;
    struct cloud_hello h = {.brand_id = STR("1"),
                            .poi_id = STR("1"),
                            .box_id = STR("BX-01"),
                            .epoch = 7,
                            .tz = STR("America/Argentina/ComodRivadavia")};
    struct cloud_hello back;
    cloud_hello_encode(&w, &h);
    struct json *doc = json_parse(jw_text(&w).p, jw_text(&w).n, &JSON_CLOUD, NULL);
    assert_non_null(doc);
    assert_int_equal(cloud_hello_decode(doc, &arena, &back, path), CODE_OK);
    assert_true(str_eq(back.tz, h.tz));
    json_free(doc);
}

static void its_answer_too(void **state)
{
    (void)state;
    struct cloud_hello_reply r;
    struct json *doc = fixture("sync-protocol/hello-reply.json");
    assert_int_equal(cloud_hello_reply_decode(doc, &r, path), CODE_OK);
    assert_true(r.acked_seq == 1040 && r.center_epoch == 3 && r.head_ver == 88123);
    assert_false(r.has_tail);
    cloud_hello_reply_encode(&w, &r);
    same_text(&w, doc);
    json_free(doc);
}

static void it_may_say_the_hash_that_it_has_there(void **state)
{
    (void)state;
    struct cloud_hello_reply r = {.epoch = 7,
                                  .center_epoch = 1,
                                  .acked_seq = 9,
                                  .has_tail = true,
                                  .tail = {5},
                                  .server_hlc = {5, 1},
                                  .max_batch = 200};
    struct cloud_hello_reply got;
    cloud_hello_reply_encode(&w, &r);
    struct json *doc = written();
    assert_int_equal(cloud_hello_reply_decode(doc, &got, path), CODE_OK);
    assert_true(got.has_tail);
    assert_memory_equal(got.tail, r.tail, HASH_BYTES);
    json_free(doc);
    doc = doc_of("{'epoch':7,'center_epoch':1,'acked_seq':0,'head_ver':0,'server_hlc':[1,0],"
                 "'tail':'05'}");
    assert_int_equal(cloud_hello_reply_decode(doc, &got, path), CODE_BAD_REQUEST);
    json_free(doc);
}

static void a_center_cannot_ask_for_longer_batches(void **state)
{
    (void)state;
    struct cloud_hello_reply r;
    struct json *doc = doc_of("{'epoch':7,'center_epoch':1,'acked_seq':0,'head_ver':0,"
                              "'server_hlc':[1,0],'max_batch':5000,'features':['new',7]}");
    assert_int_equal(cloud_hello_reply_decode(doc, &r, path), CODE_OK);
    assert_int_equal(r.max_batch, LIMIT_BATCH_EVENTS);
    assert_int_equal(r.features, 0);
    json_free(doc);
}

/* ---- sync-from-pos ---- */

static void a_body_without_proto_is_the_base_apis(void **state)
{
    (void)state;
    struct cloud_sync s;
    struct cloud_row row;
    struct json *doc = fixture("base-api/sync-from-pos.json");
    assert_int_equal(cloud_sync_decode(doc, &arena, &s, path), CODE_OK);
    assert_str(s.brand_id, "1");
    assert_str(s.poi_id, "1");
    assert_ptr_equal(s.legacy, doc);
    assert_int_equal(cloud_row_decode(s.legacy, &row, path), CODE_OK);
    json_free(doc);
}

static struct cloud_event ticket(uint64_t seq)
{
    return (struct cloud_event){.seq = seq, .hlc = {1769565600123, 0}, .kind = STR("TICKET")};
}

static void a_batch_is_written_piece_by_piece(void **state)
{
    (void)state;
    struct cloud_want want = {{OBJECT_SKU, 1001}, 30, STR("w-55")};
    struct cloud_sync s = {.brand_id = STR("1"),
                           .poi_id = STR("1"),
                           .epoch = 7,
                           .first_seq = 1041,
                           .applied_ver = 88120,
                           .wants = &want,
                           .n_wants = 1},
                      got;
    struct cloud_event first = ticket(1041), second = ticket(1042);
    struct cloud_row row = {.over = 0};
    s.prev[0] = 0xab;
    stock_plain((struct object){OBJECT_SKU, 1001}, &row.row);
    cloud_sync_begin(&w, &s);
    cloud_event_encode(&w, &first);
    struct jw before = w;
    cloud_event_encode(&w, &second);
    w = before; /* it did not fit */
    cloud_sync_objects(&w);
    cloud_row_encode(&w, &row, STR(""), STR(""));
    s.last_seq = 1041;
    s.head_seq = 1043;
    cloud_sync_end(&w, &s);
    struct json *doc = written();
    assert_int_equal(cloud_sync_decode(doc, &arena, &got, path), CODE_OK);
    assert_null(got.legacy);
    assert_true(got.first_seq == 1041 && got.last_seq == 1041 && got.head_seq == 1043);
    assert_int_equal(got.n_events, 1);
    assert_int_equal(wire_count(got.objects), 1);
    assert_memory_equal(got.prev, s.prev, HASH_BYTES);
    assert_true(got.n_wants == 1 && got.wants[0].q_t == 30);
    assert_str(got.wants[0].req, "w-55");
    json_free(doc);
}

static void a_heartbeat_has_no_events(void **state)
{
    (void)state;
    struct cloud_sync s = {.brand_id = STR("1"),
                           .poi_id = STR("1"),
                           .epoch = 7,
                           .first_seq = 1,
                           .last_seq = 0,
                           .head_seq = 0},
                      got;
    cloud_sync_begin(&w, &s);
    cloud_sync_objects(&w);
    cloud_sync_end(&w, &s);
    struct json *doc = written();
    assert_int_equal(cloud_sync_decode(doc, &arena, &got, path), CODE_OK);
    assert_int_equal(got.n_events, 0);
    json_free(doc);
}

static void expect_bad_batch(uint64_t first, uint64_t last, uint64_t head, const char *at)
{
    struct cloud_sync s = {.brand_id = STR("1"),
                           .poi_id = STR("1"),
                           .epoch = 7,
                           .first_seq = first,
                           .last_seq = last,
                           .head_seq = head},
                      got;
    struct cloud_event e = ticket(first);
    jw_init(&w, buf, sizeof buf);
    cloud_sync_begin(&w, &s);
    cloud_event_encode(&w, &e);
    cloud_sync_objects(&w);
    cloud_sync_end(&w, &s);
    struct json *doc = written();
    assert_int_equal(cloud_sync_decode(doc, &arena, &got, path), CODE_BAD_REQUEST);
    assert_string_equal(path, at);
    json_free(doc);
}

static void a_batch_must_agree_with_its_events(void **state)
{
    (void)state;
    expect_bad_batch(5, 6, 6, "events");
    expect_bad_batch(5, 4, 4, "events");
    expect_bad_batch(5, 3, 5, "last_seq");
    expect_bad_batch(5, 5, 4, "head_seq");
    expect_bad_batch(0, 0, 0, "first_seq");
}

static void an_ack_names_the_dead(void **state)
{
    (void)state;
    struct cloud_dead dead = {1042, STR("UNKNOWN_KIND")};
    struct cloud_sync_reply r = {.epoch = 7,
                                 .center_epoch = 3,
                                 .acked_seq = 1043,
                                 .ver_before = 88120,
                                 .ver = 88123,
                                 .dead = &dead,
                                 .n_dead = 1,
                                 .server_hlc = {5, 1}},
                            got;
    struct cloud_row row = {.has_x = true, .over = 88121};
    stock_plain((struct object){OBJECT_SKU, 1001}, &row.row);
    cloud_sync_reply_begin(&w, &r);
    cloud_row_encode(&w, &row, STR(""), STR(""));
    cloud_sync_reply_end(&w);
    struct json *doc = written();
    assert_int_equal(cloud_sync_reply_decode(doc, &arena, &got, path), CODE_OK);
    assert_true(got.acked_seq == 1043 && got.ver_before == 88120 && got.ver == 88123);
    assert_int_equal(got.center_epoch, 3);
    assert_true(got.n_dead == 1 && got.dead[0].seq == 1042);
    assert_str(got.dead[0].reason, "UNKNOWN_KIND");
    assert_int_equal(wire_count(got.rows), 1);
    json_free(doc);
}

/* ---- errors ---- */

static void an_error_has_code_name_and_detail(void **state)
{
    (void)state;
    struct cloud_error e = {.name = CLOUD_SEQ_GAP, .detail = STR("5 comes after 3"), .expected = 4},
                       got;
    struct json *want =
        doc_of("{'code':409,'name':'SEQ_GAP','detail':'5 comes after 3','expected':4}");
    cloud_error_encode(&w, &e);
    same_text(&w, want);
    cloud_error_decode(want, &got);
    assert_true(got.name == CLOUD_SEQ_GAP && got.expected == 4 && got.code == 409);
    json_free(want);
}

static void an_error_of_the_base_api_is_a_number(void **state)
{
    (void)state;
    struct cloud_error e;
    struct json *doc = doc_of("{'code':409,'row':{'object_id':1}}");
    cloud_error_decode(doc, &e);
    assert_int_equal(e.name, CLOUD_ROW_CHANGED);
    assert_non_null(e.row_json);
    json_free(doc);
    doc = doc_of("{'code':410}");
    cloud_error_decode(doc, &e);
    assert_int_equal(e.name, CLOUD_GONE);
    json_free(doc);
}

static void nonsense_is_an_error_too(void **state)
{
    (void)state;
    struct cloud_error e;
    struct json *doc = doc_of("{'code':'x','name':7,'detail':{},'retry_after_ms':-5,'row':[]}");
    cloud_error_decode(doc, &e);
    assert_int_equal(e.name, CLOUD_OTHER);
    assert_int_equal(e.retry_after_ms, 0);
    assert_null(e.row_json);
    json_free(doc);
}

static void every_error_comes_back_by_its_name(void **state)
{
    (void)state;
    for (unsigned i = 0; i < CLOUD_OTHER; i++) {
        struct cloud_error e = {.name = (enum cloud_error_name)i, .retry_after_ms = 5, .epoch = 8},
                           got;
        jw_init(&w, buf, sizeof buf);
        cloud_error_encode(&w, &e);
        struct json *doc = written();
        cloud_error_decode(doc, &got);
        assert_int_equal(got.name, i);
        assert_int_equal(got.code, cloud_error_status((enum cloud_error_name)i));
        assert_true(got.retry_after_ms == 5 && got.epoch == 8);
        json_free(doc);
    }
}

/* ---- find-to-pos ---- */

static void a_pull_names_its_position(void **state)
{
    (void)state;
    struct cloud_find q, again;
    struct json *doc = doc_of("{'proto':2,'brandId':'1','poiId':'1','epoch':7,'since_ver':88120,"
                              "'limit':500}");
    assert_int_equal(cloud_find_decode(doc, &arena, &q, path), CODE_OK);
    assert_true(q.proto2 && q.since_ver == 88120 && q.limit == 500 && !q.full);
    cloud_find_encode(&w, &q);
    same_text(&w, doc);
    q.full = true;
    jw_init(&w, buf, sizeof buf);
    cloud_find_encode(&w, &q);
    struct json *full = written();
    assert_int_equal(cloud_find_decode(full, &arena, &again, path), CODE_OK);
    assert_true(again.full);
    json_free(full);
    json_free(doc);
}

static void a_base_api_pull_may_name_objects(void **state)
{
    (void)state;
    struct cloud_find q;
    struct json *doc = doc_of("{'brandId':'1','poiId':'1','object_ids':[1,'9007199254740993']}");
    assert_int_equal(cloud_find_decode(doc, &arena, &q, path), CODE_OK);
    assert_true(!q.proto2 && q.n_object_ids == 2 && q.object_ids[1] == 9007199254740993);
    cloud_find_encode(&w, &q);
    same_text(&w, doc);
    json_free(doc);
}

static void a_page_has_rows_and_other_items(void **state)
{
    (void)state;
    struct cloud_find_reply r = {.next_ver = 88300,
                                 .head_ver = 88512,
                                 .more = true,
                                 .server_hlc = {5, 0}},
                            got;
    struct cloud_row row = {.has_x = true, .over = 88121};
    struct cloud_item item;
    stock_plain((struct object){OBJECT_SKU, 1001}, &row.row);
    cloud_find_reply_begin(&w, &r);
    cloud_row_encode(&w, &row, STR(""), STR(""));
    cloud_item_begin(&w, CLOUD_ITEM_ORDER, 88300);
    jw_raw(&w, STR("{\"order_id\":\"O1\"}"));
    cloud_item_end(&w);
    cloud_find_reply_end(&w, &r);
    struct json *doc = written();
    assert_int_equal(cloud_find_reply_decode(doc, &got, path), CODE_OK);
    assert_true(got.more && got.next_ver == 88300 && got.head_ver == 88512 && !got.legacy);
    const struct json *v = json_first(got.rows);
    assert_int_equal(cloud_item_decode(v, &item, path), CODE_OK);
    assert_true(item.kind == CLOUD_ITEM_STOCK && item.over == 88121 && item.data == v);
    assert_int_equal(cloud_item_decode(json_next(v), &item, path), CODE_OK);
    assert_true(item.kind == CLOUD_ITEM_ORDER && item.over == 88300);
    assert_str(json_text_at(item.data, "order_id"), "O1");
    json_free(doc);
}

static void a_plain_list_is_the_base_apis(void **state)
{
    (void)state;
    struct cloud_find_reply r = {.legacy = true}, got;
    cloud_find_reply_begin(&w, &r);
    cloud_find_reply_end(&w, &r);
    struct json *doc = written();
    assert_int_equal(cloud_find_reply_decode(doc, &got, path), CODE_OK);
    assert_true(got.legacy && json_first(got.rows) == NULL);
    json_free(doc);
    doc = doc_of("{'code':0}");
    assert_int_equal(cloud_find_reply_decode(doc, &got, path), CODE_BAD_REQUEST);
    json_free(doc);
}

/* ---- MQTT ---- */

static void expect_push(const char *name, struct json *want)
{
    struct cloud_push p;
    struct cloud_row row;
    struct json *doc = fixture(name);
    assert_int_equal(cloud_push_decode(doc, &arena, &p, path), CODE_OK);
    assert_int_equal(p.kind, CLOUD_ITEM_STOCK);
    assert_int_equal(cloud_row_decode(p.data, &row, path), CODE_OK);
    jw_init(&w, buf, sizeof buf);
    cloud_push_begin(&w, &p);
    cloud_row_encode(&w, &row, STR(""), STR(""));
    cloud_push_end(&w);
    same_text(&w, want ? want : doc);
    json_free(doc);
}

static void a_push_goes_out_as_it_came_in(void **state)
{
    (void)state;
    struct json *typed = doc_of(
        "{'brandId':'1','poiId':'1','objectType':'item_stock','eventType':'poi.item.stock','data':{"
        "'object_id':1,'object_type':2,'stock_status':1,'stock_type':2,'plan_quantity':10,"
        "'real_quantity':8,'auto_restore_type':2,'auto_restore_at':'2026-01-28T06:00:00+08:00',"
        "'channel_stocks':[{'stock_status':2,'stock_type':2,'channel_code':'POS'}]}}");
    expect_push("base-api/push.json", typed);
    expect_push("sync-protocol/push.json", NULL);
    json_free(typed);
}

static void a_push_that_goes_back_is_refused(void **state)
{
    (void)state;
    struct cloud_push p;
    struct json *doc = doc_of("{'brandId':'1','poiId':'1','objectType':'item_stock','ver':5,"
                              "'prev_ver':5,'hlc':[1,0],'data':{}}");
    assert_int_equal(cloud_push_decode(doc, &arena, &p, path), CODE_BAD_REQUEST);
    assert_string_equal(path, "prev_ver");
    json_free(doc);
}

static void the_centers_epoch_is_optional(void **state)
{
    (void)state;
    struct cloud_push p;
    struct cloud_head h;
    struct json *doc = doc_of("{'brandId':'1','poiId':'1','objectType':'item_stock','ver':6,"
                              "'prev_ver':5,'center_epoch':4,'hlc':[1,0],'data':{}}");
    assert_int_equal(cloud_push_decode(doc, &arena, &p, path), CODE_OK);
    assert_true(p.center_epoch == 4);
    json_free(doc);
    doc = doc_of("{'ver':6,'center_epoch':4,'hlc':[1,0]}");
    assert_int_equal(cloud_head_decode(doc, &h, path), CODE_OK);
    assert_true(h.center_epoch == 4);
    cloud_head_encode(&w, &h);
    same_text(&w, doc);
    json_free(doc);
    doc = doc_of("{'ver':6,'center_epoch':0,'hlc':[1,0]}");
    assert_int_equal(cloud_head_decode(doc, &h, path), CODE_BAD_REQUEST);
    assert_string_equal(path, "center_epoch");
    json_free(doc);
}

static void an_unknown_item_is_known_as_such(void **state)
{
    (void)state;
    struct cloud_push p;
    struct json *doc = doc_of("{'brandId':'1','poiId':'1','objectType':'item_stock',"
                              "'eventType':'poi.item.price','ver':6,'prev_ver':5,'hlc':[1,0],"
                              "'data':{}}");
    assert_int_equal(cloud_push_decode(doc, &arena, &p, path), CODE_OK);
    assert_int_equal(p.kind, CLOUD_ITEM_UNKNOWN);
    json_free(doc);
}

static void head_and_ack_come_back(void **state)
{
    (void)state;
    struct cloud_head h;
    uint64_t ver = 0;
    struct json *doc = fixture("sync-protocol/head.json");
    assert_int_equal(cloud_head_decode(doc, &h, path), CODE_OK);
    assert_true(h.ver == 88123);
    assert_true(h.center_epoch == 0);
    cloud_head_encode(&w, &h);
    same_text(&w, doc);
    json_free(doc);
    jw_init(&w, buf, sizeof buf);
    cloud_ack_encode(&w, 88123);
    doc = written();
    assert_int_equal(cloud_ack_decode(doc, &ver, path), CODE_OK);
    assert_true(ver == 88123);
    json_free(doc);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(hello_goes_out_as_it_came_in),
        TEST(hello_tells_the_time_zone),
        TEST(its_answer_too),
        TEST(it_may_say_the_hash_that_it_has_there),
        TEST(a_center_cannot_ask_for_longer_batches),
        TEST(a_body_without_proto_is_the_base_apis),
        TEST(a_batch_is_written_piece_by_piece),
        TEST(a_heartbeat_has_no_events),
        TEST(a_batch_must_agree_with_its_events),
        TEST(an_ack_names_the_dead),
        TEST(an_error_has_code_name_and_detail),
        TEST(an_error_of_the_base_api_is_a_number),
        TEST(nonsense_is_an_error_too),
        TEST(every_error_comes_back_by_its_name),
        TEST(a_pull_names_its_position),
        TEST(a_base_api_pull_may_name_objects),
        TEST(a_page_has_rows_and_other_items),
        TEST(a_plain_list_is_the_base_apis),
        TEST(a_push_goes_out_as_it_came_in),
        TEST(a_push_that_goes_back_is_refused),
        TEST(the_centers_epoch_is_optional),
        TEST(an_unknown_item_is_known_as_such),
        TEST(head_and_ack_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
