/* A row that does not decode fails the command that needs it, whatever row and whatever command; it
 * never stops the process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/shop.h"

#define ROWS_MAX 128
#define EGG      "'lines':[{'line':1,'object_id':'1003','qty':'1'}]"

/* One row of the store that is about to be spoiled: cut to its first `keep` bytes. */
struct spoiled {
    enum table table;
    uint8_t key[KEY_BYTES];
    size_t key_n, keep;
};

static void spoil(void *ctx, struct txn *txn)
{
    const struct spoiled *row = ctx;
    uint8_t cut[1 << 16];
    struct bytes key = {row->key, row->key_n}, whole;
    assert_true(txn_get(txn, row->table, key, &whole));
    size_t n = row->keep < whole.n ? row->keep : whole.n;
    memcpy(cut, whole.p, n);
    txn_put(txn, row->table, key, (struct bytes){cut, n});
}

static size_t all_rows(struct shop *s, struct spoiled *out)
{
    size_t n = 0;
    struct txn *txn;
    assert_int_equal(txn_begin_read(s->store, &txn), PH_OK);
    for (int t = 0; t < TABLE_COUNT; t++) {
        struct scan scan = scan_begin(txn, (enum table)t, (struct bytes){0}, false);
        while (t != TABLE_JOURNAL && t != TABLE_BODY && t != TABLE_TIMER && scan_next(&scan)) {
            assert_true(n < ROWS_MAX);
            out[n] = (struct spoiled){.table = (enum table)t, .key_n = scan.key.n};
            memcpy(out[n++].key, scan.key.p, scan.key.n);
        }
        scan_end(&scan);
    }
    txn_abort(txn);
    return n;
}

static const struct {
    const char *verb, *body;
} ASKS[] = {
    {"order.place", "{'order_id':'N'," EGG "}"},
    {"order.place", "{'order_id':'E'," EGG "}"},
    {"order.sell",
     "{'order_id':'N'," EGG ",'payments':[{'pay_id':'n','tender':'CASH','amount':'10'}]}"},
    {"order.add", "{'order_id':'E','lines':[{'line':9,'object_id':'1003','qty':'1'}]}"},
    {"order.void", "{'order_id':'E','void_id':'v','lines':[{'line':1,'qty':'1'}]}"},
    {"order.update", "{'order_id':'E','table':'9'}"},
    {"order.adjust", "{'order_id':'E','adjust':[{'adj':1,'kind':'TIP','name':'t','amount':'1'}]}"},
    {"order.pay_begin", "{'order_id':'E','pay_id':'e','tender':'CARD','amount':'10'}"},
    {"order.pay", "{'order_id':'E','pay_id':'e','tender':'CARD','amount':'30'}"},
    {"order.pay", "{'order_id':'L','pay_id':'l','tender':'CARD','amount':'10'}"},
    {"order.cancel", "{'order_id':'E'}"},
    {"order.serve", "{'order_id':'E'}"},
    {"order.refund",
     "{'order_id':'S','refund_id':'r','lines':[{'line':1,'qty':'1','restock':true}]}"},
    {"ticket.start", "{'order_id':'E','station':'bar','round':1}"},
    {"ticket.ready", "{'order_id':'E','station':'oven','round':1}"},
    {"stock.set", "{'object_type':'2','object_id':'1003','qty':'4','basis':'physical'}"},
    {"stock.adjust", "{'object_type':'2','object_id':'1003','delta':'-4','reason':'WASTE'}"},
    {"stock.sold_out", "{'object_type':'2','object_id':'1003'}"},
};

static void tell_the_day(struct shop *s)
{
    static const char *const ORDERS[] = {"{'order_id':'L'," EGG "}", "{'order_id':'U'," EGG "}"};
    shop_open(s);
    assert_int_equal(pos(s, "stock.set", "{'object_type':'2','object_id':'1003','qty':'9'}"), 0);
    assert_int_equal(pos(s, "order.place", "%s", ORDERS[0]), 0);
    shop_wait(s, 900 * 1000);
    assert_int_equal(pos(s, "order.sell",
                         "{'order_id':'S'," EGG
                         ",'payments':[{'pay_id':'s','tender':'CASH','amount':'10'}]}"),
                     0);
    assert_int_equal(shop_do(s, "menu-4", ROLE_EMENU, "order.place",
                             "{'order_id':'E','lines':[{'line':1,'object_id':'1003','qty':'2'},"
                             "{'line':2,'object_id':'1001','qty':'1',"
                             "'options':[{'option_id':'78','qty':1}]}]}"),
                     0);
    assert_int_equal(pos(s, "ticket.start", "{'order_id':'E','station':'oven','round':1}"), 0);
    assert_int_equal(pos(s, "order.place", "%s", ORDERS[1]), 0);
    s->uptime_ms += 900 * 1000; /* U is due */
}

/* True if the command met the spoiled row. */
static bool met(struct shop *s)
{
    assert_true(s->err == PH_OK || s->err == PH_ERR_BAD_RECORD);
    return s->err == PH_ERR_BAD_RECORD;
}

static int ask_everything(struct shop *s)
{
    int n = 0;
    for (size_t i = 0; i < sizeof ASKS / sizeof *ASKS; i++) {
        pos(s, ASKS[i].verb, "%s", ASKS[i].body);
        n += met(s);
    }
    shop_timers(s);
    n += met(s);
    shop_do(s, "poshubctl", ROLE_ADMIN, "day.close", "{}");
    return n + met(s);
}

static void no_row_brings_the_hub_down(void **state)
{
    static const size_t KEEP[] = {0, 1, 9, 40};
    static struct spoiled rows[ROWS_MAX];
    struct shop s;
    int n_met = 0;
    (void)state;
    tell_the_day(&s);
    size_t n = all_rows(&s, rows);
    s.rehearse = spoil;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < sizeof KEEP / sizeof *KEEP; k++) {
            rows[i].keep = KEEP[k];
            s.rehearse_ctx = &rows[i];
            n_met += ask_everything(&s);
        }
    assert_true(n_met > 100);
    s.rehearse = NULL;
    assert_true(shop_sound(&s));
    shop_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_row_brings_the_hub_down)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
