/* sync/name: a look-up with a deadline, of names that need no network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sync/name.h"

#define WAIT_MS 5000

static atomic_bool going, stopped = true;

static void what_is_an_address_needs_no_look_up(void **state)
{
    static const char *const ADDRESSES[] = {"127.0.0.1", "::1"};
    (void)state;
    for (size_t i = 0; i < sizeof(ADDRESSES) / sizeof(ADDRESSES[0]); i++) {
        struct name n = {.host = ADDRESSES[i]};
        assert_true(name_known(&n, 0, &going));
        assert_true(name_known(&n, 0, &stopped));
        assert_null(n.query);
        name_end(&n);
    }
}

/* ThreadSanitizer does not survive the threads that the library starts for look-ups. */
#ifndef __SANITIZE_THREAD__
static void what_has_an_address_is_known(void **state)
{
    (void)state;
    struct name n = {.host = "localhost"};
    for (int i = 0; i < 3; i++)
        assert_true(name_known(&n, WAIT_MS, &going));
    assert_null(n.query);
    name_end(&n);
}

static void what_has_none_is_not(void **state)
{
    (void)state;
    struct name n = {.host = "no host has blanks"};
    assert_false(name_known(&n, WAIT_MS, &going));
    name_end(&n);
    name_end(&n);
}

/* One that is under way is asked for again, or left behind. */
static void whoever_must_stop_waits_for_nothing(void **state)
{
    (void)state;
    struct name n = {.host = "localhost"};
    name_known(&n, WAIT_MS, &stopped);
    name_known(&n, 0, &going);
    assert_true(name_known(&n, WAIT_MS, &going));
    name_known(&n, 0, &going);
    name_end(&n);
    assert_null(n.query);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_an_address_needs_no_look_up),
#ifndef __SANITIZE_THREAD__
        cmocka_unit_test(what_has_an_address_is_known),
        cmocka_unit_test(what_has_none_is_not),
        cmocka_unit_test(whoever_must_stop_waits_for_nothing),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
