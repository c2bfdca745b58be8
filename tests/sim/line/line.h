/* One simulated cloud line: a store's box (the real books, storage, positions and minds of sync), a
 * model of the product center, a bad network between them, and people who sell the same few
 * portions on both ends. Beside them the truth: who sold, counted and received what, having seen
 * what of the other side.
 *
 * One seed, one thread, virtual time. What is said on the line is text, made and read by the real
 * codecs. Quantities in tenths.
 */
#ifndef SIM_LINE_LINE_H
#define SIM_LINE_LINE_H

#include <stdio.h>
#include <sys/types.h>

#include "edge/books/books.h"
#include "edge/books/center.h"
#include "proto/cloud_batch.h"
#include "proto/cloud_event.h"
#include "proto/due.h"
#include "proto/oversell.h"
#include "proto/rights.h"
#include "storage/uptime.h"
#include "sync/downlink.h"
#include "sync/exchange.h"
#include "sync/execute.h"
#include "sync/pull.h"
#include "tests/sim/agenda.h"
#include "tests/sim/dice.h"
#include "tests/sim/line/plants.h"

#define SECOND_MS 1000
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS   (60LL * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)

#define START_AT_MS 1769565600000 /* true time at the beginning: 2026-01-28 02:00 UTC */

#define ITEMS      3
#define PORTION_T  10
#define NEVER_MS   INT64_MAX
#define TEXT_BYTES (256 * 1024) /* the longest that is said on the line */

struct object item_object(int item);
int item_of(struct object object); /* -1: none of ours */

enum happening {
    COMES_GUEST,    /* in the store */
    COMES_SHOPPER,  /* online */
    COMES_STAFF,    /* counts, receives, wastes, closes */
    COMES_MERCHANT, /* counts and closes at the center */
    COMES_TIMERS,   /* the box looks at its timers */
    COMES_TURN,     /* the box looks whether it has something to say */
    COMES_PARCEL,   /* which: reaches its end */
    COMES_TIMEOUT,  /* request: no answer came in time */
    COMES_DUE,      /* the center looks whether something is due */
    COMES_HEAD,     /* the center repeats its retained head */
    COMES_WEATHER,
    COMES_CLOCK, /* somebody sets a clock */
    COMES_CRASH, /* of the box */
    COMES_BOOT,
    COMES_IMAGE,    /* an image of the box's disk, or of the center's database, is taken */
    COMES_DISASTER, /* an image is put back, a box is replaced, the center fails over */
    COMES_QUIET,    /* people rest, the network heals: both sides must be equal */
};

/* ---- the truth ---- */

struct point {          /* the sum after it */
    struct position at; /* the hub's */
    uint64_t ver;       /* the center's */
    int64_t sum_t;
};
struct points {
    struct point *list;
    uint32_t n, cap;
};
struct count { /* somebody has said how many there are */
    bool by_hub;
    struct position at; /* the hub's event; its id in the row is "S:epoch.seq" */
    uint64_t ver;       /* the center's; its id in the row is "C:number" */
    uint64_t number;
    int64_t value_t, seen_h_t, seen_c_t; /* and had seen these sums of both sides */
    struct position saw_at;              /* the center's: the last event it had seen */
    uint64_t saw_ver;                    /* the hub's: the version it had seen; 0: cannot be told */
    uint32_t center_epoch;               /* versions of which it speaks */
};
struct counts {
    struct count *list;
    uint32_t n, cap;
};
#define GEN_TEXT 32
/* A generation of a row: where the sides have cut. */
struct cut {
    char id[GEN_TEXT];
    bool hub, center;   /* known */
    int64_t h_t, c_t;   /* their sums, without what was locked */
    struct position at; /* the hub's event */
};
#define CUTS 16 /* generations that clocks, claims and restores may still bring back */
/* What is left of a generation of a STRICT row, told by what people took (P6). The hub's part
 * counts from its acknowledgement of the mode or its restore, the center's from when it knows. */
struct account {
    char id[GEN_TEXT]; /* "": free */
    bool supplied;     /* the center's part is there */
    bool acked;        /* the hub's began with its MODE_ACK */
    bool awaited;      /* the center's comes with the hub's restore */
    int64_t hub_t, center_t;
    int64_t opened_t;  /* the hub's, when it opened it */
    int64_t allowed_t; /* so much below zero is waste's, an override's, or was
                          before */
};
#define ACCOUNTS 4
enum { HUB_POS, HUB_KIOSK, HUB_SELLS };
enum sale_state { SALE_LOCKED, SALE_PAID, SALE_OVER };
#define SALE_LINES 2
struct sale { /* an order of the store */
    char id[24];
    enum sale_state state;
    bool kiosk;
    int n;
    int item[SALE_LINES];
    int64_t q_t[SALE_LINES], back_t[SALE_LINES];
    uint32_t gen[SALE_LINES]; /* of the row, when it was placed */
    int64_t placed_ms;
    bool dim;      /* the clock was in doubt, or months off: by that time it is as old as can be,
                      and may be cleared */
    uint32_t life; /* of the box, when it was placed */
};
struct stray { /* a movement by a box that was rolled back, or is new */
    struct position at;
    int item;
    int64_t q_t;
    bool strict; /* it moved the account of that generation */
    char gen[GEN_TEXT];
};
struct row_truth {
    struct points hub, center;
    struct counts counts;
    int64_t box_h_t;  /* what this box's row must say: it may be behind the truth */
    int64_t locked_t; /* by open orders of this box */
    /* generations, as this box has them */
    char gen[GEN_TEXT];
    uint32_t gen_n;            /* a number of its own for each */
    int64_t used_t[HUB_SELLS]; /* in it */
    struct cut cuts[CUTS];     /* the newest last */
    int n_cuts;
    /* STRICT */
    bool strict;               /* in force at the box */
    char strict_gen[GEN_TEXT]; /* the account that the box's deeds move */
    struct account accounts[ACCOUNTS];
};
struct restored { /* by the hub */
    int item;
    int64_t due_ms;
    struct position at;
    bool aside;       /* the center has put it aside: it counts as not done */
    int64_t found_ms; /* the clock was wildly ahead, and the box takes this for its last; or 0 */
};
struct due { /* a due time that the box's clock has passed */
    int item;
    int64_t due_ms;
};
struct cmd_done {
    uint64_t number;
    int item;
    struct position at;
};
struct truth {
    struct restored *restored;
    uint32_t n_restored, cap_restored;
    struct due *due;
    uint32_t n_due, cap_due;
    struct cmd_done *cmds; /* the center's commands that the box has carried out */
    uint32_t n_cmds, cap_cmds;
    struct row_truth rows[ITEMS];
    struct sale *sales;
    uint32_t n_sales, cap_sales;
    struct stray *strays; /* until they are salvaged */
    uint32_t n_strays, cap_strays;
};

/* ---- people in the store ---- */

enum deed {
    DEED_NONE,
    DEED_SELL,
    DEED_PLACE,
    DEED_PAY,
    DEED_CANCEL,
    DEED_REFUND,
    DEED_MOVE,
    DEED_COUNT,
    DEED_PLAN,  /* which is a count where it sets a limit */
    DEED_RETURN /* of rights */
};
struct ask {         /* one request, until it was answered */
    bool override;   /* by a manager's word */
    bool open, done; /* done: the books have carried it out, whether or not the reply came */
    enum verb verb;
    bool kiosk;
    char req_id[24], text[640];
    enum deed deed;
    uint32_t sale;     /* PAY, CANCEL, REFUND */
    struct sale order; /* SELL, PLACE */
    int item;
    int64_t q_t;
};
#define TILLS 2

/* ---- the box ---- */

enum said { SAID_NOTHING, SAID_HELLO, SAID_BATCH, SAID_FIND };
struct box {
    char dir[64], image_dir[64];
    struct store *store; /* NULL: it is down */
    struct books books;
    struct journal_head head; /* of the store, while knows_head: no transaction since (box_head) */
    bool knows_head;
    struct books_config config;
    struct arena scratch;
    struct uptime uptime;
    uint32_t life;
    int64_t on_ms, wall_off_ms; /* its monotonic clock was 0; its wall clock is off by */
    bool rtc_broken;
    bool kept;            /* a time source keeps its wall clock, however wildly off that is */
    bool held;            /* the center's clock differs: the RTC is followed no more ... */
    int64_t rtc_ms;       /* ... and this was what it said less the time since the box is on */
    int64_t heard_off_ms; /* what the center's clock says beyond that */
    /* sync, in memory only */
    struct uplink uplink;
    bool opened, greeted; /* the center has answered a hello of this life, and well */
    bool greets_again;    /* a push has said that the center failed over */
    enum said said;       /* what the request under way is */
    uint32_t request;     /* its number; 0: none */
    int64_t look_ms;      /* a turn is planned at this time */
    int64_t answered_ms;  /* when the center last answered */
    struct downlink downlink;
    struct pull pull;
    struct pull_query query; /* under way */
    char *buffer;
};
/* What one transaction of the box does. */
struct work {
    struct command command;
    bool no_command;
    struct sync_work *sync;
    struct outcome out;
    bool committed;
    bool forgets; /* a claim: what the box did alone counts for nobody */
    struct position before, after;
    struct stock_row rows_before[ITEMS], rows[ITEMS]; /* as they stood before and after it */
    struct ask *ask;                                  /* whose request it is; NULL: the box's own */
};

/* ---- the center ---- */

#define HOLDS 12
struct hold { /* an online order that is not paid yet */
    int item;
    int64_t q_t;
    uint32_t gen; /* of the center's row */
};
#define CMDS     4
#define CMD_TEXT 24
struct cmd { /* that waits until the hub says it is done */
    uint64_t number;
    const char *op; /* "SET", "ADJUST", "RECALL" */
    int64_t v_t;
};
struct shortage { /* a case */
    bool open;
    int64_t over_t, since_ms; /* units; first seen; -1: not short */
};
struct center_state { /* what its database holds */
    uint32_t epoch;
    uint64_t acked, head, ver, applied;
    uint8_t tail[HASH_BYTES];
    struct stock_row rows[ITEMS];
    struct shortage cases[ITEMS];
    struct hold holds[HOLDS];
    uint32_t n_holds, n_dead;
    struct cmd cmds[ITEMS][CMDS];
    int n_cmds[ITEMS];
    char last_req[ITEMS][LIMIT_REQ_ID + 1]; /* the want that was answered last */
    int64_t req_t[ITEMS];                   /* what it was given */
    uint32_t counted_epoch[ITEMS];          /* the epoch in which the store has counted it last */
    struct position told_at[ITEMS];         /* the last event that has told its counters */
};
struct dead {
    uint32_t epoch;
    uint64_t seq;
};
struct center {
    struct center_state s, image;
    bool has_image;
    uint32_t center_epoch;
    struct hlc hlc;
    int64_t off_ms, down_until_ms; /* its clock; nobody answers */
    uint8_t (*hashes)[HASH_BYTES]; /* of the open epoch, by seq */
    uint64_t n_hashes;
    uint64_t *heard; /* hashes of events of closed epochs, heard then or as salvage */
    uint32_t n_heard, cap_heard;
    struct dead *dead;
    uint32_t cap_dead;
    struct arena texts;
    char cmd_text[ITEMS][CMDS][CMD_TEXT]; /* of the rows said last */
};

/* ---- the whole ---- */

struct parcel {
    bool used, down, answer; /* free when not used; to the box; of a request */
    bool is_head;
    uint32_t request, life; /* whose it is: the box's life */
    const char *path;
    int status; /* 0: the connection broke */
    char *text;
    size_t n;
};
#define ZONE_CHANGES 64
struct zone_changes {
    int32_t first_s; /* seconds east of UTC, at first */
    struct {
        int64_t at_ms;
        int32_t offset_s; /* from then on */
    } change[ZONE_CHANGES];
};
struct line_options {
    uint64_t seed;
    int64_t hours, partitions;
    bool sparse; /* the traffic of a small store; else that of a rush */
    enum plant plant;
    bool trace;
};
struct totals { /* counters, violations first (tests/sim/seeds.h) */
    uint64_t violations, sales, shopped, crashes, batches, pulls, pushes, rounds, claims, failovers,
        dead, gave_up, cases, commits;
    uint64_t restores, top_ups, mode_acks, takeovers, offers, returns, overrides;
    uint64_t due, executed, twice, missed; /* restores of the hub, by due times */
    /* done, and to be done again: by a box that was lost before it said so, and put aside by the
     * center */
    uint64_t lost, aside;
    uint64_t wild; /* done by a clock that was wildly ahead, and found out */
    uint64_t strict_oversold_t;
    uint64_t cuts; /* of the line, by the weather */
    /* the figure */
    uint64_t partitions, true_t, found_t, right_t, wrong_cases;
};
#define TRACE_LINES 60
#define TRACE_TEXT  300
struct world {
    struct line_options options;
    int64_t now_ms, end_ms;
    struct agenda agenda;
    struct zone_changes zone;
    struct zone clocks;     /* of it */
    bool rules;             /* policies, restores and selling rights are there */
    bool strict, failsover; /* rows may be STRICT; the center may fail over: not both */
    bool wastes;            /* waste, overrides */
    uint32_t n_gens;
    struct chance chance, faults, net, people, plants;
    struct box box;
    struct center center;
    struct truth truth, truth_image; /* as the box's image was taken */
    bool has_image, stray;           /* stray: the box was rolled back and does not know it yet */
    struct position image_at;
    bool failed_over; /* the center has; the box has not pulled everything since */
    struct ask tills[TILLS];
    uint32_t n_asks;
    struct parcel *parcels;
    uint32_t n_parcels, n_requests;
    /* the weather */
    bool quiet; /* people rest, nothing is lost */
    bool calm;  /* nothing crashes */
    bool aside; /* since the last quiet time the center has set an event aside */
    uint64_t failing_seq;
    uint32_t n_poison; /* events that the center failed on */
    uint32_t lost_permille, twice_permille;
    int64_t slow_ms, cut_until_ms;
    /* what may not go back (P8) */
    struct position seen_acked;
    uint64_t seen_applied;
    uint32_t seen_epoch;
    struct hlc seen_hlc;
    struct totals totals;
    bool broken;
    char trace[TRACE_LINES][TRACE_TEXT];
    uint32_t n_trace;
};

/* ---- world.c ---- */
struct totals line_run(const struct line_options *options);
void trace(struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The property is violated: prints what, the story so far, and how to replay it. */
void violation(struct world *w, const char *property, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void world_open(struct world *w, const struct line_options *options);
void world_close(struct world *w);
void plan(struct world *w, int64_t in_ms, enum happening what, uint32_t id);
bool world_step(struct world *w); /* the next happening; false: the end, or a violation */
void line_replay(const struct line_options *o, FILE *out);

/* ---- box.c, disk.c ---- */
void disk_folders(struct box *b);
void disk_sweep(void); /* what runs have left that were killed */
void box_open(struct world *w);
void box_close(struct world *w);
void box_boot(struct world *w);
void box_crash(struct world *w); /* and comes back later */
/* One transaction, perhaps with a crash before or after its commit, counted by the truth. False:
 * the box has crashed, or was down. The caller ends work with work_end. */
bool box_run(struct world *w, struct work *k);
void work_end(struct work *k);
struct txn *box_look(struct world *w);
void box_timers(struct world *w);
void box_hears_clock(struct world *w, int64_t center_ms); /* the center has said its own */
void box_forget(pid_t pid); /* removes what a run of that process left */
struct journal_head box_head(struct world *w);
void disk_image(struct world *w);    /* keeps a copy */
void disk_rollback(struct world *w); /* the box starts from the copy */
void disk_replace(struct world *w);  /* a new, empty box */

/* ---- talk.c, pull.c, claim.c: what the box says to the center, and hears ---- */
void talk_turn(struct world *w); /* after anything that may give it something to say */
void talk_forget(struct box *b); /* its memory is gone */
void talk_answered(struct world *w, const struct parcel *p);
void talk_timeout(struct world *w, uint32_t request);
void talk_pushed(struct world *w, struct str text);
void talk_head(struct world *w, struct str text);
void talk_say(struct world *w, enum said said, const char *path, struct str text);
bool talk_position(struct world *w, struct sync_position *out);
struct dice talk_dice(struct world *w);
int64_t pull_at_ms(struct world *w);
void pull_say(struct world *w);
void talk_found(struct world *w, enum https_result line, const struct https_answer *http);
/* Its history is not the center's: it claims an epoch, and what it did alone is salvaged. */
void claim_epoch(struct world *w);
bool has_salvage(struct world *w);
bool salvage_turn(struct world *w); /* false: the box has crashed */
bool say_rows_again(struct world *w, const struct state_ask *ask);
bool take_rows(struct world *w, const struct center_rows *rows, struct sync_work *sync);
struct str store_poi(void);

/* ---- net.c ---- */
void net_request(struct world *w, const char *path, struct str text, uint32_t request);
void net_answer(struct world *w, const struct parcel *to, int status, struct str text);
void net_push(struct world *w, struct str text, bool is_head);
void net_arrives(struct world *w, uint32_t parcel);
void net_weather(struct world *w);
void net_free(struct world *w);
bool net_is_cut(const struct world *w);

/* ---- center.c, ingest.c, failover.c ---- */
void center_open(struct world *w);
void center_close(struct world *w);
void center_hears(struct world *w, const struct parcel *p);
int64_t center_ms(const struct world *w); /* its clock */
void center_changed(struct world *w, int item);
void center_head(struct world *w);
void center_judge_cases(struct world *w);
void center_count(struct world *w, int item, int64_t q_t);
void center_status(struct world *w, int item, bool on_sale);
bool center_sells(struct world *w, int item, int64_t q_t);
bool center_holds(struct world *w, int item, int64_t q_t);
void center_settles(struct world *w, uint32_t hold, bool paid);
void center_image(struct world *w);
void center_failover(struct world *w);
uint32_t center_claim(struct world *w, uint32_t epoch);
void center_salvages(struct world *w, struct str text);
struct cloud_row center_row(struct world *w, int item, uint64_t over);
/* A batch; *status is 200 with a reply, or another with an error, written to `out`. */
void ingest(struct world *w, const struct cloud_sync *in, int *status, struct jw *out);
void refuse(struct jw *out, int *status, const struct cloud_error *e);

/* ---- zone.c ---- */
struct zone zone_open(struct zone_changes *z, uint64_t seed);
/* The latest due time up to then, 0: none yet. */
int64_t zone_due(const struct zone_changes *z, int64_t first_ms, bool daily, int64_t now_ms);

/* ---- rights.c: what the model center does with policies, restores and selling rights ---- */
void rules_open(struct world *w);
void center_settle(struct world *w, int item); /* after each change of its own */
void center_policy(struct world *w, int item);
void center_plan(struct world *w, int item);
void center_unlimits(struct world *w, int item);
void center_mode(struct world *w, int item);
void center_shape(struct world *w, int item); /* weight, limit, reserve of a channel */
bool center_commands(struct world *w, int item, const char *op, int64_t v_t);
void center_restores(struct world *w); /* what is due */
void center_restored(struct world *w, int item, int64_t due_ms);
void center_wants(struct world *w, const struct cloud_sync *in, unsigned *back);
void center_covers(struct world *w, unsigned *back);
void center_catches_up(struct world *w); /* with what is due, before a box is taken for lost */
void center_presumes(struct world *w);
struct stamp center_stamp(struct world *w, struct stamp seen);
int64_t center_room(const struct world *w, int item); /* what online may sell */
/* One event on the row, as far as it is about these things; true: the row goes back. */
bool rules_event(struct world *w, int item, const struct cloud_event *e,
                 const struct event_facts *f, enum stock_mode before);
/* It would open a generation that the center's clock is far from. */
bool rules_ahead(const struct world *w, const struct cloud_event *e);

/* ---- strict.c: P6 ---- */
void strict_hub(struct world *w, int item, int64_t q_t, int64_t allowed_t);
void strict_center(struct world *w, int item, int64_t q_t);
void strict_center_free(struct world *w, int item, int64_t over_t); /* it has set no limit */
void strict_hub_opens(struct world *w, int item, const char *id, bool anew);
void strict_hub_follows(struct world *w, int item, const char *id); /* it is in that one now */
void strict_hub_back(struct world *w, int item, const char *from, const char *to);
/* With the box its restore is lost. Where the center's clock has not reached that time the stock is
 * set anew at it: who opens the generation again begins anew. */
void strict_hub_lost(struct world *w, int item, int64_t due_ms);
void strict_hub_ends(struct world *w, int item);
void strict_supplied(struct world *w, int item, const char *id, int64_t center_t);
void strict_center_ends(struct world *w, int item); /* it hears that the hub is LOOSE */
void strict_supplied_by_mode(struct world *w, int item, const char *id, int64_t left_t);
void strict_hub_opened(struct world *w, int item, const char *id, int64_t left_t);
void strict_forgets(struct world *w); /* the center has lost what it had granted */

/* ---- people.c ---- */
void people_open(struct world *w);
void guest_comes(struct world *w, uint32_t till);
void staff_comes(struct world *w, uint32_t till);
void shopper_comes(struct world *w);
void merchant_comes(struct world *w);
void till_sells(struct world *w, uint32_t till, bool place);
void till_counts(struct world *w, uint32_t till, int item, int64_t q_t);
void till_moves(struct world *w, uint32_t till, int item, int64_t q_t);
void till_ends(struct world *w, uint32_t till, bool pay);
void sale_cancel(struct world *w, uint32_t sale); /* by the box's own people, at once */

/* ---- truth.c ---- */
void truth_work(struct world *w, const struct work *k); /* a transaction is committed */
void truth_center_moved(struct world *w, int item, int64_t q_t, uint64_t ver);
void truth_center_counted(struct world *w, int item, int64_t q_t, uint64_t ver, uint64_t number);
void truth_events_lost(struct world *w, struct position after); /* of the hub, for ever */
void truth_center_lost(struct world *w, uint64_t after_ver);
int64_t truth_hub_sum(const struct row_truth *r);
int64_t truth_hub_sum_at(const struct row_truth *r, struct position at);
int64_t truth_center_sum(const struct row_truth *r);
int64_t truth_center_sum_at(const struct row_truth *r, uint64_t ver);
/* real of the row, given which count is in force; false: that count cannot be in force. */
bool truth_real(struct world *w, int item, struct str base_id, int64_t *real_t);
void truth_void_count(struct world *w, struct position at);
/* What the box has carried out without the center's having heard of it, since its event was set
 * aside and none that tells the row's counters has come after that. */
bool truth_cmd_unheard(const struct world *w, const struct cmd_done *c);
/* Of events that the center set aside, and whose rows no box can say again, it has no sums. */
void truth_aside_lost(struct world *w);
/* Strays up to there are known to the center: what they add to its sums. */
void truth_salvaged(struct world *w, struct position upto, int64_t moved_t[ITEMS]);
void truth_copy(struct truth *to, const struct truth *from);
void truth_copy_box(struct row_truth *to, const struct row_truth *from);
void truth_sum_restores(struct world *w); /* into the totals, at the end */
void *truth_grow(void *list, uint32_t n, uint32_t *cap, size_t size);
void truth_moved(struct world *w, int item, int64_t q_t, struct position at);
void truth_free(struct truth *t);
/* Both sides are equal, and no older state will be put back: what has ended may be forgotten. */
void truth_prune(struct truth *t);

/* ---- generations.c ---- */
void truth_gens(struct world *w, const struct work *k); /* before truth_work: a transaction */
/* What came due just before the claim, in the epoch that it ends. */
void truth_gens_left(struct world *w, const struct work *k);
void truth_center_cut(struct world *w, int item, const char *id);
void truth_takeover(struct world *w, int item, const char *id, struct position at);
/* By the hub's RESTORE at `at` the center takes those of later due times back that the hub had told
 * of before. */
void truth_taken_back(struct world *w, int item, int64_t due_ms, struct position at);
void truth_restore_void(struct world *w, struct position at);
/* Of a box that is gone: orders that it held, and the image does not know, are nobody's. */
void truth_locks_lost(struct world *w, const struct truth *image);
void truth_restores_lost(struct world *w, struct position after);
/* No clock that was wildly ahead keeps a row from its restores when the center is heard. */
void check_found_out(struct world *w);

/* ---- check.c, quiet.c ---- */
void check_box(struct world *w, const char *property);   /* after a transaction */
void check_sales(struct world *w, const char *property); /* every order, from the disk */
void check_drained(struct world *w);                     /* after an ingestion */
void quiet(struct world *w);
bool is_drained(struct world *w);

/* ---- partitions.c ---- */
struct totals partitions_run(const struct line_options *options);

#endif
