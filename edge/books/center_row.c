/* Rows of the center come into the books (sync-protocol 4.4 to 4.6): merged, journaled where they
 * read differently, told to the LAN, all in the one transaction that also moves the version
 * applied.
 */
#include "edge/books/arrival.h"
#include "edge/books/center.h"
#include "edge/books/restore.h"
#include "edge/books/rights.h"
#include "proto/digest.h"

#include <assert.h>
#include <string.h>

#define ROW_EVENT_BYTES                                                                            \
    16384 /* two sides of STOCK_CHANNELS channels with every number at its longest */

/* ---- journal: canonical JSON, keys in byte order ---- */

static void channel_body(struct jw *w, const struct stock_channel *ch)
{
    bool limited = ch->type == STOCK_LIMITED && ch->limit_t < AVAIL_INFINITE;
    jw_open(w, '{');
    jw_kstring(w, "code", ch->code);
    if (limited)
        jw_kint(w, "limit_t", ch->limit_t);
    jw_kbool(w, "limited", ch->type == STOCK_LIMITED);
    jw_kbool(w, "on_sale", ch->status == STATUS_ON_SALE);
    jw_kint(w, "reserve_t", ch->reserve_t);
    jw_kint(w, "weight", ch->weight);
    jw_close(w, '}');
}

static void side_body(struct jw *w, const char *key, const struct stock_row *r)
{
    jw_kobject(w, key);
    jw_kint(w, "C", r->c_t);
    jw_kint(w, "Lc", r->lc_t);
    jw_kstring(w, "base", r->base_id);
    jw_karray(w, "channels");
    for (uint16_t i = 0; i < r->n_channels; i++)
        if (!r->channels[i].deleted)
            channel_body(w, &r->channels[i]);
    jw_close(w, ']');
    jw_kstring(w, "gen", r->gen_id);
    jw_kbool(w, "limited", r->type == STOCK_LIMITED);
    jw_kstring(w, "mode", str_of(stock_mode_name(r->mode)));
    jw_kbool(w, "on_sale", r->status == STATUS_ON_SALE);
    jw_kint(w, "plan_t", r->plan_t);
    jw_kstring(w, "policy", str_of(channel_policy_name(r->policy)));
    jw_kint(w, "rebalance_s", r->rebalance_s);
    jw_kint(w, "release_at_ms", r->release_at_ms);
    jw_close(w, '}');
}

/* What the hub wrote and a later write of the center has replaced (4.6). */
static void superseded_body(struct jw *w, unsigned parts)
{
    static const struct {
        unsigned part;
        const char *name;
    } PARTS[] = {{PART_BASE, "base"},
                 {PART_CHANNEL, "channel"},
                 {PART_PLAN, "plan"},
                 {PART_STATUS, "status"}};
    if (!parts)
        return;
    jw_karray(w, "superseded");
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++)
        if (parts & PARTS[i].part)
            jw_string(w, str_of(PARTS[i].name));
    jw_close(w, ']');
}

static struct position append(struct turn *t, const struct arrival *a)
{
    const struct stock_row *r = &a->row->row;
    struct jw w;
    char body[ROW_EVENT_BYTES];
    jw_init(&w, body, sizeof body);
    jw_open(&w, '{');
    side_body(&w, "after", r);
    side_body(&w, "before", &a->before);
    if (a->deleted)
        jw_kbool(&w, "deleted", true);
    body_movements(&w, t, 0);
    jw_kint(&w, "object_id", r->object.id);
    jw_kint(&w, "object_type", (int64_t)r->object.type);
    superseded_body(&w, a->merge.superseded);
    jw_kint(&w, "ver", (int64_t)r->c_ver);
    jw_close(&w, '}');
    assert(jw_ok(&w));
    t->out->at = journal_append(&t->b->j, EVENT_CENTER_ROW, t->c->wall_ms, jw_text(&w));
    return t->out->at;
}

/* ---- one row ---- */

static bool reads_differently(const struct stock_row *a, const struct stock_row *b)
{
    char text_a[DIGEST_TEXT], text_b[DIGEST_TEXT];
    size_t n = digest_text(a, text_a);
    return a->gen != b->gen || a->rebalance_s != b->rebalance_s ||
           a->release_at_ms != b->release_at_ms || n != digest_text(b, text_b) ||
           memcmp(text_a, text_b, n) != 0;
}

/* An echo of what the hub wrote is kept, but is no news to anybody. */
void arrival_end(struct turn *t, struct arrival *a)
{
    struct stock_row *r = &a->row->row;
    row_move_end(a->move, a->row);
    a->move->q_t = r->c_t - a->before.c_t;
    bool news = a->merge.superseded || reads_differently(&a->before, r);
    struct position at = news ? append(t, a) : r->at;
    a->row->changed = false;
    row_shares_follow(t, a->row, &a->before);
    row_timers_arm(t, &a->before, r);
    if (a->row->changed)
        r->h_at = at = t->out->at;
    a->row->changed = false;
    if (position_cmp(at, r->at) != 0) {
        turn_save_row(t, r, at);
        return;
    }
    turn_keep_row(t, r);
    rights_look(t, r); /* an echo, too, says what the hub has */
}

/* The command has one event for each row, and each its one movement. */
struct arrival arrival_begin(struct turn *t, struct touched *row)
{
    t->n_moves = 0;
    struct arrival a = {.row = row, .before = row->row, .move = row_move_begin(t, row, 0)};
    if (row->row.name.n == 0)
        row_from_menu(t, &row->row);
    return a;
}

/* Nobody but this box moves its counters: a row that tells of an event which the journal has yet to
 * write is a forgery, or of a history that was lost. What is the hub's in it says nothing here. */
static void doubt_position(struct turn *t, const struct stock_row *mine, struct stock_row *row)
{
    if (position_cmp(row->h_at, t->b->j.head.at) <= 0)
        return;
    row->h_at = mine->h_at;
    t->out->bad_rows++;
}

/* The center is in a generation that has not begun here: this side's cut of it comes first. */
static void restore_first(struct turn *t, struct touched *mine, const struct stock_row *theirs)
{
    int64_t due_ms = merge_restore_due(&mine->row, theirs);
    if (due_ms <= 0)
        return;
    mine->row.agreed_ms = due_ms;
    row_restore(t, mine, due_ms);
}

static void take_row(struct turn *t, const struct cloud_row *theirs)
{
    struct stock_row row = theirs->row;
    struct touched *mine = turn_row(t, row.object);
    if (!theirs->has_x || txn_error(t->b->txn) != PH_OK)
        return;
    assert(mine); /* read_rows had it */
    if (t->c->center->again && mine->row.c_ver == theirs->over)
        mine->row.c_ver = 0;
    row.c_ver = theirs->over;
    doubt_position(t, &mine->row, &row);
    merge_taken_back(&mine->row, &row, turn_latest_ms(t));
    restore_first(t, mine, &row);
    struct arrival a = arrival_begin(t, mine);
    a.deleted = theirs->deleted;
    a.merge = merge_center_row(&a.row->row, &row);
    if (!a.merge.changed)
        return;
    arrival_end(t, &a);
    rights_arrive(t, a.row, theirs);
}

/* ---- a pull of everything ---- */

struct object *rows_noted(struct turn *t, bool (*wanted)(struct turn *, const struct stock_row *),
                          size_t *n)
{
    size_t most = (size_t)txn_entries(t->b->txn, TABLE_STOCK);
    struct object *list = arena_alloc(t->scratch, most * sizeof *list);
    struct scan s = scan_begin(t->b->txn, TABLE_STOCK, (struct bytes){0}, false);
    s.skip_bad = true;
    *n = 0;
    while (list && *n < most && scan_next(&s)) {
        struct stock_row r;
        if (stock_unpack(s.value, &r) && (!wanted || wanted(t, &r)))
            list[(*n)++] = r.object;
    }
    scan_end(&s);
    return list;
}

bool row_copy_load(struct turn *t, struct object object, struct row_copy *out)
{
    struct key key = stock_key(object);
    struct bytes value;
    out->row = (struct touched){.need_t = 0};
    stock_plain(object, &out->row.row);
    if (!txn_get(t->b->txn, TABLE_STOCK, key_bytes(&key), &value))
        return txn_error(t->b->txn) == PH_OK;
    if (value.n <= sizeof out->packed) {
        memcpy(out->packed, value.p, value.n);
        if (stock_unpack((struct bytes){out->packed, value.n}, &out->row.row))
            return true;
    }
    txn_set_bad(t->b->txn, TABLE_STOCK, key_bytes(&key));
    return false;
}

static bool was_merged(struct turn *t, const struct stock_row *r)
{
    (void)t;
    return r->c_ver > 0;
}

static void forget_versions(struct turn *t)
{
    size_t n;
    struct object *list = rows_noted(t, was_merged, &n);
    for (size_t i = 0; i < n; i++) {
        struct stock_row r;
        stock_load(t->b->txn, list[i], &r);
        r.c_ver = 0;
        turn_keep_row(t, &r);
    }
}

/* The center has heard all of this row, and has it no more. */
static bool is_missing(struct turn *t, const struct stock_row *r)
{
    return r->c_ver == 0 && !stock_is_plain(r) && r->lh_t == 0 &&
           position_cmp(r->h_at, t->c->center->acked) <= 0;
}

void row_make_plain(struct stock_row *r)
{
    struct stock_row plain;
    stock_plain(r->object, &plain);
    plain.name = r->name;
    plain.step_t = r->step_t;
    plain.h_t = r->h_t;
    plain.xr_t = r->xr_t;
    plain.h_at = r->h_at;
    plain.gen = r->gen;
    plain.gen_id = r->gen_id;
    plain.cmd_done = r->cmd_done;
    plain.short_alerted = r->short_alerted;
    plain.n_channels = r->n_channels;
    for (uint16_t i = 0; i < r->n_channels; i++)
        plain.channels[i] = (struct stock_channel){.code = r->channels[i].code,
                                                   .status = STATUS_ON_SALE,
                                                   .type = STOCK_UNLIMITED,
                                                   .used_t = r->channels[i].used_t};
    *r = plain;
}

/* There may be more of them than one order may touch: each takes the place of the one before. */
static void drop_missing(struct turn *t)
{
    size_t n;
    struct object *list = rows_noted(t, is_missing, &n);
    struct touched row;
    for (size_t i = 0; i < n; i++) {
        struct key key = stock_key(list[i]);
        struct bytes record;
        if (!turn_record(t, TABLE_STOCK, key_bytes(&key), &record) ||
            !stock_unpack(record, &row.row))
            return;
        struct arrival a = arrival_begin(t, &row);
        a.deleted = true;
        row_make_plain(&row.row);
        arrival_end(t, &a);
    }
}

/* ---- the command ---- */

static void move_version(struct turn *t)
{
    const struct center_rows *in = t->c->center;
    uint64_t *applied = &t->b->j.head.center_version;
    if (in->full_ends || (in->prev_ver <= *applied && *applied < in->ver))
        *applied = in->ver;
    t->out->applied_ver = *applied;
}

/* Before the first write, and before versions are forgotten. */
static bool read_rows(struct turn *t)
{
    const struct center_rows *in = t->c->center;
    bool first = in->full_begins;
    for (uint32_t i = 0; i < in->n; i++) {
        struct touched *row = turn_row(t, in->rows[i].row.object);
        if (!row)
            return false;
        if (first)
            row->row.c_ver = 0;
    }
    return true;
}

enum code center_row_verb(struct turn *t)
{
    const struct center_rows *in = t->c->center;
    assert(in && in->n <= LIMIT_PULL_ROWS && in->n_orders <= LIMIT_PULL_ROWS &&
           in->n_cases <= LIMIT_PULL_ROWS);
    if (!read_rows(t) || !center_orders_take(t))
        return turn_refuse(t, CODE_INTERNAL, "out of memory");
    if (in->full_begins)
        forget_versions(t);
    for (uint32_t i = 0; i < in->n; i++)
        take_row(t, &in->rows[i]);
    if (in->full_ends)
        drop_missing(t);
    center_cases_take(t);
    move_version(t);
    return CODE_OK;
}
