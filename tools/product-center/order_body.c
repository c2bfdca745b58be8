#include "tools/product-center/order_body.h"

#include "proto/qty.h"
#include "proto/topic.h"

struct str order_text(struct call *c)
{
    struct jw w = call_scratch(c);
    jw_value(&w, c->body);
    return arena_str(&c->arena, jw_text(&w));
}

/* ---- values ---- */

/* Money of at least 0, as DECIMAL(10,4) holds it. */
static bool money(struct fields *f, const struct json *v, const char *key, int64_t *out_e4)
{
    char buf[DECIMAL_TEXT];
    struct str text;
    const struct json *m = wire_member(v, key);
    int64_t e4;
    if (m == NULL)
        return false;
    if (!json_decimal(m, buf, &text) || !money_parse(text, &e4) || e4 < 0 || e4 > ORDER_AMOUNT_E4) {
        field_refuse(f, CODE_BAD_REQUEST, key);
        return false;
    }
    *out_e4 = e4;
    return true;
}

static bool quantity(struct fields *f, const struct json *v, const char *key, int64_t *out_t)
{
    if (!wire_qty(f, v, key, 1, out_t))
        return false;
    if (*out_t > ORDER_QTY_T)
        field_refuse(f, CODE_BAD_QUANTITY, key);
    return true;
}

static uint16_t list(struct fields *f, const struct json *v, const char *key, size_t max,
                     size_t size, void **out)
{
    *out = NULL;
    return wire_member(v, key) != NULL ? field_array(f, v, key, max, size, out) : 0;
}

/* ---- what lines take ---- */

static void take_add(struct fields *f, struct order_body *b, uint32_t line, struct object object,
                     int64_t q_t)
{
    if (object.id == 0)
        return;
    if (q_t < 1)
        field_refuse(f, CODE_BAD_QUANTITY, "qty");
    for (size_t i = b->n_takes; i > 0 && b->takes[i - 1].line == line; i--) {
        struct order_take *t = &b->takes[i - 1];
        if (t->object.id == object.id && t->object.type == object.type) {
            t->q_t += q_t;
            return;
        }
    }
    b->takes[b->n_takes++] = (struct order_take){line, object, q_t};
}

static void take_sku(struct fields *f, struct order_body *b, uint32_t line, int64_t id,
                     const struct json *v, int64_t q_t)
{
    int64_t spu = 0;
    if (wire_id(f, v, "spu_id", &spu) && id == 0)
        field_refuse(f, CODE_BAD_REQUEST, "spu_id");
    take_add(f, b, line, (struct object){OBJECT_SKU, id}, q_t);
    take_add(f, b, line, (struct object){OBJECT_SPU, spu}, q_t);
}

/* ---- a new one ---- */

/* Returns the price of one portion's worth of it. */
static int64_t option_decode(struct fields *f, const struct json *v, struct order_body *b,
                             const struct line_fact *l, struct option_fact *out)
{
    int64_t amount_e4 = 0;
    out->q_t = 10;
    field_need(f, wire_id(f, v, "option_id", &out->option_id), "option_id");
    wire_id(f, v, "object_id", &out->object_id);
    wire_text(f, v, "name", LIMIT_NAME, &out->name);
    quantity(f, v, "qty", &out->q_t);
    money(f, v, "price", &out->price_e4);
    if (f->code != CODE_OK)
        return 0;
    if (!money_line_amount(out->q_t, out->price_e4, &amount_e4))
        field_refuse(f, CODE_BAD_REQUEST, "price");
    take_sku(f, b, l->line, out->object_id, v, l->q_t * out->q_t / 10);
    return amount_e4;
}

static void options_decode(struct fields *f, const struct json *v, struct order_body *b,
                           struct line_fact *l)
{
    void *records;
    uint16_t n = list(f, v, "options", LIMIT_OPTIONS, sizeof(*l->options), &records);
    const struct json *o = n > 0 ? json_first(json_get(v, "options")) : NULL;
    l->options = records;
    l->price_e4 = l->unit_e4;
    for (; o != NULL; o = json_next(o)) {
        size_t mark = fields_enter(f, "options", l->n_options);
        l->price_e4 -= option_decode(f, o, b, l, &l->options[l->n_options++]);
        fields_leave(f, mark);
    }
    if (l->price_e4 < 0) /* the options alone are more than the whole */
        field_refuse(f, CODE_BAD_REQUEST, "unit_price");
}

static void line_decode(struct fields *f, const struct json *v, struct order_body *b,
                        struct line_fact *l)
{
    l->round = 1;
    field_need(f, field_u32(f, v, "line", 1, UINT16_MAX, &l->line), "line");
    field_need(f, wire_object(f, v, &l->object), "object_id");
    field_need(f, wire_text(f, v, "name", LIMIT_NAME, &l->name) && l->name.n > 0, "name");
    wire_text(f, v, "note", LIMIT_NOTE, &l->note);
    field_need(f, quantity(f, v, "qty", &l->q_t), "qty");
    field_need(f, money(f, v, "unit_price", &l->unit_e4), "unit_price");
    if (f->code != CODE_OK)
        return;
    if (l->object.type == OBJECT_SKU)
        take_sku(f, b, l->line, l->object.id, v, l->q_t);
    else if (wire_member(v, "spu_id") != NULL)
        field_refuse(f, CODE_BAD_REQUEST, "spu_id");
    else
        take_add(f, b, l->line, l->object, l->q_t);
    options_decode(f, v, b, l);
    if (!money_line_amount(l->q_t, l->unit_e4, &l->amount_e4) || l->amount_e4 > ORDER_AMOUNT_E4)
        field_refuse(f, CODE_BAD_REQUEST, "unit_price");
}

static bool line_known(const struct cloud_order *o, uint32_t line)
{
    for (uint16_t i = 0; i < o->n_lines; i++)
        if (o->lines[i].line == line)
            return true;
    return false;
}

static void lines_decode(struct fields *f, const struct json *v, struct order_body *b)
{
    void *records;
    struct cloud_order *o = &b->o;
    uint16_t n = list(f, v, "lines", LIMIT_LINES, sizeof(*o->lines), &records);
    const struct json *l = n > 0 ? json_first(json_get(v, "lines")) : NULL;
    field_need(f, n > 0, "lines");
    o->lines = records;
    b->takes = arena_alloc(f->arena, n * 2U * (1U + LIMIT_OPTIONS) * sizeof(*b->takes));
    for (; l != NULL && b->takes != NULL && f->code == CODE_OK; l = json_next(l)) {
        size_t mark = fields_enter(f, "lines", o->n_lines);
        struct line_fact *line = &o->lines[o->n_lines];
        line_decode(f, l, b, line);
        if (line_known(o, line->line))
            field_refuse(f, CODE_BAD_REQUEST, "line");
        fields_leave(f, mark);
        o->n_lines++;
        o->amount_e4 += line->amount_e4;
    }
    if (o->amount_e4 > ORDER_AMOUNT_E4 || b->n_takes > LIMIT_ROWS)
        field_refuse(f, CODE_BAD_REQUEST, "lines");
}

static void ready_decode(struct fields *f, const struct json *v, struct cloud_order *o)
{
    struct str text;
    int16_t offset;
    if (wire_text(f, v, "ready_at", LIMIT_TIME_TEXT, &text) &&
        !wire_time_parse(text, &o->ready_at_ms, &offset))
        field_refuse(f, CODE_BAD_REQUEST, "ready_at");
}

enum code order_body_decode(const struct json *v, struct arena *arena, struct order_body *out,
                            char path[FIELD_PATH])
{
    struct fields f;
    struct cloud_order *o = &out->o;
    struct str own = str_of(channel_name(ORDER_CHANNEL));
    *out = (struct order_body){.o = {.state = ORDER_PLACED, .channel = own}, .ttl_s = ORDER_TTL_S};
    fields_begin(&f, arena, path);
    wire_need_store(&f, v, &out->brand, &out->poi);
    field_need(&f, field_word(&f, v, "order_id", id_is_order, &o->order_id), "order_id");
    if (wire_text(&f, v, "channel", CHANNEL_CODE, &o->channel) && !str_eq(o->channel, own))
        field_refuse(&f, CODE_BAD_REQUEST, "channel");
    wire_text(&f, v, "user_id", LIMIT_USER_ID, &o->user_id);
    wire_text(&f, v, "note", LIMIT_NOTE, &o->note);
    ready_decode(&f, v, o);
    if (wire_member(v, "expires_in_s") != NULL)
        field_u32(&f, v, "expires_in_s", 1, ORDER_TTL_S_MAX, &out->ttl_s);
    lines_decode(&f, v, out);
    if (f.code == CODE_OK && cloud_order_weight(o) > LIMIT_CLOUD_ORDER_BYTES)
        field_refuse(&f, CODE_BAD_REQUEST, "lines");
    return arena->failed ? CODE_INTERNAL : f.code;
}

/* ---- a change ---- */

static void back_decode(struct fields *f, const struct json *v, struct order_wish *out)
{
    void *records;
    uint16_t n = list(f, v, "lines", LIMIT_LINES, sizeof(*out->back), &records);
    const struct json *l = n > 0 ? json_first(json_get(v, "lines")) : NULL;
    out->back = records;
    for (; l != NULL; l = json_next(l)) {
        size_t mark = fields_enter(f, "lines", out->n_back);
        struct order_back *b = &out->back[out->n_back];
        field_need(f, field_u32(f, l, "line", 1, UINT16_MAX, &b->line), "line");
        field_need(f, quantity(f, l, "qty", &b->q_t), "qty");
        wire_flag(f, l, "restock", &b->restock);
        for (uint16_t k = 0; k < out->n_back; k++)
            if (out->back[k].line == b->line)
                field_refuse(f, CODE_BAD_REQUEST, "line");
        fields_leave(f, mark);
        out->n_back++;
    }
}

static void action_decode(struct fields *f, const struct json *v, struct order_wish *out)
{
    struct str action = STR("");
    field_need(f, wire_text(f, v, "action", LIMIT_WORD, &action), "action");
    out->has_amount = money(f, v, "amount", &out->amount_e4);
    if (str_eq(action, STR("pay"))) {
        out->action = ACTION_PAY;
        field_need(f, field_word(f, v, "pay_id", id_is_order, &out->op_id), "pay_id");
    } else if (str_eq(action, STR("refund"))) {
        out->action = ACTION_REFUND;
        field_need(f, field_word(f, v, "refund_id", id_is_order, &out->op_id), "refund_id");
        back_decode(f, v, out);
        field_need(f, out->n_back > 0 || out->has_amount, "lines");
    } else if (str_eq(action, STR("cancel")))
        out->action = ACTION_CANCEL;
    else
        field_refuse(f, CODE_BAD_REQUEST, "action");
}

enum code order_wish_decode(const struct json *v, struct arena *arena, struct order_wish *out,
                            char path[FIELD_PATH])
{
    struct fields f;
    *out = (struct order_wish){0};
    fields_begin(&f, arena, path);
    wire_need_store(&f, v, &out->brand, &out->poi);
    action_decode(&f, v, out);
    return f.code;
}
