/* The verbs that only read: what they show, to whom, and that pages cover everything once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "edge/books/query.h"
#include "tests/lib/shop.h"
#include "tests/lib/toy_center.h"

#define REPLY 61440 /* as the hub has for one reply */

struct desk {
    struct shop shop;
    struct json *reply;
    struct arena scratch;
    char text[REPLY];
};

static int desk_open(void **state)
{
    struct desk *d = calloc(1, sizeof *d);
    shop_open(&d->shop);
    arena_init(&d->scratch, 4 << 20);
    *state = d;
    return 0;
}

static int desk_close(void **state)
{
    struct desk *d = *state;
    json_free(d->reply);
    arena_free(&d->scratch);
    shop_close(&d->shop);
    free(d);
    return 0;
}

/* ---- asking ---- */

static void execute(struct desk *d, struct command *c)
{
    struct txn *txn;
    struct journal j;
    struct jw w;
    assert_int_equal(txn_begin_read(d->shop.store, &txn), PH_OK);
    assert_true(journal_load(&j, txn));
    arena_reset(&d->scratch);
    jw_init(&w, d->text, sizeof d->text);
    const struct query q = {.txn = txn,
                            .head = &j.head,
                            .secret = j.secret,
                            .now_u_ms = d->shop.uptime_ms,
                            .wall_ms = d->shop.wall_ms,
                            .scratch = &d->scratch,
                            .identity = &d->shop.config.identity};
    assert_true(query_execute(&q, c, &w));
    assert_int_equal(txn_error(txn), PH_OK);
    txn_abort(txn);
    assert_true(jw_ok(&w));
    json_free(d->reply);
    d->reply = json_parse(w.p, w.n, &JSON_IMPORT, NULL);
    if (!d->reply)
        fail_msg("no JSON: %.*s", (int)w.n, w.p);
}

static int64_t number(const struct json *v, const char *key)
{
    int64_t n = -1;
    if (!json_get(v, key) || !json_integer(json_get(v, key), &n))
        fail_msg("no number %s", key);
    return n;
}

static int ask_as(struct desk *d, const struct caller *who, const char *verb, const char *body)
{
    char text[512], path[FIELD_PATH];
    struct arena arena;
    struct command c;
    enum verb v;
    snprintf(text, sizeof text, "{'req_id':'q'%s%s", body[1] == '}' ? "" : ",", body + 1);
    for (char *p = text; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    arena_init(&arena, 1 << 20);
    struct json *doc = json_parse(text, strlen(text), &JSON_REQUEST, NULL);
    assert_non_null(doc);
    assert_true(verb_parse(str_of(verb), &v));
    enum code code = command_decode(&c, v, who, doc, &arena, path);
    if (code == CODE_OK) {
        execute(d, &c);
        code = (enum code)number(d->reply, "code");
    }
    json_free(doc);
    arena_free(&arena);
    return (int)code;
}

static int ask(struct desk *d, const char *device, enum role role, const char *verb,
               const char *body)
{
    struct caller who = {.device = str_of(device), .role = role};
    return ask_as(d, &who, verb, body);
}

static int till(struct desk *d, const char *verb, const char *body)
{
    return ask(d, "till-1", ROLE_POS, verb, body);
}

static int count(const struct desk *d, const char *key)
{
    const struct json *list = json_get(d->reply, key);
    int n = 0;
    if (!list)
        return -1;
    for (const struct json *v = json_first(list); v; v = json_next(v))
        n++;
    return n;
}

static const struct json *entry(const struct desk *d, const char *key, int i)
{
    const struct json *v = json_first(json_get(d->reply, key));
    while (v && i-- > 0)
        v = json_next(v);
    assert_non_null(v);
    return v;
}

static bool says(const struct json *v, const char *key, const char *want)
{
    const struct json *m = json_get(v, key);
    return m && json_kind(m) == JSON_STRING && str_eq(json_string(m), str_of(want));
}

/* ---- happenings ---- */

#define ONE_1001 "'lines':[{'line':1,'object_id':'1001','qty':'1'}]"

static void stocked(struct desk *d, const char *qty)
{
    assert_int_equal(
        pos(&d->shop, "stock.set", "{'object_type':2,'object_id':'1001','qty':'%s'}", qty), 0);
}

static void placed(struct desk *d, const char *order_id)
{
    shop_wait(&d->shop, 1000);
    assert_int_equal(pos(&d->shop, "order.place", "{'order_id':'%s'," ONE_1001 "}", order_id), 0);
}

static void paid(struct desk *d, const char *order_id)
{
    assert_int_equal(pos(&d->shop, "order.pay",
                         "{'order_id':'%s','pay_id':'p','tender':'CASH','amount':'10'}", order_id),
                     0);
}

/* ---- orders ---- */

static void order_is_shown_to_its_device_and_to_tills(void **state)
{
    struct desk *d = *state;
    assert_int_equal(kiosk(&d->shop, "order.place", "{'order_id':'k1'," ONE_1001 "}"), 0);
    assert_int_equal(ask(d, "kiosk-1", ROLE_KIOSK, "order.get", "{'order_id':'k1'}"), 0);
    const struct json *o = json_get(d->reply, "order");
    assert_true(says(o, "order_id", "k1") && says(o, "state", "PLACED"));
    assert_int_equal(number(o, "expires_in_ms"), 300000);
    assert_int_equal(till(d, "order.get", "{'order_id':'k1'}"), 0);
    assert_int_equal(ask(d, "kiosk-2", ROLE_KIOSK, "order.get", "{'order_id':'k1'}"), 2001);
    assert_int_equal(till(d, "order.get", "{'order_id':'k2'}"), 2001);
}

static void orders_are_listed_newest_first(void **state)
{
    struct desk *d = *state;
    static const char *const WANT[] = {"o5", "o4", "o3", "o2", "o1"};
    char id[8], body[256] = "{'limit':2}";
    for (int i = 1; i <= 5; i++) {
        snprintf(id, sizeof id, "o%d", i);
        placed(d, id);
    }
    paid(d, "o2");
    pos(&d->shop, "order.cancel", "{'order_id':'o4'}");
    for (int shown = 0; shown < 5;) {
        assert_int_equal(till(d, "order.list", body), 0);
        int n = count(d, "orders");
        assert_true(n > 0 && n <= 2);
        for (int i = 0; i < n; i++)
            assert_true(says(entry(d, "orders", i), "order_id", WANT[shown++]));
        const struct json *cursor = json_get(d->reply, "cursor");
        assert_true((cursor != NULL) == (shown < 5));
        if (cursor)
            snprintf(body, sizeof body, "{'limit':2,'cursor':'%.*s'}", (int)json_string(cursor).n,
                     json_string(cursor).p);
    }
}

static void orders_by_state_time_and_device(void **state)
{
    struct desk *d = *state;
    char body[64];
    placed(d, "o1");
    placed(d, "o2");
    placed(d, "o3");
    paid(d, "o2");
    assert_int_equal(till(d, "order.list", "{'state':'PAID'}"), 0);
    assert_int_equal(count(d, "orders"), 1);
    snprintf(body, sizeof body, "{'since':%lld}", (long long)d->shop.wall_ms);
    assert_int_equal(till(d, "order.list", body), 0);
    assert_int_equal(count(d, "orders"), 1);
    assert_int_equal(ask(d, "kiosk-1", ROLE_KIOSK, "order.list", "{}"), 0);
    assert_int_equal(count(d, "orders"), 0);
    assert_int_equal(till(d, "order.list", "{'cursor':'x'}"), 1010);
}

static void trace_tells_the_life_of_one_order(void **state)
{
    struct desk *d = *state;
    stocked(d, "10");
    placed(d, "o1");
    placed(d, "o2");
    paid(d, "o1");
    pos(&d->shop, "ticket.start", "{'order_id':'o1','station':'oven','round':1}");
    assert_int_equal(till(d, "order.trace", "{'order_id':'o1'}"), 0);
    assert_int_equal(count(d, "events"), 3);
    assert_true(says(entry(d, "events", 0), "kind", "ORDER_LOCK"));
    assert_true(says(entry(d, "events", 1), "kind", "ORDER_DEDUCT"));
    assert_true(says(entry(d, "events", 2), "kind", "TICKET"));
    assert_true(says(json_get(entry(d, "events", 1), "body"), "order_id", "o1"));
    assert_int_equal(count(d, "tickets"), 1);
    assert_null(json_get(d->reply, "cursor"));
}

/* ---- stock ---- */

static void stock_of_a_row_of_the_menu_and_of_nothing(void **state)
{
    struct desk *d = *state;
    stocked(d, "10");
    placed(d, "o1");
    assert_int_equal(till(d, "stock.get", "{'object_type':2,'object_id':'1001'}"), 0);
    const struct json *avail = json_get(json_get(d->reply, "stock"), "avail");
    assert_true(says(avail, "POS", "9"));
    assert_int_equal(till(d, "stock.get", "{'object_type':1,'object_id':'500'}"), 0);
    assert_int_equal(json_kind(json_get(json_get(d->reply, "stock"), "avail")), JSON_NULL);
    assert_int_equal(till(d, "stock.get", "{'object_type':2,'object_id':'9'}"), 1012);
    assert_int_equal(ask(d, "ctl", ROLE_ADMIN, "stock.list", "{}"), 0);
    assert_int_equal(count(d, "stocks"), 1);
}

static void history_goes_back_page_by_page(void **state)
{
    struct desk *d = *state;
    char body[128];
    stocked(d, "10");
    placed(d, "o1");
    paid(d, "o1");
    pos(&d->shop, "stock.sold_out", "{'object_type':2,'object_id':'1001'}");
    pos(&d->shop, "stock.sold_out", "{'object_type':2,'object_id':'1002'}");
    assert_int_equal(till(d, "stock.history", "{'object_type':2,'object_id':'1001','limit':2}"), 0);
    assert_int_equal(count(d, "events"), 2);
    const struct json *e = entry(d, "events", 0);
    assert_true(says(e, "kind", "STATUS_SET"));
    assert_null(json_get(e, "q"));
    e = entry(d, "events", 1);
    assert_true(says(e, "kind", "ORDER_DEDUCT") && says(e, "order_id", "o1"));
    assert_true(says(e, "real_before", "10") && says(e, "real_after", "9"));
    assert_true(says(e, "locked_before", "1") && says(e, "locked_after", "0"));
    struct str cursor = json_string(json_get(d->reply, "cursor"));
    snprintf(body, sizeof body, "{'object_type':2,'object_id':'1001','cursor':'%.*s'}",
             (int)cursor.n, cursor.p);
    assert_int_equal(till(d, "stock.history", body), 0);
    assert_int_equal(count(d, "events"), 3);
    assert_true(says(entry(d, "events", 0), "kind", "ORDER_LOCK"));
    assert_true(says(entry(d, "events", 1), "kind", "STOCK_SET"));
    assert_true(says(entry(d, "events", 2), "kind", "PLAN_SET"));
    assert_null(json_get(d->reply, "cursor"));
}

static int64_t sum_t(const struct json *terms)
{
    static const char *const KNOWN[] = {"counted",   "sold",     "waste",
                                        "restocked", "given up", "earlier"};
    int64_t sum = 0;
    for (const struct json *t = json_first(terms); t; t = json_next(t)) {
        bool known = false;
        for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++)
            known = known || says(t, "name", KNOWN[i]);
        assert_true(known);
        sum += 10 * strtol(json_string(json_get(t, "sum")).p, NULL, 10);
    }
    return sum;
}

#define EXPLAIN_1001 "{'object_type':2,'object_id':'1001'}"

static void explanation_adds_up_to_real(void **state)
{
    struct desk *d = *state;
    stocked(d, "10");
    placed(d, "o1");
    placed(d, "o2");
    paid(d, "o1");
    pos(&d->shop, "stock.adjust",
        "{'object_type':2,'object_id':'1001','delta':'-3','reason':'WASTE'}");
    assert_int_equal(till(d, "stock.explain", EXPLAIN_1001), 0);
    assert_true(says(d->reply, "real", "6") && says(d->reply, "locked", "1"));
    assert_true(says(d->reply, "available", "5"));
    assert_int_equal(sum_t(json_get(d->reply, "terms")), 60);
    assert_int_equal(count(d, "terms"), 3);
    assert_int_equal(till(d, "stock.explain", "{'object_type':2,'object_id':'9'}"), 1012);
}

static void explanation_tells_what_was_sold_and_counted_online(void **state)
{
    struct desk *d = *state;
    const struct object pizza = {OBJECT_SKU, 1001};
    struct toy_center c;
    struct txn *txn;
    stocked(d, "10");
    toy_open(&c, d->shop.wall_ms);
    assert_int_equal(txn_begin_read(d->shop.store, &txn), PH_OK);
    toy_hears(&c, txn, UINT64_MAX);
    txn_abort(txn);
    toy_sells(&c, pizza, 20);
    toy_counts(&c, pizza, 150);
    toy_sells(&c, pizza, 40);
    const struct cloud_row row = toy_sends(&c, pizza);
    shop_center_rows(&d->shop, &(struct center_rows){.rows = &row, .n = 1});
    toy_close(&c);
    assert_int_equal(till(d, "stock.explain", EXPLAIN_1001), 0);
    assert_true(says(d->reply, "real", "11"));
    assert_int_equal(count(d, "terms"), 3);
    assert_true(says(entry(d, "terms", 1), "name", "counted online"));
    assert_true(says(entry(d, "terms", 1), "sum", "7"));
    assert_true(says(entry(d, "terms", 2), "name", "sold online"));
    assert_true(says(entry(d, "terms", 2), "sum", "-6"));
    assert_int_equal(till(d, "stock.history", EXPLAIN_1001), 0);
    assert_true(says(entry(d, "events", 0), "kind", "CENTER_ROW"));
    assert_true(says(entry(d, "events", 0), "real_after", "11"));
}

static bool has_set(const struct json *event, const char *name, const char *before,
                    const char *after)
{
    const struct json *list = json_get(event, "set");
    for (const struct json *m = list ? json_first(list) : NULL; m; m = json_next(m))
        if (says(m, "name", name) && says(m, "before", before) && says(m, "after", after))
            return true;
    return false;
}

static void history_says_what_the_center_has_set(void **state)
{
    struct desk *d = *state;
    struct toy_center c;
    struct txn *txn;
    struct object pizza = {OBJECT_SKU, 1001};
    stocked(d, "10");
    toy_open(&c, d->shop.wall_ms);
    assert_int_equal(txn_begin_read(d->shop.store, &txn), PH_OK);
    toy_hears(&c, txn, UINT64_MAX);
    txn_abort(txn);
    toy_sells(&c, pizza, 10);
    struct cloud_row row = toy_sends(&c, pizza);
    row.row.mode = MODE_STRICT;
    row.row.policy = POLICY_RESERVED;
    row.row.rebalance_s = 600;
    row.row.policy_stamp.l_ms += 1;
    row.row.n_channels = 1;
    row.row.channels[0] = (struct stock_channel){.code = STR("KIOSK"),
                                                 .status = STATUS_ON_SALE,
                                                 .type = STOCK_UNLIMITED,
                                                 .limit_t = AVAIL_INFINITE,
                                                 .weight = 3,
                                                 .reserve_t = 15,
                                                 .stamp = {d->shop.wall_ms + 1, 0, 0}};
    shop_center_rows(&d->shop, &(struct center_rows){.rows = &row, .n = 1});
    toy_close(&c);
    assert_int_equal(till(d, "stock.history", "{'object_type':2,'object_id':'1001','limit':9}"), 0);
    const struct json *e = entry(d, "events", 0);
    while (e && !says(e, "kind", "CENTER_ROW"))
        e = json_next(e);
    assert_non_null(e);
    assert_true(has_set(e, "mode", "LOOSE", "STRICT"));
    assert_true(has_set(e, "policy", "SHARED", "RESERVED"));
    assert_true(has_set(e, "rebalance_s", "0", "600"));
    assert_true(has_set(e, "KIOSK weight", "", "3"));
    assert_true(has_set(e, "KIOSK reserve", "", "1.5"));
}

static void bodies_dropped(struct desk *d, int64_t before_ms)
{
    struct txn *txn;
    struct journal j;
    assert_int_equal(txn_begin_write(d->shop.store, &txn), PH_OK);
    assert_true(journal_load(&j, txn));
    assert_true(journal_trim(&j, j.head.at, before_ms, 0, 1000) > 0);
    journal_save(&j);
    assert_int_equal(txn_commit(txn), PH_OK);
}

static void explanation_has_an_earlier_term_for_dropped_bodies(void **state)
{
    struct desk *d = *state;
    stocked(d, "10");
    shop_wait(&d->shop, 60000);
    bodies_dropped(d, d->shop.wall_ms);
    placed(d, "o1");
    paid(d, "o1");
    assert_int_equal(till(d, "stock.explain", EXPLAIN_1001), 0);
    assert_true(says(d->reply, "real", "9"));
    assert_int_equal(sum_t(json_get(d->reply, "terms")), 90);
    assert_true(says(entry(d, "terms", 0), "name", "sold"));
    assert_true(says(entry(d, "terms", 0), "sum", "-1"));
    assert_true(says(entry(d, "terms", 1), "name", "earlier"));
    assert_true(says(entry(d, "terms", 1), "sum", "10"));
}

/* ---- snapshots ---- */

static void snapshot_shows_what_the_role_may_read(void **state)
{
    struct desk *d = *state;
    struct caller screen = {
        .device = STR("kds-1"), .role = ROLE_KDS, .stations = {STR("bar")}, .n_stations = 1};
    stocked(d, "10");
    placed(d, "o1");
    paid(d, "o1");
    kiosk(&d->shop, "order.place", "{'order_id':'k1'," ONE_1001 "}");
    assert_int_equal(till(d, "sync.snapshot", "{}"), 0);
    assert_int_equal(count(d, "stock"), 1);
    assert_int_equal(count(d, "orders"), 2);
    assert_int_equal(count(d, "tickets"), 1);
    assert_int_equal(count(d, "pickup"), 2);
    assert_non_null(json_get(entry(d, "orders", 0), "at"));
    assert_int_equal(ask(d, "kiosk-1", ROLE_KIOSK, "sync.snapshot", "{}"), 0);
    assert_int_equal(count(d, "orders"), 1);
    assert_int_equal(count(d, "tickets"), -1);
    assert_int_equal(ask(d, "board-1", ROLE_BOARD, "sync.snapshot", "{}"), 0);
    assert_true(count(d, "stock") == -1 && count(d, "orders") == -1 && count(d, "pickup") == 2);
    assert_int_equal(ask_as(d, &screen, "sync.snapshot", "{}"), 0);
    assert_int_equal(count(d, "tickets"), 0);
    screen.stations[0] = STR("oven");
    assert_int_equal(ask_as(d, &screen, "sync.snapshot", "{}"), 0);
    assert_int_equal(count(d, "tickets"), 1);
}

static void snapshot_pages_cover_everything_once(void **state)
{
    struct desk *d = *state;
    char id[8], body[256] = "{}";
    int orders = 0, pickup = 0, pages = 0;
    for (int i = 0; i < 200; i++) {
        snprintf(id, sizeof id, "o%d", i);
        placed(d, id);
    }
    for (bool more = true; more; pages++) {
        assert_int_equal(till(d, "sync.snapshot", body), 0);
        orders += count(d, "orders") > 0 ? count(d, "orders") : 0;
        pickup += count(d, "pickup") > 0 ? count(d, "pickup") : 0;
        const struct json *cursor = json_get(d->reply, "cursor");
        more = cursor != NULL;
        if (more)
            snprintf(body, sizeof body, "{'cursor':'%.*s'}", (int)json_string(cursor).n,
                     json_string(cursor).p);
    }
    assert_int_equal(orders, 200);
    assert_int_equal(pickup, 200);
    assert_true(pages > 1);
}

/* ---- the rest ---- */

static void tail_is_followed_by_its_cursor(void **state)
{
    struct desk *d = *state;
    char body[64];
    stocked(d, "10");
    placed(d, "o1");
    assert_int_equal(ask(d, "ctl", ROLE_ADMIN, "journal.tail", "{'limit':2}"), 0);
    assert_int_equal(count(d, "events"), 2);
    assert_true(says(entry(d, "events", 1), "kind", "ORDER_LOCK"));
    struct str cursor = json_string(json_get(d->reply, "cursor"));
    snprintf(body, sizeof body, "{'cursor':'%.*s'}", (int)cursor.n, cursor.p);
    assert_int_equal(ask(d, "ctl", ROLE_ADMIN, "journal.tail", body), 0);
    assert_int_equal(count(d, "events"), 0);
    paid(d, "o1");
    assert_int_equal(ask(d, "ctl", ROLE_ADMIN, "journal.tail", body), 0);
    assert_int_equal(count(d, "events"), 1);
    assert_true(says(entry(d, "events", 0), "kind", "ORDER_DEDUCT"));
}

static void time_day_and_menu(void **state)
{
    struct desk *d = *state;
    placed(d, "o1");
    assert_int_equal(till(d, "time.get", "{}"), 0);
    assert_true(number(d->reply, "now_at_ms") == d->shop.wall_ms &&
                says(d->reply, "clock", "synced"));
    assert_int_equal(ask(d, "ctl", ROLE_ADMIN, "day.show", "{}"), 0);
    assert_int_equal(count(d, "days"), 1);
    assert_int_equal(number(entry(d, "days", 0), "orders"), 1);
    assert_int_equal(ask(d, "ctl", ROLE_ADMIN, "day.show", "{'day':'19700101'}"), 0);
    assert_int_equal(count(d, "days"), 0);
    assert_int_equal(till(d, "menu.get", "{}"), 0);
    assert_int_equal(count(d, "items"), 4);
}

#define DESK_TEST(name) cmocka_unit_test_setup_teardown(name, desk_open, desk_close)

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        DESK_TEST(order_is_shown_to_its_device_and_to_tills),
        DESK_TEST(orders_are_listed_newest_first),
        DESK_TEST(orders_by_state_time_and_device),
        DESK_TEST(trace_tells_the_life_of_one_order),
        DESK_TEST(stock_of_a_row_of_the_menu_and_of_nothing),
        DESK_TEST(history_goes_back_page_by_page),
        DESK_TEST(explanation_adds_up_to_real),
        DESK_TEST(explanation_tells_what_was_sold_and_counted_online),
        DESK_TEST(history_says_what_the_center_has_set),
        DESK_TEST(explanation_has_an_earlier_term_for_dropped_bodies),
        DESK_TEST(snapshot_shows_what_the_role_may_read),
        DESK_TEST(snapshot_pages_cover_everything_once),
        DESK_TEST(tail_is_followed_by_its_cursor),
        DESK_TEST(time_day_and_menu),
    };
    return cmocka_run_group_tests(TESTS, NULL, NULL);
}
