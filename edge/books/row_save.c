/* Stock rows back to the store: told to the LAN, and with an alert as long as more is promised than
 * there is (I3). What is sold and not there is an oversell, with the case id that the center gives
 * it too (sync-protocol 5.2).
 */
#include "edge/books/alert.h"
#include "edge/books/case.h"
#include "edge/books/policy.h"
#include "edge/books/rights.h"
#include "edge/books/turn.h"
#include "proto/oversell.h"
#include "proto/qty.h"

#include <assert.h>
#include <stdio.h>

#define ALERT_TEXT 255 /* what the record holds */
#define CLAIM_TEXT (LIMIT_ORDER_ID + DECIMAL_TEXT + 16)

static struct str in_reply(struct turn *t, const char *text, int n)
{
    return arena_str(&t->out->arena, (struct str){text, (size_t)n});
}

static const char *type_name(const struct stock_row *r)
{
    return r->object.type == OBJECT_SPU ? "SPU" : "SKU";
}

/* Promised, but nobody has taken it yet. */
static void say_shortage(struct turn *t, const struct stock_row *r, struct alert_row *a)
{
    char text[128], by[DECIMAL_TEXT];
    qty_format(stock_short(r), by);
    int n = snprintf(text, sizeof text, "%s %lld: promised %s more than there are", type_name(r),
                     (long long)r->object.id, by);
    a->kind = STR("SHORTAGE");
    a->text = in_reply(t, text, n);
}

/* ", short: O1 1, O2 3": whom to tell, as far as one line goes. */
static int say_claims(char *text, size_t cap, const struct case_row *k)
{
    size_t n = 0;
    for (uint16_t i = 0; i < k->said.n_claims; i++) {
        const struct cloud_claim *c = &k->said.claims[i];
        char by[DECIMAL_TEXT];
        if (c->short_t <= 0 || c->waived || cap - n < CLAIM_TEXT)
            continue;
        qty_format(c->short_t, by);
        n += (size_t)snprintf(text + n, cap - n, "%s %.*s %s",
                              n ? "," : "; short:", (int)c->order_id.n, c->order_id.p, by);
    }
    return (int)n;
}

static void say_oversell(struct turn *t, const struct stock_row *r, int64_t over_t,
                         const struct case_row *k, struct alert_row *a)
{
    char text[ALERT_TEXT], id[OVERSELL_CASE_ID], by[DECIMAL_TEXT];
    qty_format(over_t, by);
    int n = snprintf(text, sizeof text, "%s %lld: sold %s more than there were", type_name(r),
                     (long long)r->object.id, by);
    if (k)
        n += say_claims(text + n, sizeof text - (size_t)n, k);
    a->kind = STR("OVERSELL");
    a->text = in_reply(t, text, n);
    n = (int)oversell_case_id(t->b->config->identity.poi_id, r, id);
    a->case_id = in_reply(t, id, n);
}

/* A damaged one is said anew: no order may wait for it. */
static bool known_alert(struct turn *t, struct str id, struct alert_row *out)
{
    struct key key = key_text(id);
    struct scan s = scan_begin(t->b->txn, TABLE_ALERT, key_bytes(&key), false);
    s.skip_bad = true;
    bool known =
        scan_next(&s) && s.key.n == key.n && alert_unpack(s.value, out) && str_eq(out->id, id);
    scan_end(&s);
    return known;
}

static bool says_the_same(const struct alert_row *a, const struct alert_row *b)
{
    return str_eq(a->kind, b->kind) && str_eq(a->text, b->text) && str_eq(a->case_id, b->case_id);
}

static void raise_alert(struct turn *t, struct stock_row *r, const struct case_row *k,
                        struct alert_row *a)
{
    struct alert_row known;
    int64_t over_t = oversell_of(r).confirmed_t;
    if (over_t > 0)
        say_oversell(t, r, over_t, k, a);
    else
        say_shortage(t, r, a);
    bool is_known = r->short_alerted && known_alert(t, a->id, &known);
    if (is_known && says_the_same(&known, a))
        return;
    a->since_at_ms = is_known ? known.since_at_ms : t->c->wall_ms;
    r->short_alerted = true;
    alert_save(t->b->txn, a);
    turn_change(t, (struct change){.kind = CHANGE_ALERT, .text = a->id});
}

static void end_alert(struct turn *t, struct stock_row *r, struct str id)
{
    r->short_alerted = false;
    alert_remove(t->b->txn, id);
    turn_change(t, (struct change){.kind = CHANGE_ALERT, .text = id});
}

static void shortage(struct turn *t, struct stock_row *r, struct position at)
{
    char id[ALERT_ID];
    struct case_row k;
    bool is_short = stock_short(r) > 0;
    bool has_case = is_short && case_load(t->b->txn, r->object, r->gen_id, t->scratch, &k);
    if (has_case && k.said.state == CASE_CLOSED && oversell_of(r).confirmed_t <= k.said.over_t)
        is_short = false; /* everybody has been told, or it was accepted */
    if (!is_short && !r->short_alerted)
        return;
    int n = snprintf(id, sizeof id, "short-%d-%lld", (int)r->object.type, (long long)r->object.id);
    struct alert_row a = {.id = in_reply(t, id, n), .at = at};
    if (is_short)
        raise_alert(t, r, has_case ? &k : NULL, &a);
    else
        end_alert(t, r, a.id);
}

void turn_keep_row(struct turn *t, const struct stock_row *r)
{
    exhausted_row(t->b->exhausted, r);
    stock_save(t->b->txn, r);
}

void turn_row_alert(struct turn *t, struct stock_row *r)
{
    bool was = r->short_alerted;
    shortage(t, r, t->b->j.head.at);
    if (r->short_alerted != was)
        turn_keep_row(t, r);
}

void turn_save_row(struct turn *t, struct stock_row *r, struct position at)
{
    r->at = at;
    shortage(t, r, at);
    rights_look(t, r);
    turn_keep_row(t, r);
    turn_change(t, (struct change){.kind = CHANGE_STOCK, .object = r->object});
}

void turn_save_rows(struct turn *t, struct position at)
{
    for (uint16_t i = 0; i < t->n_rows; i++) {
        struct stock_row *r = &t->rows[i]->row;
        if (!t->rows[i]->changed)
            continue;
        if (t->fits && t->rows[i]->over_t == 0 && t->rows[i]->need_t > 0 && rights_strict(r))
            assert(rights_hub(r) >= 0); /* I4 */
        r->h_at = row_shares_hold(t, t->rows[i]) ? t->out->at : at;
        turn_save_row(t, r, r->h_at);
    }
}
