/* A row of the center on its way into the books: journaled as CENTER_ROW where it reads differently
 * afterwards. Private to edge/books.
 */
#ifndef BOOKS_ARRIVAL_H
#define BOOKS_ARRIVAL_H

#include "edge/books/turn.h"
#include "proto/merge.h"

struct arrival {
    struct touched *row;
    struct stock_row before;
    struct movement *move;
    struct merge merge;
    bool deleted;
};
/* Before the row is merged; after it: journal, row, LAN. */
struct arrival arrival_begin(struct turn *t, struct touched *row);
void arrival_end(struct turn *t, struct arrival *a);

/* The rows in the store that `wanted` says, or all (NULL): a walk must not write to its own table,
 * so they are noted first. In scratch memory; NULL: there is none. Damaged rows are stepped over.
 */
struct object *rows_noted(struct turn *t, bool (*wanted)(struct turn *, const struct stock_row *),
                          size_t *n);
/* Unlimited and on sale; what the hub counted stays: a sale on a deleted row is a sale (4.6). */
void row_make_plain(struct stock_row *r);

#endif
