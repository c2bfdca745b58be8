/* A row of the center on its way into the books: journaled as CENTER_ROW where it reads differently
 * afterwards. Private to edge/books.
 */
#ifndef BOOKS_ARRIVAL_H
#define BOOKS_ARRIVAL_H

#include "edge/books/stock.h"
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
/* A stock row with its texts in a buffer of its own, so that it survives whatever is written.
 * `row.row` points into it: not to be copied as a whole. */
struct row_copy {
    struct touched row;
    uint8_t packed[STOCK_BYTES];
};
/* A row that is not there reads as a plain one. False: damaged, and stuck to the transaction. */
bool row_copy_load(struct turn *t, struct object object, struct row_copy *out);

/* ROW_STATE of these rows, in as many events as it takes, and they are saved with it
 * (row_state.c). */
void states_say(struct turn *t, const struct object *list, size_t n);

/* Unlimited and on sale; what the hub counted stays: a sale on a deleted row is a sale (4.6). */
void row_make_plain(struct stock_row *r);

#endif
