/* Is this file a whole store of poshub? Every record of every table is read and its checksum
 * compared, the journal's chain is followed to the head. For backups, for a store before it is
 * replaced, and for one that a hub died of.
 *
 * First its shape (storage/shape.h), so that a file of another kind of box is named as that and not
 * as damaged, and one that was cut off is never mapped.
 */
#ifndef STORAGE_CHECK_H
#define STORAGE_CHECK_H

#include "storage/identity.h"

struct check_report {
    enum ph_err err;     /* PH_OK: whole. PH_ERR_BAD_RECORD: `why` names the first damage */
    char why[STORE_WHY]; /* one line for people; "" when it is whole */
    uint64_t records, bad, events, bodies;
    uint32_t
        bad_tables;     /* 1 << enum table: those with a damaged record, or unreadable behind one */
    uint32_t deadly;    /* likewise: those whose reader dies of them; only check_apart knows */
    bool has_head;      /* what follows is known */
    struct position at; /* the last event */
    uint32_t seen_epoch; /* the highest that any device was shown, where it is above ours */
    uint8_t tail[HASH_BYTES], secret[32];
    int64_t at_ms; /* when that was, by the store's clock */
    struct identity_text whose;
};
/* Reads the whole file. A page so damaged that LMDB ends the process takes us with it: a program
 * with one thread calls check_apart. `id` NULL: whosever it is; else another store's file is
 * PH_ERR_CONFIG. `path` is the data file, not its directory; nobody may be writing it. */
enum ph_err check_file(const char *path, const struct store_identity *id, struct check_report *out);
/* The same in a child (storage/apart.h); one that dies of it is PH_ERR_BAD_RECORD. */
enum ph_err check_apart(const char *path, const struct store_identity *id,
                        struct check_report *out);

#endif
