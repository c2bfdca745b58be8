#include "edge/books/stock.h"

#include <string.h>

static void stamp_fields(struct pack *p, struct stamp *s)
{
    pack_i64(p, &s->l_ms);
    pack_u32(p, &s->c);
    pack_u32(p, &s->origin);
}

static void register_fields(struct pack *p, struct stock_row *r)
{
    pack_enum(p, &r->status);
    stamp_fields(p, &r->status_stamp);
    pack_enum(p, &r->type);
    pack_i64(p, &r->plan_t);
    pack_i64(p, &r->step_t);
    pack_u8(p, &r->auto_restore);
    pack_u8(p, &r->repeat);
    pack_i64(p, &r->restore_at_ms);
    stamp_fields(p, &r->plan_stamp);
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
    pack_i64(p, &r->h_t);
    pack_i64(p, &r->lh_t);
    pack_i64(p, &r->xr_t);
    pack_u32(p, &r->h_at.epoch);
    pack_u64(p, &r->h_at.seq);
    pack_i64(p, &r->c_t);
    pack_i64(p, &r->lc_t);
    pack_i64(p, &r->gr_t);
    pack_u64(p, &r->c_ver);
    pack_u32(p, &r->gen);
    pack_str(p, &r->gen_id, 48);
    pack_bool(p, &r->short_alerted);
    pack_u32(p, &r->at.epoch);
    pack_u64(p, &r->at.seq);
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
}

struct key stock_key(struct object object)
{
    struct key k = {.n = 0};
    key_add_u8(&k, (uint8_t)object.type);
    key_add_u64(&k, (uint64_t)object.id);
    return k;
}

static void plain_row(struct object object, struct stock_row *out)
{
    memset(out, 0, sizeof *out);
    out->object = object;
    out->status = STATUS_ON_SALE;
    out->type = STOCK_UNLIMITED;
    out->auto_restore = 2;
    out->step_t = 10;
    out->base_id = STR("I");
    out->base_hf = out->base_cf = true;
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
    plain_row(object, out);
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

int64_t stock_real(const struct stock_row *r)
{
    return avail_real(&(struct real_parts){r->base_t, r->base_h_t, r->base_c_t, r->h_t, r->c_t});
}

int64_t stock_locked(const struct stock_row *r)
{
    return r->lh_t + r->lc_t;
}

int64_t stock_total(const struct stock_row *r)
{
    if (r->type != STOCK_LIMITED)
        return AVAIL_INFINITE;
    if (r->mode == MODE_STRICT)
        return r->gr_t - r->xr_t + (r->h_t - r->base_h_t) - r->lh_t;
    return stock_real(r) - stock_locked(r);
}

int64_t stock_short(const struct stock_row *r)
{
    int64_t over = stock_locked(r) - stock_real(r);
    return r->type == STOCK_LIMITED && over > 0 ? over : 0;
}

const struct stock_channel *stock_channel_find(const struct stock_row *r, enum channel c)
{
    struct str code = str_of(channel_name(c));
    for (uint16_t i = 0; i < r->n_channels; i++)
        if (!r->channels[i].deleted && str_eq(r->channels[i].code, code))
            return &r->channels[i];
    return NULL;
}

struct stock_channel *stock_channel(struct stock_row *r, enum channel c)
{
    struct stock_channel *found = (struct stock_channel *)(uintptr_t)stock_channel_find(r, c);
    if (found || r->n_channels == STOCK_CHANNELS)
        return found;
    found = &r->channels[r->n_channels++];
    *found = (struct stock_channel){
        .code = str_of(channel_name(c)), .status = STATUS_ON_SALE, .type = STOCK_UNLIMITED};
    return found;
}

bool stock_channel_open(const struct stock_row *r, enum channel c)
{
    const struct stock_channel *ch = stock_channel_find(r, c);
    return !ch || ch->status == STATUS_ON_SALE;
}

static int64_t channel_cap(const struct stock_channel *ch)
{
    return ch->type == STOCK_LIMITED ? ch->limit_t : AVAIL_INFINITE;
}

int64_t stock_channel_room(const struct stock_row *r, enum channel c)
{
    const struct stock_channel *ch = stock_channel_find(r, c);
    if (!ch || ch->type != STOCK_LIMITED)
        return AVAIL_INFINITE;
    return ch->limit_t - ch->used_t;
}

int64_t stock_avail(const struct stock_row *r, enum channel c)
{
    if (r->status != STATUS_ON_SALE || !stock_channel_open(r, c))
        return 0;
    struct channel_share shares[STOCK_CHANNELS + 1];
    size_t n = 0, asked = STOCK_CHANNELS;
    const struct stock_channel *own = stock_channel_find(r, c);
    for (uint16_t i = 0; i < r->n_channels; i++) {
        const struct stock_channel *ch = &r->channels[i];
        if (ch->deleted)
            continue;
        if (ch == own)
            asked = n;
        shares[n++] = (struct channel_share){ch->m_t, channel_cap(ch), ch->used_t};
    }
    if (!own) {
        asked = n;
        shares[n++] = (struct channel_share){0, AVAIL_INFINITE, 0};
    }
    return avail_channel(stock_total(r), shares, n, asked);
}

bool stock_is_plain(const struct stock_row *r)
{
    if (r->status != STATUS_ON_SALE || r->type == STOCK_LIMITED)
        return false;
    for (uint16_t i = 0; i < r->n_channels; i++)
        if (!r->channels[i].deleted &&
            (r->channels[i].status != STATUS_ON_SALE || r->channels[i].type == STOCK_LIMITED))
            return false;
    return true;
}
