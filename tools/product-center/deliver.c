#include "tools/product-center/deliver.h"

#include <stdio.h>
#include <string.h>

#include "tools/product-center/feed.h"
#include "tools/product-center/show.h"

#define BATCH_ROWS 200 /* one round trip to the broker, about 50 ms */
#define LAG_STORES 50
#define LAG_ROWS   64   /* of one store; the head makes it pull the others */
#define FLUSH_MS   5000 /* then the broker stands still */
#define TOPIC      128

/* ---- messages ---- */

static bool send(struct push *p, const struct store_key *key, const char *leaf, const struct jw *w,
                 bool retain)
{
    char topic[TOPIC];
    snprintf(topic, sizeof(topic), "poi/%.*s/%.*s/%s", (int)key->brand.n, key->brand.p,
             (int)key->poi.n, key->poi.p, leaf);
    return push_publish(p, topic, jw_text(w), retain);
}

static void row_put(struct jw *w, const struct item *it)
{
    char text[WIRE_TIME];
    struct cloud_row row;
    item_show(it, true, text, &row);
    row.over = 0; /* the message says it */
    cloud_row_encode(w, &row, STR(""), STR(""));
}

static bool send_entry(struct call *c, struct push *p, const struct feed_entry *e, uint64_t prev,
                       const struct store *s)
{
    struct jw w = c->out;
    jw_init(&w, w.p, w.cap);
    cloud_push_begin(&w, &(struct cloud_push){.brand_id = c->key.brand,
                                              .poi_id = c->key.poi,
                                              .kind = e->row ? CLOUD_ITEM_STOCK : e->item->kind,
                                              .ver = e->over,
                                              .prev_ver = prev,
                                              .center_epoch = s->center_epoch,
                                              .hlc = s->hlc});
    if (e->row != NULL)
        row_put(&w, e->row);
    else
        jw_raw(&w, e->item->data);
    cloud_push_end(&w);
    return send(p, &c->key, "down", &w, false);
}

static bool send_head(struct call *c, struct push *p, const struct store_key *key,
                      const struct cloud_head *head)
{
    struct jw w = c->out;
    jw_init(&w, w.p, w.cap);
    cloud_head_encode(&w, head);
    return send(p, key, "head", &w, true);
}

static bool send_head_of(struct call *c, struct push *p, const struct store *s)
{
    return send_head(c, p, &c->key, &(struct cloud_head){s->ver, s->center_epoch, s->hlc});
}

/* ---- the outbox ---- */

static bool same_store(const struct store_key *a, const struct store_key *b)
{
    return a->shard == b->shard && str_eq(a->brand, b->brand) && str_eq(a->poi, b->poi);
}

static struct items load(struct call *c, const struct outbox_entry *e, size_t n)
{
    struct object *o = arena_alloc(&c->arena, n * sizeof(*o));
    size_t kept = 0;
    for (size_t i = 0; o != NULL && i < n; i++) {
        size_t k = 0;
        if (e[i].kind != CLOUD_ITEM_STOCK)
            continue;
        while (k < kept && (o[k].id != e[i].object.id || o[k].type != e[i].object.type))
            k++;
        if (k == kept)
            o[kept++] = e[i].object;
    }
    return items_load(c, o, kept);
}

/* An entry with news, whose row has a later version by now: that one carries the news. */
static void pass_on(struct call *c, const struct item *it, struct outbox_entry *e, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (e[i].ver == it->over) {
            e[i].echo = false;
            return;
        }
    outbox_is_news(c, it->over);
}

/* What an entry is about; false: it has a later version, which has an entry of its own. */
static bool entry_of(struct call *c, const struct outbox_entry *e, struct feed_entry *out)
{
    struct down_items items = down_page(c, e->ver - 1, 1);
    if (items.n == 0 || items.at->over != e->ver)
        return false;
    *out = (struct feed_entry){.over = e->ver, .item = items.at};
    return true;
}

/* The entries of one store, by ver. */
static bool deliver_store(struct call *c, struct push *p, struct outbox_entry *e, size_t n)
{
    struct store s;
    bool ok = true;
    c->key = e[0].key;
    store_read(c, &s);
    struct items items = load(c, e, n);
    uint64_t prev = e[0].ver - 1;
    for (size_t i = 0; ok && i < n; i++) {
        struct feed_entry out = {.row = items_find(&items, e[i].object), .over = e[i].ver};
        if (e[i].kind != CLOUD_ITEM_STOCK) {
            if (!entry_of(c, &e[i], &out))
                continue;
        } else if (e[i].echo || out.row == NULL || out.row->id == 0) {
            continue;
        } else if (out.row->over != e[i].ver) {
            pass_on(c, out.row, e + i, n - i);
            continue;
        }
        ok = send_entry(c, p, &out, prev, &s);
        prev = out.over;
    }
    return ok && send_head_of(c, p, &s);
}

bool deliver_outbox(struct call *c, struct push *p, bool *more)
{
    size_t n;
    struct outbox_entry *e = outbox_take(c, BATCH_ROWS, &n);
    *more = n == BATCH_ROWS;
    for (size_t at = 0, end; at < n; at = end) {
        for (end = at + 1; end < n && same_store(&e[at].key, &e[end].key);)
            end++;
        if (!deliver_store(c, p, e + at, end - at))
            return false;
    }
    if (!push_flush(p, FLUSH_MS))
        return false;
    if (n > 0)
        outbox_done(c, e, n);
    return true;
}

/* ---- stores that lag ---- */

static bool deliver_again(struct call *c, struct push *p)
{
    struct store s;
    store_read(c, &s);
    struct feed feed = feed_page(c, s.applied, LAG_ROWS);
    uint64_t prev = s.applied;
    for (size_t i = 0; i < feed.n; i++) {
        if (!send_entry(c, p, &feed.at[i], prev, &s))
            return false;
        prev = feed.at[i].over;
    }
    return send_head_of(c, p, &s);
}

bool deliver_lag(struct call *c, struct push *p, bool *more)
{
    size_t n;
    const struct store_key *due = lag_due(c, LAG_STORES, &n);
    *more = n == LAG_STORES;
    for (size_t i = 0; i < n; i++) {
        c->key = due[i];
        if (!deliver_again(c, p))
            return false;
    }
    if (!push_flush(p, FLUSH_MS))
        return false;
    for (size_t i = 0; i < n; i++) {
        c->key = due[i];
        lag_pushed(c);
    }
    return true;
}

/* ---- heads ---- */

static void copy(char *to, size_t size, struct str v)
{
    snprintf(to, size, "%.*s", (int)v.n, v.p);
}

static void move_on(struct head_cursor *at, const struct store_key *to)
{
    copy(at->brand, sizeof(at->brand), to->brand);
    copy(at->poi, sizeof(at->poi), to->poi);
    at->after = (struct store_key){to->shard, str_of(at->brand), str_of(at->poi)};
}

bool deliver_heads(struct call *c, struct push *p, struct head_cursor *at, size_t limit)
{
    static const struct store_key BEFORE_ALL = {-1, {"", 0}, {"", 0}};
    size_t n;
    if (at->after.brand.p == NULL)
        at->after = BEFORE_ALL;
    const struct head_entry *e = head_list(c, &at->after, limit, &n);
    for (size_t i = 0; i < n; i++)
        if (!send_head(c, p, &e[i].key,
                       &(struct cloud_head){e[i].ver, e[i].center_epoch, e[i].hlc}))
            return false;
    if (n < limit)
        at->after = BEFORE_ALL;
    else
        move_on(at, &e[n - 1].key);
    return push_flush(p, FLUSH_MS);
}
