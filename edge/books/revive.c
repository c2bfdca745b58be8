#include "edge/books/revive.h"

#include <string.h>

#include "edge/books/revive_parts.h"

#define SCRATCH_BYTES                                                                              \
    (64u << 20) /* all rows of a store, and one order with its lines at a time                     \
                 */

static const char NOTHING_READ[] = "nothing here tells what was sold since";
static const char NOT_RELATED[] = "the replaced store does not go on from this backup";
static const char PARTLY_READ[] = "not all of the replaced store could be read";
static const char WAS_FENCED[] = "the replaced store was fenced";

/* What either of them, or a device, has ever seen is below the new one. */
static uint32_t epoch_seen(const struct revival *r, const struct journal_head *head)
{
    const struct check_report *was = r->ask->was;
    uint32_t seen = head->at.epoch > head->seen_epoch ? head->at.epoch : head->seen_epoch;
    if (r->ask->old == NULL || !was->has_head)
        return seen + REVIVE_EPOCHS;
    if (was->at.epoch > seen)
        seen = was->at.epoch;
    return was->seen_epoch > seen ? was->seen_epoch : seen;
}

/* Numbers that may stand on slips and screens are not given again. */
static void skip_numbers(struct journal_head *h)
{
    h->next_order += REVIVE_ORDERS;
    for (size_t i = 0; i < CHANNEL_COUNT; i++)
        h->pickup_last[i] = (uint16_t)((h->pickup_last[i] + REVIVE_PICKUP) % LIMIT_PICKUP);
}

static struct command command_of(const struct revival *r, const struct journal_head *h)
{
    return (struct command){.verb = VERB_STORE_NEW_EPOCH,
                            .who = {.device = r->ask->who, .role = ROLE_ADMIN},
                            .why = r->ask->why,
                            .seen_epoch = epoch_seen(r, h),
                            .wall_ms = h->wall_at_ms,
                            .uptime_ms = h->uptime_ms,
                            .wall_lead_ms = h->wall_lead_ms,
                            .clock_suspect = h->clock_suspect,
                            .day = h->day};
}

/* Not by books_execute: whose only rule is the new epoch need not have all the others in it, and
 * poshubctl is a fifth smaller. */
static void open_books(struct revival *r, struct books *b, bool known)
{
    struct position from = r->told->backup_at;
    struct outcome out = {0};
    arena_init(&out.arena, SCRATCH_BYTES);
    struct command c = command_of(r, &b->j.head);
    struct turn t = {.b = b, .c = &c, .out = &out, .scratch = b->scratch};
    if (!known)
        skip_numbers(&b->j.head);
    if (known && !r->whole)
        revive_count(&t, from);
    b->j.head.seen_epoch = c.seen_epoch;
    turn_open_epoch(&t);
    if (known && !r->whole)
        revive_settle(&t);
    arena_free(&out.arena);
}

static enum ph_err bring_up(struct revival *r, bool related)
{
    static const uint8_t unused[32]; /* a backup has its secret */
    struct books b;
    struct arena scratch;
    struct revive_told *told = r->told;
    arena_init(&scratch, SCRATCH_BYTES);
    enum ph_err err = books_begin(&b, r->txn, r->ask->config, &scratch, unused);
    if (err == PH_OK) {
        bool was_fenced = b.j.head.fenced;
        told->lost = r->ask->old == NULL ? NOTHING_READ
                     : !related          ? NOT_RELATED
                     : !r->whole         ? PARTLY_READ
                     : was_fenced        ? WAS_FENCED
                                         : "";
        open_books(r, &b, related);
        told->fenced = b.j.head.fenced = told->lost[0] != 0;
        told->epoch = b.j.head.at.epoch;
        told->now_at = b.j.head.at;
        books_finish(&b);
        err = txn_error(r->txn);
    }
    arena_free(&scratch);
    return err;
}

enum ph_err revive(struct txn *txn, const struct revive_ask *ask, struct revive_told *out)
{
    struct revival r = {.txn = txn, .ask = ask, .told = out, .whole = true};
    memset(out, 0, sizeof(*out));
    out->lost = "";
    bool related = revive_related(&r);
    out->backup_at = r.at;
    if (related)
        revive_take(&r);
    if (txn_error(txn) != PH_OK)
        return txn_error(txn);
    return bring_up(&r, related);
}
