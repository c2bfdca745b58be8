#include "tools/product-center/call.h"

void arg_store(struct db_args *a, const struct store_key *key)
{
    arg_int(a, key->shard);
    arg_text(a, key->brand);
    arg_text(a, key->poi);
}

void call_refuse(struct call *c, unsigned status, const char *name, const char *detail)
{
    jw_init(&c->out, c->out.p, c->out.cap);
    c->refused = true;
    c->status = status;
    jw_open(&c->out, '{');
    jw_kint(&c->out, "code", status);
    jw_kstring(&c->out, "name", str_of(name));
    jw_kstring(&c->out, "detail", str_of(detail));
}

void call_refused(struct call *c)
{
    jw_close(&c->out, '}');
}

void call_fail(struct call *c, unsigned status, const char *name, const char *detail)
{
    call_refuse(c, status, name, detail);
    call_refused(c);
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

struct jw call_writer(struct arena *arena, size_t bytes)
{
    struct jw w;
    char *p = arena_alloc(arena, bytes);
    jw_init(&w, p, p != NULL ? bytes : 0);
    return w;
}
