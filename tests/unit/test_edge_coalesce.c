/* When a retained topic goes out, in virtual milliseconds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "edge/coalesce.h"
#include "edge/live.h"
#include "proto/limits.h"

#define T0   5000
#define OPEN 1 /* marks: a channel may sell */

static const struct live_key COLA = {1044, OBJECT_SKU, LIVE_STOCK},
                             PIZZA = {1001, OBJECT_SKU, LIVE_STOCK};

static struct coalesce c;

static int setup(void **state)
{
    (void)state;
    coalesce_init(&c, 1000);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    coalesce_fini(&c);
    return 0;
}

/* One change; true when it went out at once. */
static bool change(struct live_key key, uint64_t hash, int64_t at_ms)
{
    struct live_key due;
    assert_true(coalesce_touch(&c, key, OPEN, at_ms));
    if (!coalesce_next(&c, at_ms, &due))
        return false;
    assert_int_equal(due.id, key.id);
    return coalesce_differs(&c, due, hash, at_ms);
}

static void a_quiet_topic_goes_out_at_once(void **state)
{
    (void)state;
    assert_true(change(COLA, 11, T0));
    assert_true(change(COLA, 12, T0 + LIMIT_COALESCE_MS));
    assert_int_equal(coalesce_wait_ms(&c, T0), -1);
}

static void a_busy_topic_goes_out_every_200_ms_with_its_newest_state(void **state)
{
    (void)state;
    struct live_key due;
    assert_true(change(COLA, 11, T0));
    for (int64_t t = T0 + 1; t < T0 + LIMIT_COALESCE_MS; t += 20)
        assert_false(change(COLA, 12, t));
    assert_int_equal(coalesce_wait_ms(&c, T0 + 150), 50);
    assert_false(coalesce_next(&c, T0 + 199, &due));
    assert_true(coalesce_next(&c, T0 + 200, &due));
    assert_true(coalesce_differs(&c, due, 12, T0 + 200));
    assert_false(coalesce_next(&c, T0 + 200, &due));
    assert_false(change(COLA, 13, T0 + 201));
}

static void a_patient_topic_waits_though_it_was_quiet(void **state)
{
    (void)state;
    struct live_key due, order = {7, 0, LIVE_ORDER};
    assert_true(coalesce_touch_patiently(&c, order, T0));
    assert_int_equal(coalesce_wait_ms(&c, T0), LIMIT_COALESCE_MS);
    assert_false(coalesce_next(&c, T0 + LIMIT_COALESCE_MS - 1, &due));
    assert_true(coalesce_touch_patiently(&c, order, T0 + 150)); /* does not put it off again */
    assert_true(coalesce_next(&c, T0 + LIMIT_COALESCE_MS, &due));
    assert_int_equal(due.id, order.id);
    assert_false(coalesce_next(&c, T0 + LIMIT_COALESCE_MS, &due));
}

static void an_order_that_came_and_went_while_it_waited_is_never_told(void **state)
{
    (void)state;
    struct live_key due, order = {7, 0, LIVE_ORDER};
    assert_true(coalesce_touch_patiently(&c, order, T0));
    assert_true(coalesce_next(&c, T0 + LIMIT_COALESCE_MS, &due));
    assert_false(coalesce_differs(&c, due, COALESCE_EMPTY, T0 + LIMIT_COALESCE_MS));
}

static void the_same_content_does_not_go_out_again(void **state)
{
    (void)state;
    assert_true(change(COLA, 11, T0));
    assert_false(change(COLA, 11, T0 + 1000));
    assert_true(change(COLA, 12, T0 + 1001));
}

static void emptying_goes_out_once_and_only_when_something_was_there(void **state)
{
    (void)state;
    assert_false(change(COLA, COALESCE_EMPTY, T0));
    assert_true(change(COLA, 11, T0 + 1000));
    assert_true(change(COLA, COALESCE_EMPTY, T0 + 2000));
    assert_false(change(COLA, COALESCE_EMPTY, T0 + 3000));
}

static void sold_out_overtakes_what_waits(void **state)
{
    (void)state;
    struct live_key due;
    assert_true(change(PIZZA, 21, T0));
    assert_true(change(COLA, 11, T0));
    assert_true(coalesce_touch(&c, PIZZA, OPEN, T0 + 10));
    assert_true(coalesce_touch(&c, COLA, LIVE_CLOSED, T0 + 20));
    assert_true(coalesce_next(&c, T0 + 500, &due));
    assert_int_equal(due.id, COLA.id);
    assert_true(coalesce_next(&c, T0 + 500, &due));
    assert_int_equal(due.id, PIZZA.id);
}

static void urgency_counts_for_a_topic_that_waits_already(void **state)
{
    (void)state;
    struct live_key due;
    assert_true(change(PIZZA, 21, T0));
    assert_true(change(COLA, 11, T0));
    assert_true(coalesce_touch(&c, PIZZA, OPEN, T0 + 10));
    assert_true(coalesce_touch(&c, COLA, OPEN, T0 + 20));
    assert_true(coalesce_touch(&c, COLA, LIVE_CLOSED, T0 + 30));
    assert_true(coalesce_next(&c, T0 + 500, &due));
    assert_int_equal(due.id, COLA.id);
}

static void memory_is_bounded_and_doubt_publishes(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= 20000; i++) {
        struct live_key order = {i, 0, LIVE_ORDER};
        assert_true(change(order, i, T0 + (int64_t)i * 10));
    }
    assert_true(c.cap <= 4096);
    struct live_key forgotten = {1, 0, LIVE_ORDER};
    assert_true(change(forgotten, COALESCE_EMPTY, T0 + 300000));
    assert_false(change(forgotten, COALESCE_EMPTY, T0 + 301000));
}

static void thousands_of_topics_keep_their_own_states(void **state)
{
    (void)state;
    coalesce_fini(&c);
    coalesce_init(&c, 65536);
    for (uint64_t i = 1; i <= 10000; i++)
        assert_true(change((struct live_key){i, OBJECT_SKU, LIVE_STOCK}, i + 7, T0));
    for (uint64_t i = 1; i <= 10000; i++)
        assert_false(change((struct live_key){i, OBJECT_SKU, LIVE_STOCK}, i + 7, T0 + 1000));
    size_t all, open;
    coalesce_count(&c, LIVE_STOCK, OPEN, &all, &open);
    assert_int_equal(all, 10000);
    assert_int_equal(open, 10000);
}

static uint64_t hash_of(const char *text)
{
    char copy[256];
    strncpy(copy, text, sizeof(copy) - 1);
    struct live l = {.text = {.p = copy, .n = strlen(text), .cap = sizeof(copy)}};
    return live_hash(&l);
}

static void position_and_countdown_are_not_content(void **state)
{
    (void)state;
    uint64_t h = hash_of("{\"a\":1,\"expires_in_ms\":300000,\"b\":2,\"at\":[1,7,\"00aa\"]}");
    assert_true(h == hash_of("{\"a\":1,\"expires_in_ms\":17,\"b\":2,\"at\":[1,8,\"11bb\"]}"));
    assert_true(h != hash_of("{\"a\":1,\"expires_in_ms\":17,\"b\":3,\"at\":[1,8,\"11bb\"]}"));
    assert_true(h != hash_of("{\"a\":2,\"expires_in_ms\":17,\"b\":2,\"at\":[1,8,\"11bb\"]}"));
    assert_true(hash_of("") == COALESCE_EMPTY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_quiet_topic_goes_out_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_busy_topic_goes_out_every_200_ms_with_its_newest_state,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_patient_topic_waits_though_it_was_quiet, setup, teardown),
        cmocka_unit_test_setup_teardown(an_order_that_came_and_went_while_it_waited_is_never_told,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(the_same_content_does_not_go_out_again, setup, teardown),
        cmocka_unit_test_setup_teardown(emptying_goes_out_once_and_only_when_something_was_there,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(sold_out_overtakes_what_waits, setup, teardown),
        cmocka_unit_test_setup_teardown(urgency_counts_for_a_topic_that_waits_already, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(memory_is_bounded_and_doubt_publishes, setup, teardown),
        cmocka_unit_test_setup_teardown(thousands_of_topics_keep_their_own_states, setup, teardown),
        cmocka_unit_test(position_and_countdown_are_not_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
