#include "edge/books/rights.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edge/books/arrival.h"
#include "edge/books/policy.h"
#include "storage/want.h"

#define SAID_BYTES 4096  /* a row's counters with all its channels take 1 KiB */
#define OVER_BYTES 65536 /* LIMIT_ROWS rows */

int64_t rights_total(const struct books_config *config, const struct stock_row *r)
{
    return config->strict_closed && rights_strict(r) ? 0 : stock_total(r);
}

/* ---- what is asked for ---- */

/* Another one each time: the center answers each once. */
static void name_want(const struct turn *t, bool refused, struct want *w)
{
    struct position at = t->b->j.head.at;
    snprintf(w->req, sizeof w->req, "w-%u.%llu%s", at.epoch, (unsigned long long)at.seq,
             refused ? "-r" : "");
}

static void ask(struct turn *t, const struct stock_row *r, int64_t q_t, bool refused)
{
    struct want w = {.object = r->object, .q_t = q_t, .gr_t = r->gr_t};
    memcpy(w.gen_id, r->gen_id.p, r->gen_id.n);
    if (q_t > 0)
        name_want(t, refused, &w);
    want_save(&w, t->b->txn);
}

static bool still_asked(struct turn *t, const struct stock_row *r, struct want *w)
{
    return want_load(w, t->b->txn, r->object) && w->gr_t == r->gr_t &&
           str_eq(str_of(w->gen_id), r->gen_id);
}

void rights_look(struct turn *t, const struct stock_row *r)
{
    struct want w;
    if (!rights_strict(r)) {
        if (txn_entries(t->b->txn, TABLE_WANT) > 0)
            want_drop(t->b->txn, r->object);
        return;
    }
    if (still_asked(t, r, &w))
        return;
    int64_t q_t = rights_want(r, 0);
    if (q_t > 0)
        ask(t, r, q_t, false);
    else
        want_drop(t->b->txn, r->object);
}

/* What this need is to be asked for; 0: nothing, or as much was asked for before. */
static int64_t unasked(struct turn *t, const struct touched *row)
{
    struct want w;
    const struct stock_row *r = &row->row;
    bool lacks = rights_strict(r) && row->need_t > 0 && rights_hub(r) < row->need_t;
    int64_t q_t = lacks ? rights_want(r, row->need_t) : 0;
    return q_t > 0 && (!still_asked(t, r, &w) || w.q_t < q_t) ? q_t : 0;
}

bool rights_are_asked(struct turn *t, enum code code)
{
    for (uint16_t i = 0; code == CODE_STRICT_EXHAUSTED && i < t->n_rows; i++)
        if (unasked(t, t->rows[i]) > 0)
            return false;
    return true;
}

enum code rights_missed(struct turn *t, enum code code)
{
    for (uint16_t i = 0; code == CODE_STRICT_EXHAUSTED && i < t->n_rows; i++) {
        int64_t q_t = unasked(t, t->rows[i]);
        if (q_t > 0)
            ask(t, &t->rows[i]->row, q_t, true);
    }
    return code;
}

/* ---- events ---- */

static void append(struct turn *t, enum event_kind kind, struct jw *w)
{
    jw_close(w, '}');
    assert(jw_ok(w));
    t->out->at = journal_append(&t->b->j, kind, t->c->wall_ms, jw_text(w));
}

static void object_body(struct jw *w, struct object object)
{
    jw_kint(w, "object_id", object.id);
    jw_kint(w, "object_type", (int64_t)object.type);
}

static void counters_body(struct jw *w, const struct stock_row *r)
{
    jw_karray(w, "eff");
    body_row_state(w, r);
    jw_close(w, ']');
}

/* After an event of the row's own that changed it from `before`. */
static void save(struct turn *t, struct touched *row, const struct stock_row *before)
{
    row_shares_follow(t, row, before);
    row_timers_arm(t, before, &row->row);
    row->row.h_at = t->out->at;
    turn_save_row(t, &row->row, t->out->at);
}

/* ---- a manager's word ---- */

static void over_body(struct jw *w, const struct turn *t)
{
    jw_karray(w, "rows");
    for (uint16_t i = 0; i < t->n_rows; i++) {
        if (t->rows[i]->over_t == 0)
            continue;
        jw_open(w, '{');
        object_body(w, t->rows[i]->row.object);
        jw_kint(w, "over_t", t->rows[i]->over_t);
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

void rights_note_override(struct turn *t, const struct order *o)
{
    char body[OVER_BYTES];
    struct jw w;
    bool any = false;
    for (uint16_t i = 0; i < t->n_rows; i++)
        any |= t->rows[i]->over_t > 0;
    if (!any)
        return;
    jw_init(&w, body, sizeof body);
    jw_open(&w, '{');
    jw_kstring(&w, "device", t->c->who.device);
    jw_kstring(&w, "operator", t->c->operator_id);
    jw_kstring(&w, "order_id", o->order_id);
    over_body(&w, t);
    append(t, EVENT_OVERRIDE_NOTE, &w);
}

/* ---- giving back ---- */

/* Nobody asks for what was just given back: only a sale that lacks it does. */
static void give_back(struct turn *t, struct touched *row, int64_t asked_t, struct str cmd)
{
    char body[SAID_BYTES];
    struct jw w;
    struct stock_row before = row->row;
    int64_t q_t = rights_return(&row->row, asked_t);
    jw_init(&w, body, sizeof body);
    jw_open(&w, '{');
    if (cmd.n)
        jw_kstring(&w, "cmd", cmd);
    jw_kstring(&w, "device", t->c->who.device);
    counters_body(&w, &row->row);
    object_body(&w, row->row.object);
    jw_kint(&w, "q_t", q_t);
    append(t, EVENT_LEASE_RETURN, &w);
    if (rights_strict(&row->row))
        ask(t, &row->row, 0, false);
    save(t, row, &before);
}

enum code stock_return_verb(struct turn *t)
{
    struct touched *row = turn_row(t, t->c->object);
    if (!row)
        return turn_refuse(t, CODE_INTERNAL, "out of memory");
    const struct stock_row *r = &row->row;
    if (!rights_strict(r) && !row_from_menu(t, &row->row))
        return turn_refuse(t, CODE_UNKNOWN_OBJECT, "%s", code_text(CODE_UNKNOWN_OBJECT));
    if (!rights_strict(r))
        return turn_refuse(t, CODE_BAD_REQUEST, "the object is not sold by rights (STRICT)");
    if (t->c->has_qty && t->c->qty_t % r->step_t != 0)
        return turn_refuse(t, CODE_STEP_VIOLATION, "%s", code_text(CODE_STEP_VIOLATION));
    if (rights_usable(r) <= 0)
        return turn_refuse(t, CODE_STRICT_EXHAUSTED, "there are no rights to give back");
    give_back(t, row, t->c->has_qty ? t->c->qty_t : LIMIT_QTY_T, STR(""));
    turn_show_stock(t, &row->row);
    return CODE_OK;
}

static bool has_rights(struct turn *t, const struct stock_row *r)
{
    (void)t;
    return rights_strict(r) && rights_usable(r) > 0;
}

void rights_return_all(struct turn *t)
{
    size_t n;
    struct object *list = rows_noted(t, has_rights, &n);
    for (size_t i = 0; list && i < n && txn_error(t->b->txn) == PH_OK; i++) {
        struct row_copy row;
        if (row_copy_load(t, list[i], &row))
            give_back(t, &row.row, LIMIT_QTY_T, STR(""));
    }
}

/* ---- the center's word ---- */

void rights_follow(struct turn *t, struct touched *row)
{
    char body[SAID_BYTES];
    struct jw w;
    if (rights_mode_due(&row->row) == row->row.mode_in_force)
        return;
    rights_ack_mode(&row->row, turn_event_to_be(t));
    jw_init(&w, body, sizeof body);
    jw_open(&w, '{');
    jw_kstring(&w, "device", t->c->who.device);
    counters_body(&w, &row->row);
    jw_kstring(&w, "mode", str_of(stock_mode_name(row->row.mode_in_force)));
    object_body(&w, row->row.object);
    append(t, EVENT_MODE_ACK, &w);
    row->changed = true;
}

static void ack_mode(struct turn *t, struct touched *row)
{
    struct stock_row before = row->row;
    row->changed = false;
    rights_follow(t, row);
    if (row->changed)
        save(t, row, &before);
    row->changed = false;
}

static void take_offer(struct turn *t, struct touched *row, const struct offer *o)
{
    char body[SAID_BYTES];
    struct jw w;
    struct stock_row before = row->row;
    if (!rights_take_offer(&row->row, o))
        return;
    jw_init(&w, body, sizeof body);
    jw_open(&w, '{');
    jw_kstring(&w, "device", t->c->who.device);
    jw_kint(&w, "n", (int64_t)o->n);
    object_body(&w, row->row.object);
    append(t, EVENT_OFFER_ACK, &w);
    save(t, row, &before);
}

#define CMD_DIGITS 15 /* ROW_STATE says it as a JSON number */

/* The number in "c-9"; 0: it is none. */
static uint64_t number_of(struct str id)
{
    uint64_t n = 0;
    if (id.n < 3 || id.n > 2 + CMD_DIGITS || memcmp(id.p, "c-", 2) != 0)
        return 0;
    for (size_t i = 2; i < id.n; i++) {
        if (id.p[i] < '0' || id.p[i] > '9')
            return 0;
        n = n * 10 + (uint64_t)(id.p[i] - '0');
    }
    return n;
}

/* By so much that the stock stays in its legal range; a command is answered in any case. */
static void adjust(struct turn *t, struct touched *row, int64_t delta_t, enum stock_reason reason,
                   struct str cmd)
{
    struct stock_row before = row->row;
    int64_t real_t = stock_real(&row->row);
    bool fits = delta_t <= LIMIT_QTY_T && delta_t >= -2 * LIMIT_QTY_T &&
                real_t + delta_t <= LIMIT_QTY_T && real_t + delta_t >= -LIMIT_QTY_T;
    stock_say_adjust(t, row, fits ? delta_t : 0, reason, cmd);
    row->changed = false; /* it is saved here */
    save(t, row, &before);
}

/* False: nobody here knows what it is. */
static bool carry_out(struct turn *t, struct touched *row, const struct cloud_cmd *c)
{
    if (str_eq(c->op, STR("SET")))
        adjust(t, row, c->v_t - stock_real(&row->row), REASON_COUNT, c->id);
    else if (str_eq(c->op, STR("ADJUST")))
        adjust(t, row, c->v_t, c->v_t < 0 ? REASON_WASTE : REASON_RECEIPT, c->id);
    else if (str_eq(c->op, STR("RECALL")))
        give_back(t, row, c->v_t, c->id);
    else
        return false;
    return true;
}

/* The next one in the order of their numbers; NULL: all are done. */
static const struct cloud_cmd *next_command(const struct stock_row *r,
                                            const struct cloud_row *theirs)
{
    const struct cloud_cmd *next = NULL;
    for (uint16_t i = 0; i < theirs->n_cmds; i++) {
        const struct cloud_cmd *c = &theirs->cmds[i];
        if (number_of(c->id) > r->cmd_done && (!next || number_of(c->id) < number_of(next->id)))
            next = c;
    }
    return next;
}

/* One that is not understood keeps those behind it waiting: they were meant to come after it. */
static void take_commands(struct turn *t, struct touched *row, const struct cloud_row *theirs)
{
    const struct cloud_cmd *c;
    while ((c = next_command(&row->row, theirs)) != NULL) {
        uint64_t done = row->row.cmd_done;
        row->row.cmd_done = number_of(c->id);
        if (carry_out(t, row, c))
            continue;
        row->row.cmd_done = done;
        t->out->bad_rows++;
        return;
    }
}

void rights_arrive(struct turn *t, struct touched *row, const struct cloud_row *theirs)
{
    ack_mode(t, row);
    for (uint16_t i = 0; i < theirs->row.n_offers; i++)
        take_offer(t, row, &theirs->row.offers[i]);
    take_commands(t, row, theirs);
}

/* ---- boxes that were lost ---- */

void rights_counted(struct stock_row *r, struct position op)
{
    r->presumed_t = 0;
    r->gr_t -= rights_hub(r);
    r->gr_op = op;
}

static bool is_strict(struct turn *t, const struct stock_row *r)
{
    (void)t;
    return rights_strict(r);
}

void rights_presume_all(struct turn *t)
{
    size_t n;
    struct object *list = rows_noted(t, is_strict, &n);
    for (size_t i = 0; list && i < n && txn_error(t->b->txn) == PH_OK; i++) {
        struct row_copy row;
        if (!row_copy_load(t, list[i], &row))
            return;
        struct stock_row before = row.row.row;
        rights_presume(&row.row.row);
        row_shares_follow(t, &row.row, &before);
        turn_keep_row(t, &row.row.row);
    }
    if (list && n > 0)
        states_say(t, list, n);
}
