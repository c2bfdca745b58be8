/* 20,000 hubs that lost their center together come back together: how hard, and how long until the
 * last one is in. Virtual time, one thread; every hub is a real sync/uplink with the real backoff,
 * the center is an answer after a while, with or without admission slots (sync-protocol 6.2).
 *
 *   bench_fleet --hubs N --rate R --outage-s S --seed K     one line of JSON
 *
 * --outage-s 0: the center was gone for an instant and answers the first that asks. --rate 0: it
 * admits everybody at once. Every hub has events that wait; the program fails when one of them is
 * not acknowledged in the end.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/uplink.h"

#define HUB_EPOCH     1
#define CONNECTED_MS  3600000 /* how long the line had held: an old connection */
#define ANSWER_MS     50      /* there and back */
#define NO_ANSWER_MS  20      /* until a dead address refuses */
#define BACKLOG       24      /* events of two hours at a busy store (6.3) */
#define BACKLOG_EVERY 7       /* and every seventh store has ten times that */
#define END_S         3600    /* nobody waits that long: the run has failed */
#define PLACES_S      2       /* unused places are kept so long: hubs spread so far behind a slot */

struct options {
    uint32_t hubs;
    double rate;
    int64_t outage_ms;
    uint64_t seed;
};

struct hub {
    struct uplink uplink;
    struct dice dice;
    uint64_t random;
    bool asked;      /* an answer is on its way */
    bool admitted;   /* once, after the outage */
    int64_t in_ms;   /* all acknowledged; -1: not yet */
    int64_t look_ms; /* when the hub is to be looked at: its place in the heap */
};

struct fleet {
    struct options o;
    struct hub *hubs;
    struct hub **heap;
    uint32_t n_heap, in;
    double places, slot_ms; /* free at once; the last slot that was given */
    int64_t places_at_ms;
    uint32_t *per_s;   /* attempts in each second after the outage */
    uint64_t attempts; /* after the outage */
    int64_t *admitted_ms;
    uint32_t n_admitted;
};

/* splitmix64, so that a run repeats */
static uint64_t roll(void *ctx)
{
    uint64_t *state = ctx;
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* ---- the agenda ---- */

static void swap(struct fleet *f, uint32_t a, uint32_t b)
{
    struct hub *h = f->heap[a];
    f->heap[a] = f->heap[b];
    f->heap[b] = h;
}

static void push(struct fleet *f, struct hub *h, int64_t at_ms)
{
    uint32_t i = f->n_heap++;
    h->look_ms = at_ms;
    f->heap[i] = h;
    for (; i > 0 && f->heap[(i - 1) / 2]->look_ms > f->heap[i]->look_ms; i = (i - 1) / 2)
        swap(f, i, (i - 1) / 2);
}

static struct hub *pop(struct fleet *f)
{
    struct hub *first = f->heap[0];
    f->heap[0] = f->heap[--f->n_heap];
    for (uint32_t i = 0, least;; i = least) {
        least = i;
        for (uint32_t k = 2 * i + 1; k <= 2 * i + 2 && k < f->n_heap; k++) {
            if (f->heap[k]->look_ms < f->heap[least]->look_ms)
                least = k;
        }
        if (least == i)
            return first;
        swap(f, i, least);
    }
}

/* ---- the center ---- */

/* 0: come in. Else when to ask again. Places come free at the rate; who finds none is given the
 * next slot behind all that were given, so that those who come back find places. */
static int64_t admit(struct fleet *f, const struct hub *h, int64_t now_ms)
{
    if (f->o.rate <= 0 || h->admitted)
        return 0;
    f->places += (double)(now_ms - f->places_at_ms) * f->o.rate / 1000;
    f->places_at_ms = now_ms;
    if (f->places > f->o.rate * PLACES_S)
        f->places = f->o.rate * PLACES_S;
    if (f->places >= 1) {
        f->places -= 1;
        return 0;
    }
    f->slot_ms = (f->slot_ms > (double)now_ms ? f->slot_ms : (double)now_ms) + 1000 / f->o.rate;
    return (int64_t)f->slot_ms - now_ms;
}

static void note_attempt(struct fleet *f, int64_t now_ms)
{
    int64_t second = (now_ms - f->o.outage_ms) / 1000;
    if (second < 0)
        return;
    f->per_s[second]++;
    f->attempts++;
}

static void note_admitted(struct fleet *f, struct hub *h, int64_t now_ms)
{
    if (h->admitted)
        return;
    h->admitted = true;
    f->admitted_ms[f->n_admitted++] = now_ms - f->o.outage_ms;
}

static void answer_hello(struct fleet *f, struct hub *h, int64_t now_ms)
{
    struct uplink_answer a = {.came = now_ms - ANSWER_MS >= f->o.outage_ms, .retry_after_ms = -1};
    struct cloud_hello_reply reply = {
        .epoch = HUB_EPOCH, .center_epoch = 1, .max_batch = LIMIT_BATCH_EVENTS};
    struct cloud_error error = {.code = 429, .name = CLOUD_SLOW_DOWN};
    if (a.came) {
        error.retry_after_ms = admit(f, h, now_ms);
        a.status = error.retry_after_ms > 0 ? 429 : 200;
        if (a.status == 200) {
            a.hello = &reply;
            reply.acked_seq = h->uplink.from_seq;
            note_admitted(f, h, now_ms);
        } else {
            a.error = &error;
        }
    }
    uplink_hello_answered(&h->uplink, &a, now_ms, &h->dice);
}

static void answer_batch(struct hub *h, int64_t now_ms)
{
    struct cloud_sync_reply reply = {.epoch = HUB_EPOCH, .acked_seq = h->uplink.last_seq};
    struct uplink_answer a = {.came = true, .status = 200, .retry_after_ms = -1, .sync = &reply};
    memcpy(reply.tail, h->uplink.tail, sizeof(reply.tail));
    uplink_answered(&h->uplink, &a, now_ms, &h->dice);
}

/* ---- the hubs ---- */

static void send(struct hub *h, const struct uplink_step *step)
{
    struct batch b = {.first_seq = step->from_seq + 1, .last_seq = step->from_seq + step->most};
    if (b.last_seq > h->uplink.head_seq)
        b.last_seq = h->uplink.head_seq;
    uplink_sent(&h->uplink, &b);
}

static void take_answer(struct fleet *f, struct hub *h, int64_t now_ms)
{
    h->asked = false;
    if (h->uplink.state == UPLINK_GREETING)
        answer_hello(f, h, now_ms);
    else
        answer_batch(h, now_ms);
}

/* Does what the uplink says until it waits, for an answer or for its time. */
static void look(struct fleet *f, struct hub *h)
{
    int64_t now_ms = h->look_ms;
    if (h->asked)
        take_answer(f, h, now_ms);
    struct uplink_step step = uplink_next(&h->uplink, now_ms);
    bool there = now_ms >= f->o.outage_ms;
    if (step.what == UPLINK_WAIT) {
        push(f, h, step.until_ms > now_ms ? step.until_ms : now_ms + 1);
    } else if (step.what == UPLINK_HELLO) {
        note_attempt(f, now_ms);
        uplink_hello_sent(&h->uplink);
        h->asked = true;
        push(f, h, now_ms + (there ? ANSWER_MS : NO_ANSWER_MS));
    } else if (step.what == UPLINK_SEND) {
        send(h, &step);
        h->asked = true;
        push(f, h, now_ms + ANSWER_MS);
    } else if (h->uplink.from_seq == h->uplink.head_seq && h->admitted) {
        h->in_ms = now_ms - f->o.outage_ms;
        f->in++;
    }
}

/* The line has held for an hour and drops now, with events that wait. */
static void hub_begin(struct fleet *f, struct hub *h, uint32_t no)
{
    struct sync_position at = {.acked = {HUB_EPOCH, 1000}, .center_epoch = 1};
    struct uplink_answer nothing = {.came = false, .retry_after_ms = -1};
    uint64_t backlog = no % BACKLOG_EVERY == 0 ? BACKLOG * 10 : BACKLOG;
    h->random = f->o.seed * 1000003u + no;
    h->dice = (struct dice){roll, &h->random};
    h->in_ms = -1;
    uplink_open(&h->uplink, &at, at.acked.seq + backlog, 0, &h->dice);
    h->uplink.good_since_ms = -CONNECTED_MS;
    uplink_hello_sent(&h->uplink);
    uplink_hello_answered(&h->uplink, &nothing, 0, &h->dice);
    push(f, h, 0);
}

/* ---- the report ---- */

static int later(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static uint32_t most_in_a_second(const struct fleet *f)
{
    uint32_t most = 0;
    for (uint32_t s = 0; s < END_S; s++)
        most = f->per_s[s] > most ? f->per_s[s] : most;
    return most;
}

static void report(struct fleet *f)
{
    int64_t last_ms = 0;
    for (uint32_t i = 0; i < f->o.hubs; i++)
        last_ms = f->hubs[i].in_ms > last_ms ? f->hubs[i].in_ms : last_ms;
    qsort(f->admitted_ms, f->n_admitted, sizeof(*f->admitted_ms), later);
    printf("{\"hubs\":%" PRIu32 ",\"admission_per_s\":%g,\"outage_s\":%.0f,\"all_in_s\":%.2f,"
           "\"admitted_p99_s\":%.2f,\"peak_per_s\":%" PRIu32 ",\"attempts\":%" PRIu64
           ",\"not_in\":%" PRIu32 "}\n",
           f->o.hubs, f->o.rate, (double)f->o.outage_ms / 1000, (double)last_ms / 1000,
           f->n_admitted > 0 ? (double)f->admitted_ms[f->n_admitted * 99 / 100] / 1000 : 0.0,
           most_in_a_second(f), f->attempts, f->o.hubs - f->in);
}

/* ---- begin and end ---- */

static bool read_options(struct options *o, int argc, char **argv)
{
    *o = (struct options){.hubs = 20000, .rate = 500, .seed = 1};
    for (int i = 1; i + 1 < argc; i += 2) {
        double v = strtod(argv[i + 1], NULL);
        if (strcmp(argv[i], "--hubs") == 0)
            o->hubs = (uint32_t)v;
        else if (strcmp(argv[i], "--rate") == 0)
            o->rate = v;
        else if (strcmp(argv[i], "--outage-s") == 0)
            o->outage_ms = (int64_t)(v * 1000);
        else if (strcmp(argv[i], "--seed") == 0)
            o->seed = (uint64_t)v;
        else
            return false;
    }
    return argc % 2 == 1 && o->hubs > 0 && o->outage_ms >= 0;
}

static bool fleet_begin(struct fleet *f)
{
    f->hubs = calloc(f->o.hubs, sizeof(*f->hubs));
    f->heap = calloc(f->o.hubs, sizeof(struct hub *));
    f->admitted_ms = calloc(f->o.hubs, sizeof(*f->admitted_ms));
    f->per_s = calloc(END_S, sizeof(*f->per_s));
    if (!f->hubs || !f->heap || !f->admitted_ms || !f->per_s)
        return false;
    f->places_at_ms = f->o.outage_ms;
    for (uint32_t i = 0; i < f->o.hubs; i++)
        hub_begin(f, &f->hubs[i], i);
    return true;
}

int main(int argc, char **argv)
{
    struct fleet f = {0};
    if (!read_options(&f.o, argc, argv)) {
        fprintf(stderr, "usage: bench_fleet [--hubs N] [--rate R] [--outage-s S] [--seed K]\n");
        return 2;
    }
    if (!fleet_begin(&f))
        return 1;
    int64_t end_ms = f.o.outage_ms + END_S * 1000LL;
    while (f.n_heap > 0 && f.heap[0]->look_ms < end_ms)
        look(&f, pop(&f));
    report(&f);
    int rc = f.in == f.o.hubs ? 0 : 1;
    free(f.hubs);
    free(f.heap);
    free(f.admitted_ms);
    free(f.per_s);
    return rc;
}
