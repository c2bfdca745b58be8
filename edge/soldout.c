#include "edge/soldout.h"

#define SCRATCH_BYTES (4 * 1024 * 1024) /* one order, decoded twice, and its rows */

bool soldout_init(struct soldout *s, const struct books_config *config)
{
    *s = (struct soldout){.exhausted = exhausted_create(),
                          .peek = {.config = config, .scratch = &s->scratch}};
    arena_init(&s->scratch, SCRATCH_BYTES);
    return s->exhausted != NULL;
}

void soldout_fini(struct soldout *s)
{
    exhausted_destroy(s->exhausted);
    arena_free(&s->scratch);
}

/* A manager's word is weighed on the writer's way. */
static bool takes_stock(const struct command *c)
{
    return (c->verb == VERB_ORDER_PLACE || c->verb == VERB_ORDER_SELL ||
            c->verb == VERB_ORDER_ADD) &&
           c->override_pin.n == 0;
}

static bool is_flagged(const struct soldout *s, const struct command *c)
{
    for (uint16_t i = 0; i < c->n_lines; i++)
        if (exhausted_hit(s->exhausted, c->lines[i].object_id, c->channel, c->lines[i].qty_t))
            return true;
    return false;
}

static bool look(struct soldout *s, struct request *r)
{
    struct txn *txn;
    if (txn_begin_read(s->store, &txn) != PH_OK)
        return false;
    bool refused = peek_sale(&s->peek, txn, &r->command, &r->outcome);
    txn_abort(txn);
    if (!refused)
        request_undo(r);
    return refused;
}

bool soldout_refuses(struct soldout *s, const struct device *device, struct request *r)
{
    return takes_stock(&r->command) && device->with_writer == 0 && is_flagged(s, &r->command) &&
           look(s, r);
}
