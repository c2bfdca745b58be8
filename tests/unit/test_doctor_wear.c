/* How worn an eMMC is, as it says itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tools/poshubctl/doctor/wear.h"

/* A folder of /sys/dev/block whose device says that; NULL: it says nothing. */
static int read_of(const char *says)
{
    char dev[] = "/tmp/poshub-wear-XXXXXX", folder[64], path[96];
    assert_non_null(mkdtemp(dev));
    snprintf(folder, sizeof(folder), "%s/device", dev);
    snprintf(path, sizeof(path), "%s/life_time", folder);
    assert_int_equal(mkdir(folder, 0700), 0);
    FILE *f = says != NULL ? fopen(path, "w") : NULL;
    if (f != NULL) {
        fputs(says, f);
        fclose(f);
    }
    int tenths = wear_read(dev);
    unlink(path);
    rmdir(folder);
    rmdir(dev);
    return tenths;
}

static void wear_is_that_of_the_worse_half(void **state)
{
    (void)state;
    assert_int_equal(read_of("0x01 0x03\n"), 3);
    assert_int_equal(read_of("0x0b 0x01\n"), 11);
}

static void wear_of_a_disk_that_does_not_say_is_unknown(void **state)
{
    (void)state;
    assert_int_equal(read_of(NULL), 0);
    assert_int_equal(read_of("nonsense"), 0);
    assert_int_equal(read_of("0x0c 0x01"), 0);
}

static enum doctor_state judged(int tenths)
{
    struct finding f = {0};
    wear_judge(tenths, &f);
    return f.state;
}

static void wear_warns_before_the_end_and_fails_behind_it(void **state)
{
    (void)state;
    assert_int_equal(judged(0), DOCTOR_OK);
    assert_int_equal(judged(8), DOCTOR_OK);
    assert_int_equal(judged(9), DOCTOR_WARN);
    assert_int_equal(judged(10), DOCTOR_WARN);
    assert_int_equal(judged(11), DOCTOR_FAIL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wear_is_that_of_the_worse_half),
        cmocka_unit_test(wear_of_a_disk_that_does_not_say_is_unknown),
        cmocka_unit_test(wear_warns_before_the_end_and_fails_behind_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
