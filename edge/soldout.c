#include "edge/soldout.h"

#define SCRATCH_BYTES (4 * 1024 * 1024) /* one order, decoded twice, and its rows */

bool soldout_init(struct soldout *s)
{
    *s = (struct soldout){.exhausted = exhausted_create()};
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

static bool peek(struct soldout *s, struct request *r)
{
    struct books books = {.config = s->config, .scratch = &s->scratch};
    if (txn_begin_read(s->store, &books.txn) != PH_OK)
        return false;
    bool refused =
        journal_load(&books.j, books.txn) && books_peek(&books, &r->command, &r->outcome);
    txn_abort(books.txn);
    if (!refused)
        request_undo(r);
    return refused;
}

bool soldout_refuses(struct soldout *s, const struct device *device, struct request *r)
{
    return takes_stock(&r->command) && device->with_writer == 0 && is_flagged(s, &r->command) &&
           peek(s, r);
}
