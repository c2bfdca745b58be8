#include "tools/product-center/stock_wish.h"

#include "proto/wire.h"

/* ---- times ---- */

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "06:30" */
static bool minute_parse(struct str v, int32_t *out)
{
    if (v.n != 5 || v.p[2] != ':' || !digit(v.p[0]) || !digit(v.p[1]) || !digit(v.p[3]) ||
        !digit(v.p[4]))
        return false;
    int32_t hour = (v.p[0] - '0') * 10 + (v.p[1] - '0');
    int32_t minute = (v.p[3] - '0') * 10 + (v.p[4] - '0');
    *out = hour * 60 + minute;
    return hour < 24 && minute < 60;
}

static void time_get(struct fields *f, const struct json *v, const char *key, struct wish_time *out)
{
    struct str text;
    int16_t offset;
    if (!wire_text(f, v, key, LIMIT_TIME_TEXT, &text))
        return;
    *out = (struct wish_time){.there = true, .minute = -1};
    if (!minute_parse(text, &out->minute)) {
        out->minute = -1;
        field_need(f, wire_time_parse(text, &out->at_ms, &offset), key);
    }
}

static void release_get(struct fields *f, const struct json *v, struct wish_time *out)
{
    struct str text;
    if (wire_text(f, v, "release_at", LIMIT_TIME_TEXT, &text) && str_eq(text, STR("never")))
        *out = (struct wish_time){.there = true, .minute = -1};
    else
        time_get(f, v, "release_at", out);
}

/* ---- channels ---- */

/* What has no meaning for a channel that this program has never heard of. */
static void shares_get(struct fields *f, const struct json *v, struct wish_channel *out)
{
    enum channel known;
    out->has_weight = wire_member(v, "weight") != NULL &&
                      field_u32(f, v, "weight", 0, WEIGHT_MAX, &out->to.weight);
    out->has_reserve = wire_qty(f, v, "reserve_quantity", 0, &out->to.reserve_t);
    if ((out->has_weight || out->has_reserve) && !channel_parse(out->to.code, &known))
        field_refuse(f, CODE_BAD_REQUEST, "channel_code");
}

static void channel_get(struct fields *f, const struct json *v, struct wish_channel *out)
{
    uint32_t status = STATUS_ON_SALE, type = STOCK_UNLIMITED;
    struct stock_channel *to = &out->to;
    *out = (struct wish_channel){.to = {.limit_t = AVAIL_INFINITE}};
    field_need(f, wire_text(f, v, "channel_code", CHANNEL_CODE, &to->code), "channel_code");
    out->has_status = field_u32(f, v, "stock_status", 1, 2, &status);
    out->has_type = field_u32(f, v, "stock_type", 1, 2, &type);
    out->has_limit = wire_qty(f, v, "limit_quantity", 0, &to->limit_t);
    to->status = (enum stock_status)status;
    to->type = (enum stock_type)type;
    wire_flag(f, v, "deleted", &to->deleted);
    shares_get(f, v, out);
    bool shares = out->has_weight || out->has_reserve;
    field_need(f, out->has_status || shares, "stock_status");
    field_need(f, out->has_type || shares, "stock_type");
}

static void channels_get(struct fields *f, const struct json *list, struct stock_wish *out)
{
    const struct json *v = list != NULL ? json_first(list) : NULL;
    for (size_t i = 0; v != NULL; v = json_next(v), i++) {
        if (i == STOCK_CHANNELS) {
            field_refuse(f, CODE_BAD_REQUEST, "channel_stocks");
            return;
        }
        size_t mark = fields_enter(f, "channel_stocks", i);
        channel_get(f, v, &out->channels[out->n_channels++]);
        fields_leave(f, mark);
    }
}

/* ---- the row ---- */

static void plan_get(struct fields *f, const struct json *v, struct stock_wish *out)
{
    out->has_type = field_u32(f, v, "stock_type", 1, 2, &out->type);
    out->has_plan = wire_qty(f, v, "plan_quantity", 0, &out->plan_t);
    out->has_restore = field_u32(f, v, "auto_restore_type", 1, 2, &out->restore);
    out->has_daily = wire_flag(f, v, "daily", &out->daily);
    time_get(f, v, "auto_restore_at", &out->restore_at);
}

static bool name_get(struct fields *f, const struct json *v, const char *key, struct str *out)
{
    return wire_text(f, v, key, LIMIT_WORD, out);
}

static void policy_get(struct fields *f, const struct json *v, struct stock_wish *out)
{
    struct str name;
    out->has_mode = name_get(f, v, "mode", &name);
    field_need(f, !out->has_mode || stock_mode_parse(name, &out->mode), "mode");
    out->has_policy = name_get(f, v, "policy", &name);
    field_need(f, !out->has_policy || channel_policy_parse(name, &out->policy), "policy");
    out->has_ranking = name_get(f, v, "ranking", &name);
    field_need(f, !out->has_ranking || ranking_parse(name, &out->ranking), "ranking");
    out->has_rebalance = wire_member(v, "rebalance_s") != NULL &&
                         field_u32(f, v, "rebalance_s", 0, REBALANCE_S_MAX, &out->rebalance_s);
    if (out->has_rebalance && out->rebalance_s > 0 && out->rebalance_s < REBALANCE_S_MIN)
        field_refuse(f, CODE_BAD_REQUEST, "rebalance_s");
    release_get(f, v, &out->release_at);
}

enum code stock_wish_decode(const struct json *v, struct arena *arena, struct stock_wish *out,
                            char path[FIELD_PATH])
{
    struct fields f;
    *out = (struct stock_wish){0};
    fields_begin(&f, arena, path);
    wire_need_store(&f, v, &out->brand, &out->poi);
    field_need(&f, wire_object(&f, v, &out->object), "object_id");
    out->has_status = field_u32(&f, v, "stock_status", 1, 2, &out->status);
    plan_get(&f, v, out);
    out->has_real = wire_qty(&f, v, "real_quantity", 0, &out->real_t);
    out->has_adjust = wire_qty(&f, v, "adjust", -LIMIT_QTY_T, &out->adjust_t);
    out->has_recall = wire_qty(&f, v, "recall", 0, &out->recall_t);
    wire_flag(&f, v, "deleted", &out->deleted);
    policy_get(&f, v, out);
    channels_get(&f, wire_array_at(&f, v, "channel_stocks"), out);
    return f.code;
}
