#include <stdio.h>
#include <string.h>

#include "proto/crypto.h"
#include "storage/journal.h"

struct walk {
    const struct store_identity *id;
    struct position next; /* where the last one left off */
    struct position oldest_body;
    uint8_t tail[HASH_BYTES]; /* hash before `next`; all zero: not known */
    struct journal_verdict *v;
};

static bool hash_is_zero(const uint8_t hash[HASH_BYTES])
{
    static const uint8_t ZERO[HASH_BYTES];
    return memcmp(hash, ZERO, HASH_BYTES) == 0;
}

static bool verdict_bad(struct journal_verdict *v, struct position at, const char *why)
{
    v->ok = false;
    v->bad_at = at;
    snprintf(v->why, sizeof(v->why), "event %u/%llu: %s", at.epoch, (unsigned long long)at.seq,
             why);
    return false;
}

/* Leaves the hash before `at` in w->tail; all zero if it was trimmed. */
static bool walk_find_prev(struct walk *w, struct txn *txn, struct position at)
{
    struct event before;
    if (at.seq == 1) {
        journal_genesis(w->id, at.epoch, w->tail);
        return true;
    }
    if (hash_is_zero(w->tail) &&
        journal_read(txn, (struct position){at.epoch, at.seq - 1}, &before))
        memcpy(w->tail, before.hash, HASH_BYTES);
    return txn_error(txn) == PH_OK;
}

/* Gapless. At the start of a walk only the oldest body's header is known to be there: no header is
 * trimmed before its body. */
static bool walk_order_ok(const struct walk *w, struct position at)
{
    struct position due = w->next;
    if (hash_is_zero(w->tail)) {
        if (position_cmp(due, w->oldest_body) < 0)
            due = w->oldest_body;
        if (position_cmp(at, due) < 0)
            return true;
    }
    return position_cmp(at, due) == 0 || (at.epoch > due.epoch && at.seq == 1);
}

static bool check_body(struct walk *w, const struct event *e)
{
    uint8_t bh[SHA256_BYTES];
    if (e->body.n == 0) {
        if (position_cmp(e->at, w->oldest_body) >= 0)
            return verdict_bad(w->v, e->at, "the body is missing");
        return true;
    }
    sha256(e->body.p, e->body.n, bh);
    if (memcmp(bh, e->bh, sizeof(bh)) != 0)
        return verdict_bad(w->v, e->at, "the body does not match its hash");
    w->v->bodies++;
    return true;
}

static bool check_event(struct walk *w, struct txn *txn, const struct event *e)
{
    uint8_t hash[HASH_BYTES];
    if (!walk_order_ok(w, e->at))
        return verdict_bad(w->v, e->at, "events before it are missing");
    if (!walk_find_prev(w, txn, e->at))
        return verdict_bad(w->v, e->at, txn_fault(txn));
    if (!hash_is_zero(w->tail)) {
        event_hash(e, w->tail, hash);
        if (memcmp(hash, e->hash, sizeof(hash)) != 0)
            return verdict_bad(w->v, e->at, "the chain is broken");
    }
    if (!check_body(w, e))
        return false;
    memcpy(w->tail, e->hash, HASH_BYTES);
    w->next = (struct position){e->at.epoch, e->at.seq + 1};
    w->v->events++;
    return true;
}

/* The head names the last event and its hash, so that a cut-off end shows. */
static bool check_end(struct walk *w, const struct journal_head *head)
{
    if (head->at.seq == 0)
        return true;
    struct position after = {head->at.epoch, head->at.seq + 1};
    if (position_cmp(w->next, after) != 0)
        return verdict_bad(w->v, head->at, "named as the last, but the journal ends elsewhere");
    if (memcmp(w->tail, head->tail, HASH_BYTES) != 0)
        return verdict_bad(w->v, head->at, "the head has another hash for it");
    return true;
}

/* Where a walk broke off: the row it could not read. */
static struct position walk_broken_at(const struct walk *w, const struct scan *s)
{
    if (s->key.n != 12)
        return w->next;
    return (struct position){key_get_u32(s->key.p), key_get_u64((const uint8_t *)s->key.p + 4)};
}

/* False at a bad event. */
static bool walk_on(struct walk *w, struct txn *txn, uint64_t most, bool *ended)
{
    struct event e;
    bool ok = true;
    struct journal_scan s = journal_scan_begin(txn, w->next, false);
    *ended = false;
    for (; ok && most > 0 && !*ended; most--) {
        *ended = !journal_scan_next(&s, &e);
        if (!*ended)
            ok = check_event(w, txn, &e);
        else if (txn_error(txn) != PH_OK)
            ok = verdict_bad(w->v, walk_broken_at(w, &s.scan), txn_fault(txn));
    }
    journal_scan_end(&s);
    return ok;
}

bool journal_verify_slice(struct txn *txn, const struct store_identity *id, struct position *from,
                          uint8_t tail[HASH_BYTES], uint64_t most, struct journal_verdict *v)
{
    struct journal j;
    struct walk w = {.id = id, .next = *from, .v = v};
    bool ended, ok;
    v->ok = true;
    if (!journal_load(&j, txn))
        return verdict_bad(v, *from, *txn_fault(txn) ? txn_fault(txn) : "the journal has no head");
    memcpy(w.tail, tail, HASH_BYTES);
    w.oldest_body = j.head.oldest_body;
    ok = walk_on(&w, txn, most, &ended);
    if (ok && ended)
        ok = check_end(&w, &j.head);
    *from = w.next;
    memcpy(tail, w.tail, HASH_BYTES);
    return ok && !ended;
}
