/* Whatever stands on the cloud line, read as each of its documents: within limits, or refused with
 * a path. The first byte chooses the reader.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/cloud_batch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void sync_holds(const struct cloud_sync *s)
{
    if (s->legacy)
        return;
    must(s->n_events <= LIMIT_BATCH_EVENTS && s->n_wants <= LIMIT_WANTS);
    must(s->last_seq + 1 == s->first_seq + s->n_events && s->head_seq >= s->last_seq);
    must(s->brand_id.n > 0 && s->poi_id.n > 0);
}

static enum code as_request(unsigned which, const struct json *doc, struct arena *arena, char *path)
{
    struct cloud_sync sync;
    struct cloud_find find;
    struct cloud_hello hello;
    enum code code;
    if (which == 0) {
        code = cloud_sync_decode(doc, arena, &sync, path);
        if (code == CODE_OK)
            sync_holds(&sync);
    } else if (which == 1) {
        code = cloud_find_decode(doc, arena, &find, path);
        must(code != CODE_OK || (find.limit >= 1 && find.limit <= LIMIT_PULL_ROWS));
    } else {
        code = cloud_hello_decode(doc, arena, &hello, path);
        must(code != CODE_OK || hello.epoch > 0);
    }
    return code;
}

static enum code as_answer(unsigned which, const struct json *doc, struct arena *arena, char *path)
{
    struct cloud_sync_reply sync;
    struct cloud_find_reply find;
    struct cloud_hello_reply hello;
    struct cloud_error error;
    cloud_error_decode(doc, &error);
    must(error.name <= CLOUD_OTHER && error.retry_after_ms >= 0);
    if (which == 3) {
        enum code code = cloud_sync_reply_decode(doc, arena, &sync, path);
        must(code != CODE_OK || sync.n_dead <= LIMIT_BATCH_EVENTS);
        return code;
    }
    if (which == 4)
        return cloud_find_reply_decode(doc, &find, path);
    enum code code = cloud_hello_reply_decode(doc, &hello, path);
    must(code != CODE_OK || (hello.max_batch >= 1 && hello.max_batch <= LIMIT_BATCH_EVENTS));
    return code;
}

static enum code as_message(unsigned which, const struct json *doc, struct arena *arena, char *path)
{
    struct cloud_push push;
    struct cloud_item item;
    struct cloud_head head;
    if (which == 6) {
        enum code code = cloud_push_decode(doc, arena, &push, path);
        must(code != CODE_OK || (push.data != NULL && push.prev_ver <= push.ver));
        return code;
    }
    if (which == 7)
        return cloud_item_decode(doc, &item, path);
    return cloud_head_decode(doc, &head, path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    char path[FIELD_PATH];
    if (size < 1)
        return 0;
    struct json *doc = json_parse((const char *)data + 1, size - 1, &JSON_CLOUD, NULL);
    if (!doc)
        return 0;
    unsigned which = data[0] % 9;
    arena_init(&arena, 1 << 20);
    enum code code = which < 3   ? as_request(which, doc, &arena, path)
                     : which < 6 ? as_answer(which, doc, &arena, path)
                                 : as_message(which, doc, &arena, path);
    must(code == CODE_OK || path[0] != '\0');
    arena_free(&arena);
    json_free(doc);
    return 0;
}
