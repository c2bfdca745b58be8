#include "tools/storesim/expect.h"

#include "proto/code.h"
#include "tools/storesim/file.h"
#include "tools/storesim/memory.h"
#include "tools/storesim/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct promise *promise_of(struct expect *e, struct str order_id)
{
    struct promise *p = map_get(&e->promises, order_id);
    if (!p) {
        p = memory_new(sizeof *p);
        memcpy(p->order_id, order_id.p, order_id.n);
        map_put(&e->promises, order_id, p);
    }
    return p;
}

/* "verb req_id order_id code"; a torn last line is no promise. */
static bool line_read(struct expect *e, struct str line)
{
    enum verb verb;
    struct str name = file_field(&line, ' ');
    file_field(&line, ' ');
    struct str order_id = file_field(&line, ' ');
    if (!verb_parse(name, &verb) || order_id.n > LIMIT_ORDER_ID || line.n == 0)
        return false;
    if (name.n < 6 || memcmp(name.p, "order.", 6) != 0 || verb == VERB_ORDER_REFUND)
        return true;
    struct promise *p = promise_of(e, order_id);
    bool ok = str_eq(line, STR("0"));
    p->paid |= ok && (verb == VERB_ORDER_PAY || verb == VERB_ORDER_SELL);
    p->cancelled |= ok && verb == VERB_ORDER_CANCEL;
    p->served |= ok && verb == VERB_ORDER_SERVE;
    p->refund_due |= !ok;
    return true;
}

bool expect_read(struct expect *e, const char *path, char *why)
{
    struct str text, line;
    size_t number = 0;
    bool ok = true;
    if (!file_read(path, &text)) {
        snprintf(why, JSON_WHY, "%.60s: cannot be read", path);
        return false;
    }
    struct str rest = text;
    while (ok && file_line(&rest, &line)) {
        number++;
        ok = line_read(e, line) || rest.n == 0;
    }
    free((char *)text.p);
    if (!ok)
        snprintf(why, JSON_WHY, "%.60s:%zu: not an acknowledged effect", path, number);
    return ok;
}

static bool kept(const struct promise *p, enum order_state state, struct str kitchen)
{
    if (p->cancelled && state != ORDER_CANCELLED)
        return false;
    if (p->paid && state != ORDER_PAID && state != ORDER_ENDED && state != ORDER_REFUNDED)
        return false;
    return !p->served || str_eq(kitchen, STR("SERVED"));
}

struct question {
    struct expect *e;
    const struct promise *promise;
};

static void on_told(struct device *d, const struct reply *r, void *ctx)
{
    struct question *q = ctx;
    enum order_state state = ORDER_NONE;
    const struct json *s = r->order ? json_get(r->order, "state") : NULL;
    const struct json *k = r->order ? json_get(r->order, "kitchen") : NULL;
    struct str kitchen = k ? json_string(k) : STR("");
    q->e->open--;
    if (r->code != CODE_OK || !s || !order_state_parse(json_string(s), &state))
        stats_fault(&d->sim->stats, "order %s was acknowledged; now: %d", q->promise->order_id,
                    r->code);
    else if (!kept(q->promise, state, kitchen))
        stats_fault(&d->sim->stats, "order %s was acknowledged as%s%s%s; now: %s, %.*s",
                    q->promise->order_id, q->promise->paid ? " paid" : "",
                    q->promise->cancelled ? " cancelled" : "", q->promise->served ? " served" : "",
                    order_state_name(state), (int)kitchen.n, kitchen.p);
    free(q);
}

void expect_ask(struct expect *e, struct sim *sim)
{
    const struct promise *p;
    e->sim = sim;
    for (size_t i = 0; (p = map_next(&e->promises, &i));) {
        struct device *d = device_of_role(sim, ROLE_POS, e->asked++);
        struct question *q = memory_new(sizeof *q);
        *q = (struct question){e, p};
        e->open++;
        jw_kstring(request_begin(d), "order_id", str_of(p->order_id));
        request_send(d, VERB_ORDER_GET, str_of(p->order_id), on_told, q);
    }
}

void expect_finish(struct expect *e)
{
    map_finish(&e->promises, free);
}
