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
    for (size_t i = 0; i < c->n_docs; i++)
        json_free(c->docs[i]);
    toy_close(&c->toy);
}

/* ---- its orders ---- */

static struct cloud_order *order_of(struct story_center *c, const char *id)
{
    for (size_t i = 0; i < c->n_orders; i++)
        if (str_eq(c->orders[i].order_id, str_of(id)))
            return &c->orders[i];
    return NULL;
}

static struct json *read_text(const char *text)
{
    char quoted[STORY_ORDER_BYTES];
    size_t n = 0;
    for (; text[n] && n + 1 < sizeof quoted; n++)
        quoted[n] = text[n] == '\'' ? '"' : text[n];
    return json_parse(quoted, n, &JSON_PUSH, NULL);
}

static struct json *read_order(struct story_center *c, const char *text, struct cloud_order *out)
{
    char path[FIELD_PATH];
    struct json *doc = read_text(text);
    if (doc && cloud_order_decode(doc, &c->toy.texts, out, path) == CODE_OK)
        return doc;
    json_free(doc);
    return NULL;
}

static bool order_step(struct story_center *c, const char *text)
{
    struct cloud_order o;
    struct json *doc = c->n_docs < STORY_ORDERS ? read_order(c, text, &o) : NULL;
    if (!doc)
        return false;
    c->docs[c->n_docs++] = doc;
    char id[LIMIT_ORDER_ID + 1] = "";
    memcpy(id, o.order_id.p, o.order_id.n);
    struct cloud_order *known = order_of(c, id);
    o.over = ++c->toy.ver;
    *(known ? known : &c->orders[c->n_orders++]) = o;
    return true;
}

static bool order_state_step(struct story_center *c, const char *state, const char *id)
{
    struct cloud_order *o = order_of(c, id);
    if (!o || !order_state_parse(str_of(state), &o->state))
        return false;
    o->over = ++c->toy.ver;
    return true;
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
    char what[16], id_text[LIMIT_ORDER_ID + 1], unit;
    long long id, portions = 0;
    if (sscanf(rest, "waits %lld%c", &portions, &unit) == 2 && unit == 's') {
        c->toy.now_ms += portions * 1000;
        return true;
    }
    if (strncmp(rest, "order ", strlen("order ")) == 0)
        return order_step(c, rest + strlen("order "));
    if (sscanf(rest, "%15s %32s", what, id_text) == 2 && order_state_step(c, what, id_text))
        return true;
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

static void down_order(struct trace *t, const struct cloud_order *o)
{
    shop_center_rows(
        t->shop,
        &(struct center_rows){.orders = o, .n_orders = 1, .prev_ver = o->over - 1, .ver = o->over});
    trace_reply(t);
}

static bool case_arrives(struct story_center *c, struct trace *t, const char *text)
{
    char path[FIELD_PATH];
    struct cloud_case k;
    struct json *doc = read_text(text);
    bool good = doc && cloud_case_decode(doc, &c->toy.texts, &k, path) == CODE_OK;
    if (good) {
        k.over = ++c->toy.ver;
        shop_center_rows(t->shop,
                         &(struct center_rows){
                             .cases = &k, .n_cases = 1, .prev_ver = k.over - 1, .ver = k.over});
        trace_reply(t);
    }
    json_free(doc);
    return good;
}

/* "hold order ID", "down order ID", "down held order" */
static bool order_arrives(struct story_center *c, struct trace *t, const char *word,
                          const char *rest)
{
    bool held = strcmp(rest, "held order") == 0;
    const struct cloud_order *o = held ? &c->held_order
                                  : strncmp(rest, "order ", strlen("order ")) == 0
                                      ? order_of(c, rest + strlen("order "))
                                      : NULL;
    if (!o)
        return false;
    if (strcmp(word, "hold") == 0)
        c->held_order = *o;
    else if (strcmp(word, "down") == 0)
        down_order(t, o);
    else
        return false;
    return true;
}

bool story_center_step(struct story_center *c, struct trace *t, const char *word, const char *rest)
{
    struct object object = {OBJECT_SKU, rest ? atoll(rest) : 0};
    if (strcmp(word, "center") == 0 && rest)
        return center_step(c, t, rest);
    if (rest && order_arrives(c, t, word, rest))
        return true;
    if (rest && strcmp(word, "down") == 0 && strncmp(rest, "case ", strlen("case ")) == 0)
        return case_arrives(c, t, rest + strlen("case "));
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
