/* The sold-out fast path: a sale that cannot be is refused on the loop, without the writer.
 *
 * Two steps. A flag of edge/books/exhausted.h says that an item of the request is known to be
 * exhausted: without one, and that is nearly always, nothing more is done here. With one, the
 * writer's own checks run on a short read transaction (peek_sale). Only what they refuse for stock
 * is answered from here, as the writer would have; everything else goes on to the writer.
 *
 * Why no refusal is wrong: the read transaction begins after the request came in, and sees every
 * commit that ended before. So whatever was committed when the request arrived, or was answered to
 * anybody, is in the verdict; a flag that lies costs a look. Nor is anything said that a crash
 * could take back, for readers see only what is on the disk.
 *
 * Why a device's own order is kept: as long as the writer holds anything of a device, all that it
 * sends goes the same way. So a repeat never overtakes the request that it repeats, nor an order
 * the cancellation that was to make room for it.
 */
#ifndef EDGE_SOLDOUT_H
#define EDGE_SOLDOUT_H

#include "edge/books/peek.h"
#include "edge/devices.h"
#include "edge/request.h"

struct soldout {
    struct store *store;
    struct exhausted *exhausted; /* shared with the writer */
    struct peek peek;
    struct arena scratch;
};
/* `config` is the loop's copy of what the writer has; it must stay, and so must *s. False: out of
 * memory. The store is set by the caller. */
bool soldout_init(struct soldout *s, const struct books_config *config);
void soldout_fini(struct soldout *s);
/* True: r->outcome is the refusal. False: the request is for the writer, its outcome empty. */
bool soldout_refuses(struct soldout *s, const struct device *device, struct request *r);

#endif
