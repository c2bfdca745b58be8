/* The staff at the tills: serves what is ready, takes the tables' money, gives money back, asks
 * what became of orders nobody hears of, and cancels at closing time what nobody paid.
 *
 * One walk over all open orders, some times a second; what the walk sees comes from the orders'
 * topics and replies.
 */
#ifndef STORESIM_STAFF_H
#define STORESIM_STAFF_H

#include "tools/storesim/order.h"

/* The newest state of an order, from its topic; payload NULL: the topic was cleared. */
void staff_sees_order(struct device *d, const struct topic *topic, const struct json *payload,
                      struct position at);
/* Until when: at closing the staff cancels what would expire later than that. */
void staff_walk(struct sim *sim, int64_t until_us);
/* Asks for the final state of every placed order; the answers are judged as they come. */
void staff_ask_all(struct sim *sim);

#endif
