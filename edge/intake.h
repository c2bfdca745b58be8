/* The loop's side of the validation chain (lan-protocol 6): shape, role, remembered refusals,
 * limits; then a query is answered at once and a change goes to the writer. What comes back from
 * the writer is remembered and answered here.
 */
#ifndef EDGE_INTAKE_H
#define EDGE_INTAKE_H

#include "edge/books/query.h"
#include "edge/clock.h"
#include "edge/counters.h"
#include "edge/devices.h"
#include "edge/lan.h"
#include "edge/limits.h"
#include "edge/request.h"
#include "edge/soldout.h"

/* The largest reply: a page and its envelope, or a whole order; below the broker's packet limit. */
#define REPLY_BYTES 61440

struct intake {
    struct store *store;
    struct writer *writer;
    struct devices *devices;
    struct limits *limits;
    struct clock *clock;
    struct counters *counters;
    struct lan *lan;
    struct soldout *soldout;
    const struct store_identity *identity;
    const struct override_rule *override;
    struct override_known pin; /* forgotten when the rule may be another one */
    const struct zone *zone;   /* the store's */
    uint8_t secret[32];
    struct position at; /* newest position that was committed and answered */
    struct request_pool pool;
    struct arena scratch; /* one query or reply */
    char reply[REPLY_BYTES];
    bool enrolled; /* the store has a center, which has all up to `acked` */
    struct position acked;
    uint32_t seen_epoch; /* the highest that a device has witnessed, if above ours */
    bool stopping;       /* nothing new is taken */
    /* A device witnessed a position above ours, and its tag is right: the disk was rolled back. */
    void (*rolled_back)(void *ctx, struct position witnessed, struct str device);
    void (*ponged)(void *ctx, struct str device, struct str nonce);
    void *ctx;
};
void intake_init(struct intake *in);
void intake_fini(struct intake *in);

/* A message on dev/<id>/req/<verb>. */
void intake_lan(struct intake *in, const struct lan_message *m);

/* For the control socket: a request with began_us set, whose `reply` the caller fills in. */
struct request *intake_begin(struct intake *in);
/* Steps 1 and 2; sets the clocks too. On a refusal the reply has gone out and the request is gone.
 */
bool intake_decode(struct intake *in, struct request *r, enum verb verb, const struct caller *who,
                   struct str body, const struct json_limits *limits);
/* Steps 3 and 4, then the query or the writer. The request is answered, now or later. `device` is
 * NULL for the control socket, which has no limits. */
void intake_admit(struct intake *in, struct request *r, struct device *device);
/* Answers with a text made by the caller, or with a refusal, and gives the request back. */
void intake_answer(struct intake *in, struct request *r, struct str text);
void intake_refuse(struct intake *in, struct request *r, enum code code, const char *detail,
                   int64_t retry_after_ms);
/* OK with a ready JSON value as "result"; gives the request back. */
void intake_result(struct intake *in, struct request *r, struct str value);
/* A command of the hub's own, without a reply; put_off: of proto/command.h. False: the writer did
 * not take it. */
bool intake_own(struct intake *in, enum verb verb, bool put_off);
/* The shell has carried out a command of which the books know nothing: its verb, its target and who
 * gave it, for the journal. False as above. */
bool intake_note(struct intake *in, const struct command *done);
/* Wall, uptime, business day: what every command carries. */
void intake_stamp(struct intake *in, struct command *c);

/* Back from the writer: counts, remembers and answers. The request stays the caller's, who looks at
 * its changes and gives it back. */
void intake_settle(struct intake *in, struct request *r);

#endif
