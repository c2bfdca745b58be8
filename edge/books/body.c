#include "edge/books/ticket.h"
#include "edge/books/turn.h"

#include <stdio.h>

static void kstr(struct jw *w, const char *key, struct str v)
{
    if (v.n)
        jw_kstring(w, key, v);
}

static void kint(struct jw *w, const char *key, int64_t v)
{
    if (v)
        jw_kint(w, key, v);
}

static void kname(struct jw *w, const char *key, const char *name)
{
    jw_kstring(w, key, str_of(name));
}

void body_stamp(struct jw *w, struct stamp s)
{
    jw_karray(w, "stamp");
    jw_int(w, s.l_ms);
    jw_int(w, s.c);
    jw_int(w, s.origin);
    jw_close(w, ']');
}

static void movement_body(struct jw *w, const struct movement *m)
{
    jw_open(w, '{');
    jw_kint(w, "H", m->h_t);
    jw_kint(w, "Lh", m->lh_t);
    kint(w, "cmd_done", (int64_t)m->cmd_done);
    jw_kint(w, "lk_a", m->locked_a_t);
    jw_kint(w, "lk_b", m->locked_b_t);
    jw_kint(w, "object_id", m->object.id);
    jw_kint(w, "object_type", (int64_t)m->object.type);
    jw_kint(w, "q_t", m->q_t);
    jw_kint(w, "real_a", m->real_a_t);
    jw_kint(w, "real_b", m->real_b_t);
    if (m->used_moved)
        jw_kint(w, "used", m->used_t);
    jw_close(w, '}');
}

void body_movements(struct jw *w, const struct turn *t, uint32_t line)
{
    jw_karray(w, "eff");
    for (uint16_t i = 0; i < t->n_moves; i++)
        if (t->moves[i].line == line)
            movement_body(w, &t->moves[i]);
    jw_close(w, ']');
}

/* Also a line whose money alone was refunded: nothing of it moves in stock. */
static bool line_moved(const struct turn *t, const struct order_line *l)
{
    if (l->moved_t)
        return true;
    for (uint16_t i = 0; i < t->n_moves; i++)
        if (t->moves[i].line == l->line)
            return true;
    return false;
}

static void option_body(struct jw *w, const struct order_option *o)
{
    jw_open(w, '{');
    jw_kstring(w, "name", o->name);
    kint(w, "object_id", o->object_id);
    jw_kint(w, "option_id", o->option_id);
    kint(w, "price_e4", o->price_e4);
    jw_kint(w, "q_t", o->qty_t);
    jw_close(w, '}');
}

static void line_options(struct jw *w, const struct order_line *l)
{
    if (!l->n_options)
        return;
    jw_karray(w, "options");
    for (uint16_t i = 0; i < l->n_options; i++)
        option_body(w, &l->options[i]);
    jw_close(w, ']');
}

static void whole_line_body(struct jw *w, const struct turn *t, const struct order_line *l)
{
    jw_open(w, '{');
    jw_kint(w, "amount_e4", l->amount_e4);
    kint(w, "course", l->course);
    body_movements(w, t, l->line);
    jw_kint(w, "line", l->line);
    jw_kstring(w, "name", l->name);
    kstr(w, "note", l->note);
    jw_kint(w, "object_id", l->object_id);
    jw_kint(w, "object_type", OBJECT_SKU);
    line_options(w, l);
    kint(w, "parent", l->parent);
    jw_kint(w, "price_e4", l->price_e4);
    jw_kint(w, "q_t", l->qty_t);
    jw_kint(w, "round", l->round);
    kint(w, "seat", l->seat);
    kstr(w, "station", l->station);
    jw_kint(w, "unit_e4", l->unit_e4);
    jw_close(w, '}');
}

static void moved_line_body(struct jw *w, const struct turn *t, const struct order_line *l)
{
    jw_open(w, '{');
    body_movements(w, t, l->line);
    jw_kint(w, "line", l->line);
    jw_kint(w, "q_t", l->moved_t);
    jw_close(w, '}');
}

static void lines_body(struct jw *w, const struct turn *t, const struct order *o,
                       const struct order_event *e)
{
    bool told = e->whole;
    for (uint16_t i = 0; i < o->n_lines && !told; i++)
        told = line_moved(t, &o->lines[i]);
    if (!told)
        return;
    jw_karray(w, "lines");
    for (uint32_t i = e->whole ? e->from_line_index : 0; i < o->n_lines; i++) {
        if (e->whole)
            whole_line_body(w, t, &o->lines[i]);
        else if (line_moved(t, &o->lines[i]))
            moved_line_body(w, t, &o->lines[i]);
    }
    jw_close(w, ']');
}

static void adjusts_body(struct jw *w, const struct order *o)
{
    jw_karray(w, "adjust");
    for (uint16_t i = 0; i < o->n_adjusts; i++) {
        const struct order_adjust *a = &o->adjusts[i];
        jw_open(w, '{');
        jw_kint(w, "adj", a->adj);
        jw_kint(w, "amount_e4", a->amount_e4);
        kname(w, "kind", adjust_kind_name(a->kind));
        kint(w, "line", a->line);
        kstr(w, "name", a->name);
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

static void payment_body(struct jw *w, const struct order_payment *p)
{
    jw_open(w, '{');
    jw_kint(w, "amount_e4", p->amount_e4);
    jw_kstring(w, "pay_id", p->pay_id);
    kstr(w, "ref", p->ref);
    kstr(w, "tender", p->tender);
    jw_close(w, '}');
}

static void payments_body(struct jw *w, const struct order_event *e)
{
    if (!e->n_payments)
        return;
    jw_karray(w, "payments");
    for (uint16_t i = 0; i < e->n_payments; i++)
        payment_body(w, &e->payments[i]);
    jw_close(w, ']');
}

void body_order(struct jw *w, const struct turn *t, const struct order *o,
                const struct order_event *e)
{
    char day[16], number[PICKUP_TEXT];
    snprintf(day, sizeof day, "%08u", o->day);
    order_number(o, number);
    jw_open(w, '{');
    if (e->whole || e->adjusts)
        adjusts_body(w, o);
    if (e->has_amount)
        jw_kint(w, "amount_e4", e->amount_e4);
    if (e->cause)
        kname(w, "cause", e->cause);
    kname(w, "channel", channel_name(o->channel));
    kint(w, "code", (int64_t)e->code);
    if (e->whole)
        kname(w, "day", day);
    kstr(w, "device", t->c->who.device);
    jw_kint(w, "due_e4", o->due_e4);
    if (e->ticket)
        kname(w, "from", ticket_state_name(e->from));
    kname(w, "kitchen", kitchen_name(o->kitchen));
    lines_body(w, t, o, e);
    if (e->whole || e->texts)
        kstr(w, "note", o->note);
    if ((e->whole || e->names) && o->pickup)
        kname(w, "number", number);
    kstr(w, "operator", t->c->operator_id);
    jw_kstring(w, "order_id", o->order_id);
    if (e->whole || e->names)
        kname(w, "origin", o->from_center ? "CENTER" : "HUB");
    kstr(w, "pay_id", e->pay_id);
    payments_body(w, e);
    kstr(w, "refund_id", e->refund_id);
    kint(w, "round", e->round);
    kname(w, "state", order_state_name(o->state));
    if (e->ticket)
        jw_kstring(w, "station", e->ticket->station);
    if (e->whole || e->texts) {
        kstr(w, "table", o->table);
    }
    if (e->ticket)
        kname(w, "to", ticket_state_name(e->ticket->state));
    if (e->whole || e->texts)
        kstr(w, "user_id", o->user_id);
    kstr(w, "void_id", e->void_id);
    jw_close(w, '}');
}
