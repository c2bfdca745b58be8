#include "edge/books/peek.h"

#include <string.h>

#include "edge/books/restore.h"
#include "edge/books/rights.h"
#include "edge/books/turn.h"
#include "storage/timers.h"

/* The same commit has the same head, and a position one tag. */
static bool commit_load(struct peek *p, struct txn *txn)
{
    if (p->commit != 0 && p->commit == txn_number(txn))
        return true;
    p->commit = 0;
    p->due_ms = INT64_MAX;
    timer_next(txn, TIMERS_WALL, &p->due_ms);
    if (!journal_load(&p->journal, txn))
        return false;
    journal_tag(p->journal.secret, p->journal.head.at, p->tag);
    p->commit = txn_number(txn);
    return true;
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

/* What the writer carries out before the command: a restore may put the item back. */
static bool writer_has_to(const struct peek *p, const struct books *b, const struct command *c)
{
    return p->due_ms <= c->wall_ms || clock_changed(b, c);
}

bool peek_sale(struct peek *p, struct txn *txn, const struct command *c, struct outcome *out)
{
    if (!commit_load(p, txn))
        return false;
    struct books b = {.txn = txn, .j = p->journal, .config = p->config, .scratch = p->scratch};
    struct turn t = {.b = &b, .c = c, .out = out, .scratch = b.scratch};
    b.j.txn = txn;
    arena_reset(b.scratch);
    if (writer_has_to(p, &b, c) || remembered(&t))
        return false;
    out->code = check(&t);
    if (out->n_refused == 0 || !rights_are_asked(&t, out->code) || txn_error(txn) != PH_OK)
        return false;
    out->at = b.j.head.at;
    memcpy(out->tag, p->tag, sizeof p->tag);
    return true;
}
