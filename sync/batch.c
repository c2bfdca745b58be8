#include "sync/batch.h"

#include <assert.h>
#include <string.h>

#include "proto/cloud_batch.h"
#include "proto/cloud_event.h"
#include "storage/want.h"
#include "sync/batch_view.h"

#define TEXT_MAX (BATCH_BUFFER / 2)

struct building {
    const struct batch_ask *ask;
    char *raw; /* room for one event's text */
    struct jw w;
    size_t began; /* where the events begin */
    uint32_t n;
    struct batch *out;
};

/* What the next event is chained to. The last acknowledged header may be trimmed. */
static bool prev_of(struct txn *txn, const struct batch_ask *ask, uint8_t out[HASH_BYTES])
{
    struct position at = {ask->known->acked.epoch, ask->from_seq};
    struct event e;
    if (position_cmp(at, ask->known->acked) == 0)
        memcpy(out, ask->known->acked_hash, HASH_BYTES);
    else if (at.seq == 0)
        journal_genesis(ask->store, at.epoch, out);
    else if (journal_read(txn, at, &e))
        memcpy(out, e.hash, HASH_BYTES);
    else
        return false;
    return true;
}

static struct cloud_event cloud_event_of(const struct event *e)
{
    struct cloud_event c = {.seq = e->at.seq, .cv = e->cv, .hlc = e->hlc, .suspect = e->suspect};
    c.kind = str_of(event_kind_name(e->kind));
    memcpy(c.bh, e->bh, sizeof(c.bh));
    memcpy(c.hash, e->hash, sizeof(c.hash));
    if (cloud_event_is_whole(e->kind))
        c.text = e->body;
    return c;
}

void batch_event(struct jw *w, const struct event *e)
{
    struct cloud_event c = cloud_event_of(e);
    cloud_event_encode(w, &c);
}

static bool write_raw(struct building *b, struct cloud_event *c)
{
    struct jw raw;
    jw_init(&raw, b->raw, TEXT_MAX);
    cloud_event_encode(&raw, c);
    c->raw = jw_text(&raw);
    cloud_event_encode_gave_up(&b->w, c);
    return jw_ok(&raw);
}

/* False: it does not fit any more; the text is then as it was. */
static bool add(struct building *b, const struct event *e)
{
    struct jw before = b->w;
    struct cloud_event c = cloud_event_of(e);
    bool whole = true;
    if (e->at.seq == b->ask->raw_seq)
        whole = write_raw(b, &c);
    else
        cloud_event_encode(&b->w, &c);
    bool room = b->n == 0 || b->w.n - b->began <= LIMIT_BATCH_BYTES;
    if (!whole || !jw_ok(&b->w) || !room) {
        b->w = before;
        return false;
    }
    b->n++;
    b->out->last_seq = e->at.seq;
    memcpy(b->out->tail, e->hash, HASH_BYTES);
    return true;
}

static enum ph_err add_events(struct txn *txn, struct building *b)
{
    const struct batch_ask *ask = b->ask;
    uint32_t epoch = ask->known->acked.epoch;
    struct position from = {epoch, b->out->first_seq};
    struct event e;
    bool fits = true;
    struct journal_scan s = journal_scan_begin(txn, from, false);
    while (fits && b->n < ask->most && journal_scan_next(&s, &e)) {
        if (e.at.epoch != epoch || e.at.seq != b->out->last_seq + 1)
            break;
        if (b->n > 0 && e.at.seq == ask->raw_seq)
            break;
        fits = add(b, &e);
        if (e.at.seq == ask->raw_seq)
            break;
    }
    journal_scan_end(&s);
    if (b->n > 0 || b->out->head_seq == ask->from_seq)
        return PH_OK;
    if (txn_error(txn) != PH_OK)
        return txn_error(txn);
    return fits ? PH_ERR_NOT_FOUND : PH_ERR_LIMIT;
}

/* Their texts stay in `from`. */
static void take_wants(const struct want *from, size_t n, struct cloud_want *to,
                       struct cloud_sync *s)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (struct cloud_want){from[i].object, from[i].q_t, str_of(from[i].req)};
    s->wants = to;
    s->n_wants = (uint16_t)n;
}

static enum ph_err write_batch(struct txn *txn, struct building *b, struct cloud_sync *s)
{
    jw_init(&b->w, b->w.p, TEXT_MAX);
    cloud_sync_begin(&b->w, s);
    b->began = b->w.n;
    enum ph_err err = add_events(txn, b);
    if (err != PH_OK)
        return err;
    s->last_seq = b->out->last_seq;
    cloud_sync_objects(&b->w);
    if (b->ask->rows && b->out->last_seq == b->out->head_seq)
        batch_view_write(&b->w, txn, b->ask->rows, s->epoch, b->ask->from_seq, b->out->last_seq);
    cloud_sync_end(&b->w, s);
    b->out->text = jw_text(&b->w);
    return jw_ok(&b->w) ? PH_OK : PH_ERR_LIMIT;
}

enum ph_err batch_build(struct txn *txn, const struct batch_ask *ask, char buffer[BATCH_BUFFER],
                        struct batch *out)
{
    struct journal j;
    struct building b = {.ask = ask, .raw = buffer + TEXT_MAX, .w = {.p = buffer}, .out = out};
    struct want wants[LIMIT_WANTS];
    struct cloud_want said[LIMIT_WANTS];
    assert(ask->most >= 1 && ask->most <= LIMIT_BATCH_EVENTS);
    *out = (struct batch){.first_seq = ask->from_seq + 1, .last_seq = ask->from_seq};
    if (!journal_load(&j, txn) || j.head.at.epoch != ask->known->acked.epoch ||
        !prev_of(txn, ask, out->tail))
        return txn_error(txn) != PH_OK ? txn_error(txn) : PH_ERR_NOT_FOUND;
    out->head_seq = j.head.at.seq;
    struct cloud_sync s = {.brand_id = ask->store->brand_id,
                           .poi_id = ask->store->poi_id,
                           .epoch = ask->known->acked.epoch,
                           .first_seq = out->first_seq,
                           .head_seq = out->head_seq,
                           .applied_ver = j.head.center_version};
    memcpy(s.prev, out->tail, HASH_BYTES);
    size_t n = want_list(txn, ask->wants_after, wants, &out->wants_mark);
    take_wants(wants, n, said, &s);
    if (n > 0)
        out->wants_after = wants[n - 1].object;
    return write_batch(txn, &b, &s);
}
