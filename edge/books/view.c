#include "edge/books/view.h"

/* "at" is left out of a row that no event has touched. */
static void at_member(struct jw *w, struct position at, const uint8_t tag[4])
{
    if (at.epoch == 0)
        return;
    jw_karray(w, "at");
    jw_int(w, at.epoch);
    jw_int(w, (int64_t)at.seq);
    jw_hex(w, tag, 4);
    jw_close(w, ']');
}

void view_at(struct jw *w, struct position at, const uint8_t secret[32])
{
    uint8_t tag[4];
    journal_tag(secret, at, tag);
    at_member(w, at, tag);
}

/* ---- pickup ---- */

void view_pickup(struct jw *w, const struct order *o, const uint8_t secret[32])
{
    char number[PICKUP_TEXT];
    order_number(o, number);
    jw_open(w, '{');
    jw_kstring(w, "number", str_of(number));
    jw_kstring(w, "state", order_is_ready(o) ? STR("READY") : STR("PREPARING"));
    view_at(w, o->at, secret);
    jw_close(w, '}');
}

/* ---- replies ---- */

static void heading(struct jw *w, struct str req_id, enum code code, bool replayed)
{
    jw_open(w, '{');
    if (req_id.n)
        jw_kstring(w, "req_id", req_id);
    jw_kint(w, "code", (int64_t)code);
    jw_kstring(w, "name", str_of(code_name(code)));
    jw_kbool(w, "replayed", replayed);
}

static void flag(struct jw *w, const char *key, bool set)
{
    if (set)
        jw_kbool(w, key, true);
}

static void detail(struct jw *w, enum code code, const char *text)
{
    if (code != CODE_OK)
        jw_kstring(w, "detail", str_of(*text ? text : code_text(code)));
}

static void retry_after(struct jw *w, int64_t retry_after_ms)
{
    if (retry_after_ms > 0)
        jw_kint(w, "retry_after_ms", retry_after_ms);
}

static void refused_line(struct jw *w, const struct refused_line *l)
{
    jw_open(w, '{');
    jw_kint(w, "line", l->line);
    jw_kid(w, "object_id", l->object_id);
    jw_kint(w, "code", (int64_t)l->code);
    if (l->need_t > 0) {
        jw_kqty(w, "need", l->need_t);
        if (l->avail_t < AVAIL_INFINITE)
            jw_kqty(w, "avail", l->avail_t);
        jw_kstring(w, "limit_by", l->limit_by == OBJECT_SPU ? STR("SPU") : STR("SKU"));
    }
    jw_close(w, '}');
}

static void refused_lines(struct jw *w, const struct outcome *out)
{
    if (out->n_refused == 0)
        return;
    jw_karray(w, "lines");
    for (uint16_t i = 0; i < out->n_refused; i++)
        refused_line(w, &out->refused[i]);
    jw_close(w, ']');
}

static void order_shown(struct jw *w, const struct outcome *out, struct arena *scratch)
{
    struct order o;
    if (!out->has_order || !order_unpack(out->order, scratch, &o))
        return;
    jw_key(w, "order");
    view_order(w, &o, out->uptime_ms, NULL);
}

static void stock_shown(struct jw *w, const struct outcome *out)
{
    struct stock_row row;
    if (!out->has_stock || !stock_unpack(out->stock, &row))
        return;
    jw_key(w, "stock");
    view_stock_whole(w, &row, &out->times);
}

static void value_shown(struct jw *w, const struct outcome *out)
{
    if (!out->has_value)
        return;
    jw_key(w, "result");
    jw_raw(w, out->value);
}

void view_reply(struct jw *w, struct str req_id, const struct outcome *out, struct arena *scratch)
{
    heading(w, req_id, out->code, out->replayed);
    flag(w, "duplicate", out->duplicate);
    flag(w, "late", out->late);
    flag(w, "refund_due", out->refund_due);
    at_member(w, out->at, out->tag);
    detail(w, out->code, out->detail);
    refused_lines(w, out);
    retry_after(w, out->retry_after_ms);
    order_shown(w, out, scratch);
    stock_shown(w, out);
    value_shown(w, out);
    jw_close(w, '}');
}

void view_reply_begin(struct jw *w, struct str req_id, struct position at, const uint8_t secret[32])
{
    heading(w, req_id, CODE_OK, false);
    view_at(w, at, secret);
}

void view_refusal(struct jw *w, struct str req_id, enum code code, const char *text,
                  int64_t retry_after_ms)
{
    heading(w, req_id, code, false);
    detail(w, code, text ? text : "");
    retry_after(w, retry_after_ms);
    jw_close(w, '}');
}
