/* What cannot be sold now, for the loop to see at a glance: "of this item, on this channel, no more
 * than so much". The writer learns it from the sales that it refuses, and takes it back with every
 * change of the row that stood in the way. It is a hint to look (peek_sale), never a verdict.
 *
 * The promise: once a transaction is committed that lets an item be sold, no reader that looks
 * after that finds the item flagged for what it lets be sold.
 *   - A transaction that saves a row takes the flags away which the row no longer bears out, inside
 *     the transaction (exhausted_row): so before its commit. They stay away if it fails; the next
 *     refusal flags again.
 *   - A refusal is only noted in the transaction; what it noted becomes a flag after the commit
 *     (exhausted_committed), before the next transaction begins, and not at all if it fails
 *     (exhausted_undone). A row saved later in the same transaction drops the note as it would the
 *     flag. So when flags are raised no commit is between what they say and what is stored.
 *   - One thread writes, so between the two no other transaction can stand.
 *   - What flags do not hang on a row (which row an item takes from) comes with a menu: an import
 *     drops all (exhausted_forget), before its commit too. The menu's step and price, the fence,
 * the storage level and the configuration only add refusals, which peek_sale looks at itself.
 * Timers, restores, rows and claims of the center are transactions like all others. A new process
 * begins with no flag. The table is small and never grows: what finds no room is not flagged and
 * goes the longer way. Quantities in tenths.
 */
#ifndef BOOKS_EXHAUSTED_H
#define BOOKS_EXHAUSTED_H

#include "proto/row.h"

#define EXHAUSTED_ITEMS 512 /* flagged at a time; a long menu has as many that sell at all */
#define EXHAUSTED_NOTES                                                                            \
    128 /* of one transaction; more refusals than that are of the same items                       \
         */

struct exhausted;
struct exhausted *exhausted_create(void); /* NULL: out of memory */
void exhausted_destroy(struct exhausted *x);

/* Any thread: is it known that so much of the item cannot be sold on the channel? Waits for nobody.
 */
bool exhausted_hit(const struct exhausted *x, int64_t object_id, enum channel c, int64_t qty_t);

/* The writer's thread alone; x may be NULL in all of these: nobody looks. */
/* A sale of item object_id was refused because `limit` had only left_t of it for channel c: its own
 * row, or its SPU's. */
void exhausted_note(struct exhausted *x, int64_t object_id, struct object limit, enum channel c,
                    int64_t left_t);
/* The row goes into the store as it is. */
void exhausted_row(struct exhausted *x, const struct stock_row *r);
void exhausted_forget(struct exhausted *x);
void exhausted_committed(struct exhausted *x);
void exhausted_undone(struct exhausted *x);

#endif
