/* What a file system promises about fsync, as a pure judgement; fs_check (store.h) asks the system.
 */
#ifndef STORAGE_FSCHECK_H
#define STORAGE_FSCHECK_H

#include "storage/store.h"

enum fs_journal { FS_JOURNAL_UNKNOWN, FS_JOURNAL_NONE, FS_JOURNAL_PRESENT };

/* `magic` is f_type of statfs; `journal` matters for ext2, ext3 and ext4 only, and one that cannot
 * be found out is taken for present. *name is static: "ext4", "nfs", "unknown". */
enum fs_promise fs_classify(uint32_t magic, enum fs_journal journal, const char **name);

/* Finds "data=..." in the text of /proc/fs/ext4/DEVICE/options, which only a journal puts there. */
enum fs_journal fs_journal_of_options(struct str options);

#endif
