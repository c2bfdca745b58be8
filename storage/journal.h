/* The journal: event log, outbox and stock history in one hash-chained, append-only table
 * (sync-protocol section 3), and the head record that moves with it.
 *
 * The head (position, chain tail, clocks, rising numbers) is one row of TABLE_META. A write
 * transaction loads it once (journal_load), the events and the numbers drawn change it in memory,
 * and journal_save puts it back before the commit: one put per commit, not per event.
 */
#ifndef STORAGE_JOURNAL_H
#define STORAGE_JOURNAL_H

#include "proto/chain.h"
#include "storage/store.h"

struct journal_head {
    struct position at;       /* last event; seq 0 before the first of an epoch */
    uint8_t tail[HASH_BYTES]; /* its hash, or the epoch's genesis */
    struct hlc hlc;
    uint64_t center_version;         /* cv: center version applied */
    int64_t uptime_ms;               /* U: the persisted uptime clock (sync-protocol 2.5) */
    int64_t wall_at_ms;              /* disciplined wall clock when U was persisted */
    uint64_t next_order, next_reply; /* rising numbers, drawn inside the transaction */
    uint32_t boot;                   /* counts starts */
    uint32_t day;                    /* business day yyyymmdd; 0 before the first */
    uint16_t pickup_last[8];         /* by enum channel: last number drawn today */
    bool clock_suspect;              /* events are flagged clk:"suspect" */
    bool fenced; /* a verified position above ours was seen, or another box took over */
    struct position oldest_body; /* first event whose body may still be there */
    int64_t wall_lead_ms;        /* of wall_at_ms (storage/uptime.h); 0 in older heads */
    /* The highest that a device has witnessed above the store, 0: none. While it is not below the
     * epoch of `at` the disk is an old one. */
    uint32_t seen_epoch;
};

struct journal {
    struct txn *txn;
    struct journal_head head;
    uint8_t secret[32]; /* the store secret: tags positions; random at creation, in TABLE_META */
};

/* Identity of the store, for the genesis hash of an epoch. */
struct store_identity {
    struct str brand_id, poi_id;
};
void journal_genesis(const struct store_identity *id, uint32_t epoch, uint8_t out[HASH_BYTES]);

/* True if the store has a head. */
bool journal_load(struct journal *j, struct txn *txn);
/* A new store: epoch 1, seq 0. */
void journal_create(struct journal *j, struct txn *txn, const struct store_identity *id,
                    const uint8_t secret[32]);
void journal_save(struct journal *j);
/* Epoch + 1, seq 0, its genesis as tail. The caller appends EPOCH_OPEN. */
void journal_open_epoch(struct journal *j, const struct store_identity *id);

/* Ticks the HLC with wall_ms, takes the next seq, hashes and writes header and body. `body` is
 * canonical JSON (the caller's direct writer made it so). Returns the position taken. */
struct position journal_append(struct journal *j, enum event_kind kind, int64_t wall_ms,
                               struct str body);

struct event {
    struct position at;
    struct hlc hlc;
    uint64_t cv;
    enum event_kind kind;
    bool suspect;
    uint8_t bh[HASH_BYTES], hash[HASH_BYTES];
    struct str body; /* empty when it was dropped; valid as the transaction's reads are */
};
/* The hash of its header over `prev`, which is the hash of the event before or the genesis. */
void event_hash(const struct event *e, const uint8_t prev[HASH_BYTES], uint8_t out[HASH_BYTES]);
bool journal_read(struct txn *txn, struct position at, struct event *out);
/* As journal_read, for one that can go on without it: nothing sticks. False: its header is damaged
 * or not there; a damaged body reads as one that was dropped. */
bool journal_peek(struct txn *txn, struct position at, struct event *out);
/* Walk from a position on, or backward from it ({0,0} backward: from the end). */
struct journal_scan {
    struct scan scan;
};
struct journal_scan journal_scan_begin(struct txn *txn, struct position from, bool backward);
bool journal_scan_next(struct journal_scan *s, struct event *out);
void journal_scan_end(struct journal_scan *s);

struct journal_verdict {
    uint64_t events, bodies; /* checked */
    bool ok;
    struct position bad_at; /* first event that does not verify */
    char why[160];
};
/* Walks at most `most` events from *from on (sequence without gaps, chain, body hashes), moves
 * *from past what it did and carries the chain in `tail` (HASH_BYTES, zeroed by the caller before
 * the first slice). Returns true while there is more. Adds to *v; stops at the first bad event. */
bool journal_verify_slice(struct txn *txn, const struct store_identity *id, struct position *from,
                          uint8_t tail[HASH_BYTES], uint64_t most, struct journal_verdict *v);

/* Drops bodies, then headers, of events whose hlc is older than the two instants, at most `most`
 * each; events after `upto` (the acknowledged position) are never touched. Verification then starts
 * at the oldest header. Returns how many rows went. */
uint64_t journal_trim(struct journal *j, struct position upto, int64_t body_before_ms,
                      int64_t header_before_ms, uint64_t most);

/* The tag of a position: first 4 bytes of HMAC-SHA-256(secret, "epoch|seq") (lan-protocol 2). */
void journal_tag(const uint8_t secret[32], struct position at, uint8_t tag[4]);

#endif
