/* The parts of a claim, each with a file of its own. Private to edge/books. */
#ifndef BOOKS_CLAIM_H
#define BOOKS_CLAIM_H

#include "edge/books/stock.h"
#include "edge/books/turn.h"

/* The open orders of a claim: what the center mirrors and this box has not is made again, with what
 * it holds of the stock; of a store that the center did not know, those here are said in full. */
void claim_orders(struct turn *t);

/* A stock row with its texts in a buffer of its own, so that it survives whatever is written.
 * `row.row` points into it: not to be copied as a whole. */
struct row_copy {
    struct touched row;
    uint8_t packed[STOCK_BYTES];
};
/* A row that is not there reads as a plain one. False: damaged, and stuck to the transaction. */
bool row_copy_load(struct turn *t, struct object object, struct row_copy *out);

#endif
