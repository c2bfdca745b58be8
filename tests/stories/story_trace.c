#include "tests/stories/story_trace.h"

#include "edge/books/alert.h"
#include "edge/books/ticket.h"
#include "tests/stories/story_event.h"

/* ---- state shown ---- */

static void put_order(FILE *f, const struct order *o, int64_t now_u_ms)
{
    char a[DECIMAL_TEXT], number[PICKUP_TEXT];
    order_number(o, number);
    fprintf(f, "%.*s %s, kitchen %s, due %s, number %s", (int)o->order_id.n, o->order_id.p,
            order_state_name(o->state), kitchen_name(o->kitchen), text_money(a, o->due_e4), number);
    if (o->paid_e4)
        fprintf(f, ", paid %s", text_money(a, o->paid_e4));
    if (o->refunded_e4)
        fprintf(f, ", refunded %s", text_money(a, o->refunded_e4));
    if (o->expires_at_u_ms)
        fprintf(f, ", expires in %lld s", (long long)(o->expires_at_u_ms - now_u_ms + 999) / 1000);
}

static void put_avail(FILE *f, const struct stock_row *r)
{
    static const enum channel HUBS[] = {CHANNEL_POS, CHANNEL_KIOSK, CHANNEL_EMENU};
    char a[DECIMAL_TEXT];
    bool same = stock_avail(r, HUBS[0]) == stock_avail(r, HUBS[1]) &&
                stock_avail(r, HUBS[1]) == stock_avail(r, HUBS[2]);
    if (stock_is_plain(r)) {
        fprintf(f, " unlimited");
        return;
    }
    fprintf(f, r->status == STATUS_ON_SALE ? " left" : " sold out, left");
    for (int i = 0; i < (same ? 1 : 3); i++) {
        int64_t avail_t = stock_avail(r, HUBS[i]);
        if (!same)
            fprintf(f, " %s", channel_name(HUBS[i]));
        fprintf(f, " %s", avail_t >= AVAIL_INFINITE ? "unlimited" : text_qty(a, avail_t));
    }
}

static void put_stock(FILE *f, const struct stock_row *r)
{
    char a[DECIMAL_TEXT], b[DECIMAL_TEXT];
    fprintf(f, "%s %lld", text_object(r->object.type), (long long)r->object.id);
    if (r->type == STOCK_LIMITED)
        fprintf(f, " plan %s", text_qty(a, r->plan_t));
    fprintf(f, " real %s locked %s", text_qty(a, stock_real(r)), text_qty(b, stock_locked(r)));
    put_avail(f, r);
}

static void trace_shown(struct trace *t, FILE *f)
{
    const struct outcome *out = &t->shop->out;
    struct stock_row row;
    struct order o;
    struct arena arena;
    if (!out->has_order && !out->has_stock)
        return;
    arena_init(&arena, 1 << 20);
    fprintf(f, ": ");
    if (out->has_order && order_unpack(out->order, &arena, &o))
        put_order(f, &o, out->uptime_ms);
    if (out->has_stock && stock_unpack(out->stock, &row))
        put_stock(f, &row);
    arena_free(&arena);
}

/* ---- reply ---- */

static void trace_verdict(struct trace *t)
{
    const struct outcome *out = &t->shop->out;
    struct text x;
    FILE *f = text_begin(&x);
    fprintf(f, "reply %s", code_name(out->code));
    fprintf(f, "%s%s%s%s", out->replayed ? " replayed" : "", out->duplicate ? " duplicate" : "",
            out->late ? " late" : "", out->refund_due ? " refund_due" : "");
    if (out->code)
        fprintf(f, " \"%s\"", *t->shop->path ? t->shop->path : out->detail);
    trace_shown(t, f);
    text_end(t, 0, &x);
}

static void trace_refused(struct trace *t, const struct refused_line *r)
{
    char a[DECIMAL_TEXT], b[DECIMAL_TEXT];
    trace_line(t, 1, "line %u %s: need %s, left %s, limited by the %s", r->line, code_name(r->code),
               text_qty(a, r->need_t),
               r->avail_t >= AVAIL_INFINITE ? "unlimited" : text_qty(b, r->avail_t),
               text_object(r->limit_by));
}

/* ---- what the LAN is told ---- */

static void tell_order(FILE *f, struct txn *txn, struct arena *arena, const struct change *c)
{
    struct order o;
    bool open = order_load(txn, c->order_no, arena, &o) && order_is_open(&o);
    fprintf(f, "order %.*s %s", (int)c->text.n, c->text.p,
            open ? order_state_name(o.state) : "cleared");
}

static void tell_stock(FILE *f, struct txn *txn, const struct change *c)
{
    struct stock_row r;
    stock_load(txn, c->object, &r);
    fprintf(f, "%s %lld", text_object(c->object.type), (long long)c->object.id);
    put_avail(f, &r);
}

static void tell_ticket(FILE *f, struct txn *txn, struct arena *arena, const struct change *c)
{
    struct ticket k;
    if (!ticket_load(txn, c->order_no, c->text, c->round, arena, &k))
        return;
    fprintf(f, "ticket %.*s/%.*s/%u", (int)c->text.n, c->text.p, (int)k.order_id.n, k.order_id.p,
            c->round);
    if (k.state == TICKET_BUMPED) {
        fprintf(f, " cleared");
        return;
    }
    fprintf(f, " %s rev %u with", ticket_state_name(k.state), k.rev);
    for (uint16_t i = 0; i < k.n_lines; i++)
        fprintf(f, " line %u%s", k.lines[i].line, k.lines[i].voided ? " void" : "");
}

static void tell_pickup(FILE *f, struct txn *txn, struct arena *arena, const struct change *c)
{
    char number[PICKUP_TEXT];
    struct bytes no;
    struct order o = {.channel = c->channel, .pickup = c->pickup};
    struct key key = {.n = 0};
    key_add_u8(&key, (uint8_t)c->channel);
    key_add_u8(&key, (uint8_t)(c->pickup >> 8));
    key_add_u8(&key, (uint8_t)c->pickup);
    order_number(&o, number);
    const char *state = "cleared";
    if (txn_get(txn, TABLE_PICKUP, key_bytes(&key), &no) &&
        order_load(txn, key_get_u64(no.p), arena, &o))
        state = order_is_ready(&o) ? "READY" : "PREPARING";
    fprintf(f, "pickup %s %s", number, state);
}

static void tell_alert(FILE *f, struct txn *txn, const struct change *c)
{
    struct alert_row a;
    fprintf(f, "alert %.*s ", (int)c->text.n, c->text.p);
    if (alert_load(txn, c->text, &a))
        fprintf(f, "%.*s%s%.*s \"%.*s\"", (int)a.kind.n, a.kind.p, a.case_id.n ? " " : "",
                (int)a.case_id.n, a.case_id.p, (int)a.text.n, a.text.p);
    else
        fprintf(f, "cleared");
}

static void tell(FILE *f, struct txn *txn, struct arena *arena, const struct change *c)
{
    switch (c->kind) {
    case CHANGE_ORDER:
        tell_order(f, txn, arena, c);
        break;
    case CHANGE_STOCK:
        tell_stock(f, txn, c);
        break;
    case CHANGE_TICKET:
        tell_ticket(f, txn, arena, c);
        break;
    case CHANGE_PICKUP:
        tell_pickup(f, txn, arena, c);
        break;
    case CHANGE_ALERT:
        tell_alert(f, txn, c);
        break;
    case CHANGE_MENU:
        fprintf(f, "menu");
        break;
    case CHANGE_DEVICES:
        fprintf(f, "devices");
        break;
    case CHANGE_HUB:
        fprintf(f, "hub");
        break;
    }
}

static void trace_told(struct trace *t)
{
    const struct outcome *out = &t->shop->out;
    struct arena arena;
    struct text x;
    if (!out->n_changes)
        return;
    struct txn *txn = trace_look(t);
    FILE *f = text_begin(&x);
    arena_init(&arena, 1 << 20);
    for (uint16_t i = 0; i < out->n_changes; i++) {
        fprintf(f, i ? ", " : "tell ");
        tell(f, txn, &arena, &out->changes[i]);
    }
    text_end(t, 0, &x);
    arena_free(&arena);
    txn_abort(txn);
}

/* ---- one command ---- */

void trace_reply(struct trace *t)
{
    const struct outcome *out = &t->shop->out;
    trace_verdict(t);
    for (uint16_t i = 0; i < out->n_refused; i++)
        trace_refused(t, &out->refused[i]);
    trace_events(t);
    trace_told(t);
}

void trace_timer(struct trace *t, int64_t waited_ms)
{
    const struct outcome *out = &t->shop->out;
    struct text x;
    if (!out->n_changes)
        return;
    FILE *f = text_begin(&x);
    fprintf(f, "after %lld s", (long long)waited_ms / 1000);
    trace_shown(t, f);
    text_end(t, 0, &x);
    trace_events(t);
    trace_told(t);
}
