/* Half a command: what it would be refused for, read off what is committed. */
#include "edge/books/turn.h"

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
    if (remembered(&t))
        return false;
    out->code = check(&t);
    out->at = b->j.head.at;
    journal_tag(b->j.secret, out->at, out->tag);
    return out->n_refused > 0 && txn_error(b->txn) == PH_OK;
}
