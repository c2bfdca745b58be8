/* Rights and generations in the merge (sync-protocol 1.7, 5.5): whose word counts, and from when.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "proto/digest.h"
#include "tests/lib/two_sites.h"

enum { DUE_MS = 1005000, NEXT_MS = 1009000 };

/* F2: 15 portions, STRICT, the hub may sell 9 and the center 6. */
static void open_f2(struct two_sites *s)
{
    sites_open(s, 15);
    stock_channel(&s->center, CHANNEL_POS)->weight = 6;
    stock_channel(&s->center, CHANNEL_ONLINE_ORDER)->weight = 4;
    s->center.mode = MODE_STRICT;
    rights_mode_acked(&s->center, MODE_STRICT);
    s->hub = s->center;
}

static void expect(const struct stock_row *r, int64_t hub, int64_t center)
{
    assert_int_equal(rights_hub(r), hub * 10);
    assert_int_equal(rights_center(r), center * 10);
}

static void pass_row(struct two_sites *s)
{
    s->center.c_ver = ++s->ver;
    row_arrives(s, &s->center);
}

/* An effect of the hub's next event, with its counters as they are. */
static struct hub_effect said(struct two_sites *s, unsigned parts)
{
    struct hub_effect e = {.at = {7, s->n_events + 1}, .parts = parts | PART_COUNTERS};
    e.at_ms = s->now_ms;
    e.row = s->hub;
    s->hub.h_at = e.at;
    s->n_events++;
    return e;
}

/* T63 */
static void a_grant_counts_once_and_never_backward(void **state)
{
    (void)state;
    struct two_sites s;
    open_f2(&s);
    struct stock_row old = s.center;
    old.c_ver = ++s.ver;
    assert_int_equal(rights_grant(&s.center, 30), 30);
    pass_row(&s);
    expect(&s.hub, 12, 3);
    row_arrives(&s, &s.center);
    row_arrives(&s, &old);
    expect(&s.hub, 12, 3);
}

static void the_mode_is_in_force_when_the_hub_has_said_so(void **state)
{
    (void)state;
    struct two_sites s;
    open_f2(&s);
    s.hub.mode = s.hub.mode_in_force = s.center.mode_in_force = MODE_LOOSE;
    pass_row(&s);
    assert_true(s.hub.mode == MODE_STRICT && !rights_strict(&s.hub));
    hub_sells(&s, 5);
    rights_ack_mode(&s.hub, (struct position){7, 2});
    pass_row(&s); /* still by what the center knew before */
    assert_int_equal(stock_total(&s.hub), 0);
    event_arrives(&s, 0);
    struct hub_effect ack = said(&s, PART_MODE);
    ack.row.mode = MODE_STRICT;
    assert_true(merge_hub_event(&s.center, &ack, s.now_ms).differs);
    expect(&s.center, 6, 4);
    pass_row(&s);
    expect(&s.hub, 6, 4);
}

static void what_was_returned_is_heard(void **state)
{
    (void)state;
    struct two_sites s;
    open_f2(&s);
    assert_int_equal(rights_return(&s.hub, 20), 20);
    struct hub_effect back = said(&s, PART_RETURNED), other = back;
    other.row.gen_id = STR("R:1");
    struct stock_row row = s.center;
    merge_hub_event(&row, &other, s.now_ms);
    expect(&row, 9, 6);
    merge_hub_event(&s.center, &back, s.now_ms);
    expect(&s.center, 7, 8);
}

/* ---- restores ---- */

static struct hub_effect restored(struct two_sites *s, int64_t due_ms, struct str id)
{
    uint64_t n = restore_hub(&s->hub, due_ms, id, (struct position){7, s->n_events + 1});
    struct hub_effect e =
        said(s, PART_GEN | PART_BASE | PART_USED | PART_RETURNED | PART_STATUS | PART_NAMED);
    e.offer_n = n;
    e.hub_t = s->hub.gr_t;
    return e;
}

/* T67: the hub had the first offer, the second one was on its way. */
static void open_t67(struct two_sites *s)
{
    open_f2(s);
    s->center.plan_t = 100;
    s->center.channels[0].weight = 7;
    s->center.channels[1].weight = 3;
    assert_true(rights_make_offer(&s->center, DUE_MS));
    rights_take_offer(&s->hub, &s->center.offers[0]);
    rights_offer_acked(&s->center, 1);
    s->center.channels[0].weight = 3;
    s->center.channels[1].weight = 7;
    assert_true(rights_make_offer(&s->center, DUE_MS));
    s->now_ms = DUE_MS;
}

static void what_the_hub_names_is_exact(void **state)
{
    (void)state;
    struct two_sites s;
    open_t67(&s);
    struct hub_effect e = restored(&s, DUE_MS, STR("R:1005000"));
    restore_center(&s.center, DUE_MS, STR("R:1005000"));
    expect(&s.center, 7, 3);
    hub_sells(&s, 1);
    merge_hub_event(&s.center, &e, s.now_ms);
    assert_true(s.center.base_hf && rights_grantable(&s.center));
    s.arrived = 1;
    sites_heal(&s);
    expect(&s.center, 6, 3);
    expect(&s.hub, 6, 3);
    assert_true(digest_row(&s.hub) == digest_row(&s.center));
}

/* The center was LOOSE when it counted, and that count is no guess at what the hub was offered. */
static void a_count_is_not_trimmed_to_the_plan(void **state)
{
    (void)state;
    struct two_sites s;
    open_f2(&s);
    stock_channel(&s.center, CHANNEL_ONLINE_ORDER)->weight = 0;
    s.hub.mode_in_force = s.center.mode_in_force = MODE_LOOSE;
    rights_ack_mode(&s.hub, (struct position){7, 1});
    struct hub_effect ack = said(&s, PART_MODE);
    ack.row.mode = MODE_STRICT;
    struct hub_effect restore = restored(&s, DUE_MS, STR("R:1005000"));
    s.now_ms = DUE_MS;
    center_restores(&s, DUE_MS);
    s.now_ms++;
    center_sets(&s, 20);
    merge_hub_event(&s.center, &ack, s.now_ms);
    expect(&s.center, 20, 0);
    merge_hub_event(&s.center, &restore, s.now_ms);
    expect(&s.center, 0, 20);
    pass_row(&s);
    expect(&s.hub, 0, 20);
}

/* The center counts the larger offer as used until it hears; the hub must not believe that. */
static void the_centers_guess_gives_the_hub_nothing(void **state)
{
    (void)state;
    struct two_sites s;
    open_t67(&s);
    rights_take_offer(&s.hub, &s.center.offers[1]);
    struct hub_effect e = restored(&s, DUE_MS, STR("R:1005000"));
    restore_center(&s.center, DUE_MS, STR("R:1005000"));
    expect(&s.center, 7, 3);
    pass_row(&s);
    assert_int_equal(rights_hub(&s.hub), 30);
    merge_hub_event(&s.center, &e, s.now_ms);
    pass_row(&s);
    expect(&s.center, 3, 7);
    expect(&s.hub, 3, 7);
}

static void a_restore_that_was_put_aside_is_taken_back(void **state)
{
    (void)state;
    struct two_sites s;
    open_f2(&s);
    hub_sells(&s, 2);
    event_arrives(&s, 0);
    s.hub_off_ms = NEXT_MS - s.now_ms;
    restored(&s, NEXT_MS, STR("R:1009000")); /* by a clock that is far ahead: dead letter */
    assert_int_equal(rights_hub(&s.hub), 0);
    pass_row(&s);
    assert_true(str_eq(s.hub.gen_id, STR("R:1009000")));
    struct hub_effect counters = said(&s, 0);
    merge_hub_event(&s.center, &counters, s.now_ms);
    pass_row(&s);
    assert_true(s.hub.gen_id.n == 0 && s.hub.restored_ms == 0);
    expect(&s.hub, 7, 6);
    assert_true(digest_row(&s.hub) == digest_row(&s.center));
}

/* The hub has said MODE_ACK and restored, and used no offer; the center has heard the first alone,
 * and counts one as used. */
static void an_answer_to_the_mode_is_none_to_the_restore(void **state)
{
    (void)state;
    struct two_sites s;
    open_t67(&s);
    s.center.mode_in_force = MODE_LOOSE;
    rights_ack_mode(&s.hub, (struct position){7, 1});
    struct hub_effect ack = said(&s, PART_MODE);
    struct hub_effect e = restored(&s, DUE_MS, STR("R:1005000"));
    merge_hub_event(&s.center, &ack, s.now_ms);
    restore_center(&s.center, DUE_MS, STR("R:1005000"));
    expect(&s.center, 7, 3);
    pass_row(&s);
    assert_int_equal(rights_hub(&s.hub), 0);
    merge_hub_event(&s.center, &e, s.now_ms);
    expect(&s.center, 0, 10);
    pass_row(&s);
    expect(&s.hub, 0, 10);
    assert_false(rights_awaited(&s.hub));
}

static void a_mode_is_awaited_also_where_a_restore_is_taken_back(void **state)
{
    (void)state;
    struct two_sites s;
    open_f2(&s);
    restored(&s, NEXT_MS, STR("R:1009000")); /* dead letter */
    struct hub_effect counters = said(&s, 0);
    rights_ack_mode(&s.hub, (struct position){7, 3});
    merge_hub_event(&s.center, &counters, s.now_ms);
    pass_row(&s);
    assert_true(s.hub.gen_id.n == 0 && rights_awaited(&s.hub));
    assert_int_equal(rights_usable(&s.hub), 0);
}

/* Else nothing more would be granted before the next restore, and what is sold would move the cut.
 */
static void a_cut_whose_restore_was_put_aside_is_said_again(void **state)
{
    (void)state;
    struct two_sites s;
    open_t67(&s);
    restored(&s, DUE_MS, STR("R:1005000")); /* dead letter */
    restore_center(&s.center, DUE_MS, STR("R:1005000"));
    hub_sells(&s, 1);
    s.arrived = 1;
    sites_heal(&s);
    assert_false(rights_grantable(&s.center));
    struct hub_effect states = said(&s, PART_STATE | PART_CUT), other = states;
    other.row.gen_id = STR("R:1000000");
    struct stock_row row = s.center;
    merge_hub_event(&row, &other, s.now_ms);
    assert_false(row.base_hf);
    assert_true(merge_hub_event(&s.center, &states, s.now_ms).differs);
    assert_true(rights_grantable(&s.center));
    pass_row(&s);
    expect(&s.center, 6, 3);
    expect(&s.hub, 6, 3);
    assert_true(s.hub.gr_op.epoch == 0 && digest_row(&s.hub) == digest_row(&s.center));
}

static void a_takeovers_count_is_taken_with_its_rights(void **state)
{
    (void)state;
    struct two_sites s;
    open_f2(&s);
    rights_presume(&s.center);
    pass_row(&s);
    assert_int_equal(stock_total(&s.hub), 0);
    s.center.base_stamp = (struct stamp){DUE_MS, 0, ORIGIN_HUB};
    rights_takeover_count(&s.center, STR("T:8"), 100);
    pass_row(&s);
    expect(&s.hub, 6, 4);
    assert_int_equal(s.hub.restored_ms, DUE_MS); /* what was due before the count is over */
    assert_true(digest_row(&s.hub) == digest_row(&s.center));
}

/* Locked by the lost box: it may have come free and been sold. What the new box holds itself is
 * told by its ROW_STATE, and is not presumed. */
static void locks_of_a_lost_box_are_presumed_sold_until_it_is_known_who_holds_them(void **state)
{
    (void)state;
    struct two_sites s;
    open_f2(&s);
    int64_t rights_t = rights_hub(&s.center);
    struct hub_effect locks = said(&s, PART_COUNTERS);
    locks.row.h_t = s.center.h_t;
    locks.row.lh_t = 30;
    merge_hub_event(&s.center, &locks, s.now_ms);
    s.center.lh_t = 0;
    rights_presume(&s.center);
    assert_int_equal(s.center.presumed_t, rights_t);
    struct hub_effect states = said(&s, PART_COUNTERS | PART_STATE);
    states.row.h_t = s.center.h_t;
    states.row.lh_t = 20;
    assert_true(merge_hub_event(&s.center, &states, s.now_ms).differs);
    assert_int_equal(s.center.presumed_t, rights_t - 20);
    assert_int_equal(rights_hub(&s.center), 0);
    struct hub_effect again = said(&s, PART_COUNTERS | PART_STATE);
    again.row.h_t = s.center.h_t;
    again.row.lh_t = 20;
    assert_false(merge_hub_event(&s.center, &again, s.now_ms).differs);
}

/* ---- what the channels used ---- */

static void the_other_sides_sales_count_in_the_same_generation(void **state)
{
    (void)state;
    struct two_sites s;
    sites_open(&s, 15);
    stock_channel(&s.center, CHANNEL_ONLINE_ORDER)->used_t = 30;
    pass_row(&s);
    assert_int_equal(stock_channel(&s.hub, CHANNEL_ONLINE_ORDER)->used_t, 30);
    s.now_ms = DUE_MS;
    hub_restores(&s, DUE_MS);
    pass_row(&s);
    assert_int_equal(stock_channel(&s.hub, CHANNEL_ONLINE_ORDER)->used_t, 0);
    restore_center(&s.center, DUE_MS, STR("R:1005000"));
    stock_channel(&s.center, CHANNEL_ONLINE_ORDER)->used_t = 10;
    pass_row(&s);
    assert_int_equal(stock_channel(&s.hub, CHANNEL_ONLINE_ORDER)->used_t, 10);
}

static void yesterdays_sales_use_nothing_of_today(void **state)
{
    (void)state;
    struct two_sites s;
    sites_open(&s, 15);
    s.now_ms = DUE_MS - 10;
    hub_status(&s, STATUS_ON_SALE); /* the hub's clock is set */
    hub_sells(&s, 4);
    s.now_ms = DUE_MS;
    center_restores(&s, DUE_MS);
    event_arrives(&s, 0);
    event_arrives(&s, 1);
    assert_false(s.center.base_hf);
    assert_int_equal(stock_channel(&s.center, CHANNEL_POS)->used_t, 0);
    assert_int_equal(stock_real(&s.center), 150);
    s.now_ms = DUE_MS + 10;
    hub_status(&s, STATUS_SOLD_OUT); /* the log has passed the due time */
    hub_sells(&s, 1);
    event_arrives(&s, 2);
    event_arrives(&s, 3);
    assert_true(s.center.base_hf);
    assert_int_equal(stock_real(&s.center), 140);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_grant_counts_once_and_never_backward),
        cmocka_unit_test(the_mode_is_in_force_when_the_hub_has_said_so),
        cmocka_unit_test(what_was_returned_is_heard),
        cmocka_unit_test(what_the_hub_names_is_exact),
        cmocka_unit_test(a_count_is_not_trimmed_to_the_plan),
        cmocka_unit_test(the_centers_guess_gives_the_hub_nothing),
        cmocka_unit_test(a_restore_that_was_put_aside_is_taken_back),
        cmocka_unit_test(an_answer_to_the_mode_is_none_to_the_restore),
        cmocka_unit_test(a_mode_is_awaited_also_where_a_restore_is_taken_back),
        cmocka_unit_test(locks_of_a_lost_box_are_presumed_sold_until_it_is_known_who_holds_them),
        cmocka_unit_test(a_cut_whose_restore_was_put_aside_is_said_again),
        cmocka_unit_test(a_takeovers_count_is_taken_with_its_rights),
        cmocka_unit_test(the_other_sides_sales_count_in_the_same_generation),
        cmocka_unit_test(yesterdays_sales_use_nothing_of_today),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
