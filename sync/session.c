/* The thread, and what the shell may do to it. What is said to the center is in sync/talk_*.c. */
#include "sync/session.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "proto/crypto.h"
#include "sync/talk.h"

/* In this order where none has been silent longer than another. */
static const struct talk *const TALKS[TALK_COUNT] = {
    &TALK_SALVAGE, &TALK_HELLO, &TALK_BATCH, &TALK_PULL, &TALK_DIGEST, &TALK_LEGACY, &TALK_ASK};

static const char *fault_text(enum session_fault fault)
{
    static const char *const TEXTS[] = {
#define X(e, text) text,
        SESSION_FAULT_LIST(X)
#undef X
    };
    return TEXTS[fault];
}

const char *session_text(const struct session_facts *facts)
{
    if (facts->fault != SESSION_FINE)
        return fault_text(facts->fault);
    if (facts->trouble == UPLINK_NO_ANSWER)
        return https_result_text(facts->line);
    return uplink_trouble_text(facts->trouble);
}

static uint64_t roll(void *ctx)
{
    uint64_t bits;
    (void)ctx;
    random_bytes(&bits, sizeof(bits));
    return bits;
}

/* ---- what to do next ---- */

/* The talk that is due and has been silent longest, so that none can keep another from speaking;
 * TALK_COUNT: none is, before *until_ms. */
static size_t next_talk(const struct session *s, int64_t now_ms, int64_t *until_ms)
{
    size_t best = TALK_COUNT;
    *until_ms = TALK_NEVER;
    for (size_t i = 0; i < TALK_COUNT; i++) {
        int64_t due_ms = TALKS[i]->due_ms(s, now_ms);
        if (due_ms < *until_ms)
            *until_ms = due_ms;
        if (due_ms <= now_ms && (best == TALK_COUNT || s->spoke[i] < s->spoke[best]))
            best = i;
    }
    return best;
}

/* News wait for an idle uplink: what lingers, or is away, would not be sent any sooner. */
static void rest(struct session *s, int64_t now_ms, int64_t until_ms)
{
    enum uplink_do what = uplink_next(&s->uplink, now_ms).what;
    if ((what == UPLINK_IDLE || what == UPLINK_HALT) && talk_journal_grew(s))
        return;
    talk_await(s, until_ms == TALK_NEVER ? -1 : until_ms - now_ms);
}

static void take_turn(struct session *s)
{
    int64_t until_ms, now_ms = talk_now_ms();
    size_t i = next_talk(s, now_ms, &until_ms);
    if (i == TALK_COUNT) {
        rest(s, now_ms, until_ms);
        return;
    }
    s->spoke[i] = ++s->turn;
    TALKS[i]->speak(s);
}

static void pause_line(struct session *s, bool paused)
{
    if (s->paused == paused)
        return;
    s->paused = paused;
    talk_blame(s, paused ? SESSION_PAUSED : SESSION_FINE, "");
    talk_consult(s);
}

/* Whoever says so wants both directions. */
static void hurry(struct session *s)
{
    s->claim_at_ms = 0;
    if (!s->opened)
        return;
    if (s->salvage_at_ms != TALK_NEVER)
        s->salvage_at_ms = 0;
    uplink_hurry(&s->uplink, talk_now_ms());
    pull_hurry(&s->pull);
    pull_ask(&s->pull);
}

/* NEWS is heeded by those who look at the journal. */
static void heed_words(struct session *s)
{
    if (talk_heed(s, SESSION_PAUSE))
        pause_line(s, true);
    bool resumed = talk_heed(s, SESSION_RESUME);
    if (resumed)
        pause_line(s, false);
    if (talk_heed(s, SESSION_SYNC_NOW) || resumed)
        hurry(s);
    if (talk_heed(s, SESSION_RENEW)) {
        https_renew(s->https);
        hurry(s);
    }
    if (talk_heed(s, SESSION_PULL))
        pull_ask(&s->pull);
    if (talk_heed(s, SESSION_ASKED) && (s->paused || !s->opened))
        talk_ask_back(s);
    if (talk_heed(s, SESSION_HELLO) && s->opened)
        uplink_ask_again(&s->uplink, talk_now_ms());
    if (talk_heed(s, SESSION_DIFF))
        reconcile_demand(&s->reconcile);
}

/* The library writes to connections that the center may have closed. */
static void block_pipe_signal(void)
{
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, NULL);
}

static void *run(void *ctx)
{
    struct session *s = ctx;
    block_pipe_signal();
    while (!queue_closed(s->in)) {
        heed_words(s);
        if (s->paused)
            talk_await(s, -1);
        else if (s->opened)
            take_turn(s);
        else
            talk_open(s);
    }
    return NULL;
}

/* ---- the shell's side ---- */

static void session_free(struct session *s)
{
    https_close(s->https);
    queue_destroy(s->in);
    queue_destroy(s->out);
    free(s->buffer);
    free(s);
}

enum ph_err session_open(struct session **out, const struct session_options *options)
{
    *out = NULL;
    struct session *s = calloc(1, sizeof(*s));
    if (!s)
        return PH_ERR_MEMORY;
    s->cert_file = options->cert_file;
    s->key_file = options->key_file;
    s->store = options->store;
    s->identity = options->identity;
    s->rows = options->rows;
    s->tz = options->tz;
    s->dice.roll = roll;
    s->beat_ms = SESSION_BEAT_MS;
    memcpy(s->box_id, options->box_id.p, options->box_id.n);
    s->in = queue_create(2, NULL, NULL);
    s->out = queue_create(1, options->wake, options->ctx);
    s->buffer = malloc(BATCH_BUFFER);
    enum ph_err err = s->in && s->out && s->buffer ? PH_OK : PH_ERR_MEMORY;
    if (err == PH_OK)
        err = https_open(&s->https, &options->https);
    if (err == PH_OK && pthread_create(&s->thread, NULL, run, s) != 0)
        err = PH_ERR_MEMORY;
    if (err != PH_OK) {
        session_free(s);
        return err;
    }
    *out = s;
    return PH_OK;
}

/* Of two words that undo each other the later one counts. */
static void take_back(struct session *s, enum session_word word)
{
    if (word == SESSION_PAUSE)
        atomic_fetch_and(&s->words, ~(1u << SESSION_RESUME));
    if (word == SESSION_RESUME)
        atomic_fetch_and(&s->words, ~(1u << SESSION_PAUSE));
}

/* A word that was not heeded yet has rung already. */
void session_tell(struct session *s, enum session_word word)
{
    unsigned bit = 1u << word;
    take_back(s, word);
    if ((atomic_fetch_or(&s->words, bit) & bit) != 0)
        return;
    if (!atomic_exchange(&s->bell_is_out, true) && queue_put(s->in, &s->bell) != PH_OK)
        atomic_store(&s->bell_is_out, false);
}

/* Whoever waits for the seldom one must hear of it. */
void session_beat(struct session *s, bool seldom)
{
    int64_t beat_ms = seldom ? SESSION_SELDOM_MS : SESSION_BEAT_MS;
    if (atomic_exchange(&s->beat_ms, beat_ms) > beat_ms)
        session_tell(s, SESSION_NEWS);
}

void session_witnessed(struct session *s, uint32_t epoch)
{
    atomic_store(&s->seen_epoch, epoch);
}

bool session_ask(struct session *s, struct ask *ask)
{
    struct ask *none = NULL;
    if (!atomic_compare_exchange_strong(&s->asked, &none, ask))
        return false;
    session_tell(s, SESSION_ASKED);
    return true;
}

struct session_report *session_take(struct session *s)
{
    return (struct session_report *)queue_take(s->out);
}

void session_answer(struct session *s, struct session_report *report)
{
    /* Refused once the session is stopped: then nobody waits for it. */
    (void)queue_put(s->in, &report->letter);
}

void session_stop(struct session *s)
{
    https_stop(s->https);
    queue_close(s->in);
}

static void empty(struct queue *q)
{
    while (queue_take(q))
        ;
}

void session_close(struct session *s)
{
    if (!s)
        return;
    session_stop(s);
    pthread_join(s->thread, NULL);
    empty(s->in);
    empty(s->out);
    session_free(s);
}
