#include "sync/exchange.h"

#include <stdio.h>
#include <string.h>

#define REPLY_BYTES (2 * 1024 * 1024) /* decoded arrays of an answer: `dead`, `rows` */

struct str exchange_hello(const struct store_identity *store, struct str box_id,
                          const struct journal_head *head, char *buf, size_t n)
{
    struct jw w;
    struct cloud_hello hello = {.brand_id = store->brand_id,
                                .poi_id = store->poi_id,
                                .box_id = box_id,
                                .epoch = head->at.epoch,
                                .last_seq = head->at.seq,
                                .applied_ver = head->center_version};
    memcpy(hello.tail, head->tail, HASH_BYTES);
    jw_init(&w, buf, n);
    cloud_hello_encode(&w, &hello);
    return jw_text(&w);
}

static bool begin(struct exchange *x, enum https_result line, const struct https_answer *http)
{
    memset(x, 0, sizeof(*x));
    arena_init(&x->arena, REPLY_BYTES);
    x->answer.retry_after_ms = -1;
    x->answer.came = line == HTTPS_ANSWERED;
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

struct hlc exchange_clock(const struct exchange *x)
{
    if (x->answer.hello)
        return x->hello.server_hlc;
    if (x->answer.sync)
        return x->sync.server_hlc;
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
