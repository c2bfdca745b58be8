/* Stock rows under a command: need[], the two checks, and the six steps of a reservation
 * (sync-protocol 2.2 and 2.3). Each step is a row of a table of signs; the rest is bookkeeping.
 */
#include "edge/books/rights.h"
#include "edge/books/turn.h"

#include <assert.h>
#include <string.h>

struct touched *turn_row(struct turn *t, struct object object)
{
    for (uint16_t i = 0; i < t->n_rows; i++)
        if (t->rows[i]->row.object.id == object.id && t->rows[i]->row.object.type == object.type)
            return t->rows[i];
    if (t->n_rows == LIMIT_ROWS)
        return NULL;
    struct touched *row = arena_alloc(t->scratch, sizeof *row);
    if (!row)
        return NULL;
    struct key key = stock_key(object);
    struct bytes value;
    if (!turn_record(t, TABLE_STOCK, key_bytes(&key), &value))
        stock_load(t->b->txn, object, &row->row);
    else if (!stock_unpack(value, &row->row))
        txn_set_bad(t->b->txn, TABLE_STOCK, key_bytes(&key));
    t->rows[t->n_rows++] = row;
    return row;
}

static int64_t effect_qty(const struct line_effect *e, int64_t q_t)
{
    return q_t * e->factor_t / 10;
}

bool need_add(struct turn *t, const struct order_line *line, int64_t q_t)
{
    for (uint16_t i = 0; i < line->n_effects; i++) {
        struct touched *row = turn_row(t, line->effects[i].object);
        if (!row)
            return false;
        row->need_t += effect_qty(&line->effects[i], q_t);
    }
    return true;
}

/* ---- checking ---- */

/* A manager lets 1005 through, and with it what follows from too few rights. */
static enum code row_verdict(const struct turn *t, const struct stock_row *r, int64_t need_t,
                             enum channel c)
{
    int64_t total_t = rights_total(t->b->config, r);
    bool lets = rights_strict(r) && total_t < need_t && t->c->override;
    if (r->status != STATUS_ON_SALE)
        return CODE_SOLD_OUT;
    if (!stock_channel_open(r, c))
        return CODE_CHANNEL_CLOSED;
    if (total_t < need_t && !lets)
        return rights_strict(r) ? CODE_STRICT_EXHAUSTED : CODE_INSUFFICIENT_STOCK;
    if ((lets ? stock_limit_room(r, c) : stock_channel_room(r, c)) < need_t)
        return CODE_CHANNEL_LIMIT;
    if (stock_avail(r, c) < need_t && !lets)
        return CODE_CHANNEL_RESERVED;
    return CODE_OK;
}

static int64_t row_avail(const struct turn *t, const struct stock_row *r, enum channel c)
{
    int64_t total_t = rights_total(t->b->config, r), avail_t = stock_avail(r, c);
    return total_t > 0 ? avail_t : 0;
}

/* Which verdict speaks for the whole request: 1003, 1004, 1001/1005, 1002, 1009. */
static int verdict_rank(enum code code)
{
    if (code == CODE_SOLD_OUT)
        return 0;
    if (code == CODE_CHANNEL_CLOSED)
        return 1;
    if (code == CODE_INSUFFICIENT_STOCK || code == CODE_STRICT_EXHAUSTED)
        return 2;
    return code == CODE_CHANNEL_LIMIT ? 3 : 4;
}

static bool line_refused(struct turn *t, const struct order_line *line, enum channel c,
                         struct refused_line *out, struct object *limit)
{
    *out = (struct refused_line){.line = line->line, .object_id = line->object_id};
    int64_t scarcest = INT64_MAX;
    for (uint16_t i = 0; i < line->n_effects; i++) {
        const struct touched *row = turn_row(t, line->effects[i].object);
        enum code code = row->need_t ? row_verdict(t, &row->row, row->need_t, c) : CODE_OK;
        if (code == CODE_OK)
            continue;
        int64_t avail = row_avail(t, &row->row, c);
        bool worse = !out->code || verdict_rank(code) < verdict_rank(out->code);
        bool scarcer =
            verdict_rank(code) == verdict_rank(out->code) && avail - row->need_t < scarcest;
        if (!worse && !scarcer)
            continue;
        scarcest = avail - row->need_t;
        *limit = row->row.object;
        out->code = code;
        out->need_t = row->need_t;
        out->avail_t = avail;
        out->limit_by = row->row.object.type;
    }
    return out->code != CODE_OK;
}

/* Of its own row or its SPU's, which come first: what options take differs from choice to choice.
 * What the row alone does not account for is not noted. */
static void note_exhausted(struct turn *t, const struct order_line *line, enum channel c,
                           struct object limit)
{
    bool own = limit.type == OBJECT_SKU && limit.id == line->object_id;
    bool of_spu = limit.type == OBJECT_SPU && line->n_effects > 1 &&
                  line->effects[1].object.type == OBJECT_SPU &&
                  line->effects[1].object.id == limit.id;
    const struct touched *row = own || of_spu ? turn_row(t, limit) : NULL;
    int64_t left_t = row ? stock_avail(&row->row, c) : 0;
    if (row && left_t < row->need_t)
        exhausted_note(t->b->exhausted, line->object_id, limit, c, left_t);
}

/* Of rows that need more than the store may sell alone, which only a manager can have let through.
 */
static void note_overrides(struct turn *t)
{
    for (uint16_t i = 0; i < t->n_rows; i++) {
        struct touched *row = t->rows[i];
        int64_t total_t = rights_total(t->b->config, &row->row);
        bool over = rights_strict(&row->row) && row->need_t > 0 && total_t < row->need_t;
        row->over_t = over ? row->need_t - (total_t > 0 ? total_t : 0) : 0;
    }
}

enum code need_check(struct turn *t, const struct order *o, const struct order_line *lines,
                     uint16_t n_lines)
{
    struct outcome *out = t->out;
    enum code top = CODE_OK;
    out->refused = arena_alloc(&out->arena, n_lines * sizeof *out->refused);
    out->n_refused = 0;
    for (uint16_t i = 0; i < n_lines && out->refused; i++) {
        struct refused_line *r = &out->refused[out->n_refused];
        struct object limit;
        if (!line_refused(t, &lines[i], o->channel, r, &limit))
            continue;
        note_exhausted(t, &lines[i], o->channel, limit);
        out->n_refused++;
        if (!top || verdict_rank(r->code) < verdict_rank(top))
            top = r->code;
    }
    t->fits = top == CODE_OK;
    if (t->fits)
        note_overrides(t);
    return top;
}

/* ---- applying ---- */

/* Signs of H, Lh and used per step. */
static const struct {
    int8_t h, lh, used;
} STEPS[] = {
    [STEP_LOCK] = {0, +1, +1},      [STEP_DEDUCT] = {-1, -1, 0},    [STEP_SELL] = {-1, 0, +1},
    [STEP_SELL_MORE] = {-1, 0, +1}, [STEP_GIVE_BACK] = {0, -1, -1}, [STEP_WRITE_OFF] = {-1, -1, 0},
    [STEP_RESTOCK] = {+1, 0, -1},
};

static void moves_grow(struct turn *t)
{
    uint16_t cap = t->cap_moves ? (uint16_t)(2 * t->cap_moves) : 32;
    struct movement *more = arena_alloc(t->scratch, cap * sizeof *more);
    assert(more && cap <= LIMIT_MOVEMENTS);
    if (t->n_moves)
        memcpy(more, t->moves, t->n_moves * sizeof *more);
    t->moves = more;
    t->cap_moves = cap;
}

struct movement *row_move_begin(struct turn *t, struct touched *row, int64_t q_t)
{
    if (t->n_moves == t->cap_moves)
        moves_grow(t);
    struct movement *m = &t->moves[t->n_moves++];
    m->object = row->row.object;
    m->q_t = q_t;
    m->real_b_t = stock_real(&row->row);
    m->locked_b_t = stock_locked(&row->row);
    return m;
}

void row_move_end(struct movement *m, struct touched *row)
{
    m->real_a_t = stock_real(&row->row);
    m->locked_a_t = stock_locked(&row->row);
    m->h_t = row->row.h_t;
    m->lh_t = row->row.lh_t;
    m->cmd_done = row->row.cmd_done;
    row->changed = true;
    assert(row->row.lh_t >= 0); /* INC-1 */
}

/* A line that moves the same row twice (an option that is the item itself, a weighed line) makes
 * one movement: from before the first to after the last. */
static struct movement *line_move_begin(struct turn *t, struct touched *row, uint32_t line)
{
    for (uint16_t i = t->n_moves; i > 0 && t->moves[i - 1].line == line; i--) {
        struct movement *m = &t->moves[i - 1];
        if (m->object.id == row->row.object.id && m->object.type == row->row.object.type)
            return m;
    }
    struct movement *m = row_move_begin(t, row, 0);
    m->line = line;
    return m;
}

/* What the line took or gave back: of goods, or only of promises. */
static int64_t moved_qty(const struct movement *m)
{
    int64_t d_t = m->real_a_t - m->real_b_t;
    if (d_t == 0)
        d_t = m->locked_a_t - m->locked_b_t;
    return d_t < 0 ? -d_t : d_t;
}

void row_step(struct turn *t, struct touched *row, int64_t dh_t)
{
    struct movement *m = row_move_begin(t, row, dh_t);
    row->row.h_t += dh_t;
    row_move_end(m, row);
}

/* What a channel has used is the center's word after a claim, and of an order that it did not know
 * less than the order gives back: the share is whole then, no more. */
static void used_step(struct movement *m, struct stock_row *row, enum channel c, int64_t d_t)
{
    struct stock_channel *ch = d_t ? stock_channel(row, c) : NULL;
    if (!ch)
        return;
    ch->used_t = ch->used_t + d_t > 0 ? ch->used_t + d_t : 0; /* I5 */
    m->used_moved = true;
    m->used_t = ch->used_t;
}

/* The line's quantity came from an earlier generation of the row (sync-protocol 1.7). */
static enum step step_of_old_generation(enum step step)
{
    return step == STEP_GIVE_BACK ? STEP_WRITE_OFF : step;
}

void line_step(struct turn *t, const struct order *o, struct order_line *line, enum step step,
               int64_t q_t)
{
    for (uint16_t i = 0; i < line->n_effects; i++) {
        struct line_effect *e = &line->effects[i];
        struct touched *row = turn_row(t, e->object);
        assert(row);
        if (txn_error(t->b->txn) != PH_OK)
            return; /* a damaged row reads as an empty one, which keeps no invariant */
        if (step == STEP_LOCK || step == STEP_SELL)
            e->gen = row->row.gen;
        bool old = e->gen != row->row.gen;
        if (old && step == STEP_RESTOCK)
            continue;
        enum step s = old ? step_of_old_generation(step) : step;
        int64_t q = effect_qty(e, q_t);
        struct movement *m = line_move_begin(t, row, line->line);
        row->row.h_t += STEPS[s].h * q;
        row->row.lh_t += STEPS[s].lh * q;
        used_step(m, &row->row, o->channel, STEPS[s].used * q);
        row_move_end(m, row);
        m->q_t = moved_qty(m);
    }
}
