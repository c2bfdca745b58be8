/* sync/execute: what the center said, inside the writer's transaction. */
#include "tests/unit/storage_scratch.h"

#include "sync/execute.h"

#define NOW_MS 1769565600000

static const struct store_identity ID = {{"1", 1}, {"1", 1}};
static const uint8_t SECRET[32] = "0123456789abcdef0123456789abcde";

struct turn {
    struct scratch *s;
    struct txn *txn;
    struct journal j;
};

static struct turn begin(struct scratch *s)
{
    struct turn t = {.s = s, .txn = scratch_write(s)};
    if (!journal_load(&t.j, t.txn))
        journal_create(&t.j, t.txn, &ID, SECRET);
    return t;
}

static void grow(struct turn *t, int n)
{
    for (int i = 0; i < n; i++)
        journal_append(&t->j, EVENT_STOCK_ADJUST, NOW_MS, STR("{\"n\":1}"));
}

static struct sync_result carry_out(struct turn *t, struct sync_command c)
{
    struct sync_work work = {.command = c};
    sync_execute(&work, &t->j, &ID);
    assert_int_equal(txn_error(t->txn), PH_OK);
    return work.result;
}

static struct sync_result open_position(struct turn *t)
{
    return carry_out(t, (struct sync_command){.verb = SYNC_OPEN, .box_id = "BX-01"});
}

static void end(struct turn *t)
{
    journal_save(&t->j);
    assert_int_equal(txn_commit(t->txn), PH_OK);
}

static struct sync_command ack_of(struct turn *t, uint64_t seq)
{
    struct event e;
    struct sync_command c = {.verb = SYNC_HEARD, .wall_ms = NOW_MS, .ack = true};
    assert_true(journal_read(t->txn, (struct position){1, seq}, &e));
    c.acked = (struct sync_ack){.seq = seq, .has_tail = true};
    memcpy(c.acked.tail, e.hash, HASH_BYTES);
    return c;
}

static void a_new_line_begins_before_the_first_event(void **state)
{
    struct turn t = begin(*state);
    grow(&t, 3);
    struct sync_result r = open_position(&t);
    assert_int_equal(r.done, SYNC_OK);
    assert_int_equal(r.position.acked.epoch, 1);
    assert_int_equal(r.position.acked.seq, 0);
    assert_string_equal(r.position.box_id, "BX-01");
    end(&t);
}

static void opening_twice_keeps_what_is_acknowledged(void **state)
{
    struct turn t = begin(*state);
    grow(&t, 3);
    open_position(&t);
    carry_out(&t, ack_of(&t, 2));
    assert_int_equal(open_position(&t).position.acked.seq, 2);
    end(&t);
}

static void a_store_whose_first_events_have_gone_is_not_opened(void **state)
{
    struct sync_position p;
    struct turn t = begin(*state);
    grow(&t, 3);
    journal_trim(&t.j, (struct position){1, 2}, NOW_MS + 1, 0, 100);
    assert_int_equal(open_position(&t).done, SYNC_TOO_LATE);
    assert_false(sync_position_load(&p, t.txn));
    end(&t);
}

static void an_ack_is_on_the_disk_with_its_time(void **state)
{
    struct sync_position p;
    struct turn t = begin(*state);
    grow(&t, 3);
    open_position(&t);
    assert_int_equal(carry_out(&t, ack_of(&t, 3)).done, SYNC_OK);
    end(&t);
    struct txn *txn = scratch_read(*state);
    assert_true(sync_position_load(&p, txn));
    txn_abort(txn);
    assert_int_equal(p.acked.seq, 3);
    assert_int_equal(p.acked_at_ms, NOW_MS);
}

static void an_ack_of_another_history_changes_nothing(void **state)
{
    struct turn t = begin(*state);
    grow(&t, 3);
    open_position(&t);
    struct sync_command c = ack_of(&t, 3);
    c.acked.tail[0] ^= 1;
    struct sync_result r = carry_out(&t, c);
    assert_int_equal(r.done, SYNC_DISAGREES);
    assert_int_equal(r.position.acked.seq, 0);
    end(&t);
}

static void nothing_is_heard_before_the_store_is_open(void **state)
{
    struct turn t = begin(*state);
    assert_int_equal(carry_out(&t, (struct sync_command){.verb = SYNC_HEARD}).done, SYNC_NOT_OPEN);
    end(&t);
}

static void the_centers_clock_pulls_ours_forward_unless_it_is_wild(void **state)
{
    struct turn t = begin(*state);
    grow(&t, 1);
    open_position(&t);
    struct sync_command c = {
        .verb = SYNC_HEARD, .wall_ms = NOW_MS, .server_hlc = {NOW_MS + 700, 3}};
    carry_out(&t, c);
    assert_int_equal(t.j.head.hlc.l_ms, NOW_MS + 700);
    assert_int_equal(t.j.head.hlc.c, 4);
    c.server_hlc.l_ms = NOW_MS + SYNC_CLOCK_AHEAD_MS + 1;
    carry_out(&t, c);
    assert_int_equal(t.j.head.hlc.l_ms, NOW_MS + 700);
    end(&t);
}

static void a_fence_stops_new_orders(void **state)
{
    struct turn t = begin(*state);
    open_position(&t);
    carry_out(&t, (struct sync_command){.verb = SYNC_HEARD, .fence = true});
    assert_true(t.j.head.fenced);
    end(&t);
}

static void what_was_set_aside_is_kept_with_the_ack(void **state)
{
    struct turn t = begin(*state);
    struct cloud_dead dead[] = {{2, STR("UNKNOWN_KIND")}, {3, STR("BAD_BODY")}};
    struct aside a;
    grow(&t, 3);
    open_position(&t);
    struct sync_command c = ack_of(&t, 3);
    c.dead = dead;
    c.n_dead = 2;
    c.gave_up_seq = 1;
    assert_int_equal(carry_out(&t, c).done, SYNC_OK);
    assert_int_equal(aside_count(t.txn), 3);
    assert_true(aside_get(t.txn, (struct position){1, 2}, &a));
    assert_true(str_eq(a.reason, STR("UNKNOWN_KIND")) && !a.gave_up && a.at_ms == NOW_MS);
    assert_true(aside_get(t.txn, (struct position){1, 1}, &a) && a.gave_up);
    end(&t);
}

/* An answer that says nothing new may be an old one: its list is not taken again. */
static void a_repeated_answer_sets_nothing_aside_again(void **state)
{
    struct turn t = begin(*state);
    struct cloud_dead dead[] = {{2, STR("BAD_BODY")}};
    struct sync_command forget = {.verb = SYNC_FORGET, .forget = {1, 2}};
    grow(&t, 3);
    open_position(&t);
    struct sync_command c = ack_of(&t, 3);
    c.dead = dead;
    c.n_dead = 1;
    carry_out(&t, c);
    assert_int_equal(carry_out(&t, forget).done, SYNC_OK);
    assert_int_equal(carry_out(&t, forget).done, SYNC_UNKNOWN);
    carry_out(&t, c);
    assert_int_equal(aside_count(t.txn), 0);
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_new_line_begins_before_the_first_event),
        SCRATCH_TEST(opening_twice_keeps_what_is_acknowledged),
        SCRATCH_TEST(a_store_whose_first_events_have_gone_is_not_opened),
        SCRATCH_TEST(an_ack_is_on_the_disk_with_its_time),
        SCRATCH_TEST(an_ack_of_another_history_changes_nothing),
        SCRATCH_TEST(nothing_is_heard_before_the_store_is_open),
        SCRATCH_TEST(the_centers_clock_pulls_ours_forward_unless_it_is_wild),
        SCRATCH_TEST(a_fence_stops_new_orders),
        cmocka_unit_test_setup_teardown(what_was_set_aside_is_kept_with_the_ack, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(a_repeated_answer_sets_nothing_aside_again, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
