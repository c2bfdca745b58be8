/* The parts of a claim, each with a file of its own. Private to edge/books. */
#ifndef BOOKS_CLAIM_H
#define BOOKS_CLAIM_H

#include "edge/books/turn.h"

/* The open orders of a claim: what the center mirrors and this box has not is made again, with what
 * it holds of the stock; of a store that the center did not know, those here are said in full. */
void claim_orders(struct turn *t);
/* What a channel has used is at least what its open orders hold: each of them may give it back. */
void claim_used(struct turn *t);

#endif
