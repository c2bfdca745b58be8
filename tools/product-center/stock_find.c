/* POST /api/v1/poi/stock/find-to-pos: the base API's list, or a page of rows and
 * other items since a version (sync-protocol 4.5). GET /api/v1/poi/stock/rows gives the rows alone,
 * to people and programs.
 */
#include "tools/product-center/endpoint.h"
#include "tools/product-center/feed.h"
#include "tools/product-center/show.h"

#define PAGE_BYTES ((size_t)3 << 20) /* of HTTP_REPLY_MAX and LIMIT_CLOUD_BYTES; then one more */

static bool named(const struct cloud_find *q, int64_t id)
{
    for (uint16_t i = 0; i < q->n_object_ids; i++)
        if (q->object_ids[i] == id)
            return true;
    return q->n_object_ids == 0;
}

static void list(struct call *c, const struct cloud_find *q)
{
    struct cloud_find_reply reply = {.legacy = true};
    struct items items = items_page(c, 0, LIMIT_ITEMS, false);
    c->status = 200;
    cloud_find_reply_begin(&c->out, &reply);
    for (size_t i = 0; i < items.n; i++)
        if (named(q, items.at[i].row.object.id))
            item_write(&c->out, &items.at[i], false);
    cloud_find_reply_end(&c->out, &reply);
}

/* A page ends early where orders with long texts would not fit the answer. */
static void page(struct call *c, const struct store *s, uint64_t since, size_t limit, bool all)
{
    struct feed feed = feed_page(c, since, limit + 1);
    struct cloud_find_reply reply = {
        .head_ver = s->ver, .next_ver = s->ver, .server_hlc = hlc_tick(s->hlc, c->now_ms)};
    c->status = 200;
    cloud_find_reply_begin(&c->out, &reply);
    for (size_t i = 0; i < feed.n && !reply.more; i++) {
        if (all || feed.at[i].row != NULL)
            feed_write(&c->out, &feed.at[i]);
        reply.more = i + 1 < feed.n && (i + 1 == limit || c->out.n > PAGE_BYTES);
        if (reply.more)
            reply.next_ver = feed.at[i].over;
    }
    cloud_find_reply_end(&c->out, &reply);
}

void stock_find(struct call *c)
{
    char path[FIELD_PATH];
    struct cloud_find q;
    struct store s;
    enum code code = cloud_find_decode(c->body, &c->arena, &q, path);
    if (code != CODE_OK) {
        call_malformed(c, code, path);
        return;
    }
    call_store(c, q.brand_id, q.poi_id);
    store_read(c, &s);
    if (!q.proto2)
        list(c, &q);
    else if (q.since_ver < s.floor && !q.full)
        call_fail(c, CLOUD_GONE, "deletions since then are forgotten; pull from 0, full");
    else {
        page(c, &s, q.since_ver, q.limit, true);
        if (q.epoch == s.epoch)
            store_heard(c);
    }
}

void stock_rows(struct call *c)
{
    uint64_t since, limit;
    struct store s;
    if (!call_store_query(c) || !call_number_query(c, "since_ver", 0, &since) ||
        !call_number_query(c, "limit", LIMIT_PULL_ROWS, &limit))
        return;
    store_read(c, &s);
    size_t n = limit >= 1 && limit < LIMIT_PULL_ROWS ? (size_t)limit : LIMIT_PULL_ROWS;
    page(c, &s, since, n, false);
}
