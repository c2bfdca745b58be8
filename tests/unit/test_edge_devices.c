/* edge/devices: for how long a device that was added is waited for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edge/devices.h"

#define ADDED_MS INT64_C(1780000000000)

static struct device added(void)
{
    return (struct device){.row = {.added_at_ms = ADDED_MS}};
}

static void a_new_device_is_awaited_for_a_day(void **state)
{
    (void)state;
    struct device d = added();
    assert_true(device_awaited(&d, ADDED_MS));
    assert_true(device_awaited(&d, ADDED_MS + DEVICE_NEW_MS - 1));
    assert_false(device_awaited(&d, ADDED_MS + DEVICE_NEW_MS));
}

static void one_that_was_there_is_not(void **state)
{
    (void)state;
    struct device online = added(), met = added(), asked = added(), probe = added();
    online.online = met.met = probe.probe = true;
    asked.last_seen_ms = ADDED_MS + 1;
    assert_false(device_awaited(&online, ADDED_MS + 1));
    assert_false(device_awaited(&met, ADDED_MS + 1));
    assert_false(device_awaited(&asked, ADDED_MS + 1));
    assert_false(device_awaited(&probe, ADDED_MS + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_device_is_awaited_for_a_day),
        cmocka_unit_test(one_that_was_there_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
