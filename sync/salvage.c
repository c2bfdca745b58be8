#include "sync/salvage.h"

#include <assert.h>
#include <string.h>

#include "proto/pack.h"
#include "proto/wire.h"
#include "sync/batch.h"

#define RECORD_BYTES 64

static const struct str PREFIX = {"salvage/", 8};

/* ---- records ---- */

static struct key key_of(uint32_t epoch)
{
    struct key key = key_text(PREFIX);
    key_add_u32(&key, epoch);
    return key;
}

static void fields(struct pack *p, struct salvage *s)
{
    pack_u32(p, &s->at.epoch);
    pack_u64(p, &s->at.seq);
    pack_bytes(p, s->hash, sizeof(s->hash));
    pack_u64(p, &s->last_seq);
}

static void save(struct txn *txn, const struct salvage *s)
{
    uint8_t buf[RECORD_BYTES];
    struct salvage copy = *s;
    struct key key = key_of(s->at.epoch);
    struct pack p;
    pack_writer(&p, buf, sizeof(buf));
    fields(&p, &copy);
    assert(pack_ok(&p));
    txn_put(txn, TABLE_SYNC, key_bytes(&key), (struct bytes){buf, p.at});
}

static bool unpack(struct txn *txn, struct bytes key, struct bytes value, struct salvage *out)
{
    struct pack p;
    pack_reader(&p, value.p, value.n);
    memset(out, 0, sizeof(*out));
    fields(&p, out);
    if (!pack_done(&p))
        txn_set_bad(txn, TABLE_SYNC, key);
    return pack_done(&p);
}

static bool load(struct txn *txn, uint32_t epoch, struct salvage *out)
{
    struct key key = key_of(epoch);
    struct bytes value;
    return txn_get(txn, TABLE_SYNC, key_bytes(&key), &value) &&
           unpack(txn, key_bytes(&key), value, out);
}

static void drop(struct txn *txn, uint32_t epoch)
{
    struct key key = key_of(epoch);
    txn_del(txn, TABLE_SYNC, key_bytes(&key));
}

bool salvage_next(struct txn *txn, uint32_t after, struct salvage *out)
{
    struct key from = key_of(after + 1);
    struct scan s = scan_begin(txn, TABLE_SYNC, key_bytes(&from), false);
    bool found = scan_next(&s) && s.key.n == from.n && memcmp(s.key.p, PREFIX.p, PREFIX.n) == 0 &&
                 unpack(txn, s.key, s.value, out);
    scan_end(&s);
    return found;
}

/* ---- what is left ---- */

/* The last event of the journal in that epoch, if there is one behind `seq`. */
static uint64_t last_of(struct txn *txn, uint32_t epoch, uint64_t seq)
{
    struct event e;
    struct journal_scan s = journal_scan_begin(txn, (struct position){epoch, UINT64_MAX}, true);
    uint64_t last = journal_scan_next(&s, &e) && e.at.epoch == epoch ? e.at.seq : seq;
    journal_scan_end(&s);
    return last > seq ? last : seq;
}

/* The next epoch of the journal; 0: none. */
static uint32_t epoch_after(struct txn *txn, uint32_t epoch)
{
    struct event e;
    struct journal_scan s = journal_scan_begin(txn, (struct position){epoch + 1, 0}, false);
    uint32_t next = journal_scan_next(&s, &e) ? e.at.epoch : 0;
    journal_scan_end(&s);
    return next;
}

static void note(struct txn *txn, const struct salvage *begin, bool open)
{
    struct salvage s;
    if (!load(txn, begin->at.epoch, &s))
        s = *begin;
    s.last_seq = open ? SALVAGE_OPEN : last_of(txn, s.at.epoch, s.at.seq);
    if (s.last_seq > s.at.seq)
        save(txn, &s);
    else
        drop(txn, s.at.epoch);
}

void salvage_begin(struct txn *txn, const struct store_identity *id,
                   const struct sync_position *known, uint32_t end, bool open)
{
    struct salvage s = {.at = known->acked};
    memcpy(s.hash, known->acked_hash, sizeof(s.hash));
    while (s.at.epoch != 0 && s.at.epoch < end && txn_error(txn) == PH_OK) {
        uint32_t next = epoch_after(txn, s.at.epoch);
        bool is_last = next == 0 || next >= end;
        note(txn, &s, open && is_last);
        s.at = (struct position){next, 0};
        journal_genesis(id, next, s.hash);
    }
}

static bool hash_at(struct txn *txn, const struct store_identity *id, struct position at,
                    uint8_t out[HASH_BYTES])
{
    struct event e;
    if (at.seq == 0) {
        journal_genesis(id, at.epoch, out);
        return true;
    }
    if (!journal_read(txn, at, &e))
        return false;
    memcpy(out, e.hash, HASH_BYTES);
    return true;
}

void salvage_acked(struct txn *txn, const struct store_identity *id, struct position acked)
{
    struct salvage s;
    if (!load(txn, acked.epoch, &s) || !hash_at(txn, id, acked, s.hash))
        return;
    s.at = acked;
    if (acked.seq < s.last_seq)
        save(txn, &s);
    else
        drop(txn, acked.epoch);
}

struct position salvage_kept(struct txn *txn, struct position acked)
{
    struct salvage s;
    return salvage_next(txn, 0, &s) && position_cmp(s.at, acked) < 0 ? s.at : acked;
}

/* ---- what is sent ---- */

static void heading(struct jw *w, const struct store_identity *id, struct str box_id,
                    const struct salvage *s)
{
    jw_open(w, '{');
    wire_put_store(w, id->brand_id, id->poi_id);
    jw_kstring(w, "box_id", box_id);
    jw_kint(w, "epoch", s->at.epoch);
    wire_put_u64(w, "first_seq", s->at.seq + 1);
    wire_put_hash(w, "prev", s->hash);
    jw_karray(w, "events");
}

/* Those that fit; the text is then as it was before the one that does not. */
static uint32_t add_events(struct txn *txn, const struct salvage *s, struct jw *w,
                           struct salvage_text *out, bool *fits)
{
    struct event e;
    uint32_t n = 0;
    const size_t began = w->n;
    struct journal_scan scan =
        journal_scan_begin(txn, (struct position){s->at.epoch, s->at.seq + 1}, false);
    while (n < LIMIT_BATCH_EVENTS && out->last_seq < s->last_seq && journal_scan_next(&scan, &e)) {
        struct jw before = *w;
        if (e.at.epoch != s->at.epoch || e.at.seq != out->last_seq + 1)
            break;
        batch_event(w, &e);
        *fits = jw_ok(w) && (n == 0 || w->n - began <= LIMIT_BATCH_BYTES);
        if (!*fits) {
            *w = before;
            break;
        }
        out->last_seq = e.at.seq;
        n++;
    }
    journal_scan_end(&scan);
    return n;
}

enum ph_err salvage_build(struct txn *txn, const struct store_identity *id, struct str box_id,
                          const struct salvage *s, char *buffer, size_t n, struct salvage_text *out)
{
    struct jw w;
    bool fits = true;
    *out = (struct salvage_text){.last_seq = s->at.seq};
    jw_init(&w, buffer, n - 8); /* the end always fits */
    heading(&w, id, box_id, s);
    uint32_t added = add_events(txn, s, &w, out, &fits);
    w.cap = n;
    jw_close(&w, ']');
    jw_close(&w, '}');
    out->text = jw_text(&w);
    if (added > 0)
        return PH_OK;
    if (txn_error(txn) != PH_OK)
        return txn_error(txn);
    return fits ? PH_ERR_NOT_FOUND : PH_ERR_LIMIT;
}
