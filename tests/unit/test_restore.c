/* edge/books/restore: the plan comes back at its due times, each run once (sync-protocol 1.7). The
 * egg (SKU 1003) has a plan of 15; the store is in a zone of its own, with daylight saving.
 */
#include "tests/unit/shop_fixture.h"

#include <stdio.h>
#include <string.h>

#include "edge/books/stock.h"
#include "proto/rights.h"
#include "storage/timers.h"

#define EGG    "'object_type':'2','object_id':'1003'"
#define MINUTE 60000LL
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

/* Central Europe in 2026: 2 hours ahead of UTC from 29 March, 01:00 UTC, to 25 October, 01:00. */
#define SPRING_MS 1774746000000LL
#define AUTUMN_MS 1792890000000LL

static int32_t berlin(void *ctx, int64_t at_ms)
{
    (void)ctx;
    return at_ms >= SPRING_MS && at_ms < AUTUMN_MS ? 7200 : 3600;
}
static const struct zone BERLIN = {berlin, NULL};

static int setup_fifteen(void **state)
{
    int err = shop_setup(state, 15);
    struct shop *s = *state;
    s->config.zone = BERLIN;
    s->config.day_start_min = 4 * 60;
    return err;
}

static enum code schedule(struct shop *s, const char *members)
{
    return pos(s, "stock.schedule", "{" EGG ",%s}", members);
}

static struct stock_row egg(struct shop *s)
{
    return shop_row(s, OBJECT_SKU, 1003);
}

static enum code sell(struct shop *s, const char *order, const char *qty)
{
    return pos(s, "order.sell",
               "{'order_id':'%s','lines':[{'line':1,'object_id':'1003','qty':'%s'}],"
               "'payments':[{'pay_id':'%s','tender':'CASH','amount':'%s0'}]}",
               order, qty, order, qty);
}

static enum code place(struct shop *s, const char *order, const char *qty)
{
    return pos(s, "order.place",
               "{'order_id':'%s','lines':[{'line':1,'object_id':'1003','qty':'%s'}]}", order, qty);
}

static void go_to(struct shop *s, int64_t wall_ms)
{
    shop_wait(s, wall_ms - s->wall_ms);
}

static int64_t local(struct shop *s, uint32_t minute)
{
    return due_at_minute(&BERLIN, s->wall_ms, minute);
}

/* ---- one restore ---- */

static void the_plan_is_there_again(void **state)
{
    struct shop *s = *state;
    assert_int_equal(schedule(s, "'auto':true,'at':'06:00','daily':true"), 0);
    int64_t due_ms = local(s, 360);
    assert_int_equal(egg(s).restore_at_ms, due_ms);
    assert_int_equal(sell(s, "P1", "15"), 0);
    assert_int_equal(pos(s, "stock.sold_out", "{" EGG "}"), 0);
    go_to(s, due_ms - 1);
    assert_int_equal(shop_events(s, EVENT_RESTORE), 0);
    assert_int_equal(shop_avail(s, 1003, CHANNEL_POS), 0);
    go_to(s, due_ms);
    assert_int_equal(shop_events(s, EVENT_RESTORE), 1);
    assert_int_equal(shop_avail(s, 1003, CHANNEL_POS), 150);
    assert_int_equal(egg(s).status, STATUS_ON_SALE);
    assert_int_equal(egg(s).restored_ms, due_ms);
    assert_int_equal(egg(s).restore_at_ms, due_ms);
    assert_int_equal(shop_next_timer(s), s->uptime_ms + DAY);
}

static void a_command_is_restored_before_it_is_heard(void **state)
{
    struct shop *s = *state;
    assert_int_equal(schedule(s, "'auto':true,'at':'06:00'"), 0);
    assert_int_equal(sell(s, "P1", "15"), 0);
    int64_t due_ms = local(s, 360);
    s->uptime_ms += due_ms - s->wall_ms;
    s->wall_ms = due_ms;
    assert_int_equal(sell(s, "P2", "15"), 0);
    assert_int_equal(shop_events(s, EVENT_RESTORE), 1);
    assert_int_equal(shop_real(s, 1003), 0);
}

static void once_is_once(void **state)
{
    struct shop *s = *state;
    assert_int_equal(schedule(s, "'auto':true,'next_day':true"), 0);
    assert_int_equal(egg(s).restore_at_ms, local(s, 240));
    go_to(s, egg(s).restore_at_ms);
    assert_int_equal(shop_events(s, EVENT_RESTORE), 1);
    assert_int_equal(shop_next_timer(s), INT64_MAX);
    shop_wait(s, 3 * DAY);
    assert_int_equal(shop_events(s, EVENT_RESTORE), 1);
}

/* Its portions were yesterday's: paid, given back or refunded, today's plan is not touched. */
static void orders_of_yesterday_settle_neutrally(void **state)
{
    struct shop *s = *state;
    assert_int_equal(schedule(s, "'auto':true,'at':'06:00','daily':true"), 0);
    int64_t due_ms = local(s, 360);
    go_to(s, due_ms - MINUTE);
    assert_int_equal(place(s, "P1", "4"), 0);
    assert_int_equal(place(s, "P2", "5"), 0);
    assert_int_equal(sell(s, "P3", "6"), 0);
    go_to(s, due_ms);
    assert_int_equal(shop_avail(s, 1003, CHANNEL_POS), 150);
    assert_int_equal(
        pos(s, "order.pay", "{'order_id':'P1','pay_id':'p1','tender':'CASH','amount':'40'}"), 0);
    assert_int_equal(shop_avail(s, 1003, CHANNEL_POS), 150);
    assert_int_equal(pos(s, "order.cancel", "{'order_id':'P2'}"), 0);
    assert_int_equal(shop_avail(s, 1003, CHANNEL_POS), 150);
    assert_int_equal(pos(s, "order.refund",
                         "{'order_id':'P3','refund_id':'r','lines':"
                         "[{'line':1,'qty':'6','restock':true}]}"),
                     0);
    assert_int_equal(shop_avail(s, 1003, CHANNEL_POS), 150);
    assert_int_equal(shop_locked(s, 1003), 0);
}

/* RESTORE and what it says go up as the center expects them. */
static void the_event_names_cut_and_counters(void **state)
{
    struct shop *s = *state;
    struct txn *txn;
    struct event e;
    char expected[512];
    assert_int_equal(schedule(s, "'auto':true,'at':'06:00'"), 0);
    assert_int_equal(sell(s, "P1", "6"), 0);
    int64_t due_ms = local(s, 360);
    go_to(s, due_ms - MINUTE);
    assert_int_equal(place(s, "P2", "4"), 0);
    go_to(s, due_ms);
    struct stock_row r = egg(s);
    assert_int_equal(txn_begin_read(s->store, &txn), PH_OK);
    assert_true(journal_read(txn, r.gen_op, &e));
    assert_int_equal(e.kind, EVENT_RESTORE);
    int n = snprintf(expected, sizeof expected,
                     "{\"base\":{\"c\":0,\"h\":-100,\"id\":\"R:%lld\",\"v_t\":150},"
                     "\"device\":\"hub\",\"due_at_ms\":%lld,\"eff\":[{\"H\":-60,\"Lh\":40,"
                     "\"Xr\":0,\"lk_a\":40,\"lk_b\":40,\"object_id\":1003,\"object_type\":2,"
                     "\"q_t\":0,\"real_a\":190,\"real_b\":90,\"used\":{\"POS\":0}}],"
                     "\"object_id\":1003,\"object_type\":2,\"plan_t\":150,\"stamp\":[%lld,%u,1]}",
                     (long long)due_ms, (long long)due_ms, (long long)r.plan_stamp.l_ms,
                     r.plan_stamp.c);
    assert_int_equal(e.body.n, (size_t)n);
    assert_memory_equal(e.body.p, expected, e.body.n);
    txn_abort(txn);
}

/* ---- downtime and clocks ---- */

static void after_downtime_only_the_latest_runs(void **state)
{
    struct shop *s = *state;
    assert_int_equal(schedule(s, "'auto':true,'at':'06:00','daily':true"), 0);
    int64_t due_ms = local(s, 360);
    s->uptime_ms += DAY;
    s->wall_ms = due_ms + 3 * DAY + HOUR;
    shop_reopen(s);
    shop_wait(s, 1);
    assert_int_equal(shop_events(s, EVENT_RESTORE), 1);
    assert_int_equal(egg(s).restored_ms, due_ms + 3 * DAY);
    shop_wait(s, 23 * HOUR);
    assert_int_equal(shop_events(s, EVENT_RESTORE), 2);
}

static void a_release_that_downtime_missed_is_made_up_for(void **state)
{
    struct shop *s = *state;
    assert_int_equal(shop_do(s, "poshubctl", ROLE_ADMIN, "stock.policy",
                             "{" EGG ",'policy':'RESERVED','release_at':'21:00'}"),
                     0);
    assert_int_equal(pos(s, "stock.channel", "{" EGG ",'channel':'KIOSK','reserve':'10'}"), 0);
    assert_int_equal(schedule(s, "'auto':true,'at':'06:00','daily':true"), 0);
    int64_t due_ms = local(s, 360);
    s->wall_ms = due_ms + 2 * DAY + 16 * HOUR; /* 22:00 */
    shop_wait(s, 1);
    assert_int_equal(shop_avail(s, 1003, CHANNEL_POS), 150);
    shop_wait(s, 8 * HOUR);
    assert_int_equal(shop_avail(s, 1003, CHANNEL_POS), 50);
    shop_wait(s, 15 * HOUR);
    assert_int_equal(shop_avail(s, 1003, CHANNEL_POS), 150);
}

static void a_clock_that_goes_back_restores_nothing_twice(void **state)
{
    struct shop *s = *state;
    assert_int_equal(schedule(s, "'auto':true,'at':'06:00','daily':true"), 0);
    int64_t due_ms = local(s, 360);
    go_to(s, due_ms);
    for (int64_t back_ms = MINUTE; back_ms < 2 * DAY; back_ms *= 3) {
        s->wall_ms = due_ms - back_ms;
        shop_wait(s, back_ms);
        assert_int_equal(shop_events(s, EVENT_RESTORE), 1);
    }
    shop_wait(s, DAY);
    assert_int_equal(shop_events(s, EVENT_RESTORE), 2);
}

/* A day ahead, its restore is done and stays done; that of the day it skipped does not come again.
 */
static void a_clock_a_day_ahead_keeps_what_it_did(void **state)
{
    struct shop *s = *state;
    assert_int_equal(schedule(s, "'auto':true,'at':'06:00','daily':true"), 0);
    int64_t due_ms = local(s, 360);
    go_to(s, due_ms + HOUR);
    s->wall_ms += DAY;
    shop_wait(s, MINUTE);
    assert_int_equal(shop_events(s, EVENT_RESTORE), 2);
    s->wall_ms -= DAY;
    shop_wait(s, DAY);
    assert_int_equal(shop_events(s, EVENT_RESTORE), 2);
    shop_wait(s, DAY);
    assert_int_equal(shop_events(s, EVENT_RESTORE), 3);
}

/* The center counts the REBALANCE after it among what it has heard of the row; a row that said no
 * more than the RESTORE would take the center's counters for later ones than its own. */
static void what_a_restore_shares_out_is_the_rows_last_event(void **state)
{
    struct shop *s = *state;
    assert_int_equal(
        shop_do(s, "poshubctl", ROLE_ADMIN, "stock.policy", "{" EGG ",'policy':'RESERVED'}"), 0);
    assert_int_equal(pos(s, "stock.channel", "{" EGG ",'channel':'KIOSK','reserve':'5'}"), 0);
    assert_int_equal(schedule(s, "'auto':true,'at':'06:00','daily':true"), 0);
    assert_int_equal(sell(s, "P1", "10"), 0);
    assert_int_equal(pos(s, "stock.adjust", "{" EGG ",'delta':'-3','reason':'WASTE'}"), 0);
    int events = shop_events(s, EVENT_REBALANCE);
    go_to(s, local(s, 360));
    assert_int_equal(shop_events(s, EVENT_REBALANCE), events + 1);
    assert_int_equal(position_cmp(egg(s).h_at, egg(s).at), 0);
}

static void a_time_that_was_overtaken_cannot_be_scheduled(void **state)
{
    struct shop *s = *state;
    assert_int_equal(schedule(s, "'auto':true,'at':'06:00','daily':true"), 0);
    int64_t due_ms = local(s, 360);
    go_to(s, due_ms + DAY + HOUR);
    s->wall_ms = due_ms + HOUR; /* it had been a day ahead */
    int events = shop_events(s, EVENT_KIND_COUNT);
    assert_int_equal(schedule(s, "'auto':true,'at':'18:00'"), CODE_BAD_REQUEST);
    assert_int_equal(schedule(s, "'auto':true,'at':'06:00'"), CODE_BAD_REQUEST);
    assert_int_equal(shop_events(s, EVENT_KIND_COUNT), events);
    assert_int_equal(schedule(s, "'auto':true,'at':'06:01'"), 0);
    assert_int_equal(s->out.times.restore_ms, due_ms + DAY + MINUTE);
    assert_int_equal(schedule(s, "'auto':true,'at':'18:00','daily':true"), 0);
    assert_int_equal(s->out.times.restore_ms, due_ms + DAY + 12 * HOUR);
}

/* What it restored counts for the times until it is found out; the next one is on time again, and
 * is not held up by a count that was made years ahead. (The journal's bodies are trimmed by then.)
 */
static void a_wild_clock_is_found_out(void **state)
{
    struct shop *s = *state;
    assert_int_equal(schedule(s, "'auto':true,'at':'06:00','daily':true"), 0);
    int64_t due_ms = local(s, 360);
    go_to(s, due_ms);
    s->wall_ms += 4000 * DAY;
    shop_wait(s, HOUR);
    assert_true(egg(s).restored_ms > due_ms + 3998 * DAY);
    assert_int_equal(pos(s, "stock.set", "{" EGG ",'qty':'3'}"), 0);
    s->wall_ms -= 4000 * DAY;
    shop_wait(s, HOUR);
    assert_int_equal(egg(s).restored_ms, s->wall_ms);
    assert_int_equal(shop_real(s, 1003), 30);
    go_to(s, due_ms + DAY - 1);
    assert_int_equal(shop_real(s, 1003), 30);
    go_to(s, due_ms + DAY);
    assert_int_equal(shop_real(s, 1003), 150);
    assert_int_equal(egg(s).restored_ms, due_ms + DAY);
}

/* RESTORE_AHEAD_MS: 48 hours are kept, a millisecond more is not. */
static void wild_is_more_than_two_days(void **state)
{
    struct shop *s = *state;
    assert_int_equal(schedule(s, "'auto':true,'at':'06:00','daily':true"), 0);
    int64_t due_ms = local(s, 360);
    go_to(s, due_ms + 4 * DAY + 2 * HOUR);
    s->wall_ms = due_ms + 2 * DAY;
    shop_wait(s, 0);
    assert_int_equal(egg(s).restored_ms, due_ms + 4 * DAY);
    shop_wait(s, 2 * HOUR);
    s->wall_ms = due_ms + 2 * DAY - 1;
    shop_wait(s, 0);
    assert_int_equal(egg(s).restored_ms, due_ms + 2 * DAY - 1);
    assert_int_equal(sell(s, "P1", "6"), 0);
    assert_int_equal(shop_real(s, 1003), 90);
    shop_wait(s, 1);
    assert_int_equal(egg(s).restored_ms, due_ms + 2 * DAY);
    assert_int_equal(shop_real(s, 1003), 150);
    shop_wait(s, 2 * DAY);
    assert_int_equal(egg(s).restored_ms, due_ms + 4 * DAY);
}

/* A clock a day ahead, and then, set right twice, as far behind: what is known to be behind does
 * not find out the other. */
static void a_clock_that_is_behind_finds_no_other_out(void **state)
{
    struct shop *s = *state;
    assert_int_equal(schedule(s, "'auto':true,'at':'06:00','daily':true"), 0);
    int64_t due_ms = local(s, 360);
    go_to(s, due_ms + DAY);
    s->wall_ms -= 50 * HOUR;
    s->wall_lead_ms = -50 * HOUR;
    shop_wait(s, MINUTE);
    assert_int_equal(egg(s).restored_ms, due_ms + DAY);
    s->wall_lead_ms = 0;
    shop_wait(s, MINUTE);
    assert_true(egg(s).restored_ms < due_ms);
}

/* The center has the row as the store has it now, in the generation of that time. */
struct center_word {
    struct cloud_row row;
    char gen[RESTORE_ID];
};

static struct center_word center_in(struct shop *s, int64_t due_ms)
{
    struct center_word w = {.row = {.row = egg(s), .has_x = true, .over = 1}};
    w.row.row.base_stamp = (struct stamp){due_ms, 0, ORIGIN_TIMER};
    restore_id(due_ms, w.gen);
    return w;
}

/* It has judged whatever the store has said, and says the same again. */
static void center_says(struct shop *s, struct center_word *w)
{
    w->row.over++;
    w->row.row.gen_id = w->row.row.base_id = str_of(w->gen);
    w->row.row.h_at = egg(s).h_at;
    shop_center_rows(s, &(struct center_rows){.rows = &w->row, .n = 1});
    assert_int_equal(s->out.code, CODE_OK);
}

/* A day ahead, which the center follows, and then a week ahead, which it does not: found out, the
 * store goes on from what the center has too. */
static void what_the_center_has_too_was_no_wild_clocks(void **state)
{
    struct shop *s = *state;
    assert_int_equal(schedule(s, "'auto':true,'at':'06:00','daily':true"), 0);
    int64_t due_ms = local(s, 360);
    go_to(s, due_ms - HOUR);
    s->wall_ms += DAY + 2 * HOUR;
    shop_wait(s, MINUTE);
    assert_int_equal(egg(s).restored_ms, due_ms + DAY);
    struct center_word w = center_in(s, due_ms + DAY);
    center_says(s, &w);
    s->wall_ms += 6 * DAY;
    shop_wait(s, MINUTE);
    assert_int_equal(egg(s).restored_ms, due_ms + 7 * DAY);
    s->wall_ms = due_ms - HOUR;
    shop_wait(s, MINUTE);
    assert_int_equal(egg(s).restored_ms, due_ms + DAY);
    go_to(s, due_ms + HOUR);
    center_says(s, &w);
    assert_int_equal(shop_events(s, EVENT_RESTORE), 2);
    go_to(s, due_ms + DAY + HOUR);
    assert_int_equal(shop_events(s, EVENT_RESTORE), 2);
    go_to(s, due_ms + 2 * DAY);
    assert_int_equal(shop_events(s, EVENT_RESTORE), 3);
}

/* So it does where the center has not been heard yet, from what its clock did while it was known
 * to be no more than a day ahead. */
static void what_a_clock_did_before_it_was_wild_stays_done(void **state)
{
    struct shop *s = *state;
    assert_int_equal(schedule(s, "'auto':true,'at':'06:00','daily':true"), 0);
    int64_t due_ms = local(s, 360);
    go_to(s, due_ms - HOUR);
    s->wall_ms += DAY + 2 * HOUR;
    s->wall_lead_ms = DAY + 2 * HOUR;
    shop_wait(s, 0);
    s->wall_ms += DAY;
    s->wall_lead_ms += DAY;
    shop_wait(s, 0);
    assert_int_equal(egg(s).restored_ms, due_ms + 2 * DAY);
    s->wall_ms -= 2 * DAY + 2 * HOUR;
    s->wall_lead_ms = 0;
    shop_wait(s, 0);
    assert_int_equal(egg(s).restored_ms, due_ms + DAY);
    go_to(s, due_ms + DAY + HOUR);
    assert_int_equal(shop_events(s, EVENT_RESTORE), 2);
    go_to(s, due_ms + 2 * DAY);
    assert_int_equal(shop_events(s, EVENT_RESTORE), 3);
}

/* A new box, or one whose clock has lost the time, hears of a restore before it hears what time it
 * is. */
static void a_clock_years_behind_doubts_no_restore_of_the_centers(void **state)
{
    struct shop *s = *state;
    assert_int_equal(schedule(s, "'auto':true,'at':'06:00','daily':true"), 0);
    int64_t due_ms = local(s, 360);
    struct center_word w = center_in(s, due_ms);
    s->wall_ms -= 1000 * DAY;
    center_says(s, &w);
    assert_int_equal(shop_events(s, EVENT_RESTORE), 1);
    s->wall_ms -= DAY; /* it looks at its timers anew */
    shop_wait(s, MINUTE);
    go_to(s, due_ms + HOUR);
    assert_int_equal(shop_events(s, EVENT_RESTORE), 1);
    assert_int_equal(egg(s).restored_ms, due_ms);
    go_to(s, due_ms + DAY);
    assert_int_equal(shop_events(s, EVENT_RESTORE), 2);
}

static void a_damaged_row_stops_no_other(void **state)
{
    struct shop *s = *state;
    struct object eggs = {OBJECT_SKU, 1003};
    struct key key = stock_key(eggs);
    struct txn *txn;
    struct books b;
    struct outcome out = {.code = CODE_OK};
    struct stock_row r;
    static const uint8_t SECRET[32] = {7};
    assert_int_equal(schedule(s, "'auto':true,'at':'06:00','daily':true"), 0);
    assert_int_equal(
        pos(s, "stock.schedule", "{'object_type':'2','object_id':'1002','auto':true,'at':'06:00'}"),
        0);
    struct command c = {.verb = VERB_TIMERS,
                        .who = {.role = ROLE_ADMIN},
                        .wall_ms = local(s, 360),
                        .uptime_ms = s->uptime_ms};
    arena_init(&out.arena, 1 << 20);
    assert_int_equal(txn_begin_write(s->store, &txn), PH_OK);
    txn_put(txn, TABLE_STOCK, key_bytes(&key), (struct bytes){"bad", 3});
    assert_int_equal(books_begin(&b, txn, &s->config, &s->scratch, SECRET), PH_OK);
    books_execute(&b, &c, &out);
    assert_int_equal(txn_error(txn), PH_OK);
    assert_int_equal(timer_set_for(txn, TIMER_RESTORE, timer_object_id(eggs)), c.wall_ms + HOUR);
    assert_true(stock_load(txn, (struct object){OBJECT_SKU, 1002}, &r));
    assert_int_equal(r.restored_ms, c.wall_ms);
    txn_abort(txn);
    arena_free(&out.arena);
}

/* ---- times of day ---- */

static void skipped_and_doubled_times_are_run_once(void **state)
{
    struct shop *s = *state;
    assert_int_equal(schedule(s, "'auto':true,'at':'02:30','daily':true"), 0);
    go_to(s, SPRING_MS - 1);
    int before = shop_events(s, EVENT_RESTORE);
    go_to(s, SPRING_MS); /* 02:00 becomes 03:00 */
    assert_int_equal(shop_events(s, EVENT_RESTORE), before + 1);
    assert_int_equal(egg(s).restored_ms, SPRING_MS);
    go_to(s, SPRING_MS + 23 * HOUR + 30 * MINUTE); /* 02:30 of the next day */
    assert_int_equal(shop_events(s, EVENT_RESTORE), before + 2);
    go_to(s, AUTUMN_MS - 31 * MINUTE);
    before = shop_events(s, EVENT_RESTORE);
    go_to(s, AUTUMN_MS - 30 * MINUTE); /* 02:30, for the first time */
    assert_int_equal(shop_events(s, EVENT_RESTORE), before + 1);
    go_to(s, AUTUMN_MS + 30 * MINUTE); /* 02:30 again */
    assert_int_equal(shop_events(s, EVENT_RESTORE), before + 1);
    go_to(s, AUTUMN_MS + 23 * HOUR + 30 * MINUTE + HOUR);
    assert_int_equal(shop_events(s, EVENT_RESTORE), before + 2);
}

static void a_time_that_is_skipped_next_begins_the_day_after_or_never(void **state)
{
    struct shop *s = *state;
    go_to(s, SPRING_MS - 12 * HOUR);
    int events = shop_events(s, EVENT_KIND_COUNT);
    assert_int_equal(schedule(s, "'auto':true,'at':'02:30'"), CODE_BAD_REQUEST);
    assert_non_null(strstr(s->out.detail, "02:30 is skipped"));
    assert_int_equal(shop_events(s, EVENT_KIND_COUNT), events);
    assert_int_equal(schedule(s, "'auto':true,'at':'02:30','daily':true"), 0);
    assert_int_equal(egg(s).restore_at_ms, SPRING_MS + 23 * HOUR + 30 * MINUTE);
    assert_int_equal(schedule(s, "'auto':true,'at':'03:00','daily':true"), 0);
    assert_int_equal(egg(s).restore_at_ms, SPRING_MS);
}

static void a_daily_time_that_has_passed_begins_with_the_next(void **state)
{
    struct shop *s = *state;
    char text[128];
    int64_t passed_ms = s->wall_ms - 50 * HOUR;
    int restores = shop_events(s, EVENT_RESTORE);
    snprintf(text, sizeof text, "'auto':true,'at_ms':%lld,'daily':true", (long long)passed_ms);
    assert_int_equal(schedule(s, text), 0);
    assert_int_equal(egg(s).restore_at_ms, passed_ms + 72 * HOUR);
    shop_wait(s, 1000);
    assert_int_equal(shop_events(s, EVENT_RESTORE), restores);
    go_to(s, passed_ms + 72 * HOUR);
    assert_int_equal(shop_events(s, EVENT_RESTORE), restores + 1);
}

static void schedules_are_checked(void **state)
{
    static const char *const BAD[] = {"'at':'06:00'",
                                      "'auto':true",
                                      "'auto':1,'at':'06:00'",
                                      "'auto':true,'at':'06:00','next_day':true",
                                      "'auto':true,'at':'06:00','at_ms':1900000000000",
                                      "'auto':true,'at':'24:00'",
                                      "'auto':true,'at':'6:00'",
                                      "'auto':true,'at':'06:00:00'",
                                      "'auto':true,'at_ms':0",
                                      "'auto':true,'at_ms':-5",
                                      "'auto':true,'at_ms':'1900000000000'",
                                      "'auto':true,'at_ms':1.5",
                                      "'auto':false,'at':'06:00'",
                                      "'auto':false,'daily':true"};
    struct shop *s = *state;
    char text[80];
    int events = shop_events(s, EVENT_KIND_COUNT);
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        assert_int_equal(schedule(s, BAD[i]), CODE_BAD_REQUEST);
    snprintf(text, sizeof text, "'auto':true,'at_ms':%lld", (long long)s->wall_ms);
    assert_int_equal(schedule(s, text), CODE_BAD_REQUEST);
    snprintf(text, sizeof text, "'auto':true,'at_ms':%lld",
             (long long)(s->wall_ms + LIMIT_SCHEDULE_MS + 1));
    assert_int_equal(schedule(s, text), CODE_BAD_REQUEST);
    assert_int_equal(kiosk(s, "stock.schedule", "{" EGG ",'auto':false}"), CODE_NOT_AUTHORIZED);
    assert_int_equal(shop_events(s, EVENT_KIND_COUNT), events);
    snprintf(text, sizeof text, "'auto':true,'at_ms':%lld", (long long)s->wall_ms + 1);
    assert_int_equal(schedule(s, text), 0);
    snprintf(text, sizeof text, "'auto':true,'at_ms':%lld",
             (long long)(s->wall_ms + LIMIT_SCHEDULE_MS));
    assert_int_equal(schedule(s, text), 0);
    assert_int_equal(schedule(s, "'auto':false"), 0);
    assert_int_equal(egg(s).auto_restore, 2);
    assert_int_equal(shop_next_timer(s), INT64_MAX);
}

static void another_schedule_takes_the_place_of_the_first(void **state)
{
    struct shop *s = *state;
    assert_int_equal(schedule(s, "'auto':true,'at':'06:00','daily':true"), 0);
    assert_int_equal(schedule(s, "'auto':true,'at':'05:00','daily':true"), 0);
    go_to(s, local(s, 300));
    go_to(s, local(s, 420));
    assert_int_equal(shop_events(s, EVENT_RESTORE), 1);
    assert_int_equal(pos(s, "stock.plan", "{" EGG ",'limited':true,'plan':'7'}"), 0);
    go_to(s, local(s, 300));
    assert_int_equal(shop_events(s, EVENT_RESTORE), 2);
    assert_int_equal(shop_real(s, 1003), 70);
}

/* ---- 400 days ---- */

struct days {
    struct shop *s;
    unsigned dice;
    int64_t done[512];
    size_t n;
};

static unsigned below(struct days *d, unsigned n)
{
    d->dice = d->dice * 1103515245 + 12345;
    return (d->dice >> 16) % n;
}

/* Each restore in the journal is of another due time, and the times only rise. */
static void note_restore(struct days *d)
{
    int64_t ms = egg(d->s).restored_ms;
    if (ms == 0 || (d->n && d->done[d->n - 1] == ms))
        return;
    assert_true(d->n == 0 || ms > d->done[d->n - 1]);
    assert_true(d->n < sizeof d->done / sizeof *d->done);
    d->done[d->n++] = ms;
    assert_int_equal(shop_events(d->s, EVENT_RESTORE), (int)d->n);
}

/* Two hours at a time, with the wall clock stepped by minutes or hours now and then, and the hub
 * down for up to a day and a half. */
static void live_on(struct days *d)
{
    struct shop *s = d->s;
    unsigned what = below(d, 50);
    int64_t span_ms = 2 * HOUR;
    if (what == 0)
        span_ms = (int64_t)below(d, 36 * 60) * MINUTE;
    else if (what == 1)
        s->wall_ms -= (int64_t)below(d, 180) * MINUTE;
    else if (what == 2)
        s->wall_ms += (int64_t)below(d, 180) * MINUTE;
    if (what == 0) { /* down */
        s->wall_ms += span_ms;
        s->uptime_ms += span_ms;
        shop_reopen(s);
        span_ms = 1;
    }
    shop_wait(s, span_ms);
    note_restore(d);
}

/* Every due time is one of those done, unless the hub was down until the next one was due too. */
static void four_hundred_days_miss_and_repeat_nothing(void **state)
{
    struct days d = {.s = *state, .dice = 2026};
    struct schedule daily;
    d.s->enrolled = true; /* so that no event is trimmed */
    assert_int_equal(schedule(d.s, "'auto':true,'at':'02:30','daily':true"), 0);
    daily = (struct schedule){egg(d.s).restore_at_ms, true};
    int64_t end_ms = d.s->wall_ms + 400 * DAY, due_ms = daily.first_ms;
    while (d.s->wall_ms < end_ms) {
        int64_t before_ms = d.s->wall_ms;
        live_on(&d);
        int64_t latest_ms = due_latest(&daily, &BERLIN, d.s->wall_ms);
        if (latest_ms > 0 && d.s->wall_ms >= before_ms)
            assert_true(egg(d.s).restored_ms >= latest_ms);
    }
    size_t missed = 0;
    for (size_t i = 0; i < d.n; i++) {
        for (; due_ms < d.done[i]; due_ms = due_next(&daily, &BERLIN, due_ms))
            missed++;
        assert_int_equal(d.done[i], due_ms);
        due_ms = due_next(&daily, &BERLIN, due_ms);
    }
    assert_true(d.n + missed >= 398);
    assert_true(missed < 20);
}

#define FIFTEEN_TEST(f) cmocka_unit_test_setup_teardown(f, setup_fifteen, shop_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIFTEEN_TEST(the_plan_is_there_again),
        FIFTEEN_TEST(a_command_is_restored_before_it_is_heard),
        FIFTEEN_TEST(once_is_once),
        FIFTEEN_TEST(orders_of_yesterday_settle_neutrally),
        FIFTEEN_TEST(the_event_names_cut_and_counters),
        FIFTEEN_TEST(after_downtime_only_the_latest_runs),
        FIFTEEN_TEST(a_release_that_downtime_missed_is_made_up_for),
        FIFTEEN_TEST(a_clock_that_goes_back_restores_nothing_twice),
        FIFTEEN_TEST(a_clock_a_day_ahead_keeps_what_it_did),
        FIFTEEN_TEST(what_a_restore_shares_out_is_the_rows_last_event),
        FIFTEEN_TEST(a_time_that_was_overtaken_cannot_be_scheduled),
        FIFTEEN_TEST(a_wild_clock_is_found_out),
        FIFTEEN_TEST(wild_is_more_than_two_days),
        FIFTEEN_TEST(what_the_center_has_too_was_no_wild_clocks),
        FIFTEEN_TEST(what_a_clock_did_before_it_was_wild_stays_done),
        FIFTEEN_TEST(a_clock_years_behind_doubts_no_restore_of_the_centers),
        FIFTEEN_TEST(a_clock_that_is_behind_finds_no_other_out),
        FIFTEEN_TEST(a_damaged_row_stops_no_other),
        FIFTEEN_TEST(skipped_and_doubled_times_are_run_once),
        FIFTEEN_TEST(a_time_that_is_skipped_next_begins_the_day_after_or_never),
        FIFTEEN_TEST(a_daily_time_that_has_passed_begins_with_the_next),
        FIFTEEN_TEST(schedules_are_checked),
        FIFTEEN_TEST(another_schedule_takes_the_place_of_the_first),
        FIFTEEN_TEST(four_hundred_days_miss_and_repeat_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
