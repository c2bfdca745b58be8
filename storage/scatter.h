/* Indices whose keys come in no order: what devices call their orders and requests.
 *
 * Such a key lands on a page of its own, and a commit of fifty orders would write a hundred pages
 * for them alone (12 KiB an order, and it wears flash). So new entries gather in one small table
 * first and move in bulk, sorted, when it is full: thousands of entries then share the pages that
 * each would have dirtied alone. A log-structured merge tree of two levels (O'Neil et al. 1996),
 * both of them ordinary tables of the same transaction.
 */
#ifndef STORAGE_SCATTER_H
#define STORAGE_SCATTER_H

#include "storage/store.h"

#define SCATTER_RECENT                                                                             \
    1024 /* fewest pages per commit in a trial of 512 to 4096 with 50 callers                      \
          */

/* As txn_get, txn_put and txn_del, for tables that are written through here alone. Keys are at most
 * KEY_BYTES - 1 long. */
bool scatter_get(struct txn *txn, enum table table, struct bytes key, struct bytes *value);
void scatter_put(struct txn *txn, enum table table, struct bytes key, struct bytes value);
void scatter_del(struct txn *txn, enum table table, struct bytes key);
/* Moves the gathered entries when there are enough. Once per transaction, before its commit. */
void scatter_settle(struct txn *txn);

#endif
