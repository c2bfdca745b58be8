/* The invariants that are sums (sync-protocol 1.4): recomputed from the orders and compared with
 * the rows. For test builds and the nightly audit.
 */
#include "edge/books/books.h"
#include "proto/shares.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define WHY 160

struct row_sum {
    struct object object;
    int64_t locked_t;
};
struct audit {
    struct row_sum *rows;
    size_t n, cap;
    char *why;
    bool ok;
};

static void broken(struct audit *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void broken(struct audit *a, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    if (a->ok)
        vsnprintf(a->why, WHY, fmt, args);
    va_end(args);
    a->ok = false;
}

static int object_cmp(const void *pa, const void *pb)
{
    const struct row_sum *a = pa, *b = pb;
    if (a->object.type != b->object.type)
        return a->object.type < b->object.type ? -1 : 1;
    return (a->object.id > b->object.id) - (a->object.id < b->object.id);
}

/* Sums are gathered loose, then sorted and folded: no table has to be searched meanwhile. */
static void sum_add(struct audit *a, struct object object, int64_t q_t)
{
    if (a->n == a->cap) {
        a->cap = a->cap ? 2 * a->cap : 256;
        a->rows = realloc(a->rows, a->cap * sizeof *a->rows);
        if (!a->rows)
            abort();
    }
    a->rows[a->n++] = (struct row_sum){object, q_t};
}

static void sums_fold(struct audit *a)
{
    size_t kept = 0;
    if (a->n)
        qsort(a->rows, a->n, sizeof *a->rows, object_cmp);
    for (size_t i = 0; i < a->n; i++) {
        if (kept && object_cmp(&a->rows[kept - 1], &a->rows[i]) == 0)
            a->rows[kept - 1].locked_t += a->rows[i].locked_t;
        else
            a->rows[kept++] = a->rows[i];
    }
    a->n = kept;
}

static void audit_line(struct audit *a, const struct order *o, const struct order_line *l)
{
    if (l->held_t < 0 || l->restocked_t > l->held_t + l->refunded_t)
        broken(a, "order %llu line %u: held %lld restocked %lld", (unsigned long long)o->no,
               l->line, (long long)l->held_t, (long long)l->restocked_t);
    for (uint16_t i = 0; i < l->n_effects; i++)
        if (l->reserved == RESERVED_LOCKED)
            sum_add(a, l->effects[i].object, l->held_t * l->effects[i].factor_t / 10);
}

/* P4: all lines of an order stand in the same kind of reservation. */
static void audit_order(struct audit *a, const struct order *o)
{
    bool locked = false, deducted = false;
    for (uint16_t i = 0; i < o->n_lines; i++) {
        audit_line(a, o, &o->lines[i]);
        locked = locked || o->lines[i].reserved == RESERVED_LOCKED;
        deducted = deducted || o->lines[i].reserved == RESERVED_DEDUCTED;
    }
    bool unpaid = o->state == ORDER_PLACED || o->state == ORDER_PAYING;
    if ((locked && deducted) || (locked && !unpaid) || (deducted && unpaid))
        broken(a, "order %llu is %s with locked=%d deducted=%d", (unsigned long long)o->no,
               order_state_name(o->state), locked, deducted);
    if (o->served >= o->rounds && o->kitchen != KITCHEN_SERVED)
        broken(a, "order %llu is served and can never end: its kitchen is %s",
               (unsigned long long)o->no, kitchen_name(o->kitchen));
}

static void audit_orders(struct txn *txn, struct audit *a)
{
    struct arena scratch;
    arena_init(&scratch, 64 * ORDER_BYTES);
    struct scan s = scan_begin(txn, TABLE_ORDER_OPEN, (struct bytes){0}, false);
    while (scan_next(&s)) {
        struct order o;
        arena_reset(&scratch);
        if (order_unpack(s.value, &scratch, &o))
            audit_order(a, &o);
        else
            broken(a, "an open order does not decode");
    }
    scan_end(&s);
    arena_free(&scratch);
}

static int64_t locked_sum(const struct audit *a, struct object object)
{
    struct row_sum wanted = {object, 0};
    const struct row_sum *found =
        a->n ? bsearch(&wanted, a->rows, a->n, sizeof *a->rows, object_cmp) : NULL;
    return found ? found->locked_t : 0;
}

static void audit_row(struct audit *a, const struct stock_row *r)
{
    int64_t locked_t = locked_sum(a, r->object);
    if (r->lh_t != locked_t)
        broken(a, "I1: object %d:%lld has Lh %lld, its reservations %lld", (int)r->object.type,
               (long long)r->object.id, (long long)r->lh_t, (long long)locked_t);
    for (uint16_t i = 0; i < r->n_channels; i++)
        if (r->channels[i].used_t < 0)
            broken(a, "I5: object %d:%lld has used %lld", (int)r->object.type,
                   (long long)r->object.id, (long long)r->channels[i].used_t);
    if (!shares_sound(r, SITE_HUB))
        broken(a, "I5: object %d:%lld holds back %lld of %lld", (int)r->object.type,
               (long long)r->object.id, (long long)shares_unmet(r, SITE_HUB),
               (long long)shares_total(r, SITE_HUB));
}

static void audit_rows(struct txn *txn, struct audit *a)
{
    struct scan s = scan_begin(txn, TABLE_STOCK, (struct bytes){0}, false);
    while (scan_next(&s)) {
        struct stock_row r;
        if (stock_unpack(s.value, &r))
            audit_row(a, &r);
        else
            broken(a, "a stock row does not decode");
    }
    scan_end(&s);
}

bool books_audit(struct txn *txn, char *why)
{
    struct audit a = {.why = why, .ok = true};
    audit_orders(txn, &a);
    sums_fold(&a);
    audit_rows(txn, &a);
    free(a.rows);
    if (txn_error(txn) != PH_OK)
        broken(&a, "%.100s", txn_fault(txn));
    return a.ok;
}
