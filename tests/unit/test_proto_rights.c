#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "proto/rights.h"
#include "proto/shares.h"

#define DUE 1769637600000

/* F2: 15 portions, weights 6:4, STRICT: the hub may sell 9 and the center 6. */
static struct stock_row f2(void)
{
    struct stock_row r;
    stock_plain((struct object){OBJECT_SKU, 1001}, &r);
    r.type = STOCK_LIMITED;
    r.plan_t = r.base_t = 150;
    stock_channel(&r, CHANNEL_POS)->weight = 6;
    stock_channel(&r, CHANNEL_ONLINE_ORDER)->weight = 4;
    r.mode = MODE_STRICT;
    rights_mode_acked(&r, MODE_STRICT);
    return r;
}

static void expect(const struct stock_row *r, int64_t hub, int64_t center)
{
    assert_int_equal(rights_hub(r), hub * 10);
    assert_int_equal(rights_center(r), center * 10);
    assert_int_equal(stock_real(r) - stock_locked(r), (hub + center) * 10);
}

static void the_split_is_by_the_weights_of_both_sides(void **state)
{
    (void)state;
    struct stock_row r = f2();
    expect(&r, 9, 6);
    r.channels[0].weight = r.channels[1].weight = 0;
    assert_int_equal(rights_split(&r, 150), 0);
}

static void the_switch_begins_with_what_is_left(void **state)
{
    (void)state;
    struct stock_row r = f2();
    r.mode_in_force = MODE_LOOSE;
    r.gr_t = 0;
    r.h_t = -30;
    r.lh_t = 10;
    r.c_t = -10; /* 10 are left */
    rights_mode_acked(&r, MODE_STRICT);
    expect(&r, 6, 4);
    r.channels[0].weight = 1;
    rights_mode_acked(&r, MODE_STRICT); /* said again */
    expect(&r, 6, 4);
}

static void strict_is_in_force_on_what_is_counted_alone(void **state)
{
    (void)state;
    struct stock_row r = f2();
    assert_int_equal(rights_mode_due(&r), MODE_STRICT);
    r.type = STOCK_UNLIMITED;
    assert_int_equal(rights_mode_due(&r), MODE_LOOSE);
    rights_ack_mode(&r, (struct position){7, 3});
    assert_int_equal(r.mode_in_force, MODE_LOOSE);
    r.type = STOCK_LIMITED;
    rights_ack_mode(&r, (struct position){7, 5});
    assert_true(rights_strict(&r) && rights_awaited(&r));
    assert_int_equal(rights_usable(&r), 0);
}

/* The center has set no limit any more, and the hub has not heard of it: it opens its generation
 * with the offer that it has, and that is what it holds there. */
static void a_hub_that_has_not_heard_goes_on_by_offers(void **state)
{
    (void)state;
    struct stock_row r = f2();
    assert_true(rights_make_offer(&r, DUE));
    r.type = STOCK_UNLIMITED;
    restore_center(&r, DUE, STR("R:1769637600000"));
    assert_int_equal(r.gr_t, 90);
    r.type = STOCK_LIMITED;
    expect(&r, 9, 6);
}

/* What the center sold meanwhile beyond its own is not the hub's, which knows of it. */
static void what_the_center_owes_is_not_the_stores_to_sell(void **state)
{
    (void)state;
    struct stock_row r = f2();
    r.base_cf = true;
    r.c_t = -100;
    assert_int_equal(rights_usable(&r), 50);
}

static void the_hub_has_no_rights_before_the_answer(void **state)
{
    (void)state;
    struct stock_row r = f2();
    r.mode_in_force = MODE_LOOSE;
    r.h_t = -30;
    r.lh_t = 10;
    rights_ack_mode(&r, (struct position){7, 3});
    assert_true(rights_strict(&r));
    assert_int_equal(stock_total(&r), 0);
    assert_int_equal(r.gr_op.seq, 3);
    assert_int_equal(rights_want(&r, 0), 0); /* not a top-up of what is not known */
    r.gr_op = (struct position){0, 0};
    assert_int_equal(rights_want(&r, 0), 70); /* its 6 of 10 of the 11 that are left */
}

static void a_grant_is_half_of_what_the_center_has(void **state)
{
    (void)state;
    struct stock_row r = f2();
    r.h_t = -90;
    r.c_t = -20;
    expect(&r, 0, 4);
    assert_int_equal(rights_grant(&r, 30), 20);
    expect(&r, 2, 2);
    assert_int_equal(rights_grant(&r, 30), 10);
    assert_int_equal(rights_grant(&r, 30), 0);
    expect(&r, 3, 1);
}

static void the_hub_asks_when_little_is_left(void **state)
{
    (void)state;
    struct stock_row r = f2();
    assert_int_equal(rights_want(&r, 0), 0);
    assert_int_equal(rights_want(&r, 120), 30);
    r.h_t = -70;
    assert_int_equal(rights_want(&r, 0), 0);
    r.h_t = -80;
    assert_int_equal(rights_want(&r, 0), 30); /* its 6 of 10 of the 7 that both have left */
    r.c_t = -50;
    assert_int_equal(rights_want(&r, 0), 20); /* 20 % of 9, in steps */
    r.c_t = 0;
    r.xr_t = 10;
    r.gr_t = 100;
    assert_int_equal(rights_want(&r, 0), 20); /* of what was given back nobody wants its share */
    r.xr_t = 0;
    r.gr_t = 90;
    assert_int_equal(rights_want(&r, 50), 40);
    r.mode_in_force = MODE_LOOSE;
    assert_int_equal(rights_want(&r, 50), 0);
}

static void what_is_given_back_is_the_centers(void **state)
{
    (void)state;
    struct stock_row r = f2();
    r.h_t = -40;
    assert_int_equal(rights_return(&r, 20), 20);
    expect(&r, 3, 8);
    assert_int_equal(rights_return(&r, 90), 30);
    expect(&r, 0, 11);
    assert_int_equal(rights_return(&r, 90), 0);
}

static void a_deficit_is_covered_as_far_as_it_goes(void **state)
{
    (void)state;
    struct stock_row r = f2();
    r.h_t = -110;
    assert_int_equal(rights_cover(&r), 20);
    expect(&r, 0, 4);
    r.h_t = -160;
    assert_int_equal(rights_cover(&r), 40);
    expect(&r, -1, 0);
    assert_int_equal(rights_cover(&r), 0);
}

/* T66. */
static void what_a_lost_box_may_have_sold_nobody_sells(void **state)
{
    (void)state;
    struct stock_row r = f2();
    r.h_t = -30;
    rights_presume(&r);
    expect(&r, 0, 6);
    assert_false(rights_grantable(&r));
    assert_int_equal(rights_want(&r, 10), 0);
    assert_int_equal(rights_unpresume(&r, 20), 20); /* two of them come to light */
    r.c_t -= 20;
    expect(&r, 0, 6);
    assert_int_equal(rights_unpresume(&r, 50), 40);
    r.c_t -= 50;
    expect(&r, 0, 5); /* one more than it had a right to */
    rights_takeover_count(&r, STR("T:8"), 110);
    expect(&r, 7, 4);
    assert_true(rights_grantable(&r));
}

/* T67. */
static void the_largest_offer_counts_until_one_is_named(void **state)
{
    (void)state;
    struct stock_row r = f2();
    r.plan_t = 100;
    r.channels[0].weight = 7;
    r.channels[1].weight = 3;
    assert_true(rights_make_offer(&r, DUE));
    rights_offer_acked(&r, 1);
    assert_false(rights_make_offer(&r, DUE)); /* the same split */
    r.channels[0].weight = 3;
    r.channels[1].weight = 7;
    assert_true(rights_make_offer(&r, DUE));
    restore_center(&r, DUE, STR("R:1769637600000"));
    expect(&r, 7, 3);
    assert_false(rights_grantable(&r));
    struct stock_row other = r;
    r.base_hf = other.base_hf = true;
    restore_named(&r, 1, 70);
    expect(&r, 7, 3);
    restore_named(&other, 2, 30);
    expect(&other, 3, 7);
    assert_int_equal(other.n_offers, 1);
    assert_int_equal(r.n_offers, 2); /* the second one may still arrive */
}

/* Both might have been used; together they are no more than was planned, or than the named one. */
static void what_was_offered_beyond_the_plan_goes_to_nobody(void **state)
{
    (void)state;
    struct stock_row r = f2();
    r.plan_t = 100;
    assert_true(rights_make_offer(&r, DUE));
    int64_t first_t = r.offers[0].hub_t;
    rights_offer_acked(&r, 1);
    r.plan_t = 30;
    assert_true(rights_make_offer(&r, DUE));
    int64_t second_t = r.offers[1].hub_t;
    restore_center(&r, DUE, STR("R:1769637600000"));
    expect(&r, first_t / 10, 0);
    struct stock_row first = r;
    r.base_hf = first.base_hf = true;
    restore_named(&first, 1, first_t);
    expect(&first, first_t / 10, 0);
    restore_named(&r, 2, second_t);
    expect(&r, second_t / 10, 3 - second_t / 10);
}

static void an_offer_is_not_used_before_its_day(void **state)
{
    (void)state;
    struct stock_row r = f2();
    assert_true(rights_make_offer(&r, DUE + 1));
    restore_center(&r, DUE, STR("R:1769637600000"));
    expect(&r, 0, 15);
}

static void the_hub_takes_offers_in_order_and_once(void **state)
{
    (void)state;
    struct stock_row r = f2();
    struct offer first = {1, 70, 100, DUE}, second = {2, 30, 100, DUE + 5},
                 third = {3, 10, 20, DUE};
    assert_null(rights_offer_at(&r, DUE));
    assert_true(rights_take_offer(&r, &first));
    assert_false(rights_take_offer(&r, &first));
    assert_true(rights_take_offer(&r, &second));
    assert_false(rights_take_offer(&r, &first));
    assert_int_equal(rights_offer_at(&r, DUE)->n, 1);
    assert_int_equal(rights_offer_at(&r, DUE + 5)->n, 2);
    assert_null(rights_offer_at(&r, DUE - 1));
    assert_true(rights_take_offer(&r, &third)); /* from before both */
    assert_int_equal(r.n_offers, 1);
}

static void an_offer_without_room_comes_again(void **state)
{
    (void)state;
    struct stock_row r = f2();
    for (int i = 1; i <= OFFERS; i++)
        assert_true(rights_take_offer(&r, &(struct offer){(uint64_t)i, 10, 10, DUE + i}));
    struct offer more = {OFFERS + 1, 10, 10, DUE + OFFERS + 1};
    assert_false(rights_take_offer(&r, &more));
    r.restored_ms = DUE + 1; /* from now on the second is as good as the first */
    assert_true(rights_take_offer(&r, &more));
}

static void the_hub_restores_with_the_offer(void **state)
{
    (void)state;
    struct stock_row r = f2();
    r.h_t = -30;
    r.lh_t = 20;
    r.xr_t = 10;
    r.status = STATUS_SOLD_OUT;
    r.channels[0].used_t = 50;
    rights_take_offer(&r, &(struct offer){4, 70, 100, DUE});
    assert_int_equal(restore_hub(&r, DUE, STR("R:1769637600000"), (struct position){7, 9}), 4);
    expect(&r, 7, 3);
    assert_int_equal(r.status, STATUS_ON_SALE);
    assert_int_equal(r.channels[0].used_t, 0);
    assert_int_equal(r.base_h_t, -50);
    assert_true(r.base_hf && !r.base_cf && r.gen == 1 && r.restored_ms == DUE);
    r.h_t -= 20; /* an old reservation is paid: it was not part of the plan */
    r.lh_t -= 20;
    expect(&r, 7, 3);
    assert_int_equal(restore_hub(&r, DUE + 1, STR("R:1769637600001"), (struct position){7, 10}), 4);
}

static void without_an_offer_the_hub_gets_nothing(void **state)
{
    (void)state;
    struct stock_row r = f2();
    assert_int_equal(restore_hub(&r, DUE, STR("R:1769637600000"), (struct position){7, 9}), 0);
    expect(&r, 0, 15);
}

/* The center, which has not heard that STRICT is in force, sells all of each plan. */
static void while_nobody_has_answered_no_restore_gives_rights(void **state)
{
    (void)state;
    struct stock_row r = f2();
    rights_take_offer(&r, &(struct offer){4, 70, 100, DUE});
    rights_ack_mode(&r, (struct position){7, 8});
    assert_int_equal(restore_hub(&r, DUE, STR("R:1769637600000"), (struct position){7, 9}), 0);
    assert_int_equal(restore_hub(&r, DUE + 1, STR("R:1769637600001"), (struct position){7, 10}), 0);
    assert_true(rights_awaited(&r));
    assert_int_equal(rights_hub(&r), 0);
    r.h_t = 30;
    assert_int_equal(rights_usable(&r), 0);
}

static void a_later_count_stands_against_a_loose_restore(void **state)
{
    (void)state;
    struct stock_row r = f2();
    r.mode = r.mode_in_force = MODE_LOOSE;
    r.base_stamp = (struct stamp){DUE + 1, 0, ORIGIN_HUB};
    r.h_t = -20;
    restore_hub(&r, DUE, STR("R:1769637600000"), (struct position){7, 9});
    assert_int_equal(stock_total(&r), 130);
    assert_true(str_eq(r.gen_id, STR("R:1769637600000")));
}

static void a_generation_opens_once_and_in_order(void **state)
{
    (void)state;
    struct stock_row r = f2();
    restore_center(&r, DUE, STR("R:1769637600000"));
    r.c_t = -50;
    restore_center(&r, DUE, STR("R:1769637600000"));
    restore_center(&r, DUE - 1, STR("R:1769637599999"));
    assert_int_equal(r.gen, 1);
    assert_int_equal(rights_center(&r), 100);
}

static void the_cut_follows_the_log_until_the_due_time(void **state)
{
    (void)state;
    struct stock_row r = f2();
    r.mode = r.mode_in_force = MODE_LOOSE;
    restore_center(&r, DUE, STR("R:1769637600000"));
    assert_false(r.base_hf);
    r.h_t = -30; /* told late, sold in time */
    restore_passed(&r, DUE);
    assert_int_equal(stock_total(&r), 150);
    restore_passed(&r, DUE + 5);
    r.h_t = -40;
    restore_passed(&r, DUE + 5);
    assert_true(r.base_hf);
    assert_int_equal(stock_total(&r), 140);
}

static void only_the_restore_itself_ends_the_wait_in_strict(void **state)
{
    (void)state;
    struct stock_row r = f2();
    restore_center(&r, DUE, STR("R:1769637600000"));
    r.h_t = -30;
    restore_passed(&r, DUE + 5);
    assert_false(r.base_hf);
    expect(&r, 0, 15);
}

static void a_restore_is_known_by_its_name(void **state)
{
    (void)state;
    char id[RESTORE_ID];
    assert_int_equal(restore_id(DUE, id), 15);
    assert_int_equal(restore_ms(str_of(id)), DUE);
    assert_int_equal(restore_ms(STR("T:8")), -1);
    assert_int_equal(restore_ms(STR("")), -1);
    assert_int_equal(restore_ms(STR("R:")), -1);
    assert_int_equal(restore_ms(STR("R:17x")), -1);
    assert_int_equal(restore_ms(STR("R:176963760000000000000000")), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_split_is_by_the_weights_of_both_sides),
        cmocka_unit_test(the_switch_begins_with_what_is_left),
        cmocka_unit_test(strict_is_in_force_on_what_is_counted_alone),
        cmocka_unit_test(a_hub_that_has_not_heard_goes_on_by_offers),
        cmocka_unit_test(what_the_center_owes_is_not_the_stores_to_sell),
        cmocka_unit_test(the_hub_has_no_rights_before_the_answer),
        cmocka_unit_test(a_grant_is_half_of_what_the_center_has),
        cmocka_unit_test(the_hub_asks_when_little_is_left),
        cmocka_unit_test(what_is_given_back_is_the_centers),
        cmocka_unit_test(a_deficit_is_covered_as_far_as_it_goes),
        cmocka_unit_test(what_a_lost_box_may_have_sold_nobody_sells),
        cmocka_unit_test(the_largest_offer_counts_until_one_is_named),
        cmocka_unit_test(what_was_offered_beyond_the_plan_goes_to_nobody),
        cmocka_unit_test(an_offer_is_not_used_before_its_day),
        cmocka_unit_test(the_hub_takes_offers_in_order_and_once),
        cmocka_unit_test(an_offer_without_room_comes_again),
        cmocka_unit_test(the_hub_restores_with_the_offer),
        cmocka_unit_test(without_an_offer_the_hub_gets_nothing),
        cmocka_unit_test(while_nobody_has_answered_no_restore_gives_rights),
        cmocka_unit_test(a_later_count_stands_against_a_loose_restore),
        cmocka_unit_test(a_generation_opens_once_and_in_order),
        cmocka_unit_test(the_cut_follows_the_log_until_the_due_time),
        cmocka_unit_test(only_the_restore_itself_ends_the_wait_in_strict),
        cmocka_unit_test(a_restore_is_known_by_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
