/* POST /api/v1/poi/stock/find-to-pos: the base API's list, or a page of rows since a version
 * (sync-protocol 4.5). GET /api/v1/poi/stock/rows gives the same pages to people and programs.
 */
#include "tools/product-center/endpoint.h"
#include "tools/product-center/show.h"

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

static void page(struct call *c, const struct store *s, uint64_t since, size_t limit)
{
    struct items items = items_page(c, since, limit + 1, true);
    struct cloud_find_reply reply = {
        .head_ver = s->ver, .more = items.n > limit, .server_hlc = hlc_tick(s->hlc, c->now_ms)};
    if (reply.more)
        items.n = limit;
    reply.next_ver = reply.more ? items.at[limit - 1].over : s->ver;
    c->status = 200;
    cloud_find_reply_begin(&c->out, &reply);
    for (size_t i = 0; i < items.n; i++)
        item_write(&c->out, &items.at[i], true);
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
        page(c, &s, q.since_ver, q.limit);
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
    page(c, &s, since, limit >= 1 && limit < LIMIT_PULL_ROWS ? limit : LIMIT_PULL_ROWS);
}
