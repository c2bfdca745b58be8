/* Cases of oversell that the center reports (sync-protocol 5.3): kept as they came last, and told
 * in the alert of the row that is short.
 */
#include "edge/books/case.h"
#include "edge/books/center.h"
#include "edge/books/turn.h"

/* The alert of the row says whose order is short, or ends because the case is closed. A row that
 * the hub does not have cannot be short here. */
static void tell(struct turn *t, struct object object)
{
    struct touched *row = turn_row(t, object);
    if (row)
        turn_row_alert(t, &row->row);
}

static void take(struct turn *t, const struct cloud_case *in)
{
    struct case_row known, k = {*in, t->c->wall_ms, t->c->wall_ms};
    bool everything = t->c->center->ver == 0 || t->c->center->full_ends;
    if (case_load(t->b->txn, in->object, in->gen_id, t->scratch, &known)) {
        if (in->over <= known.said.over && !everything)
            return;
        k.since_at_ms = known.since_at_ms;
    }
    case_save(t->b->txn, &k);
    tell(t, in->object);
}

void center_cases_take(struct turn *t)
{
    const struct center_rows *in = t->c->center;
    for (uint32_t i = 0; i < in->n_cases && txn_error(t->b->txn) == PH_OK; i++)
        take(t, &in->cases[i]);
}

/* What is over was seen on the day on which it ended. */
void center_cases_day_over(struct turn *t)
{
    struct scan s = scan_begin(t->b->txn, TABLE_CASE, (struct bytes){0}, false);
    s.skip_bad = true;
    while (scan_next(&s)) {
        struct case_row k;
        if (case_unpack(s.value, t->scratch, &k) && case_is_over(&k))
            scan_del(&s);
    }
    scan_end(&s);
}
