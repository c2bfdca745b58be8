/* What this store has asked its center for and was not answered yet: top-ups of selling rights
 * (sync-protocol 5.5). The books write a want in the transaction that needs it and drop it in the
 * one that brings the answer; meanwhile the cloud line says it with each batch. At most one a row.
 */
#ifndef STORAGE_WANT_H
#define STORAGE_WANT_H

#include "proto/limits.h"
#include "storage/store.h"

struct want {
    struct object object;
    int64_t q_t; /* 0: on purpose nothing, until the rights move; never sent */
    char req[LIMIT_REQ_ID + 1];
    /* The rights that were too few: whatever moves them has answered it. */
    int64_t gr_t;
    char gen_id[LIMIT_GEN_ID + 1];
};
/* False: there is none, or it is damaged (then it sticks to txn). */
bool want_load(struct want *out, struct txn *txn, struct object object);
void want_save(const struct want *want, struct txn *txn);
void want_drop(struct txn *txn, struct object object);

/* Those to be sent: the ones behind `after` in the order of their objects, then from the first one
 * on, so that with more than LIMIT_WANTS each gets its turn. *mark stands for all there are, 0 for
 * none: another mark, other wants. Damaged ones are stepped over. */
size_t want_list(struct txn *txn, struct object after, struct want out[LIMIT_WANTS],
                 uint64_t *mark);

#endif
