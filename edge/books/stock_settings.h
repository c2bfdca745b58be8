/* stock.schedule and stock.policy: when the plan comes back, and how channels share it. Private to
 * edge/books.
 */
#ifndef BOOKS_STOCK_SETTINGS_H
#define BOOKS_STOCK_SETTINGS_H

#include "edge/books/policy.h"

/* Both check, then write their event; the caller saves the row, with what follows from it. */
enum code stock_schedule(struct turn *t, struct touched *row);
enum code stock_policy(struct turn *t, struct touched *row);

/* The stamp of a write that replaces `seen`: whatever the clocks say, it comes after what its
 * writer saw (stock_verbs.c). */
struct stamp register_stamp(struct turn *t, struct stamp seen);

#endif
