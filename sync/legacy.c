#include "sync/legacy.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proto/crypto.h"
#include "proto/merge.h"
#include "proto/pack.h"

#define RECORD_BYTES 128

static const struct str PREFIX = {"legacy", 6};

/* ---- the record ---- */

static struct key key_of(struct object o)
{
    struct key k = key_text(PREFIX);
    key_add_u8(&k, 0);
    key_add_u8(&k, (uint8_t)o.type);
    key_add_u64(&k, (uint64_t)o.id);
    return k;
}

static void set_token(struct legacy_row *l, struct str token)
{
    size_t n = token.n <= LIMIT_TIME_TEXT ? token.n : 0;
    memset(l->token, 0, sizeof(l->token));
    if (n > 0)
        memcpy(l->token, token.p, n);
}

static void fields(struct pack *p, struct legacy_row *l)
{
    struct str token = str_of(l->token);
    pack_bool(p, &l->known);
    pack_str(p, &token, LIMIT_TIME_TEXT);
    pack_i64(p, &l->h_t);
    pack_u64(p, &l->agreed);
    pack_bool(p, &l->in_flight);
    pack_i64(p, &l->sent_h_t);
    pack_i64(p, &l->sent_real_t);
    if (!p->writing)
        set_token(l, token);
}

bool legacy_load(struct legacy_row *out, struct txn *txn, struct object object)
{
    struct key key = key_of(object);
    struct bytes value;
    struct pack p;
    *out = (struct legacy_row){.object = object};
    if (!txn_get(txn, TABLE_SYNC, key_bytes(&key), &value))
        return false;
    pack_reader(&p, value.p, value.n);
    fields(&p, out);
    if (!pack_done(&p))
        txn_set_bad(txn, TABLE_SYNC, key_bytes(&key));
    return pack_done(&p);
}

void legacy_save(const struct legacy_row *l, struct txn *txn)
{
    uint8_t buf[RECORD_BYTES];
    struct legacy_row copy = *l;
    struct key key = key_of(l->object);
    struct pack p;
    pack_writer(&p, buf, sizeof(buf));
    fields(&p, &copy);
    assert(pack_ok(&p));
    txn_put(txn, TABLE_SYNC, key_bytes(&key), (struct bytes){buf, p.at});
}

/* ---- what goes out ---- */

int64_t legacy_real_t(const struct stock_row *row)
{
    int64_t real_t = stock_real(row);
    return real_t > 0 ? real_t : 0;
}

static struct str encode(const struct stock_row *row, struct str token,
                         const struct store_identity *store, char buf[LEGACY_BODY])
{
    const struct store_identity nobody = {{"", 0}, {"", 0}};
    struct cloud_row r = {.row = *row, .updated_at = token};
    struct jw w;
    if (!store)
        store = &nobody;
    r.row.base_t += legacy_real_t(row) - stock_real(row);
    jw_init(&w, buf, LEGACY_BODY);
    cloud_row_encode(&w, &r, store->brand_id, store->poi_id);
    assert(jw_ok(&w));
    return jw_text(&w);
}

struct str legacy_body(const struct stock_row *row, const struct legacy_row *l,
                       const struct store_identity *store, char buf[LEGACY_BODY])
{
    return encode(row, str_of(l->token), store, buf);
}

uint64_t legacy_hash(const struct stock_row *row)
{
    char buf[LEGACY_BODY];
    uint8_t hash[SHA256_BYTES];
    struct str text = encode(row, (struct str){"", 0}, NULL, buf);
    uint64_t first = 0;
    sha256(text.p, text.n, hash);
    for (int i = 0; i < 8; i++)
        first = first << 8 | hash[i];
    return first;
}

void legacy_sent(struct legacy_row *l, const struct stock_row *mine)
{
    l->in_flight = true;
    l->sent_h_t = mine->h_t;
    l->sent_real_t = legacy_real_t(mine);
}

void legacy_taken(struct legacy_row *l, uint64_t hash, struct str token)
{
    set_token(l, token);
    l->known = true;
    l->in_flight = false;
    l->h_t = l->sent_h_t;
    l->agreed = hash;
}

/* ---- what comes in ---- */

/* Which of the hub's sales are in the number that the center has. */
static void learn(struct legacy_row *l, const struct stock_row *mine,
                  const struct cloud_row *theirs)
{
    if (l->in_flight && theirs->has_real && theirs->real_t == l->sent_real_t)
        l->h_t = l->sent_h_t;
    else if (!l->known)
        l->h_t = mine->h_t;
    l->known = true;
    l->in_flight = false;
    l->agreed = legacy_hash(&theirs->row);
    set_token(l, theirs->updated_at);
}

static struct stamp stamp_of(const struct cloud_row *theirs, struct stamp mine)
{
    struct hlc none = {0, 0};
    if (theirs->updated_at_ms == 0)
        return merge_stamp_after(mine, none, ORIGIN_CENTER);
    return (struct stamp){theirs->updated_at_ms, 0, ORIGIN_CENTER};
}

static bool take_status(struct stock_row *to, const struct cloud_row *theirs)
{
    if (to->status == theirs->row.status)
        return false;
    to->status = theirs->row.status;
    to->status_stamp = stamp_of(theirs, to->status_stamp);
    return true;
}

static bool take_plan(struct stock_row *to, const struct cloud_row *theirs)
{
    const struct stock_row *r = &theirs->row;
    bool plan = theirs->has_plan && to->plan_t != r->plan_t;
    if (to->type == r->type && !plan && to->auto_restore == r->auto_restore &&
        to->restore_at_ms == r->restore_at_ms)
        return false;
    to->type = r->type;
    if (theirs->has_plan)
        to->plan_t = r->plan_t;
    to->auto_restore = r->auto_restore;
    to->restore_at_ms = r->restore_at_ms;
    to->plan_stamp = stamp_of(theirs, to->plan_stamp);
    return true;
}

/* The center's number is a base that was cut at the sales it holds. */
static bool take_real(struct legacy_merge *out, const struct legacy_row *l,
                      const struct cloud_row *theirs)
{
    struct stock_row *to = &out->row.row;
    int64_t now_t = theirs->real_t + (to->h_t - l->h_t);
    if (!theirs->has_real || theirs->row.type != STOCK_LIMITED || stock_real(to) == now_t)
        return false;
    snprintf(out->base_id, sizeof(out->base_id), "L:%" PRId64 ".%" PRId64, theirs->updated_at_ms,
             theirs->real_t);
    to->base_t = theirs->real_t;
    to->base_h_t = l->h_t;
    to->base_c_t = to->c_t;
    to->base_hf = to->base_cf = true;
    to->base_stamp = stamp_of(theirs, to->base_stamp);
    return true;
}

/* Only channels that it lists; those that read otherwise here take its word. */
static bool take_channels(struct stock_row *to, const struct stock_row *mine,
                          const struct cloud_row *theirs)
{
    to->n_channels = 0;
    for (uint16_t i = 0; i < theirs->row.n_channels; i++) {
        const struct stock_channel *from = &theirs->row.channels[i];
        struct stock_row look = *mine;
        const struct stock_channel *was = stock_channel_coded(&look, from->code);
        bool plain = from->status == STATUS_ON_SALE && from->type == STOCK_UNLIMITED;
        if (was ? was->status == from->status && was->type == from->type && !was->deleted : plain)
            continue;
        struct stock_channel *ch = &to->channels[to->n_channels++];
        struct stamp seen = was ? was->stamp : (struct stamp){0};
        *ch = *from;
        ch->stamp = stamp_of(theirs, seen);
        ch->used_t = was ? was->used_t : 0;
        ch->weight = was ? was->weight : 0;
        ch->reserve_t = was ? was->reserve_t : 0;
    }
    return to->n_channels > 0;
}

bool legacy_hear(struct legacy_row *l, const struct stock_row *mine, const struct cloud_row *theirs,
                 struct position acked, struct legacy_merge *out)
{
    struct stock_row *to = &out->row.row;
    bool told = theirs->updated_at.n > 0;
    if (l->known && (told ? str_eq(theirs->updated_at, str_of(l->token))
                          : l->agreed == legacy_hash(&theirs->row)))
        return false;
    learn(l, mine, theirs);
    memset(out, 0, sizeof(*out));
    *to = *mine;
    snprintf(out->base_id, sizeof(out->base_id), "%.*s", (int)mine->base_id.n, mine->base_id.p);
    to->name = to->gen_id = (struct str){"", 0};
    if (position_cmp(acked, to->h_at) < 0)
        to->h_at = acked;
    bool news = take_status(to, theirs);
    news |= take_plan(to, theirs);
    news |= take_real(out, l, theirs);
    news |= take_channels(to, mine, theirs);
    to->base_id = str_of(out->base_id);
    out->row.has_x = true;
    out->row.over = mine->c_ver > 0 ? mine->c_ver : 1;
    return news;
}
