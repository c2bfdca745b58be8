/* What the box is called, as far as that can be told on any box. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "edge/box_names.h"

static bool has(const struct box_names *names, const char *name)
{
    for (size_t i = 0; i < names->n; i++) {
        if (strcmp(names->list[i], name) == 0)
            return true;
    }
    return false;
}

static void added_names_stand_first_and_once(void **state)
{
    (void)state;
    struct box_names names;
    box_names_read("front.example, fd00::8  front.example,localhost,", &names);
    assert_string_equal(names.list[0], "front.example");
    assert_string_equal(names.list[1], "fd00::8");
    assert_string_equal(names.list[2], "localhost");
    for (size_t i = 3; i < names.n; i++)
        assert_string_not_equal(names.list[i], "localhost");
}

static void the_loopback_is_always_there(void **state)
{
    (void)state;
    struct box_names names;
    box_names_read("", &names);
    assert_true(has(&names, "localhost"));
    assert_true(has(&names, "127.0.0.1"));
}

static void too_many_and_too_long_names_are_left_out(void **state)
{
    (void)state;
    char text[BOX_NAMES * 8 + 2 * BOX_NAME] = "", *p = text;
    struct box_names names;
    memset(p, 'x', BOX_NAME);
    p += BOX_NAME;
    for (int i = 0; i < BOX_NAMES + 1; i++) {
        *p++ = ',';
        *p++ = (char)('a' + i / 26);
        *p++ = (char)('a' + i % 26);
    }
    *p = 0;
    box_names_read(text, &names);
    assert_int_equal(names.n, BOX_NAMES);
    assert_string_equal(names.list[0], "aa");
}

static void the_box_has_one_address_for_devices(void **state)
{
    (void)state;
    char text[BOX_NAME];
    struct in_addr address;
    box_address(text);
    assert_int_equal(inet_pton(AF_INET, text, &address), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(added_names_stand_first_and_once),
        cmocka_unit_test(the_loopback_is_always_there),
        cmocka_unit_test(too_many_and_too_long_names_are_left_out),
        cmocka_unit_test(the_box_has_one_address_for_devices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
