/* Stock rows in the store. */
#ifndef BOOKS_STOCK_H
#define BOOKS_STOCK_H

#include "proto/pack.h"
#include "proto/shares.h"
#include "storage/store.h"

#define STOCK_BYTES 3072 /* packed: STOCK_CHANNELS with every number at its longest */

void stock_fields(struct pack *p, struct stock_row *r);
struct key stock_key(struct object object);
/* A missing row is unlimited and on sale: *out is then that, and the result false. */
bool stock_load(struct txn *txn, struct object object, struct stock_row *out);
void stock_save(struct txn *txn, const struct stock_row *r);
bool stock_unpack(struct bytes packed, struct stock_row *out);

#endif
