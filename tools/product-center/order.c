#include "tools/product-center/order.h"

#include <stdlib.h>

#include "tools/product-center/balance.h"

static const struct db_statement OPS = {
    "SELECT kind, op_id, request, code, amount_e4 FROM center_order_op WHERE shard = $1 AND"
    " brand_id = $2 AND poi_id = $3 AND order_id = $4"};
static const struct db_statement OP_ADD = {
    "INSERT INTO center_order_op (shard, brand_id, poi_id, order_id, kind, op_id, request, code,"
    " amount_e4) VALUES ($1, $2, $3, $4, $5, $6, $7::text::json, $8, $9)"};

static void ops_load(struct call *c, struct order *o)
{
    struct db_args a = {0};
    arg_store(&a, &c->key);
    arg_text(&a, o->m->order_id);
    const struct db_rows *r = db_query(c->db, &OPS, &a);
    o->ops = arena_alloc(&c->arena, rows_count(r) * sizeof(*o->ops));
    o->n_ops = o->ops != NULL ? rows_count(r) : 0;
    for (size_t i = 0; i < o->n_ops; i++)
        o->ops[i] = (struct order_op){.kind = rows_text(r, i, 0),
                                      .id = rows_text(r, i, 1),
                                      .request = rows_text(r, i, 2),
                                      .code = (enum code)rows_int(r, i, 3),
                                      .amount_e4 = rows_int(r, i, 4)};
}

void order_open(struct call *c, struct str order_id, struct order *out)
{
    *out = (struct order){.m = &out->nobody};
    store_lock(c, &out->store);
    out->mirror = mirror_load(c, &order_id, 1);
    if (out->mirror.n == 1)
        out->m = out->mirror.at;
    if (out->m->status != ORDER_NONE)
        ops_load(c, out);
}

/* ---- its rows ---- */

static int object_order(const void *a, const void *b)
{
    const struct object *x = a, *y = b;
    if (x->type != y->type)
        return x->type < y->type ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

/* The objects of all lines: distinct and sorted. */
static struct object *objects_of(struct arena *arena, const struct mirror_order *o, size_t *n)
{
    size_t all = 0, kept = 0;
    for (size_t i = 0; i < o->n_lines; i++)
        all += o->lines[i].n_effects;
    struct object *list = arena_alloc(arena, all * sizeof(*list));
    *n = all = 0;
    if (list == NULL)
        return NULL;
    for (size_t i = 0; i < o->n_lines; i++)
        for (size_t k = 0; k < o->lines[i].n_effects; k++)
            list[all++] = o->lines[i].effects[k].object;
    qsort(list, all, sizeof(*list), object_order);
    for (size_t i = 0; i < all; i++)
        if (kept == 0 || object_order(&list[kept - 1], &list[i]) != 0)
            list[kept++] = list[i];
    *n = kept;
    return list;
}

void order_rows(struct call *c, struct order *o)
{
    size_t n;
    const struct object *objects = objects_of(&c->arena, o->m, &n);
    o->items = items_load(c, objects, n);
    balance_look(c, &o->store, &o->items);
}

/* ---- what was asked of it ---- */

const struct order_op *order_op(const struct order *o, struct str kind, struct str id)
{
    for (size_t i = 0; i < o->n_ops; i++)
        if (str_eq(o->ops[i].kind, kind) && str_eq(o->ops[i].id, id))
            return &o->ops[i];
    return NULL;
}

bool order_op_add(struct call *c, struct order *o, const struct order_op *op)
{
    struct db_args a = {0};
    if (o->n_ops >= ORDER_OPS)
        return false;
    arg_store(&a, &c->key);
    arg_text(&a, o->m->order_id);
    arg_text(&a, op->kind);
    arg_text(&a, op->id);
    arg_text(&a, op->request);
    arg_int(&a, op->code);
    arg_int(&a, op->amount_e4);
    db_run(c->db, &OP_ADD, &a);
    struct order_op *more = arena_alloc(&c->arena, (o->n_ops + 1) * sizeof(*more));
    for (size_t i = 0; more != NULL && i < o->n_ops; i++)
        more[i] = o->ops[i];
    if (more != NULL)
        more[o->n_ops++] = *op;
    o->ops = more;
    return true;
}
