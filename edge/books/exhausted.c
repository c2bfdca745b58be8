/* A set-associative table: an item has one place in one of a few ways, so that both a look and a
 * change touch one or two cache lines. What hangs on an SPU's row is found by walking all of it;
 * that is rare, and the table is small.
 */
#include "edge/books/exhausted.h"

#include "proto/shares.h"

#include <stdatomic.h>
#include <stdlib.h>

#define WAYS    8
#define SETS    (EXHAUSTED_ITEMS / WAYS)
#define NO_FLAG INT64_MAX

struct place {
    atomic_int_least64_t object_id; /* 0: empty */
    atomic_int_least64_t left_t[CHANNEL_COUNT];
    struct object limit; /* the writer's own: the row that says so */
};
struct note {
    int64_t object_id, left_t;
    struct object limit;
    enum channel channel;
};
struct exhausted {
    /* Odd while a place changes hands; a reader that sees it move sees no flag. */
    atomic_uint hands;
    struct place places[SETS][WAYS];
    /* the writer's own */
    struct note notes[EXHAUSTED_NOTES];
    uint16_t n_notes;
    int n_used, n_of_spus; /* places */
};

struct exhausted *exhausted_create(void)
{
    struct exhausted *x = calloc(1, sizeof *x);
    for (int i = 0; x && i < SETS * WAYS; i++)
        for (int c = 0; c < CHANNEL_COUNT; c++)
            atomic_init(&x->places[i / WAYS][i % WAYS].left_t[c], NO_FLAG);
    return x;
}

void exhausted_destroy(struct exhausted *x)
{
    free(x);
}

static uint32_t set_of(int64_t object_id)
{
    uint64_t h = (uint64_t)object_id * 0x9E3779B97F4A7C15ULL; /* Fibonacci hashing */
    return (uint32_t)(h >> 32) % SETS;
}

/* ---- any thread ---- */

/* All loads and stores are sequentially consistent: the loads cost nothing beyond plain ones where
 * this runs, and the stores are rare. */
bool exhausted_hit(const struct exhausted *x, int64_t object_id, enum channel c, int64_t qty_t)
{
    const struct place *set = x->places[set_of(object_id)];
    unsigned before = atomic_load(&x->hands);
    for (int i = 0; i < WAYS; i++) {
        if (atomic_load(&set[i].object_id) != object_id)
            continue;
        bool hit = qty_t > atomic_load(&set[i].left_t[c]);
        return hit && before % 2 == 0 && atomic_load(&x->hands) == before;
    }
    return false;
}

/* ---- the writer ---- */

static struct place *place_find(struct exhausted *x, int64_t object_id)
{
    struct place *set = x->places[set_of(object_id)];
    for (int i = 0; i < WAYS; i++)
        if (atomic_load(&set[i].object_id) == object_id)
            return &set[i];
    return NULL;
}

static bool hangs_on_spu(const struct place *p)
{
    return atomic_load(&p->object_id) != 0 && p->limit.type == OBJECT_SPU;
}

/* To another item, or to none (0). */
static void place_give(struct exhausted *x, struct place *p, int64_t object_id, struct object limit)
{
    x->n_used -= atomic_load(&p->object_id) != 0;
    x->n_of_spus -= hangs_on_spu(p);
    atomic_fetch_add(&x->hands, 1);
    for (int c = 0; c < CHANNEL_COUNT; c++)
        atomic_store(&p->left_t[c], NO_FLAG);
    atomic_store(&p->object_id, object_id);
    atomic_fetch_add(&x->hands, 1);
    p->limit = limit;
    x->n_used += object_id != 0;
    x->n_of_spus += hangs_on_spu(p);
}

static void place_empty(struct exhausted *x, struct place *p)
{
    place_give(x, p, 0, (struct object){.type = OBJECT_SKU});
}

static bool has_flag(const struct place *p)
{
    for (int c = 0; c < CHANNEL_COUNT; c++)
        if (atomic_load(&p->left_t[c]) != NO_FLAG)
            return true;
    return false;
}

/* More can be sold than the flag says: away with it. */
static void place_check(struct exhausted *x, struct place *p, const struct stock_row *r)
{
    for (int c = 0; c < CHANNEL_COUNT; c++)
        if (atomic_load(&p->left_t[c]) < stock_avail(r, (enum channel)c))
            atomic_store(&p->left_t[c], NO_FLAG);
    if (!has_flag(p))
        place_empty(x, p);
}

static bool is_same(struct object a, struct object b)
{
    return a.id == b.id && a.type == b.type;
}

static void check_of_spu(struct exhausted *x, const struct stock_row *r)
{
    for (int i = 0; i < SETS * WAYS; i++) {
        struct place *p = &x->places[i / WAYS][i % WAYS];
        if (atomic_load(&p->object_id) != 0 && is_same(p->limit, r->object))
            place_check(x, p, r);
    }
}

static void drop_notes(struct exhausted *x, const struct stock_row *r)
{
    uint16_t kept = 0;
    for (uint16_t i = 0; i < x->n_notes; i++) {
        const struct note *n = &x->notes[i];
        if (!is_same(n->limit, r->object) || stock_avail(r, n->channel) <= n->left_t)
            x->notes[kept++] = *n;
    }
    x->n_notes = kept;
}

void exhausted_row(struct exhausted *x, const struct stock_row *r)
{
    if (!x)
        return;
    drop_notes(x, r);
    if (r->object.type == OBJECT_SPU && x->n_of_spus > 0)
        check_of_spu(x, r);
    struct place *p = r->object.type == OBJECT_SKU && x->n_used > x->n_of_spus
                          ? place_find(x, r->object.id)
                          : NULL;
    if (p && is_same(p->limit, r->object))
        place_check(x, p, r);
}

void exhausted_note(struct exhausted *x, int64_t object_id, struct object limit, enum channel c,
                    int64_t left_t)
{
    if (!x)
        return;
    for (uint16_t i = 0; i < x->n_notes; i++) {
        struct note *n = &x->notes[i];
        if (n->object_id == object_id && n->channel == c && is_same(n->limit, limit)) {
            n->left_t = left_t;
            return;
        }
    }
    if (x->n_notes < EXHAUSTED_NOTES)
        x->notes[x->n_notes++] = (struct note){object_id, left_t, limit, c};
}

/* An item has one place, and that hangs on one row: another row that stands in its way replaces it.
 */
static void flag(struct exhausted *x, const struct note *n)
{
    struct place *set = x->places[set_of(n->object_id)], *p = place_find(x, n->object_id);
    for (int i = 0; i < WAYS && !p; i++)
        if (atomic_load(&set[i].object_id) == 0)
            p = &set[i];
    if (!p)
        return;
    if (atomic_load(&p->object_id) != n->object_id || !is_same(p->limit, n->limit))
        place_give(x, p, n->object_id, n->limit);
    atomic_store(&p->left_t[n->channel], n->left_t);
}

void exhausted_committed(struct exhausted *x)
{
    for (uint16_t i = 0; x && i < x->n_notes; i++)
        flag(x, &x->notes[i]);
    exhausted_undone(x);
}

void exhausted_undone(struct exhausted *x)
{
    if (x)
        x->n_notes = 0;
}

void exhausted_forget(struct exhausted *x)
{
    exhausted_undone(x);
    for (int i = 0; x && i < SETS * WAYS; i++)
        if (atomic_load(&x->places[i / WAYS][i % WAYS].object_id) != 0)
            place_empty(x, &x->places[i / WAYS][i % WAYS]);
}
