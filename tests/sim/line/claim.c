/* The box learns that its history is not the center's: it was rolled back, or it is new. It claims
 * an epoch, takes the center's rows with it, and what it did alone goes to the center as salvage
 * (sync-protocol 3.7). These requests take no time; their answers may be lost like any other.
 */
#include <string.h>

#include "sync/claim.h"
#include "sync/salvage.h"
#include "tests/sim/line/line.h"

#define BOX_ID       "BX-01"
#define TRY_AGAIN_MS (10 * SECOND_MS)

static bool goes_through(struct world *w)
{
    bool away = net_is_cut(w) || (!w->quiet && w->now_ms < w->center.down_until_ms);
    if (away)
        plan(w, TRY_AGAIN_MS, COMES_TURN, 0);
    return !away;
}

static bool answer_is_lost(struct world *w)
{
    bool lost = !w->quiet && dice_chance(&w->net, 200);
    if (lost)
        plan(w, TRY_AGAIN_MS, COMES_TURN, 0);
    return lost;
}

static bool run_sync(struct world *w, struct sync_work *sync)
{
    struct work k = {.no_command = true, .sync = sync};
    bool alive = box_run(w, &k);
    work_end(&k);
    return alive;
}

/* ---- the claim ---- */

/* What is wanted is written down before it is asked for. */
static bool wish(struct world *w)
{
    struct sync_work sync = {
        .command = {.verb = SYNC_WISH, .wish = {.reason = CLAIM_ROLLBACK}, .fence = true}};
    return run_sync(w, &sync);
}

static void check_taken(struct world *w, uint32_t epoch, const struct work *k,
                        const struct sync_work *sync)
{
    struct claim_wish left;
    if (!w->box.store)
        return;
    struct txn *txn = box_look(w);
    bool wished = claim_wish_load(&left, txn);
    txn_abort(txn);
    if (k->out.code != CODE_OK || sync->result.done != SYNC_OK || wished ||
        box_head(w).at.epoch != epoch)
        violation(w, "EPOCH", "epoch %u is not taken: %d %s", epoch, (int)k->out.code,
                  k->out.detail);
}

static void take_over(struct world *w, uint32_t epoch)
{
    struct cloud_row rows[ITEMS];
    struct sync_position p;
    bool known = talk_position(w, &p) && p.center_epoch != 0;
    struct claim_taken taken = {.epoch = epoch,
                                .center_epoch = w->center.center_epoch,
                                .ver = w->center.s.ver,
                                .reason = CLAIM_ROLLBACK};
    if (known)
        taken.acked = p.acked;
    for (int i = 0; i < ITEMS; i++)
        rows[i] = center_row(w, i, w->center.s.rows[i].c_ver);
    struct center_claim claim = {.rows = rows,
                                 .n = ITEMS,
                                 .epoch = epoch,
                                 .ver = taken.ver,
                                 .acked = taken.acked,
                                 .box_id = STR(BOX_ID),
                                 .why = STR("ROLLBACK")};
    struct sync_work sync = {.command = {.verb = SYNC_CLAIMED,
                                         .claimed = &taken,
                                         .box_id = BOX_ID,
                                         .server_hlc = w->center.hlc}};
    struct work k = {.sync = &sync,
                     .forgets = !known,
                     .command = {.verb = VERB_CENTER_CLAIM,
                                 .who = {.device = STR("hub"), .role = ROLE_ADMIN},
                                 .claim = &claim}};
    if (box_run(w, &k))
        check_taken(w, epoch, &k, &sync);
    work_end(&k);
    talk_forget(&w->box);
}

void claim_epoch(struct world *w)
{
    if (!w->stray)
        violation(w, "P8", "the box halts although its history is the center's");
    if (w->broken || !goes_through(w) || !wish(w))
        return;
    uint32_t epoch = center_claim(w, box_head(w).at.epoch);
    if (answer_is_lost(w))
        return;
    take_over(w, epoch);
    plan(w, 0, COMES_TURN, 0);
}

/* ---- salvage ---- */

bool has_salvage(struct world *w)
{
    struct salvage s;
    struct txn *txn = box_look(w);
    bool any = salvage_next(txn, 0, &s);
    txn_abort(txn);
    return any;
}

bool salvage_turn(struct world *w)
{
    struct salvage from;
    struct salvage_text said;
    struct journal j;
    struct txn *txn = box_look(w);
    struct salvage_ask ask = {&w->box.config.identity, STR(BOX_ID), {0, 0}, LIMIT_BATCH_EVENTS, 0};
    enum ph_err err = PH_ERR_NOT_FOUND;
    if (journal_load(&j, txn) && salvage_next(txn, 0, &from)) {
        ask.head = j.head.at;
        err = salvage_build(txn, &ask, &from, w->box.buffer, BATCH_BUFFER, &said);
    }
    txn_abort(txn);
    if (err != PH_OK || !goes_through(w))
        return true;
    center_salvages(w, said.text);
    struct sync_work sync = {
        .command = {.verb = SYNC_SALVAGED, .salvaged = {from.at.epoch, said.last_seq}}};
    if (answer_is_lost(w))
        return true;
    return run_sync(w, &sync);
}
