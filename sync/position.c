#include "sync/position.h"

#include <assert.h>
#include <string.h>

#include "proto/pack.h"

#define POSITION_BYTES 192

static const struct str KEY_POSITION = {"position", 8};

static void fields(struct pack *p, struct sync_position *s)
{
    struct str box_id = str_of(s->box_id);
    pack_u32(p, &s->acked.epoch);
    pack_u64(p, &s->acked.seq);
    pack_bytes(p, s->acked_hash, sizeof(s->acked_hash));
    pack_i64(p, &s->acked_at_ms);
    pack_u32(p, &s->center_epoch);
    pack_bool(p, &s->full_pull);
    pack_u64(p, &s->full_pull_ver);
    pack_u32(p, &s->full_pull_acked.epoch);
    pack_u64(p, &s->full_pull_acked.seq);
    pack_str(p, &box_id, LIMIT_BOX_ID);
    if (!p->writing && box_id.n > 0)
        memcpy(s->box_id, box_id.p, box_id.n);
}

bool sync_position_load(struct sync_position *out, struct txn *txn)
{
    struct key key = key_text(KEY_POSITION);
    struct bytes value;
    struct pack p;
    memset(out, 0, sizeof(*out));
    if (!txn_get(txn, TABLE_SYNC, key_bytes(&key), &value))
        return false;
    pack_reader(&p, value.p, value.n);
    fields(&p, out);
    if (!pack_done(&p))
        txn_set_bad(txn, TABLE_SYNC, key_bytes(&key));
    return pack_done(&p);
}

void sync_position_save(const struct sync_position *p, struct txn *txn)
{
    uint8_t buf[POSITION_BYTES];
    struct sync_position copy = *p;
    struct key key = key_text(KEY_POSITION);
    struct pack pack;
    pack_writer(&pack, buf, sizeof(buf));
    fields(&pack, &copy);
    assert(pack_ok(&pack));
    txn_put(txn, TABLE_SYNC, key_bytes(&key), (struct bytes){buf, pack.at});
}

void sync_position_open(struct sync_position *p, const struct store_identity *id, uint32_t epoch,
                        struct str box_id)
{
    assert(box_id.n <= LIMIT_BOX_ID);
    p->acked = (struct position){epoch, 0};
    p->acked_at_ms = 0;
    journal_genesis(id, epoch, p->acked_hash);
    memset(p->box_id, 0, sizeof(p->box_id));
    memcpy(p->box_id, box_id.p, box_id.n);
}

static enum sync_acked move(struct sync_position *p, struct txn *txn, const struct sync_ack *ack)
{
    struct event e;
    if (!journal_read(txn, (struct position){p->acked.epoch, ack->seq}, &e))
        return SYNC_FORK;
    if (ack->has_tail && memcmp(ack->tail, e.hash, HASH_BYTES) != 0)
        return SYNC_FORK;
    p->acked = e.at;
    memcpy(p->acked_hash, e.hash, sizeof(p->acked_hash));
    p->acked_at_ms = ack->wall_ms;
    return SYNC_MOVED;
}

enum sync_acked sync_position_ack(struct sync_position *p, struct journal *j,
                                  const struct sync_ack *ack)
{
    enum sync_acked acked = ack->seq > p->acked.seq ? move(p, j->txn, ack) : SYNC_STANDS;
    if (acked != SYNC_FORK && j->head.center_version == ack->ver_before &&
        ack->ver > ack->ver_before) {
        j->head.center_version = ack->ver;
        acked = SYNC_MOVED;
    }
    return acked;
}

void sync_position_page(struct sync_position *p, const struct sync_page *page)
{
    p->full_pull = !page->done;
    p->full_pull_ver = page->ver;
    p->full_pull_acked = page->acked;
}

/* The hash to go on from; false where the journal has forgotten it. */
static bool hash_at(struct txn *txn, const struct store_identity *id, struct position at,
                    uint8_t out[HASH_BYTES])
{
    struct event e;
    if (at.seq == 0)
        journal_genesis(id, at.epoch, out);
    else if (journal_read(txn, at, &e))
        memcpy(out, e.hash, HASH_BYTES);
    else
        return false;
    return true;
}

bool sync_position_failover(struct sync_position *p, struct txn *txn,
                            const struct store_identity *id, uint32_t center_epoch,
                            uint64_t acked_seq)
{
    uint8_t hash[HASH_BYTES];
    struct position at = {p->acked.epoch, acked_seq};
    if (center_epoch <= p->center_epoch)
        return false;
    if (acked_seq < p->acked.seq) {
        if (!hash_at(txn, id, at, hash))
            return false;
        memcpy(p->acked_hash, hash, sizeof(hash));
        p->acked = at;
    }
    /* A center that was never heard before has told us no version of another epoch. */
    if (p->center_epoch != 0)
        sync_position_page(p, &(struct sync_page){.acked = p->acked});
    p->center_epoch = center_epoch;
    return true;
}
