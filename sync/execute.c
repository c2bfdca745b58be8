#include "sync/execute.h"

#include <string.h>

#include "proto/merge.h"

/* All that the epoch has said must still be there, bodies too: the center starts from nothing. */
static bool epoch_is_whole(const struct journal *j)
{
    struct event first;
    struct position at = {j->head.at.epoch, 1};
    if (j->head.at.seq == 0)
        return true;
    return position_cmp(j->head.oldest_body, at) <= 0 && journal_read(j->txn, at, &first);
}

static enum sync_done open_position(const struct sync_command *c, struct journal *j,
                                    const struct store_identity *id, struct sync_position *p)
{
    if (sync_position_load(p, j->txn))
        return SYNC_OK;
    if (!epoch_is_whole(j))
        return SYNC_TOO_LATE;
    sync_position_open(p, id, j->head.at.epoch, str_of(c->box_id));
    sync_position_save(p, j->txn);
    return SYNC_OK;
}

/* A stamp of ours that was further ahead than the center lets stand comes back made sane; then our
 * own clock has no reason to stay there: the order of our events is their number (3.3). */
static void come_back(struct journal *j, struct hlc server)
{
    if (server.l_ms >= SYNC_CLOCK_OLDEST_MS && j->head.hlc.l_ms > server.l_ms + STAMP_AHEAD_MAX_MS)
        j->head.hlc = server;
}

static void hear_clock(struct journal *j, struct hlc server, int64_t wall_ms)
{
    come_back(j, server);
    if (server.l_ms > 0 && server.l_ms <= wall_ms + SYNC_CLOCK_AHEAD_MS)
        j->head.hlc = hlc_receive(j->head.hlc, server, wall_ms);
}

static void set_aside(const struct sync_command *c, struct txn *txn, uint32_t epoch)
{
    struct aside a = {.at = {epoch, c->gave_up_seq},
                      .at_ms = c->wall_ms,
                      .gave_up = true,
                      .reason = STR("GAVE_UP")};
    if (c->gave_up_seq != 0)
        aside_put(txn, &a);
    a.gave_up = false;
    for (uint16_t i = 0; i < c->n_dead; i++) {
        a.at.seq = c->dead[i].seq;
        a.reason = c->dead[i].reason;
        aside_put(txn, &a);
    }
}

static enum sync_done forget(const struct sync_command *c, struct txn *txn, struct sync_position *p)
{
    if (!sync_position_load(p, txn))
        return SYNC_NOT_OPEN;
    return aside_drop(txn, c->forget) ? SYNC_OK : SYNC_UNKNOWN;
}

/* A store that no center has ever greeted owes none its old events: it says what it has now. */
static bool was_known(const struct sync_position *p)
{
    return p->center_epoch != 0;
}

static void fence(struct journal *j, const struct store_identity *id, const struct sync_position *p)
{
    j->head.fenced = true;
    if (was_known(p))
        salvage_begin(j->txn, id, p, j->head.at.epoch + 1, true);
}

static enum sync_done wish(const struct sync_command *c, struct journal *j, struct sync_position *p)
{
    claim_wish_save(&c->wish, j->txn);
    if (c->fence)
        j->head.fenced = true;
    return sync_position_load(p, j->txn) ? SYNC_OK : SYNC_NOT_OPEN;
}

static enum sync_done claimed(const struct sync_command *c, struct journal *j,
                              const struct store_identity *id, struct sync_position *p)
{
    const struct claim_taken *taken = c->claimed;
    if (j->head.at.epoch != taken->epoch)
        return SYNC_UNKNOWN;
    if (sync_position_load(p, j->txn) && was_known(p))
        salvage_begin(j->txn, id, p, taken->epoch, false);
    sync_position_open(p, id, taken->epoch, str_of(c->box_id));
    p->center_epoch = taken->center_epoch;
    p->full_pull = true; /* what goes down beside rows, too */
    p->full_pull_ver = 0;
    p->full_pull_acked = p->acked;
    sync_position_save(p, j->txn);
    claim_wish_drop(j->txn);
    hear_clock(j, c->server_hlc, c->wall_ms);
    return SYNC_OK;
}

static enum sync_done salvaged(const struct sync_command *c, struct txn *txn,
                               const struct store_identity *id, struct sync_position *p)
{
    salvage_acked(txn, id, c->salvaged);
    return sync_position_load(p, txn) ? SYNC_OK : SYNC_NOT_OPEN;
}

static enum sync_done hear(const struct sync_command *c, struct journal *j,
                           const struct store_identity *id, struct sync_position *p)
{
    enum sync_acked acked = SYNC_STANDS;
    struct sync_ack ack = c->acked;
    if (!sync_position_load(p, j->txn))
        return SYNC_NOT_OPEN;
    ack.wall_ms = c->wall_ms;
    bool changed =
        c->failover && sync_position_failover(p, j->txn, id, c->center_epoch, c->center_acked_seq);
    if (c->ack)
        acked = sync_position_ack(p, j, &ack);
    if (c->page.moves)
        sync_position_page(p, &c->page);
    if (changed || c->page.moves || acked == SYNC_MOVED)
        sync_position_save(p, j->txn);
    if (acked == SYNC_MOVED)
        set_aside(c, j->txn, p->acked.epoch);
    if (c->fence)
        fence(j, id, p);
    for (uint32_t i = 0; i < c->n_legacy; i++)
        legacy_save(&c->legacy[i], j->txn);
    hear_clock(j, c->server_hlc, c->wall_ms);
    return acked == SYNC_FORK ? SYNC_DISAGREES : SYNC_OK;
}

void sync_execute(struct sync_work *work, struct journal *j, const struct store_identity *id)
{
    const struct sync_command *c = &work->command;
    struct sync_result *out = &work->result;
    memset(out, 0, sizeof(*out));
    switch (c->verb) {
    case SYNC_OPEN:
        out->done = open_position(c, j, id, &out->position);
        break;
    case SYNC_HEARD:
        out->done = hear(c, j, id, &out->position);
        break;
    case SYNC_FORGET:
        out->done = forget(c, j->txn, &out->position);
        break;
    case SYNC_WISH:
        out->done = wish(c, j, &out->position);
        break;
    case SYNC_CLAIMED:
        out->done = claimed(c, j, id, &out->position);
        break;
    case SYNC_SALVAGED:
        out->done = salvaged(c, j->txn, id, &out->position);
        break;
    }
    out->applied_ver = j->head.center_version;
    out->kept = salvage_kept(j->txn, out->position.acked);
}
