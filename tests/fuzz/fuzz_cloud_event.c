/* Whatever a hub sends as an event: a header that can be chained and told again, or a refusal; and
 * facts within their limits, or a refusal.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/cloud_event.h"
#include "proto/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char text[1 << 17];

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void facts_hold(const struct event_facts *f)
{
    must(f->n_lines <= LIMIT_LINES && f->n_effects <= LIMIT_EFFECTS);
    must(f->n_adjusts <= LIMIT_ADJUSTS && f->n_payments <= LIMIT_PAYMENTS);
    must(f->order_id.n <= LIMIT_ORDER_ID && f->channel.n <= 16);
    for (uint32_t i = 0; i < f->n_effects; i++) {
        must(f->effects[i].object.id > 0 && f->effects[i].n_used <= 16);
        must(f->effects[i].n_used == 0 || f->effects[i].used != NULL);
    }
    for (uint16_t i = 0; i < f->n_lines; i++)
        must(f->lines[i].n_options <= LIMIT_OPTIONS);
}

static void facts_of(const struct cloud_event *e)
{
    char path[FIELD_PATH];
    struct arena arena;
    struct event_facts facts;
    arena_init(&arena, 1 << 20);
    enum code code = cloud_event_facts(e, &arena, &facts, path);
    if (code == CODE_OK)
        facts_hold(&facts);
    must(memchr(path, 0, FIELD_PATH) != NULL);
    arena_free(&arena);
}

/* The header is the same after another trip, whatever the body. */
static void comes_back(const struct cloud_event *e)
{
    char path[FIELD_PATH];
    struct cloud_event again;
    struct jw w;
    jw_init(&w, text, sizeof text);
    cloud_event_encode(&w, e);
    must(jw_ok(&w));
    struct json *doc = json_parse(w.p, w.n, &JSON_CLOUD, NULL);
    must(doc != NULL && cloud_event_decode(doc, &again, path) == CODE_OK);
    must(again.seq == e->seq && again.cv == e->cv && hlc_cmp(again.hlc, e->hlc) == 0);
    must(str_eq(again.kind, e->kind) && memcmp(again.hash, e->hash, HASH_BYTES) == 0);
    json_free(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t PREV[HASH_BYTES];
    char path[FIELD_PATH];
    struct cloud_event e;
    struct json *doc = json_parse((const char *)data, size, &JSON_CLOUD, NULL);
    if (!doc)
        return 0;
    if (cloud_event_decode(doc, &e, path) == CODE_OK && !e.gave_up) {
        cloud_event_follows(&e, PREV);
        cloud_event_body_is_whole(&e);
        comes_back(&e);
    }
    if (e.body)
        facts_of(&e);
    json_free(doc);
    return 0;
}
