#include "tools/product-center/set.h"

#include <inttypes.h>
#include <stdio.h>

#include "proto/merge.h"
#include "tools/product-center/base_cut.h"

static struct stamp after(struct stamp seen, struct store *s)
{
    struct stamp made = merge_stamp_after(seen, s->hlc, ORIGIN_CENTER);
    s->hlc = (struct hlc){made.l_ms, made.c};
    return made;
}

void set_status(struct item *it, enum stock_status status, struct store *s)
{
    it->row.status = status;
    it->row.status_stamp = after(it->row.status_stamp, s);
    it->changed = true;
}

void set_plan(struct item *it, const struct stock_row *plan, struct store *s)
{
    it->row.type = plan->type;
    it->row.plan_t = plan->plan_t;
    it->row.auto_restore = plan->auto_restore;
    it->row.repeat = plan->repeat;
    it->row.restore_at_ms = plan->restore_at_ms;
    it->row.plan_stamp = after(it->row.plan_stamp, s);
    it->changed = true;
}

void set_policy(struct item *it, const struct stock_row *policy, struct store *s)
{
    it->row.mode = policy->mode;
    it->row.policy = policy->policy;
    it->row.rebalance_s = policy->rebalance_s;
    it->row.release_at_ms = policy->release_at_ms;
    it->row.ranking = policy->ranking;
    it->row.policy_stamp = after(it->row.policy_stamp, s);
    it->changed = true;
}

void set_real(struct call *c, struct item *it, int64_t real_t, struct store *s)
{
    char id[LIMIT_GEN_ID];
    int n = snprintf(id, sizeof(id), "C:%" PRIu32 ".%" PRIu64, s->center_epoch, s->ver + 1);
    it->row.base_id = arena_str(&c->arena, (struct str){id, (size_t)n});
    it->row.base_t = real_t;
    it->row.base_h_t = it->row.h_t;
    it->row.base_c_t = it->row.c_t;
    it->row.base_hf = it->row.base_cf = true;
    it->row.base_stamp = after(it->row.base_stamp, s);
    it->changed = true;
    base_cut_set(c, &it->row, s);
}

bool set_channel(struct item *it, const struct stock_channel *ch, struct store *s)
{
    struct stock_channel *mine = stock_channel_coded(&it->row, ch->code);
    if (mine == NULL) {
        if (it->row.n_channels == STOCK_CHANNELS)
            return false;
        mine = &it->row.channels[it->row.n_channels++];
        *mine = (struct stock_channel){.code = ch->code};
    }
    mine->status = ch->status;
    mine->type = ch->type;
    mine->limit_t = ch->limit_t;
    mine->deleted = ch->deleted;
    mine->stamp = after(mine->stamp, s);
    it->changed = true;
    return true;
}

void set_shares(struct item *it, struct str code, const uint32_t *weight, const int64_t *reserve_t)
{
    struct stock_channel *ch = stock_channel_coded(&it->row, code);
    if (weight != NULL)
        ch->weight = *weight;
    if (reserve_t != NULL)
        ch->reserve_t = *reserve_t;
}
