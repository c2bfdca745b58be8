#include "tests/stories/story_center.h"

#include <stdlib.h>
#include <string.h>

#include "tests/stories/story_trace.h"

void story_center_open(struct story_center *c, const struct shop *shop)
{
    toy_open(&c->toy, shop->wall_ms);
}

void story_center_close(struct story_center *c)
{
    toy_close(&c->toy);
}

/* ---- what the center does ---- */

static void trace_row(struct story_center *c, struct trace *t, struct object object)
{
    char real[DECIMAL_TEXT], locked[DECIMAL_TEXT];
    const struct stock_row *r = toy_row(&c->toy, object);
    trace_line(t, 0, "center sees sku %lld%s%s real %s locked %s", (long long)object.id,
               r->type == STOCK_LIMITED ? "" : " unlimited",
               r->status == STATUS_ON_SALE ? "" : " sold out", text_qty(real, stock_real(r)),
               text_qty(locked, stock_locked(r)));
}

static bool acts(struct story_center *c, const char *what, struct object object, int64_t q_t)
{
    if (strcmp(what, "sells") == 0)
        toy_sells(&c->toy, object, q_t);
    else if (strcmp(what, "locks") == 0)
        toy_locks(&c->toy, object, q_t);
    else if (strcmp(what, "counts") == 0)
        toy_counts(&c->toy, object, q_t);
    else if (strcmp(what, "closes") == 0 || strcmp(what, "opens") == 0)
        toy_status(&c->toy, object, *what == 'o');
    else if (strcmp(what, "deletes") == 0)
        toy_deletes(&c->toy, object);
    else
        return false;
    return true;
}

static bool center_step(struct story_center *c, struct trace *t, const char *rest)
{
    char what[16], unit;
    long long id, portions = 0;
    if (sscanf(rest, "waits %lld%c", &portions, &unit) == 2 && unit == 's') {
        c->toy.now_ms += portions * 1000;
        return true;
    }
    if (sscanf(rest, "%15s %lld %lld", what, &id, &portions) < 2)
        return false;
    struct object object = {OBJECT_SKU, id};
    bool done = acts(c, what, object, 10 * portions);
    if (done)
        trace_row(c, t, object);
    return done;
}

/* ---- what arrives ---- */

static void up(struct story_center *c, struct trace *t)
{
    struct txn *txn = trace_look(t);
    toy_hears(&c->toy, txn, UINT64_MAX);
    txn_abort(txn);
    for (size_t i = 0; i < c->toy.n; i++)
        if (c->toy.rows[i].object.type == OBJECT_SKU)
            trace_row(c, t, c->toy.rows[i].object);
}

static void down(struct trace *t, const struct cloud_row *row)
{
    shop_center_rows(t->shop, &(struct center_rows){.rows = row, .n = 1});
    trace_reply(t);
}

bool story_center_step(struct story_center *c, struct trace *t, const char *word, const char *rest)
{
    struct object object = {OBJECT_SKU, rest ? atoll(rest) : 0};
    if (strcmp(word, "center") == 0 && rest)
        return center_step(c, t, rest);
    if (strcmp(word, "up") == 0 && !rest) {
        up(c, t);
    } else if (strcmp(word, "hold") == 0 && object.id) {
        c->held = toy_sends(&c->toy, object);
    } else if (strcmp(word, "down") == 0 && object.id) {
        const struct cloud_row row = toy_sends(&c->toy, object);
        down(t, &row);
    } else if (strcmp(word, "down") == 0 && rest && strcmp(rest, "held") == 0) {
        down(t, &c->held);
    } else {
        return false;
    }
    return true;
}
