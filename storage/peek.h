/* Reading past damage: for pages that show many records, and for writes that replace one. */
#ifndef STORAGE_PEEK_H
#define STORAGE_PEEK_H

#include "storage/store.h"

/* As txn_get, but a damaged record counts as not there and leaves no error in the transaction. The
 * value lives as long as txn_get's. */
bool txn_peek(struct txn *txn, enum table table, struct bytes key, struct bytes *value);

#endif
