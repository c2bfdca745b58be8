/* The outside witness: what an earlier run was promised (its --acked file), compared with what the
 * hub knows now. A final positive reply stands for ever: the order exists, what was paid stays
 * paid, what was cancelled stays cancelled, what was served stays served.
 */
#ifndef STORESIM_EXPECT_H
#define STORESIM_EXPECT_H

#include "tools/storesim/device.h"

struct promise {
    char order_id[LIMIT_ORDER_ID + 1];
    bool paid, cancelled, served, refund_due;
};
struct expect {
    struct sim *sim;
    struct map promises; /* order_id -> promise */
    size_t asked, open;
};
bool expect_read(struct expect *e, const char *path, char *why);
/* Asks for every order; done when e->open is 0. */
void expect_ask(struct expect *e, struct sim *sim);
void expect_finish(struct expect *e);

#endif
