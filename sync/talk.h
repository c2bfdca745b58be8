/* Inside the HTTPS thread: each conversation with the center is a talk, with a file of its own.
 *
 *   sync/session.c   the thread: hears the shell's words, asks every talk when it wants to speak,
 *                    lets the one speak that is due and has been silent longest
 *   sync/talk_*.c    one talk each: composes, posts, reads the answer, consults the shell
 *   sync/talk.c      what all of them share; what an answer asks of the store is in talk_answer.c
 *
 * A new talk: a file, a line below, TALK_COUNT, and its place in the table of sync/session.c.
 *
 * One request is in flight at most, because the thread does one thing at a time. Nothing here is
 * seen by the shell but the report; nothing here is called from another thread.
 */
#ifndef SYNC_TALK_H
#define SYNC_TALK_H

#include <pthread.h>
#include <stdatomic.h>

#include "sync/exchange.h"
#include "sync/halving.h"
#include "sync/pull.h"
#include "sync/report.h"
#include "sync/rows.h"

#define TALK_NEVER    INT64_MAX
#define TALK_RETRY_MS 30000 /* a store that cannot speak as it stands is looked at again */
#define TALK_COUNT    7

struct session {
    pthread_t thread;
    struct https *https;
    struct queue *in, *out; /* to the thread; to the shell */
    struct letter bell;     /* there are words */
    atomic_bool bell_is_out;
    atomic_uint words; /* bits of enum session_word that the thread has not heeded */
    struct store *store;
    const struct store_identity *identity;
    char box_id[LIMIT_BOX_ID + 1];
    struct str tz;
    struct dice dice;
    struct uplink uplink;
    struct pull pull;
    struct reconcile reconcile;
    bool said_again; /* ROW_STATE for what the center put aside is on its way */
    struct {
        bool on, good; /* hello was told 404; the base API answers */
        int64_t due_ms, pull_ms;
    } legacy;
    struct rows_reader rows;
    const char *cert_file, *key_file; /* of the hub's own; NULL: others are configured */
    struct timespec papers_at;        /* when the certificate that is shown was written */
    struct backoff claim_backoff, salvage_backoff;
    struct claim_wish wish; /* the claim that was tried last */
    atomic_uint seen_epoch; /* the highest that a device has witnessed, if above ours */
    bool claimed;           /* a claim was taken, and the line not yet opened by it */
    int64_t claim_at_ms;    /* a claim that failed is not tried before */
    uint64_t salvage_head;  /* the journal's last event when old ones were looked for */
    int64_t salvage_at_ms;  /* the next try; TALK_NEVER: nothing was left */
    struct halving salvage_halving;
    uint32_t salvage_epoch;      /* of salvage_halving; 0: of none yet */
    _Atomic(struct ask *) asked; /* the shell's question, until it is posted */
    bool opened;                 /* the minds know where the store stands */
    bool greeted;                /* and the center has accepted that */
    bool paused;
    uint64_t told_ver;              /* the center's version, as its last answer to a batch said */
    uint64_t wants_told;            /* mark of the wants that it has answered to last */
    struct object wants_after;      /* of more than one batch holds: where the next one begins */
    struct cloud_settings settings; /* as the center said last */
    _Atomic(int64_t) beat_ms;       /* an idle line says that it is there so often */
    int64_t answered_ms;            /* the center's last answer, by talk_now_ms */
    uint64_t spoke[TALK_COUNT];     /* the turn in which each talk spoke last */
    uint64_t turn;
    uint64_t dead[LIMIT_BATCH_EVENTS + 1];
    struct session_report report;
    char *buffer; /* BATCH_BUFFER: what is being said */
};

struct talk {
    const char *name;
    /* When it wants to speak, by talk_now_ms: now or earlier is at once; TALK_NEVER: not before
     * something happens. Asked only while the session is open. */
    int64_t (*due_ms)(const struct session *s, int64_t now_ms);
    /* One request at most, with all that its answer asks of the store. */
    void (*speak)(struct session *s);
};
extern const struct talk TALK_SALVAGE, TALK_HELLO, TALK_BATCH, TALK_PULL, TALK_DIGEST, TALK_LEGACY,
    TALK_ASK;

int64_t talk_now_ms(void); /* monotonic */

/* ---- where the store stands ---- */

struct talk_standing {
    struct journal j;
    struct sync_position position;
    bool enrolled;
    uint64_t wants_mark; /* storage/want.h */
};
enum session_fault talk_look(struct session *s, struct talk_standing *out);
/* Looks where the store stands, enrols it when nobody has, and opens the minds. When that cannot
 * be, says so and waits a while. */
void talk_open(struct session *s);
/* Looks at the journal again; true when there is something new to send, or the store has changed
 * under our feet and must be opened again. */
bool talk_journal_grew(struct session *s);

/* ---- the shell ---- */

/* The command that the next report takes to the writer; all zeroes but its verb. */
struct sync_command *talk_work(struct session *s, enum sync_verb verb);
void talk_blame(struct session *s, enum session_fault fault, const char *why);
/* The report goes to the shell and comes back: afterwards s->report.err and .work.result say what
 * the writer made of it, and it is empty again. */
void talk_consult(struct session *s);
/* Waits for a letter or that long; negative: for a letter. */
void talk_await(struct session *s, int64_t span_ms);
/* True if the shell had said it; heeded with that. */
bool talk_heed(struct session *s, enum session_word word);

/* The shell's question goes back unasked: the line is not there. */
void talk_ask_back(struct session *s);

/* ---- claims (sync/talk_claim.c): the one talk that opens the store ---- */

/* Makes the claim that somebody has wished for, or waits for the time of the next try. False:
 * nobody has. */
bool talk_claim(struct session *s);
/* Wishes for one: the store is opened again, by it. */
void talk_wish(struct session *s, enum claim_reason reason, bool fence);
/* After an answer that halted the line: wishes for a claim where this box may make it by itself. */
void talk_halted(struct session *s, const struct exchange *x);

/* ---- answers ---- */

/* Counts the request and keeps in words what was wrong with it. */
void talk_note_answer(struct session *s, const struct exchange *x, enum https_result line,
                      enum uplink_trouble trouble);
/* What the center decides for the hub; NULL: nothing. */
void talk_note_settings(struct session *s, const struct json *v);
/* The center has said its head. */
void talk_note_head(struct session *s, uint64_t head_ver);
/* Has the store do what the verdict on a hello or a batch asks for. */
void talk_conclude(struct session *s, struct exchange *x, const struct uplink_verdict *v);

#endif
