#include "tools/product-center/call.h"

#include "proto/shard.h"
#include "proto/topic.h"

#define GROWTH_MAX   6   /* a character escaped as \\u001f; 1e15 written out grows less */
#define HEADER_BYTES 512 /* of an event without its body, at most */

void arg_store(struct db_args *a, const struct store_key *key)
{
    arg_int(a, key->shard);
    arg_text(a, key->brand);
    arg_text(a, key->poi);
}

void call_store(struct call *c, struct str brand, struct str poi)
{
    c->key = (struct store_key){.shard = (int)shard_of(poi), .brand = brand, .poi = poi};
}

bool call_store_query(struct call *c)
{
    struct str brand = http_query(c->request, "brandId"), poi = http_query(c->request, "poiId");
    if (id_is_order(brand) && id_is_order(poi)) { /* the same grammar */
        call_store(c, brand, poi);
        return true;
    }
    call_fail(c, CLOUD_BAD_REQUEST, "brandId and poiId name the store");
    return false;
}

bool call_number_query(struct call *c, const char *name, uint64_t otherwise, uint64_t *out)
{
    struct str text = http_query(c->request, name);
    *out = text.n == 0 ? otherwise : 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9' || text.n > 18) {
            call_fail(c, CLOUD_BAD_REQUEST, name);
            return false;
        }
        *out = *out * 10 + (uint64_t)(text.p[i] - '0');
    }
    return true;
}

void call_error(struct call *c, const struct cloud_error *e)
{
    jw_init(&c->out, c->out.p, c->out.cap);
    c->refused = true;
    c->status = e->code != 0 ? (unsigned)e->code : (unsigned)cloud_error_status(e->name);
    c->retry_after_ms = e->retry_after_ms;
    cloud_error_encode(&c->out, e);
}

void call_fail(struct call *c, enum cloud_error_name name, const char *detail)
{
    call_error(c, &(struct cloud_error){.name = name, .detail = str_of(detail)});
}

void call_malformed(struct call *c, enum code code, const char *path)
{
    if (code == CODE_BAD_QUANTITY)
        call_fail(c, CLOUD_BAD_QUANTITY, path);
    else if (code == CODE_BAD_REQUEST)
        call_fail(c, CLOUD_BAD_REQUEST, path);
    else
        call_fail(c, CLOUD_INTERNAL, "out of memory");
}

void call_answer(struct call *c)
{
    c->status = 200;
    jw_open(&c->out, '{');
    jw_kint(&c->out, "code", 0);
}

void call_done(struct call *c)
{
    jw_close(&c->out, '}');
}

struct jw call_scratch(struct call *c)
{
    size_t bytes = c->request->body.n * GROWTH_MAX + LIMIT_BATCH_EVENTS * HEADER_BYTES;
    if (c->scratch.p == NULL)
        c->scratch = call_writer(&c->arena, bytes);
    struct jw w;
    jw_init(&w, c->scratch.p, c->scratch.cap);
    return w;
}

struct jw call_writer(struct arena *arena, size_t bytes)
{
    struct jw w;
    char *p = arena_alloc(arena, bytes);
    jw_init(&w, p, p != NULL ? bytes : 0);
    return w;
}
