/* storage/fscheck: which file systems are warned about. */
#include "tests/unit/storage_scratch.h"

#include "storage/fscheck.h"

static void every_known_file_system_is_judged(void **state)
{
    (void)state;
    static const struct {
        uint32_t magic;
        enum fs_journal journal;
        enum fs_promise promise;
        const char *name;
    } CASES[] = {
        {0xEF53, FS_JOURNAL_PRESENT, FS_DURABLE, "ext4"},
        {0xEF53, FS_JOURNAL_UNKNOWN, FS_DURABLE, "ext4"},
        {0xEF53, FS_JOURNAL_NONE, FS_UNSAFE, "ext4"},
        {0x58465342, FS_JOURNAL_UNKNOWN, FS_DURABLE, "xfs"},
        {0x9123683E, FS_JOURNAL_NONE, FS_DURABLE, "btrfs"},
        {0xF2F52010, FS_JOURNAL_UNKNOWN, FS_DURABLE, "f2fs"},
        {0x794C7630, FS_JOURNAL_UNKNOWN, FS_NOT_DURABLE, "overlay"},
        {0x01021994, FS_JOURNAL_UNKNOWN, FS_NOT_DURABLE, "tmpfs"},
        {0x858458F6, FS_JOURNAL_UNKNOWN, FS_NOT_DURABLE, "ramfs"},
        {0x6969, FS_JOURNAL_UNKNOWN, FS_UNSAFE, "nfs"},
        {0x517B, FS_JOURNAL_UNKNOWN, FS_UNSAFE, "smb"},
        {0xFF534D42, FS_JOURNAL_UNKNOWN, FS_UNSAFE, "cifs"},
        {0xFE534D42, FS_JOURNAL_UNKNOWN, FS_UNSAFE, "smb"},
        {0x01021997, FS_JOURNAL_UNKNOWN, FS_UNSAFE, "9p"},
        {0x00C36400, FS_JOURNAL_UNKNOWN, FS_UNSAFE, "ceph"},
        {0x5346414F, FS_JOURNAL_UNKNOWN, FS_UNSAFE, "afs"},
        {0x65735546, FS_JOURNAL_UNKNOWN, FS_UNSAFE, "fuse"},
        {0x4D44, FS_JOURNAL_UNKNOWN, FS_UNSAFE, "vfat"},
        {0x2011BAB0, FS_JOURNAL_UNKNOWN, FS_UNSAFE, "exfat"},
        {0x12345678, FS_JOURNAL_UNKNOWN, FS_DURABLE, "unknown"},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        const char *name;
        assert_int_equal(fs_classify(CASES[i].magic, CASES[i].journal, &name), CASES[i].promise);
        assert_string_equal(name, CASES[i].name);
    }
}

static void ext4_options_tell_of_the_journal(void **state)
{
    (void)state;
    assert_int_equal(fs_journal_of_options(STR("rw\nbarrier\ndata=ordered\n")), FS_JOURNAL_PRESENT);
    assert_int_equal(fs_journal_of_options(STR("data=journal")), FS_JOURNAL_PRESENT);
    assert_int_equal(fs_journal_of_options(STR("rw\nuser_data=1\nbarrier\n")), FS_JOURNAL_NONE);
    assert_int_equal(fs_journal_of_options(STR("")), FS_JOURNAL_UNKNOWN);
}

static void directory_is_named_in_one_line(void **state)
{
    (void)state;
    char why[STORE_WHY];
    fs_check("/tmp", why);
    assert_non_null(strstr(why, "file system of /tmp is "));
    assert_null(strchr(why, '\n'));
    assert_int_equal(fs_check("/tmp/poshub-test-there-is-none", why), FS_UNSAFE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_known_file_system_is_judged),
        cmocka_unit_test(ext4_options_tell_of_the_journal),
        cmocka_unit_test(directory_is_named_in_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
