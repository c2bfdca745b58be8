/* A child that reads a store's file: LMDB ends the process on some damaged pages, and a large file
 * takes longer than anybody waits. It is begun before the first thread of doctor and says what it
 * knows twice: what is read at once, and when it has read everything.
 */
#ifndef POSHUBCTL_DOCTOR_READER_H
#define POSHUBCTL_DOCTOR_READER_H

#include <sys/types.h>

#include "storage/check.h"
#include "storage/shape.h"

enum reader_stage { READER_NOTHING, READER_HEAD, READER_ALL };

struct reader_view {
    enum reader_stage stage;
    enum ph_err shape; /* of the file; `why` says it for people */
    char why[STORE_WHY];
    bool has_head;
    uint32_t used_permille;
    uint64_t map_bytes;
    int64_t last_ms; /* of its last event, by the store's clock */
    struct position at, acked;
    bool enrolled;
    int64_t oldest_ms; /* wall clock of the first event that the center has not got; 0: none */
    uint32_t aside;
    struct identity_text whose;
    struct check_report report; /* with READER_ALL, of a file that nobody holds */
};
struct reader {
    pid_t pid; /* 0: none was begun */
    int fd;
};
/* Of the store in data_dir. Where somebody holds it (holder > 0) only its head is read. */
void reader_store(struct reader *r, const char *data_dir, uint64_t map_bytes,
                  const struct store_identity *id, pid_t holder);
/* Of a backup: READER_ALL or nothing. */
void reader_backup(struct reader *r, const char *path, const struct store_identity *id);
/* Waits until it has said everything, or until then (doctor_mono_ms). False: it died, and *out is
 * what it had said. For one thread. */
bool reader_wait(struct reader *r, int64_t until_ms, struct reader_view *out);
/* Ends what still reads. */
void reader_end(struct reader *r);

/* Who holds the store: the process that has locked its pid file, by /proc/locks, without touching
 * the lock. 0: nobody. */
pid_t reader_holder(const char *data_dir);

#endif
