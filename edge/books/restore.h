/* The plan comes back by itself at the times that staff or the center set (sync-protocol 1.7): due
 * times by the wall clock, each run once, and after downtime only the latest of them. Private to
 * edge/books.
 */
#ifndef BOOKS_RESTORE_H
#define BOOKS_RESTORE_H

#include "edge/books/policy.h"

/* A restore done by a clock that was further ahead than this shows that the clock was wild: it
 * stands for the due times until it is found out, and for none after that. Nearer ones, as of a
 * clock that was a day ahead, stay done. */
#define RESTORE_AHEAD_MS (48LL * 3600 * 1000)
/* While the clock is suspect rows in STRICT wait: the other side opens the generation by its own.
 */
#define RESTORE_SUSPECT_MS (60 * 1000)

/* Restores the row at its cut: base, rights, shares, the event RESTORE, its timers; and saves it.
 * Open reservations belong to the generation before from then on. Also when a row of the center
 * tells of a restore that this side has not done yet. */
void row_restore(struct turn *t, struct touched *row, int64_t due_ms);

struct schedule row_schedule(const struct stock_row *r);
/* The due time of the last restore, as far as it counts at now_ms; 0: none. */
int64_t row_restored_ms(const struct stock_row *r, int64_t now_ms);

/* The command goes by a clock so much earlier than the last one that timers are to be armed anew.
 */
bool clock_went_back(const struct books *b, const struct command *c);
/* What is due by the wall clock, before anything else looks at a row. */
void wall_timers_run(struct books *b, const struct command *c, struct outcome *out);
/* The rebalance timer of that id is due, and gone from its table. */
void rebalance_timer(struct turn *t, uint64_t id);

#endif
