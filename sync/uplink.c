#include "sync/uplink.h"

#include <assert.h>
#include <string.h>

#define NOT_SET (-1)

const char *uplink_state_name(enum uplink_state state)
{
    static const char *const NAMES[] = {
#define X(e, name) name,
        UPLINK_STATE_LIST(X)
#undef X
    };
    return NAMES[state];
}

const char *uplink_trouble_text(enum uplink_trouble trouble)
{
    static const char *const TEXTS[] = {
#define X(e, text) text,
        UPLINK_TROUBLE_LIST(X)
#undef X
    };
    return TEXTS[trouble];
}

/* ---- states ---- */

static const bool MAY_MOVE[UPLINK_STATE_COUNT][UPLINK_STATE_COUNT] = {
    [UPLINK_AWAY] = {[UPLINK_GREETING] = true, [UPLINK_HALTED] = true},
    [UPLINK_GREETING] = {[UPLINK_AWAY] = true, [UPLINK_READY] = true, [UPLINK_HALTED] = true},
    [UPLINK_READY] = {[UPLINK_READY] = true,
                      [UPLINK_FLYING] = true,
                      [UPLINK_AWAY] = true,
                      [UPLINK_HALTED] = true},
    [UPLINK_FLYING] = {[UPLINK_AWAY] = true, [UPLINK_READY] = true, [UPLINK_HALTED] = true},
};

static void move_to(struct uplink *u, enum uplink_state state)
{
    assert(MAY_MOVE[u->state][state]);
    u->state = state;
}

static void ready_at(struct uplink *u, int64_t at_ms)
{
    move_to(u, UPLINK_READY);
    u->wait_until_ms = at_ms;
}

static void away_until(struct uplink *u, int64_t at_ms)
{
    move_to(u, UPLINK_AWAY);
    u->wait_until_ms = at_ms;
}

void uplink_open(struct uplink *u, const struct sync_position *known, uint64_t head_seq,
                 int64_t now_ms, const struct dice *dice)
{
    struct backoff backoff = {0};
    *u = (struct uplink){
        .state = UPLINK_AWAY,
        .epoch = known->acked.epoch,
        .center_epoch = known->center_epoch,
        .from_seq = known->acked.seq,
        .head_seq = head_seq,
        .wait_until_ms = now_ms + backoff_first_ms(&backoff, 0, dice),
        .waiting_since_ms = NOT_SET,
        .good_since_ms = NOT_SET,
    };
    halving_init(&u->halving, LIMIT_BATCH_EVENTS);
}

void uplink_news(struct uplink *u, uint64_t head_seq, int64_t now_ms)
{
    if (head_seq > u->head_seq && u->waiting_since_ms == NOT_SET)
        u->waiting_since_ms = now_ms;
    u->head_seq = head_seq;
}

void uplink_urge(struct uplink *u, bool urgent)
{
    u->urgent = urgent;
}

/* In every other state a hello comes next, or the answer under way says it itself. */
void uplink_ask_again(struct uplink *u, int64_t now_ms)
{
    if (u->state == UPLINK_READY)
        away_until(u, now_ms);
}

void uplink_hurry(struct uplink *u, int64_t now_ms)
{
    if (u->wait_until_ms > now_ms)
        u->wait_until_ms = now_ms;
    if (u->waiting_since_ms != NOT_SET)
        u->waiting_since_ms = now_ms - UPLINK_LINGER_MS;
}

/* ---- what to do ---- */

/* News linger so that an order's events go together; a backlog does not, nor does what somebody at
 * the counter waits for. */
static int64_t send_at_ms(const struct uplink *u)
{
    bool backlog = u->urgent || u->waiting_since_ms == NOT_SET ||
                   u->head_seq - u->from_seq >= u->halving.limit;
    int64_t at_ms = backlog ? u->wait_until_ms : u->waiting_since_ms + UPLINK_LINGER_MS;
    return at_ms > u->wait_until_ms ? at_ms : u->wait_until_ms;
}

static struct uplink_step wait_or(int64_t until_ms, int64_t now_ms, struct uplink_step step)
{
    return now_ms < until_ms ? (struct uplink_step){.what = UPLINK_WAIT, .until_ms = until_ms}
                             : step;
}

struct uplink_step uplink_beat(const struct uplink *u)
{
    assert(u->state == UPLINK_READY);
    return (struct uplink_step){.what = UPLINK_SEND,
                                .from_seq = u->from_seq,
                                .raw_seq = u->halving.raw_seq,
                                .most = u->halving.limit};
}

struct uplink_step uplink_next(const struct uplink *u, int64_t now_ms)
{
    struct uplink_step idle = {.what = UPLINK_IDLE};
    struct uplink_step hello = {.what = UPLINK_HELLO};
    switch (u->state) {
    case UPLINK_AWAY:
        return wait_or(u->wait_until_ms, now_ms, hello);
    case UPLINK_READY:
        return u->head_seq > u->from_seq || u->urgent
                   ? wait_or(send_at_ms(u), now_ms, uplink_beat(u))
                   : idle;
    case UPLINK_HALTED:
        return (struct uplink_step){.what = UPLINK_HALT};
    case UPLINK_GREETING:
    case UPLINK_FLYING:
    case UPLINK_STATE_COUNT:
        break;
    }
    return idle;
}

void uplink_hello_sent(struct uplink *u)
{
    move_to(u, UPLINK_GREETING);
}

void uplink_sent(struct uplink *u, const struct batch *batch)
{
    assert(batch->first_seq == u->from_seq + 1 && batch->last_seq + 1 >= batch->first_seq);
    move_to(u, UPLINK_FLYING);
    u->first_seq = batch->first_seq;
    u->last_seq = batch->last_seq;
    memcpy(u->tail, batch->tail, HASH_BYTES);
    if (batch->head_seq > u->head_seq)
        u->head_seq = batch->head_seq;
    u->waiting_since_ms = NOT_SET;
}

void uplink_build_failed(struct uplink *u, int64_t now_ms, const struct dice *dice)
{
    ready_at(u, now_ms + backoff_next_ms(&u->backoff, dice));
}

void uplink_halt(struct uplink *u)
{
    if (u->state != UPLINK_HALTED)
        move_to(u, UPLINK_HALTED);
}

/* ---- what went wrong ---- */

/* The first failure after a good time is the line that dropped, perhaps for 20,000 hubs at once. */
static int64_t retry_at_ms(struct uplink *u, int64_t now_ms, const struct dice *dice)
{
    if (u->good_since_ms == NOT_SET)
        return now_ms + backoff_next_ms(&u->backoff, dice);
    int64_t good_ms = now_ms - u->good_since_ms;
    u->good_since_ms = NOT_SET;
    return now_ms + (u->stuck ? backoff_stuck_ms(&u->backoff, good_ms, dice)
                              : backoff_first_ms(&u->backoff, good_ms, dice));
}

static struct uplink_verdict trouble(enum uplink_trouble t)
{
    return (struct uplink_verdict){.trouble = t};
}

static struct uplink_verdict fail(struct uplink *u, enum uplink_trouble t, int64_t now_ms,
                                  const struct dice *dice)
{
    away_until(u, retry_at_ms(u, now_ms, dice));
    return trouble(t);
}

void uplink_lost(struct uplink *u, bool stuck, int64_t now_ms, const struct dice *dice)
{
    assert(u->state == UPLINK_READY);
    u->stuck = stuck;
    fail(u, UPLINK_NO_ANSWER, now_ms, dice);
}

static struct uplink_verdict halt(struct uplink *u, enum uplink_trouble t)
{
    move_to(u, UPLINK_HALTED);
    return (struct uplink_verdict){.trouble = t, .halt = true};
}

static enum cloud_error_name name_of(const struct uplink_answer *a)
{
    return a->error ? a->error->name : CLOUD_OTHER;
}

/* What the center named, by header or body; -1: nothing. */
static int64_t named_ms(const struct uplink_answer *a)
{
    int64_t body_ms = a->error && a->error->retry_after_ms > 0 ? a->error->retry_after_ms : -1;
    return body_ms > a->retry_after_ms ? body_ms : a->retry_after_ms;
}

static bool asks_to_wait(const struct uplink_answer *a)
{
    return a->status == 429 || (a->status == 503 && named_ms(a) >= 0);
}

/* Without a span the least is one second: nobody is asked again in the same breath. */
static int64_t wait_until_ms(const struct uplink_answer *a, int64_t now_ms, const struct dice *dice)
{
    int64_t asked_ms = named_ms(a);
    return now_ms + backoff_guided_ms(asked_ms < 0 ? BACKOFF_STEP_MS : asked_ms, dice);
}

/* A redirect, or a success that is none, is not the center speaking of this box. */
static enum uplink_trouble refusal(int64_t status)
{
    return status >= 400 ? UPLINK_REFUSED : UPLINK_NONSENSE;
}

/* Names that say that this box's history is not the center's. */
static enum uplink_trouble history_trouble(enum cloud_error_name name)
{
    if (name == CLOUD_FENCED || name == CLOUD_UNKNOWN_EPOCH)
        return UPLINK_FENCED;
    if (name == CLOUD_CHAIN_FORK || name == CLOUD_ROLLBACK_DETECTED)
        return UPLINK_FORKED;
    return UPLINK_FINE;
}

static bool is_empty(const struct uplink *u)
{
    return u->last_seq < u->first_seq;
}

static enum halving_step count_batch(struct uplink *u, enum halving_cause cause, int64_t now_ms)
{
    uint32_t n = (uint32_t)(u->last_seq - u->first_seq + 1);
    enum halving_step step = halving_failed(&u->halving, u->first_seq, n, cause, now_ms, true);
    if (step == HALVING_SMALLER)
        backoff_reset(&u->backoff);
    return step;
}

/* 5xx or no answer to a batch: a hello comes next, so the center as a whole is there when the same
 * batch fails again. */
static struct uplink_verdict batch_failed(struct uplink *u, enum uplink_trouble t, int64_t now_ms,
                                          const struct dice *dice)
{
    if (!is_empty(u))
        count_batch(u, HALVING_NO_ANSWER, now_ms);
    return fail(u, t, now_ms, dice);
}

/* 400, 413, 422: read and refused, so the next try is another one. */
static struct uplink_verdict batch_refused(struct uplink *u, int64_t now_ms,
                                           const struct dice *dice)
{
    if (is_empty(u))
        return fail(u, UPLINK_FAILING, now_ms, dice);
    enum halving_step step = count_batch(u, HALVING_REFUSED, now_ms);
    ready_at(u, step == HALVING_AGAIN ? retry_at_ms(u, now_ms, dice) : now_ms);
    return trouble(UPLINK_FAILING);
}

/* ---- what went well ---- */

static void good(struct uplink *u, int64_t now_ms)
{
    backoff_reset(&u->backoff);
    if (u->good_since_ms == NOT_SET)
        u->good_since_ms = now_ms;
}

/* Moves to seq, which the center has and from_seq has not. */
static struct uplink_verdict take_ack(struct uplink *u, uint64_t seq, int64_t now_ms)
{
    struct uplink_verdict v = {.ack = true, .acked = {.seq = seq}};
    if (u->halving.raw_seq > u->from_seq && u->halving.raw_seq <= seq)
        v.gave_up_seq = u->halving.raw_seq;
    halving_acked(&u->halving, seq);
    u->from_seq = seq;
    good(u, now_ms);
    return v;
}

static struct uplink_verdict reply_taken(struct uplink *u, const struct cloud_sync_reply *r,
                                         int64_t now_ms, const struct dice *dice)
{
    uint64_t least = is_empty(u) ? u->from_seq : u->first_seq;
    if (r->epoch != u->epoch || r->acked_seq < least || r->acked_seq > u->head_seq)
        return batch_failed(u, UPLINK_NONSENSE, now_ms, dice);
    if (r->acked_seq == u->last_seq && memcmp(r->tail, u->tail, HASH_BYTES) != 0)
        return halt(u, UPLINK_FORKED);
    struct uplink_verdict v = take_ack(u, r->acked_seq, now_ms);
    u->gapped = false;
    v.acked.has_tail = true;
    memcpy(v.acked.tail, r->tail, HASH_BYTES);
    v.acked.ver_before = r->ver_before;
    v.acked.ver = r->ver;
    if (r->center_epoch > u->center_epoch)
        away_until(u, now_ms); /* it has failed over: the hello says what it has lost */
    else
        ready_at(u, r->retry_after_ms > 0 ? now_ms + backoff_guided_ms(r->retry_after_ms, dice)
                                          : now_ms);
    return v;
}

/* The center waits for another event than the first that was sent. One that we have not got is no
 * reason to halt: that is for the hello to say, which comes next. */
static struct uplink_verdict gap(struct uplink *u, uint64_t expected, int64_t now_ms,
                                 const struct dice *dice)
{
    struct uplink_verdict v = {.trouble = UPLINK_FINE};
    if (expected == 0 || expected == u->first_seq || u->gapped || expected - 1 > u->head_seq)
        return batch_failed(u, UPLINK_NONSENSE, now_ms, dice);
    if (expected > u->first_seq)
        v = take_ack(u, expected - 1, now_ms);
    u->from_seq = expected - 1;
    u->gapped = true;
    ready_at(u, now_ms);
    return v;
}

struct uplink_verdict uplink_answered(struct uplink *u, const struct uplink_answer *a,
                                      int64_t now_ms, const struct dice *dice)
{
    if (u->state == UPLINK_HALTED)
        return trouble(UPLINK_FINE);
    assert(u->state == UPLINK_FLYING);
    u->stuck = a->stuck;
    if (!a->came)
        return batch_failed(u, UPLINK_NO_ANSWER, now_ms, dice);
    if (a->status == 200)
        return a->sync ? reply_taken(u, a->sync, now_ms, dice)
                       : batch_failed(u, UPLINK_NONSENSE, now_ms, dice);
    if (asks_to_wait(a)) {
        ready_at(u, wait_until_ms(a, now_ms, dice));
        return trouble(UPLINK_SLOWED);
    }
    if (history_trouble(name_of(a)) != UPLINK_FINE)
        return halt(u, history_trouble(name_of(a)));
    if (name_of(a) == CLOUD_SEQ_GAP)
        return gap(u, a->error->expected, now_ms, dice);
    if (a->status == 400 || a->status == 413 || a->status == 422)
        return batch_refused(u, now_ms, dice);
    if (a->status >= 500)
        return batch_failed(u, UPLINK_FAILING, now_ms, dice);
    return fail(u, refusal(a->status), now_ms, dice);
}

/* ---- hello ---- */

/* A center that has failed over has forgotten what it says it has not got; one that has not is
 * sent it once more, which does no harm. */
static struct uplink_verdict greeted(struct uplink *u, const struct cloud_hello_reply *r,
                                     int64_t now_ms, const struct dice *dice)
{
    struct uplink_verdict v = {.trouble = UPLINK_FINE};
    if (r->acked_seq > u->from_seq) {
        v = take_ack(u, r->acked_seq, now_ms);
        v.acked.has_tail = r->has_tail;
        memcpy(v.acked.tail, r->tail, HASH_BYTES);
    }
    u->from_seq = r->acked_seq;
    u->gapped = false;
    if (r->center_epoch > u->center_epoch) {
        u->center_epoch = r->center_epoch;
        v.failover = true;
        v.center_epoch = r->center_epoch;
        v.center_acked_seq = r->acked_seq;
    }
    if (u->halving.first_seq == 0)
        good(u, now_ms);
    halving_resize(&u->halving, r->max_batch);
    ready_at(u, r->go_after_ms > 0 ? now_ms + backoff_guided_ms(r->go_after_ms, dice) : now_ms);
    return v;
}

static struct uplink_verdict hello_taken(struct uplink *u, const struct cloud_hello_reply *r,
                                         int64_t now_ms, const struct dice *dice)
{
    if (r->epoch != u->epoch)
        return halt(u, UPLINK_FENCED);
    if (r->acked_seq > u->head_seq)
        return halt(u, UPLINK_FORKED);
    if (r->center_epoch < u->center_epoch)
        return fail(u, UPLINK_NONSENSE, now_ms, dice);
    return greeted(u, r, now_ms, dice);
}

struct uplink_verdict uplink_hello_answered(struct uplink *u, const struct uplink_answer *a,
                                            int64_t now_ms, const struct dice *dice)
{
    if (u->state == UPLINK_HALTED)
        return trouble(UPLINK_FINE);
    assert(u->state == UPLINK_GREETING);
    u->stuck = a->stuck;
    if (!a->came)
        return fail(u, UPLINK_NO_ANSWER, now_ms, dice);
    if (a->status == 200)
        return a->hello ? hello_taken(u, a->hello, now_ms, dice)
                        : fail(u, UPLINK_NONSENSE, now_ms, dice);
    if (asks_to_wait(a)) {
        away_until(u, wait_until_ms(a, now_ms, dice));
        return trouble(UPLINK_SLOWED);
    }
    if (history_trouble(name_of(a)) != UPLINK_FINE)
        return halt(u, history_trouble(name_of(a)));
    if (a->status >= 500)
        return fail(u, UPLINK_FAILING, now_ms, dice);
    return fail(u, a->status == 404 ? UPLINK_OLD_CENTER : refusal(a->status), now_ms, dice);
}
