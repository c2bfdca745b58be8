/* When a row is to be restored next, by the store's time zone (sync-protocol 1.7). */
#ifndef TOOLS_PRODUCT_CENTER_RESTORE_DUE_H
#define TOOLS_PRODUCT_CENTER_RESTORE_DUE_H

#include "proto/due.h"
#include "tools/product-center/item.h"

/* The latest due time that has come and was not restored; 0: none. */
int64_t restore_missed_ms(const struct zone *z, int64_t now_ms, const struct stock_row *r);
/* That, or else the next to come; 0: never. */
int64_t restore_due_ms(const struct zone *z, int64_t now_ms, const struct stock_row *r);
/* A plan that somebody writes now over `was`: what it would have been due at before was never asked
 * for, and a plan that comes back in the middle of the day would sell again what is gone. A daily
 * one begins at its next time. False: a single one, and its time has passed. */
bool restore_begins(const struct zone *z, int64_t now_ms, const struct stock_row *was,
                    struct stock_row *plan);
/* The item's schedule or what was restored has changed since it was loaded: when it is due. */
void restore_due_written(const struct zone *z, int64_t now_ms, struct item *it);

#endif
