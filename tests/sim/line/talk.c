/* The box's side of the line: asks the minds of sync what to do, says it, and has the books and the
 * positions carry out what the answers mean, as sync/session and edge/cloud do with threads. One
 * request is under way at most.
 */
#include <string.h>

#include "tests/sim/line/line.h"

#define BOX_ID  "BX-01"
#define BEAT_MS 10000

/* As sync/session; in a sparse world more seldom, for the sake of the years. */
static int64_t beat_ms(const struct world *w)
{
    return w->options.sparse ? 20 * MINUTE_MS : BEAT_MS;
}

static uint64_t roll(void *ctx)
{
    struct world *w = ctx;
    return dice_below(&w->chance, UINT64_MAX);
}

struct dice talk_dice(struct world *w)
{
    return (struct dice){roll, w};
}

void talk_forget(struct box *b)
{
    b->opened = b->greeted = false;
    b->said = SAID_NOTHING;
    b->request = 0;
    b->look_ms = NEVER_MS;
}

/* ---- where the store stands ---- */

bool talk_position(struct world *w, struct sync_position *out)
{
    struct txn *txn = box_look(w);
    bool there = sync_position_load(out, txn);
    txn_abort(txn);
    return there;
}

static bool enrol(struct world *w)
{
    struct sync_work sync = {.command = {.verb = SYNC_OPEN, .box_id = BOX_ID}};
    struct work k = {.no_command = true, .sync = &sync};
    bool alive = box_run(w, &k);
    work_end(&k);
    return alive;
}

static bool open_minds(struct world *w)
{
    struct sync_position p;
    struct dice dice = talk_dice(w);
    if (!talk_position(w, &p) && (!enrol(w) || !talk_position(w, &p)))
        return false;
    uplink_open(&w->box.uplink, &p, box_head(w).at.seq, w->now_ms, &dice);
    pull_open(&w->box.pull, &p);
    downlink_open(&w->box.downlink, box_head(w).center_version, w->now_ms);
    downlink_line(&w->box.downlink, true, w->now_ms);
    downlink_full(&w->box.downlink, w->box.pull.full);
    downlink_greeted(&w->box.downlink, w->box.greeted, p.center_epoch);
    w->box.opened = true;
    return true;
}

/* ---- saying ---- */

void talk_say(struct world *w, enum said said, const char *path, struct str text)
{
    w->box.said = said;
    w->box.request = ++w->n_requests;
    net_request(w, path, text, w->box.request);
}

static void say_hello(struct world *w)
{
    char text[1024];
    struct journal_head head = box_head(w);
    uplink_hello_sent(&w->box.uplink);
    trace(w, "box       says hello, %u/%llu", head.at.epoch, (unsigned long long)head.at.seq);
    talk_say(
        w, SAID_HELLO, EXCHANGE_HELLO_PATH,
        exchange_hello(&w->box.config.identity, STR(BOX_ID), STR(""), &head, text, sizeof text));
}

static void say_batch(struct world *w, const struct uplink_step *step)
{
    struct batch batch;
    struct sync_position p;
    struct box *b = &w->box;
    struct dice dice = talk_dice(w);
    struct txn *txn = box_look(w);
    sync_position_load(&p, txn);
    struct batch_ask ask = {.store = &b->config.identity,
                            .known = &p,
                            .from_seq = step->from_seq,
                            .most = step->most,
                            .raw_seq = step->raw_seq};
    if (w->options.plant == PLANT_STUCK_POISON)
        ask.raw_seq = 0;
    enum ph_err err = batch_build(txn, &ask, b->buffer, &batch);
    txn_abort(txn);
    if (err != PH_OK) {
        uplink_build_failed(&b->uplink, w->now_ms, &dice);
        trace(w, "box       has no batch: %s", ph_err_name(err));
        return;
    }
    uplink_sent(&b->uplink, &batch);
    trace(w, "box       sends %llu..%llu%s", (unsigned long long)batch.first_seq,
          (unsigned long long)batch.last_seq, ask.raw_seq ? ", given up" : "");
    talk_say(w, SAID_BATCH, EXCHANGE_SYNC_PATH, batch.text);
}

/* ---- turns ---- */

static void look_at(struct world *w, int64_t at_ms)
{
    struct box *b = &w->box;
    if (b->look_ms > w->now_ms && b->look_ms <= at_ms)
        return;
    b->look_ms = at_ms;
    plan(w, at_ms - w->now_ms, COMES_TURN, 0);
}

/* Whatever else there is to say while no event waits: a pull, or that the box is there. */
static void say_more(struct world *w)
{
    struct box *b = &w->box;
    int64_t pull_ms = pull_at_ms(w), beat_at_ms = b->answered_ms + beat_ms(w);
    if (b->uplink.state != UPLINK_READY)
        return;
    if (pull_ms <= w->now_ms)
        pull_say(w);
    else if (beat_at_ms <= w->now_ms) {
        struct uplink_step beat = uplink_beat(&b->uplink);
        say_batch(w, &beat);
    } else
        look_at(w, pull_ms < beat_at_ms ? pull_ms : beat_at_ms);
}

void talk_turn(struct world *w)
{
    struct box *b = &w->box;
    if (w->broken || w->calm || !b->store || b->request || (!b->opened && !open_minds(w)))
        return;
    if (b->greets_again)
        uplink_ask_again(&b->uplink, w->now_ms);
    b->greets_again = false;
    uplink_news(&b->uplink, box_head(w).at.seq, w->now_ms);
    struct uplink_step step = uplink_next(&b->uplink, w->now_ms);
    switch (step.what) {
    case UPLINK_HELLO:
        say_hello(w);
        break;
    case UPLINK_SEND:
        say_batch(w, &step);
        break;
    case UPLINK_HALT:
        claim_epoch(w);
        break;
    case UPLINK_WAIT:
        look_at(w, step.until_ms);
        break;
    case UPLINK_IDLE:
        break;
    }
    if (b->store && b->opened && !b->request && b->uplink.state == UPLINK_READY &&
        (!has_salvage(w) || salvage_turn(w)))
        say_more(w);
}

/* ---- what answers mean ---- */

bool take_rows(struct world *w, const struct center_rows *rows, struct sync_work *sync)
{
    struct work k = {.sync = sync,
                     .command = {.verb = VERB_CENTER_ROW,
                                 .who = {.device = STR("hub"), .role = ROLE_ADMIN},
                                 .center = rows}};
    bool alive = box_run(w, &k);
    work_end(&k);
    return alive;
}

bool say_rows_again(struct world *w, const struct state_ask *ask)
{
    struct work k = {.command = {.verb = VERB_ROW_STATE,
                                 .who = {.device = STR("hub"), .role = ROLE_ADMIN},
                                 .state_ask = ask}};
    bool alive = box_run(w, &k);
    work_end(&k);
    return alive;
}

static void dead_said_again(struct world *w, const struct exchange *x, uint64_t gave_up_seq)
{
    uint64_t dead[LIMIT_BATCH_EVENTS + 1];
    struct state_ask ask = {.dead = dead, .dead_epoch = w->box.uplink.epoch};
    for (uint16_t i = 0; x->answer.sync && i < x->sync.n_dead; i++)
        dead[ask.n_dead++] = x->sync.dead[i].seq;
    if (gave_up_seq)
        dead[ask.n_dead++] = gave_up_seq;
    if (ask.n_dead)
        say_rows_again(w, &ask);
}

static bool is_fenced(const struct world *w, const struct exchange *x)
{
    return x->answer.error && x->error.name == CLOUD_FENCED && x->error.epoch > w->box.uplink.epoch;
}

/* Rows and ack in one transaction; with rows, only the books may move the version. */
static bool carry_out(struct world *w, struct exchange *x, const struct uplink_verdict *v,
                      struct sync_work *sync)
{
    struct center_rows in = {.prev_ver = v->acked.ver_before, .ver = v->acked.ver};
    if (!exchange_rows(x, &in.rows, &in.n))
        violation(w, "ROWS", "rows of an answer make no sense: %s", x->why);
    if (v->ack && in.n > 0) {
        sync->command.acked.ver = sync->command.acked.ver_before;
        return take_rows(w, &in, sync);
    }
    struct work k = {.no_command = true, .sync = sync};
    bool alive = box_run(w, &k);
    work_end(&k);
    return alive;
}

/* As sync/talk says it to the shell. */
static void note_center(struct world *w)
{
    struct sync_position p;
    struct box *b = &w->box;
    if (talk_position(w, &p))
        downlink_greeted(&b->downlink, b->greeted && b->uplink.state != UPLINK_HALTED,
                         p.center_epoch);
}

static void conclude(struct world *w, struct exchange *x, const struct uplink_verdict *v)
{
    struct sync_work sync = {.command = {.verb = SYNC_HEARD,
                                         .failover = v->failover,
                                         .center_epoch = v->center_epoch,
                                         .center_acked_seq = v->center_acked_seq,
                                         .ack = v->ack,
                                         .acked = v->acked,
                                         .server_hlc = exchange_clock(x),
                                         .fence = v->halt && is_fenced(w, x)}};
    if (v->trouble != UPLINK_FINE)
        trace(w, "box       %s", uplink_trouble_text(v->trouble));
    if (sync.command.server_hlc.l_ms > 0)
        box_hears_clock(w, sync.command.server_hlc.l_ms);
    if (!v->ack && !v->failover && !sync.command.fence && sync.command.server_hlc.l_ms == 0) {
        note_center(w);
        return;
    }
    if (!carry_out(w, x, v, &sync))
        return;
    if (sync.result.done == SYNC_DISAGREES)
        uplink_halt(&w->box.uplink);
    if (v->failover)
        pull_open(&w->box.pull, &sync.result.position);
    note_center(w);
    downlink_full(&w->box.downlink, w->box.pull.full);
    downlink_applied(&w->box.downlink, box_head(w).center_version, w->now_ms);
    if (sync.result.done != SYNC_DISAGREES)
        dead_said_again(w, x, v->gave_up_seq);
}

static void hello_answered(struct world *w, enum https_result line, const struct https_answer *http)
{
    struct exchange x;
    struct dice dice = talk_dice(w);
    exchange_read_hello(&x, line, http);
    struct uplink_verdict v = uplink_hello_answered(&w->box.uplink, &x.answer, w->now_ms, &dice);
    if (w->stray && x.answer.hello && x.hello.acked_seq > box_head(w).at.seq)
        violation(w, "P8", "a box that was rolled back is greeted");
    w->box.greeted = w->box.greeted || v.trouble == UPLINK_FINE;
    conclude(w, &x, &v);
    if (w->box.store && x.answer.hello) {
        pull_greeted(&w->box.pull, x.hello.head_ver, box_head(w).center_version, w->now_ms);
        downlink_head(&w->box.downlink, x.hello.head_ver, w->now_ms);
    }
    exchange_end(&x);
}

static void batch_answered(struct world *w, enum https_result line, const struct https_answer *http)
{
    struct exchange x;
    struct dice dice = talk_dice(w);
    exchange_read_sync(&x, line, http);
    struct uplink_verdict v = uplink_answered(&w->box.uplink, &x.answer, w->now_ms, &dice);
    if (x.answer.sync && w->stray)
        violation(w, "P8", "a box that was rolled back got an ack in epoch %u", x.sync.epoch);
    conclude(w, &x, &v);
    exchange_end(&x);
}

static void answered(struct world *w, const struct parcel *p)
{
    struct https_answer http = {.status = p->status, .body = {p->text, p->n}, .retry_after_ms = -1};
    enum https_result line = p->status ? HTTPS_ANSWERED : HTTPS_TIMED_OUT;
    enum said said = w->box.said;
    w->box.request = 0;
    w->box.said = SAID_NOTHING;
    w->box.answered_ms = w->now_ms;
    if (said == SAID_HELLO)
        hello_answered(w, line, &http);
    else if (said == SAID_BATCH)
        batch_answered(w, line, &http);
    else
        talk_found(w, line, &http);
    talk_turn(w);
}

void talk_answered(struct world *w, const struct parcel *p)
{
    if (w->box.store && p->life == w->box.life && p->request == w->box.request)
        answered(w, p);
}

void talk_timeout(struct world *w, uint32_t request)
{
    if (w->box.store && request == w->box.request)
        answered(w, &(struct parcel){.request = request, .text = "", .n = 0});
}
