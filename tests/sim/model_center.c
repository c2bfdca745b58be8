/* Rows of the center, as the model reckons them (sync-protocol 1.2, 4.4, 4.6). */
#include "tests/sim/model.h"

int64_t model_row_h(const struct model_row *r)
{
    return r->restocked_t + r->adjusted_t - r->sold_t - r->lost_t;
}

/* What the store wrote stands if the center had not heard of it and did not write later itself. */
static bool stands(const struct model_write *mine, const struct stock_row *theirs,
                   struct stamp stamp)
{
    bool both_the_stores = mine->stamp.origin == ORIGIN_HUB && stamp.origin == ORIGIN_HUB;
    return position_cmp(mine->at, theirs->h_at) > 0 &&
           (both_the_stores || stamp_cmp(mine->stamp, stamp) >= 0);
}

/* A register that was taken is the center's from then on. */
static bool takes(struct model_write *mine, const struct stock_row *theirs, struct stamp stamp)
{
    if (stands(mine, theirs, stamp))
        return false;
    *mine = (struct model_write){.stamp = stamp};
    return true;
}

void model_center_row(struct model_row *m, const struct stock_row *theirs)
{
    if (theirs->c_ver <= m->over)
        return;
    m->over = theirs->c_ver;
    m->real_t += theirs->c_t - m->online_t;
    m->online_t = theirs->c_t;
    m->online_locked_t = theirs->lc_t;
    if (takes(&m->counted, theirs, theirs->base_stamp))
        m->real_t =
            theirs->base_t + (model_row_h(m) - theirs->base_h_t) + (m->online_t - theirs->base_c_t);
    if (takes(&m->planned, theirs, theirs->plan_stamp))
        m->limited = theirs->type == STOCK_LIMITED;
    if (takes(&m->closed, theirs, theirs->status_stamp))
        m->sold_out = theirs->status == STATUS_SOLD_OUT;
}
