/* When the model center loses its database, and when a box takes the store over and brings what it
 * did alone (sync-protocol 3.7, 4.1).
 */
#include <stdlib.h>
#include <string.h>

#include "proto/cloud_event.h"
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
    if (!c->has_image || c->image.epoch != c->s.epoch || !w->box.store || has_salvage(w))
        return;
    c->s = c->image;
    c->center_epoch++;
    w->failed_over = true;
    w->totals.failovers++;
    truth_center_lost(w, c->s.ver);
    strict_forgets(w);
    trace(w, "center    fails over to an image: acked %llu, ver %llu, center epoch %u",
          (unsigned long long)c->s.acked, (unsigned long long)c->s.ver, c->center_epoch);
}

/* ---- a new epoch ---- */

static uint64_t short_hash(const uint8_t hash[HASH_BYTES])
{
    uint64_t h;
    memcpy(&h, hash, sizeof h);
    return h;
}

static void remember(struct center *c, const uint8_t hash[HASH_BYTES])
{
    if (c->n_heard == c->cap_heard) {
        c->cap_heard += 1024;
        c->heard = realloc(c->heard, c->cap_heard * sizeof *c->heard);
        if (!c->heard)
            abort();
    }
    c->heard[c->n_heard++] = short_hash(hash);
}

static bool is_known(const struct center *c, const struct cloud_event *e)
{
    for (uint32_t i = 0; i < c->n_heard; i++)
        if (c->heard[i] == short_hash(e->hash))
            return true;
    return false;
}

/* H goes on from where the old epoch left it, at a new position. */
uint32_t center_claim(struct world *w, uint32_t epoch)
{
    struct center *c = &w->center;
    struct center_state *s = &c->s;
    center_catches_up(w);
    /* what it has not heard by now it will never hear as an event */
    truth_events_lost(w, (struct position){s->epoch, s->acked});
    if (w->aside)
        truth_aside_lost(w);
    for (uint64_t seq = 1; seq <= s->acked; seq++)
        remember(c, c->hashes[seq]);
    for (int i = 0; i < ITEMS; i++)
        s->rows[i].base_hf = true; /* nobody will tell of another cut */
    center_presumes(w);
    s->epoch = (epoch > s->epoch ? epoch : s->epoch) + 1;
    s->acked = s->head = 0;
    chain_genesis(STR("1"), store_poi(), s->epoch, s->tail);
    for (int i = 0; i < ITEMS; i++) {
        s->rows[i].h_at = (struct position){s->epoch, 0};
        s->counted_epoch[i] = 0;
    }
    c->has_image = false;
    w->totals.claims++;
    trace(w, "center    epoch %u is claimed", s->epoch);
    return s->epoch;
}

/* ---- salvage ---- */

static bool moves_h(enum event_kind kind)
{
    return kind == EVENT_ORDER_DEDUCT || kind == EVENT_ORDER_SELL || kind == EVENT_ORDER_UNLOCK ||
           kind == EVENT_ORDER_REFUND || kind == EVENT_STOCK_ADJUST;
}

/* What the box sold alone becomes a delta of the center's, unless a count of the new epoch has it.
 * What it was commanded the next box is told again. */
static void add_moves(struct world *w, const struct cloud_event *e, int64_t moved_t[ITEMS],
                      struct arena *arena)
{
    char path[FIELD_PATH];
    struct event_facts f;
    if (!e->known || !e->body || !moves_h(e->kind_no) ||
        cloud_event_facts(e, arena, &f, path) != CODE_OK || f.cmd_id.n > 0)
        return;
    for (uint32_t i = 0; i < f.n_effects; i++) {
        int item = item_of(f.effects[i].object);
        if (item >= 0 && w->center.s.counted_epoch[item] != w->center.s.epoch)
            moved_t[item] += f.effects[i].real_a_t - f.effects[i].real_b_t;
    }
}

static void salvage_item(struct world *w, int item, int64_t moved_t, int64_t true_t)
{
    if (moved_t == 0 && true_t == 0)
        return;
    trace(w, "center    salvages item %d: %lld, truly %lld", item, (long long)moved_t,
          (long long)true_t);
    if (true_t)
        truth_center_moved(w, item, true_t, w->center.s.ver + 1);
    if (moved_t < 0)
        rights_unpresume(&w->center.s.rows[item], -moved_t);
    if (w->options.plant != PLANT_LOST_SALVAGE)
        w->center.s.rows[item].c_t += moved_t;
    center_changed(w, item);
}

void center_salvages(struct world *w, struct str text)
{
    char path[FIELD_PATH] = "";
    int64_t moved_t[ITEMS] = {0}, true_t[ITEMS];
    struct arena arena;
    struct cloud_event e;
    struct json *doc = json_parse(text.p, text.n, &JSON_CLOUD, NULL);
    uint32_t epoch = doc ? (uint32_t)json_integer_at(doc, "epoch") : 0;
    uint64_t last = 0;
    arena_init(&arena, 32 << 20);
    for (const struct json *v = doc ? json_first(json_get(doc, "events")) : NULL; v;
         v = json_next(v)) {
        if (cloud_event_decode(v, &e, path) != CODE_OK)
            violation(w, "SALVAGE", "an event makes no sense: %s", path);
        if (!is_known(&w->center, &e)) {
            add_moves(w, &e, moved_t, &arena);
            remember(&w->center, e.hash);
        }
        last = e.seq;
    }
    truth_salvaged(w, (struct position){epoch, last}, true_t);
    for (int i = 0; i < ITEMS; i++)
        salvage_item(w, i, moved_t[i], true_t[i]);
    arena_free(&arena);
    json_free(doc);
}
