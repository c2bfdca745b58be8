/* Orders and what the kitchen sees of them. */
#include <stdio.h>

#include "edge/books/view.h"

static void text_member(struct jw *w, const char *key, struct str v)
{
    if (v.n)
        jw_kstring(w, key, v);
}

static void number_member(struct jw *w, const char *key, uint32_t v)
{
    if (v)
        jw_kint(w, key, v);
}

/* When the guest of an order of the center wants it. */
static void ready_member(struct jw *w, const struct order *o)
{
    if (o->ready_at_ms)
        jw_kint(w, "ready_at_ms", o->ready_at_ms);
}

/* ---- lines ---- */

static void options(struct jw *w, const struct order_line *l)
{
    jw_karray(w, "options");
    for (uint16_t i = 0; i < l->n_options; i++) {
        const struct order_option *o = &l->options[i];
        jw_open(w, '{');
        jw_kid(w, "option_id", o->option_id);
        jw_kstring(w, "name", o->name);
        jw_kqty(w, "qty", o->qty_t);
        jw_kmoney(w, "price", o->price_e4);
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

static void line_wishes(struct jw *w, const struct order_line *l)
{
    text_member(w, "note", l->note);
    number_member(w, "seat", l->seat);
    number_member(w, "course", l->course);
}

static void line(struct jw *w, const struct order_line *l)
{
    jw_open(w, '{');
    jw_kint(w, "line", l->line);
    jw_kid(w, "object_id", l->object_id);
    jw_kstring(w, "name", l->name);
    jw_kqty(w, "qty", l->qty_t);
    number_member(w, "parent", l->parent);
    options(w, l);
    line_wishes(w, l);
    jw_kmoney(w, "price", l->price_e4);
    jw_kmoney(w, "unit", l->unit_e4);
    jw_kmoney(w, "amount", l->amount_e4);
    text_member(w, "station", l->station);
    jw_kint(w, "round", l->round);
    if (l->voided_t)
        jw_kqty(w, "voided", l->voided_t);
    if (l->refunded_t)
        jw_kqty(w, "refunded", l->refunded_t);
    jw_close(w, '}');
}

static void lines(struct jw *w, const struct order *o)
{
    jw_karray(w, "lines");
    for (uint16_t i = 0; i < o->n_lines; i++)
        line(w, &o->lines[i]);
    jw_close(w, ']');
}

/* ---- money ---- */

static void adjusts(struct jw *w, const struct order *o)
{
    jw_karray(w, "adjust");
    for (uint16_t i = 0; i < o->n_adjusts; i++) {
        const struct order_adjust *a = &o->adjusts[i];
        jw_open(w, '{');
        jw_kint(w, "adj", a->adj);
        jw_kstring(w, "kind", str_of(adjust_kind_name(a->kind)));
        number_member(w, "line", a->line);
        text_member(w, "name", a->name);
        jw_kmoney(w, "amount", a->amount_e4);
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

static void payments(struct jw *w, const struct order *o)
{
    jw_karray(w, "payments");
    for (uint16_t i = 0; i < o->n_payments; i++) {
        const struct order_payment *p = &o->payments[i];
        jw_open(w, '{');
        jw_kstring(w, "pay_id", p->pay_id);
        jw_kstring(w, "tender", p->tender);
        jw_kmoney(w, "amount", p->amount_e4);
        text_member(w, "ref", p->ref);
        jw_kint(w, "at_ms", p->at_ms);
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

static void money(struct jw *w, const struct order *o)
{
    jw_kmoney(w, "lines_amount", o->lines_e4);
    adjusts(w, o);
    jw_kmoney(w, "due", o->due_e4);
    payments(w, o);
    jw_kmoney(w, "refunded", o->refunded_e4);
    if (o->refund_due)
        jw_kbool(w, "refund_due", true);
}

/* ---- the order ---- */

static void names(struct jw *w, const struct order *o)
{
    char number[PICKUP_TEXT], day[16];
    order_number(o, number);
    snprintf(day, sizeof day, "%08u", o->day);
    jw_kstring(w, "order_id", o->order_id);
    jw_kstring(w, "number", str_of(number));
    jw_kstring(w, "day", str_of(day));
    jw_kstring(w, "channel", str_of(channel_name(o->channel)));
    jw_kstring(w, "origin", o->from_center ? STR("CENTER") : STR("HUB"));
}

static void states(struct jw *w, const struct order *o, int64_t now_u_ms)
{
    bool unpaid = o->state == ORDER_PLACED || o->state == ORDER_PAYING;
    jw_kstring(w, "state", str_of(order_state_name(o->state)));
    jw_kstring(w, "kitchen", str_of(kitchen_name(o->kitchen)));
    if (unpaid && o->expires_at_u_ms > 0) {
        int64_t left_ms = o->expires_at_u_ms - now_u_ms;
        jw_kint(w, "expires_in_ms", left_ms > 0 ? left_ms : 0);
    }
}

void view_order(struct jw *w, const struct order *o, int64_t now_u_ms, const uint8_t *secret)
{
    jw_open(w, '{');
    names(w, o);
    states(w, o, now_u_ms);
    text_member(w, "table", o->table);
    text_member(w, "note", o->note);
    ready_member(w, o);
    lines(w, o);
    money(w, o);
    if (secret)
        view_at(w, o->at, secret);
    jw_close(w, '}');
}

/* ---- tickets ---- */

static const struct order_line *line_of(const struct order *o, uint32_t number)
{
    for (uint16_t i = 0; i < o->n_lines; i++) {
        if (o->lines[i].line == number)
            return &o->lines[i];
    }
    return NULL;
}

static void ticket_options(struct jw *w, const struct order_line *l)
{
    if (l->n_options == 0)
        return;
    jw_karray(w, "options");
    for (uint16_t i = 0; i < l->n_options; i++) {
        jw_open(w, '{');
        jw_kstring(w, "name", l->options[i].name);
        jw_kqty(w, "qty", l->options[i].qty_t);
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

/* A void line shows how much was ordered, so that the cook knows what to stop. */
static int64_t ticket_qty(const struct order_line *l, bool voided)
{
    return voided ? l->qty_t + l->voided_t : l->qty_t - l->refunded_t;
}

static void ticket_line(struct jw *w, const struct order_line *l, bool voided)
{
    jw_open(w, '{');
    jw_kint(w, "line", l->line);
    jw_kstring(w, "name", l->name);
    jw_kqty(w, "qty", ticket_qty(l, voided));
    number_member(w, "parent", l->parent);
    ticket_options(w, l);
    line_wishes(w, l);
    if (voided)
        jw_kbool(w, "void", true);
    jw_close(w, '}');
}

static void ticket_lines(struct jw *w, const struct ticket *t, const struct order *o)
{
    jw_karray(w, "lines");
    for (uint16_t i = 0; i < t->n_lines; i++) {
        const struct order_line *l = line_of(o, t->lines[i].line);
        if (l)
            ticket_line(w, l, t->lines[i].voided);
    }
    jw_close(w, ']');
}

void view_ticket(struct jw *w, const struct ticket *t, const struct order *o,
                 const uint8_t secret[32])
{
    jw_open(w, '{');
    jw_kstring(w, "order_id", t->order_id);
    jw_kstring(w, "number", t->number);
    jw_kstring(w, "station", t->station);
    jw_kint(w, "round", t->round);
    jw_kint(w, "rev", t->rev);
    jw_kstring(w, "state", str_of(ticket_state_name(t->state)));
    jw_kstring(w, "channel", str_of(channel_name(t->channel)));
    text_member(w, "table", t->table);
    text_member(w, "note", o->note);
    ready_member(w, o);
    jw_kint(w, "created_at_ms", t->created_at_ms);
    ticket_lines(w, t, o);
    view_at(w, t->at, secret);
    jw_close(w, '}');
}
