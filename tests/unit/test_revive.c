/* A backup comes to life beside a store that has gone on since: whatever of that store can still be
 * read, nothing is sold twice, no sum is wrong, and who cannot know says so. */
#include "edge/books/revive.h"
#include "storage/copy.h"
#include "storage/shape.h"
#include "tests/unit/shop_fixture.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const int64_t SKUS[] = {1001, 1002, 1003};
#define SKU_COUNT (sizeof SKUS / sizeof SKUS[0])

struct scene {
    struct shop then;  /* goes on selling, and is then closed */
    struct shop now;   /* the revived one */
    struct store *old; /* the file of `then`, to be read */
    struct check_report was;
    char backup[128];
    int64_t avail_t[SKU_COUNT];
    struct journal_head head; /* of `then`, at its end */
    struct revive_told told;
};

static void place(struct shop *s, const char *id, int sku, int qty)
{
    assert_int_equal(kiosk(s, "order.place",
                           "{'order_id':'%s','lines':[{'line':1,'object_id':'%d','qty':'%d'}]}", id,
                           sku, qty),
                     0);
}

static void pay(struct shop *s, const char *id)
{
    assert_int_equal(kiosk(s, "order.pay",
                           "{'order_id':'%s','pay_id':'p-%s','amount':'%s','tender':'CARD'}", id,
                           id, "10.0000"),
                     0);
}

static void plan(struct shop *s, int64_t sku, int qty)
{
    assert_int_equal(pos(s, "stock.set", "{'object_type':'2','object_id':'%lld','qty':'%d'}",
                         (long long)sku, qty),
                     0);
}

static struct journal_head head_of(struct store *store)
{
    struct txn *txn;
    struct journal j;
    assert_int_equal(txn_begin_read(store, &txn), PH_OK);
    assert_true(journal_load(&j, txn));
    txn_abort(txn);
    return j.head;
}

/* Before the backup: one order open, one paid. */
static void morning(struct shop *s)
{
    for (size_t i = 0; i < SKU_COUNT; i++)
        plan(s, SKUS[i], 40);
    place(s, "early-open", 1003, 1);
    place(s, "early-paid", 1003, 1);
    pay(s, "early-paid");
}

/* Behind it: one of each more, an early one is paid, one is cancelled, and there is a count. */
static void noon(struct shop *s)
{
    place(s, "late-open", 1003, 2);
    place(s, "late-paid", 1001, 1);
    pay(s, "late-paid");
    pay(s, "early-open");
    place(s, "late-gone", 1002, 4);
    assert_int_equal(kiosk(s, "order.cancel", "{'order_id':'late-gone'}"), 0);
    plan(s, 1002, 7);
    place(s, "late-more", 1002, 3);
}

static void copy_now(struct scene *sc)
{
    char why[STORE_WHY];
    snprintf(sc->backup, sizeof sc->backup, "%s.backup", sc->then.dir);
    assert_int_equal(copy_store(sc->then.store, sc->backup, why), PH_OK);
}

static void look_back(struct scene *sc)
{
    char why[STORE_WHY], path[128];
    struct shape shape;
    for (size_t i = 0; i < SKU_COUNT; i++)
        sc->avail_t[i] = shop_avail(&sc->then, SKUS[i], CHANNEL_POS);
    sc->head = head_of(sc->then.store);
    store_close(sc->then.store);
    sc->then.store = NULL;
    snprintf(path, sizeof path, "%s/data.mdb", sc->then.dir);
    assert_int_equal(check_apart(path, &sc->then.config.identity, &sc->was), PH_OK);
    assert_int_equal(shape_check(path, &shape, why, sizeof why), PH_OK);
    const struct store_options o = {.dir = path, .file = true, .map_bytes = shape.bytes};
    assert_int_equal(store_open(&sc->old, &o, why), PH_OK);
}

static void set_stage(struct scene *sc)
{
    memset(sc, 0, sizeof *sc);
    shop_open(&sc->then);
    morning(&sc->then);
    copy_now(sc);
    noon(&sc->then);
    look_back(sc);
}

/* The copy in place of a fresh shop's store, brought to life with what `deadly` leaves. */
static void raise(struct scene *sc, struct store *old, uint32_t deadly)
{
    char why[STORE_WHY], path[128];
    struct txn *txn;
    struct check_report was = sc->was;
    shop_open(&sc->now);
    store_close(sc->now.store);
    snprintf(path, sizeof path, "%s/data.mdb", sc->now.dir);
    assert_int_equal(copy_file(sc->backup, path, why), PH_OK);
    const struct store_options o = {.dir = sc->now.dir, .map_bytes = 64u << 20};
    assert_int_equal(store_open(&sc->now.store, &o, why), PH_OK);
    was.deadly = was.bad_tables = deadly;
    const struct revive_ask ask = {&sc->now.config, old, &was, STR("poshubctl:jane"),
                                   STR("restored from a test")};
    assert_int_equal(txn_begin_write(sc->now.store, &txn), PH_OK);
    assert_int_equal(revive(txn, &ask, &sc->told), PH_OK);
    assert_int_equal(txn_commit(txn), PH_OK);
}

static void lower(struct scene *sc)
{
    if (!shop_sound(&sc->now))
        fail_msg("the sums are wrong");
    shop_close(&sc->now);
}

static void clear_stage(struct scene *sc)
{
    char why[STORE_WHY];
    const struct store_options o = {.dir = sc->then.dir, .map_bytes = 64u << 20};
    store_close(sc->old);
    assert_int_equal(store_open(&sc->then.store, &o, why), PH_OK);
    shop_close(&sc->then);
    unlink(sc->backup);
}

/* The checker: portions that were sold are on sale again. */
static bool sells_twice(struct scene *sc)
{
    for (size_t i = 0; i < SKU_COUNT; i++)
        if (shop_avail(&sc->now, SKUS[i], CHANNEL_POS) > sc->avail_t[i])
            return true;
    return false;
}

static void assert_new_epoch(struct scene *sc)
{
    const struct journal_head h = head_of(sc->now.store);
    assert_true(h.at.epoch > sc->head.at.epoch);
    assert_int_equal(h.at.epoch, sc->told.epoch);
    assert_true(h.next_order >= sc->head.next_order);
    assert_int_equal(h.fenced, sc->told.fenced);
}

static void a_store_that_can_be_read_loses_nothing(void **state)
{
    struct scene sc;
    (void)state;
    set_stage(&sc);
    raise(&sc, sc.old, 0);
    assert_false(sc.told.fenced);
    assert_string_equal(sc.told.lost, "");
    assert_int_equal(sc.told.epoch, 2);
    assert_true(sc.told.events > 5);
    assert_false(sells_twice(&sc));
    for (size_t i = 0; i < SKU_COUNT; i++)
        assert_int_equal(shop_avail(&sc.now, SKUS[i], CHANNEL_POS), sc.avail_t[i]);
    assert_int_equal(shop_state(&sc.now, "late-open"), ORDER_PLACED);
    assert_int_equal(shop_state(&sc.now, "late-paid"), ORDER_PAID);
    assert_int_equal(shop_state(&sc.now, "late-gone"), ORDER_CANCELLED);
    assert_int_equal(shop_state(&sc.now, "early-open"), ORDER_PAID);
    assert_int_equal(shop_events(&sc.now, EVENT_EPOCH_OPEN), 1);
    assert_new_epoch(&sc);
    lower(&sc);
    clear_stage(&sc);
}

/* The checker is red where the replaced store is not looked at: so it would see a lost sale. */
static void without_the_replaced_store_portions_come_twice_and_it_is_fenced(void **state)
{
    struct scene sc;
    (void)state;
    set_stage(&sc);
    raise(&sc, NULL, 0);
    assert_true(sells_twice(&sc));
    assert_true(sc.told.fenced);
    assert_int_equal(sc.told.epoch, 1 + REVIVE_EPOCHS + 1);
    assert_new_epoch(&sc);
    assert_int_equal(kiosk(&sc.now, "order.place",
                           "{'order_id':'new','lines':[{'line':1,'object_id':'1003','qty':'1'}]}"),
                     CODE_HUB_FENCED);
    assert_int_equal(shop_do(&sc.now, "poshubctl", ROLE_ADMIN, "store.confirm", "{}"), 0);
    place(&sc.now, "new", 1003, 1);
    lower(&sc);
    clear_stage(&sc);
}

static bool is_lost_by(uint32_t deadly)
{
    bool rows = (deadly & 1u << TABLE_STOCK) != 0, bodies = (deadly & 1u << TABLE_BODY) != 0;
    return (deadly & 1u << TABLE_JOURNAL) != 0 || (rows && bodies);
}

static void assert_safe(struct scene *sc, uint32_t deadly)
{
    raise(sc, sc->old, deadly);
    if (!sc->told.fenced)
        fail_msg("tables %x are lost, and it is not fenced", deadly);
    if (sells_twice(sc) && !is_lost_by(deadly))
        fail_msg("tables %x are lost, and something is sold twice", deadly);
    assert_new_epoch(sc);
    lower(sc);
}

static void whatever_table_is_lost_nothing_is_sold_twice(void **state)
{
    struct scene sc;
    (void)state;
    set_stage(&sc);
    for (enum table t = TABLE_STOCK; t < TABLE_COUNT; t++)
        assert_safe(&sc, 1u << t);
    clear_stage(&sc);
}

static void whatever_two_tables_are_lost_nothing_is_sold_twice(void **state)
{
    static const enum table MAIN[] = {TABLE_STOCK,    TABLE_ORDER_OPEN, TABLE_ORDER_DONE,
                                      TABLE_ORDER_ID, TABLE_BODY,       TABLE_RECENT,
                                      TABLE_TIMER,    TABLE_JOURNAL};
    struct scene sc;
    (void)state;
    set_stage(&sc);
    for (size_t i = 0; i < sizeof MAIN / sizeof MAIN[0]; i++)
        for (size_t k = 0; k < i; k++)
            assert_safe(&sc, 1u << MAIN[i] | 1u << MAIN[k]);
    clear_stage(&sc);
}

static void rows_that_are_lost_are_reckoned_from_the_journal(void **state)
{
    struct scene sc;
    (void)state;
    set_stage(&sc);
    raise(&sc, sc.old, 1u << TABLE_STOCK);
    for (size_t i = 0; i < SKU_COUNT; i++)
        assert_int_equal(shop_avail(&sc.now, SKUS[i], CHANNEL_POS), sc.avail_t[i]);
    assert_true(sc.told.fenced);
    lower(&sc);
    clear_stage(&sc);
}

/* Of another birth, or one that never had the backup's last event: nothing is taken from it. */
static void a_store_that_does_not_go_on_from_the_backup_gives_nothing(void **state)
{
    struct scene sc;
    (void)state;
    set_stage(&sc);
    sc.was.secret[0] ^= 1;
    raise(&sc, sc.old, 0);
    assert_true(sc.told.fenced);
    assert_int_equal(sc.told.records, 0);
    assert_int_equal(sc.told.events, 0);
    assert_non_null(strstr(sc.told.lost, "does not go on from this backup"));
    assert_int_equal(sc.told.epoch, sc.head.at.epoch + 1);
    lower(&sc);
    clear_stage(&sc);
}

static void numbers_of_orders_go_on_above_what_may_have_been_given(void **state)
{
    struct scene sc;
    (void)state;
    set_stage(&sc);
    raise(&sc, NULL, 0);
    const struct journal_head h = head_of(sc.now.store);
    assert_true(h.next_order >= sc.head.next_order + REVIVE_ORDERS - 1000);
    for (size_t c = 0; c < CHANNEL_COUNT; c++)
        assert_int_not_equal(h.pickup_last[c], sc.head.pickup_last[c]);
    lower(&sc);
    clear_stage(&sc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_that_can_be_read_loses_nothing),
        cmocka_unit_test(without_the_replaced_store_portions_come_twice_and_it_is_fenced),
        cmocka_unit_test(whatever_table_is_lost_nothing_is_sold_twice),
        cmocka_unit_test(whatever_two_tables_are_lost_nothing_is_sold_twice),
        cmocka_unit_test(rows_that_are_lost_are_reckoned_from_the_journal),
        cmocka_unit_test(a_store_that_does_not_go_on_from_the_backup_gives_nothing),
        cmocka_unit_test(numbers_of_orders_go_on_above_what_may_have_been_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
