/* The plan comes back by itself at the times that staff or the center set (sync-protocol 1.7): due
 * times by the wall clock, each run once, and after downtime only the latest of them. Private to
 * edge/books.
 */
#ifndef BOOKS_RESTORE_H
#define BOOKS_RESTORE_H

#include "edge/books/policy.h"

/* While the clock is in doubt rows in STRICT wait, and look again: the center opens the generation
 * by its own. So do those that a clock has restored which was found out to be wildly ahead, until
 * the center has said whether it follows. */
#define RESTORE_DOUBT_MS (60 * 1000)

/* Restores the row at its cut: base, rights, shares, the event RESTORE, its timers; and saves it.
 * Open reservations belong to the generation before from then on. Also when a row of the center
 * tells of a restore that this side has not done yet. */
void row_restore(struct turn *t, struct touched *row, int64_t due_ms);

struct schedule row_schedule(const struct stock_row *r);
/* The latest that it can be: a clock that is known to be behind finds no other clock out. */
int64_t turn_latest_ms(const struct turn *t);
/* The due time of the last restore, as far as it counts when it is at most latest_ms; 0: none. */
int64_t row_restored_ms(const struct stock_row *r, int64_t latest_ms);

/* A restore by that clock might be further ahead than the center follows (RESTORE_AHEAD_MS): it is
 * suspect, or has jumped. */
bool clock_doubted(bool suspect, int64_t wall_lead_ms);
/* What a wall clock that is known to be behind, by a lead below 0, may really be at the latest. */
int64_t wall_latest_ms(int64_t wall_ms, int64_t wall_lead_ms);
/* The command goes by a clock so much earlier than the last one, or by one that is not in doubt any
 * more, that timers are to be armed anew. */
bool clock_changed(const struct books *b, const struct command *c);
/* What is due by the wall clock, before anything else looks at a row. */
void wall_timers_run(struct books *b, const struct command *c, struct outcome *out);
/* The rebalance timer of that id is due, and gone from its table. */
void rebalance_timer(struct turn *t, uint64_t id);

#endif
