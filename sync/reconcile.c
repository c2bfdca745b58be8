#include "sync/reconcile.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- rounds ---- */

void reconcile_open(struct reconcile *r, int64_t now_ms)
{
    *r = (struct reconcile){.state = RECONCILE_REST, .due_ms = now_ms};
}

static void rest(struct reconcile *r, int64_t due_ms)
{
    r->state = RECONCILE_REST;
    r->due_ms = due_ms;
    r->n_differ = 0;
    r->tried = false;
    r->after = (struct object){OBJECT_SPU, 0};
}

static void conclude(struct reconcile *r, int64_t now_ms)
{
    r->now.rounds = r->last.rounds + 1;
    r->last = r->now;
    r->demanded = false;
    rest(r, now_ms + RECONCILE_EVERY_MS);
}

void reconcile_connected(struct reconcile *r, int64_t now_ms)
{
    rest(r, now_ms);
}

void reconcile_demand(struct reconcile *r)
{
    r->demanded = true;
}

void reconcile_failed(struct reconcile *r, bool never, int64_t now_ms)
{
    r->demanded = false;
    rest(r, now_ms + (never ? RECONCILE_EVERY_MS : RECONCILE_RETRY_MS));
}

/* ---- what to do ---- */

static struct reconcile_step ask(enum cloud_digest_want want)
{
    return (struct reconcile_step){.what = RECONCILE_ASK, .want = want};
}

struct reconcile_step reconcile_next(const struct reconcile *r, bool drained, int64_t now_ms)
{
    const struct reconcile_step idle = {.what = RECONCILE_IDLE};
    switch (r->state) {
    case RECONCILE_REST:
        if (!drained)
            return idle;
        if (!r->demanded && now_ms < r->due_ms)
            return (struct reconcile_step){.what = RECONCILE_WAIT, .until_ms = r->due_ms};
        return ask(DIGEST_ROOT);
    case RECONCILE_ROOT:
        return ask(DIGEST_ROOT);
    case RECONCILE_LIST:
        return ask(DIGEST_LIST);
    case RECONCILE_ROWS:
        return ask(DIGEST_ROWS);
    case RECONCILE_REPAIR:
        return (struct reconcile_step){.what = RECONCILE_MEND};
    case RECONCILE_SETTLE:
        return drained ? ask(DIGEST_ROWS) : idle;
    }
    return idle;
}

/* ---- comparing ---- */

static int by_object(const void *a, const void *b)
{
    const struct object *x = a, *y = b;
    return object_cmp(*x, *y);
}

static bool is_hot(const struct cloud_digest_reply *theirs, struct object o)
{
    return theirs->n_hot > 0 &&
           bsearch(&o, theirs->hot, theirs->n_hot, sizeof(o), by_object) != NULL;
}

void reconcile_root(struct reconcile *r, const struct digest_pair *ours, size_t n, uint32_t hot,
                    const struct cloud_digest_reply *theirs, int64_t now_ms)
{
    uint64_t root = 0;
    assert(r->state == RECONCILE_REST || r->state == RECONCILE_ROOT);
    r->now = (struct reconcile_result){.left_out = hot + (uint32_t)theirs->n_hot};
    for (size_t i = 0; i < n; i++) {
        if (is_hot(theirs, ours[i].object))
            continue;
        root ^= ours[i].digest;
        r->now.compared++;
    }
    if (root == theirs->root)
        conclude(r, now_ms);
    else
        r->state = RECONCILE_LIST;
}

static void differs(struct reconcile *r, struct object o)
{
    r->now.differed++;
    if (r->n_differ < RECONCILE_DIFFER_MAX)
        r->differ[r->n_differ++] = o;
}

static bool is_beyond(const struct cloud_digest_reply *page, struct object o)
{
    return page->more && object_cmp(o, page->pairs[page->n_pairs - 1].object) > 0;
}

/* Both lists rise: one walk finds what only one side has and what reads differently. */
void reconcile_list(struct reconcile *r, const struct digest_pair *ours, size_t n,
                    const struct cloud_digest_reply *theirs, int64_t now_ms)
{
    size_t i = 0, k = 0;
    assert(r->state == RECONCILE_LIST);
    while (i < n && object_cmp(ours[i].object, r->after) <= 0)
        i++;
    while (i < n || k < theirs->n_pairs) {
        int side = i == n                 ? 1
                   : k == theirs->n_pairs ? -1
                                          : object_cmp(ours[i].object, theirs->pairs[k].object);
        if (side < 0 && is_beyond(theirs, ours[i].object))
            break;
        if (side < 0 && !is_hot(theirs, ours[i].object))
            differs(r, ours[i].object);
        else if (side > 0 || (side == 0 && ours[i].digest != theirs->pairs[k].digest))
            differs(r, theirs->pairs[k].object);
        i += side <= 0;
        k += side >= 0;
    }
    if (theirs->more)
        r->after = theirs->pairs[theirs->n_pairs - 1].object;
    else if (r->n_differ == 0)
        conclude(r, now_ms); /* a change passed between the two questions */
    else
        r->state = RECONCILE_ROWS;
}

static void judge(struct reconcile *r, const struct reconcile_look *looks, int64_t now_ms)
{
    for (uint32_t i = 0; i < r->n_differ; i++) {
        if (looks[i].hot)
            continue;
        if (looks[i].differs)
            r->now.stuck++;
        else
            r->now.repaired++;
    }
    conclude(r, now_ms);
}

void reconcile_rows(struct reconcile *r, const struct reconcile_look *looks, int64_t now_ms)
{
    uint32_t kept = 0;
    assert(r->state == RECONCILE_ROWS || r->state == RECONCILE_SETTLE);
    if (r->tried) {
        judge(r, looks, now_ms);
        return;
    }
    for (uint32_t i = 0; i < r->n_differ; i++)
        if (looks[i].differs && !looks[i].hot)
            r->differ[kept++] = r->differ[i];
    r->n_differ = kept;
    if (kept == 0)
        conclude(r, now_ms);
    else
        r->state = RECONCILE_REPAIR;
}

void reconcile_mended(struct reconcile *r)
{
    assert(r->state == RECONCILE_REPAIR);
    r->tried = true;
    r->state = RECONCILE_SETTLE;
}
