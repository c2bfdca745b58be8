#include "tests/lib/second_look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_BYTES (4 << 20)

void second_look_take(struct second_look *l, struct store *store, const struct books_config *config,
                      const struct command *c)
{
    struct arena scratch;
    struct peek peek = {.config = config, .scratch = &scratch};
    struct txn *txn;
    memset(l, 0, sizeof *l);
    arena_init(&l->out.arena, LOOK_BYTES);
    arena_init(&scratch, LOOK_BYTES);
    if (txn_begin_read(store, &txn) == PH_OK) {
        l->refused = peek_sale(&peek, txn, c, &l->out);
        txn_abort(txn);
    }
    arena_free(&scratch);
}

static bool is_same_line(const struct refused_line *a, const struct refused_line *b)
{
    return a->line == b->line && a->object_id == b->object_id && a->code == b->code &&
           a->need_t == b->need_t && a->avail_t == b->avail_t && a->limit_by == b->limit_by;
}

static bool is_same(const struct outcome *a, const struct outcome *b)
{
    bool same = a->code == b->code && strcmp(a->detail, b->detail) == 0 &&
                position_cmp(a->at, b->at) == 0 && memcmp(a->tag, b->tag, sizeof a->tag) == 0 &&
                a->replayed == b->replayed && a->duplicate == b->duplicate && !b->has_order &&
                b->n_changes == 0 && a->n_refused == b->n_refused;
    for (uint16_t i = 0; same && i < a->n_refused; i++)
        same = is_same_line(&a->refused[i], &b->refused[i]);
    return same;
}

void second_look_compare(struct second_look *l, const struct command *c, const struct outcome *out)
{
    if (l->refused && !is_same(&l->out, out)) {
        fprintf(stderr, "%s of %.*s: the look says %d %s, the writer %d %s\n", verb_name(c->verb),
                (int)c->order_id.n, c->order_id.p, (int)l->out.code, l->out.detail, (int)out->code,
                out->detail);
        abort();
    }
    arena_free(&l->out.arena);
}
