#include "tools/product-center/want.h"

#include "proto/rights.h"
#include "tools/product-center/change.h"

static struct items rows_of(struct call *c, const struct cloud_want *wants, size_t n)
{
    struct object *o = arena_alloc(&c->arena, n * sizeof(*o));
    size_t kept = 0;
    for (size_t i = 0; o != NULL && i < n; i++) {
        size_t k = 0;
        while (k < kept && (o[k].id != wants[i].object.id || o[k].type != wants[i].object.type))
            k++;
        if (k == kept)
            o[kept++] = wants[i].object;
    }
    return items_load(c, o, kept);
}

static void answer(struct item *it, const struct cloud_want *w)
{
    if (it->last_req.n > 0 && str_eq(it->last_req, w->req)) {
        it->news = true; /* the answer before was lost */
        return;
    }
    if (!rights_grantable(&it->row) || rights_grant(&it->row, w->q_t) == 0)
        return;
    it->last_req = w->req;
    it->changed = it->news = true;
}

struct items want_answer(struct call *c, struct store *s, const struct cloud_want *wants, size_t n)
{
    struct items items = rows_of(c, wants, n);
    for (size_t i = 0; i < n && items.n > 0; i++)
        answer(items_find(&items, wants[i].object), &wants[i]);
    change_commit(c, s, &items, &(struct change){.by = "grant"});
    return items;
}
