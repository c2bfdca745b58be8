#include <stdio.h>

#include "edge/books/query_parts.h"
#include "proto/crypto.h"

#define PAGE_RESERVE 192 /* closing brackets and a cursor */

struct page page_begin(const struct query *q, const struct command *c, struct jw *w, uint32_t max)
{
    struct page p = {.w = w, .start = w->n, .max = max};
    view_reply_begin(w, c->req_id, q->head->at, q->secret);
    return p;
}

bool page_keep(struct page *p, struct jw before)
{
    bool fits = jw_ok(p->w) && p->w->n - p->start + PAGE_RESERVE <= LIMIT_PAGE_BYTES;
    bool counts = p->max == 0 || p->n < p->max;
    if (p->n > 0 && (!fits || !counts)) {
        *p->w = before;
        return false;
    }
    p->n++;
    return true;
}

/* ---- cursors ---- */

void cursor_position(struct jw *w, struct position at)
{
    char text[48];
    int n = snprintf(text, sizeof text, "%u.%llu", at.epoch, (unsigned long long)at.seq);
    jw_kstring(w, "cursor", (struct str){text, (size_t)n});
}

/* Digits up to `end`; false past max or without any. */
static bool number_parse(struct str *text, uint64_t max, uint64_t *out)
{
    uint64_t v = 0;
    size_t i = 0;
    for (; i < text->n && text->p[i] >= '0' && text->p[i] <= '9'; i++) {
        uint64_t digit = (uint64_t)(text->p[i] - '0');
        if (v > (max - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    text->p += i;
    text->n -= i;
    *out = v;
    return i > 0;
}

bool cursor_position_parse(struct str text, struct position *out)
{
    uint64_t epoch, seq;
    if (text.n == 0)
        return true;
    if (!number_parse(&text, UINT32_MAX, &epoch) || text.n == 0 || text.p[0] != '.')
        return false;
    text.p++;
    text.n--;
    if (!number_parse(&text, INT64_MAX, &seq) || text.n != 0)
        return false;
    *out = (struct position){(uint32_t)epoch, seq};
    return true;
}

#define CURSOR_KEY 60 /* the longest key of a listed table is a ticket's: 8 + 17 + 4 bytes */

void cursor_key(struct jw *w, unsigned section, struct bytes key)
{
    char text[1 + 2 * CURSOR_KEY];
    size_t n = key.n < CURSOR_KEY ? key.n : CURSOR_KEY;
    text[0] = (char)('0' + section);
    hex_encode(key.p, n, text + 1);
    jw_kstring(w, "cursor", (struct str){text, 1 + 2 * n});
}

bool cursor_key_parse(struct str text, unsigned *section, struct key *key)
{
    if (text.n == 0)
        return true;
    size_t n = (text.n - 1) / 2;
    if (text.p[0] < '0' || text.p[0] > '9' || text.n % 2 == 0 || n > CURSOR_KEY ||
        !hex_decode((struct str){text.p + 1, text.n - 1}, key->b, n))
        return false;
    *section = (unsigned)(text.p[0] - '0');
    key->n = n;
    return true;
}

/* ---- rights ---- */

bool sees_order(const struct command *c, const struct order *o)
{
    return c->who.role == ROLE_POS || c->who.role == ROLE_ADMIN || str_eq(o->device, c->who.device);
}

/* ---- events ---- */

static void event_view(struct jw *w, const struct event *e, bool with_body)
{
    jw_open(w, '{');
    jw_kint(w, "epoch", e->at.epoch);
    jw_kint(w, "seq", (int64_t)e->at.seq);
    jw_kint(w, "at_ms", e->hlc.l_ms);
    jw_kstring(w, "kind", str_of(event_kind_name(e->kind)));
    jw_key(w, "body");
    if (with_body && e->body.n)
        jw_raw(w, e->body);
    else
        jw_null(w);
    jw_close(w, '}');
}

bool page_event(struct page *p, const struct event *e)
{
    struct jw before = *p->w;
    event_view(p->w, e, true);
    if (p->n == 0 && !jw_ok(p->w)) {
        *p->w = before;
        event_view(p->w, e, false);
    }
    return page_keep(p, before);
}
