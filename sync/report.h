/* What goes between the shell and the HTTPS thread: a few words one way, one report there and back.
 * Plain data; who says what and when is in sync/session.h.
 */
#ifndef SYNC_REPORT_H
#define SYNC_REPORT_H

#include "proto/cloud_case.h"
#include "proto/cloud_order.h"
#include "proto/cloud_row.h"
#include "proto/cloud_settings.h"
#include "sync/ask.h"
#include "sync/execute.h"
#include "sync/https.h"
#include "sync/queue.h"
#include "sync/reconcile.h"
#include "sync/uplink.h"

/* What the shell may say to the thread. */
enum session_word {
    SESSION_NEWS,     /* the journal has grown */
    SESSION_SYNC_NOW, /* whatever waits for a later time is tried now */
    SESSION_PAUSE,    /* nothing is sent or fetched until RESUME, or until the hub starts again */
    SESSION_RESUME,
    SESSION_PULL,  /* something is missing: a pull, as soon as can be */
    SESSION_DIFF,  /* the rows are compared with the center's as soon as all is sent */
    SESSION_ASKED, /* session_ask has left a question */
    SESSION_HELLO, /* the center has failed over: it is greeted anew */
    SESSION_RENEW, /* nothing is acknowledged: another connection, and all is tried at once */
};

/* What is wrong on this side of the line.
 *  X(enum, what it says to people) */
#define SESSION_FAULT_LIST(X)                                                                      \
    X(SESSION_FINE, "")                                                                            \
    X(SESSION_UNREADABLE, "the store could not be read")                                           \
    X(SESSION_DAMAGED, "an event of the journal is damaged and cannot be sent")                    \
    X(SESSION_GONE, "events that the center lacks are no longer in the journal")                   \
    X(SESSION_EPOCH, "the store has opened an epoch that the center does not know")                \
    X(SESSION_BOX, "the store is enrolled with another box")                                       \
    X(SESSION_CLAIM, "this box has yet to claim the store at the center")                          \
    X(SESSION_TOKEN, "the center does not accept the token of this box's claim")                   \
    X(SESSION_PAUSED, "the cloud line is paused by hand")
enum session_fault {
#define X(e, text) e,
    SESSION_FAULT_LIST(X)
#undef X
};

#define SESSION_WHY      160
#define SESSION_ROW_TEXT 1280 /* a digest text as rows come; what is longer is cut */
struct session_facts {
    enum uplink_state state;
    enum uplink_trouble trouble; /* of the last answer */
    enum https_result line;      /* of the last request */
    enum session_fault fault;
    bool up;               /* the center answers, and well */
    bool fenced;           /* this hub sold nothing new when the store was looked at last */
    bool greeted;          /* it has accepted the store's history as it stands, in a hello */
    int64_t next_in_ms;    /* until the next try; 0: at once, or when there is something to send */
    char why[SESSION_WHY]; /* the last failure in a library's or the center's words, for the log */
    int64_t center_ms;     /* the center's clock, as its last answer said; 0: it said none ... */
    int64_t center_span_ms, center_at_ms; /* ... took so long, was here then (CLOCK_MONOTONIC) */
    uint64_t requests, failures, dead;
    uint64_t dead_seq; /* the last event that the center has set aside; 0: none */
    char dead_reason[32];
    uint64_t head_ver;            /* the center's, as it said last; 0: not yet */
    uint64_t heads;               /* how often it has said so */
    uint64_t bad_settings;        /* of the center's, refused as a whole, and where the last was */
    char settings_at[FIELD_PATH]; /* wrong */
    uint64_t pulls;               /* that came to their end: the books were level with the center */
    uint64_t bad_rows; /* elements of pulled pages that made no sense, and why the last did not */
    char bad_why[SESSION_WHY];
    char damaged_why[SESSION_WHY]; /* the record that no batch can go past; "": none */
    uint32_t pull_failures; /* pulls that were answered with no good, in a row; the last's words */
    char pull_why[SESSION_WHY];
    uint64_t orders_left_out;  /* open ones that the last claim did not bring */
    uint32_t salvage_failures; /* tries to tell old events, in a row, and why the last one failed */
    char salvage_why[SESSION_WHY];
    struct reconcile_result compare; /* of the last comparison with the center */
    struct object odd_object;        /* the last row that was found to differ, as digest texts */
    char odd_here[SESSION_ROW_TEXT], odd_there[SESSION_ROW_TEXT];
};

struct session_report {
    struct letter letter;
    struct session_facts facts;
    /* For the books, before the work and in its transaction. Borrowed until session_answer. */
    const struct cloud_row *rows; /* all that is in (ver_before, ver] and no echo of ours */
    uint32_t n_rows;
    uint64_t ver_before, ver;
    const struct claim_taken *claim;  /* not NULL: the rows are all there is, and this is theirs */
    const struct cloud_order *orders; /* the same, of a page */
    const struct cloud_case *cases;   /* of oversell; the same */
    uint32_t n_orders, n_cases;
    bool page; /* the books take the span even where it has no rows */
    bool full_begins, full_ends;
    struct position full_acked;
    bool again; /* rows that are no newer than ours are taken too: they read differently there */
    const struct object *objects; /* rows to be said again; never with rows */
    uint32_t n_objects;
    const uint64_t *dead; /* events set aside, whose rows are to be said again; never with rows */
    uint32_t n_dead, dead_epoch;
    struct ask *asked;                     /* the shell's own question, answered; NULL: none */
    const struct cloud_settings *settings; /* said anew by the center; NULL: not in this report */
    bool has_work;                         /* for the writer */
    struct sync_work work;
    enum ph_err err; /* the shell's answer: whether the writer could carry it out */
};

#endif
