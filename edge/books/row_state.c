/* ROW_STATE: the hub says the counters of rows once more (sync-protocol 3.5, 4.8), so that they are
 * right at the center although an event on them was not understood there.
 */
#include "edge/books/arrival.h"
#include "edge/books/center.h"
#include "edge/books/policy.h"
#include "edge/books/turn.h"
#include "proto/rights.h"

#include <assert.h>

#define ROWS_OF_ONE 64 /* of one event: a row with all its channels takes 1 KiB */

/* ---- which rows ---- */

static void touch(struct turn *t, const struct json *v)
{
    int64_t id = 0, type = 0;
    const struct json *object_id = json_get(v, "object_id"), *kind = json_get(v, "object_type");
    if (object_id && kind && json_integer(object_id, &id) && json_integer(kind, &type))
        turn_row(t, (struct object){(enum object_type)type, id});
}

static void touch_moved(struct turn *t, const struct json *holder)
{
    const struct json *eff = json_get(holder, "eff");
    for (const struct json *v = eff ? json_first(eff) : NULL; v; v = json_next(v))
        touch(t, v);
}

/* An order's line names its item too; what it moved is all in `eff`. */
static void touch_event(struct turn *t, struct position at)
{
    struct event e;
    struct json *body = NULL;
    if (journal_read(t->b->txn, at, &e) && e.body.n)
        body = json_parse(e.body.p, e.body.n, &JSON_IMPORT, NULL);
    if (!body)
        return;
    const struct json *lines = json_get(body, "lines");
    bool of_order = lines && json_kind(lines) == JSON_ARRAY;
    touch(t, body);
    touch_moved(t, body);
    for (const struct json *v = of_order ? json_first(lines) : NULL; v; v = json_next(v))
        touch_moved(t, v);
    json_free(body);
}

static void touch_all(struct turn *t)
{
    const struct state_ask *ask = t->c->state_ask;
    for (uint32_t i = 0; i < ask->n; i++)
        turn_row(t, ask->objects[i]);
    for (uint32_t i = 0; i < ask->n_dead; i++)
        touch_event(t, (struct position){ask->dead_epoch, ask->dead[i]});
}

/* ---- the event ---- */

void body_used(struct jw *w, const struct stock_row *r)
{
    const struct stock_channel *list[STOCK_CHANNELS];
    size_t n = row_channels_by_code(r, list);
    jw_kobject(w, "used");
    for (size_t i = 0; i < n; i++) {
        enum channel c;
        if (channel_parse(list[i]->code, &c) && channel_is_hub(c))
            jw_kint(w, channel_name(c), list[i]->used_t);
    }
    jw_close(w, '}');
}

/* The cut is said too: the center may have put aside the RESTORE that told it. */
void body_row_state(struct jw *w, const struct stock_row *r)
{
    bool cut = r->base_hf && restore_ms(r->base_id) >= 0 && str_eq(r->base_id, r->gen_id);
    jw_open(w, '{');
    jw_kint(w, "H", r->h_t);
    jw_kint(w, "Lh", r->lh_t);
    if (r->xr_t)
        jw_kint(w, "Xr", r->xr_t);
    if (cut)
        jw_kint(w, "base_h", r->base_h_t);
    if (r->cmd_done)
        jw_kint(w, "cmd_done", (int64_t)r->cmd_done);
    if (r->xr_t || cut)
        jw_kstring(w, "gen", r->gen_id);
    jw_kint(w, "lk_a", stock_locked(r));
    jw_kint(w, "lk_b", stock_locked(r));
    jw_kint(w, "object_id", r->object.id);
    jw_kint(w, "object_type", (int64_t)r->object.type);
    jw_kint(w, "q_t", 0);
    jw_kint(w, "real_a", stock_real(r));
    jw_kint(w, "real_b", stock_real(r));
    body_used(w, r);
    jw_close(w, '}');
}

static bool is_stored(const struct stock_row *r)
{
    return r->at.epoch != 0;
}

/* Rows from the index on, as many as one event takes. Returns the index behind them. */
static uint16_t append(struct turn *t, uint16_t from, char *buf)
{
    struct jw w;
    uint16_t i = from;
    jw_init(&w, buf, BODY_BYTES);
    jw_open(&w, '{');
    jw_karray(&w, "eff");
    for (uint16_t n = 0; i < t->n_rows && n < ROWS_OF_ONE; i++) {
        t->rows[i]->changed = is_stored(&t->rows[i]->row);
        if (!t->rows[i]->changed)
            continue;
        body_row_state(&w, &t->rows[i]->row);
        n++;
    }
    jw_close(&w, ']');
    jw_close(&w, '}');
    assert(jw_ok(&w));
    t->out->at = journal_append(&t->b->j, EVENT_ROW_STATE, t->c->wall_ms, jw_text(&w));
    return i;
}

static bool any_stored(const struct turn *t, uint16_t from)
{
    for (uint16_t i = from; i < t->n_rows; i++)
        if (is_stored(&t->rows[i]->row))
            return true;
    return false;
}

/* ---- of many rows ---- */

static size_t write_states(struct turn *t, const struct object *list, size_t n, char *buf)
{
    struct jw w;
    size_t done = 0;
    jw_init(&w, buf, BODY_BYTES);
    jw_open(&w, '{');
    jw_karray(&w, "eff");
    for (; done < n && done < ROWS_OF_ONE; done++) {
        struct row_copy row;
        if (row_copy_load(t, list[done], &row))
            body_row_state(&w, &row.row.row);
    }
    jw_close(&w, ']');
    jw_close(&w, '}');
    assert(jw_ok(&w));
    t->out->at = journal_append(&t->b->j, EVENT_ROW_STATE, t->c->wall_ms, jw_text(&w));
    return done;
}

void states_say(struct turn *t, const struct object *list, size_t n)
{
    char *buf = arena_alloc(t->scratch, BODY_BYTES);
    while (buf && n > 0 && txn_error(t->b->txn) == PH_OK) {
        size_t done = write_states(t, list, n, buf);
        for (size_t i = 0; i < done; i++) {
            struct row_copy row;
            if (!row_copy_load(t, list[i], &row))
                return;
            row.row.row.h_at = t->out->at;
            turn_save_row(t, &row.row.row, t->out->at);
        }
        list += done;
        n -= done;
    }
}

/* ---- the command ---- */

enum code row_state_verb(struct turn *t)
{
    char *buf = arena_alloc(t->scratch, BODY_BYTES);
    assert(t->c->state_ask);
    if (!buf)
        return turn_refuse(t, CODE_INTERNAL, "out of memory");
    touch_all(t);
    for (uint16_t i = 0; txn_error(t->b->txn) == PH_OK && any_stored(t, i);) {
        i = append(t, i, buf);
        turn_save_rows(t, t->out->at);
        for (uint16_t k = 0; k < i; k++)
            t->rows[k]->changed = false;
    }
    return CODE_OK;
}
