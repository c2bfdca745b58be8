/* edge/guard_verdict: a verdict stands for the very files it was spoken of. */
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

#include "edge/guard_verdict.h"

static char dir[32];
static struct config config;
static const char *const NAMES[] = {"db/data.mdb", "db/new",      "db",        "backup/one.mdb",
                                    "backup",      "db.broken-1", "db.verdict"};

static const char *at(const char *name)
{
    static char path[64];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void put(const char *name, const char *text)
{
    FILE *f = fopen(at(name), "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static int begin(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/poshub-verdict-XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(config.data_dir, sizeof config.data_dir, "%s/db", dir);
    assert_int_equal(mkdir(at("db"), 0700) | mkdir(at("backup"), 0700), 0);
    put("db/data.mdb", "broken");
    guard_verdict_keep(&config, "there is no backup");
    return 0;
}

static int end(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++)
        remove(at(NAMES[i]));
    return rmdir(dir);
}

static enum guard_verdict verdict(void)
{
    char why[STORE_WHY] = "";
    enum guard_verdict v = guard_verdict_read(&config, why);
    assert_string_equal(why, v == VERDICT_NONE ? "" : "there is no backup");
    return v;
}

static void it_stands_while_nothing_changes(void **state)
{
    (void)state;
    assert_int_equal(verdict(), VERDICT_STANDS);
    assert_int_equal(verdict(), VERDICT_STANDS);
    guard_verdict_drop(&config);
    assert_int_equal(verdict(), VERDICT_NONE);
}

static void another_store_has_none(void **state)
{
    (void)state;
    put("db/new", "broken");
    char from[64];
    snprintf(from, sizeof from, "%s", at("db/new"));
    assert_int_equal(rename(from, at("db/data.mdb")), 0);
    assert_int_equal(verdict(), VERDICT_NONE);
}

static void a_changed_store_has_none(void **state)
{
    (void)state;
    put("db/data.mdb", "broken, and longer");
    assert_int_equal(verdict(), VERDICT_NONE);
}

static void what_could_help_makes_it_doubtful(void **state)
{
    (void)state;
    assert_int_equal(mkdir(at("db.broken-1"), 0700), 0);
    assert_int_equal(verdict(), VERDICT_DOUBTED);
    assert_int_equal(rmdir(at("db.broken-1")), 0);
    assert_int_equal(verdict(), VERDICT_STANDS);
    usleep(20000); /* the kernel stamps files by its tick */
    put("backup/one.mdb", "good");
    assert_int_equal(verdict(), VERDICT_DOUBTED);
}

static void a_torn_note_is_none(void **state)
{
    (void)state;
    put("db.verdict", "1:2:3");
    assert_int_equal(verdict(), VERDICT_NONE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_stands_while_nothing_changes),
        TEST(another_store_has_none),
        TEST(a_changed_store_has_none),
        TEST(what_could_help_makes_it_doubtful),
        TEST(a_torn_note_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
