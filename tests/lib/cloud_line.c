#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "proto/digest.h"
#include "tests/lib/cloud_line.h"

int line_open(void **state)
{
    static struct line line;
    shop_open(&line.shop);
    toy_open(&line.center, line.shop.wall_ms);
    *state = &line;
    return 0;
}

int line_close(void **state)
{
    struct line *l = *state;
    toy_close(&l->center);
    shop_close(&l->shop);
    return 0;
}

void hears(struct line *l)
{
    struct txn *txn;
    assert_int_equal(txn_begin_read(l->shop.store, &txn), PH_OK);
    toy_hears(&l->center, txn, UINT64_MAX);
    txn_abort(txn);
}

void arrives(struct line *l, const struct cloud_row *row)
{
    shop_center_rows(&l->shop, &(struct center_rows){.rows = row, .n = 1});
    assert_int_equal(l->shop.out.code, CODE_OK);
}

void sends(struct line *l, struct object object)
{
    struct cloud_row row = toy_sends(&l->center, object);
    arrives(l, &row);
}

void heal(struct line *l, struct object object)
{
    hears(l);
    sends(l, object);
}

void set_egg(struct line *l, const char *qty)
{
    pos(&l->shop, "stock.set", "{'object_type':'2','object_id':'1003','qty':'%s'}", qty);
    assert_int_equal(l->shop.out.code, CODE_OK);
}

enum code sell_egg(struct line *l, const char *order_id, int portions)
{
    return pos(&l->shop, "order.sell",
               "{'order_id':'%s','lines':[{'line':1,'object_id':'1003','qty':'%d'}],"
               "'payments':[{'pay_id':'p','tender':'CASH','amount':'%d'}]}",
               order_id, portions, 10 * portions);
}

void expect_same(struct line *l, struct object object)
{
    struct txn *txn;
    struct stock_row mine;
    char a[DIGEST_TEXT], b[DIGEST_TEXT];
    assert_int_equal(txn_begin_read(l->shop.store, &txn), PH_OK);
    stock_load(txn, object, &mine);
    size_t n = digest_text(&mine, a), m = digest_text(toy_row(&l->center, object), b);
    a[n] = b[m] = '\0';
    assert_string_equal(a, b);
    txn_abort(txn);
}

bool told_stock(const struct shop *s)
{
    for (uint16_t i = 0; i < s->out.n_changes; i++)
        if (s->out.changes[i].kind == CHANGE_STOCK)
            return true;
    return false;
}

struct stock_row egg(struct line *l)
{
    return shop_row(&l->shop, OBJECT_SKU, 1003);
}
