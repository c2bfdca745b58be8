/* edge/cloud_cause: whatever stands in the way has a code and something to do about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "edge/cloud_cause.h"

static void expect(struct session_facts f, const char *code, bool final)
{
    struct cloud_cause cause = cloud_cause(&f);
    assert_string_equal(cause.code, code);
    assert_true(cause.action[0] != 0);
    assert_int_equal(cause.final, final);
}

static void each_trouble_has_its_code(void **state)
{
    (void)state;
    expect((struct session_facts){.trouble = UPLINK_NO_ANSWER, .line = HTTPS_NO_NAME}, "PH-2101",
           false);
    expect((struct session_facts){.trouble = UPLINK_NO_ANSWER, .line = HTTPS_CLOCK}, "PH-2107",
           false);
    expect((struct session_facts){.trouble = UPLINK_NO_ANSWER, .line = HTTPS_NO_TRUST}, "PH-2107",
           false);
    expect((struct session_facts){.trouble = UPLINK_REFUSED}, "PH-2102", false);
    expect((struct session_facts){.trouble = UPLINK_NONSENSE}, "PH-2103", false);
    expect((struct session_facts){.trouble = UPLINK_FENCED, .state = UPLINK_HALTED}, "PH-2104",
           true);
    expect((struct session_facts){.trouble = UPLINK_FORKED, .state = UPLINK_HALTED}, "PH-2104",
           true);
}

static void each_fault_on_this_side_has_its_code(void **state)
{
    (void)state;
    expect((struct session_facts){.fault = SESSION_DAMAGED}, "PH-2105", true);
    expect((struct session_facts){.fault = SESSION_PAUSED}, "PH-2108", true);
    expect((struct session_facts){.fault = SESSION_TOKEN}, "PH-2111", true);
}

/* The hub gets out of it by itself, so it is said only when it lasts. */
static void a_claim_under_way_is_no_reason_to_hurry(void **state)
{
    (void)state;
    expect((struct session_facts){.fault = SESSION_EPOCH, .state = UPLINK_HALTED}, "PH-2109",
           false);
    expect((struct session_facts){.fault = SESSION_CLAIM}, "PH-2109", false);
}

/* The line still stands as it did before the claim, until it is opened anew. */
static void a_claim_that_was_granted_is_no_news_of_the_old_line(void **state)
{
    (void)state;
    expect((struct session_facts){.trouble = UPLINK_FINE, .state = UPLINK_HALTED}, "PH-2101",
           false);
}

static void a_hub_that_is_fenced_does_not_say_that_it_sells(void **state)
{
    (void)state;
    char text[ALERT_TEXT];
    const struct session_facts quiet[] = {{.trouble = UPLINK_FENCED},
                                          {.trouble = UPLINK_FORKED},
                                          {.trouble = UPLINK_NO_ANSWER, .fenced = true},
                                          {.fault = SESSION_TOKEN, .fenced = true}};
    for (size_t i = 0; i < sizeof(quiet) / sizeof(quiet[0]); i++) {
        cloud_cause_text(&quiet[i], 0, text);
        assert_null(strstr(text, "sell"));
    }
}

static void the_text_says_for_how_long_and_why(void **state)
{
    (void)state;
    char text[ALERT_TEXT];
    struct session_facts f = {.trouble = UPLINK_NO_ANSWER, .line = HTTPS_NO_CONNECTION};
    cloud_cause_text(&f, 3600000 + 62000, text);
    assert_string_equal(text, "Cloud down for 01:01:02: the center could not be reached. "
                              "The store goes on selling.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_trouble_has_its_code),
        cmocka_unit_test(each_fault_on_this_side_has_its_code),
        cmocka_unit_test(a_claim_under_way_is_no_reason_to_hurry),
        cmocka_unit_test(a_claim_that_was_granted_is_no_news_of_the_old_line),
        cmocka_unit_test(a_hub_that_is_fenced_does_not_say_that_it_sells),
        cmocka_unit_test(the_text_says_for_how_long_and_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
