/* How the stock rows of the store are read. Their format is the books'; the shell lends the books'
 * own readers, because sync and books do not know each other. */
#ifndef SYNC_ROWS_H
#define SYNC_ROWS_H

#include "proto/row.h"
#include "storage/store.h"

struct rows_reader {
    /* A record of TABLE_STOCK; its texts are borrowed. False: it makes no sense. */
    bool (*unpack)(struct bytes record, struct stock_row *out);
    /* A row that is missing reads "unlimited, on sale", and false. Texts live as the transaction.
     */
    bool (*load)(struct txn *txn, struct object object, struct stock_row *out);
};

#endif
