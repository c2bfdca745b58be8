/* A sale looked at without the writer: place, sell and add on a read transaction. Would they be
 * refused for stock, going by what is committed? The same checks as the writer's (order_place.c).
 */
#ifndef BOOKS_PEEK_H
#define BOOKS_PEEK_H

#include "edge/books/books.h"

/* Zeroed but for config and scratch, which are the caller's. One thread's. */
struct peek {
    const struct books_config *config;
    struct arena *scratch;
    /* of the commit that was looked at last: what every look at it asks for */
    uint64_t commit; /* txn_number; 0: none */
    struct journal journal;
    uint8_t tag[4];
    int64_t due_ms; /* the earliest timer of the wall clock; INT64_MAX: none */
};
/* True: it is refused, and *out is the verdict of books_execute, lines and all. False: somebody
 * else has to say (it may be sold, is known, is refused for another reason, or cannot be read), and
 * *out is to be cleared. Writes nothing. */
bool peek_sale(struct peek *p, struct txn *txn, const struct command *c, struct outcome *out);

#endif
