/* Half a command: what it would be refused for, read off what is committed. */
#include "edge/books/restore.h"
#include "edge/books/rights.h"
#include "edge/books/turn.h"
#include "storage/timers.h"

/* The writer carries out first what is due on the wall clock: a restore may put the item back. */
static bool writer_has_to(struct books *b, const struct command *c)
{
    struct timer due;
    return clock_went_back(b, c) || timer_due(b->txn, TIMERS_WALL, c->wall_ms, &due);
}

static enum code check(struct turn *t)
{
    struct order o;
    switch ((unsigned)t->c->verb) {
    case VERB_ORDER_PLACE:
    case VERB_ORDER_SELL:
        return order_place_check(t, &o);
    case VERB_ORDER_ADD:
        return order_add_check(t, &o);
    default:
        return CODE_OK;
    }
}

bool books_peek(struct books *b, const struct command *c, struct outcome *out)
{
    struct turn t = {.b = b, .c = c, .out = out, .scratch = b->scratch};
    arena_reset(b->scratch);
    if (writer_has_to(b, c) || remembered(&t))
        return false;
    out->code = check(&t);
    if (out->n_refused == 0 || !rights_are_asked(&t, out->code) || txn_error(b->txn) != PH_OK)
        return false;
    out->at = b->j.head.at;
    journal_tag(b->j.secret, out->at, out->tag);
    return true;
}
