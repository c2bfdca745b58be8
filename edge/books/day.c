#include "edge/books/day.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "edge/books/rights.h"
#include "edge/books/ticket.h"
#include "edge/books/turn.h"

static void sum_fields(struct pack *p, struct day_sum *s)
{
    pack_u32(p, &s->orders);
    pack_i64(p, &s->due_e4);
    pack_i64(p, &s->paid_e4);
    pack_i64(p, &s->refunded_e4);
}

static void tender_fields(struct pack *p, struct day_tender *d)
{
    struct str name = {d->name, strlen(d->name)};
    pack_str(p, &name, LIMIT_TENDER);
    if (!p->writing && pack_ok(p))
        memcpy(d->name, name.p, name.n);
    pack_u32(p, &d->payments);
    pack_i64(p, &d->amount_e4);
}

static void day_fields(struct pack *p, struct day_row *d)
{
    pack_u32(p, &d->day);
    pack_u64(p, &d->first_no);
    pack_bool(p, &d->closed);
    pack_i64(p, &d->opened_at_ms);
    pack_i64(p, &d->closed_at_ms);
    pack_u32(p, &d->lines);
    for (int i = 0; i < CHANNEL_COUNT; i++)
        sum_fields(p, &d->channels[i]);
    for (int i = 0; i < 9; i++)
        pack_u32(p, &d->states[i]);
    pack_count(p, &d->n_tenders, DAY_TENDERS);
    for (uint16_t i = 0; i < d->n_tenders && pack_ok(p); i++)
        tender_fields(p, &d->tenders[i]);
}

static struct key day_key(uint32_t day)
{
    struct key k = {.n = 0};
    key_add_u32(&k, day);
    return k;
}

bool day_load(struct txn *txn, uint32_t day, struct day_row *out)
{
    struct key key = day_key(day);
    struct bytes value;
    struct pack p;
    memset(out, 0, sizeof *out);
    if (!txn_get(txn, TABLE_DAY, key_bytes(&key), &value))
        return false;
    pack_reader(&p, value.p, value.n);
    day_fields(&p, out);
    if (!pack_done(&p))
        txn_set_bad(txn, TABLE_DAY, key_bytes(&key));
    return pack_done(&p);
}

void day_save(struct txn *txn, const struct day_row *d)
{
    uint8_t buf[1024];
    struct pack p;
    struct day_row writable = *d;
    pack_writer(&p, buf, sizeof buf);
    day_fields(&p, &writable);
    struct key key = day_key(d->day);
    if (pack_ok(&p))
        txn_put(txn, TABLE_DAY, key_bytes(&key), (struct bytes){buf, p.at});
    else
        txn_set_bad(txn, TABLE_DAY, key_bytes(&key));
}

/* ---- sums ---- */

static struct day_tender *tender_of(struct day_row *d, struct str name)
{
    for (uint16_t i = 0; i < d->n_tenders; i++)
        if (str_eq(str_of(d->tenders[i].name), name))
            return &d->tenders[i];
    if (d->n_tenders == DAY_TENDERS)
        return &d->tenders[DAY_TENDERS - 1];
    struct day_tender *fresh = &d->tenders[d->n_tenders++];
    if (d->n_tenders == DAY_TENDERS || !name.n)
        name = name.n ? STR("OTHER") : STR("UNNAMED");
    memcpy(fresh->name, name.p, name.n);
    return fresh;
}

static void add_payment(struct day_row *d, const struct order_payment *p)
{
    struct day_tender *tender = tender_of(d, p->tender);
    tender->payments++;
    tender->amount_e4 += p->amount_e4;
}

static void add_money(struct day_row *d, const struct order *o)
{
    struct day_sum *s = &d->channels[o->channel];
    s->due_e4 += o->state == ORDER_CANCELLED || o->state == ORDER_EXPIRED ? 0 : o->due_e4;
    s->paid_e4 += o->paid_e4;
    s->refunded_e4 += o->refunded_e4;
    for (uint16_t i = 0; i < o->n_payments; i++)
        add_payment(d, &o->payments[i]);
}

/* Orders of the center are work of this day, under their own channel. Their money is not in the
 * store: no drawer holds it, and the center, which adds up the days of its stores, has it already.
 */
static void add_order(struct day_row *d, const struct order *o)
{
    d->channels[o->channel].orders++;
    if (!o->from_center)
        add_money(d, o);
    d->states[o->state]++;
    for (uint16_t i = 0; i < o->n_lines; i++)
        d->lines += o->lines[i].reserved == RESERVED_DEDUCTED && o->lines[i].qty_t > 0;
}

void day_count_late(struct turn *t, const struct order *o, const struct order_payment *made,
                    int64_t refunded_e4)
{
    uint32_t today = t->b->j.head.day;
    struct day_row d;
    if (o->day == today || !day_load(t->b->txn, today, &d))
        return;
    if (made) {
        add_payment(&d, made);
        d.channels[o->channel].paid_e4 += made->amount_e4;
    }
    d.channels[o->channel].refunded_e4 += refunded_e4;
    day_save(t->b->txn, &d);
}

static void add_table(struct txn *txn, enum table table, struct arena *scratch, struct day_row *d)
{
    struct key from = key_u64(d->first_no);
    struct scan s = scan_begin(txn, table, key_bytes(&from), false);
    s.skip_bad = true;
    while (scan_next(&s)) {
        struct order o;
        arena_reset(scratch);
        if (order_unpack(s.value, scratch, &o) && o.day == d->day)
            add_order(d, &o);
    }
    scan_end(&s);
}

void day_sum(struct txn *txn, struct arena *scratch, struct day_row *d)
{
    add_table(txn, TABLE_ORDER_OPEN, scratch, d);
    add_table(txn, TABLE_ORDER_DONE, scratch, d);
}

/* ---- view ---- */

/* People and devices read money as decimals, the journal has ten-thousandths: due, due_e4. */
enum form { FORM_VIEW, FORM_JOURNAL };

static void money(struct jw *w, enum form form, const char *key, int64_t v_e4)
{
    char name[16];
    if (form == FORM_VIEW) {
        jw_kmoney(w, key, v_e4);
        return;
    }
    snprintf(name, sizeof name, "%s_e4", key);
    jw_kint(w, name, v_e4);
}

static void sum_text(struct jw *w, enum form form, const char *key, const struct day_sum *s)
{
    jw_kobject(w, key);
    money(w, form, "due", s->due_e4);
    jw_kint(w, "orders", s->orders);
    money(w, form, "paid", s->paid_e4);
    money(w, form, "refunded", s->refunded_e4);
    jw_close(w, '}');
}

static bool has_sums(const struct day_sum *s)
{
    return s->orders > 0 || s->paid_e4 != 0 || s->refunded_e4 != 0;
}

static void channels_text(struct jw *w, enum form form, const struct day_row *d)
{
    jw_kobject(w, "channels");
    static const enum channel BY_NAME[] = {CHANNEL_EMENU, CHANNEL_KIOSK, CHANNEL_ONLINE_ORDER,
                                           CHANNEL_POS}; /* canonical order, for the journal */
    for (size_t i = 0; i < CHANNEL_COUNT; i++)
        if (has_sums(&d->channels[BY_NAME[i]]))
            sum_text(w, form, channel_name(BY_NAME[i]), &d->channels[BY_NAME[i]]);
    jw_close(w, '}');
}

static void states_text(struct jw *w, const struct day_row *d)
{
    static const enum order_state BY_NAME[] = {ORDER_CANCELLED, ORDER_ENDED,  ORDER_EXPIRED,
                                               ORDER_PAID,      ORDER_PAYING, ORDER_PLACED,
                                               ORDER_REFUNDED};
    jw_kobject(w, "states");
    for (size_t i = 0; i < sizeof BY_NAME / sizeof *BY_NAME; i++)
        if (d->states[BY_NAME[i]])
            jw_kint(w, order_state_name(BY_NAME[i]), d->states[BY_NAME[i]]);
    jw_close(w, '}');
}

static void tenders_text(struct jw *w, enum form form, const struct day_row *d)
{
    jw_karray(w, "tenders");
    for (uint16_t i = 0; i < d->n_tenders; i++) {
        jw_open(w, '{');
        money(w, form, "amount", d->tenders[i].amount_e4);
        jw_kint(w, "payments", d->tenders[i].payments);
        jw_kstring(w, "tender", str_of(d->tenders[i].name));
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

static void day_text(struct jw *w, enum form form, const struct day_row *d)
{
    char day[16];
    uint32_t orders = 0;
    int n = snprintf(day, sizeof day, "%08u", d->day);
    for (int i = 0; i < CHANNEL_COUNT; i++)
        orders += d->channels[i].orders;
    jw_open(w, '{');
    channels_text(w, form, d);
    jw_kbool(w, "closed", d->closed);
    jw_kstring(w, "day", (struct str){day, (size_t)n});
    jw_kint(w, "lines", d->lines);
    jw_kint(w, "orders", orders);
    states_text(w, d);
    tenders_text(w, form, d);
    jw_close(w, '}');
}

void day_view(struct jw *w, const struct day_row *d)
{
    day_text(w, FORM_VIEW, d);
}

/* ---- close ---- */

uint32_t day_next(uint32_t day)
{
    struct tm tm = {.tm_year = (int)(day / 10000) - 1900,
                    .tm_mon = (int)(day / 100 % 100) - 1,
                    .tm_mday = (int)(day % 100) + 1,
                    .tm_hour = 12};
    time_t noon = timegm(&tm);
    gmtime_r(&noon, &tm);
    return (uint32_t)((tm.tm_year + 1900) * 10000 + (tm.tm_mon + 1) * 100 + tm.tm_mday);
}

static bool is_over(struct turn *t, uint64_t order_no)
{
    struct key key = key_u64(order_no);
    struct bytes value;
    return !txn_get(t->b->txn, TABLE_ORDER_OPEN, key_bytes(&key), &value);
}

/* Bumped tickets are kept for a recall until their day closes; those of an open order longer, since
 * they know that its food was begun. */
static void drop_bumped_tickets(struct turn *t)
{
    struct scan s = scan_begin(t->b->txn, TABLE_TICKET, (struct bytes){0}, false);
    s.skip_bad = true;
    while (scan_next(&s)) {
        struct ticket k;
        if (ticket_unpack(s.value, t->scratch, &k) && k.state == TICKET_BUMPED &&
            is_over(t, k.order_no))
            scan_del(&s);
    }
    scan_end(&s);
}

static void day_event(struct turn *t, const struct day_row *d)
{
    char body[4096];
    struct jw w;
    jw_init(&w, body, sizeof body);
    day_view(&w, d);
    t->out->value = arena_str(&t->out->arena, jw_text(&w));
    t->out->has_value = true;
    jw_init(&w, body, sizeof body);
    day_text(&w, FORM_JOURNAL, d);
    t->out->at = journal_append(&t->b->j, EVENT_DAY_CLOSE, t->c->wall_ms, jw_text(&w));
}

enum code day_close_verb(struct turn *t)
{
    struct journal_head *h = &t->b->j.head;
    struct day_row d;
    if (!h->day || !day_load(t->b->txn, h->day, &d))
        return turn_refuse(t, CODE_BAD_TRANSITION, "no business day is open yet");
    struct arena sums;
    arena_init(&sums, 4 * ORDER_BYTES * 16);
    day_sum(t->b->txn, &sums, &d);
    arena_free(&sums);
    d.closed = true;
    d.closed_at_ms = t->c->wall_ms;
    day_save(t->b->txn, &d);
    day_event(t, &d);
    uint32_t next = day_next(h->day);
    h->day = t->c->day > next ? t->c->day : next;
    memset(h->pickup_last, 0, sizeof h->pickup_last);
    day_save(
        t->b->txn,
        &(struct day_row){.day = h->day, .first_no = h->next_order, .opened_at_ms = t->c->wall_ms});
    drop_bumped_tickets(t);
    if (t->b->config->return_at_close)
        rights_return_all(t);
    center_orders_day_over(t);
    center_cases_day_over(t);
    turn_change(t, (struct change){.kind = CHANGE_HUB});
    return CODE_OK;
}
