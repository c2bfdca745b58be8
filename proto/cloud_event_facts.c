#include "proto/cloud_event.h"

#include <string.h>

#include "proto/line_facts.h"
#include "proto/shares.h"
#include "proto/topic.h"

static const enum event_kind OF_ORDERS[] = {
    EVENT_ORDER_LOCK,   EVENT_ORDER_UNLOCK, EVENT_ORDER_DEDUCT, EVENT_ORDER_SELL,
    EVENT_ORDER_REFUND, EVENT_ORDER_SERVED, EVENT_REFUND_DUE,   EVENT_ORDER_STATE};
static const enum event_kind OF_OBJECTS[] = {
    EVENT_STOCK_SET, EVENT_STOCK_ADJUST, EVENT_STATUS_SET,   EVENT_PLAN_SET,  EVENT_CHANNEL_SET,
    EVENT_RESTORE,   EVENT_REBALANCE,    EVENT_LEASE_RETURN, EVENT_OFFER_ACK, EVENT_MODE_ACK};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool listed(enum event_kind kind, const enum event_kind *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i] == kind)
            return true;
    }
    return false;
}

static void *room(struct fields *f, size_t n, size_t size)
{
    void *p = arena_alloc(f->arena, n * size);
    if (!p)
        field_refuse(f, CODE_INTERNAL, "");
    return p;
}

static void get_u32(struct fields *f, const struct json *v, const char *key, uint32_t *out)
{
    if (wire_member(v, key))
        field_u32(f, v, key, 0, UINT32_MAX, out);
}

/* ---- movements ---- */

static void used_of_order(struct fields *f, const struct json *v, struct str channel,
                          struct effect_fact *e)
{
    e->used = room(f, 1, sizeof *e->used);
    if (!e->used)
        return;
    e->n_used = 1;
    e->used[0].code = channel;
    wire_i64(f, v, "used", &e->used[0].used_t);
}

static void used_by_channel(struct fields *f, const struct json *used, struct effect_fact *e)
{
    size_t n = wire_count(used), mark = wire_enter(f, "used");
    if (n > STOCK_CHANNELS) {
        field_refuse(f, CODE_BAD_REQUEST, "");
        n = 0;
    }
    e->used = room(f, n, sizeof *e->used);
    for (const struct json *m = json_first(used); m && e->used && e->n_used < n; m = json_next(m)) {
        struct used_fact *fact = &e->used[e->n_used++];
        fact->code = json_key(m);
        if (fact->code.n > CHANNEL_CODE || !json_integer(m, &fact->used_t))
            field_refuse(f, CODE_BAD_REQUEST, "");
    }
    fields_leave(f, mark);
}

static void get_effect(struct fields *f, const struct json *v, struct str channel,
                       struct effect_fact *e)
{
    const struct json *used = wire_member(v, "used");
    field_need(f, wire_object(f, v, &e->object), "object_id");
    field_need(f, wire_i64(f, v, "H", &e->h_t), "H");
    field_need(f, wire_i64(f, v, "Lh", &e->lh_t), "Lh");
    e->has_xr = wire_i64(f, v, "Xr", &e->xr_t);
    wire_text(f, v, "gen", LIMIT_GEN_ID, &e->gen);
    e->has_cut = wire_i64(f, v, "base_h", &e->base_h_t) && e->gen.n > 0;
    wire_u64(f, v, "cmd_done", &e->cmd_done);
    wire_i64(f, v, "q_t", &e->q_t);
    wire_i64(f, v, "real_b", &e->real_b_t);
    wire_i64(f, v, "real_a", &e->real_a_t);
    wire_i64(f, v, "lk_b", &e->lk_b_t);
    wire_i64(f, v, "lk_a", &e->lk_a_t);
    if (used && json_kind(used) == JSON_OBJECT)
        used_by_channel(f, used, e);
    else if (used)
        used_of_order(f, v, channel, e);
}

/* Appends the movements of `v`; the array has room for all of the event. */
static void get_effects(struct fields *f, const struct json *v, uint32_t line,
                        struct event_facts *out)
{
    const struct json *list = wire_array_at(f, v, "eff");
    size_t i = 0;
    for (const struct json *m = list ? json_first(list) : NULL; m; m = json_next(m), i++) {
        struct effect_fact *e = &out->effects[out->n_effects++];
        size_t mark = fields_enter(f, "eff", i);
        e->line = line;
        get_effect(f, m, out->channel, e);
        fields_leave(f, mark);
    }
}

static size_t effects_in(const struct json *v)
{
    const struct json *list = wire_member(v, "eff");
    return list && json_kind(list) == JSON_ARRAY ? wire_count(list) : 0;
}

static bool effects_room(struct fields *f, const struct json *body, struct event_facts *out)
{
    const struct json *lines = wire_array_at(f, body, "lines");
    size_t n = effects_in(body);
    for (const struct json *v = lines ? json_first(lines) : NULL; v; v = json_next(v))
        n += effects_in(v);
    if (n > LIMIT_EFFECTS) {
        field_refuse(f, CODE_BAD_REQUEST, "eff");
        return false;
    }
    out->effects = room(f, n, sizeof *out->effects);
    return out->effects != NULL;
}

/* ---- orders ---- */

static void get_lines(struct fields *f, const struct json *body, struct event_facts *out)
{
    void *records;
    out->has_lines = wire_member(body, "lines") != NULL;
    out->n_lines = field_array(f, body, "lines", LIMIT_LINES, sizeof *out->lines, &records);
    if (out->n_lines == 0)
        return;
    out->lines = records;
    const struct json *e = json_first(json_get(body, "lines"));
    for (uint16_t i = 0; i < out->n_lines; i++, e = json_next(e)) {
        size_t mark = fields_enter(f, "lines", i);
        line_fact_get(f, e, &out->lines[i]);
        get_effects(f, e, out->lines[i].line, out);
        fields_leave(f, mark);
    }
}

static void get_adjusts(struct fields *f, const struct json *body, struct event_facts *out)
{
    void *records;
    out->has_adjusts = wire_member(body, "adjust") != NULL;
    out->n_adjusts = field_array(f, body, "adjust", LIMIT_ADJUSTS, sizeof *out->adjusts, &records);
    if (out->n_adjusts == 0)
        return;
    out->adjusts = records;
    const struct json *e = json_first(json_get(body, "adjust"));
    for (uint16_t i = 0; i < out->n_adjusts; i++, e = json_next(e)) {
        struct adjust_fact *a = &out->adjusts[i];
        size_t mark = fields_enter(f, "adjust", i);
        get_u32(f, e, "adj", &a->adj);
        get_u32(f, e, "line", &a->line);
        wire_text(f, e, "kind", LIMIT_WORD, &a->kind);
        wire_text(f, e, "name", LIMIT_NAME, &a->name);
        wire_i64(f, e, "amount_e4", &a->amount_e4);
        fields_leave(f, mark);
    }
}

static void get_payments(struct fields *f, const struct json *body, struct event_facts *out)
{
    void *records;
    out->n_payments =
        field_array(f, body, "payments", LIMIT_PAYMENTS, sizeof *out->payments, &records);
    if (out->n_payments == 0)
        return;
    out->payments = records;
    const struct json *e = json_first(json_get(body, "payments"));
    for (uint16_t i = 0; i < out->n_payments; i++, e = json_next(e)) {
        struct payment_fact *p = &out->payments[i];
        size_t mark = fields_enter(f, "payments", i);
        field_need(f, wire_text(f, e, "pay_id", LIMIT_OP_ID, &p->pay_id), "pay_id");
        field_need(f, wire_i64(f, e, "amount_e4", &p->amount_e4), "amount_e4");
        wire_text(f, e, "tender", LIMIT_TENDER, &p->tender);
        wire_text(f, e, "ref", LIMIT_REF, &p->ref);
        fields_leave(f, mark);
    }
}

static void get_state(struct fields *f, const struct json *body, struct event_facts *out)
{
    struct str name;
    if (wire_text(f, body, "state", LIMIT_WORD, &name))
        field_need(f, order_state_parse(name, &out->state), "state");
}

static void get_order(struct fields *f, const struct json *body, struct event_facts *out)
{
    if (wire_member(body, "order_id"))
        field_word(f, body, "order_id", id_is_order, &out->order_id);
    get_state(f, body, out);
    wire_text(f, body, "cause", LIMIT_WORD, &out->cause);
    wire_text(f, body, "kitchen", LIMIT_WORD, &out->kitchen);
    wire_text(f, body, "gen", LIMIT_GEN_ID, &out->gen);
    wire_text(f, body, "day", LIMIT_WORD, &out->day);
    wire_text(f, body, "number", LIMIT_WORD, &out->number);
    wire_text(f, body, "origin", LIMIT_WORD, &out->origin);
    wire_text(f, body, "table", LIMIT_TABLE, &out->table);
    wire_text(f, body, "note", LIMIT_NOTE, &out->note);
    wire_text(f, body, "user_id", LIMIT_USER_ID, &out->user_id);
    wire_text(f, body, "pay_id", LIMIT_OP_ID, &out->pay_id);
    wire_text(f, body, "refund_id", LIMIT_OP_ID, &out->refund_id);
    wire_text(f, body, "void_id", LIMIT_OP_ID, &out->void_id);
    wire_i64(f, body, "due_e4", &out->due_e4);
    wire_i64(f, body, "amount_e4", &out->amount_e4);
    get_u32(f, body, "round", &out->round);
    get_u32(f, body, "code", &out->code);
    get_adjusts(f, body, out);
    get_payments(f, body, out);
}

/* ---- objects ---- */

static void get_base(struct fields *f, const struct json *body, struct event_facts *out)
{
    const struct json *v = wire_object_at(f, body, "base");
    out->has_base = v != NULL;
    if (!v)
        return;
    size_t mark = wire_enter(f, "base");
    field_need(f, wire_text(f, v, "id", LIMIT_GEN_ID, &out->base_id), "id");
    field_need(f, wire_i64(f, v, "v_t", &out->base_t), "v_t");
    wire_i64(f, v, "h", &out->base_h_t);
    wire_i64(f, v, "c", &out->base_c_t);
    fields_leave(f, mark);
}

static void get_registers(struct fields *f, const struct json *body, struct event_facts *out)
{
    wire_object(f, body, &out->object);
    wire_text(f, body, "basis", LIMIT_WORD, &out->basis);
    wire_text(f, body, "reason", LIMIT_DETAIL, &out->reason);
    wire_text(f, body, "cmd", LIMIT_OP_ID, &out->cmd_id);
    wire_i64(f, body, "q_t", &out->q_t);
    out->has_stamp = wire_stamp(f, body, "stamp", &out->stamp);
    out->has_on_sale = wire_flag(f, body, "on_sale", &out->on_sale);
    out->has_limited = wire_flag(f, body, "limited", &out->limited);
    out->has_plan = wire_i64(f, body, "plan_t", &out->plan_t);
    out->has_limit = wire_i64(f, body, "limit_t", &out->limit_t);
    out->has_weight = wire_member(body, "weight") != NULL;
    if (out->has_weight)
        field_u32(f, body, "weight", 0, WEIGHT_MAX, &out->weight);
    out->has_reserve = wire_i64(f, body, "reserve_t", &out->reserve_t);
    out->has_restore = wire_flag(f, body, "auto", &out->auto_restore);
    wire_flag(f, body, "daily", &out->daily);
    wire_i64(f, body, "restore_at_ms", &out->restore_at_ms);
    get_u32(f, body, "epoch", &out->epoch);
    get_base(f, body, out);
}

/* ---- generations and rights ---- */

static void get_restore(struct fields *f, const struct json *body, struct event_facts *out)
{
    field_need(f, wire_i64(f, body, "due_at_ms", &out->due_at_ms) && out->due_at_ms > 0,
               "due_at_ms");
    out->has_offer = wire_u64(f, body, "offer", &out->offer_n);
    wire_i64(f, body, "hub_t", &out->hub_t);
}

static void get_mode(struct fields *f, const struct json *body, struct event_facts *out)
{
    struct str name = STR("");
    wire_text(f, body, "mode", LIMIT_WORD, &name);
    field_need(f, stock_mode_parse(name, &out->mode), "mode");
}

static void get_over(struct fields *f, const struct json *body, struct event_facts *out)
{
    void *records;
    out->n_over = field_array(f, body, "rows", LIMIT_ROWS, sizeof *out->over, &records);
    if (out->n_over == 0)
        return;
    struct over_fact *over = records;
    const struct json *e = json_first(json_get(body, "rows"));
    for (uint16_t i = 0; i < out->n_over; i++, e = json_next(e)) {
        size_t mark = fields_enter(f, "rows", i);
        field_need(f, wire_object(f, e, &over[i].object), "object_id");
        field_need(f, wire_i64(f, e, "over_t", &over[i].over_t), "over_t");
        fields_leave(f, mark);
    }
    out->over = over;
}

static void get_rights(struct fields *f, enum event_kind kind, const struct json *body,
                       struct event_facts *out)
{
    if (kind == EVENT_RESTORE)
        get_restore(f, body, out);
    else if (kind == EVENT_OFFER_ACK)
        field_need(f, wire_u64(f, body, "n", &out->offer_n), "n");
    else if (kind == EVENT_MODE_ACK)
        get_mode(f, body, out);
    else if (kind == EVENT_OVERRIDE_NOTE)
        get_over(f, body, out);
}

/* ---- the whole ---- */

static void need_by_kind(struct fields *f, enum event_kind kind, const struct event_facts *facts)
{
    if (listed(kind, OF_ORDERS, COUNT(OF_ORDERS))) {
        field_need(f, facts->order_id.n > 0, "order_id");
        field_need(f, facts->state != ORDER_NONE, "state");
    }
    if (listed(kind, OF_OBJECTS, COUNT(OF_OBJECTS)))
        field_need(f, facts->object.id > 0, "object_id");
}

enum code cloud_event_facts(const struct cloud_event *e, struct arena *arena,
                            struct event_facts *out, char path[FIELD_PATH])
{
    struct fields f;
    fields_begin(&f, arena, path);
    memset(out, 0, sizeof *out);
    if (json_kind(e->body) != JSON_OBJECT) {
        field_refuse(&f, CODE_BAD_REQUEST, "body");
        return f.code;
    }
    if (e->kind_no == EVENT_DAY_CLOSE)
        return f.code; /* sums, and no order of this day: its `lines` is their number */
    out->whole = e->kind_no == EVENT_ORDER_LOCK || e->kind_no == EVENT_ORDER_SELL;
    wire_text(&f, e->body, "channel", CHANNEL_CODE, &out->channel);
    wire_text(&f, e->body, "device", LIMIT_DEVICE_ID, &out->device);
    wire_text(&f, e->body, "operator", LIMIT_OPERATOR, &out->operator_id);
    get_order(&f, e->body, out);
    get_registers(&f, e->body, out);
    get_rights(&f, e->kind_no, e->body, out);
    if (effects_room(&f, e->body, out)) {
        get_lines(&f, e->body, out);
        get_effects(&f, e->body, 0, out);
    }
    need_by_kind(&f, e->kind_no, out);
    return f.code;
}
