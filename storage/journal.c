/* A header row is bh, hash, hlc, cv, kind and flags, packed; its position is its key. The chain's
 * `prev` is not stored: it is the hash of the row before.
 */
#include "storage/journal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "proto/crypto.h"
#include "proto/pack.h"
#include "storage/peek.h"

#define HEAD_BYTES   256
#define HEADER_BYTES 128
#define POSITION_KEY 12

enum { EVENT_SUSPECT = 1 };

static const struct str KEY_HEAD = {"head", 4}, KEY_SECRET = {"secret", 6};

static void position_fields(struct pack *p, struct position *at)
{
    pack_u32(p, &at->epoch);
    pack_u64(p, &at->seq);
}

static void head_fields(struct pack *p, struct journal_head *h)
{
    position_fields(p, &h->at);
    pack_bytes(p, h->tail, sizeof(h->tail));
    pack_i64(p, &h->hlc.l_ms);
    pack_u32(p, &h->hlc.c);
    pack_u64(p, &h->center_version);
    pack_i64(p, &h->uptime_ms);
    pack_i64(p, &h->wall_at_ms);
    pack_u64(p, &h->next_order);
    pack_u64(p, &h->next_reply);
    pack_u32(p, &h->boot);
    pack_u32(p, &h->day);
    for (size_t i = 0; i < sizeof(h->pickup_last) / sizeof(h->pickup_last[0]); i++)
        pack_u16(p, &h->pickup_last[i]);
    pack_bool(p, &h->clock_suspect);
    pack_bool(p, &h->fenced);
    position_fields(p, &h->oldest_body);
    if (p->writing || p->at < p->end)
        pack_i64(p, &h->wall_lead_ms);
    if (p->writing || p->at < p->end)
        pack_u32(p, &h->seen_epoch);
}

static void header_fields(struct pack *p, struct event *e)
{
    uint8_t flags = e->suspect ? EVENT_SUSPECT : 0;
    pack_bytes(p, e->bh, sizeof(e->bh));
    pack_bytes(p, e->hash, sizeof(e->hash));
    pack_i64(p, &e->hlc.l_ms);
    pack_u32(p, &e->hlc.c);
    pack_u64(p, &e->cv);
    pack_enum(p, &e->kind);
    pack_u8(p, &flags);
    e->suspect = (flags & EVENT_SUSPECT) != 0;
}

static struct key position_key(struct position at)
{
    struct key key = {.n = 0};
    key_add_u32(&key, at.epoch);
    key_add_u64(&key, at.seq);
    return key;
}

/* ---- head ---- */

static bool secret_load(struct journal *j)
{
    struct key key = key_text(KEY_SECRET);
    struct bytes value;
    if (!txn_get(j->txn, TABLE_META, key_bytes(&key), &value) || value.n != sizeof(j->secret)) {
        txn_set_bad(j->txn, TABLE_META, key_bytes(&key));
        return false;
    }
    memcpy(j->secret, value.p, sizeof(j->secret));
    return true;
}

bool journal_load(struct journal *j, struct txn *txn)
{
    struct key key = key_text(KEY_HEAD);
    struct bytes value;
    struct pack p;
    memset(j, 0, sizeof(*j));
    j->txn = txn;
    if (!txn_get(txn, TABLE_META, key_bytes(&key), &value))
        return false;
    pack_reader(&p, value.p, value.n);
    head_fields(&p, &j->head);
    if (!pack_done(&p)) {
        txn_set_bad(txn, TABLE_META, key_bytes(&key));
        return false;
    }
    return secret_load(j);
}

void journal_save(struct journal *j)
{
    uint8_t buf[HEAD_BYTES];
    struct key key = key_text(KEY_HEAD);
    struct pack p;
    pack_writer(&p, buf, sizeof(buf));
    head_fields(&p, &j->head);
    assert(pack_ok(&p));
    txn_put(j->txn, TABLE_META, key_bytes(&key), (struct bytes){buf, p.at});
}

void journal_create(struct journal *j, struct txn *txn, const struct store_identity *id,
                    const uint8_t secret[32])
{
    struct key key = key_text(KEY_SECRET);
    memset(j, 0, sizeof(*j));
    j->txn = txn;
    memcpy(j->secret, secret, sizeof(j->secret));
    txn_put(txn, TABLE_META, key_bytes(&key), (struct bytes){secret, sizeof(j->secret)});
    j->head.next_order = 1;
    j->head.next_reply = 1;
    j->head.oldest_body = (struct position){1, 1};
    journal_open_epoch(j, id);
    journal_save(j);
}

void journal_genesis(const struct store_identity *id, uint32_t epoch, uint8_t out[HASH_BYTES])
{
    chain_genesis(id->brand_id, id->poi_id, epoch, out);
}

void journal_open_epoch(struct journal *j, const struct store_identity *id)
{
    j->head.at = (struct position){j->head.at.epoch + 1, 0};
    journal_genesis(id, j->head.at.epoch, j->head.tail);
}

/* ---- events ---- */

static void header_put(struct journal *j, struct event *e)
{
    uint8_t buf[HEADER_BYTES];
    struct key key = position_key(e->at);
    struct pack p;
    pack_writer(&p, buf, sizeof(buf));
    header_fields(&p, e);
    assert(pack_ok(&p));
    txn_append(j->txn, TABLE_JOURNAL, key_bytes(&key), (struct bytes){buf, p.at});
    txn_append(j->txn, TABLE_BODY, key_bytes(&key), (struct bytes){e->body.p, e->body.n});
}

void event_hash(const struct event *e, const uint8_t prev[HASH_BYTES], uint8_t out[HASH_BYTES])
{
    struct chain_link link = {e->at.seq, e->cv, e->hlc, str_of(event_kind_name(e->kind)),
                              e->bh,     prev};
    chain_hash(&link, out);
}

struct position journal_append(struct journal *j, enum event_kind kind, int64_t wall_ms,
                               struct str body)
{
    struct journal_head *h = &j->head;
    assert(body.n > 0);
    h->hlc = hlc_tick(h->hlc, wall_ms);
    h->at.seq++;
    struct event e = {.at = h->at,
                      .hlc = h->hlc,
                      .cv = h->center_version,
                      .kind = kind,
                      .suspect = h->clock_suspect,
                      .body = body};
    sha256(body.p, body.n, e.bh);
    event_hash(&e, h->tail, e.hash);
    memcpy(h->tail, e.hash, sizeof(h->tail));
    header_put(j, &e);
    return h->at;
}

static bool header_decode(struct bytes key, struct bytes value, struct event *out)
{
    struct pack p;
    memset(out, 0, sizeof(*out));
    if (key.n != POSITION_KEY)
        return false;
    out->at.epoch = key_get_u32(key.p);
    out->at.seq = key_get_u64((const uint8_t *)key.p + 4);
    pack_reader(&p, value.p, value.n);
    header_fields(&p, out);
    return pack_done(&p) && (unsigned)out->kind < EVENT_KIND_COUNT;
}

static bool event_of(struct txn *txn, struct bytes key, struct bytes header, struct event *out)
{
    struct bytes body;
    if (!header_decode(key, header, out)) {
        txn_set_bad(txn, TABLE_JOURNAL, key);
        return false;
    }
    if (txn_get(txn, TABLE_BODY, key, &body))
        out->body = (struct str){body.p, body.n};
    return txn_error(txn) == PH_OK;
}

bool journal_read(struct txn *txn, struct position at, struct event *out)
{
    struct key key = position_key(at);
    struct bytes value;
    memset(out, 0, sizeof(*out));
    return txn_get(txn, TABLE_JOURNAL, key_bytes(&key), &value) &&
           event_of(txn, key_bytes(&key), value, out);
}

bool journal_peek(struct txn *txn, struct position at, struct event *out)
{
    struct key key = position_key(at);
    struct bytes header, body;
    memset(out, 0, sizeof(*out));
    if (!txn_peek(txn, TABLE_JOURNAL, key_bytes(&key), &header) ||
        !header_decode(key_bytes(&key), header, out))
        return false;
    if (txn_peek(txn, TABLE_BODY, key_bytes(&key), &body))
        out->body = (struct str){body.p, body.n};
    return true;
}

struct journal_scan journal_scan_begin(struct txn *txn, struct position from, bool backward)
{
    struct key key = position_key(from);
    if (from.epoch == 0 && from.seq == 0)
        key.n = 0;
    return (struct journal_scan){scan_begin(txn, TABLE_JOURNAL, key_bytes(&key), backward)};
}

bool journal_scan_next(struct journal_scan *s, struct event *out)
{
    return scan_next(&s->scan) && event_of(s->scan.txn, s->scan.key, s->scan.value, out);
}

void journal_scan_end(struct journal_scan *s)
{
    scan_end(&s->scan);
}

/* ---- trimming ---- */

static bool may_trim(const struct event *e, struct position upto, int64_t before_ms)
{
    return position_cmp(e->at, upto) <= 0 && e->hlc.l_ms < before_ms;
}

/* Damaged headers are stepped over and stay, with their bodies, for whoever looks into it. */
static struct scan trim_begin(struct journal *j, struct position from)
{
    struct key key = position_key(from);
    struct scan s = scan_begin(j->txn, TABLE_JOURNAL, key_bytes(&key), false);
    s.skip_bad = true;
    return s;
}

static uint64_t trim_bodies(struct journal *j, struct position upto, int64_t before_ms,
                            uint64_t most)
{
    struct event e;
    uint64_t n = 0;
    struct scan s = trim_begin(j, j->head.oldest_body);
    while (n < most && scan_next(&s)) {
        if (!header_decode(s.key, s.value, &e))
            continue;
        if (!may_trim(&e, upto, before_ms))
            break;
        txn_del(j->txn, TABLE_BODY, s.key);
        j->head.oldest_body = (struct position){e.at.epoch, e.at.seq + 1};
        n++;
    }
    scan_end(&s);
    return n;
}

/* A header outlives its body, and the last one stays: the chain goes on from it. */
static uint64_t trim_headers(struct journal *j, struct position upto, int64_t before_ms,
                             uint64_t most)
{
    struct event e;
    uint64_t n = 0;
    struct scan s = trim_begin(j, (struct position){0, 0});
    while (n < most && scan_next(&s)) {
        if (!header_decode(s.key, s.value, &e))
            continue;
        if (!may_trim(&e, upto, before_ms) || position_cmp(e.at, j->head.oldest_body) >= 0 ||
            position_cmp(e.at, j->head.at) >= 0)
            break;
        scan_del(&s);
        n++;
    }
    scan_end(&s);
    return n;
}

uint64_t journal_trim(struct journal *j, struct position upto, int64_t body_before_ms,
                      int64_t header_before_ms, uint64_t most)
{
    uint64_t bodies = trim_bodies(j, upto, body_before_ms, most);
    return bodies + trim_headers(j, upto, header_before_ms, most);
}

void journal_tag(const uint8_t secret[32], struct position at, uint8_t tag[4])
{
    char text[48];
    uint8_t mac[SHA256_BYTES];
    int n = snprintf(text, sizeof(text), "%u|%llu", at.epoch, (unsigned long long)at.seq);
    hmac_sha256(secret, 32, text, (size_t)n, mac);
    memcpy(tag, mac, 4);
}
