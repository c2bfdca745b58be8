#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "proto/cloud_batch.h"
#include "proto/cloud_order.h"
#include "tests/unit/cloud_text.h"

static char buf[65536], path[FIELD_PATH];
static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 4 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static void expect_refused(const char *text, enum code code, const char *at)
{
    struct cloud_order o;
    struct json *doc = doc_of(text);
    assert_int_equal(cloud_order_decode(doc, &arena, &o, path), code);
    assert_string_equal(path, at);
    json_free(doc);
}

/* An order with one more member, or with another line. */
#define HEAD         "'order_id':'O1','channel':'ONLINE_ORDER','order_status':2,'amount_e4':100000"
#define LINE         "'line':1,'object_id':1003,'name':'Egg','q_t':10"
#define WITH(member) "{" HEAD "," member ",'lines':[{" LINE "}]}"
#define LINES(lines) "{" HEAD ",'lines':[" lines "]}"

static void the_published_order_is_read_and_told_again(void **state)
{
    (void)state;
    struct cloud_item item;
    struct cloud_order o;
    struct jw w;
    struct json *doc = fixture("sync-protocol/order.json");
    assert_int_equal(cloud_item_decode(doc, &item, path), CODE_OK);
    assert_int_equal(item.kind, CLOUD_ITEM_ORDER);
    assert_int_equal(item.over, 88125);
    assert_int_equal(cloud_order_decode(item.data, &arena, &o, path), CODE_OK);
    assert_int_equal(o.state, ORDER_PAID);
    assert_int_equal(o.kitchen, KITCHEN_QUEUED);
    assert_int_equal(o.ready_at_ms, 1769567400000);
    assert_int_equal(o.amount_e4, 395000);
    assert_int_equal(o.n_lines, 2);
    assert_str(o.lines[0].options[0].name, "Extra cheese");
    assert_str(o.lines[1].station, "bar");
    jw_init(&w, buf, sizeof buf);
    cloud_item_begin(&w, CLOUD_ITEM_ORDER, item.over);
    cloud_order_encode(&w, &o);
    cloud_item_end(&w);
    same_text(&w, doc);
    json_free(doc);
}

static void the_least_order_is_good(void **state)
{
    (void)state;
    struct cloud_order o;
    struct json *doc = doc_of(LINES("{" LINE "}"));
    assert_int_equal(cloud_order_decode(doc, &arena, &o, path), CODE_OK);
    assert_int_equal(o.lines[0].object.type, OBJECT_SKU);
    assert_int_equal(o.kitchen, KITCHEN_NONE);
    assert_int_equal(o.ready_at_ms, 0);
    json_free(doc);
}

static void what_it_needs_is_named(void **state)
{
    (void)state;
    expect_refused("{}", CODE_BAD_REQUEST, "order_id");
    expect_refused("{'order_id':'O1'}", CODE_BAD_REQUEST, "channel");
    expect_refused("{'order_id':'O1','channel':'X'}", CODE_BAD_REQUEST, "order_status");
    expect_refused("{'order_id':'O1','channel':'X','order_status':2}", CODE_BAD_REQUEST,
                   "amount_e4");
    expect_refused("{" HEAD "}", CODE_BAD_REQUEST, "lines");
    expect_refused(LINES(""), CODE_BAD_REQUEST, "lines");
    expect_refused(LINES("{}"), CODE_BAD_REQUEST, "lines[0].line");
    expect_refused(LINES("{'line':1}"), CODE_BAD_REQUEST, "lines[0].object_id");
    expect_refused(LINES("{'line':1,'object_id':1}"), CODE_BAD_REQUEST, "lines[0].name");
    expect_refused(LINES("{'line':1,'object_id':1,'name':'Egg'}"), CODE_BAD_QUANTITY,
                   "lines[0].q_t");
}

static void nobody_guesses_whether_to_cook(void **state)
{
    (void)state;
    static const char *const STATES[] = {"0", "7", "9", "-1", "'PAID'", "2.5"};
    for (size_t i = 0; i < sizeof STATES / sizeof *STATES; i++) {
        char text[256];
        snprintf(text, sizeof text,
                 "{'order_id':'O1','channel':'X','order_status':%s,'amount_e4':0,'lines':[{" LINE
                 "}]}",
                 STATES[i]);
        expect_refused(text, CODE_BAD_REQUEST, "order_status");
    }
    expect_refused(WITH("'kitchen':'BURNT'"), CODE_BAD_REQUEST, "kitchen");
}

static void a_line_comes_once_and_is_something(void **state)
{
    (void)state;
    expect_refused(LINES("{" LINE "},{" LINE "}"), CODE_BAD_REQUEST, "lines[1].line");
    expect_refused(LINES("{'line':1,'object_id':1,'name':'Egg','q_t':0}"), CODE_BAD_QUANTITY,
                   "lines[0].q_t");
    expect_refused(LINES("{" LINE ",'object_type':1}"), CODE_BAD_REQUEST, "lines[0].object_type");
    expect_refused(LINES("{" LINE ",'amount_e4':-1}"), CODE_BAD_REQUEST, "lines[0].amount_e4");
    expect_refused(LINES("{" LINE ",'station':'the bar'}"), CODE_BAD_REQUEST, "lines[0].station");
    expect_refused(LINES("{" LINE ",'options':[{'q_t':10}]}"), CODE_BAD_REQUEST,
                   "lines[0].options[0].option_id");
    expect_refused(LINES("{" LINE ",'options':[{'option_id':1,'q_t':-10}]}"), CODE_BAD_QUANTITY,
                   "lines[0].options[0].q_t");
}

/* An order of so many lines whose texts take the rest. */
static enum code decode_of_weight(size_t weight)
{
    static struct line_fact lines[LIMIT_LINES];
    static char text[LIMIT_NOTE];
    memset(text, 'x', sizeof text);
    struct cloud_order o = {
        .order_id = STR("O1"), .channel = STR("ONLINE_ORDER"), .state = ORDER_PAID, .lines = lines};
    while (cloud_order_weight(&o) + 500 <= weight) {
        lines[o.n_lines++] = (struct line_fact){
            .line = o.n_lines + 1U, .object = {OBJECT_SKU, 1}, .q_t = 10, .name = {text, 1}};
        lines[o.n_lines - 1].note = (struct str){text, 100};
    }
    o.note.p = o.user_id.p = text;
    size_t rest = weight - cloud_order_weight(&o);
    o.note.n = rest < LIMIT_NOTE ? rest : LIMIT_NOTE;
    lines[0].note.n += rest - o.note.n < 100 ? rest - o.note.n : 100;
    lines[1].note.n += weight - cloud_order_weight(&o);
    assert_int_equal(cloud_order_weight(&o), weight);
    struct jw w;
    jw_init(&w, buf, sizeof buf);
    cloud_order_encode(&w, &o);
    assert_true(jw_ok(&w));
    struct cloud_order again;
    struct json *doc = json_parse(buf, w.n, &JSON_PUSH, NULL);
    assert_non_null(doc);
    enum code code = cloud_order_decode(doc, &arena, &again, path);
    json_free(doc);
    return code;
}

static void an_order_has_the_weight_of_one_record(void **state)
{
    (void)state;
    assert_int_equal(decode_of_weight(LIMIT_CLOUD_ORDER_BYTES), CODE_OK);
    assert_int_equal(decode_of_weight(LIMIT_CLOUD_ORDER_BYTES + 1), CODE_BAD_REQUEST);
    assert_string_equal(path, "lines");
}

static void a_full_arena_is_no_fault_of_the_order(void **state)
{
    (void)state;
    struct arena small;
    struct cloud_order o;
    struct json *doc = doc_of(LINES("{" LINE "}"));
    arena_init(&small, 64);
    assert_int_equal(cloud_order_decode(doc, &small, &o, path), CODE_INTERNAL);
    arena_free(&small);
    json_free(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_published_order_is_read_and_told_again, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_least_order_is_good, setup, teardown),
        cmocka_unit_test_setup_teardown(what_it_needs_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_guesses_whether_to_cook, setup, teardown),
        cmocka_unit_test_setup_teardown(a_line_comes_once_and_is_something, setup, teardown),
        cmocka_unit_test_setup_teardown(an_order_has_the_weight_of_one_record, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_arena_is_no_fault_of_the_order, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
