#include "proto/cloud_row.h"

#include <string.h>

#include "proto/rights.h"
#include "proto/topic.h"

static void get_natural(struct fields *f, const struct json *v, const char *key, int64_t *out)
{
    uint64_t n;
    if (wire_u64(f, v, key, &n))
        *out = (int64_t)n;
}

static uint32_t get_small(struct fields *f, const struct json *v, const char *key, uint32_t max,
                          uint32_t missing)
{
    uint32_t n = missing;
    if (wire_member(v, key))
        field_u32(f, v, key, 0, max, &n);
    return n;
}

/* 1 or 2: a status, a type, an auto_restore_type. */
static uint32_t get_choice(struct fields *f, const struct json *v, const char *key)
{
    uint32_t n = 1;
    field_need(f, field_u32(f, v, key, 1, 2, &n), key);
    return n;
}

static void get_names(struct fields *f, const struct json *x, struct stock_row *r)
{
    struct str name;
    if (wire_text(f, x, "mode", LIMIT_WORD, &name))
        field_need(f, stock_mode_parse(name, &r->mode), "mode");
    r->mode_in_force = r->mode;
    if (wire_text(f, x, "in_force", LIMIT_WORD, &name))
        field_need(f, stock_mode_parse(name, &r->mode_in_force), "in_force");
    if (wire_text(f, x, "policy", LIMIT_WORD, &name))
        field_need(f, channel_policy_parse(name, &r->policy), "policy");
}

/* Limited without a limit: it shares the whole pool (base-api.md knows nothing else). */
static void get_channel(struct fields *f, const struct json *v, struct stock_channel *out)
{
    memset(out, 0, sizeof *out);
    field_need(f, field_word(f, v, "channel_code", id_is_order, &out->code), "channel_code");
    if (out->code.n > CHANNEL_CODE)
        field_refuse(f, CODE_BAD_REQUEST, "channel_code");
    out->status = (enum stock_status)get_choice(f, v, "stock_status");
    out->type = (enum stock_type)get_choice(f, v, "stock_type");
    out->limit_t = out->type == STOCK_LIMITED ? AVAIL_INFINITE : 0;
    wire_qty(f, v, "limit_quantity", 0, &out->limit_t);
    wire_qty(f, v, "reserve_quantity", 0, &out->reserve_t);
    out->weight = get_small(f, v, "weight", UINT32_MAX, 0);
    wire_stamp(f, v, "stamp", &out->stamp);
    wire_i64(f, v, "used_t", &out->used_t);
    wire_flag(f, v, "del", &out->deleted);
}

static bool is_listed(const struct stock_row *r, struct str code)
{
    for (uint16_t i = 0; i < r->n_channels; i++) {
        if (str_eq(r->channels[i].code, code))
            return true;
    }
    return false;
}

static void get_channels(struct fields *f, const struct json *v, struct cloud_row *out)
{
    const struct json *list = wire_array_at(f, v, "channel_stocks");
    out->has_channels = list != NULL;
    if (wire_count(list) > STOCK_CHANNELS) {
        field_refuse(f, CODE_BAD_REQUEST, "channel_stocks");
        return;
    }
    for (const struct json *e = list ? json_first(list) : NULL; e; e = json_next(e)) {
        struct stock_channel channel;
        size_t mark = fields_enter(f, "channel_stocks", out->row.n_channels);
        get_channel(f, e, &channel);
        if (is_listed(&out->row, channel.code))
            field_refuse(f, CODE_BAD_REQUEST, "channel_code");
        fields_leave(f, mark);
        out->row.channels[out->row.n_channels++] = channel;
    }
}

static void get_base(struct fields *f, const struct json *x, struct stock_row *r)
{
    const struct json *v = wire_object_at(f, x, "base");
    if (!v)
        return;
    size_t mark = wire_enter(f, "base");
    field_need(f, wire_text(f, v, "id", LIMIT_GEN_ID, &r->base_id), "id");
    field_need(f, wire_i64(f, v, "v_t", &r->base_t), "v_t");
    wire_i64(f, v, "h", &r->base_h_t);
    wire_i64(f, v, "c", &r->base_c_t);
    wire_flag(f, v, "hf", &r->base_hf);
    wire_flag(f, v, "cf", &r->base_cf);
    wire_stamp(f, v, "stamp", &r->base_stamp);
    fields_leave(f, mark);
}

static void get_counters(struct fields *f, const struct json *x, struct stock_row *r)
{
    wire_i64(f, x, "H", &r->h_t);
    wire_position(f, x, "H_at", &r->h_at);
    wire_i64(f, x, "C", &r->c_t);
    get_natural(f, x, "Lh", &r->lh_t);
    get_natural(f, x, "Lc", &r->lc_t);
    wire_i64(f, x, "Gr", &r->gr_t);
    get_natural(f, x, "Xr", &r->xr_t);
    get_natural(f, x, "presumed", &r->presumed_t);
    wire_text(f, x, "gen", LIMIT_GEN_ID, &r->gen_id);
    get_natural(f, x, "done_ms", &r->restored_ms);
}

static void get_policy(struct fields *f, const struct json *x, struct stock_row *r)
{
    get_natural(f, x, "step_t", &r->step_t);
    if (r->step_t == 0)
        field_refuse(f, CODE_BAD_REQUEST, "step_t");
    r->repeat = (uint8_t)get_small(f, x, "repeat", 1, 0);
    get_names(f, x, r);
    r->rebalance_s = get_small(f, x, "rebalance_s", UINT32_MAX, 0);
    get_natural(f, x, "release_at_ms", &r->release_at_ms);
    r->ranking = (uint8_t)get_small(f, x, "ranking", UINT8_MAX, 0);
}

static void get_stamps(struct fields *f, const struct json *x, struct stock_row *r)
{
    const struct json *v = wire_object_at(f, x, "st");
    if (!v)
        return;
    size_t mark = wire_enter(f, "st");
    wire_stamp(f, v, "status", &r->status_stamp);
    wire_stamp(f, v, "plan", &r->plan_stamp);
    wire_stamp(f, v, "policy", &r->policy_stamp);
    fields_leave(f, mark);
}

static void get_offer(struct fields *f, const struct json *x, struct stock_row *r)
{
    const struct json *v = wire_object_at(f, x, "offer");
    if (!v)
        return;
    struct offer *o = &r->offers[r->n_offers++];
    struct str from = STR("");
    size_t mark = wire_enter(f, "offer");
    field_need(f, wire_u64(f, v, "n", &o->n), "n");
    get_natural(f, v, "hub_t", &o->hub_t);
    get_natural(f, v, "plan_t", &o->plan_t);
    wire_text(f, v, "from", LIMIT_GEN_ID, &from);
    o->from_ms = restore_ms(from);
    field_need(f, o->from_ms >= 0, "from");
    fields_leave(f, mark);
}

static void get_cmds(struct fields *f, const struct json *x, struct cloud_row *out)
{
    const struct json *list = wire_array_at(f, x, "cmds");
    if (wire_count(list) > LIMIT_CMDS) {
        field_refuse(f, CODE_BAD_REQUEST, "cmds");
        return;
    }
    for (const struct json *e = list ? json_first(list) : NULL; e; e = json_next(e)) {
        struct cloud_cmd *c = &out->cmds[out->n_cmds];
        size_t mark = fields_enter(f, "cmds", out->n_cmds++);
        field_need(f, wire_text(f, e, "id", LIMIT_OP_ID, &c->id), "id");
        field_need(f, wire_text(f, e, "op", LIMIT_WORD, &c->op), "op");
        wire_i64(f, e, "v_t", &c->v_t);
        fields_leave(f, mark);
    }
}

static void get_extension(struct fields *f, const struct json *v, struct cloud_row *out)
{
    const struct json *x = wire_object_at(f, v, "x");
    out->has_x = x != NULL;
    if (!x)
        return;
    size_t mark = wire_enter(f, "x");
    get_base(f, x, &out->row);
    get_counters(f, x, &out->row);
    get_policy(f, x, &out->row);
    get_stamps(f, x, &out->row);
    get_offer(f, x, &out->row);
    get_cmds(f, x, out);
    wire_flag(f, x, "del", &out->deleted);
    fields_leave(f, mark);
}

static bool get_time(struct fields *f, const struct json *v, const char *key, struct str *text,
                     int64_t *at_ms, int16_t *offset_min)
{
    if (!wire_text(f, v, key, LIMIT_TIME_TEXT, text))
        return false;
    if (wire_time_parse(*text, at_ms, offset_min))
        return true;
    field_refuse(f, CODE_BAD_REQUEST, key);
    return false;
}

static void get_times(struct fields *f, const struct json *v, struct cloud_row *out)
{
    struct str text;
    get_time(f, v, "updated_at", &out->updated_at, &out->updated_at_ms, &out->offset_min);
    get_time(f, v, "auto_restore_at", &text, &out->row.restore_at_ms, &out->offset_min);
}

/* What oversold goods left behind is below zero. Nobody may set a count there: a body that names
 * its store is an absolute write. */
static void get_quantities(struct fields *f, const struct json *v, struct cloud_row *out)
{
    bool absolute = wire_member(v, "brandId") != NULL;
    out->has_plan = wire_qty(f, v, "plan_quantity", 0, &out->row.plan_t);
    out->has_real = wire_qty(f, v, "real_quantity", absolute ? 0 : -LIMIT_QTY_T, &out->real_t);
    out->row.base_t = out->real_t;
    if (out->row.type != STOCK_LIMITED || wire_member(v, "x"))
        return;
    field_need(f, out->has_plan, "plan_quantity");
    field_need(f, out->has_real, "real_quantity");
}

enum code cloud_row_decode(const struct json *v, struct cloud_row *out, char path[FIELD_PATH])
{
    struct fields f;
    struct object object = {OBJECT_SKU, 0};
    fields_begin(&f, NULL, path);
    memset(out, 0, sizeof *out);
    field_need(&f, wire_object(&f, v, &object), "object_id");
    stock_plain(object, &out->row);
    out->row.status = (enum stock_status)get_choice(&f, v, "stock_status");
    out->row.type = (enum stock_type)get_choice(&f, v, "stock_type");
    wire_u64(&f, v, "over", &out->over);
    out->row.c_ver = out->over;
    if (wire_member(v, "auto_restore_type"))
        out->row.auto_restore = (uint8_t)get_choice(&f, v, "auto_restore_type");
    get_quantities(&f, v, out);
    get_times(&f, v, out);
    get_channels(&f, v, out);
    get_extension(&f, v, out);
    return f.code;
}
