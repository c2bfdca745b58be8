/* No flag outlives the commit that lets its item be sold: a thread that writes, and one that looks
 * all the time. A look is a snapshot, the flag, and a snapshot again: where both snapshots are the
 * same state and in it the item can be sold, a flag is a lie. */
#include "tests/unit/storage_scratch.h"

#include <pthread.h>
#include <stdatomic.h>

#include "edge/books/menu.h"
#include "edge/clerk.h"

#define ITEM          1003
#define STATES        300 /* that are committed */
#define LATE_STATES   40  /* one is enough to be found out */
#define LOOKS_A_STATE 3

static const struct object HOT = {OBJECT_SKU, ITEM};

struct looker {
    struct store *store;
    struct exhausted *exhausted;
    atomic_uint looks;
    unsigned lies, flags; /* flags: seen while nothing could be sold */
};

struct state {
    uint64_t number; /* of the commit; 0: none yet */
    bool sells;
};

/* ---- the module alone ---- */

/* The number of a state stands in the row's plan. */
static struct state row_state_now(struct store *store)
{
    struct stock_row r;
    struct txn *txn;
    assert_int_equal(txn_begin_read(store, &txn), PH_OK);
    stock_load(txn, HOT, &r);
    txn_abort(txn);
    return (struct state){(uint64_t)r.plan_t, stock_avail(&r, CHANNEL_KIOSK) >= 10};
}

static void look(struct looker *l, struct state (*now)(struct store *))
{
    struct state before = now(l->store);
    bool hit = exhausted_hit(l->exhausted, ITEM, CHANNEL_KIOSK, 10);
    struct state after = now(l->store);
    l->lies += hit && before.sells && before.number == after.number;
    l->flags += hit && !before.sells;
    atomic_fetch_add(&l->looks, 1);
}

struct hammer {
    struct looker looker;
    int states;
    bool late; /* the planted bug: flags fall after the commit */
    atomic_bool done;
};

static void let_look(struct hammer *h)
{
    unsigned from = atomic_load(&h->looker.looks);
    while (atomic_load(&h->looker.looks) - from < LOOKS_A_STATE)
        sched_yield();
}

static void commit_state(struct hammer *h, int number)
{
    struct stock_row r;
    struct txn *txn;
    bool sells = number % 2 == 0;
    struct exhausted *x = h->looker.exhausted;
    stock_plain(HOT, &r);
    r.type = STOCK_LIMITED;
    r.plan_t = number;
    r.base_t = sells ? 10 : 0;
    if (txn_begin_write(h->looker.store, &txn) != PH_OK)
        abort();
    if (!h->late)
        exhausted_row(x, &r);
    if (!sells)
        exhausted_note(x, ITEM, HOT, CHANNEL_KIOSK, 0);
    stock_save(txn, &r);
    if (txn_commit(txn) != PH_OK)
        abort();
    if (h->late) {
        let_look(h);
        exhausted_row(x, &r);
    }
    exhausted_committed(x);
}

static void *write_states(void *arg)
{
    struct hammer *h = arg;
    for (int n = 1; n <= h->states; n++) {
        commit_state(h, n);
        let_look(h);
    }
    atomic_store(&h->done, true);
    return NULL;
}

static struct looker hammer(int states, bool late)
{
    struct scratch s;
    pthread_t writer;
    static struct hammer h;
    scratch_begin(&s);
    h = (struct hammer){.looker = {.store = s.store, .exhausted = exhausted_create()},
                        .states = states,
                        .late = late};
    assert_non_null(h.looker.exhausted);
    assert_int_equal(pthread_create(&writer, NULL, write_states, &h), 0);
    while (!atomic_load(&h.done))
        look(&h.looker, row_state_now);
    pthread_join(writer, NULL);
    exhausted_destroy(h.looker.exhausted);
    assert_int_equal(scratch_end(&s), 0);
    return h.looker;
}

static void a_flag_never_outlives_the_commit_that_sells(void **state)
{
    (void)state;
    struct looker l = hammer(STATES, false);
    assert_int_equal(l.lies, 0);
    assert_true(l.flags > 0);
}

static void a_flag_that_falls_after_the_commit_is_found(void **state)
{
    (void)state;
    assert_true(hammer(LATE_STATES, true).lies > 0);
}

/* ---- the hub's writer, with the books ---- */

static const char MENU[] =
    "{\"currency\":\"EUR\",\"items\":[{\"object_id\":\"1003\",\"name\":\"Egg\","
    "\"price\":\"1.0000\"}]}";

struct shift {
    struct scratch s;
    uv_loop_t loop;
    struct clerk clerk;
    struct books_config config;
    struct clock clock;
    struct journal boot;
    struct looker looker;
    bool answered;
    enum code code;
    int asked;
};

static void on_done(void *ctx)
{
    struct shift *w = ctx;
    struct job *job = clerk_take(&w->clerk);
    if (job == NULL)
        return;
    assert_null(job->next);
    w->code = request_of(job)->outcome.code;
    w->answered = true;
}

static struct state journal_state_now(struct store *store)
{
    struct stock_row r;
    struct journal j;
    struct txn *txn;
    assert_int_equal(txn_begin_read(store, &txn), PH_OK);
    assert_true(journal_load(&j, txn));
    stock_load(txn, HOT, &r);
    txn_abort(txn);
    return (struct state){j.head.at.seq, stock_avail(&r, CHANNEL_KIOSK) >= 10};
}

/* Looks all the time until it is answered. */
static enum code ask(struct shift *w, struct command command)
{
    char req_id[16];
    struct request_pool pool = {0};
    struct request *r = request_take(&pool);
    assert_non_null(r);
    snprintf(req_id, sizeof(req_id), "r-%d", w->asked++);
    command.req_id = str_of(req_id);
    command.who = (struct caller){.device = STR("kiosk-1"), .role = ROLE_ADMIN};
    command.object = HOT;
    command.channel = CHANNEL_KIOSK;
    command.wall_ms = clock_wall_ms(&w->clock);
    command.uptime_ms = clock_uptime_ms(&w->clock);
    r->command = command;
    w->answered = false;
    assert_int_equal(writer_submit(w->clerk.writer, &r->job), PH_OK);
    while (!w->answered) {
        look(&w->looker, journal_state_now);
        uv_run(&w->loop, UV_RUN_NOWAIT);
    }
    request_give(&pool, r);
    request_pool_trim(&pool, 0);
    return w->code;
}

static enum code place(struct shift *w)
{
    char order_id[16];
    struct line_request line = {.line = 1, .object_id = ITEM, .qty_t = 10};
    snprintf(order_id, sizeof(order_id), "o-%d", w->asked);
    return ask(w, (struct command){.verb = VERB_ORDER_PLACE,
                                   .order_id = str_of(order_id),
                                   .lines = &line,
                                   .n_lines = 1});
}

static void import_menu(struct shift *w)
{
    char why[JSON_WHY];
    struct json *menu = json_parse(MENU, strlen(MENU), &JSON_IMPORT, why);
    assert_non_null(menu);
    assert_int_equal(ask(w, (struct command){.verb = VERB_MENU_IMPORT, .body = menu}), CODE_OK);
    json_free(menu);
}

static int begin_shift(void **state)
{
    struct shift *w = calloc(1, sizeof(*w));
    assert_non_null(w);
    scratch_begin(&w->s);
    w->config = BOOKS_DEFAULTS;
    w->looker = (struct looker){.store = w->s.store, .exhausted = exhausted_create()};
    assert_int_equal(clerk_boot(w->s.store, &w->config, &w->clock, "", 0, &w->boot), PH_OK);
    uv_loop_init(&w->loop);
    clerk_init(&w->clerk, &w->loop, on_done, w);
    assert_int_equal(clerk_open(&w->clerk, w->s.store, &w->config, w->looker.exhausted), PH_OK);
    import_menu(w);
    *state = w;
    return 0;
}

static int end_shift(void **state)
{
    struct shift *w = *state;
    clerk_drain(&w->clerk);
    clerk_fini(&w->clerk);
    uv_run(&w->loop, UV_RUN_DEFAULT);
    uv_loop_close(&w->loop);
    exhausted_destroy(w->looker.exhausted);
    int left = scratch_end(&w->s);
    free(w);
    return left;
}

static bool is_flagged(const struct shift *w)
{
    return exhausted_hit(w->looker.exhausted, ITEM, CHANNEL_KIOSK, 10);
}

static void the_writer_flags_and_frees(void **state)
{
    struct shift *w = *state;
    for (int n = 0; n < STATES / 6; n++) {
        assert_int_equal(ask(w, (struct command){.verb = VERB_STOCK_SOLD_OUT}), CODE_OK);
        assert_false(is_flagged(w));
        assert_int_equal(place(w), CODE_SOLD_OUT);
        assert_true(is_flagged(w));
        assert_int_equal(ask(w, (struct command){.verb = VERB_STOCK_ON_SALE}), CODE_OK);
        assert_false(is_flagged(w));
        assert_int_equal(place(w), CODE_OK);
    }
    assert_int_equal(w->looker.lies, 0);
    assert_true(w->looker.flags > 0);
}

static void a_menu_frees_all(void **state)
{
    struct shift *w = *state;
    assert_int_equal(ask(w, (struct command){.verb = VERB_STOCK_SOLD_OUT}), CODE_OK);
    assert_int_equal(place(w), CODE_SOLD_OUT);
    assert_true(is_flagged(w));
    import_menu(w);
    assert_false(is_flagged(w));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flag_never_outlives_the_commit_that_sells),
        cmocka_unit_test(a_flag_that_falls_after_the_commit_is_found),
        cmocka_unit_test_setup_teardown(the_writer_flags_and_frees, begin_shift, end_shift),
        cmocka_unit_test_setup_teardown(a_menu_frees_all, begin_shift, end_shift),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
