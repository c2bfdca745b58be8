/* Counts, movements and registers set by staff (sync-protocol 1.7, lan-protocol 5). */
#include "edge/books/menu.h"
#include "edge/books/rights.h"
#include "edge/books/stock_settings.h"
#include "edge/books/turn.h"
#include "proto/merge.h"

#include <assert.h>
#include <stdio.h>

/* ---- the row of the request ---- */

bool row_from_menu(struct turn *t, struct stock_row *r)
{
    struct menu_item item;
    struct menu_spu spu;
    if (r->object.type == OBJECT_SKU && menu_item_load(t->b->txn, r->object.id, &item)) {
        r->name = arena_str(t->scratch, item.name);
        r->step_t = item.step_t;
        return true;
    }
    if (r->object.type == OBJECT_SPU && menu_spu_load(t->b->txn, r->object.id, &spu)) {
        r->name = arena_str(t->scratch, spu.name);
        return true;
    }
    return false;
}

/* ---- journal ---- */

struct stamp register_stamp(struct turn *t, struct stamp seen)
{
    return merge_stamp_after(seen, hlc_tick(t->b->j.head.hlc, t->c->wall_ms), ORIGIN_HUB);
}

/* What the count replaces, and what of the sales on both sides it has seen (sync-protocol 1.7). */
static void base_body(struct jw *w, const struct stock_row *r)
{
    jw_kobject(w, "base");
    jw_kint(w, "c", r->base_c_t);
    jw_kint(w, "h", r->base_h_t);
    jw_kstring(w, "id", r->base_id);
    jw_kint(w, "v_t", r->base_t);
    jw_close(w, '}');
}

/* Fields come in byte order of their names; each kind uses its own. */
struct stock_event {
    enum event_kind kind;
    bool basis_physical, has_limited, has_on_sale, has_plan;
    bool limited, on_sale;
    const char *channel, *reason;
    struct str cmd; /* the center's command that this carries out; "": none */
    const struct movement *move;
    const struct stock_channel *shares; /* its weight and reserve */
    struct stamp stamp;
    bool has_base, has_limit;
    int64_t qty_t, limit_t;
};

static void event_body(struct jw *w, const struct turn *t, const struct stock_row *r,
                       const struct stock_event *e)
{
    jw_open(w, '{');
    if (e->has_plan)
        jw_kbool(w, "auto", r->auto_restore == 1);
    if (e->has_base) {
        base_body(w, r);
        jw_kstring(w, "basis", e->basis_physical ? STR("physical") : STR("sellable"));
    }
    if (e->channel)
        jw_kstring(w, "channel", str_of(e->channel));
    if (e->cmd.n)
        jw_kstring(w, "cmd", e->cmd);
    if (e->has_plan)
        jw_kbool(w, "daily", r->repeat == 1);
    jw_kstring(w, "device", t->c->who.device);
    if (e->move)
        body_movements(w, t, 0);
    if (e->has_limit)
        jw_kint(w, "limit_t", e->limit_t);
    if (e->has_limited)
        jw_kbool(w, "limited", e->limited);
    jw_kint(w, "object_id", r->object.id);
    jw_kint(w, "object_type", (int64_t)r->object.type);
    if (e->has_on_sale)
        jw_kbool(w, "on_sale", e->on_sale);
    if (t->c->operator_id.n)
        jw_kstring(w, "operator", t->c->operator_id);
    if (e->has_plan)
        jw_kint(w, "plan_t", r->plan_t);
    if (e->has_base || e->kind == EVENT_STOCK_ADJUST)
        jw_kint(w, "q_t", e->qty_t);
    if (e->reason)
        jw_kstring(w, "reason", str_of(e->reason));
    if (e->shares)
        jw_kint(w, "reserve_t", e->shares->reserve_t);
    if (e->has_plan)
        jw_kint(w, "restore_at_ms", r->restore_at_ms);
    if (e->stamp.l_ms)
        body_stamp(w, e->stamp);
    if (e->shares)
        jw_kint(w, "weight", e->shares->weight);
    jw_close(w, '}');
}

static void append(struct turn *t, struct touched *row, const struct stock_event *e)
{
    char body[4096];
    struct jw w;
    jw_init(&w, body, sizeof body);
    event_body(&w, t, &row->row, e);
    assert(jw_ok(&w));
    t->out->at = journal_append(&t->b->j, e->kind, t->c->wall_ms, jw_text(&w));
    row->changed = true;
}

/* ---- counts ---- */

/* Paid goods that still stand in the kitchen are in a physical count, not in real (1.7). */
static int64_t paid_unserved(struct turn *t, struct object object)
{
    int64_t sum_t = 0;
    struct scan s = scan_begin(t->b->txn, TABLE_ORDER_OPEN, (struct bytes){0}, false);
    s.skip_bad = true;
    while (scan_next(&s)) {
        struct order o;
        if (!order_unpack(s.value, t->scratch, &o) || o.state != ORDER_PAID ||
            o.kitchen == KITCHEN_SERVED)
            continue;
        for (uint16_t i = 0; i < o.n_lines; i++)
            for (uint16_t k = 0; k < o.lines[i].n_effects; k++)
                if (o.lines[i].effects[k].object.id == object.id &&
                    o.lines[i].effects[k].object.type == object.type)
                    sum_t += (o.lines[i].held_t - o.lines[i].restocked_t) *
                             o.lines[i].effects[k].factor_t / 10;
    }
    scan_end(&s);
    return sum_t;
}

static void say_base(struct turn *t, struct touched *row, int64_t value_t, bool physical)
{
    struct stock_row *r = &row->row;
    int64_t real_t = value_t - (physical ? paid_unserved(t, r->object) : 0);
    char id[48];
    struct position op = turn_event_to_be(t);
    int n = snprintf(id, sizeof id, "S:%u.%llu", op.epoch, (unsigned long long)op.seq);
    struct movement *m = row_move_begin(t, row, value_t);
    r->base_id = arena_str(t->scratch, (struct str){id, (size_t)n});
    r->base_t = real_t;
    r->base_h_t = r->h_t;
    r->base_c_t = r->c_t;
    r->base_hf = r->base_cf = true;
    r->base_stamp = register_stamp(t, r->base_stamp);
    r->base_op = op;
    if (rights_strict(r))
        rights_counted(r, op);
    row_move_end(m, row);
    append(t, row,
           &(struct stock_event){.kind = EVENT_STOCK_SET,
                                 .has_base = true,
                                 .basis_physical = physical,
                                 .move = m,
                                 .qty_t = real_t,
                                 .stamp = r->base_stamp});
}

void stock_say_plan(struct turn *t, struct touched *row, bool limited, int64_t plan_t)
{
    struct stock_row *r = &row->row;
    rights_follow(t, row); /* where a store of before that rule is STRICT and unlimited */
    r->type = limited ? STOCK_LIMITED : STOCK_UNLIMITED;
    r->plan_t = plan_t;
    r->plan_stamp = register_stamp(t, r->plan_stamp);
    r->plan_op = turn_event_to_be(t);
    append(t, row,
           &(struct stock_event){.kind = EVENT_PLAN_SET,
                                 .has_limited = true,
                                 .limited = limited,
                                 .has_plan = true,
                                 .stamp = r->plan_stamp});
    if (!limited || r->presumed_t > 0)
        rights_follow(t, row);
}

void stock_say_adjust(struct turn *t, struct touched *row, int64_t delta_t,
                      enum stock_reason reason, struct str cmd)
{
    t->n_moves = 0;
    row_step(t, row, delta_t);
    append(t, row,
           &(struct stock_event){.kind = EVENT_STOCK_ADJUST,
                                 .move = &t->moves[0],
                                 .qty_t = delta_t,
                                 .reason = stock_reason_name(reason),
                                 .cmd = cmd});
}

void stock_say_count(struct turn *t, struct touched *row, int64_t value_t, bool physical)
{
    struct stock_row *r = &row->row;
    if (!rights_strict(r) || r->presumed_t > 0) {
        say_base(t, row, value_t, physical);
        rights_follow(t, row);
        return;
    }
    int64_t real_t = value_t - (physical ? paid_unserved(t, r->object) : 0);
    stock_say_adjust(t, row, real_t - stock_real(r), REASON_COUNT, STR(""));
}

/* A count of an unlimited object is how it becomes limited. */
static void stock_set(struct turn *t, struct touched *row)
{
    if (row->row.type != STOCK_LIMITED)
        stock_say_plan(t, row, true, t->c->qty_t);
    stock_say_count(t, row, t->c->qty_t, t->c->basis_physical);
}

/* An object that becomes limited by a plan opens with that plan as its count. */
static void stock_plan(struct turn *t, struct touched *row)
{
    const struct command *c = t->c;
    bool limited = c->has_limited ? c->limited : true;
    bool opens = limited && row->row.type != STOCK_LIMITED;
    stock_say_plan(t, row, limited, c->has_qty ? c->qty_t : row->row.plan_t);
    if (opens)
        stock_say_count(t, row, row->row.plan_t, false);
}

/* ---- registers ---- */

void stock_say_status(struct turn *t, struct touched *row, bool on_sale)
{
    row->row.status = on_sale ? STATUS_ON_SALE : STATUS_SOLD_OUT;
    row->row.status_stamp = register_stamp(t, row->row.status_stamp);
    row->row.status_op = turn_event_to_be(t);
    append(t, row,
           &(struct stock_event){.kind = EVENT_STATUS_SET,
                                 .has_on_sale = true,
                                 .on_sale = on_sale,
                                 .stamp = row->row.status_stamp});
}

void stock_say_channel(struct turn *t, struct touched *row, enum channel channel,
                       struct stock_channel *ch)
{
    ch->deleted = false;
    ch->stamp = register_stamp(t, ch->stamp);
    ch->op = turn_event_to_be(t);
    append(t, row,
           &(struct stock_event){.kind = EVENT_CHANNEL_SET,
                                 .channel = channel_name(channel),
                                 .has_limited = true,
                                 .limited = ch->type == STOCK_LIMITED,
                                 .has_limit =
                                     ch->type == STOCK_LIMITED && ch->limit_t < AVAIL_INFINITE,
                                 .limit_t = ch->limit_t,
                                 .shares = ch,
                                 .has_on_sale = true,
                                 .on_sale = ch->status == STATUS_ON_SALE,
                                 .stamp = ch->stamp});
}

static void set_channel(struct turn *t, struct touched *row, struct stock_channel *ch)
{
    const struct command *c = t->c;
    if (c->has_on_sale)
        ch->status = c->on_sale ? STATUS_ON_SALE : STATUS_SOLD_OUT;
    if (c->has_limited)
        ch->type = c->limited ? STOCK_LIMITED : STOCK_UNLIMITED;
    if (c->has_qty) {
        ch->limit_t = c->qty_t;
        ch->type = c->has_limited && !c->limited ? STOCK_UNLIMITED : STOCK_LIMITED;
    }
    if (c->has_weight)
        ch->weight = c->weight;
    if (c->has_reserve)
        ch->reserve_t = c->reserve_t;
    stock_say_channel(t, row, c->channel, ch);
}

/* ---- the verbs ---- */

static enum code apply(struct turn *t, struct touched *row)
{
    struct stock_channel *ch = NULL;
    switch ((unsigned)t->c->verb) {
    case VERB_STOCK_SET:
        stock_set(t, row);
        break;
    case VERB_STOCK_ADJUST:
        stock_say_adjust(t, row, t->c->qty_t, t->c->reason, STR(""));
        break;
    case VERB_STOCK_PLAN:
        stock_plan(t, row);
        break;
    case VERB_STOCK_CHANNEL:
        ch = stock_channel(&row->row, t->c->channel);
        if (!ch)
            return turn_refuse(t, CODE_BAD_REQUEST, "at most %d channels", STOCK_CHANNELS);
        set_channel(t, row, ch);
        break;
    case VERB_STOCK_SCHEDULE:
        return stock_schedule(t, row);
    case VERB_STOCK_POLICY:
        return stock_policy(t, row);
    default:
        stock_say_status(t, row, t->c->verb == VERB_STOCK_ON_SALE);
        break;
    }
    return CODE_OK;
}

static bool out_of_range(const struct touched *row, const struct command *c)
{
    int64_t after_t = stock_real(&row->row) + (c->verb == VERB_STOCK_ADJUST ? c->qty_t : 0);
    return after_t > LIMIT_QTY_T || after_t < -LIMIT_QTY_T;
}

enum code stock_verb(struct turn *t)
{
    struct touched *row = turn_row(t, t->c->object);
    if (!row)
        return turn_refuse(t, CODE_INTERNAL, "out of memory");
    if (!row_from_menu(t, &row->row))
        return turn_refuse(t, CODE_UNKNOWN_OBJECT, "%s", code_text(CODE_UNKNOWN_OBJECT));
    if (out_of_range(row, t->c))
        return turn_refuse(t, CODE_BAD_QUANTITY, "the stock would leave the legal range");
    struct stock_row before = row->row;
    enum code code = apply(t, row);
    if (code)
        return code;
    row_shares_follow(t, row, &before);
    row_timers_arm(t, &before, &row->row);
    turn_save_rows(t, t->out->at);
    turn_show_stock(t, &row->row);
    return CODE_OK;
}
