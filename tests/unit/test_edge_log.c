/* edge/log: which lines the journal gets as faults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "edge/log.h"

static void a_line_that_names_a_fault_has_its_id(void **state)
{
    char fault[LOG_FAULT], id[LOG_ID];
    (void)state;
    assert_true(log_fault("alert id=cloud code=PH-2101 text=\"..\"", fault, id));
    assert_string_equal(fault, "PH-2101");
    assert_int_equal(strlen(id), 32);
    assert_string_equal(id + 28, "2101");
    assert_int_equal(strspn(id, "0123456789abcdef"), 32);
}

static void other_lines_have_none(void **state)
{
    static const char *const LINES[] = {"",
                                        "ready boot=1",
                                        "stopped code=0",
                                        "x code=PH-",
                                        "x code=PH-21",
                                        "x code=PH-21x1",
                                        "x zipcode=PH-2101"};
    char fault[LOG_FAULT], id[LOG_ID];
    (void)state;
    for (size_t i = 0; i < sizeof LINES / sizeof LINES[0]; i++)
        assert_false(log_fault(LINES[i], fault, id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_that_names_a_fault_has_its_id),
        cmocka_unit_test(other_lines_have_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
