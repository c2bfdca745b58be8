#include "tools/product-center/rights.h"

#include <inttypes.h>
#include <stdio.h>

#include "proto/rights.h"
#include "tools/product-center/base_cut.h"

/* ---- events ---- */

static struct str takeover_id(struct call *c, uint32_t epoch)
{
    char id[LIMIT_GEN_ID];
    int n = snprintf(id, sizeof(id), "T:%" PRIu32, epoch);
    return arena_str(&c->arena, (struct str){id, (size_t)n});
}

/* The staff have counted what the lost box left. What was sold online since they looked is gone
 * from their count already, so that all that the center did until now lies before the base. A hub
 * in STRICT counts so after a takeover alone (stock_say_count), and waits for the answer, also
 * where nothing is presumed sold any more: it may not have heard of that. A count that another base
 * has beaten ends nothing. */
static void take_count(struct call *c, struct store *s, struct item *it, const struct arrival *a)
{
    struct stock_row *r = &it->row;
    if (r->mode_in_force != MODE_STRICT || !str_eq(r->base_id, a->facts.base_id))
        return;
    int64_t unseen_t = r->c_t - a->facts.base_c_t;
    rights_takeover_count(r, takeover_id(c, s->epoch), a->facts.base_t + unseen_t);
    base_cut_set(c, r, s);
    it->news = true;
}

static void take_done(struct call *c, struct item *it, int64_t n)
{
    if (it != NULL && it->cmds != NULL && n > 0 && cmds_done(c, it->cmds, n))
        it->cmd_done = n;
}

void rights_event(struct call *c, struct store *s, const struct items *items,
                  const struct arrival *a)
{
    const struct event_facts *f = &a->facts;
    struct item *it = f->object.id != 0 ? effect_item(items, f->object) : NULL;
    if (it != NULL && a->event.kind_no == EVENT_STOCK_SET)
        take_count(c, s, it, a);
    take_done(c, it, cmd_number(f->cmd_id));
    for (uint32_t i = 0; i < f->n_effects; i++)
        if (f->effects[i].cmd_done > 0)
            take_done(c, effect_item(items, f->effects[i].object), (int64_t)f->effects[i].cmd_done);
}

/* ---- writes ---- */

/* A row that is restored once more, in the mode that it is in. */
static bool wants_offers(const struct item *it)
{
    return it->row.mode == MODE_STRICT && it->row.auto_restore == 1 && it->due_ms > 0 &&
           !it->deleted;
}

/* It applies from what is due next, but not to what a hub whose clock is ahead has restored. Its
 * number is of the store's clock: after a failover that lost one, which the hub may have, the next
 * is another one. */
static bool offer(struct item *it, const struct store *s)
{
    struct stock_row *r = &it->row;
    if (!rights_make_offer(r, it->due_ms > r->restored_ms ? it->due_ms : r->restored_ms + 1))
        return false;
    struct offer *made = &r->offers[r->n_offers - 1];
    if (made->n < (uint64_t)s->hlc.l_ms)
        made->n = (uint64_t)s->hlc.l_ms;
    return true;
}

void rights_written(struct item *it, const struct store *s)
{
    struct stock_row *r = &it->row;
    if (!rights_strict(r))
        return;
    if (rights_grantable(r) && rights_hub(r) < 0)
        it->news |= rights_cover(r) > 0;
    if (wants_offers(it))
        it->news |= offer(it, s);
}
