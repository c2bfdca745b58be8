/* sync/queue: letters arrive once and in order; a full queue refuses and never waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "sync/queue.h"

struct note {
    struct letter letter;
    int n;
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int number(struct letter *letter)
{
    return letter ? ((struct note *)letter)->n : 0;
}

static void letters_come_in_the_order_they_went(void **state)
{
    (void)state;
    struct note notes[3] = {{.n = 1}, {.n = 2}, {.n = 3}};
    struct queue *q = queue_create(10, NULL, NULL);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 3; i++)
            assert_int_equal(queue_put(q, &notes[i].letter), PH_OK);
        assert_int_equal(queue_length(q), 3);
        assert_int_equal(number(queue_take(q)), 1);
        assert_int_equal(number(queue_wait(q, 0)), 2);
        assert_int_equal(number(queue_take(q)), 3);
        assert_null(queue_take(q));
    }
    queue_destroy(q);
}

static void a_full_queue_refuses_and_keeps_what_it_has(void **state)
{
    (void)state;
    struct note notes[3] = {{.n = 1}, {.n = 2}, {.n = 3}};
    struct queue *q = queue_create(2, NULL, NULL);
    assert_int_equal(queue_put(q, &notes[0].letter), PH_OK);
    assert_int_equal(queue_put(q, &notes[1].letter), PH_OK);
    assert_int_equal(queue_put(q, &notes[2].letter), PH_ERR_BUSY);
    assert_int_equal(number(queue_take(q)), 1);
    assert_int_equal(queue_put(q, &notes[2].letter), PH_OK);
    assert_int_equal(number(queue_take(q)), 2);
    assert_int_equal(number(queue_take(q)), 3);
    queue_destroy(q);
}

static void waiting_ends_with_its_time(void **state)
{
    (void)state;
    struct queue *q = queue_create(1, NULL, NULL);
    int64_t began_ms = now_ms();
    assert_null(queue_wait(q, 0));
    assert_true(now_ms() - began_ms < 100);
    assert_null(queue_wait(q, 50));
    assert_true(now_ms() - began_ms >= 50);
    queue_destroy(q);
}

static void a_closed_queue_gives_out_what_it_has(void **state)
{
    (void)state;
    struct note one = {.n = 1}, two = {.n = 2};
    struct queue *q = queue_create(2, NULL, NULL);
    queue_put(q, &one.letter);
    assert_false(queue_closed(q));
    queue_close(q);
    assert_true(queue_closed(q));
    assert_int_equal(queue_put(q, &two.letter), PH_ERR_BUSY);
    assert_int_equal(number(queue_wait(q, -1)), 1);
    assert_null(queue_wait(q, -1));
    queue_destroy(q);
}

static void *close_soon(void *q)
{
    usleep(50000);
    queue_close(q);
    return NULL;
}

static void closing_wakes_whoever_waits(void **state)
{
    (void)state;
    pthread_t thread;
    struct queue *q = queue_create(1, NULL, NULL);
    assert_int_equal(pthread_create(&thread, NULL, close_soon, q), 0);
    assert_null(queue_wait(q, -1));
    pthread_join(thread, NULL);
    queue_destroy(q);
}

/* ---- there and back through a thread, as the shell and the cloud line do ---- */

#define NOTES 20000

struct echo {
    struct queue *to_thread, *to_loop;
    atomic_uint wakes;
};

static void wake(void *ctx)
{
    atomic_fetch_add(&((struct echo *)ctx)->wakes, 1);
}

static void *echo_thread(void *ctx)
{
    struct echo *e = ctx;
    struct letter *letter;
    while ((letter = queue_wait(e->to_thread, -1)))
        while (queue_put(e->to_loop, letter) == PH_ERR_BUSY)
            usleep(100);
    return NULL;
}

static int put_while_room(struct echo *e, struct note *notes, int sent)
{
    while (sent < NOTES && queue_put(e->to_thread, &notes[sent].letter) == PH_OK)
        sent++;
    return sent;
}

static void every_letter_goes_there_and_back_once(void **state)
{
    (void)state;
    static struct note notes[NOTES];
    struct echo e = {.wakes = 0};
    pthread_t thread;
    int sent = 0, back = 0;
    for (int i = 0; i < NOTES; i++)
        notes[i].n = i;
    e.to_thread = queue_create(16, NULL, NULL);
    e.to_loop = queue_create(8, wake, &e);
    assert_int_equal(pthread_create(&thread, NULL, echo_thread, &e), 0);
    while (back < NOTES) {
        sent = put_while_room(&e, notes, sent);
        for (struct letter *l; (l = queue_take(e.to_loop)); back++)
            assert_int_equal(((struct note *)l)->n, back);
    }
    queue_close(e.to_thread);
    pthread_join(thread, NULL);
    assert_int_equal(atomic_load(&e.wakes), NOTES);
    queue_destroy(e.to_thread);
    queue_destroy(e.to_loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_come_in_the_order_they_went),
        cmocka_unit_test(a_full_queue_refuses_and_keeps_what_it_has),
        cmocka_unit_test(waiting_ends_with_its_time),
        cmocka_unit_test(a_closed_queue_gives_out_what_it_has),
        cmocka_unit_test(closing_wakes_whoever_waits),
        cmocka_unit_test(every_letter_goes_there_and_back_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
