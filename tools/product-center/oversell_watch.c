#include "tools/product-center/oversell_watch.h"

#include <stdio.h>

#include "tools/product-center/oversell_act.h"

static bool is_due(const struct call *c, const struct oversell_case *k)
{
    return k->due_ms > 0 && k->due_ms <= c->now_ms;
}

static void look(struct call *c)
{
    struct store s;
    store_lock(c, &s);
    oversell_evaluate(c, &s, NULL, 0); /* opens those that waited */
    store_save(c, &s);
    struct oversell_cases cases = oversell_cases_load(c, NULL, 0);
    for (size_t i = 0; i < cases.n && !c->refused; i++)
        if (cases.at[i].state == CASE_OPEN && is_due(c, &cases.at[i]))
            oversell_act_by_policy(c, &s, &cases.at[i]);
}

/* The rest of the piece has to stand, or the same store would be the next one again. */
static void forget(struct call *c)
{
    fprintf(stderr, "<3>oversell is stuck poi=%.*s answer=%.*s\n", (int)c->key.poi.n, c->key.poi.p,
            (int)c->out.n, c->out.p);
    db_rollback(c->db);
    db_begin(c->db);
    c->refused = false;
}

bool oversell_watch_piece(struct call *c)
{
    size_t n;
    const struct store_key *due = oversell_cases_due(c, 1, &n);
    if (n == 0)
        return false;
    c->key = (struct store_key){due->shard, arena_str(&c->arena, due->brand),
                                arena_str(&c->arena, due->poi)};
    look(c);
    if (c->refused || c->arena.failed)
        forget(c);
    oversell_cases_put_off(c); /* what could not be done */
    return true;
}
