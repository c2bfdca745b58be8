#include "sync/exchange.h"

#include <stdio.h>
#include <string.h>

#define REPLY_BYTES                                                                                \
    (32 * 1024 * 1024) /* what a page of rows or of orders with all their lines decodes to */

struct str exchange_hello(const struct store_identity *store, struct str box_id, struct str tz,
                          const struct journal_head *head, char *buf, size_t n)
{
    struct jw w;
    struct cloud_hello hello = {.brand_id = store->brand_id,
                                .poi_id = store->poi_id,
                                .box_id = box_id,
                                .tz = tz,
                                .epoch = head->at.epoch,
                                .last_seq = head->at.seq,
                                .applied_ver = head->center_version};
    memcpy(hello.tail, head->tail, HASH_BYTES);
    jw_init(&w, buf, n);
    cloud_hello_encode(&w, &hello);
    return jw_text(&w);
}

struct str exchange_find(const struct store_identity *store, uint32_t epoch, uint64_t since_ver,
                         bool full, char *buf, size_t n)
{
    struct jw w;
    struct cloud_find find = {.brand_id = store->brand_id,
                              .poi_id = store->poi_id,
                              .proto2 = true,
                              .epoch = epoch,
                              .since_ver = since_ver,
                              .limit = LIMIT_PULL_ROWS,
                              .full = full};
    jw_init(&w, buf, n);
    cloud_find_encode(&w, &find);
    return jw_text(&w);
}

static bool begin(struct exchange *x, enum https_result line, const struct https_answer *http)
{
    memset(x, 0, sizeof(*x));
    arena_init(&x->arena, REPLY_BYTES);
    x->answer.retry_after_ms = -1;
    x->answer.came = line == HTTPS_ANSWERED;
    x->answer.stuck = line == HTTPS_TIMED_OUT;
    if (!x->answer.came)
        return false;
    x->answer.status = http->status;
    x->answer.retry_after_ms = http->retry_after_ms;
    x->doc = json_parse(http->body.p, http->body.n, &JSON_CLOUD, x->why);
    if (http->status != 200) {
        x->why[0] = 0; /* what an unknown proxy answers is no nonsense of the center's */
        if (x->doc)
            cloud_error_decode(x->doc, &x->error);
        x->answer.error = x->doc ? &x->error : NULL;
    }
    return http->status == 200 && x->doc;
}

static bool understood(struct exchange *x, enum code code, const char *path)
{
    if (code != CODE_OK)
        snprintf(x->why, sizeof(x->why), "%s: %s", code_text(code), path);
    return code == CODE_OK;
}

void exchange_read_hello(struct exchange *x, enum https_result line,
                         const struct https_answer *http)
{
    char path[FIELD_PATH] = "";
    if (begin(x, line, http) &&
        understood(x, cloud_hello_reply_decode(x->doc, &x->hello, path), path))
        x->answer.hello = &x->hello;
}

void exchange_read_sync(struct exchange *x, enum https_result line, const struct https_answer *http)
{
    char path[FIELD_PATH] = "";
    if (begin(x, line, http) &&
        understood(x, cloud_sync_reply_decode(x->doc, &x->arena, &x->sync, path), path))
        x->answer.sync = &x->sync;
}

void exchange_read_digest(struct exchange *x, enum cloud_digest_want want, enum https_result line,
                          const struct https_answer *http)
{
    char path[FIELD_PATH] = "";
    x->digested =
        begin(x, line, http) &&
        understood(x, cloud_digest_reply_decode(x->doc, want, &x->arena, &x->digest, path), path);
}

void exchange_read_legacy(struct exchange *x, enum https_result line,
                          const struct https_answer *http)
{
    begin(x, line, http);
}

static uint32_t count(const struct json *array)
{
    uint32_t n = 0;
    for (const struct json *v = array ? json_first(array) : NULL; v; v = json_next(v))
        n++;
    return n;
}

bool exchange_rows(struct exchange *x, const struct cloud_row **rows, uint32_t *n)
{
    char path[FIELD_PATH] = "";
    const struct json *sent = x->answer.sync ? x->sync.rows : x->digest.rows;
    uint32_t all = count(sent), i = 0;
    *rows = NULL;
    *n = 0;
    if (all == 0)
        return true;
    struct cloud_row *list =
        all <= LIMIT_PULL_ROWS ? arena_alloc(&x->arena, all * sizeof(*list)) : NULL;
    if (!list)
        return understood(x, CODE_BAD_REQUEST, "rows");
    for (const struct json *v = json_first(sent); v; v = json_next(v)) {
        enum code code = cloud_row_decode(v, &list[i++], path);
        if (!understood(x, code, path))
            return false;
    }
    *rows = list;
    *n = all;
    return true;
}

/* ---- a pulled page ---- */

void exchange_read_find(struct exchange *x, enum https_result line, const struct https_answer *http)
{
    char path[FIELD_PATH] = "";
    if (!begin(x, line, http) ||
        !understood(x, cloud_find_reply_decode(x->doc, &x->find, path), path))
        return;
    x->found =
        understood(x, count(x->find.rows) <= LIMIT_PULL_ROWS ? CODE_OK : CODE_BAD_REQUEST, "rows");
}

static bool in_page(struct exchange *x, uint64_t since_ver, uint64_t over)
{
    bool in = over > since_ver && over <= x->find.next_ver;
    return understood(x, in ? CODE_OK : CODE_BAD_REQUEST, "over");
}

static bool read_row(struct exchange *x, const struct cloud_item *item, struct cloud_row *out)
{
    char path[FIELD_PATH] = "x";
    enum code code = cloud_row_decode(item->data, out, path);
    out->over = item->over;
    return understood(x, code == CODE_OK && !out->has_x ? CODE_BAD_REQUEST : code, path);
}

static bool read_order(struct exchange *x, const struct cloud_item *item, struct cloud_order *out)
{
    char path[FIELD_PATH] = "";
    enum code code = cloud_order_decode(item->data, &x->arena, out, path);
    out->over = item->over;
    return understood(x, code, path);
}

static bool read_case(struct exchange *x, const struct cloud_item *item, struct cloud_case *out)
{
    char path[FIELD_PATH] = "";
    enum code code = cloud_case_decode(item->data, &x->arena, out, path);
    out->over = item->over;
    return understood(x, code, path);
}

static bool read_item(struct exchange *x, const struct cloud_item *item, struct exchange_page *out)
{
    bool good = true;
    switch (item->kind) {
    case CLOUD_ITEM_STOCK:
        good = read_row(x, item, &out->rows[out->n_rows]);
        out->n_rows += good;
        break;
    case CLOUD_ITEM_ORDER:
        good = read_order(x, item, &out->orders[out->n_orders]);
        out->n_orders += good;
        break;
    case CLOUD_ITEM_OVERSELL:
        good = read_case(x, item, &out->cases[out->n_cases]);
        out->n_cases += good;
        break;
    case CLOUD_ITEM_UNKNOWN:
        break;
    }
    return good;
}

static void read_element(struct exchange *x, uint64_t since_ver, const struct json *v,
                         struct exchange_page *out)
{
    struct cloud_item item;
    char path[FIELD_PATH] = "";
    if (!understood(x, cloud_item_decode(v, &item, path), path) ||
        !in_page(x, since_ver, item.over) || !read_item(x, &item, out))
        out->n_bad++;
}

bool exchange_page(struct exchange *x, uint64_t since_ver, struct exchange_page *out)
{
    size_t n = count(x->find.rows);
    memset(out, 0, sizeof(*out));
    if (n == 0)
        return true;
    out->rows = arena_alloc(&x->arena, n * sizeof(*out->rows));
    out->orders = arena_alloc(&x->arena, n * sizeof(*out->orders));
    out->cases = arena_alloc(&x->arena, n * sizeof(*out->cases));
    if (!out->rows || !out->orders || !out->cases)
        return false;
    for (const struct json *v = json_first(x->find.rows); v; v = json_next(v))
        read_element(x, since_ver, v, out);
    return true;
}

struct hlc exchange_clock(const struct exchange *x)
{
    if (x->answer.hello)
        return x->hello.server_hlc;
    if (x->answer.sync)
        return x->sync.server_hlc;
    if (x->found)
        return x->find.server_hlc;
    if (x->digested)
        return x->digest.server_hlc;
    return (struct hlc){0};
}

void exchange_end(struct exchange *x)
{
    json_free(x->doc);
    arena_free(&x->arena);
    x->doc = NULL;
}
