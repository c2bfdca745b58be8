/* POST /api/v1/poi/stock/update: a merchant changes one row. Members that are missing stay as they
 * are; an unknown row is made (unlimited, on sale).
 *   {"brandId","poiId","object_id"[,"object_type"][,"stock_status"][,"stock_type"]
 *    [,"plan_quantity"][,"auto_restore_type"][,"auto_restore_at"][,"real_quantity"][,"adjust"]
 *    [,"channel_stocks":[{"channel_code","stock_status","stock_type"[,"limit_quantity"]}]]
 *    [,"deleted":true]}
 * real_quantity is a count (a new base), adjust a delta. Answers {"code":0,"row":{..}} with the
 * extension.
 */
#include "proto/wire.h"
#include "tools/product-center/change.h"
#include "tools/product-center/endpoint.h"
#include "tools/product-center/oversell.h"
#include "tools/product-center/set.h"
#include "tools/product-center/show.h"

struct wish {
    struct str brand, poi;
    struct object object;
    uint32_t status, type, restore;
    int64_t plan_t, real_t, adjust_t, restore_at_ms;
    bool has_status, has_type, has_plan, has_restore, has_at, has_real, has_adjust, deleted;
    struct stock_channel channels[STOCK_CHANNELS];
    uint16_t n_channels;
};

static void channel_decode(struct fields *f, const struct json *v, struct stock_channel *out)
{
    uint32_t status, type;
    *out = (struct stock_channel){.limit_t = AVAIL_INFINITE};
    field_need(f, wire_text(f, v, "channel_code", CHANNEL_CODE, &out->code), "channel_code");
    bool has_status = field_u32(f, v, "stock_status", 1, 2, &status);
    bool has_type = field_u32(f, v, "stock_type", 1, 2, &type);
    field_need(f, has_status, "stock_status");
    field_need(f, has_type, "stock_type");
    out->status = has_status ? (enum stock_status)status : STATUS_ON_SALE;
    out->type = has_type ? (enum stock_type)type : STOCK_UNLIMITED;
    wire_qty(f, v, "limit_quantity", 0, &out->limit_t);
    wire_flag(f, v, "deleted", &out->deleted);
}

static void channels_decode(struct fields *f, const struct json *list, struct wish *out)
{
    const struct json *v = list != NULL ? json_first(list) : NULL;
    for (size_t i = 0; v != NULL; v = json_next(v), i++) {
        if (i == STOCK_CHANNELS) {
            field_refuse(f, CODE_BAD_REQUEST, "channel_stocks");
            return;
        }
        size_t mark = fields_enter(f, "channel_stocks", i);
        channel_decode(f, v, &out->channels[out->n_channels++]);
        fields_leave(f, mark);
    }
}

static void time_decode(struct fields *f, const struct json *v, struct wish *out)
{
    struct str text;
    int16_t offset;
    if (!wire_text(f, v, "auto_restore_at", LIMIT_TIME_TEXT, &text))
        return;
    out->has_at = wire_time_parse(text, &out->restore_at_ms, &offset);
    if (!out->has_at)
        field_refuse(f, CODE_BAD_REQUEST, "auto_restore_at");
}

static enum code decode(struct call *c, struct wish *out, char path[FIELD_PATH])
{
    struct fields f;
    const struct json *v = c->body;
    *out = (struct wish){0};
    fields_begin(&f, &c->arena, path);
    wire_need_store(&f, v, &out->brand, &out->poi);
    field_need(&f, wire_object(&f, v, &out->object), "object_id");
    out->has_status = field_u32(&f, v, "stock_status", 1, 2, &out->status);
    out->has_type = field_u32(&f, v, "stock_type", 1, 2, &out->type);
    out->has_plan = wire_qty(&f, v, "plan_quantity", 0, &out->plan_t);
    out->has_restore = field_u32(&f, v, "auto_restore_type", 1, 2, &out->restore);
    time_decode(&f, v, out);
    out->has_real = wire_qty(&f, v, "real_quantity", 0, &out->real_t);
    out->has_adjust = wire_qty(&f, v, "adjust", -LIMIT_QTY_T, &out->adjust_t);
    wire_flag(&f, v, "deleted", &out->deleted);
    channels_decode(&f, wire_array_at(&f, v, "channel_stocks"), out);
    return f.code;
}

static void plan_apply(const struct wish *w, struct item *it, struct store *s)
{
    struct stock_row plan = it->row;
    if (!w->has_type && !w->has_plan && !w->has_restore && !w->has_at)
        return;
    if (w->has_type)
        plan.type = (enum stock_type)w->type;
    if (w->has_plan)
        plan.plan_t = w->plan_t;
    if (w->has_restore)
        plan.auto_restore = (uint8_t)w->restore;
    if (w->has_at)
        plan.restore_at_ms = w->restore_at_ms;
    set_plan(it, &plan, s);
}

/* What no row means, with stamps of its own, so that it wins over what was there before. */
static void clear(struct item *it, struct store *s)
{
    struct stock_row plain;
    stock_plain(it->row.object, &plain);
    set_status(it, plain.status, s);
    set_plan(it, &plain, s);
}

static bool apply(struct call *c, const struct wish *w, struct item *it, struct store *s)
{
    if (w->has_status)
        set_status(it, (enum stock_status)w->status, s);
    plan_apply(w, it, s);
    if (w->has_real)
        set_real(c, it, w->real_t, s);
    it->row.c_t += w->adjust_t;
    it->deleted = w->deleted;
    it->changed = true;
    if (w->deleted)
        clear(it, s);
    for (uint16_t i = 0; i < w->n_channels; i++)
        if (!set_channel(it, &w->channels[i], s))
            return false;
    return true;
}

/* A row beyond the base API's decimals would be refused by every reader, with the page it is in. */
static bool fits(const struct stock_row *row)
{
    int64_t real_t = stock_real(row);
    return real_t <= LIMIT_QTY_T && real_t >= -LIMIT_QTY_T;
}

void stock_update(struct call *c)
{
    char path[FIELD_PATH];
    struct wish w;
    struct store s;
    enum code code = decode(c, &w, path);
    if (code != CODE_OK) {
        call_malformed(c, code, path);
        return;
    }
    call_store(c, w.brand, w.poi);
    store_lock(c, &s);
    struct items items = items_load(c, &w.object, 1);
    if (items.n == 0)
        return;
    if (!apply(c, &w, items.at, &s)) {
        call_fail(c, CLOUD_BAD_REQUEST, "too many channels");
        return;
    }
    if (!fits(&items.at->row)) {
        call_fail(c, CLOUD_BAD_QUANTITY, "adjust");
        return;
    }
    change_commit(c, &s, &items, &(struct change){.by = "merchant"});
    oversell_evaluate_items(c, &s, &items);
    store_save(c, &s);
    call_answer(c);
    jw_key(&c->out, "row");
    item_write(&c->out, items.at, true);
    call_done(c);
}
