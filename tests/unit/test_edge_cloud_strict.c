/* edge/cloud_strict: what the store may sell alone, and who is told when the center is silent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "edge/books/stock.h"
#include "edge/cloud_strict.h"
#include "tests/lib/shop.h"

static struct shop shop;

static int setup(void **state)
{
    (void)state;
    shop_open(&shop);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    shop_close(&shop);
    return 0;
}

static void has_rights(struct txn *txn, int64_t id, const char *name, int64_t gr_t)
{
    struct stock_row r;
    stock_plain((struct object){OBJECT_SKU, id}, &r);
    r.type = STOCK_LIMITED;
    r.mode = r.mode_in_force = MODE_STRICT;
    r.name = str_of(name);
    r.gr_t = r.base_t = gr_t;
    stock_save(txn, &r);
}

static struct cloud_strict read_after(int n, const char *name, int64_t gr_t)
{
    struct txn *txn;
    struct cloud_strict s;
    assert_int_equal(txn_begin_write(shop.store, &txn), PH_OK);
    for (int i = 0; i < n; i++)
        has_rights(txn, 2000 + i, name, gr_t);
    cloud_strict_read(&s, txn);
    txn_abort(txn);
    return s;
}

static void store_without_strict_rows_has_nothing_to_tell(void **state)
{
    (void)state;
    struct alerts alerts = {.n = 0};
    struct cloud_strict s = read_after(0, "", 0);
    assert_true(s.rows == 0 && s.rights_t == 0 && s.asked == 0);
    assert_false(cloud_strict_note(&alerts, &s, 2 * CLOUD_STRICT_SILENT_MS, 1));
}

static void rights_are_added_up_and_deficits_are_not(void **state)
{
    (void)state;
    struct cloud_strict s = read_after(3, "Egg", 40);
    assert_true(s.rows == 3 && s.rights_t == 120);
    assert_string_equal(s.names, "Egg, Egg, Egg");
    s = read_after(3, "Egg", -40);
    assert_int_equal(s.rights_t, 0);
}

static void names_that_do_not_go_in_are_hinted_at(void **state)
{
    (void)state;
    struct cloud_strict s = read_after(40, "Pizza Margherita", 10);
    size_t n = strlen(s.names);
    assert_int_equal(s.rows, 40);
    assert_true(n < sizeof(s.names));
    assert_string_equal(s.names + n - 4, ", ..");
}

static void three_days_of_silence_are_told_once(void **state)
{
    (void)state;
    struct alerts alerts = {.n = 0};
    struct cloud_strict s = read_after(1, "Egg", 40);
    assert_false(cloud_strict_note(&alerts, &s, CLOUD_STRICT_SILENT_MS - 1, 1));
    assert_true(cloud_strict_note(&alerts, &s, CLOUD_STRICT_SILENT_MS, 2));
    assert_string_equal(alerts.list[0].code, "PH-2113");
    assert_non_null(strstr(alerts.list[0].text, "Egg"));
    assert_false(cloud_strict_note(&alerts, &s, CLOUD_STRICT_SILENT_MS + 3600000, 3));
    assert_true(cloud_strict_note(&alerts, &s, 0, 4));
    assert_int_equal(alerts.n, 0);
}

#define STRICT_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STRICT_TEST(store_without_strict_rows_has_nothing_to_tell),
        STRICT_TEST(rights_are_added_up_and_deficits_are_not),
        STRICT_TEST(names_that_do_not_go_in_are_hinted_at),
        STRICT_TEST(three_days_of_silence_are_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
