/* edge/zone_name: the center is told the zone that the box's clocks on the wall show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "edge/zone_name.h"

#define NOTHING "/nonexistent"

static char dir[64], file[96], name[96], out[ZONE_NAME];

static int setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/poshub-zone-XXXXXX");
    if (mkdtemp(dir) == NULL)
        return -1;
    snprintf(file, sizeof(file), "%s/timezone", dir);
    snprintf(name, sizeof(name), "%s/localtime", dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(file);
    unlink(name);
    return rmdir(dir);
}

static void box_says(const char *text)
{
    FILE *f = fopen(file, "we");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void configured_zone_comes_first(void **state)
{
    (void)state;
    box_says("Asia/Tokyo\n");
    zone_name("Europe/Berlin", file, NOTHING, out);
    assert_string_equal(out, "Europe/Berlin");
}

static void else_the_file_of_the_box_counts(void **state)
{
    (void)state;
    box_says("Asia/Tokyo\n");
    zone_name("", file, NOTHING, out);
    assert_string_equal(out, "Asia/Tokyo");
}

static void else_the_link_into_the_database_counts(void **state)
{
    (void)state;
    if (access("/usr/share/zoneinfo/Europe/Berlin", R_OK) != 0)
        skip();
    assert_int_equal(symlink("/usr/share/zoneinfo/Europe/Berlin", name), 0);
    zone_name("", NOTHING, name, out);
    assert_string_equal(out, "Europe/Berlin");
}

static void box_without_a_zone_says_none(void **state)
{
    (void)state;
    zone_name("", NOTHING, NOTHING, out);
    assert_string_equal(out, "");
    box_says("not a zone, but a sentence\n");
    zone_name("", file, NOTHING, out);
    assert_string_equal(out, "");
}

#define ZONE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ZONE_TEST(configured_zone_comes_first),
        ZONE_TEST(else_the_file_of_the_box_counts),
        ZONE_TEST(else_the_link_into_the_database_counts),
        ZONE_TEST(box_without_a_zone_says_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
