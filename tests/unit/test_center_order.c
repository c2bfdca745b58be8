/* Orders and cases of the center in the books: what the stories leave out (limits, pulls of
 * everything, a box that takes another's place).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "edge/books/alert.h"
#include "edge/books/case.h"
#include "edge/books/query.h"
#include "edge/books/ticket.h"
#include "tests/lib/shop.h"

static struct line_fact egg = {
    .line = 1, .object = {OBJECT_SKU, 1003}, .name = {"Egg", 3}, .q_t = 10, .amount_e4 = 100000};

static struct cloud_order paid(const char *id, uint64_t over)
{
    return (struct cloud_order){.order_id = str_of(id),
                                .channel = STR("ONLINE_ORDER"),
                                .over = over,
                                .state = ORDER_PAID,
                                .amount_e4 = 100000,
                                .lines = &egg,
                                .n_lines = 1};
}

static void arrives(struct shop *s, struct cloud_order o)
{
    shop_center_rows(s, &(struct center_rows){
                            .orders = &o, .n_orders = 1, .prev_ver = o.over - 1, .ver = o.over});
    assert_int_equal(s->out.code, CODE_OK);
}

/* The stored order; texts are gone. False: there is none. */
static bool look(struct shop *s, const char *id, struct order *o)
{
    struct txn *txn;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    assert_int_equal(txn_begin_read(s->store, &txn), PH_OK);
    bool there = order_find(txn, str_of(id), &arena, o);
    txn_abort(txn);
    arena_free(&arena);
    return there;
}

static bool has_ticket(struct shop *s, uint64_t no, const char *station)
{
    struct txn *txn;
    struct arena arena;
    struct ticket k;
    arena_init(&arena, 1 << 20);
    assert_int_equal(txn_begin_read(s->store, &txn), PH_OK);
    bool there = ticket_load(txn, no, str_of(station), 1, &arena, &k);
    txn_abort(txn);
    arena_free(&arena);
    return there;
}

static int setup(void **state)
{
    static struct shop shop;
    shop_open(&shop);
    *state = &shop;
    return 0;
}

static int teardown(void **state)
{
    struct shop *s = *state;
    assert_true(shop_sound(s));
    shop_close(s);
    return 0;
}

/* ---- orders ---- */

static void a_page_of_orders_is_one_command(void **state)
{
    struct shop *s = *state;
    static struct cloud_order orders[LIMIT_PULL_ROWS];
    static char ids[LIMIT_PULL_ROWS][16];
    for (uint32_t i = 0; i < LIMIT_PULL_ROWS; i++) {
        snprintf(ids[i], sizeof ids[i], "W%u", i);
        orders[i] = paid(ids[i], i + 1);
    }
    shop_center_rows(s, &(struct center_rows){
                            .orders = orders, .n_orders = LIMIT_PULL_ROWS, .ver = LIMIT_PULL_ROWS});
    assert_int_equal(s->out.applied_ver, LIMIT_PULL_ROWS);
    assert_int_equal(shop_events(s, EVENT_ORDER_STATE), LIMIT_PULL_ROWS);
    struct order o;
    assert_true(look(s, "W499", &o));
    assert_int_equal(o.pickup, 500);
    assert_true(has_ticket(s, o.no, "bar"));
}

/* What decodes can be kept: the longest texts on as many lines as the weight allows. */
static void the_heaviest_order_has_a_record(void **state)
{
    struct shop *s = *state;
    static struct line_fact lines[LIMIT_LINES];
    static struct option_fact options[LIMIT_OPTIONS];
    static char text[LIMIT_NOTE];
    memset(text, 'x', sizeof text);
    struct cloud_order o = paid("heavy", 1);
    o.lines = lines;
    o.n_lines = 0;
    for (uint16_t i = 0; i < LIMIT_OPTIONS; i++)
        options[i] = (struct option_fact){INT64_MAX, 1003, LIMIT_QTY_T, LIMIT_MONEY_E4, {text, 9}};
    while (o.n_lines < LIMIT_LINES) {
        lines[o.n_lines] = (struct line_fact){.line = UINT32_MAX - o.n_lines,
                                              .parent = UINT32_MAX,
                                              .object = {OBJECT_SKU, 1001},
                                              .q_t = LIMIT_QTY_T,
                                              .price_e4 = LIMIT_MONEY_E4,
                                              .unit_e4 = LIMIT_MONEY_E4,
                                              .amount_e4 = LIMIT_MONEY_E4,
                                              .name = {text, LIMIT_NAME},
                                              .note = {text, 40},
                                              .options = options,
                                              .n_options = o.n_lines % 4 ? 0 : LIMIT_OPTIONS};
        o.n_lines++;
        if (cloud_order_weight(&o) > LIMIT_CLOUD_ORDER_BYTES) {
            o.n_lines--;
            break;
        }
    }
    size_t rest = LIMIT_CLOUD_ORDER_BYTES - cloud_order_weight(&o);
    o.note = (struct str){text, rest < LIMIT_NOTE ? rest : LIMIT_NOTE};
    arrives(s, o);
    struct order found;
    assert_true(look(s, "heavy", &found));
    assert_int_equal(found.n_lines, o.n_lines);
}

static void an_order_without_a_free_number_is_cooked_all_the_same(void **state)
{
    struct shop *s = *state;
    static struct cloud_order orders[LIMIT_PULL_ROWS];
    static char ids[1000][16];
    for (uint32_t from = 0; from < 1000; from += LIMIT_PULL_ROWS) {
        for (uint32_t i = 0; i < LIMIT_PULL_ROWS; i++) {
            snprintf(ids[from + i], sizeof ids[0], "W%u", from + i);
            orders[i] = paid(ids[from + i], from + i + 1);
        }
        shop_center_rows(s, &(struct center_rows){.orders = orders,
                                                  .n_orders = LIMIT_PULL_ROWS,
                                                  .prev_ver = from,
                                                  .ver = from + LIMIT_PULL_ROWS});
    }
    struct order o;
    assert_true(look(s, "W998", &o));
    assert_int_equal(o.pickup, LIMIT_PICKUP);
    assert_true(look(s, "W999", &o));
    assert_int_equal(o.pickup, 0);
    assert_true(has_ticket(s, o.no, "bar"));
    assert_int_equal(pos(s, "order.serve", "{'order_id':'W999'}"), CODE_OK);
    assert_int_equal(shop_state(s, "W999"), ORDER_ENDED);
}

static void a_new_box_is_told_what_was_served(void **state)
{
    struct shop *s = *state;
    struct cloud_order served = paid("W1", 1), ready = paid("W2", 2);
    served.kitchen = KITCHEN_SERVED;
    ready.kitchen = KITCHEN_READY;
    arrives(s, served);
    arrives(s, ready);
    assert_int_equal(shop_state(s, "W1"), ORDER_ENDED);
    assert_int_equal(shop_state(s, "W2"), ORDER_PAID);
    struct order o;
    assert_true(look(s, "W1", &o));
    assert_false(has_ticket(s, o.no, "bar"));
    assert_true(look(s, "W2", &o));
    assert_true(has_ticket(s, o.no, "bar"));
}

/* A center that lost its last commits counts its versions from further back. */
static void a_pull_of_everything_is_the_last_word(void **state)
{
    struct shop *s = *state;
    arrives(s, paid("W1", 100));
    struct cloud_order o = paid("W1", 90);
    o.note = STR("no salt");
    arrives(s, o);
    assert_int_equal(shop_events(s, EVENT_ORDER_STATE), 1);
    shop_center_rows(s, &(struct center_rows){.orders = &o, .n_orders = 1});
    assert_int_equal(shop_events(s, EVENT_ORDER_STATE), 2);
    struct order found;
    assert_true(look(s, "W1", &found));
    assert_int_equal(found.over, 90);
}

static void what_has_ended_is_not_fetched_for_nothing(void **state)
{
    struct shop *s = *state;
    struct cloud_order o = paid("W1", 1);
    o.state = ORDER_CANCELLED;
    shop_center_rows(s, &(struct center_rows){.orders = &o, .n_orders = 1});
    struct order found;
    assert_false(look(s, "W1", &found));
}

static void an_unpaid_order_waits(void **state)
{
    struct shop *s = *state;
    struct cloud_order o = paid("W1", 1);
    struct order found;
    o.state = ORDER_PLACED;
    arrives(s, o);
    assert_false(look(s, "W1", &found));
    arrives(s, paid("W1", 2));
    assert_true(look(s, "W1", &found));
}

static void a_channel_of_the_store_is_none_of_the_center(void **state)
{
    struct shop *s = *state;
    struct cloud_order pos_order = paid("W1", 1), other = paid("W2", 2);
    struct order o;
    pos_order.channel = STR("POS");
    other.channel = STR("FOODORA");
    arrives(s, pos_order);
    arrives(s, other);
    assert_true(look(s, "W1", &o) && o.channel == CHANNEL_ONLINE_ORDER);
    assert_true(look(s, "W2", &o) && o.channel == CHANNEL_ONLINE_ORDER);
    assert_int_equal(o.pickup, 2);
}

static void a_combo_without_its_parts_is_seen_by_the_first_station(void **state)
{
    struct shop *s = *state;
    shop_menu_with_combo(s);
    struct line_fact lunch = egg;
    struct cloud_order o = paid("W1", 1);
    struct order found;
    lunch.object.id = 1010;
    o.lines = &lunch;
    arrives(s, o);
    assert_true(look(s, "W1", &found));
    assert_true(has_ticket(s, found.no, "oven"));
}

static void a_count_of_the_shelf_knows_what_is_sold_online(void **state)
{
    struct shop *s = *state;
    arrives(s, paid("W1", 1));
    assert_int_equal(
        pos(s, "stock.set", "{'object_type':2,'object_id':'1003','qty':10,'basis':'physical'}"),
        CODE_OK);
    assert_int_equal(shop_real(s, 1003), 90);
}

/* ---- cases ---- */

static struct cloud_claim short_one = {
    .side = SIDE_ONLINE, .order_id = {"O1", 2}, .line = 1, .q_t = 30, .short_t = 10};

static struct cloud_case case_of(enum case_state state, uint64_t over)
{
    return (struct cloud_case){.id = STR("ov:1:2:1003:"),
                               .object = {OBJECT_SKU, 1003},
                               .over = over,
                               .state = state,
                               .over_t = 10,
                               .cause = STR("PARTITION"),
                               .ranking = STR("STORE_FIRST"),
                               .confident = true,
                               .claims = &short_one,
                               .n_claims = 1};
}

static void reported(struct shop *s, struct cloud_case k)
{
    shop_center_rows(
        s, &(struct center_rows){.cases = &k, .n_cases = 1, .prev_ver = k.over - 1, .ver = k.over});
}

static enum case_state stored_state(struct shop *s)
{
    struct txn *txn;
    struct arena arena;
    struct case_row k = {.said = {.state = CASE_STATE_COUNT}};
    arena_init(&arena, 1 << 20);
    assert_int_equal(txn_begin_read(s->store, &txn), PH_OK);
    case_load(txn, (struct object){OBJECT_SKU, 1003}, STR(""), &arena, &k);
    txn_abort(txn);
    arena_free(&arena);
    return k.said.state;
}

static void the_newest_report_stays(void **state)
{
    struct shop *s = *state;
    reported(s, case_of(CASE_PROVISIONAL, 1));
    reported(s, case_of(CASE_OPEN, 3));
    reported(s, case_of(CASE_PROVISIONAL, 2));
    assert_int_equal(stored_state(s), CASE_OPEN);
}

static void what_is_over_goes_with_the_day(void **state)
{
    struct shop *s = *state;
    pos(s, "order.place", "{'order_id':'P1','lines':[{'line':1,'object_id':'1003','qty':1}]}");
    reported(s, case_of(CASE_OPEN, 1));
    shop_do(s, "poshubctl", ROLE_ADMIN, "day.close", "{}");
    assert_int_equal(stored_state(s), CASE_OPEN);
    reported(s, case_of(CASE_CLOSED, 2));
    shop_do(s, "poshubctl", ROLE_ADMIN, "day.close", "{}");
    assert_int_equal(stored_state(s), CASE_STATE_COUNT);
}

static struct json *asked(struct shop *s, const char *verb, const char *body)
{
    static char text[LIMIT_PAGE_BYTES * 2];
    static const uint8_t SECRET[32];
    struct query q = {.secret = SECRET, .identity = &s->config.identity};
    struct journal j;
    struct arena scratch;
    struct jw w;
    shop_do(s, "poshubctl", ROLE_ADMIN, verb, "%s", body);
    arena_init(&scratch, 1 << 20);
    assert_int_equal(txn_begin_read(s->store, &q.txn), PH_OK);
    assert_true(journal_load(&j, q.txn));
    q.head = &j.head;
    q.scratch = &scratch;
    jw_init(&w, text, sizeof text);
    assert_true(query_execute(&q, &s->cmd, &w));
    txn_abort(q.txn);
    arena_free(&scratch);
    struct json *doc = json_parse(text, w.n, &JSON_IMPORT, NULL);
    assert_non_null(doc);
    return doc;
}

static void cases_are_listed_and_shown(void **state)
{
    struct shop *s = *state;
    reported(s, case_of(CASE_OPEN, 1));
    struct json *list = asked(s, "oversell.list", "{}");
    const struct json *first = json_first(json_get(list, "cases"));
    assert_true(str_eq(json_text_at(first, "case"), STR("ov:1:2:1003:")));
    json_free(list);
    struct json *one = asked(s, "oversell.show", "{'case':'ov:1:2:1003:'}");
    const struct json *claim = json_first(json_get(json_get(one, "case"), "claims"));
    assert_true(str_eq(json_text_at(claim, "short"), STR("1")));
    assert_true(str_eq(json_text_at(claim, "side"), STR("online")));
    json_free(one);
}

static void a_case_that_is_not_there_is_refused(void **state)
{
    struct shop *s = *state;
    static const char *const BODIES[] = {"{'case':'ov:1:2:1003:'}", "{'case':'nonsense'}"};
    for (size_t i = 0; i < 2; i++) {
        struct json *answer = asked(s, "oversell.show", BODIES[i]);
        assert_int_equal(json_integer_at(answer, "code"), CODE_UNKNOWN_OBJECT);
        json_free(answer);
    }
    assert_int_equal(shop_do(s, "poshubctl", ROLE_ADMIN, "oversell.show", "{}"), CODE_BAD_REQUEST);
    assert_int_equal(pos(s, "oversell.list", "{}"), CODE_NOT_AUTHORIZED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_page_of_orders_is_one_command),
        TEST(the_heaviest_order_has_a_record),
        TEST(an_order_without_a_free_number_is_cooked_all_the_same),
        TEST(a_new_box_is_told_what_was_served),
        TEST(a_pull_of_everything_is_the_last_word),
        TEST(what_has_ended_is_not_fetched_for_nothing),
        TEST(an_unpaid_order_waits),
        TEST(a_channel_of_the_store_is_none_of_the_center),
        TEST(a_combo_without_its_parts_is_seen_by_the_first_station),
        TEST(a_count_of_the_shelf_knows_what_is_sold_online),
        TEST(the_newest_report_stays),
        TEST(what_is_over_goes_with_the_day),
        TEST(cases_are_listed_and_shown),
        TEST(a_case_that_is_not_there_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
