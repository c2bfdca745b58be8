/* The happy path: a burst of orders takes the last portion, then all are
 * refused for as long as the burst took, then the orders are cancelled (not
 * measured), which puts the item back on sale. A store has 999 pickup numbers
 * for each channel: hence bursts, over three channels. */
#include "tools/benches/books/hot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "edge/clerk.h"
#include "edge/intake.h"
#include "tools/benches/books/side.h"

#define MAP_BYTES (4ULL << 30)
#define HOT       SKU_FIRST
#define BURST     2700 /* orders: below 999 for each channel */
#define BATCH     8192 /* requests that are made ready, outside of the time measured */
#define BODY_TEXT 256
#define CHANNELS  3 /* POS, KIOSK, EMENU */

struct ready {
    char order_id[ID_TEXT], req_id[ID_TEXT], body[BODY_TEXT];
    uint8_t content[32];
};
struct hot {
    uv_loop_t loop;
    struct store *store;
    struct clerk clerk;
    struct journal boot;
    struct clock clock;
    struct counters counters;
    struct limits limits;
    struct soldout soldout;
    struct intake intake;
    struct books_config config;
    struct devices devices;
    struct account account;
    struct device device[CALLERS], *list[CALLERS];
    char names[CALLERS][ID_TEXT];
    struct line_request line;
    struct ready ready[BATCH];
    uint64_t number; /* of requests made ready */
    uint64_t all_refused;
    bool decoded;
    /* of the phase */
    uint32_t sent, answered, sold, refused;
    uint32_t idle[CALLERS], first_idle, n_idle; /* a ring: who waited longest asks next */
};

/* ---- requests ---- */

/* Orders, or cancellations of the orders from number `first` on. */
static void make_ready(struct hot *h, uint32_t n, bool order, uint64_t first)
{
    for (uint32_t i = 0; i < n; i++, h->number++) {
        struct ready *r = &h->ready[i];
        unsigned long long number = h->number, order_no = order ? number : first + i;
        snprintf(r->order_id, ID_TEXT, "b-%llu", order_no);
        snprintf(r->req_id, ID_TEXT, "q-%llu", number);
        int at = snprintf(r->body, BODY_TEXT, "{\"req_id\":\"q-%llu\",\"order_id\":\"b-%llu\"",
                          number, order_no);
        snprintf(r->body + at, BODY_TEXT - (size_t)at,
                 order ? ",\"lines\":[{\"line\":1,\"object_id\":\"%d\",\"qty\":\"1\"}]}" : "}",
                 HOT);
        memset(r->content, 0, sizeof r->content);
        memcpy(r->content, &number, sizeof number);
    }
}

static void on_reply(void *ctx, struct request *r, struct str text)
{
    struct hot *h = ctx;
    size_t i = (size_t)(r->command.who.device.p - h->names[0]) / ID_TEXT;
    if (text.n < sizeof "{\"code\":0}" || i >= CALLERS)
        die("hot: no reply");
    h->answered++;
    h->sold += r->outcome.code == CODE_OK;
    h->refused += r->outcome.code == CODE_INSUFFICIENT_STOCK;
    h->idle[(h->first_idle + h->n_idle++) % CALLERS] = (uint32_t)i;
}

static struct request *begin(struct hot *h)
{
    struct request *r = intake_begin(&h->intake);
    if (!r)
        die("hot: out of memory");
    r->reply = on_reply;
    r->ctx = h;
    return r;
}

static struct caller caller_of(struct hot *h, uint32_t i)
{
    return (struct caller){
        .device = str_of(h->names[i]), .role = ROLE_POS, .channels = (1u << CHANNEL_COUNT) - 1};
}

static void take_decoded(struct hot *h, struct request *r, enum verb verb, const struct ready *what,
                         uint32_t i)
{
    r->command = (struct command){.verb = verb,
                                  .who = caller_of(h, i),
                                  .req_id = str_of(what->req_id),
                                  .order_id = str_of(what->order_id),
                                  .lines = &h->line,
                                  .n_lines = verb == VERB_ORDER_PLACE};
    memcpy(r->command.content, what->content, sizeof what->content);
    intake_stamp(&h->intake, &r->command);
}

static void ask(struct hot *h, enum verb verb)
{
    uint32_t i = h->idle[h->first_idle];
    struct request *r = begin(h);
    const struct ready *what = &h->ready[h->sent++];
    struct caller who = caller_of(h, i);
    h->first_idle = (h->first_idle + 1) % CALLERS;
    h->n_idle--;
    if (h->decoded)
        take_decoded(h, r, verb, what, i);
    else if (!intake_decode(&h->intake, r, verb, &who, str_of(what->body), &JSON_REQUEST))
        die("hot: %s does not decode", what->body);
    r->command.channel = (enum channel)(h->sent % CHANNELS);
    intake_admit(&h->intake, r, &h->device[i]);
}

/* The first n that are ready, by all callers; the seconds until the last reply.
 */
static double play(struct hot *h, enum verb verb, uint32_t n)
{
    double start = now_s();
    h->sent = h->answered = h->sold = h->refused = 0;
    while (h->answered < n) {
        while (h->n_idle > 0 && h->sent < n)
            ask(h, verb);
        if (h->answered < n)
            uv_run(&h->loop, UV_RUN_ONCE);
    }
    return now_s() - start;
}

static void on_done(void *ctx)
{
    struct hot *h = ctx;
    struct job *next, *chain = clerk_take(&h->clerk);
    if (atomic_load(&h->clerk.fatal) != PH_OK)
        die("hot: the store");
    for (struct job *job = chain; job; job = job->next)
        intake_settle(&h->intake, request_of(job));
    for (; chain; chain = next) {
        next = chain->next;
        request_give(&h->intake.pool, request_of(chain));
    }
}

/* ---- a store with one item ---- */

static void setup(struct hot *h, struct command command)
{
    struct request *r = begin(h);
    uint32_t before = h->answered;
    char req_id[ID_TEXT];
    snprintf(req_id, sizeof req_id, "setup-%d", (int)command.verb);
    command.who = caller_of(h, 0);
    command.who.role = ROLE_ADMIN;
    command.req_id = str_of(req_id);
    r->command = command;
    h->n_idle--; /* the reply puts it back */
    h->first_idle = (h->first_idle + 1) % CALLERS;
    intake_stamp(&h->intake, &r->command);
    intake_admit(&h->intake, r, NULL);
    while (h->answered == before)
        uv_run(&h->loop, UV_RUN_ONCE);
    if (h->sold == 0)
        die("hot: %s", verb_name(command.verb));
}

static void fill_store(struct hot *h)
{
    char text[BODY_TEXT], why[JSON_WHY];
    int n = snprintf(text, sizeof text,
                     "{\"currency\":\"EUR\",\"items\":[{\"object_id\":\"%d\",\"name\":\"Hot\","
                     "\"price\":\"12.7500\"}]}",
                     HOT);
    struct json *menu = json_parse(text, (size_t)n, &JSON_IMPORT, why);
    const struct object hot = {OBJECT_SKU, HOT};
    if (!menu)
        die("hot: menu: %s", why);
    setup(h, (struct command){.verb = VERB_MENU_IMPORT, .body = menu});
    json_free(menu);
    setup(h, (struct command){.verb = VERB_STOCK_PLAN,
                              .object = hot,
                              .has_limited = true,
                              .limited = true,
                              .has_qty = true,
                              .qty_t = BURST * 10});
    setup(h, (struct command){
                 .verb = VERB_STOCK_SET, .object = hot, .has_qty = true, .qty_t = BURST * 10});
}

static void wire_intake(struct hot *h)
{
    struct intake *in = &h->intake;
    intake_init(in);
    in->store = h->soldout.store = h->store;
    in->writer = h->clerk.writer;
    in->devices = &h->devices;
    in->limits = &h->limits;
    in->clock = &h->clock;
    in->counters = &h->counters;
    in->soldout = &h->soldout;
    in->identity = &h->config.identity;
    memcpy(in->secret, h->boot.secret, sizeof in->secret);
}

static void wire_callers(struct hot *h)
{
    h->devices = (struct devices){.list = h->list, .n = CALLERS};
    h->line = (struct line_request){.line = 1, .object_id = HOT, .qty_t = 10};
    for (uint32_t i = 0; i < CALLERS; i++) {
        snprintf(h->names[i], ID_TEXT, "till-%02u", i);
        h->device[i].row.id = str_of(h->names[i]);
        h->device[i].account = &h->account;
        h->list[i] = &h->device[i];
        h->idle[h->n_idle++] = i;
    }
}

struct hot *hot_open(const char *dir)
{
    struct hot *h = calloc(1, sizeof *h);
    char why[STORE_WHY];
    if (!h || !soldout_init(&h->soldout, &h->config))
        die("out of memory");
    h->config = BOOKS_DEFAULTS;
    h->config.identity = (struct store_identity){STR("1"), STR("417")};
    uv_loop_init(&h->loop);
    clerk_init(&h->clerk, &h->loop, on_done, h);
    if (store_open(&h->store, &(struct store_options){.dir = dir, .map_bytes = MAP_BYTES}, why))
        die("hot: %s", why);
    if (clerk_boot(h->store, &h->config, &h->clock, "", 0, &h->boot) ||
        clerk_open(&h->clerk, h->store, &h->config, h->soldout.exhausted))
        die("hot: no writer");
    wire_intake(h);
    wire_callers(h);
    fill_store(h);
    return h;
}

/* ---- the rush ---- */

static double refuse(struct hot *h, double seconds, uint64_t *refused)
{
    double took_s = 0;
    while (took_s < seconds) {
        make_ready(h, BATCH, true, 0);
        took_s += play(h, VERB_ORDER_PLACE, BATCH);
        if (h->refused != BATCH)
            die("hot: %u sold of what is sold out", h->sold);
        *refused += BATCH;
        h->all_refused += BATCH;
    }
    return took_s;
}

struct hot_rates hot_run(struct hot *h, bool decoded, double seconds)
{
    uint64_t sold = 0, refused = 0;
    double sold_s = 0, refused_s = 0;
    h->decoded = decoded;
    while (sold_s < seconds) {
        uint64_t first = h->number;
        make_ready(h, BURST, true, 0);
        sold_s += play(h, VERB_ORDER_PLACE, BURST);
        if (h->sold != BURST)
            die("hot: sold %u of %d", h->sold, BURST);
        sold += BURST;
        refused_s += refuse(h, sold_s - refused_s, &refused);
        make_ready(h, BURST, false, first);
        play(h, VERB_ORDER_CANCEL, BURST);
        if (h->sold != BURST)
            die("hot: cancelled %u of %d", h->sold, BURST);
    }
    return (struct hot_rates){(double)sold / sold_s, (double)refused / refused_s};
}

double hot_refused_fast(const struct hot *h)
{
    return (double)h->counters.refused_fast / (double)h->all_refused;
}

void hot_close(struct hot *h)
{
    clerk_drain(&h->clerk);
    clerk_fini(&h->clerk);
    uv_run(&h->loop, UV_RUN_DEFAULT);
    uv_loop_close(&h->loop);
    intake_fini(&h->intake);
    for (uint32_t i = 0; i < CALLERS; i++)
        recall_clear(&h->device[i].recall);
    soldout_fini(&h->soldout);
    store_close(h->store);
    free(h);
}
