/* The steps of a story in which a center takes part (tests/lib/toy_center.h). Nothing goes between
 * it and the hub but what these steps let through:
 *
 *   center WHAT SKU [QTY]   the center sells, locks, counts (with a quantity), closes, opens or
 *                           deletes on its own; below stands how it sees the row then
 *   center waits 10s        its clock alone moves
 *   center order {..}       it takes an order, or says it anew (proto/cloud_order.h)
 *   center STATE ORDER      .. and changes its state: PAID, CANCELLED, REFUNDED, ENDED ..
 *   up                      it hears all events of the journal
 *   hold SKU                its row is on its way as it stands now, and late
 *   down SKU | down held    its row as it stands now, or the late one, arrives at the hub
 *   down case {..}          a case of oversell arrives as it reports it (proto/cloud_case.h)
 *   hold order ID, down order ID, down held order    the same with an order of it
 */
#ifndef TESTS_STORY_CENTER_H
#define TESTS_STORY_CENTER_H

#include "proto/cloud_order.h"
#include "tests/lib/toy_center.h"
#include "tests/stories/story_text.h"

#define STORY_ORDERS      16 /* words about orders in one story */
#define STORY_ORDER_BYTES 4096
struct story_center {
    struct toy_center toy;
    struct cloud_row held;
    struct cloud_order orders[STORY_ORDERS], held_order;
    struct json *docs[STORY_ORDERS]; /* what the orders' texts stand in */
    size_t n_orders, n_docs;
};
void story_center_open(struct story_center *c, const struct shop *shop);
void story_center_close(struct story_center *c);
/* False: the words are no such step. */
bool story_center_step(struct story_center *c, struct trace *t, const char *word, const char *rest);

#endif
