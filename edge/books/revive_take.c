#include <string.h>

#include "edge/books/revive.h"
#include "edge/books/revive_parts.h"

/* ---- is it the same store? ---- */

static bool can_read(const struct revival *r, enum table t)
{
    return (r->ask->was->deadly & 1u << t) == 0;
}

static bool has_event(struct txn *old, struct position at, const uint8_t hash[HASH_BYTES])
{
    struct event e;
    return journal_peek(old, at, &e) && memcmp(e.hash, hash, HASH_BYTES) == 0;
}

/* A backup of before the first event of an epoch. */
static bool begins_alike(struct txn *old, struct position at, const struct store_identity *id,
                         const uint8_t tail[HASH_BYTES])
{
    uint8_t genesis[HASH_BYTES], hash[HASH_BYTES];
    struct event first;
    journal_genesis(id, at.epoch, genesis);
    if (memcmp(genesis, tail, HASH_BYTES) != 0)
        return false;
    if (!journal_peek(old, (struct position){at.epoch, 1}, &first))
        return txn_entries(old, TABLE_JOURNAL) == 0;
    event_hash(&first, genesis, hash);
    return memcmp(hash, first.hash, HASH_BYTES) == 0;
}

bool revive_related(struct revival *r)
{
    struct journal mine;
    struct txn *old;
    const struct check_report *was = r->ask->was;
    if (!journal_load(&mine, r->txn))
        return false;
    r->at = mine.head.at;
    memcpy(r->tail, mine.head.tail, sizeof(r->tail));
    if (r->ask->old == NULL || !was->has_head ||
        memcmp(mine.secret, was->secret, sizeof(mine.secret)) != 0 || !can_read(r, TABLE_JOURNAL) ||
        txn_begin_read(r->ask->old, &old) != PH_OK)
        return false;
    bool same = r->at.seq > 0 ? has_event(old, r->at, r->tail)
                              : begins_alike(old, r->at, &r->ask->config->identity, r->tail);
    txn_abort(old);
    return same;
}

/* ---- tables ---- */

static bool has_same(struct txn *txn, enum table t, struct bytes key, struct bytes value)
{
    struct bytes mine;
    return txn_get(txn, t, key, &mine) && mine.n == value.n &&
           memcmp(mine.p, value.p, value.n) == 0;
}

/* False: not all of it could be read. */
static bool overlay(struct revival *r, struct txn *old, enum table t)
{
    struct scan s = scan_begin(old, t, (struct bytes){0}, false);
    s.skip_bad = true;
    while (scan_next(&s)) {
        if (has_same(r->txn, t, s.key, s.value))
            continue;
        txn_put(r->txn, t, s.key, s.value);
        r->told->records++;
    }
    bool whole = s.bad == 0 && txn_error(old) == PH_OK;
    scan_end(&s);
    return whole;
}

static void prune(struct revival *r, struct txn *old, enum table t)
{
    struct bytes value;
    struct scan s = scan_begin(r->txn, t, (struct bytes){0}, false);
    while (scan_next(&s))
        if (!txn_get(old, t, s.key, &value))
            scan_del(&s);
    scan_end(&s);
}

static void take_table(struct revival *r, enum table t)
{
    struct txn *old = NULL;
    bool whole = can_read(r, t) && txn_begin_read(r->ask->old, &old) == PH_OK;
    if (whole)
        whole = overlay(r, old, t);
    if (whole)
        prune(r, old, t);
    txn_abort(old);
    r->whole = r->whole && whole;
}

/* ---- the journal ---- */

static bool follows(const struct revival *r, const struct event *e, const uint8_t *prev)
{
    uint8_t hash[HASH_BYTES];
    bool next = e->at.epoch == r->at.epoch && e->at.seq == r->at.seq + 1;
    if (!next && (e->at.epoch <= r->at.epoch || e->at.seq != 1))
        return false;
    event_hash(e, prev, hash);
    return memcmp(hash, e->hash, sizeof(hash)) == 0;
}

/* False: a gap. */
static bool take_event(struct revival *r, const struct event *e, struct bytes key,
                       struct bytes header)
{
    uint8_t prev[HASH_BYTES];
    if (e->at.epoch == r->at.epoch)
        memcpy(prev, r->tail, sizeof(prev));
    else
        journal_genesis(&r->ask->config->identity, e->at.epoch, prev);
    if (!follows(r, e, prev))
        return false;
    txn_put(r->txn, TABLE_JOURNAL, key, header);
    if (e->body.n > 0)
        txn_put(r->txn, TABLE_BODY, key, (struct bytes){e->body.p, e->body.n});
    r->at = e->at;
    memcpy(r->tail, e->hash, sizeof(r->tail));
    r->told->events++;
    return true;
}

static void take_journal(struct revival *r)
{
    struct txn *old = NULL;
    struct event e;
    bool good = can_read(r, TABLE_BODY) && txn_begin_read(r->ask->old, &old) == PH_OK;
    if (!good) {
        r->whole = false;
        return;
    }
    struct journal_scan s =
        journal_scan_begin(old, (struct position){r->at.epoch, r->at.seq + 1}, false);
    while (good && journal_scan_next(&s, &e))
        good = take_event(r, &e, s.scan.key, s.scan.value);
    r->whole = r->whole && good && txn_error(old) == PH_OK;
    journal_scan_end(&s);
    txn_abort(old);
}

/* Its clocks and rising numbers. The position is that of what could be read. */
static void take_head(struct revival *r)
{
    struct journal j;
    struct txn *old;
    if (txn_begin_read(r->ask->old, &old) != PH_OK) {
        r->whole = false;
        return;
    }
    if (journal_load(&j, old)) {
        r->whole = r->whole && position_cmp(j.head.at, r->at) == 0;
        j.txn = r->txn;
        j.head.at = r->at;
        memcpy(j.head.tail, r->tail, sizeof(j.head.tail));
        journal_save(&j);
    }
    txn_abort(old);
}

void revive_take(struct revival *r)
{
    for (enum table t = 0; t < TABLE_COUNT; t++)
        if (t != TABLE_META && t != TABLE_JOURNAL && t != TABLE_BODY)
            take_table(r, t);
    take_journal(r);
    take_head(r);
}
