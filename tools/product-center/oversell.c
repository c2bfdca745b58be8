#include "tools/product-center/oversell.h"

#include "proto/wire.h"
#include "tools/product-center/down.h"
#include "tools/product-center/settings.h"

/* A message of the broker is 64 KiB: as many claims as fit, those that are short before others. */
#define REPORT_CLAIMS 200
#define CLAIM_BYTES   (6 * LIMIT_ORDER_ID + 192)
#define REPORT_BYTES  (REPORT_CLAIMS * CLAIM_BYTES + 2048)

/* ---- the report ---- */

/* Everything that one look at a row found out. */
struct finding {
    const struct stock_row *row; /* as it is in the case's generation; NULL: it is not limited */
    struct claims claims;
    struct oversell over;
    struct case_basis basis;
};

static void claim_write(struct jw *w, const struct claim *k)
{
    jw_open(w, '{');
    jw_kstring(w, "side", k->side == SIDE_ONLINE ? STR("online") : STR("store"));
    jw_kstring(w, "order_id", k->order_id);
    jw_kint(w, "line", k->line);
    jw_karray(w, "hlc");
    jw_int(w, k->hlc.l_ms);
    jw_int(w, k->hlc.c);
    jw_close(w, ']');
    jw_kint(w, "q_t", k->q_t);
    jw_kbool(w, "served", k->served);
    jw_kbool(w, "deducted", k->deducted);
    if (k->waived)
        jw_kbool(w, "waived", true);
    if (k->wish.n > 0)
        jw_kstring(w, "wish", k->wish);
    jw_kint(w, "short_t", k->short_t);
    jw_close(w, '}');
}

static void claims_write(struct jw *w, const struct claims *claims)
{
    size_t shorts = 0, others = 0;
    for (size_t i = 0; i < claims->n; i++)
        shorts += claims->at[i].short_t > 0;
    size_t room = shorts < REPORT_CLAIMS ? REPORT_CLAIMS - shorts : 0;
    size_t told = 0;
    jw_karray(w, "claims");
    for (size_t i = 0; i < claims->n && told < REPORT_CLAIMS; i++) {
        if (claims->at[i].short_t == 0 && others++ >= room)
            continue;
        claim_write(w, &claims->at[i]);
        told++;
    }
    jw_close(w, ']');
    if (told < claims->n)
        jw_kint(w, "claims_left_out", (int64_t)(claims->n - told));
}

static struct str report_text(struct call *c, const struct oversell_case *k,
                              const struct finding *f)
{
    struct jw w = call_writer(&c->arena, REPORT_BYTES);
    const struct claim *at = f->claims.at;
    unsigned asked = f->row != NULL ? f->row->ranking : RANKING_STORE_FIRST;
    jw_open(&w, '{');
    jw_kstring(&w, "case", k->id);
    jw_kstring(&w, "state", str_of(case_state_name(k->state)));
    wire_put_object(&w, k->object);
    jw_kint(&w, "over_t", f->over.confirmed_t);
    jw_kint(&w, "at_risk_t", f->over.at_risk_t);
    if (f->row != NULL)
        jw_kstring(&w, "cause",
                   str_of(oversell_cause_name(oversell_cause(f->row, at, f->claims.n))));
    jw_kint(&w, "supply_t", f->basis.supply_t);
    jw_kstring(&w, "ranking", str_of(ranking_name(oversell_ranking(at, f->claims.n, asked))));
    jw_kstring(&w, "order_confidence",
               oversell_confident(at, f->claims.n) ? STR("high") : STR("low"));
    claims_write(&w, &f->claims);
    jw_close(&w, '}');
    return jw_text(&w);
}

/* ---- one look ---- */

static bool is_of_now(const struct oversell_case *k, const struct stock_row *row)
{
    return str_eq(k->gen_id, row->gen_id);
}

/* What a generation has sold twice stays promised to somebody when the next one begins, whose stock
 * is not for that: the row goes on as if nothing had come after it but its orders' own changes. */
static void row_of_then(const struct oversell_case *k, struct stock_row *row)
{
    *row = (struct stock_row){.object = k->object,
                              .gen_id = k->gen_id,
                              .type = STOCK_LIMITED,
                              .mode_in_force = k->basis.strict ? MODE_STRICT : MODE_LOOSE,
                              .ranking = row->ranking,
                              .base_t = k->basis.base_t,
                              .c_t = k->basis.supply_t - k->basis.base_t};
}

static void move_claimed(struct stock_row *then, const struct claims *claims)
{
    for (size_t i = 0; i < claims->n; i++) {
        const struct claim *k = &claims->at[i];
        *(k->deducted ? &then->c_t : &then->lc_t) += k->deducted ? -k->q_t : k->q_t;
    }
}

static struct finding look(struct call *c, const struct oversell_case *k,
                           const struct stock_row *now)
{
    struct finding f = {0};
    bool of_now = is_of_now(k, now);
    struct stock_row *row = arena_alloc(&c->arena, sizeof(*row));
    if (row == NULL || (of_now && now->type != STOCK_LIMITED))
        return f;
    *row = *now;
    if (!of_now)
        row_of_then(k, row);
    struct base_cut cut = of_now ? base_cut_of(c, now) : k->basis.cut;
    f.claims = claims_of_row(c, row, cut);
    if (!of_now)
        move_claimed(row, &f.claims);
    f.row = row;
    f.over = oversell_of(row);
    f.basis = (struct case_basis){.base_t = row->base_t,
                                  .supply_t = oversell_supply(row, f.claims.at, f.claims.n),
                                  .strict = row->mode_in_force == MODE_STRICT,
                                  .cut = cut};
    oversell_assign(f.claims.at, f.claims.n, row->ranking, f.basis.supply_t);
    return f;
}

struct claims oversell_claims(struct call *c, const struct oversell_case *k,
                              const struct stock_row *row)
{
    return look(c, k, row).claims;
}

/* ---- what it means for the case ---- */

static enum case_state state_of(const struct call *c, const struct oversell_case *k,
                                const struct finding *f)
{
    if (f->row == NULL)
        return k->acted ? CASE_CLOSED : CASE_COVERED;
    if (k->opening > 0 && c->now_ms - k->since_ms >= OVERSELL_LEFT_MS)
        return CASE_CLOSED;
    return oversell_state(f->row, f->claims.at, f->claims.n, k->drained, k->acted);
}

/* What the policy may refund by itself. */
bool oversell_is_refundable(const struct claim *k)
{
    return k->side == SIDE_ONLINE && k->deducted && k->short_t > 0 && !k->served && !k->waived;
}

static void arm(const struct call *c, struct oversell_case *k, const struct finding *f)
{
    int64_t wait_ms = c->settings->auto_refund_ms;
    k->due_ms = 0;
    for (size_t i = 0; k->state == CASE_OPEN && wait_ms > 0 && i < f->claims.n; i++)
        if (oversell_is_refundable(&f->claims.at[i]))
            k->due_ms = k->since_ms + wait_ms;
}

/* Remembers it for the time when the generation is over. False: nothing new. */
static bool basis_moves(struct oversell_case *k, const struct finding *f)
{
    const struct case_basis was = k->basis, *now = &f->basis;
    if (f->row == NULL)
        return false;
    k->basis = *now;
    return was.base_t != now->base_t || was.supply_t != now->supply_t ||
           was.strict != now->strict || was.cut.ver != now->cut.ver ||
           position_cmp(was.cut.hub, now->cut.hub) != 0;
}

static void publish(struct call *c, struct store *s, struct oversell_case *k,
                    const struct finding *f)
{
    struct oversell_case was = *k;
    k->state = state_of(c, k, f);
    struct str report = report_text(c, k, f);
    arm(c, k, f);
    if (str_eq(report, k->report) && was.due_ms == k->due_ms && !basis_moves(k, f))
        return;
    if (!str_eq(report, k->report))
        k->ver = down_put(c, s, CLOUD_ITEM_OVERSELL, k->id, report);
    k->report = report;
    oversell_case_save(c, k);
}

static void open(struct call *c, struct store *s, struct oversell_case *k, const struct finding *f,
                 bool drained)
{
    k->opening++;
    k->since_ms = c->now_ms;
    k->drained = drained;
    k->acted = false;
    publish(c, s, k, f);
}

/* A shortage that is no open case: it waits for the cut, and then for its time. */
static void wait(struct call *c, struct store *s, struct oversell_case *k, const struct finding *f)
{
    bool drained = s->acked >= s->head, moves = basis_moves(k, f);
    if (drained || (k->due_ms > 0 && c->now_ms >= k->due_ms)) {
        open(c, s, k, f, drained);
    } else if (k->due_ms == 0) {
        k->since_ms = c->now_ms;
        k->due_ms = c->now_ms + OVERSELL_DEFER_MS;
        oversell_case_save(c, k);
    } else if (moves) {
        oversell_case_save(c, k);
    }
}

static void settle_down(struct call *c, struct oversell_case *k)
{
    if (k->due_ms == 0)
        return;
    k->due_ms = 0;
    if (k->opening == 0)
        oversell_case_forget(c, k);
    else
        oversell_case_save(c, k);
}

/* Nobody's shortage any more, as far as can be seen without its claims. */
static bool is_settled(const struct oversell_case *k, const struct stock_row *row)
{
    return is_of_now(k, row) ? oversell_of(row).confirmed_t == 0 : k->due_ms == 0;
}

static void judge(struct call *c, struct store *s, struct oversell_case *k,
                  const struct stock_row *row)
{
    bool is_open = oversell_case_is_open(k);
    if (!is_open && is_settled(k, row)) {
        settle_down(c, k);
        return;
    }
    struct finding f = look(c, k, row);
    if (is_open) {
        k->drained |= s->acked >= s->head;
        publish(c, s, k, &f);
    } else if (f.over.confirmed_t == 0) {
        settle_down(c, k);
    } else if (k->opening > 0 && state_of(c, k, &f) == CASE_CLOSED) {
        publish(c, s, k, &f); /* all of it is waived */
    } else {
        wait(c, s, k, &f);
    }
}

/* ---- all of them ---- */

static void case_make(struct call *c, const struct stock_row *row, struct oversell_case *k)
{
    char id[OVERSELL_CASE_ID];
    size_t n = oversell_case_id(c->key.poi, row, id);
    *k = (struct oversell_case){.id = arena_str(&c->arena, (struct str){id, n}),
                                .object = row->object,
                                .gen_id = row->gen_id};
}

static bool is_of(const struct oversell_case *k, const struct stock_row *row)
{
    return k->object.id == row->object.id && k->object.type == row->object.type;
}

static bool is_known(const struct oversell_cases *cases, const struct stock_row *row)
{
    for (size_t i = 0; i < cases->n; i++)
        if (is_of(&cases->at[i], row) && str_eq(cases->at[i].gen_id, row->gen_id))
            return true;
    return false;
}

static const struct stock_row *row_of(struct call *c, const struct oversell_case *k,
                                      const struct stock_row *const *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (is_of(k, rows[i]))
            return rows[i];
    struct items items = items_load(c, &k->object, 1);
    return items.n == 1 ? &items.at->row : NULL;
}

void oversell_evaluate(struct call *c, struct store *s, const struct stock_row *const *rows,
                       size_t n)
{
    struct oversell_cases cases = oversell_cases_load(c, rows, n);
    for (size_t i = 0; cases.at != NULL && i < n; i++)
        if (oversell_of(rows[i]).confirmed_t > 0 && !is_known(&cases, rows[i]))
            case_make(c, rows[i], &cases.at[cases.n++]);
    for (size_t i = 0; i < cases.n; i++) {
        const struct stock_row *row = row_of(c, &cases.at[i], rows, n);
        if (row != NULL)
            judge(c, s, &cases.at[i], row);
    }
}

void oversell_evaluate_items(struct call *c, struct store *s, const struct items *items)
{
    const struct stock_row **rows = arena_alloc(&c->arena, items->n * sizeof(*rows));
    size_t n = 0;
    for (size_t i = 0; rows != NULL && i < items->n; i++)
        if (items->at[i].changed)
            rows[n++] = &items->at[i].row;
    oversell_evaluate(c, s, rows, n);
}
