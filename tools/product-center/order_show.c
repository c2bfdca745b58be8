#include "tools/product-center/order_show.h"

#include "proto/wire.h"

/* ---- an order ---- */

static const char *reserved_name(enum reserved v)
{
    static const char *const NAME[] = {"LOCKED", "DEDUCTED", "UNLOCKED"};
    return NAME[v];
}

static void put_time(struct jw *w, const char *key, int64_t at_ms)
{
    char text[WIRE_TIME];
    if (at_ms == 0)
        return;
    size_t n = wire_time_format(at_ms, 0, true, text);
    jw_kstring(w, key, (struct str){text, n});
}

static void put_text(struct jw *w, const char *key, struct str v)
{
    if (v.n > 0)
        jw_kstring(w, key, v);
}

static void put_line(struct jw *w, const struct mirror_line *l)
{
    jw_open(w, '{');
    jw_kint(w, "line", l->line);
    wire_put_object(w, l->object);
    jw_kstring(w, "name", l->name);
    wire_put_decimal(w, "qty", l->q_t);
    jw_kmoney(w, "amount", l->amount_e4);
    jw_kstring(w, "state", str_of(reserved_name(l->state)));
    wire_put_decimal(w, "restocked", l->restocked_t);
    wire_put_decimal(w, "voided", l->voided_t);
    jw_kbool(w, "served", l->served);
    jw_close(w, '}');
}

static void put_money(struct jw *w, const struct mirror_order *m)
{
    jw_kmoney(w, "amount", m->amount_e4);
    jw_kmoney(w, "paid", m->paid_e4);
    jw_kmoney(w, "refunded", m->refunded_e4);
    jw_kmoney(w, "refund_due", m->refund_due_e4);
}

static void put_head(struct jw *w, const struct mirror_order *m)
{
    jw_kstring(w, "order_id", m->order_id);
    jw_kstring(w, "side", m->side == MIRROR_ONLINE ? STR("online") : STR("store"));
    jw_kstring(w, "channel", m->channel);
    jw_kint(w, "order_status", (int64_t)m->status);
    jw_kstring(w, "state", str_of(order_state_name(m->status)));
    jw_kstring(w, "kitchen", m->kitchen);
    jw_kbool(w, "served", m->served);
    put_text(w, "number", m->number);
    put_text(w, "day", m->day);
    put_text(w, "user_id", m->user_id);
    put_text(w, "note", m->note);
}

void order_put_json(struct jw *w, const struct mirror_order *m, int64_t update_ms, bool body)
{
    jw_open(w, '{');
    put_head(w, m);
    put_money(w, m);
    put_time(w, "create_time", m->hlc.l_ms);
    put_time(w, "update_time", update_ms);
    put_time(w, "expires_at", m->expires_ms);
    put_time(w, "paid_at", m->paid_ms);
    if (m->over > 0)
        wire_put_u64(w, "over", m->over);
    jw_karray(w, "lines");
    for (size_t i = 0; i < m->n_lines; i++)
        put_line(w, &m->lines[i]);
    jw_close(w, ']');
    if (body && m->body.n > 0) {
        jw_key(w, "body");
        jw_raw(w, m->body);
    }
    jw_close(w, '}');
}

void order_answer(struct call *c, const struct mirror_order *m, const struct order_answer *how)
{
    call_answer(c);
    if (how->duplicate)
        jw_kbool(&c->out, "duplicate", true);
    if (how->late)
        jw_kbool(&c->out, "late", true);
    jw_key(&c->out, "order");
    order_put_json(&c->out, m, 0, false);
    call_done(c);
}

/* ---- refusals ---- */

static unsigned status_of(enum code code)
{
    if (code == CODE_ORDER_NOT_FOUND)
        return 404;
    return code == CODE_STEP_VIOLATION ? 400 : 409;
}

static void begin(struct call *c, enum code code, const char *detail)
{
    jw_init(&c->out, c->out.p, c->out.cap);
    c->status = status_of(code);
    jw_open(&c->out, '{');
    jw_kint(&c->out, "code", code);
    jw_kstring(&c->out, "name", str_of(code_name(code)));
    jw_kstring(&c->out, "detail", str_of(detail));
}

void order_refuse(struct call *c, enum code code, const char *detail)
{
    begin(c, code, detail);
    jw_close(&c->out, '}');
    c->refused = true;
}

void order_refuse_lines(struct call *c, const struct rule_verdict *v)
{
    struct jw *w = &c->out;
    begin(c, v->code, code_text(v->code));
    jw_karray(w, "lines");
    for (size_t i = 0; i < v->n; i++) {
        const struct rule_refusal *r = &v->refused[i];
        jw_open(w, '{');
        jw_kint(w, "line", r->line->line);
        wire_put_object(w, r->by);
        jw_kint(w, "code", r->code);
        jw_kstring(w, "name", str_of(code_name(r->code)));
        wire_put_decimal(w, "need", r->need_t);
        if (r->avail_t < AVAIL_INFINITE)
            wire_put_decimal(w, "avail", r->avail_t);
        jw_close(w, '}');
    }
    jw_close(w, ']');
    jw_close(w, '}');
    c->refused = true;
}

void order_refund_due(struct call *c, enum code code)
{
    begin(c, code, code_text(code));
    jw_kbool(&c->out, "refund_due", true);
    jw_close(&c->out, '}');
}

void order_not_ours(struct call *c)
{
    call_error(
        c, &(struct cloud_error){.code = 409,
                                 .name = CLOUD_OTHER,
                                 .name_text = STR("NOT_OURS"),
                                 .detail = STR("an order of the store: only its hub changes it")});
}
