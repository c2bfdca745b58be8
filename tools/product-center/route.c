#include "tools/product-center/route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/product-center/admission.h"
#include "tools/product-center/clock.h"
#include "tools/product-center/endpoint.h"
#include "tools/product-center/guard.h"

#define ARENA_MAX ((size_t)64 << 20) /* a page of 500 rows takes about 2 MiB */
#define TRIES     5
#define RETRY_MS  1000

struct endpoint {
    struct str method, path;
    void (*run)(struct call *c);
};
static const struct endpoint ENDPOINTS[] = {
#define X(method, path, run) {{method, sizeof(method) - 1}, {path, sizeof(path) - 1}, run},
    ENDPOINT_LIST(X)
#undef X
};

/* `pattern` may hold one {id}, which stands for anything but a slash. */
static bool path_fits(struct str pattern, struct str path, struct str *id)
{
    static const struct str ID = {"{id}", 4};
    const char *open = memchr(pattern.p, '{', pattern.n);
    *id = STR("");
    if (open == NULL)
        return str_eq(pattern, path);
    size_t before = (size_t)(open - pattern.p), after = pattern.n - before - ID.n;
    if (path.n <= before + after || memcmp(path.p, pattern.p, before) != 0 ||
        memcmp(path.p + path.n - after, open + ID.n, after) != 0)
        return false;
    *id = (struct str){path.p + before, path.n - before - after};
    return memchr(id->p, '/', id->n) == NULL;
}

static const struct endpoint *find(struct call *c)
{
    bool path_known = false;
    for (size_t i = 0; i < sizeof(ENDPOINTS) / sizeof(ENDPOINTS[0]); i++) {
        const struct endpoint *e = &ENDPOINTS[i];
        if (!path_fits(e->path, c->request->path, &c->path_id))
            continue;
        if (str_eq(e->method, c->request->method))
            return e;
        path_known = true;
    }
    if (path_known)
        call_error(c, &(struct cloud_error){.code = 405,
                                            .name = CLOUD_OTHER,
                                            .name_text = STR("METHOD_NOT_ALLOWED"),
                                            .detail = STR("the path exists, not for this method")});
    else
        call_fail(c, CLOUD_NOT_FOUND, "no such path");
    return NULL;
}

/* One try. What an earlier one wrote into the answer is forgotten. */
static enum db_end try(struct call *c, const struct endpoint *e)
{
    jw_init(&c->out, c->out.p, c->out.cap);
    c->refused = false;
    c->retry_after_ms = 0;
    arena_reset(&c->arena);
    c->scratch = (struct jw){0};
    c->now_ms = center_clock_ms(c->settings);
    db_begin(c->db);
    e->run(c);
    if (c->arena.failed || !jw_ok(&c->out))
        call_fail(c, CLOUD_INTERNAL, "out of memory");
    fault_crash(&c->fault, FAULT_CRASH_BEFORE);
    if (!c->refused || !db_ok(c->db)) {
        enum db_end end = db_commit(c->db);
        fault_crash(&c->fault, FAULT_CRASH_AFTER);
        return end;
    }
    db_rollback(c->db);
    return DB_DONE;
}

static void run(struct call *c, const struct endpoint *e)
{
    enum db_end end = DB_AGAIN;
    for (int i = 0; end == DB_AGAIN && i < TRIES; i++)
        end = try(c, e);
    if (end == DB_DONE)
        return;
    fprintf(stderr, "<3>database failed path=%.*s why=%s\n", (int)e->path.n, e->path.p,
            db_why(c->db));
    if (end == DB_AGAIN)
        call_error(c, &(struct cloud_error){.name = CLOUD_UNAVAILABLE,
                                            .detail = STR("the database does not answer"),
                                            .retry_after_ms = RETRY_MS});
    else if (end == DB_REFUSED)
        call_fail(c, CLOUD_BAD_REQUEST, "the values break a rule of the tables");
    else
        call_fail(c, CLOUD_INTERNAL, "the database failed");
}

/* False: the call has failed. */
static bool body_came(struct call *c)
{
    switch (c->request->how) {
    case HTTP_BODY_WHOLE:
        return true;
    case HTTP_BODY_TOO_LONG:
        call_fail(c, CLOUD_TOO_LARGE, "the body is too long");
        return false;
    case HTTP_BODY_BROKEN:
        call_fail(c, CLOUD_BAD_REQUEST, "the body is not the gzip that it says it is");
        return false;
    case HTTP_BODY_UNKNOWN:
        call_error(c, &(struct cloud_error){.code = 415,
                                            .name = CLOUD_OTHER,
                                            .name_text = STR("UNSUPPORTED_ENCODING"),
                                            .detail = STR("Content-Encoding: want gzip, or none")});
        return false;
    }
    return false;
}

/* False: the call has failed. */
static bool read_body(struct call *c)
{
    char why[JSON_WHY] = "";
    if (!body_came(c))
        return false;
    if (!str_eq(c->request->method, STR("POST")) && !str_eq(c->request->method, STR("PUT")))
        return true;
    c->body = json_parse(c->request->body.p, c->request->body.n, &JSON_CLOUD, why);
    if (c->body == NULL)
        call_fail(c, CLOUD_BAD_REQUEST, why);
    return c->body != NULL;
}

static void plant(struct call *c)
{
    if (!read_body(c))
        return;
    if (c->body == NULL || !faults_set(c->settings->faults, c->body)) {
        call_fail(c, CLOUD_BAD_REQUEST, "no such fault");
        return;
    }
    call_answer(c);
    call_done(c);
}

/* Before anything is asked of the database. False: the call has failed. */
static bool admit(struct call *c, const struct endpoint *e)
{
    int64_t wait_ms = 0;
    if (e->run == hub_hello)
        wait_ms = admission_ask(c->settings->admission, center_clock_ms(c->settings));
    if (wait_ms > 0)
        call_error(c, &(struct cloud_error){.name = CLOUD_SLOW_DOWN,
                                            .detail = STR("too many hubs at once: come back then"),
                                            .retry_after_ms = wait_ms});
    return wait_ms == 0;
}

static void serve(const struct route *r, struct call *c)
{
    struct faults *faults = c->settings->faults;
    if (faults != NULL && str_eq(c->request->path, STR(FAULTS_PATH))) {
        plant(c);
        return;
    }
    const struct endpoint *e = find(c);
    if (e == NULL || !read_body(c) || !guard_pass(c) || !admit(c, e))
        return;
    if (faults != NULL)
        c->fault = faults_take(faults, c->request->path, c->request->body);
    fault_wait(&c->fault);
    if (c->fault.kind == FAULT_STATUS) {
        call_error(c, &(struct cloud_error){.code = c->fault.status,
                                            .name = CLOUD_OTHER,
                                            .name_text = STR("PLANTED"),
                                            .detail = STR("a fault of a test")});
        return;
    }
    c->db = db_take(r->db);
    run(c, e);
    db_give(r->db, c->db);
}

void route_request(void *ctx, const struct http_request *request, struct http_reply *reply)
{
    const struct route *r = ctx;
    struct call c = {.settings = r->settings, .request = request};
    char *text = malloc(HTTP_REPLY_MAX);
    if (text == NULL)
        return;
    arena_init(&c.arena, ARENA_MAX);
    jw_init(&c.out, text, HTTP_REPLY_MAX);
    serve(r, &c);
    json_free((struct json *)(uintptr_t)c.body);
    arena_free(&c.arena);
    reply->text = text;
    reply->n = jw_text(&c.out).n;
    reply->status = c.status;
    reply->drop = c.fault.kind == FAULT_DROP;
    reply->retry_after_s = (unsigned)((c.retry_after_ms + 999) / 1000);
}
