#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "proto/oversell.h"

/* A row with a plan and a base of so many portions (fixture F0 with 10). */
static struct stock_row row_of(int64_t portions)
{
    struct stock_row r;
    stock_plain((struct object){OBJECT_SKU, 1001}, &r);
    r.type = STOCK_LIMITED;
    r.plan_t = r.base_t = portions * 10;
    return r;
}

/* ---- how much ---- */

static void expect(const struct stock_row *r, int64_t confirmed, int64_t at_risk)
{
    struct oversell o = oversell_of(r);
    assert_int_equal(o.confirmed_t, confirmed * 10);
    assert_int_equal(o.at_risk_t, at_risk * 10);
}

static void sold_and_not_there_is_confirmed(void **state)
{
    (void)state;
    struct stock_row r = row_of(10); /* T56 */
    r.h_t = -80;
    expect(&r, 0, 0);
    r.c_t = -50;
    expect(&r, 3, 0);
}

static void a_receipt_before_the_sales_leaves_no_case(void **state)
{
    (void)state;
    struct stock_row r = row_of(10); /* T57 */
    r.h_t = 50 - 80;
    r.c_t = -50;
    expect(&r, 0, 0);
    assert_int_equal(stock_real(&r), 20);
}

static void locked_and_not_there_is_at_risk(void **state)
{
    (void)state;
    struct stock_row r = row_of(10);
    r.h_t = -80;
    r.lh_t = 10;
    r.lc_t = 30;
    expect(&r, 0, 2);
    r.c_t = -50;
    expect(&r, 3, 4);
}

static void an_unlimited_row_is_never_oversold(void **state)
{
    (void)state;
    struct stock_row r = row_of(10);
    r.type = STOCK_UNLIMITED;
    r.h_t = -800;
    r.lh_t = 50;
    expect(&r, 0, 0);
}

static void both_sides_give_a_case_the_same_name(void **state)
{
    (void)state;
    char id[OVERSELL_CASE_ID];
    struct stock_row r = row_of(10);
    assert_int_equal(oversell_case_id(STR("1"), &r, id), strlen("ov:1:2:1001:"));
    r.gen_id = STR("R:1769551200000");
    oversell_case_id(STR("1"), &r, id);
    assert_string_equal(id, "ov:1:2:1001:R:1769551200000");
}

/* ---- whose ---- */

static struct claim claim_of(enum claim_side side, const char *order_id, int64_t at_ms, int64_t q)
{
    return (struct claim){.side = side,
                          .order_id = str_of(order_id),
                          .hlc = {at_ms, 0},
                          .q_t = q * 10,
                          .deducted = true};
}

/* The example of sync-protocol 5.3: supply 10, claims 14. */
enum { P1, O1, P2, O2, CLAIMS };
static void the_example(struct claim *c)
{
    c[P1] = claim_of(SIDE_STORE, "P1", 100, 4);
    c[P1].served = true;
    c[O1] = claim_of(SIDE_ONLINE, "O1", 110, 4);
    c[P2] = claim_of(SIDE_STORE, "P2", 120, 3);
    c[O2] = claim_of(SIDE_ONLINE, "O2", 130, 3);
}

static void expect_short(const struct claim *c, int64_t p1, int64_t o1, int64_t p2, int64_t o2)
{
    const int64_t want[CLAIMS] = {p1, o1, p2, o2};
    for (int i = 0; i < CLAIMS; i++)
        assert_int_equal(c[i].short_t, want[i] * 10);
}

/* T59 */
static void the_ranking_decides_who_is_short(void **state)
{
    (void)state;
    struct claim c[CLAIMS];
    the_example(c);
    oversell_assign(c, CLAIMS, RANKING_FIRST_COME, 100);
    expect_short(c, 0, 0, 1, 3);
    oversell_assign(c, CLAIMS, RANKING_STORE_FIRST, 100);
    expect_short(c, 0, 1, 0, 3);
    oversell_assign(c, CLAIMS, RANKING_ONLINE_FIRST, 100);
    expect_short(c, 0, 0, 3, 1);
}

static void what_was_eaten_stays_served(void **state)
{
    (void)state;
    struct claim c[CLAIMS];
    the_example(c);
    oversell_assign(c, CLAIMS, RANKING_ONLINE_FIRST, 40);
    expect_short(c, 0, 4, 3, 3);
}

static void paid_goes_before_locked(void **state)
{
    (void)state;
    struct claim c[CLAIMS];
    the_example(c);
    c[O1].deducted = c[P2].deducted = false;
    oversell_assign(c, CLAIMS, RANKING_STORE_FIRST, 70);
    expect_short(c, 0, 4, 3, 0);
}

static void claims_are_listed_by_time_then_order_then_line(void **state)
{
    (void)state;
    struct claim c[] = {claim_of(SIDE_STORE, "B", 9, 1), claim_of(SIDE_STORE, "A", 9, 1),
                        claim_of(SIDE_ONLINE, "C", 9, 1), claim_of(SIDE_STORE, "A", 9, 1)};
    c[1].line = 2;
    c[3].line = 1;
    oversell_assign(c, 4, RANKING_ONLINE_FIRST, 20);
    assert_true(str_eq(c[0].order_id, STR("A")) && c[0].line == 1 && c[0].short_t == 0);
    assert_true(str_eq(c[1].order_id, STR("A")) && c[1].line == 2 && c[1].short_t == 10);
    assert_true(str_eq(c[2].order_id, STR("B")) && c[2].short_t == 10);
    assert_true(str_eq(c[3].order_id, STR("C")) && c[3].short_t == 0);
}

/* T56: singles, the store 8 and online 5 of 10. */
static void online_is_short_latest_first(void **state)
{
    (void)state;
    struct stock_row r = row_of(10);
    r.h_t = -80;
    r.c_t = -50;
    struct claim c[13];
    static const char ids[] = "ABCDEFGHIJKLM";
    for (int i = 0; i < 13; i++) {
        c[i] = claim_of(i % 5 < 3 ? SIDE_STORE : SIDE_ONLINE, "", i, 1);
        c[i].order_id = (struct str){ids + i, 1};
    }
    int64_t supply_t = oversell_supply(&r, c, 13);
    assert_int_equal(supply_t, 30 - 30 + 100);
    oversell_assign(c, 13, RANKING_STORE_FIRST, supply_t);
    for (int i = 0; i < 13; i++)
        assert_int_equal(c[i].short_t, i == 4 || i == 8 || i == 9 ? 10 : 0);
}

static void a_doubtful_clock_takes_first_come_away(void **state)
{
    (void)state;
    struct claim c[CLAIMS];
    the_example(c);
    assert_true(oversell_confident(c, CLAIMS));
    c[P2].suspect = true;
    assert_false(oversell_confident(c, CLAIMS));
    assert_int_equal(oversell_ranking(c, CLAIMS, RANKING_FIRST_COME), RANKING_STORE_FIRST);
    assert_int_equal(oversell_ranking(c, CLAIMS, RANKING_ONLINE_FIRST), RANKING_ONLINE_FIRST);
    oversell_assign(c, CLAIMS, RANKING_FIRST_COME, 100);
    expect_short(c, 0, 1, 0, 3);
}

static void a_ranking_nobody_knows_is_the_default(void **state)
{
    (void)state;
    assert_int_equal(oversell_ranking(NULL, 0, 200), RANKING_STORE_FIRST);
}

/* The supply is what there is and what the paid ones already took, whatever moved it. */
static void the_supply_counts_receipts_and_waste(void **state)
{
    (void)state;
    struct stock_row r = row_of(10);
    struct claim c[CLAIMS];
    the_example(c);
    r.h_t = -70 + 50 - 20; /* sold, received, wasted */
    r.c_t = -70;
    assert_int_equal(oversell_supply(&r, c, CLAIMS), 100 + 50 - 20);
    c[O2].deducted = false;
    r.c_t = -40;
    r.lc_t = 30;
    assert_int_equal(oversell_supply(&r, c, CLAIMS), 100 + 50 - 20);
}

static uint64_t next(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

/* Whatever the claims and however they come: the shorts sum up to what is confirmed and at risk,
 * and each claim comes out the same. */
static void the_shorts_add_up_in_any_order(void **state)
{
    (void)state;
    static const char ids[] = "ABCDEFGH";
    uint64_t seed = 5;
    for (int round = 0; round < 20000; round++) {
        struct claim a[8], b[8];
        struct stock_row r = row_of((int64_t)(next(&seed) % 30));
        for (int i = 0; i < 8; i++) {
            a[i] = claim_of(next(&seed) % 2 ? SIDE_STORE : SIDE_ONLINE, "",
                            (int64_t)(next(&seed) % 4), 1 + (int64_t)(next(&seed) % 5));
            a[i].order_id = (struct str){ids + i, 1};
            a[i].served = next(&seed) % 4 == 0;
            a[i].deducted = next(&seed) % 3 != 0;
            int64_t *counter = a[i].deducted ? &r.h_t : &r.lh_t;
            *counter += a[i].deducted ? -a[i].q_t : a[i].q_t;
        }
        for (int i = 0; i < 8; i++)
            b[i] = a[(i * 3 + round) % 8];
        unsigned ranking = (unsigned)(next(&seed) % RANKING_COUNT);
        int64_t supply_t = oversell_supply(&r, a, 8), short_t = 0;
        oversell_assign(a, 8, ranking, supply_t);
        oversell_assign(b, 8, ranking, supply_t);
        for (int i = 0; i < 8; i++) {
            assert_true(str_eq(a[i].order_id, b[i].order_id) && a[i].short_t == b[i].short_t);
            short_t += a[i].short_t;
        }
        struct oversell o = oversell_of(&r);
        assert_int_equal(short_t, o.confirmed_t + o.at_risk_t);
    }
}

static void the_cause_is_named(void **state)
{
    (void)state;
    struct stock_row r = row_of(10);
    struct claim c[CLAIMS];
    the_example(c);
    assert_int_equal(oversell_cause(&r, c, CLAIMS), CAUSE_PARTITION);
    assert_int_equal(oversell_cause(&r, c, 1), CAUSE_SHRINK);
    struct stock_row enough = row_of(14); /* then 5 were wasted */
    assert_int_equal(oversell_cause(&enough, c, CLAIMS), CAUSE_SHRINK);
    c[P2].overridden = true;
    assert_int_equal(oversell_cause(&r, c, CLAIMS), CAUSE_OVERRIDE);
    c[P1].salvaged = true;
    assert_int_equal(oversell_cause(&r, c, CLAIMS), CAUSE_SALVAGE);
}

/* ---- until when ---- */

static void a_case_lives_by_its_numbers(void **state)
{
    (void)state;
    struct stock_row r = row_of(10);
    struct claim c[CLAIMS];
    the_example(c);
    r.h_t = r.c_t = -70;
    oversell_assign(c, CLAIMS, RANKING_STORE_FIRST, oversell_supply(&r, c, CLAIMS));
    assert_int_equal(oversell_state(&r, c, CLAIMS, false, false), CASE_PROVISIONAL);
    assert_int_equal(oversell_state(&r, c, CLAIMS, true, false), CASE_OPEN);
    r.h_t += 30;
    assert_int_equal(oversell_state(&r, c, CLAIMS, true, true), CASE_OPEN);
    r.h_t += 10;
    assert_int_equal(oversell_state(&r, c, CLAIMS, true, false), CASE_COVERED);
    assert_int_equal(oversell_state(&r, c, CLAIMS, true, true), CASE_CLOSED);
    r.h_t -= 10;
    assert_int_equal(oversell_state(&r, c, CLAIMS, true, true), CASE_OPEN);
}

static void waiving_every_short_claim_closes(void **state)
{
    (void)state;
    struct stock_row r = row_of(10);
    struct claim c[CLAIMS];
    the_example(c);
    r.h_t = r.c_t = -70;
    oversell_assign(c, CLAIMS, RANKING_STORE_FIRST, oversell_supply(&r, c, CLAIMS));
    c[O1].waived = true;
    assert_int_equal(oversell_state(&r, c, CLAIMS, true, true), CASE_OPEN);
    c[O2].waived = true;
    assert_int_equal(oversell_state(&r, c, CLAIMS, true, true), CASE_CLOSED);
}

static void what_is_only_locked_keeps_a_case_open(void **state)
{
    (void)state;
    struct stock_row r = row_of(10);
    r.h_t = -100;
    r.lh_t = 10;
    struct claim c = claim_of(SIDE_STORE, "P1", 1, 1);
    c.deducted = false;
    oversell_assign(&c, 1, RANKING_STORE_FIRST, oversell_supply(&r, &c, 1));
    assert_int_equal(oversell_state(&r, &c, 1, true, true), CASE_OPEN);
}

static void names_go_there_and_back(void **state)
{
    (void)state;
    enum ranking v = RANKING_FIRST_COME;
    for (unsigned i = 0; i < RANKING_COUNT; i++) {
        assert_true(ranking_parse(str_of(ranking_name((enum ranking)i)), &v));
        assert_int_equal(v, i);
    }
    assert_false(ranking_parse(STR("LAST_COME"), &v));
    assert_string_equal(oversell_cause_name(CAUSE_SALVAGE), "SALVAGE");
    assert_string_equal(case_state_name(CASE_COVERED), "COVERED");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sold_and_not_there_is_confirmed),
        cmocka_unit_test(a_receipt_before_the_sales_leaves_no_case),
        cmocka_unit_test(locked_and_not_there_is_at_risk),
        cmocka_unit_test(an_unlimited_row_is_never_oversold),
        cmocka_unit_test(both_sides_give_a_case_the_same_name),
        cmocka_unit_test(the_ranking_decides_who_is_short),
        cmocka_unit_test(what_was_eaten_stays_served),
        cmocka_unit_test(paid_goes_before_locked),
        cmocka_unit_test(claims_are_listed_by_time_then_order_then_line),
        cmocka_unit_test(online_is_short_latest_first),
        cmocka_unit_test(a_doubtful_clock_takes_first_come_away),
        cmocka_unit_test(a_ranking_nobody_knows_is_the_default),
        cmocka_unit_test(the_supply_counts_receipts_and_waste),
        cmocka_unit_test(the_shorts_add_up_in_any_order),
        cmocka_unit_test(the_cause_is_named),
        cmocka_unit_test(a_case_lives_by_its_numbers),
        cmocka_unit_test(waiving_every_short_claim_closes),
        cmocka_unit_test(what_is_only_locked_keeps_a_case_open),
        cmocka_unit_test(names_go_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
