/* When the model center loses its database, and when a box takes the store over (sync-protocol 3.7,
 * 4.1).
 */
#include <string.h>

#include "tests/sim/line/line.h"

void center_image(struct world *w)
{
    struct center *c = &w->center;
    if (w->stray)
        return;
    c->image = c->s;
    c->has_image = true;
    trace(w, "center    an image is taken: acked %llu, ver %llu", (unsigned long long)c->s.acked,
          (unsigned long long)c->s.ver);
}

/* What it had committed since is gone, for its customers too. */
void center_failover(struct world *w)
{
    struct center *c = &w->center;
    if (!c->has_image || c->image.epoch != c->s.epoch)
        return;
    c->s = c->image;
    c->center_epoch++;
    w->failed_over = true;
    w->totals.failovers++;
    truth_center_lost(w, c->s.ver);
    trace(w, "center    fails over to an image: acked %llu, ver %llu, center epoch %u",
          (unsigned long long)c->s.acked, (unsigned long long)c->s.ver, c->center_epoch);
}

/* H goes on from where the old epoch left it, at a new position. */
uint32_t center_claim(struct world *w, uint32_t epoch)
{
    struct center *c = &w->center;
    struct center_state *s = &c->s;
    s->epoch = (epoch > s->epoch ? epoch : s->epoch) + 1;
    s->acked = s->head = 0;
    chain_genesis(STR("1"), store_poi(), s->epoch, s->tail);
    for (int i = 0; i < ITEMS; i++)
        s->rows[i].h_at = (struct position){s->epoch, 0};
    c->has_image = false;
    w->totals.claims++;
    trace(w, "center    epoch %u is claimed", s->epoch);
    return s->epoch;
}

/* Of a sale that the center has not heard while the box was another's: a delta of its own. */
void center_salvages(struct world *w, struct position at, int item, int64_t delta_t)
{
    if (w->options.plant != PLANT_LOST_SALVAGE) {
        w->center.s.rows[item].c_t += delta_t;
        center_changed(w, item);
    }
    trace(w, "center    salvages %u/%llu item %d: %lld", at.epoch, (unsigned long long)at.seq, item,
          (long long)delta_t);
}
