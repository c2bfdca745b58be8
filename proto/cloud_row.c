#include "proto/cloud_row.h"

#include "proto/rights.h"

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
    put_nonzero(w, "presumed", r->presumed_t);
    jw_kstring(w, "gen", r->gen_id);
    if (restore_ms(r->gen_id) < 0) /* else it says that itself */
        put_nonzero(w, "done_ms", r->restored_ms);
}

/* What differs from the plain row. */
static void put_policy(struct jw *w, const struct stock_row *r)
{
    if (r->step_t != 10)
        jw_kint(w, "step_t", r->step_t);
    put_nonzero(w, "repeat", r->repeat);
    if (r->mode != MODE_LOOSE)
        jw_kstring(w, "mode", str_of(stock_mode_name(r->mode)));
    if (r->mode_in_force != r->mode)
        jw_kstring(w, "in_force", str_of(stock_mode_name(r->mode_in_force)));
    if (r->policy != POLICY_SHARED)
        jw_kstring(w, "policy", str_of(channel_policy_name(r->policy)));
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

/* Of an older one that has not come through, the newest takes the place. */
static void put_offer(struct jw *w, const struct stock_row *r)
{
    if (r->n_offers == 0)
        return;
    const struct offer *o = &r->offers[r->n_offers - 1];
    char from[RESTORE_ID];
    size_t n = restore_id(o->from_ms, from);
    jw_kobject(w, "offer");
    wire_put_u64(w, "n", o->n);
    jw_kint(w, "hub_t", o->hub_t);
    jw_kint(w, "plan_t", o->plan_t);
    jw_kstring(w, "from", (struct str){from, n});
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
    put_offer(w, &r->row);
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
