/* What happens, as it happens: one line each, with the store's own time. */
#ifndef STORESIM_SHOW_H
#define STORESIM_SHOW_H

#include "tools/storesim/order.h"

/* Nothing unless sim->show. */
void show(const struct sim *sim, const struct device *d, const struct order *o, const char *fmt,
          ...) __attribute__((format(printf, 4, 5)));
/* "1x Hawaiian M, 2x Cola" of one round, cut where it gets long. */
#define SHOW_LINES 72
const char *show_lines(const struct order *o, uint16_t round, char out[SHOW_LINES]);

/* An amount with the currency's decimals. */
#define SHOW_MONEY 32
const char *show_money(const struct sim *sim, int64_t e4, char out[SHOW_MONEY]);

/* The bar at the foot of a terminal; nothing where stderr is none. Redrawn at most some times a
 * second. */
void show_progress(const struct sim *sim, double done, size_t open, size_t waiting);
void show_progress_end(void);

#endif
