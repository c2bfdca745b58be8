#include "proto/line_facts.h"

/* ---- reading ---- */

static void get_u32(struct fields *f, const struct json *v, const char *key, uint32_t *out)
{
    if (wire_member(v, key))
        field_u32(f, v, key, 0, UINT32_MAX, out);
}

static void get_options(struct fields *f, const struct json *v, struct line_fact *l)
{
    void *records;
    l->n_options = field_array(f, v, "options", LIMIT_OPTIONS, sizeof *l->options, &records);
    if (l->n_options == 0)
        return;
    l->options = records;
    const struct json *e = json_first(json_get(v, "options"));
    for (uint16_t i = 0; i < l->n_options; i++, e = json_next(e)) {
        struct option_fact *o = &l->options[i];
        size_t mark = fields_enter(f, "options", i);
        field_need(f, wire_id(f, e, "option_id", &o->option_id), "option_id");
        wire_id(f, e, "object_id", &o->object_id);
        wire_i64(f, e, "q_t", &o->q_t);
        wire_i64(f, e, "price_e4", &o->price_e4);
        wire_text(f, e, "name", LIMIT_NAME, &o->name);
        fields_leave(f, mark);
    }
}

void line_fact_get(struct fields *f, const struct json *v, struct line_fact *out)
{
    get_u32(f, v, "line", &out->line);
    get_u32(f, v, "parent", &out->parent);
    get_u32(f, v, "seat", &out->seat);
    get_u32(f, v, "course", &out->course);
    get_u32(f, v, "round", &out->round);
    wire_object(f, v, &out->object);
    wire_i64(f, v, "q_t", &out->q_t);
    wire_i64(f, v, "price_e4", &out->price_e4);
    wire_i64(f, v, "unit_e4", &out->unit_e4);
    wire_i64(f, v, "amount_e4", &out->amount_e4);
    wire_text(f, v, "name", LIMIT_NAME, &out->name);
    wire_text(f, v, "note", LIMIT_NOTE, &out->note);
    wire_text(f, v, "station", LIMIT_STATION, &out->station);
    get_options(f, v, out);
}

/* ---- writing ---- */

static void put_text(struct jw *w, const char *key, struct str v)
{
    if (v.n > 0)
        jw_kstring(w, key, v);
}

static void put_number(struct jw *w, const char *key, int64_t v)
{
    if (v != 0)
        jw_kint(w, key, v);
}

static void put_option(struct jw *w, const struct option_fact *o)
{
    jw_open(w, '{');
    wire_put_id(w, "option_id", o->option_id);
    if (o->object_id != 0)
        wire_put_id(w, "object_id", o->object_id);
    jw_kint(w, "q_t", o->q_t);
    put_number(w, "price_e4", o->price_e4);
    put_text(w, "name", o->name);
    jw_close(w, '}');
}

static void put_options(struct jw *w, const struct line_fact *l)
{
    if (l->n_options == 0)
        return;
    jw_karray(w, "options");
    for (uint16_t i = 0; i < l->n_options; i++)
        put_option(w, &l->options[i]);
    jw_close(w, ']');
}

void line_fact_put(struct jw *w, const struct line_fact *l)
{
    jw_open(w, '{');
    jw_kint(w, "line", l->line);
    wire_put_object(w, l->object);
    put_text(w, "name", l->name);
    jw_kint(w, "q_t", l->q_t);
    jw_kint(w, "price_e4", l->price_e4);
    jw_kint(w, "unit_e4", l->unit_e4);
    jw_kint(w, "amount_e4", l->amount_e4);
    put_number(w, "parent", l->parent);
    put_number(w, "seat", l->seat);
    put_number(w, "course", l->course);
    put_number(w, "round", l->round);
    put_text(w, "note", l->note);
    put_text(w, "station", l->station);
    put_options(w, l);
    jw_close(w, '}');
}
