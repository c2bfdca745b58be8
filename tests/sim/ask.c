#include "tests/sim/ask.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/json.h"

#define BODY_TEXT 8192

/* ---- parts ---- */

static void option(struct jw *w, int64_t id, int64_t portions)
{
    if (portions == 0)
        return;
    jw_open(w, '{');
    jw_kid(w, "option_id", id);
    jw_kint(w, "qty", portions);
    jw_close(w, '}');
}

static void ordered_line(struct jw *w, const struct want_line *l)
{
    jw_kid(w, "object_id", DISHES[l->item].object_id);
    jw_kqty(w, "qty", l->qty_t);
    if (l->parent)
        jw_kint(w, "parent", l->parent);
    if (l->cheese || l->egg) {
        jw_karray(w, "options");
        option(w, CHEESE_ID, l->cheese);
        option(w, EGG_OPTION_ID, l->egg);
        jw_close(w, ']');
    }
    if (l->has_price)
        jw_kmoney(w, "price", l->price_e4);
}

static void line(struct jw *w, const struct ask *a, const struct want_line *l)
{
    jw_open(w, '{');
    jw_kint(w, "line", l->line);
    switch ((unsigned)a->verb) {
    case VERB_ORDER_PAY:
        jw_kqty(w, "actual_qty", l->qty_t);
        break;
    case VERB_ORDER_VOID:
    case VERB_ORDER_REFUND:
        jw_kqty(w, "qty", l->qty_t);
        if (l->restock)
            jw_kbool(w, "restock", true);
        break;
    default:
        ordered_line(w, l);
        break;
    }
    jw_close(w, '}');
}

static void lines(struct jw *w, const struct ask *a)
{
    if (a->n_lines == 0)
        return;
    jw_karray(w, "lines");
    for (int i = 0; i < a->n_lines; i++)
        line(w, a, &a->lines[i]);
    jw_close(w, ']');
}

static void pay(struct jw *w, const struct want_pay *p)
{
    jw_kstring(w, "pay_id", str_of(p->pay_id));
    jw_kstring(w, "tender", str_of(p->tender));
    jw_kmoney(w, "amount", p->amount_e4);
}

static void payments(struct jw *w, const struct ask *a)
{
    if (a->verb != VERB_ORDER_SELL) {
        if (a->n_pays)
            pay(w, &a->pays[0]);
        return;
    }
    jw_karray(w, "payments");
    for (int i = 0; i < a->n_pays; i++) {
        jw_open(w, '{');
        pay(w, &a->pays[i]);
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

static void adjusts(struct jw *w, const struct ask *a)
{
    if (a->n_adjusts == 0)
        return;
    jw_karray(w, "adjust");
    for (int i = 0; i < a->n_adjusts; i++) {
        const struct want_adjust *d = &a->adjusts[i];
        jw_open(w, '{');
        jw_kint(w, "adj", d->adj);
        jw_kstring(w, "kind", str_of(adjust_kind_name(d->kind)));
        if (d->line)
            jw_kint(w, "line", d->line);
        jw_kmoney(w, "amount", d->amount_e4);
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

static void restocks(struct jw *w, const struct ask *a)
{
    if (a->n_restock == 0)
        return;
    jw_karray(w, "restock");
    for (int i = 0; i < a->n_restock; i++)
        jw_int(w, a->restock[i]);
    jw_close(w, ']');
}

static void minute(struct jw *w, const char *key, uint32_t minute)
{
    char text[8];
    snprintf(text, sizeof text, "%02u:%02u", minute / 60 % 24, minute % 60);
    jw_kstring(w, key, str_of(text));
}

static void schedule(struct jw *w, const struct ask *a)
{
    jw_kbool(w, "auto", a->restores);
    if (a->daily)
        jw_kbool(w, "daily", true);
    if (a->restores && a->has_minute)
        minute(w, "at", a->minute);
    else if (a->restores)
        jw_kint(w, "at_ms", a->at_ms);
}

static void policy(struct jw *w, const struct ask *a)
{
    jw_kstring(w, "policy", str_of(channel_policy_name(a->policy)));
    if (a->has_rebalance)
        jw_kint(w, "rebalance_s", a->rebalance_s);
    if (a->has_minute)
        minute(w, "release_at", a->minute);
    else if (a->never_released)
        jw_kstring(w, "release_at", STR("never"));
}

static void stock(struct jw *w, const struct ask *a)
{
    struct object object = row_object(a->row);
    jw_kint(w, "object_type", (int64_t)object.type);
    jw_kid(w, "object_id", object.id);
    if (a->has_limited)
        jw_kbool(w, "limited", a->limited);
    if (a->has_on_sale)
        jw_kbool(w, "on_sale", a->on_sale);
    if (a->physical)
        jw_kstring(w, "basis", STR("physical"));
    if (a->has_weight)
        jw_kint(w, "weight", a->weight);
    if (a->has_reserve)
        jw_kqty(w, "reserve", a->reserve_t);
    if (a->verb == VERB_STOCK_SCHEDULE)
        schedule(w, a);
    if (a->verb == VERB_STOCK_POLICY)
        policy(w, a);
    if (!a->has_qty)
        return;
    switch ((unsigned)a->verb) {
    case VERB_STOCK_ADJUST:
        jw_kqty(w, "delta", a->qty_t);
        jw_kstring(w, "reason", str_of(stock_reason_name(a->reason)));
        break;
    case VERB_STOCK_PLAN:
        jw_kqty(w, "plan", a->qty_t);
        break;
    case VERB_STOCK_CHANNEL:
        jw_kqty(w, "limit", a->qty_t);
        break;
    default:
        jw_kqty(w, "qty", a->qty_t);
        break;
    }
}

static void order(struct jw *w, const struct ask *a)
{
    if (a->order_id[0])
        jw_kstring(w, "order_id", str_of(a->order_id));
    if (a->verb == VERB_ORDER_VOID)
        jw_kstring(w, "void_id", str_of(a->op_id));
    if (a->verb == VERB_ORDER_REFUND)
        jw_kstring(w, "refund_id", str_of(a->op_id));
    if (a->has_amount)
        jw_kmoney(w, "amount", a->amount_e4);
    if (a->no_charge)
        jw_kbool(w, "no_charge", true);
    if (a->round)
        jw_kint(w, "round", a->round);
    if (a->station != NO_STATION)
        jw_kstring(w, "station", str_of(STATION_NAMES[a->station]));
    if (a->table[0])
        jw_kstring(w, "table", str_of(a->table));
}

/* ---- the whole ---- */

void ask_write(struct ask *a)
{
    char buf[BODY_TEXT];
    struct jw w;
    jw_init(&w, buf, sizeof buf);
    jw_open(&w, '{');
    jw_kstring(&w, "operator", STR("ann"));
    if (a->has_channel)
        jw_kstring(&w, "channel", str_of(channel_name(a->channel)));
    if (a->row >= 0)
        stock(&w, a);
    else
        order(&w, a);
    if (a->n_pays || a->verb == VERB_ORDER_SELL)
        payments(&w, a);
    lines(&w, a);
    adjusts(&w, a);
    restocks(&w, a);
    if (a->broken)
        jw_raw(&w, str_of(a->broken));
    jw_close(&w, '}');
    assert(jw_ok(&w));
    a->body = strndup(buf, w.n);
    assert(a->body);
}

size_t ask_text(const struct ask *a, char *buf, size_t n)
{
    int length = snprintf(buf, n, "{\"req_id\":\"%s\",\"trace\":\"try %d\",%s", a->req_id, a->tries,
                          a->body + 1);
    assert(length > 0 && (size_t)length < n);
    return (size_t)length;
}

bool ask_same_content(const struct ask *a, const struct ask *b)
{
    return a->verb == b->verb && strcmp(a->body, b->body) == 0;
}

bool ask_same_lines(const struct ask *a, const struct ask *b)
{
    bool same = a->verb == b->verb && a->n_lines == b->n_lines;
    for (int i = 0; same && i < a->n_lines; i++) {
        const struct want_line *p = &a->lines[i], *q = &b->lines[i];
        same = p->line == q->line && p->parent == q->parent && p->item == q->item &&
               p->qty_t == q->qty_t && p->cheese == q->cheese && p->egg == q->egg;
    }
    return same;
}

void ask_show(const struct ask *a, char *buf, size_t n)
{
    int at = snprintf(buf, n, "%s %s", verb_name(a->verb), a->order_id);
    if (a->row >= 0)
        at += snprintf(buf + at, n - (size_t)at, "%lld", (long long)row_object(a->row).id);
    if (a->body && (size_t)at < n)
        snprintf(buf + at, n - (size_t)at, " %s", a->body);
}

void ask_fini(struct ask *a)
{
    free(a->body);
    a->body = NULL;
}
