/* The channels' shares of a row as the books keep them (proto/shares): whatever changes a row
 * otherwise than by a sale of this store comes by here, so that what the channels hold back follows
 * in the same transaction, with the event REBALANCE where some share changed (sync-protocol 1.5),
 * and the timers of the row stand where the row says. Private to edge/books.
 */
#ifndef BOOKS_POLICY_H
#define BOOKS_POLICY_H

#include "edge/books/turn.h"
#include "proto/due.h"
#include "proto/shares.h"

/* After a change of the row from `before`, and after its event: begins the shares anew where
 * generation, policy, mode in force, a weight or a reserve changed, shares out what supply grew by,
 * and then what is left where more is held back than that. The caller saves the row, at t->out->at.
 */
void row_shares_follow(struct turn *t, struct touched *row, const struct stock_row *before);
/* The last part of it alone, for the rows of an order: what it gives back while there is less than
 * nothing, or takes by a manager's word, may leave more held back than there is. True: there is a
 * REBALANCE at t->out->at. */
bool row_shares_hold(struct turn *t, struct touched *row);
/* The timers of restore, release and rebalance as the row says now (restore.c). Call it with
 * row_shares_follow; a row that changed nothing of them it leaves alone. */
void row_timers_arm(struct turn *t, const struct stock_row *before, const struct stock_row *after);

/* Timers that are due: WEIGHTED_SOFT shares out anew; nothing is held back from the release on.
 * They save the row. */
void row_rebalance_due(struct turn *t, struct touched *row);
void row_release_due(struct turn *t, struct touched *row);

/* The channels of a row by their codes' byte order, as journal bodies want them. Returns how many.
 */
size_t row_channels_by_code(const struct stock_row *r,
                            const struct stock_channel *list[STOCK_CHANNELS]);

/* The store's zone, UTC where the settings name none. */
const struct zone *turn_zone(const struct turn *t);

#endif
