#include "sync/salvage.h"

#include <assert.h>
#include <string.h>

#include "proto/cloud_event.h"
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

/* Positions alone, so that a damaged record is no end. */
static struct position position_at(struct txn *txn, struct position from, bool backward)
{
    struct position at = {0, 0};
    struct journal_scan s = journal_scan_begin(txn, from, backward);
    s.scan.skip_bad = true;
    if (scan_next(&s.scan))
        at = (struct position){key_get_u32(s.scan.key.p),
                               key_get_u64((const uint8_t *)s.scan.key.p + 4)};
    journal_scan_end(&s);
    return at;
}

/* The last event of the journal in that epoch, if there is one behind `seq`. */
static uint64_t last_of(struct txn *txn, uint32_t epoch, uint64_t seq)
{
    struct position last = position_at(txn, (struct position){epoch, UINT64_MAX}, true);
    return last.epoch == epoch && last.seq > seq ? last.seq : seq;
}

/* The next epoch of the journal; 0: none. */
static uint32_t epoch_after(struct txn *txn, uint32_t epoch)
{
    return position_at(txn, (struct position){epoch + 1, 0}, false).epoch;
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

/* Zeroes: the header is damaged. False: there is no such event. */
static bool hash_at(struct txn *txn, const struct store_identity *id, const struct salvage *s,
                    uint64_t seq, uint8_t out[HASH_BYTES])
{
    struct event e, next;
    const uint32_t epoch = s->at.epoch;
    memset(out, 0, HASH_BYTES);
    if (seq == 0)
        journal_genesis(id, epoch, out);
    else if (journal_peek(txn, (struct position){epoch, seq}, &e))
        memcpy(out, e.hash, HASH_BYTES);
    else
        return seq == s->last_seq || journal_peek(txn, (struct position){epoch, seq + 1}, &next);
    return true;
}

void salvage_acked(struct txn *txn, const struct store_identity *id, struct position acked)
{
    struct salvage s;
    uint8_t hash[HASH_BYTES];
    if (!load(txn, acked.epoch, &s) || !hash_at(txn, id, &s, acked.seq, hash))
        return;
    memcpy(s.hash, hash, HASH_BYTES);
    s.at = acked;
    if (acked.seq < s.last_seq)
        save(txn, &s);
    else
        drop(txn, acked.epoch);
}

uint64_t salvage_end(const struct salvage *s, struct position head)
{
    if (s->last_seq != SALVAGE_OPEN)
        return s->last_seq;
    return head.epoch == s->at.epoch && head.seq > s->at.seq ? head.seq : s->at.seq;
}

uint64_t salvage_left(struct txn *txn, struct position head)
{
    struct salvage s = {.at = {0, 0}};
    uint64_t left = 0;
    while (salvage_next(txn, s.at.epoch, &s))
        left += salvage_end(&s, head) - s.at.seq;
    return left;
}

struct position salvage_kept(struct txn *txn, struct position acked)
{
    struct salvage s;
    return salvage_next(txn, 0, &s) && position_cmp(s.at, acked) < 0 ? s.at : acked;
}

/* ---- what is sent ---- */

struct building {
    const struct salvage_ask *ask;
    const struct salvage *from;
    struct txn *txn;
    struct jw w, raw; /* raw: room for one event's text */
    size_t began;
    uint8_t prev[HASH_BYTES];
};

static void heading(struct building *b)
{
    const struct salvage_ask *ask = b->ask;
    struct jw *w = &b->w;
    jw_open(w, '{');
    wire_put_store(w, ask->store->brand_id, ask->store->poi_id);
    jw_kstring(w, "box_id", ask->box_id);
    jw_kint(w, "epoch", b->from->at.epoch);
    wire_put_u64(w, "first_seq", b->from->at.seq + 1);
    wire_put_hash(w, "prev", b->from->hash);
    jw_karray(w, "events");
}

static bool is_lost(const uint8_t hash[HASH_BYTES])
{
    static const uint8_t ZEROES[HASH_BYTES];
    return memcmp(hash, ZEROES, HASH_BYTES) == 0;
}

static bool lacks_body(const struct event *e)
{
    return e->body.n == 0 && cloud_event_is_whole(e->kind);
}

/* With all that can be read of it. */
static void give_up(struct building *b, uint64_t seq, const struct event *e)
{
    struct cloud_event c = {.seq = seq};
    jw_init(&b->raw, b->raw.p, b->raw.cap);
    if (e) {
        memcpy(c.hash, e->hash, HASH_BYTES);
        batch_event(&b->raw, e);
    } else {
        jw_string(&b->raw, STR("damaged"));
    }
    c.raw = jw_text(&b->raw);
    cloud_event_encode_gave_up(&b->w, &c);
    b->w.full = b->w.full || !jw_ok(&b->raw);
}

static void put_event(struct building *b, uint64_t seq)
{
    struct event e;
    bool whole = journal_peek(b->txn, (struct position){b->from->at.epoch, seq}, &e);
    if (!whole || seq == b->ask->raw_seq || lacks_body(&e) || is_lost(b->prev))
        give_up(b, seq, whole ? &e : NULL);
    else
        batch_event(&b->w, &e);
    memset(b->prev, 0, HASH_BYTES);
    if (whole)
        memcpy(b->prev, e.hash, HASH_BYTES);
}

/* Those that fit; the text is then as it was before the one that does not. */
static uint32_t put_events(struct building *b, struct salvage_text *out)
{
    const uint64_t end = salvage_end(b->from, b->ask->head);
    uint32_t n = 0;
    for (; n < b->ask->most && out->last_seq < end; n++) {
        struct jw before = b->w;
        put_event(b, out->last_seq + 1);
        if (!jw_ok(&b->w) || (n > 0 && b->w.n - b->began > LIMIT_BATCH_BYTES)) {
            b->w = before;
            break;
        }
        out->last_seq++;
    }
    return n;
}

enum ph_err salvage_build(struct txn *txn, const struct salvage_ask *ask, const struct salvage *s,
                          char *buffer, size_t n, struct salvage_text *out)
{
    struct building b = {.ask = ask, .from = s, .txn = txn};
    *out = (struct salvage_text){.last_seq = s->at.seq};
    memcpy(b.prev, s->hash, HASH_BYTES);
    jw_init(&b.w, buffer, n / 2);
    jw_init(&b.raw, buffer + n / 2, n - n / 2);
    heading(&b);
    b.began = b.w.n;
    if (salvage_end(s, ask->head) == s->at.seq)
        return PH_ERR_NOT_FOUND;
    if (put_events(&b, out) == 0)
        return PH_ERR_LIMIT;
    b.w.cap = n;
    jw_close(&b.w, ']');
    jw_close(&b.w, '}');
    out->text = jw_text(&b.w);
    return txn_error(txn);
}
