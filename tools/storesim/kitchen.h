/* The kitchen: every ticket a screen sees is started, made and bumped, once; and every ticket is
 * compared with the order it belongs to.
 */
#ifndef STORESIM_KITCHEN_H
#define STORESIM_KITCHEN_H

#include "tools/storesim/order.h"

/* A ticket on a kitchen screen, from its topic or a snapshot; payload NULL: it was taken down. */
void kitchen_sees(struct device *d, const struct topic *topic, const struct json *payload,
                  struct position at);
/* Tickets that are not bumped yet. */
size_t kitchen_open(const struct sim *sim);
/* After the last order: every line that had to be cooked was on exactly one bumped ticket. */
void kitchen_judge(struct sim *sim);
struct kitchen_count {
    size_t tickets, bumped, foreign; /* foreign: of orders from before this run */
};
struct kitchen_count kitchen_count(const struct sim *sim);
void kitchen_finish(struct sim *sim);

#endif
