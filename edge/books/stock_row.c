#include "edge/books/stock.h"

#include <string.h>

static void stamp_fields(struct pack *p, struct stamp *s)
{
    pack_i64(p, &s->l_ms);
    pack_u32(p, &s->c);
    pack_u32(p, &s->origin);
}

static void position_fields(struct pack *p, struct position *at)
{
    pack_u32(p, &at->epoch);
    pack_u64(p, &at->seq);
}

static void register_fields(struct pack *p, struct stock_row *r)
{
    pack_enum(p, &r->status);
    stamp_fields(p, &r->status_stamp);
    position_fields(p, &r->status_op);
    pack_enum(p, &r->type);
    pack_i64(p, &r->plan_t);
    pack_i64(p, &r->step_t);
    pack_u8(p, &r->auto_restore);
    pack_u8(p, &r->repeat);
    pack_i64(p, &r->restore_at_ms);
    stamp_fields(p, &r->plan_stamp);
    position_fields(p, &r->plan_op);
    pack_enum(p, &r->mode);
    pack_enum(p, &r->policy);
    pack_u32(p, &r->rebalance_s);
    pack_i64(p, &r->release_at_ms);
    pack_u8(p, &r->ranking);
    stamp_fields(p, &r->policy_stamp);
}

static void counter_fields(struct pack *p, struct stock_row *r)
{
    pack_str(p, &r->base_id, 48);
    pack_i64(p, &r->base_t);
    pack_i64(p, &r->base_h_t);
    pack_i64(p, &r->base_c_t);
    pack_bool(p, &r->base_hf);
    pack_bool(p, &r->base_cf);
    stamp_fields(p, &r->base_stamp);
    position_fields(p, &r->base_op);
    pack_i64(p, &r->h_t);
    pack_i64(p, &r->lh_t);
    pack_i64(p, &r->xr_t);
    position_fields(p, &r->h_at);
    pack_i64(p, &r->c_t);
    pack_i64(p, &r->lc_t);
    pack_i64(p, &r->gr_t);
    pack_u64(p, &r->c_ver);
    pack_u32(p, &r->gen);
    pack_str(p, &r->gen_id, 48);
    pack_bool(p, &r->short_alerted);
    position_fields(p, &r->at);
}

static void channel_fields(struct pack *p, struct stock_channel *c)
{
    pack_str(p, &c->code, CHANNEL_CODE);
    pack_enum(p, &c->status);
    pack_enum(p, &c->type);
    pack_i64(p, &c->limit_t);
    pack_i64(p, &c->reserve_t);
    pack_i64(p, &c->used_t);
    pack_i64(p, &c->m_t);
    pack_u32(p, &c->weight);
    pack_bool(p, &c->deleted);
    stamp_fields(p, &c->stamp);
    position_fields(p, &c->op);
}

static void offer_fields(struct pack *p, struct stock_row *r)
{
    pack_count(p, &r->n_offers, OFFERS);
    for (uint16_t i = 0; i < r->n_offers && pack_ok(p); i++) {
        pack_u64(p, &r->offers[i].n);
        pack_i64(p, &r->offers[i].hub_t);
        pack_i64(p, &r->offers[i].plan_t);
        pack_i64(p, &r->offers[i].from_ms);
    }
    pack_u64(p, &r->offer_acked);
}

/* What rows have had since there are generations and rights. */
static void right_fields(struct pack *p, struct stock_row *r)
{
    pack_enum(p, &r->mode_in_force);
    position_fields(p, &r->gen_op);
    position_fields(p, &r->gr_op);
    pack_i64(p, &r->restored_ms);
    pack_bool(p, &r->released);
    pack_i64(p, &r->presumed_t);
    offer_fields(p, r);
    pack_u64(p, &r->cmd_done);
    if (!p->writing && pack_done(p))
        return; /* a record of before them: nothing is agreed upon yet */
    pack_i64(p, &r->agreed_ms);
    pack_i64(p, &r->sure_ms);
}

void stock_fields(struct pack *p, struct stock_row *r)
{
    pack_enum(p, &r->object.type);
    pack_i64(p, &r->object.id);
    pack_str(p, &r->name, 96);
    register_fields(p, r);
    counter_fields(p, r);
    pack_count(p, &r->n_channels, STOCK_CHANNELS);
    for (uint16_t i = 0; i < r->n_channels && pack_ok(p); i++)
        channel_fields(p, &r->channels[i]);
    if (!p->writing && pack_done(p)) /* a record of before them ends here: they are all zero */
        r->mode_in_force = r->mode;
    else
        right_fields(p, r);
}

struct key stock_key(struct object object)
{
    struct key k = {.n = 0};
    key_add_u8(&k, (uint8_t)object.type);
    key_add_u64(&k, (uint64_t)object.id);
    return k;
}

bool stock_unpack(struct bytes packed, struct stock_row *out)
{
    struct pack p;
    memset(out, 0, sizeof *out);
    pack_reader(&p, packed.p, packed.n);
    stock_fields(&p, out);
    return pack_done(&p);
}

bool stock_load(struct txn *txn, struct object object, struct stock_row *out)
{
    struct key key = stock_key(object);
    struct bytes value;
    if (txn_get(txn, TABLE_STOCK, key_bytes(&key), &value)) {
        if (stock_unpack(value, out))
            return true;
        txn_set_bad(txn, TABLE_STOCK, key_bytes(&key));
    }
    stock_plain(object, out);
    return false;
}

void stock_save(struct txn *txn, const struct stock_row *r)
{
    uint8_t buf[STOCK_BYTES];
    struct pack p;
    struct stock_row writable = *r;
    pack_writer(&p, buf, sizeof buf);
    stock_fields(&p, &writable);
    struct key key = stock_key(r->object);
    if (pack_ok(&p))
        txn_put(txn, TABLE_STOCK, key_bytes(&key), (struct bytes){buf, p.at});
    else
        txn_set_bad(txn, TABLE_STOCK, key_bytes(&key));
}
