/* edge/remote: what the center decides rules while it is there, and a quarter of an hour longer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edge/remote.h"

static struct cloud_settings decided(uint64_t rev)
{
    struct cloud_settings s = {.rev = rev, .device = {true, 5, 10}};
    s.verbs[VERB_ORDER_LIST] = (struct cloud_rate){true, 0, 0};
    s.channels[CHANNEL_KIOSK] = (struct cloud_channel){true, false, true, 60};
    return s;
}

static void it_rules_while_the_center_is_there(void **state)
{
    (void)state;
    struct remote r = {0};
    struct cloud_settings one = decided(1);
    assert_false(remote_look(&r, 0));
    assert_null(remote_now(&r));
    remote_say(&r, &one, 1000);
    assert_true(remote_look(&r, 1000));
    assert_int_equal(remote_now(&r)->rev, 1);
    remote_hear(&r, 50000);
    assert_false(remote_look(&r, 50000 + REMOTE_KEEP_MS));
    assert_non_null(remote_now(&r));
    assert_true(remote_look(&r, 50000 + REMOTE_KEEP_MS + 1));
    assert_null(remote_now(&r));
    remote_hear(&r, 50000 + REMOTE_KEEP_MS + 2);
    assert_true(remote_look(&r, 50000 + REMOTE_KEEP_MS + 2));
    assert_int_equal(remote_now(&r)->rev, 1);
}

static void only_what_is_new_is_a_change(void **state)
{
    (void)state;
    struct remote r = {0};
    struct cloud_settings one = decided(1), two = decided(2), none = {0};
    remote_say(&r, &one, 0);
    assert_true(remote_look(&r, 0));
    remote_say(&r, &one, 10);
    assert_false(remote_look(&r, 10));
    remote_say(&r, &two, 20);
    assert_true(remote_look(&r, 20));
    assert_int_equal(remote_now(&r)->rev, 2);
    remote_say(&r, &none, 30);
    assert_true(remote_look(&r, 30));
    assert_null(remote_now(&r));
}

static void what_is_not_said_stays_the_hubs_own(void **state)
{
    (void)state;
    struct cloud_settings one = decided(1);
    struct limits_config local = {.global = {2000, 4000}, .device = {50, 100}};
    struct channel_setting own[CHANNEL_COUNT] = {[CHANNEL_KIOSK] = {.ticket_at_place = true,
                                                                    .expiry_ms = 300000},
                                                 [CHANNEL_POS] = {.expiry_ms = 7}},
                           out[CHANNEL_COUNT];
    local.verbs[VERB_ORDER_LIST] = (struct rate){20, 40};
    struct limits_config l = remote_limits(&local, &one);
    assert_int_equal(l.global.per_s, 2000);
    assert_int_equal(l.device.per_s, 5);
    assert_int_equal(l.device.burst, 10);
    assert_int_equal(l.verbs[VERB_ORDER_LIST].per_s, 0);
    assert_int_equal(remote_limits(&local, NULL).device.per_s, 50);
    remote_channels(own, &one, out);
    assert_true(out[CHANNEL_KIOSK].closed && out[CHANNEL_KIOSK].ticket_at_place);
    assert_int_equal(out[CHANNEL_KIOSK].expiry_ms, 60000);
    assert_false(out[CHANNEL_POS].closed);
    assert_int_equal(out[CHANNEL_POS].expiry_ms, 7);
    remote_channels(own, NULL, out);
    assert_false(out[CHANNEL_KIOSK].closed);
    assert_int_equal(out[CHANNEL_KIOSK].expiry_ms, 300000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_rules_while_the_center_is_there),
        cmocka_unit_test(only_what_is_new_is_a_change),
        cmocka_unit_test(what_is_not_said_stays_the_hubs_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
