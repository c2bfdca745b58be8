/* POST /api/v1/poi/stock/digest: do hub and center hold the same rows (proto/cloud_digest.h)? */
#include <stdlib.h>

#include "proto/cloud_digest.h"
#include "tools/product-center/endpoint.h"
#include "tools/product-center/show.h"

static int by_object(const void *a, const void *b)
{
    const struct object *x = a, *y = b;
    return object_cmp(*x, *y);
}

static int item_cmp(const void *a, const void *b)
{
    const struct item *const *x = a, *const *y = b;
    return object_cmp((*x)->row.object, (*y)->row.object);
}

/* The rows that both sides should hold alike, by type and id; says which ones it leaves out. */
static const struct item **settled(struct call *c, const struct cloud_digest *q,
                                   const struct items *all, size_t *n)
{
    const struct item **list = arena_alloc(&c->arena, (all->n + 1) * sizeof(*list));
    struct object *hot = arena_alloc(&c->arena, (all->n + 1) * sizeof(*hot));
    size_t n_hot = 0;
    *n = 0;
    if (list == NULL || hot == NULL)
        return NULL;
    for (size_t i = 0; i < all->n; i++) {
        const struct item *it = &all->at[i];
        const struct object *o = &it->row.object;
        if (it->over > q->applied_ver)
            hot[n_hot++] = *o;
        else if (!it->deleted && digest_counts(&it->row) &&
                 bsearch(o, q->hot, q->n_hot, sizeof(*o), by_object) == NULL)
            list[(*n)++] = it;
    }
    cloud_digest_put_hot(&c->out, hot, n_hot);
    qsort(list, *n, sizeof(*list), item_cmp);
    return list;
}

static uint64_t root_of(const struct item *const *list, size_t n)
{
    uint64_t root = 0;
    for (size_t i = 0; i < n; i++)
        root ^= digest_row(&list[i]->row);
    return root;
}

static void put_pairs(struct jw *w, const struct cloud_digest *q, const struct item *const *list,
                      size_t n)
{
    size_t told = 0, i = 0;
    while (i < n && object_cmp(list[i]->row.object, q->after) <= 0)
        i++;
    jw_karray(w, "pairs");
    for (; i < n && told < LIMIT_PULL_ROWS; i++, told++)
        cloud_digest_put_pair(w,
                              (struct digest_pair){list[i]->row.object, digest_row(&list[i]->row)});
    jw_close(w, ']');
    jw_kbool(w, "more", i < n);
}

static void compare(struct call *c, const struct cloud_digest *q)
{
    size_t n;
    struct items all = items_page(c, 0, LIMIT_ITEMS, true);
    const struct item **list = settled(c, q, &all, &n);
    if (list == NULL)
        return;
    if (q->want == DIGEST_ROOT)
        cloud_digest_put_root(&c->out, root_of(list, n));
    else
        put_pairs(&c->out, q, list, n);
}

static void put_rows(struct call *c, const struct cloud_digest *q)
{
    struct items items = items_load(c, q->objects, q->n_objects);
    jw_karray(&c->out, "rows");
    for (size_t i = 0; i < items.n; i++)
        if (items.at[i].id != 0)
            item_write(&c->out, &items.at[i], true);
    jw_close(&c->out, ']');
}

void stock_digest(struct call *c)
{
    char path[FIELD_PATH];
    struct cloud_digest q;
    struct store s;
    enum code code = cloud_digest_decode(c->body, &c->arena, &q, path);
    if (code != CODE_OK) {
        call_malformed(c, code, path);
        return;
    }
    call_store(c, q.brand_id, q.poi_id);
    store_read(c, &s);
    if (q.epoch < s.epoch) {
        call_error(c, &(struct cloud_error){.name = CLOUD_FENCED,
                                            .detail = STR("another box has taken over"),
                                            .epoch = s.epoch});
        return;
    }
    store_heard(c);
    call_answer(c);
    if (q.want == DIGEST_ROWS)
        put_rows(c, &q);
    else
        compare(c, &q);
    wire_put_hlc(&c->out, "server_hlc", hlc_tick(s.hlc, c->now_ms));
    call_done(c);
}
