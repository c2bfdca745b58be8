#include "proto/cloud_order.h"

#include <string.h>

#include "proto/row.h"
#include "proto/topic.h"

/* What the parts of a record take at most beside their texts (edge/books/order.h). */
#define HEAD_WEIGHT   600
#define LINE_WEIGHT   110
#define OPTION_WEIGHT 36
#define OBJECT_WEIGHT 44 /* the rows that goods are taken from: SKU and SPU */

size_t cloud_order_weight(const struct cloud_order *o)
{
    size_t n = HEAD_WEIGHT + o->note.n + o->user_id.n;
    for (uint16_t i = 0; i < o->n_lines; i++) {
        const struct line_fact *l = &o->lines[i];
        n += LINE_WEIGHT + OBJECT_WEIGHT + l->name.n + l->note.n + LIMIT_STATION;
        for (uint16_t k = 0; k < l->n_options; k++)
            n += OPTION_WEIGHT + OBJECT_WEIGHT + l->options[k].name.n;
    }
    return n;
}

/* ---- writing ---- */

static void put_time(struct jw *w, const char *key, int64_t at_ms)
{
    if (at_ms > 0)
        jw_kint(w, key, at_ms);
}

void cloud_order_encode(struct jw *w, const struct cloud_order *o)
{
    jw_open(w, '{');
    jw_kstring(w, "order_id", o->order_id);
    jw_kstring(w, "channel", o->channel);
    jw_kint(w, "order_status", (int64_t)o->state);
    put_time(w, "placed_at_ms", o->placed_at_ms);
    put_time(w, "paid_at_ms", o->paid_at_ms);
    put_time(w, "ready_at_ms", o->ready_at_ms);
    if (o->user_id.n > 0)
        jw_kstring(w, "user_id", o->user_id);
    if (o->note.n > 0)
        jw_kstring(w, "note", o->note);
    jw_kint(w, "amount_e4", o->amount_e4);
    if (o->kitchen != KITCHEN_NONE)
        jw_kstring(w, "kitchen", str_of(kitchen_name(o->kitchen)));
    jw_karray(w, "lines");
    for (uint16_t i = 0; i < o->n_lines; i++)
        line_fact_put(w, &o->lines[i]);
    jw_close(w, ']');
    jw_close(w, '}');
}

/* ---- reading ---- */

static void check_money(struct fields *f, const char *key, int64_t v_e4)
{
    if (v_e4 < 0 || v_e4 > LIMIT_MONEY_E4)
        field_refuse(f, CODE_BAD_REQUEST, key);
}

static void check_quantity(struct fields *f, int64_t q_t)
{
    if (q_t <= 0 || q_t > LIMIT_QTY_T)
        field_refuse(f, CODE_BAD_QUANTITY, "q_t");
}

static bool line_known(const struct cloud_order *o, uint32_t number)
{
    for (uint16_t i = 0; i < o->n_lines; i++) {
        if (o->lines[i].line == number)
            return true;
    }
    return false;
}

static void check_options(struct fields *f, const struct line_fact *l)
{
    for (uint16_t i = 0; i < l->n_options; i++) {
        size_t mark = fields_enter(f, "options", i);
        check_quantity(f, l->options[i].q_t);
        check_money(f, "price_e4", l->options[i].price_e4);
        fields_leave(f, mark);
    }
}

/* The lines before it are in `o` already. */
static void check_line(struct fields *f, const struct cloud_order *o, const struct line_fact *l)
{
    if (l->line == 0 || line_known(o, l->line))
        field_refuse(f, CODE_BAD_REQUEST, "line");
    field_need(f, l->object.id > 0, "object_id");
    if (l->object.id > 0 && l->object.type != OBJECT_SKU)
        field_refuse(f, CODE_BAD_REQUEST, "object_type");
    field_need(f, l->name.n > 0, "name");
    check_quantity(f, l->q_t);
    check_money(f, "price_e4", l->price_e4);
    check_money(f, "unit_e4", l->unit_e4);
    check_money(f, "amount_e4", l->amount_e4);
    if (l->station.n > 0 && !id_is_station(l->station))
        field_refuse(f, CODE_BAD_REQUEST, "station");
    check_options(f, l);
}

static void get_lines(struct fields *f, const struct json *v, struct cloud_order *out)
{
    void *records;
    uint16_t n = field_array(f, v, "lines", LIMIT_LINES, sizeof *out->lines, &records);
    field_need(f, n > 0, "lines");
    if (n == 0)
        return;
    out->lines = records;
    const struct json *e = json_first(json_get(v, "lines"));
    for (uint16_t i = 0; i < n; i++, e = json_next(e)) {
        size_t mark = fields_enter(f, "lines", i);
        line_fact_get(f, e, &out->lines[i]);
        check_line(f, out, &out->lines[i]);
        fields_leave(f, mark);
        out->n_lines++;
    }
}

/* By its number in the list of states; 0 is none. */
static bool get_state(struct fields *f, const struct json *v, enum order_state *out)
{
    uint32_t number;
    if (!field_u32(f, v, "order_status", 1, ORDER_REFUNDED, &number))
        return false;
    *out = (enum order_state)number;
    return order_state_name(*out)[0] != '?';
}

static void get_time(struct fields *f, const struct json *v, const char *key, int64_t *out_ms)
{
    uint64_t n;
    if (wire_u64(f, v, key, &n))
        *out_ms = (int64_t)n;
}

static void get_kitchen(struct fields *f, const struct json *v, struct cloud_order *out)
{
    struct str name;
    if (wire_text(f, v, "kitchen", LIMIT_WORD, &name))
        field_need(f, kitchen_parse(name, &out->kitchen), "kitchen");
}

static void get_head(struct fields *f, const struct json *v, struct cloud_order *out)
{
    field_need(f, field_word(f, v, "order_id", id_is_order, &out->order_id), "order_id");
    field_need(f, field_word(f, v, "channel", id_is_order, &out->channel), "channel");
    if (out->channel.n > CHANNEL_CODE)
        field_refuse(f, CODE_BAD_REQUEST, "channel");
    field_need(f, get_state(f, v, &out->state), "order_status");
    get_time(f, v, "placed_at_ms", &out->placed_at_ms);
    get_time(f, v, "paid_at_ms", &out->paid_at_ms);
    get_time(f, v, "ready_at_ms", &out->ready_at_ms);
    wire_text(f, v, "user_id", LIMIT_USER_ID, &out->user_id);
    wire_text(f, v, "note", LIMIT_NOTE, &out->note);
    field_need(f, wire_i64(f, v, "amount_e4", &out->amount_e4), "amount_e4");
    check_money(f, "amount_e4", out->amount_e4);
    get_kitchen(f, v, out);
}

enum code cloud_order_decode(const struct json *v, struct arena *arena, struct cloud_order *out,
                             char path[FIELD_PATH])
{
    struct fields f;
    fields_begin(&f, arena, path);
    memset(out, 0, sizeof *out);
    get_head(&f, v, out);
    get_lines(&f, v, out);
    if (f.code == CODE_OK && cloud_order_weight(out) > LIMIT_CLOUD_ORDER_BYTES)
        field_refuse(&f, CODE_BAD_REQUEST, "lines");
    return f.code;
}
