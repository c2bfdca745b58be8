#include "proto/cloud_row.h"

#include <string.h>

#include "proto/topic.h"

static const char *const MODES[] = {[MODE_LOOSE] = "LOOSE", [MODE_STRICT] = "STRICT"};
static const char *const POLICIES[] = {[POLICY_SHARED] = "SHARED",
                                       [POLICY_CAPPED] = "CAPPED",
                                       [POLICY_WEIGHTED_HARD] = "WEIGHTED_HARD",
                                       [POLICY_WEIGHTED_SOFT] = "WEIGHTED_SOFT",
                                       [POLICY_RESERVED] = "RESERVED"};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- encode ---- */

static void put_nonzero(struct jw *w, const char *key, int64_t v)
{
    if (v != 0)
        jw_kint(w, key, v);
}

static void put_channel(struct jw *w, const struct stock_channel *c, bool has_x)
{
    jw_open(w, '{');
    jw_kstring(w, "channel_code", c->code);
    jw_kint(w, "stock_status", (int64_t)c->status);
    jw_kint(w, "stock_type", (int64_t)c->type);
    if (c->limit_t < AVAIL_INFINITE && (c->type == STOCK_LIMITED || c->limit_t != 0))
        wire_put_decimal(w, "limit_quantity", c->limit_t);
    if (has_x) {
        jw_kint(w, "weight", c->weight);
        wire_put_decimal(w, "reserve_quantity", c->reserve_t);
        wire_put_stamp(w, "stamp", c->stamp);
        put_nonzero(w, "used_t", c->used_t);
        put_nonzero(w, "del", c->deleted);
    }
    jw_close(w, '}');
}

/* A reader of the base API alone would take a deleted channel for one that counts. */
static void put_channels(struct jw *w, const struct cloud_row *r)
{
    jw_karray(w, "channel_stocks");
    for (uint16_t i = 0; i < r->row.n_channels; i++) {
        if (r->has_x || !r->row.channels[i].deleted)
            put_channel(w, &r->row.channels[i], r->has_x);
    }
    jw_close(w, ']');
}

static void put_base(struct jw *w, const struct stock_row *r)
{
    jw_kobject(w, "base");
    jw_kstring(w, "id", r->base_id);
    jw_kint(w, "v_t", r->base_t);
    jw_kint(w, "h", r->base_h_t);
    jw_kint(w, "c", r->base_c_t);
    jw_kint(w, "hf", r->base_hf);
    jw_kint(w, "cf", r->base_cf);
    wire_put_stamp(w, "stamp", r->base_stamp);
    jw_close(w, '}');
}

static void put_counters(struct jw *w, const struct stock_row *r)
{
    jw_kint(w, "H", r->h_t);
    wire_put_position(w, "H_at", r->h_at);
    jw_kint(w, "C", r->c_t);
    put_nonzero(w, "Lh", r->lh_t);
    jw_kint(w, "Lc", r->lc_t);
    jw_kint(w, "Gr", r->gr_t);
    put_nonzero(w, "Xr", r->xr_t);
    jw_kstring(w, "gen", r->gen_id);
}

/* What differs from the plain row. */
static void put_policy(struct jw *w, const struct stock_row *r)
{
    if (r->step_t != 10)
        jw_kint(w, "step_t", r->step_t);
    put_nonzero(w, "repeat", r->repeat);
    if (r->mode != MODE_LOOSE)
        jw_kstring(w, "mode", str_of(MODES[r->mode]));
    if (r->policy != POLICY_SHARED)
        jw_kstring(w, "policy", str_of(POLICIES[r->policy]));
    put_nonzero(w, "rebalance_s", r->rebalance_s);
    put_nonzero(w, "release_at_ms", r->release_at_ms);
    put_nonzero(w, "ranking", r->ranking);
}

static bool stamp_is_zero(struct stamp s)
{
    return s.l_ms == 0 && s.c == 0 && s.origin == 0;
}

static void put_stamps(struct jw *w, const struct stock_row *r)
{
    jw_kobject(w, "st");
    wire_put_stamp(w, "status", r->status_stamp);
    wire_put_stamp(w, "plan", r->plan_stamp);
    if (!stamp_is_zero(r->policy_stamp))
        wire_put_stamp(w, "policy", r->policy_stamp);
    jw_close(w, '}');
}

static void put_offer(struct jw *w, const struct cloud_offer *o)
{
    jw_kobject(w, "offer");
    wire_put_u64(w, "n", o->n);
    jw_kint(w, "hub_t", o->hub_t);
    jw_kint(w, "plan_t", o->plan_t);
    jw_kstring(w, "from", o->from);
    jw_close(w, '}');
}

static void put_cmds(struct jw *w, const struct cloud_row *r)
{
    if (r->n_cmds == 0)
        return;
    jw_karray(w, "cmds");
    for (uint16_t i = 0; i < r->n_cmds; i++) {
        jw_open(w, '{');
        jw_kstring(w, "id", r->cmds[i].id);
        jw_kstring(w, "op", r->cmds[i].op);
        jw_kint(w, "v_t", r->cmds[i].v_t);
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

static void put_extension(struct jw *w, const struct cloud_row *r)
{
    jw_kobject(w, "x");
    put_base(w, &r->row);
    put_counters(w, &r->row);
    put_policy(w, &r->row);
    if (r->has_offer)
        put_offer(w, &r->offer);
    put_stamps(w, &r->row);
    put_cmds(w, r);
    jw_kint(w, "del", r->deleted);
    jw_close(w, '}');
}

static void put_plan(struct jw *w, const struct cloud_row *r)
{
    char time[WIRE_TIME];
    wire_put_decimal(w, "plan_quantity", r->row.plan_t);
    wire_put_decimal(w, "real_quantity", stock_real(&r->row));
    jw_kint(w, "auto_restore_type", r->row.auto_restore);
    if (r->row.restore_at_ms != 0) {
        size_t n = wire_time_format(r->row.restore_at_ms, r->offset_min, false, time);
        jw_kstring(w, "auto_restore_at", (struct str){time, n});
    }
}

void cloud_row_encode(struct jw *w, const struct cloud_row *r, struct str brand_id,
                      struct str poi_id)
{
    jw_open(w, '{');
    if (r->over != 0)
        wire_put_u64(w, "over", r->over);
    if (brand_id.n > 0 && poi_id.n > 0)
        wire_put_store(w, brand_id, poi_id);
    wire_put_object(w, r->row.object);
    jw_kint(w, "stock_status", (int64_t)r->row.status);
    jw_kint(w, "stock_type", (int64_t)r->row.type);
    put_plan(w, r);
    if (r->updated_at.n > 0)
        jw_kstring(w, "updated_at", r->updated_at);
    put_channels(w, r);
    if (r->has_x)
        put_extension(w, r);
    jw_close(w, '}');
}

/* ---- decode ---- */

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

static void get_name(struct fields *f, const struct json *v, const char *key,
                     const char *const *names, unsigned n, unsigned *out)
{
    struct str name;
    if (!wire_text(f, v, key, LIMIT_WORD, &name))
        return;
    unsigned i = 0;
    while (i < n && !str_eq(name, str_of(names[i])))
        i++;
    if (i < n)
        *out = i;
    else
        field_refuse(f, CODE_BAD_REQUEST, key);
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
    get_natural(f, x, "Gr", &r->gr_t);
    get_natural(f, x, "Xr", &r->xr_t);
    wire_text(f, x, "gen", LIMIT_GEN_ID, &r->gen_id);
}

static void get_policy(struct fields *f, const struct json *x, struct stock_row *r)
{
    unsigned mode = MODE_LOOSE, policy = POLICY_SHARED;
    get_natural(f, x, "step_t", &r->step_t);
    if (r->step_t == 0)
        field_refuse(f, CODE_BAD_REQUEST, "step_t");
    r->repeat = (uint8_t)get_small(f, x, "repeat", 1, 0);
    get_name(f, x, "mode", MODES, COUNT(MODES), &mode);
    get_name(f, x, "policy", POLICIES, COUNT(POLICIES), &policy);
    r->mode = (enum stock_mode)mode;
    r->policy = (enum channel_policy)policy;
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

static void get_offer(struct fields *f, const struct json *x, struct cloud_row *out)
{
    const struct json *v = wire_object_at(f, x, "offer");
    out->has_offer = v != NULL;
    if (!v)
        return;
    size_t mark = wire_enter(f, "offer");
    field_need(f, wire_u64(f, v, "n", &out->offer.n), "n");
    get_natural(f, v, "hub_t", &out->offer.hub_t);
    get_natural(f, v, "plan_t", &out->offer.plan_t);
    wire_text(f, v, "from", LIMIT_GEN_ID, &out->offer.from);
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
    get_offer(f, x, out);
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

/* What oversold goods left behind is below zero, but nobody may set a count there. */
static void get_quantities(struct fields *f, const struct json *v, struct cloud_row *out)
{
    bool derived = wire_member(v, "x") != NULL;
    out->has_plan = wire_qty(f, v, "plan_quantity", 0, &out->row.plan_t);
    out->has_real = wire_qty(f, v, "real_quantity", derived ? -LIMIT_QTY_T : 0, &out->real_t);
    out->row.base_t = out->real_t;
    if (derived || out->row.type != STOCK_LIMITED)
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
