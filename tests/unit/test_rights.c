/* Selling rights at the hub (sync-protocol 5.5): what a store may sell alone, whatever is lost,
 * repeated or overtaken on the way to its center. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "edge/books/query.h"
#include "edge/books/view.h"
#include "proto/cloud_event.h"
#include "proto/rights.h"
#include "storage/want.h"
#include "tests/lib/shop.h"

#define EGG ((struct object){OBJECT_SKU, 1003})

/* A store, and its center as far as it matters here: it has merged whatever the hub has said. */
struct store_and_center {
    struct shop shop;
    uint64_t ver;
    int64_t gr_t, c_t, presumed_t;
    enum stock_mode mode;
    const char *gen_id; /* NULL: the hub's */
    int64_t restore_at_ms;
    char base_id[LIMIT_GEN_ID + 1], gen[LIMIT_GEN_ID + 1];
};

static struct stock_row egg(struct store_and_center *c)
{
    return shop_row(&c->shop, OBJECT_SKU, 1003);
}

static int64_t rights(struct store_and_center *c)
{
    struct stock_row r = egg(c);
    return rights_hub(&r);
}

static struct str kept(char *buf, struct str text)
{
    memcpy(buf, text.p, text.n);
    return (struct str){buf, text.n};
}

/* The row as the center would send it now. */
static struct cloud_row row_now(struct store_and_center *c)
{
    struct txn *txn;
    struct cloud_row out = {.has_x = true, .over = ++c->ver};
    struct stock_row *r = &out.row;
    assert_int_equal(txn_begin_read(c->shop.store, &txn), PH_OK);
    stock_load(txn, EGG, r);
    r->base_id = kept(c->base_id, r->base_id);
    r->gen_id = c->gen_id ? str_of(c->gen_id) : kept(c->gen, r->gen_id);
    r->n_channels = r->n_offers = 0;
    r->c_ver = out.over;
    r->c_t = c->c_t;
    r->mode = c->mode;
    r->gr_t = c->gr_t;
    r->presumed_t = c->presumed_t;
    if (c->restore_at_ms > 0) {
        r->auto_restore = 1;
        r->restore_at_ms = c->restore_at_ms;
        r->plan_stamp.l_ms += 1;
    }
    txn_abort(txn);
    return out;
}

static void arrives(struct store_and_center *c, const struct cloud_row *row)
{
    shop_center_rows(&c->shop, &(struct center_rows){.rows = row, .n = 1});
    assert_int_equal(c->shop.out.code, CODE_OK);
}

static void heal(struct store_and_center *c)
{
    struct cloud_row row = row_now(c);
    arrives(c, &row);
}

static enum code sell(struct store_and_center *c, int order, int portions)
{
    return pos(&c->shop, "order.sell",
               "{'order_id':'P%d','lines':[{'line':1,'object_id':'1003','qty':'%d'}],"
               "'payments':[{'pay_id':'p','tender':'CASH','amount':'%d'}]}",
               order, portions, 10 * portions);
}

static enum code stock(struct store_and_center *c, const char *verb, const char *rest)
{
    return pos(&c->shop, verb, "{'object_type':2,'object_id':'1003'%s}", rest);
}

/* F2: 15 there, 9 of them granted. */
static int setup(void **state)
{
    struct store_and_center *c = calloc(1, sizeof *c);
    shop_open(&c->shop);
    *state = c;
    assert_int_equal(stock(c, "stock.set", ",'qty':'15'"), CODE_OK);
    c->mode = MODE_STRICT;
    heal(c);
    c->gr_t = 90;
    heal(c);
    assert_int_equal(rights(c), 90);
    return 0;
}

/* A center understands what was journaled, and it is in canonical form. */
static bool is_understood(const struct event *e, struct arena *arena)
{
    uint8_t hash[HASH_BYTES];
    char path[FIELD_PATH];
    const char *const none[] = {NULL};
    struct event_facts facts;
    struct json *body = json_parse(e->body.p, e->body.n, &JSON_CLOUD, NULL);
    struct cloud_event ce = {.known = true, .kind_no = e->kind, .body = body};
    bool good = body && cloud_event_facts(&ce, arena, &facts, path) == CODE_OK;
    if (body)
        json_canonical_hash(body, STR(""), none, hash);
    good = good && memcmp(hash, e->bh, sizeof(hash)) == 0;
    if (!good)
        print_error("%s: %.*s\n", event_kind_name(e->kind), (int)e->body.n, e->body.p);
    json_free(body);
    return good;
}

static bool journal_is_understood(struct shop *s)
{
    struct txn *txn;
    struct event e;
    struct arena arena;
    bool good = true;
    assert_int_equal(txn_begin_read(s->store, &txn), PH_OK);
    struct journal_scan scan = journal_scan_begin(txn, (struct position){0, 0}, false);
    while (journal_scan_next(&scan, &e)) {
        arena_init(&arena, 1 << 20);
        good &= !cloud_event_is_whole(e.kind) || is_understood(&e, &arena);
        arena_free(&arena);
    }
    journal_scan_end(&scan);
    txn_abort(txn);
    return good;
}

static int teardown(void **state)
{
    struct store_and_center *c = *state;
    bool sound = shop_sound(&c->shop) && journal_is_understood(&c->shop);
    shop_close(&c->shop);
    free(c);
    return sound ? 0 : -1;
}

/* ---- selling ---- */

static void store_sells_its_rights_and_no_more(void **state) /* T62 */
{
    struct store_and_center *c = *state;
    for (int i = 0; i < 9; i++)
        assert_int_equal(sell(c, i, 1), CODE_OK);
    assert_int_equal(rights(c), 0);
    assert_int_equal(sell(c, 9, 1), CODE_STRICT_EXHAUSTED);
    assert_int_equal(c->shop.out.refused[0].avail_t, 0);
    assert_int_equal(shop_real(&c->shop, 1003), 60);
}

static void grant_counts_once_however_often_it_comes(void **state) /* T63 */
{
    struct store_and_center *c = *state;
    struct cloud_row old = row_now(c);
    c->gr_t = 120;
    struct cloud_row row = row_now(c);
    arrives(c, &row);
    assert_int_equal(rights(c), 120);
    arrives(c, &row);
    arrives(c, &old);
    assert_int_equal(rights(c), 120);
}

static void grant_that_is_lost_comes_with_the_next_row(void **state) /* T64 */
{
    struct store_and_center *c = *state;
    c->gr_t = 120;
    row_now(c);
    assert_int_equal(sell(c, 1, 10), CODE_STRICT_EXHAUSTED);
    assert_int_equal(sell(c, 2, 9), CODE_OK);
    heal(c);
    assert_int_equal(rights(c), 30);
    assert_int_equal(sell(c, 3, 3), CODE_OK);
}

/* ---- unlimited and back ---- */

/* The kinds of the events after that many of them, "A B". */
static const char *said_after(struct store_and_center *c, int n)
{
    static char text[256];
    struct txn *txn;
    struct event e;
    size_t at = 0;
    assert_int_equal(txn_begin_read(c->shop.store, &txn), PH_OK);
    struct journal_scan scan = journal_scan_begin(txn, (struct position){0, 0}, false);
    text[0] = '\0';
    while (journal_scan_next(&scan, &e))
        if (--n < 0)
            at += (size_t)snprintf(text + at, sizeof text - at, "%s%s", at ? " " : "",
                                   event_kind_name(e.kind));
    journal_scan_end(&scan);
    txn_abort(txn);
    return text;
}

static int events(struct store_and_center *c)
{
    return shop_events(&c->shop, EVENT_KIND_COUNT);
}

static bool shows(struct store_and_center *c, const char *part)
{
    char text[1024];
    struct jw w;
    struct stock_row r = egg(c);
    jw_init(&w, text, sizeof text - 1);
    view_stock(&w, &r, NULL);
    assert_true(jw_ok(&w));
    text[jw_text(&w).n] = '\0';
    return strstr(text, part) != NULL;
}

/* What the center answers to MODE_ACK. */
static void center_grants(struct store_and_center *c, int64_t rights_t)
{
    c->gr_t = egg(c).gr_t + rights_t - rights(c);
    heal(c);
    assert_int_equal(rights(c), rights_t);
}

/* Without a limit both sides sell what they like, and neither hears how much: a limit that is set
 * with the line down is the center's to divide. Of 10 on the shelf it has sold 4. */
static void limit_set_offline_waits_for_the_center(void **state)
{
    struct store_and_center *c = *state;
    int n = events(c);
    assert_int_equal(stock(c, "stock.plan", ",'limited':false"), CODE_OK);
    assert_string_equal(said_after(c, n), "PLAN_SET MODE_ACK");
    assert_int_equal(egg(c).mode_in_force, MODE_LOOSE);
    assert_int_equal(sell(c, 1, 20), CODE_OK);
    n = events(c);
    assert_int_equal(stock(c, "stock.set", ",'qty':'10'"), CODE_OK);
    assert_string_equal(said_after(c, n), "PLAN_SET STOCK_SET MODE_ACK");
    assert_int_equal(shop_real(&c->shop, 1003), 100);
    assert_true(shows(c, "\"strict\":{\"rights\":\"0\",\"awaited\":true}"));
    assert_int_equal(sell(c, 2, 1), CODE_STRICT_EXHAUSTED);
    assert_int_equal(stock(c, "stock.adjust", ",'delta':'2','reason':'RECEIPT'"), CODE_OK);
    assert_int_equal(sell(c, 3, 1), CODE_STRICT_EXHAUSTED);
    c->c_t = -40;
    center_grants(c, 50);
    assert_int_equal(sell(c, 4, 6), CODE_STRICT_EXHAUSTED);
    assert_int_equal(sell(c, 5, 5), CODE_OK);
}

/* A row of the center's from before it has heard of the limit gives nothing either. */
static void limit_is_judged_before_rights_are_taken(void **state)
{
    struct store_and_center *c = *state;
    assert_int_equal(stock(c, "stock.plan", ",'limited':false"), CODE_OK);
    struct cloud_row old = row_now(c);
    assert_int_equal(stock(c, "stock.plan", ",'limited':true,'plan':'5'"), CODE_OK);
    old.over = old.row.c_ver = ++c->ver;
    old.row.gr_t = 300;
    arrives(c, &old);
    assert_int_equal(egg(c).type, STOCK_LIMITED);
    assert_int_equal(sell(c, 1, 1), CODE_STRICT_EXHAUSTED);
    center_grants(c, 30);
    assert_int_equal(sell(c, 2, 3), CODE_OK);
}

static struct cloud_row limited_by_center(struct store_and_center *c, enum stock_type type)
{
    struct cloud_row row = row_now(c);
    row.row.type = type;
    row.row.plan_stamp.l_ms += 1000;
    row.row.plan_stamp.origin = ORIGIN_CENTER;
    return row;
}

static void the_centers_limit_is_acknowledged_as_a_mode_is(void **state)
{
    struct store_and_center *c = *state;
    int n = events(c);
    struct cloud_row row = limited_by_center(c, STOCK_UNLIMITED);
    arrives(c, &row);
    assert_string_equal(said_after(c, n), "CENTER_ROW MODE_ACK");
    assert_int_equal(sell(c, 1, 20), CODE_OK);
    n = events(c);
    row = limited_by_center(c, STOCK_LIMITED);
    arrives(c, &row);
    assert_string_equal(said_after(c, n), "CENTER_ROW MODE_ACK");
    assert_int_equal(stock(c, "stock.adjust", ",'delta':'10','reason':'RECEIPT'"), CODE_OK);
    assert_int_equal(sell(c, 2, 1), CODE_STRICT_EXHAUSTED);
    c->gr_t = egg(c).gr_t;
    heal(c);
    assert_int_equal(rights(c), 100);
}

/* What a lost box is presumed to have sold stays sold until a count, and the count that sets the
 * limit is one: said after STRICT has begun, so that the center opens a generation with it. */
static void limit_set_after_a_takeover_is_its_count(void **state)
{
    struct store_and_center *c = *state;
    c->presumed_t = 90;
    heal(c);
    assert_int_equal(stock(c, "stock.plan", ",'limited':false"), CODE_OK);
    assert_int_equal(egg(c).presumed_t, 90);
    int n = events(c);
    assert_int_equal(stock(c, "stock.set", ",'qty':'7'"), CODE_OK);
    assert_string_equal(said_after(c, n), "PLAN_SET MODE_ACK STOCK_SET");
    assert_int_equal(egg(c).presumed_t, 0);
    assert_int_equal(sell(c, 1, 1), CODE_STRICT_EXHAUSTED);
    c->presumed_t = 0;
    c->gen_id = "T:2";
    center_grants(c, 40);
    assert_int_equal(sell(c, 2, 4), CODE_OK);
}

static void a_wish_waits_until_there_is_a_limit(void **state)
{
    struct store_and_center *c = *state;
    c->mode = MODE_LOOSE;
    heal(c);
    assert_int_equal(stock(c, "stock.plan", ",'limited':false"), CODE_OK);
    int n = shop_events(&c->shop, EVENT_MODE_ACK);
    c->mode = MODE_STRICT;
    heal(c);
    assert_int_equal(shop_events(&c->shop, EVENT_MODE_ACK), n);
    n = events(c);
    assert_int_equal(stock(c, "stock.plan", ",'limited':true,'plan':'5'"), CODE_OK);
    assert_string_equal(said_after(c, n), "PLAN_SET STOCK_SET MODE_ACK");
}

static void what_is_wasted_beyond_the_rights_is_a_deficit(void **state)
{
    struct store_and_center *c = *state;
    assert_int_equal(stock(c, "stock.adjust", ",'delta':'-12','reason':'WASTE'"), CODE_OK);
    assert_int_equal(rights(c), -30);
    assert_int_equal(sell(c, 1, 1), CODE_STRICT_EXHAUSTED);
    c->gr_t = 120;
    heal(c);
    assert_int_equal(rights(c), 0);
    assert_int_equal(stock(c, "stock.adjust", ",'delta':'2','reason':'RECEIPT'"), CODE_OK);
    assert_int_equal(sell(c, 2, 2), CODE_OK);
}

static void count_is_said_as_what_it_found(void **state)
{
    struct store_and_center *c = *state;
    struct stock_row before = egg(c);
    assert_int_equal(sell(c, 1, 2), CODE_OK);
    assert_int_equal(stock(c, "stock.set", ",'qty':'16'"), CODE_OK);
    assert_int_equal(shop_real(&c->shop, 1003), 160);
    assert_int_equal(rights(c), 100);
    assert_int_equal(shop_events(&c->shop, EVENT_STOCK_SET), 1);
    assert_int_equal(shop_events(&c->shop, EVENT_STOCK_ADJUST), 1);
    assert_int_equal(egg(c).base_h_t, before.base_h_t);
}

/* ---- wants ---- */

static bool wants(struct store_and_center *c, struct want *out)
{
    struct txn *txn;
    assert_int_equal(txn_begin_read(c->shop.store, &txn), PH_OK);
    bool there = want_load(out, txn, EGG) && out->q_t > 0;
    txn_abort(txn);
    return there;
}

static void what_runs_low_is_asked_for_under_one_name_until_it_comes(void **state) /* T74 */
{
    struct store_and_center *c = *state;
    struct want first, w;
    assert_int_equal(sell(c, 1, 7), CODE_OK);
    assert_false(wants(c, &first)); /* 2 of 9 are not below a fifth */
    assert_int_equal(sell(c, 2, 1), CODE_OK);
    assert_true(wants(c, &first) && first.q_t == 20);
    assert_int_equal(stock(c, "stock.sold_out", ""), CODE_OK);
    assert_int_equal(stock(c, "stock.on_sale", ""), CODE_OK);
    heal(c);
    assert_true(wants(c, &w));
    assert_string_equal(w.req, first.req);
    c->gr_t = 110;
    heal(c);
    assert_int_equal(rights(c), 30);
    assert_false(wants(c, &w));
}

static void refused_sale_asks_for_what_it_lacked(void **state)
{
    struct store_and_center *c = *state;
    struct want w, again;
    int n = events(c);
    assert_int_equal(sell(c, 1, 12), CODE_STRICT_EXHAUSTED);
    assert_true(wants(c, &w) && w.q_t == 30);
    assert_int_equal(events(c), n);
    assert_int_equal(sell(c, 2, 11), CODE_STRICT_EXHAUSTED);
    assert_true(wants(c, &again) && again.q_t == 30);
    c->gr_t = 100; /* the center had no more */
    heal(c);
    assert_false(wants(c, &w));
    assert_int_equal(sell(c, 3, 12), CODE_STRICT_EXHAUSTED);
    assert_true(wants(c, &again));
    assert_string_not_equal(again.req, "");
    assert_int_equal(again.q_t, 20);
}

/* Its MODE_ACK is on the way, and its center, LOOSE until then, counts once more: what the new base
 * has seen of the store's sales is no right to sell them again. */
static void count_before_the_answer_gives_no_rights(void **state)
{
    struct store_and_center *c = *state;
    c->mode = MODE_LOOSE;
    heal(c);
    heal(c);
    assert_int_equal(sell(c, 1, 5), CODE_OK);
    struct cloud_row wish = row_now(c), counted = row_now(c);
    wish.row.mode = counted.row.mode = MODE_STRICT;
    counted.row.base_id = STR("C:1.9");
    counted.row.base_t = 100;
    counted.row.base_h_t = counted.row.h_t;
    counted.row.base_stamp.l_ms += 1000;
    counted.row.base_stamp.origin = ORIGIN_CENTER;
    arrives(c, &wish);
    assert_int_equal(sell(c, 2, 1), CODE_STRICT_EXHAUSTED);
    arrives(c, &counted);
    assert_int_equal(shop_real(&c->shop, 1003), 100);
    assert_int_equal(sell(c, 3, 1), CODE_STRICT_EXHAUSTED);
    c->mode = MODE_STRICT;
    c->gr_t = 60;
    heal(c);
    assert_int_equal(sell(c, 4, 6), CODE_OK);
}

/* A split that was agreed when the object was STRICT the last time is none while the center is
 * still LOOSE. */
static void restore_before_the_answer_gives_no_rights(void **state)
{
    struct store_and_center *c = *state;
    struct shop *s = &c->shop;
    c->restore_at_ms = s->wall_ms + 60000;
    struct cloud_row row = row_now(c);
    row.row.offers[row.row.n_offers++] = (struct offer){1, 90, 150, c->restore_at_ms};
    arrives(c, &row);
    c->mode = MODE_LOOSE;
    heal(c);
    heal(c);
    struct cloud_row wish = row_now(c);
    wish.row.mode = MODE_STRICT;
    arrives(c, &wish);
    shop_wait(s, 60000);
    assert_int_equal(shop_events(s, EVENT_RESTORE), 1);
    assert_int_equal(rights(c), 0);
    assert_int_equal(sell(c, 1, 1), CODE_STRICT_EXHAUSTED);
}

/* ---- a manager's word ---- */

#define OVERRIDDEN(id, qty, amount)                                                                \
    "{'order_id':'" id "','override_pin':'4711','operator':'anna','lines':[{'line':1,"             \
    "'object_id':'1003','qty':'" qty "'}],'payments':[{'pay_id':'p','tender':'CASH','amount':"     \
    "'" amount "'}]}"

static void manager_lets_through_what_rights_refuse(void **state)
{
    struct store_and_center *c = *state;
    struct shop *s = &c->shop;
    assert_int_equal(pos(s, "order.sell", OVERRIDDEN("P1", "11", "110")), CODE_STRICT_EXHAUSTED);
    s->pin_is_right = true;
    assert_int_equal(pos(s, "order.sell", OVERRIDDEN("P2", "11", "110")), CODE_OK);
    assert_int_equal(rights(c), -20);
    assert_int_equal(shop_events(s, EVENT_OVERRIDE_NOTE), 1);
    assert_int_equal(sell(c, 3, 1), CODE_STRICT_EXHAUSTED);
}

static void manager_opens_nothing_that_is_closed(void **state)
{
    struct store_and_center *c = *state;
    struct shop *s = &c->shop;
    s->pin_is_right = true;
    assert_int_equal(stock(c, "stock.sold_out", ""), CODE_OK);
    assert_int_equal(pos(s, "order.sell", OVERRIDDEN("P1", "1", "10")), CODE_SOLD_OUT);
    assert_int_equal(stock(c, "stock.on_sale", ""), CODE_OK);
    assert_int_equal(stock(c, "stock.channel", ",'channel':'POS','limited':true,'limit':'3'"),
                     CODE_OK);
    assert_int_equal(pos(s, "order.sell", OVERRIDDEN("P2", "10", "100")), CODE_CHANNEL_LIMIT);
    assert_int_equal(pos(s, "order.sell", OVERRIDDEN("P3", "3", "30")), CODE_OK);
    assert_int_equal(shop_events(s, EVENT_OVERRIDE_NOTE), 0);
}

/* Its share is of the rights: where they end the share does too. */
static void manager_passes_a_channels_share_of_the_rights(void **state)
{
    struct store_and_center *c = *state;
    struct shop *s = &c->shop;
    assert_int_equal(shop_do(s, "poshubctl", ROLE_ADMIN, "stock.policy",
                             "{'object_type':2,'object_id':'1003','policy':'WEIGHTED_HARD'}"),
                     CODE_OK);
    assert_int_equal(stock(c, "stock.channel", ",'channel':'POS','weight':2"), CODE_OK);
    assert_int_equal(stock(c, "stock.channel", ",'channel':'KIOSK','weight':1"), CODE_OK);
    s->pin_is_right = true;
    assert_int_equal(pos(s, "order.sell", OVERRIDDEN("P1", "7", "70")), CODE_CHANNEL_LIMIT);
    assert_int_equal(pos(s, "order.sell", OVERRIDDEN("P2", "10", "100")), CODE_OK);
    assert_int_equal(rights(c), -10);
    assert_int_equal(shop_events(s, EVENT_OVERRIDE_NOTE), 1);
}

static void pin_needs_a_name_and_a_till(void **state)
{
    struct store_and_center *c = *state;
    struct shop *s = &c->shop;
    const char *nameless = "{'order_id':'P1','override_pin':'1','lines':[{'line':1,"
                           "'object_id':'1003','qty':'1'}]}";
    const char *named = "{'order_id':'P1','override_pin':'1','operator':'anna','lines':[{'line':1,"
                        "'object_id':'1003','qty':'1'}]}";
    assert_int_equal(pos(s, "order.place", "%s", nameless), CODE_BAD_REQUEST);
    assert_int_equal(kiosk(s, "order.place", "%s", named), CODE_NOT_AUTHORIZED);
    assert_int_equal(pos(s, "order.place", "%s", named), CODE_OK);
}

/* ---- giving back ---- */

static void what_is_given_back_is_not_asked_for_again(void **state)
{
    struct store_and_center *c = *state;
    struct want w;
    assert_int_equal(stock(c, "stock.return", ",'qty':'8'"), CODE_OK);
    assert_int_equal(rights(c), 10);
    assert_int_equal(egg(c).xr_t, 80);
    assert_int_equal(shop_events(&c->shop, EVENT_LEASE_RETURN), 1);
    assert_false(wants(c, &w));
    c->c_t = -10; /* sold online */
    heal(c);
    assert_false(wants(c, &w));
    assert_int_equal(sell(c, 1, 2), CODE_STRICT_EXHAUSTED);
    assert_true(wants(c, &w));
}

static void return_of_nothing_is_refused(void **state)
{
    struct store_and_center *c = *state;
    assert_int_equal(stock(c, "stock.return", ",'qty':'0.5'"), CODE_STEP_VIOLATION);
    assert_int_equal(stock(c, "stock.return", ",'qty':'0'"), CODE_BAD_QUANTITY);
    assert_int_equal(stock(c, "stock.return", ""), CODE_OK);
    assert_int_equal(rights(c), 0);
    assert_int_equal(stock(c, "stock.return", ""), CODE_STRICT_EXHAUSTED);
    assert_int_equal(pos(&c->shop, "stock.return", "{'object_type':2,'object_id':'1004'}"),
                     CODE_BAD_REQUEST);
    assert_int_equal(pos(&c->shop, "stock.return", "{'object_type':2,'object_id':'99999'}"),
                     CODE_UNKNOWN_OBJECT);
    assert_int_equal(shop_events(&c->shop, EVENT_LEASE_RETURN), 1);
}

static void day_gives_back_where_the_settings_say_so(void **state)
{
    struct store_and_center *c = *state;
    assert_int_equal(sell(c, 1, 2), CODE_OK);
    assert_int_equal(shop_do(&c->shop, "poshubctl", ROLE_ADMIN, "day.close", "{}"), CODE_OK);
    assert_int_equal(rights(c), 70);
    c->shop.config.return_at_close = true;
    assert_int_equal(shop_do(&c->shop, "poshubctl", ROLE_ADMIN, "day.close", "{}"), CODE_OK);
    assert_int_equal(rights(c), 0);
    assert_int_equal(egg(c).xr_t, 70);
}

/* ---- mode ---- */

static void store_has_no_rights_before_the_center_has_heard_of_the_mode(void **state)
{
    struct store_and_center *c = *state;
    c->mode = MODE_LOOSE;
    heal(c);
    assert_int_equal(egg(c).mode_in_force, MODE_LOOSE);
    assert_int_equal(shop_events(&c->shop, EVENT_MODE_ACK), 2);
    assert_int_equal(sell(c, 1, 12), CODE_OK);
    c->mode = MODE_STRICT;
    struct cloud_row overtaken = row_now(c);
    heal(c);
    arrives(c, &overtaken);
    assert_int_equal(rights(c), 0);
    assert_int_equal(sell(c, 2, 1), CODE_STRICT_EXHAUSTED);
    c->gr_t = 130; /* 1 of the 3 that are left */
    heal(c);
    assert_int_equal(rights(c), 10);
    assert_int_equal(shop_events(&c->shop, EVENT_MODE_ACK), 3);
}

/* ---- commands ---- */

static void command(struct cloud_row *row, const char *id, const char *op, int64_t v_t)
{
    row->cmds[row->n_cmds++] = (struct cloud_cmd){str_of(id), str_of(op), v_t};
}

static void count_of_the_center_is_carried_out_once(void **state) /* T73 */
{
    struct store_and_center *c = *state;
    for (int i = 0; i < 3; i++) {
        struct cloud_row row = row_now(c);
        command(&row, "c-9", "SET", 200);
        arrives(c, &row);
        assert_int_equal(shop_real(&c->shop, 1003), 200);
        assert_int_equal(rights(c), 140);
    }
    assert_int_equal(shop_events(&c->shop, EVENT_STOCK_ADJUST), 1);
}

static void last_event_says(struct store_and_center *c, const char *text)
{
    struct txn *txn;
    struct event e;
    assert_int_equal(txn_begin_read(c->shop.store, &txn), PH_OK);
    assert_true(journal_read(txn, c->shop.out.at, &e));
    assert_non_null(memmem(e.body.p, e.body.n, text, strlen(text)));
    txn_abort(txn);
}

/* The next event says it once more, whatever becomes of the command's own. */
static void what_was_commanded_is_said_with_the_counters(void **state)
{
    struct store_and_center *c = *state;
    struct cloud_row row = row_now(c);
    const struct object object = EGG;
    command(&row, "c-1000000000000000", "ADJUST", 10); /* of too many digits: nobody's */
    command(&row, "c-999999999999999", "ADJUST", 10);
    arrives(c, &row);
    shop_row_state(&c->shop, &(struct state_ask){.objects = &object, .n = 1});
    last_event_says(c, "\"cmd_done\":999999999999999,");
    assert_int_equal(sell(c, 1, 1), CODE_OK);
    last_event_says(c, "\"cmd_done\":999999999999999,");
    assert_int_equal(shop_real(&c->shop, 1003), 150);
}

static void commands_come_in_the_order_of_their_numbers(void **state)
{
    struct store_and_center *c = *state;
    static const char *const IDS[LIMIT_CMDS] = {"c-8", "c-7", "c-6", "c-5",
                                                "c-4", "c-3", "c-2", "c-1"};
    struct cloud_row row = row_now(c);
    command(&row, IDS[0], "SET", 170);
    for (int i = 1; i < LIMIT_CMDS; i++)
        command(&row, IDS[i], "ADJUST", 10);
    arrives(c, &row);
    assert_int_equal(shop_real(&c->shop, 1003), 170);
    assert_int_equal(egg(c).cmd_done, 8);
    assert_int_equal(shop_events(&c->shop, EVENT_STOCK_ADJUST), LIMIT_CMDS);
}

static void recall_gives_what_is_left(void **state)
{
    struct store_and_center *c = *state;
    assert_int_equal(sell(c, 1, 4), CODE_OK);
    struct cloud_row row = row_now(c);
    command(&row, "c-1", "RECALL", 200);
    command(&row, "c-2", "RECALL", 10);
    arrives(c, &row);
    assert_int_equal(rights(c), 0);
    assert_int_equal(egg(c).xr_t, 50);
    assert_int_equal(shop_events(&c->shop, EVENT_LEASE_RETURN), 2);
}

static void command_that_nobody_knows_keeps_those_behind_it(void **state)
{
    struct store_and_center *c = *state;
    struct cloud_row row = row_now(c);
    command(&row, "c-1", "ADJUST", 10);
    command(&row, "c-2", "FLY", 10);
    command(&row, "c-3", "ADJUST", 10);
    command(&row, "nine", "ADJUST", 10);
    arrives(c, &row);
    assert_int_equal(c->shop.out.bad_rows, 1);
    assert_int_equal(egg(c).cmd_done, 1);
    assert_int_equal(shop_real(&c->shop, 1003), 160);
}

/* ---- offers ---- */

#define DAY_MS 86400000LL

static void offered(struct store_and_center *c, uint64_t n, int64_t hub_t, int64_t from_ms)
{
    struct cloud_row row = row_now(c);
    row.row.offers[0] = (struct offer){n, hub_t, 150, from_ms};
    row.row.n_offers = 1;
    arrives(c, &row);
}

static void restore_takes_what_was_offered(void **state) /* T67 */
{
    struct store_and_center *c = *state;
    int64_t due_ms = c->shop.wall_ms + DAY_MS;
    c->restore_at_ms = due_ms;
    heal(c);
    offered(c, 1, 70, due_ms);
    assert_int_equal(shop_events(&c->shop, EVENT_OFFER_ACK), 1);
    offered(c, 1, 70, due_ms);
    assert_int_equal(shop_events(&c->shop, EVENT_OFFER_ACK), 1);
    assert_int_equal(sell(c, 1, 3), CODE_OK);
    shop_wait(&c->shop, DAY_MS + 1000);
    assert_int_equal(shop_events(&c->shop, EVENT_RESTORE), 1);
    assert_int_equal(rights(c), 70);
    assert_int_equal(sell(c, 2, 8), CODE_STRICT_EXHAUSTED);
    assert_int_equal(sell(c, 3, 7), CODE_OK);
}

/* RESTORE_AHEAD_MS: further ahead the center might not follow. As soon as it was heard the due time
 * is done. */
/* In the newest event, of the restore at that time; 1: none. */
static int64_t said_cut(struct store_and_center *c, int64_t due_ms)
{
    struct txn *txn;
    struct event e;
    char text[2048] = "", before[64];
    assert_int_equal(txn_begin_read(c->shop.store, &txn), PH_OK);
    struct journal_scan scan = journal_scan_begin(txn, (struct position){0, 0}, true);
    assert_true(journal_scan_next(&scan, &e) && e.body.n < sizeof text);
    memcpy(text, e.body.p, e.body.n);
    journal_scan_end(&scan);
    txn_abort(txn);
    const char *cut = strstr(text, "\"base_h\":");
    snprintf(before, sizeof before, ",\"gen\":\"R:%lld\"", (long long)due_ms);
    return cut && strstr(cut, before) ? strtoll(cut + strlen("\"base_h\":"), NULL, 10) : 1;
}

/* Its center may have put the RESTORE aside. */
static void row_state_says_the_cut(void **state)
{
    struct store_and_center *c = *state;
    int64_t due_ms = c->shop.wall_ms + DAY_MS;
    struct object objects[] = {EGG};
    c->restore_at_ms = due_ms;
    heal(c);
    offered(c, 1, 70, due_ms);
    assert_int_equal(sell(c, 1, 3), CODE_OK);
    shop_wait(&c->shop, DAY_MS + 1000);
    assert_int_equal(sell(c, 2, 1), CODE_OK);
    shop_row_state(&c->shop, &(struct state_ask){.objects = objects, .n = 1});
    assert_int_equal(said_cut(c, due_ms), -30);
}

static void a_clock_that_has_jumped_restores_no_rights(void **state)
{
    struct store_and_center *c = *state;
    struct shop *s = &c->shop;
    c->restore_at_ms = s->wall_ms + DAY_MS;
    heal(c);
    s->wall_ms += 3 * DAY_MS;
    s->wall_lead_ms = RESTORE_AHEAD_MS + 1;
    shop_wait(s, 1000);
    assert_int_equal(shop_events(s, EVENT_RESTORE), 0);
    s->wall_ms -= 3600 * 1000 - 1; /* the timer looks again in a minute of before */
    s->wall_lead_ms = 0;
    shop_wait(s, 0);
    assert_int_equal(shop_events(s, EVENT_RESTORE), 1);
}

static void a_clock_that_is_two_days_ahead_restores(void **state)
{
    struct store_and_center *c = *state;
    struct shop *s = &c->shop;
    c->restore_at_ms = s->wall_ms + DAY_MS;
    heal(c);
    s->wall_ms += 2 * DAY_MS;
    s->wall_lead_ms = RESTORE_AHEAD_MS;
    shop_wait(s, 0);
    assert_int_equal(shop_events(s, EVENT_RESTORE), 1);
}

/* Nobody knows yet whether the center follows that clock: if it does, the rights of the restore in
 * between would have been sold besides those of its own. It does not, and the next one is done. */
static void a_clock_that_was_found_out_restores_when_it_was_judged(void **state)
{
    struct store_and_center *c = *state;
    struct shop *s = &c->shop;
    int64_t due_ms = s->wall_ms + DAY_MS;
    c->restore_at_ms = due_ms;
    struct cloud_row row = row_now(c);
    row.row.repeat = 1;
    row.row.offers[row.row.n_offers++] = (struct offer){1, 70, 150, due_ms};
    arrives(c, &row);
    s->wall_ms = due_ms + 4 * DAY_MS;
    shop_wait(s, 0);
    assert_int_equal(shop_events(s, EVENT_RESTORE), 1);
    assert_int_equal(sell(c, 1, 7), CODE_OK);
    s->wall_ms = due_ms - 3600 * 1000;
    shop_wait(s, 0);
    shop_wait(s, 3600 * 1000);
    assert_true(egg(c).restored_ms < due_ms);
    assert_int_equal(shop_events(s, EVENT_RESTORE), 1);
    assert_int_equal(sell(c, 2, 1), CODE_STRICT_EXHAUSTED);
    c->restore_at_ms = 0;
    c->gen_id = "";
    heal(c);
    shop_wait(s, 60 * 1000);
    assert_int_equal(shop_events(s, EVENT_RESTORE), 2);
    assert_int_equal(egg(c).restored_ms, due_ms);
    assert_int_equal(sell(c, 3, 7), CODE_OK);
}

static void offer_without_room_is_not_acknowledged(void **state)
{
    struct store_and_center *c = *state;
    for (int i = 1; i <= OFFERS + 1; i++)
        offered(c, (uint64_t)i, 10 * i, c->shop.wall_ms + i * DAY_MS);
    assert_int_equal(egg(c).n_offers, OFFERS);
    assert_int_equal(shop_events(&c->shop, EVENT_OFFER_ACK), OFFERS);
}

/* ---- what people see ---- */

static void explained(struct store_and_center *c, struct jw *w)
{
    struct txn *txn;
    struct journal j;
    struct command cmd = {.verb = VERB_STOCK_EXPLAIN, .object = EGG, .limit = LIMIT_LIST};
    assert_int_equal(txn_begin_read(c->shop.store, &txn), PH_OK);
    assert_true(journal_load(&j, txn));
    const struct query q = {.txn = txn,
                            .head = &j.head,
                            .secret = j.secret,
                            .scratch = &c->shop.scratch,
                            .identity = &c->shop.config.identity};
    assert_true(query_execute(&q, &cmd, w));
    txn_abort(txn);
}

static void explanation_adds_the_rights_up(void **state)
{
    struct store_and_center *c = *state;
    char buf[8192];
    struct jw w;
    assert_int_equal(sell(c, 1, 3), CODE_OK);
    assert_int_equal(stock(c, "stock.return", ",'qty':'2'"), CODE_OK);
    assert_int_equal(pos(&c->shop, "order.place",
                         "{'order_id':'L1','lines':[{'line':1,'object_id':'1003','qty':'1'}]}"),
                     CODE_OK);
    jw_init(&w, buf, sizeof(buf));
    explained(c, &w);
    assert_true(jw_ok(&w));
    buf[w.n] = 0;
    assert_non_null(strstr(buf, "\"rights\":[{\"name\":\"granted\",\"sum\":\"9\"},"
                                "{\"name\":\"returned\",\"sum\":\"-2\"},"
                                "{\"name\":\"sold\",\"sum\":\"-3\"},"
                                "{\"name\":\"locked\",\"sum\":\"-1\"},"
                                "{\"name\":\"left\",\"sum\":\"3\"}]"));
}

/* ---- boxes that were lost ---- */

static void old_disk_sells_nothing_that_others_may_have_sold(void **state)
{
    struct store_and_center *c = *state;
    c->shop.config.strict_closed = true;
    assert_int_equal(sell(c, 1, 1), CODE_STRICT_EXHAUSTED);
    assert_int_equal(c->shop.out.refused[0].avail_t, 0);
    assert_int_equal(pos(&c->shop, "order.place",
                         "{'order_id':'P2','lines':[{'line':1,'object_id':'1004','qty':'1'}]}"),
                     CODE_OK);
    c->shop.config.strict_closed = false;
    assert_int_equal(shop_do(&c->shop, "poshubctl", ROLE_ADMIN, "store.new_epoch", "{}"), CODE_OK);
    assert_int_equal(rights(c), 0);
    assert_int_equal(egg(c).presumed_t, 90);
    assert_int_equal(sell(c, 3, 1), CODE_STRICT_EXHAUSTED);
}

static void claims(struct store_and_center *c, uint32_t epoch)
{
    struct cloud_row row = row_now(c);
    row.row.h_at = (struct position){epoch, 0};
    struct center_claim claim = {.rows = &row,
                                 .n = 1,
                                 .epoch = epoch,
                                 .ver = c->ver,
                                 .box_id = STR("BX-02"),
                                 .why = STR("OPERATOR")};
    shop_claim(&c->shop, &claim);
    assert_int_equal(c->shop.out.code, CODE_OK);
}

static void new_box_sells_by_the_count_once_the_center_has_it(void **state) /* T66 */
{
    struct store_and_center *c = *state;
    assert_int_equal(sell(c, 1, 3), CODE_OK);
    c->presumed_t = 60;
    claims(c, 8);
    assert_int_equal(rights(c), 0);
    assert_int_equal(egg(c).presumed_t, 60);
    assert_int_equal(sell(c, 2, 1), CODE_STRICT_EXHAUSTED);
    assert_int_equal(stock(c, "stock.set", ",'qty':'11'"), CODE_OK);
    assert_int_equal(shop_events(&c->shop, EVENT_STOCK_SET), 2);
    assert_int_equal(sell(c, 3, 1), CODE_STRICT_EXHAUSTED);
    assert_int_equal(shop_real(&c->shop, 1003), 110);
    c->presumed_t = 0;
    c->gen_id = "T:8";
    c->gr_t = 70;
    heal(c);
    assert_int_equal(rights(c), 70);
    assert_int_equal(sell(c, 4, 7), CODE_OK);
    assert_int_equal(sell(c, 5, 1), CODE_STRICT_EXHAUSTED);
}

#define RIGHTS_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIGHTS_TEST(store_sells_its_rights_and_no_more),
        RIGHTS_TEST(grant_counts_once_however_often_it_comes),
        RIGHTS_TEST(grant_that_is_lost_comes_with_the_next_row),
        RIGHTS_TEST(limit_set_offline_waits_for_the_center),
        RIGHTS_TEST(limit_is_judged_before_rights_are_taken),
        RIGHTS_TEST(the_centers_limit_is_acknowledged_as_a_mode_is),
        RIGHTS_TEST(limit_set_after_a_takeover_is_its_count),
        RIGHTS_TEST(a_wish_waits_until_there_is_a_limit),
        RIGHTS_TEST(what_is_wasted_beyond_the_rights_is_a_deficit),
        RIGHTS_TEST(count_is_said_as_what_it_found),
        RIGHTS_TEST(what_runs_low_is_asked_for_under_one_name_until_it_comes),
        RIGHTS_TEST(refused_sale_asks_for_what_it_lacked),
        RIGHTS_TEST(count_before_the_answer_gives_no_rights),
        RIGHTS_TEST(restore_before_the_answer_gives_no_rights),
        RIGHTS_TEST(manager_lets_through_what_rights_refuse),
        RIGHTS_TEST(manager_opens_nothing_that_is_closed),
        RIGHTS_TEST(manager_passes_a_channels_share_of_the_rights),
        RIGHTS_TEST(pin_needs_a_name_and_a_till),
        RIGHTS_TEST(what_is_given_back_is_not_asked_for_again),
        RIGHTS_TEST(return_of_nothing_is_refused),
        RIGHTS_TEST(day_gives_back_where_the_settings_say_so),
        RIGHTS_TEST(store_has_no_rights_before_the_center_has_heard_of_the_mode),
        RIGHTS_TEST(count_of_the_center_is_carried_out_once),
        RIGHTS_TEST(what_was_commanded_is_said_with_the_counters),
        RIGHTS_TEST(commands_come_in_the_order_of_their_numbers),
        RIGHTS_TEST(recall_gives_what_is_left),
        RIGHTS_TEST(command_that_nobody_knows_keeps_those_behind_it),
        RIGHTS_TEST(restore_takes_what_was_offered),
        RIGHTS_TEST(row_state_says_the_cut),
        RIGHTS_TEST(a_clock_that_has_jumped_restores_no_rights),
        RIGHTS_TEST(a_clock_that_is_two_days_ahead_restores),
        RIGHTS_TEST(a_clock_that_was_found_out_restores_when_it_was_judged),
        RIGHTS_TEST(offer_without_room_is_not_acknowledged),
        RIGHTS_TEST(explanation_adds_the_rights_up),
        RIGHTS_TEST(old_disk_sells_nothing_that_others_may_have_sold),
        RIGHTS_TEST(new_box_sells_by_the_count_once_the_center_has_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
