/* Selling rights of this store (STRICT, sync-protocol 5.5): what it asks of the center, gives back,
 * and does on the center's word. The arithmetic is proto/rights. Private to edge/books.
 *
 * What is asked for stands in TABLE_WANT (storage/want.h) from the transaction that needs it until
 * the rights have moved.
 */
#ifndef BOOKS_RIGHTS_H
#define BOOKS_RIGHTS_H

#include "edge/books/turn.h"
#include "proto/cloud_row.h"
#include "proto/rights.h"

/* What the store may sell of the row: its rights in STRICT, none of them while its disk is in doubt
 * (books_config.strict_closed); else the total. */
int64_t rights_total(const struct books_config *config, const struct stock_row *r);

/* The row is being saved: asks for more where too little is left and nothing is asked for, and
 * drops what is answered. */
void rights_look(struct turn *t, const struct stock_row *r);
/* The order was refused with this code: what 1005 lacked is asked for. Returns the code. A note for
 * the line alone: the refusal stays without an event. */
enum code rights_missed(struct turn *t, enum code code);
/* It would have nothing to note: all that lacks is asked for already. */
bool rights_are_asked(struct turn *t, enum code code);
/* Who let the order through that is about to be journaled (OVERRIDE_NOTE), if anybody did. */
void rights_note_override(struct turn *t, const struct order *o);

/* Whether the row is limited has been said: the mode in force follows by MODE_ACK (proto/rights.h),
 * and the caller saves the row. */
void rights_follow(struct turn *t, struct touched *row);
/* The row as the center has sent it was merged: acknowledges its mode and its newest offer, and
 * carries out its commands, each once. Events of their own, the row is saved with each. */
void rights_arrive(struct turn *t, struct touched *row, const struct cloud_row *theirs);
/* A count after a takeover, at `op`: nothing is sold of it until the center has answered. The base
 * is the count's already. */
void rights_counted(struct stock_row *r, struct position op);

/* stock.return: 1005 where there is nothing to give back, 1003 .. see lan-protocol 5. */
enum code stock_return_verb(struct turn *t);
/* Gives everything back, at the day's close. */
void rights_return_all(struct turn *t);
/* An old disk, or a box that has lost what it said last: whatever it may sell alone is taken for
 * sold, and said so (ROW_STATE). */
void rights_presume_all(struct turn *t);

#endif
