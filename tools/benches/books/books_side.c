/* poshub's own books, called as the hub calls them: commands go to the writer thread, answers come
 * back in chains to the thread that plays the callers.
 *
 * A store has 999 pickup numbers for each channel, so orders come in bursts; between two bursts the
 * clock stands still and the orders are cancelled, which no other side has to do. */
#include "edge/books/books.h"
#include "edge/books/menu.h"
#include "proto/crypto.h"
#include "proto/shares.h"
#include "storage/writer.h"
#include "tools/benches/books/side.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAP_BYTES     (16ULL << 30)
#define SCRATCH_BYTES (4 << 20)
#define OUTCOME_BYTES (256 << 10)
#define MENU_TEXT     (64 << 10)
#define WALL_MS       1769594400000LL /* 2026-01-28 10:00 UTC, when the run begins */
#define DAY           20260128
#define CHANNELS      3    /* POS, KIOSK, EMENU */
#define BURST         2700 /* orders: below 999 for each channel */

struct call {
    struct job job; /* first: the writer hands it back */
    struct bench_order order;
    struct command command;
    struct line_request lines[LINES];
    struct outcome outcome;
};
struct books_side {
    struct store *store;
    struct writer *writer;
    struct books_config config;
    struct books books;   /* of the transaction that runs; writer thread */
    struct arena scratch; /* writer thread */
    uint8_t secret[32];
    double started_s;
    char burst[BURST][ID_TEXT];           /* order ids to cancel */
    uint32_t placed, answered, cancelled; /* of the burst */
    int64_t given_back_t[SKUS];
    struct call calls[CALLERS];
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct job *first, **last; /* answered, under the lock */
};

/* ---- on the writer thread ---- */
static enum ph_err on_begin(void *ctx, struct txn *txn)
{
    struct books_side *s = ctx;
    return books_begin(&s->books, txn, &s->config, &s->scratch, s->secret);
}

static void on_execute(void *ctx, struct txn *txn, struct job *job)
{
    struct books_side *s = ctx;
    struct call *call = (struct call *)job;
    (void)txn;
    books_execute(&s->books, &call->command, &call->outcome);
}

static void on_finish(void *ctx, struct txn *txn)
{
    struct books_side *s = ctx;
    (void)txn;
    books_finish(&s->books);
}

static void outcome_clear(struct outcome *out)
{
    struct arena arena = out->arena;
    arena_reset(&arena);
    *out = (struct outcome){.arena = arena};
}

static void on_undo(void *ctx, struct job *job)
{
    (void)ctx;
    outcome_clear(&((struct call *)job)->outcome);
}

static void on_done(void *ctx, struct job *chain)
{
    struct books_side *s = ctx;
    pthread_mutex_lock(&s->lock);
    *s->last = chain;
    while (*s->last)
        s->last = &(*s->last)->next;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
}

static void on_fatal(void *ctx, enum ph_err err, const char *what)
{
    (void)ctx;
    die("books: %s: %s", ph_err_name(err), what);
}

/* ---- on the callers' thread ---- */
static struct job *take_answered(struct books_side *s)
{
    pthread_mutex_lock(&s->lock);
    while (!s->first)
        pthread_cond_wait(&s->wake, &s->lock);
    struct job *chain = s->first;
    s->first = NULL;
    s->last = &s->first;
    pthread_mutex_unlock(&s->lock);
    return chain;
}

static void submit(struct books_side *s, struct call *call)
{
    int64_t since_ms = (int64_t)((now_s() - s->started_s) * 1000);
    call->command.wall_ms = WALL_MS + since_ms;
    call->command.uptime_ms = since_ms;
    call->command.day = DAY;
    call->command.req_id = str_of(call->order.req_id);
    outcome_clear(&call->outcome);
    if (writer_submit(s->writer, &call->job) != PH_OK)
        die("books: queue full");
}

static struct caller till(const struct call *call)
{
    return (struct caller){.device = str_of(call->order.device),
                           .role = ROLE_POS,
                           .channels = (1u << CHANNEL_COUNT) - 1};
}

static void submit_order(struct books_side *s, struct source *source, struct call *call)
{
    source_next(source, (uint32_t)(call - s->calls), &call->order);
    for (uint32_t i = 0; i < LINES; i++)
        call->lines[i] = (struct line_request){.line = i + 1,
                                               .object_id = SKU_FIRST + call->order.lines[i].sku,
                                               .qty_t = call->order.lines[i].qty_t};
    call->command = (struct command){.verb = VERB_ORDER_PLACE,
                                     .who = till(call),
                                     .order_id = str_of(call->order.order_id),
                                     .has_channel = true,
                                     .channel = (enum channel)(s->placed % CHANNELS),
                                     .lines = call->lines,
                                     .n_lines = LINES};
    char text[ORDER_TEXT]; /* the hub hashes what was asked; so it is done here */
    sha256(text, order_text(&call->order, text), call->command.content);
    memcpy(s->burst[s->placed++], call->order.order_id, ID_TEXT);
    submit(s, call);
}

static void submit_cancel(struct books_side *s, struct call *call)
{
    snprintf(call->order.req_id, ID_TEXT, "c-%.20s", s->burst[s->cancelled]);
    call->command = (struct command){
        .verb = VERB_ORDER_CANCEL, .who = till(call), .order_id = str_of(s->burst[s->cancelled++])};
    sha256(call->order.req_id, strlen(call->order.req_id), call->command.content);
    submit(s, call);
}

static void require_ok(const struct call *call)
{
    if (call->job.err != PH_OK || call->outcome.code != CODE_OK)
        die("books: %s: err %s %s, code %d %s", verb_name(call->command.verb),
            ph_err_name(call->job.err), call->job.fault, (int)call->outcome.code,
            call->outcome.detail);
}

/* Places a burst, or as many orders of it as fit before `end`. */
static void place_burst(struct books_side *s, struct source *source, double end)
{
    s->placed = s->answered = 0;
    for (uint32_t i = 0; i < CALLERS; i++)
        submit_order(s, source, &s->calls[i]);
    while (s->answered < s->placed) {
        struct job *chain = take_answered(s);
        bool more = now_s() < end;
        while (chain) {
            struct call *call = (struct call *)chain;
            chain = chain->next;
            require_ok(call);
            s->answered++;
            source_acknowledge(source, &call->order);
            for (uint32_t i = 0; i < LINES; i++)
                s->given_back_t[call->order.lines[i].sku] += call->order.lines[i].qty_t;
            if (more && s->placed < BURST)
                submit_order(s, source, call);
        }
    }
}

static void cancel_burst(struct books_side *s)
{
    s->cancelled = s->answered = 0;
    for (uint32_t i = 0; i < CALLERS && s->cancelled < s->placed; i++)
        submit_cancel(s, &s->calls[i]);
    while (s->answered < s->cancelled) {
        struct job *chain = take_answered(s);
        while (chain) {
            struct call *call = (struct call *)chain;
            chain = chain->next;
            require_ok(call);
            s->answered++;
            if (s->cancelled < s->placed)
                submit_cancel(s, call);
        }
    }
}

static double side_run(void *side, struct source *source, double seconds)
{
    double took_s = 0;
    while (took_s < seconds) {
        double start = now_s();
        place_burst(side, source, start + seconds - took_s);
        took_s += now_s() - start;
        cancel_burst(side);
    }
    return took_s;
}

/* ---- a store with a menu and counted stock ---- */
static size_t menu_text(char *out)
{
    struct jw w;
    jw_init(&w, out, MENU_TEXT);
    jw_open(&w, '{');
    jw_kstring(&w, "currency", STR("EUR"));
    jw_karray(&w, "items");
    for (int i = 0; i < SKUS; i++) {
        char name[ID_TEXT];
        snprintf(name, sizeof name, "Item %d", SKU_FIRST + i);
        jw_open(&w, '{');
        jw_kid(&w, "object_id", SKU_FIRST + i);
        jw_kstring(&w, "name", str_of(name));
        jw_kmoney(&w, "price", 127500);
        jw_close(&w, '}');
    }
    jw_close(&w, ']');
    jw_close(&w, '}');
    return jw_text(&w).n;
}

static void run_setup(struct books_side *s, struct command command)
{
    struct call *call = &s->calls[0];
    static uint64_t number;
    snprintf(call->order.device, ID_TEXT, "bench");
    snprintf(call->order.req_id, ID_TEXT, "setup-%llu", (unsigned long long)number++);
    call->command = command;
    call->command.who = (struct caller){.role = ROLE_ADMIN, .channels = ~0u};
    sha256(call->order.req_id, strlen(call->order.req_id), call->command.content);
    submit(s, call);
    take_answered(s);
    require_ok(call);
}

static void fill_store(struct books_side *s)
{
    static char text[MENU_TEXT];
    char why[JSON_WHY];
    struct json *menu = json_parse(text, menu_text(text), &JSON_IMPORT, why);
    if (!menu)
        die("books: menu: %s", why);
    run_setup(s, (struct command){.verb = VERB_MENU_IMPORT, .body = menu});
    json_free(menu);
    for (int i = 0; i < SKUS; i++)
        run_setup(s, (struct command){.verb = VERB_STOCK_PLAN,
                                      .object = {OBJECT_SKU, SKU_FIRST + i},
                                      .has_limited = true,
                                      .limited = true,
                                      .has_qty = true,
                                      .qty_t = STOCK_T});
    for (int i = 0; i < SKUS; i++)
        run_setup(s, (struct command){.verb = VERB_STOCK_SET,
                                      .object = {OBJECT_SKU, SKU_FIRST + i},
                                      .has_qty = true,
                                      .qty_t = STOCK_T});
}

static void *side_open(const char *dir)
{
    static const struct writer_hooks HOOKS = {.begin = on_begin,
                                              .execute = on_execute,
                                              .finish = on_finish,
                                              .undo = on_undo,
                                              .done = on_done,
                                              .fatal = on_fatal};
    struct books_side *s = calloc(1, sizeof *s);
    char why[STORE_WHY];
    if (!s)
        die("out of memory");
    s->config = BOOKS_DEFAULTS;
    s->config.identity = (struct store_identity){STR("1"), STR("417")};
    s->started_s = now_s();
    s->last = &s->first;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->wake, NULL);
    arena_init(&s->scratch, SCRATCH_BYTES);
    for (int i = 0; i < CALLERS; i++)
        arena_init(&s->calls[i].outcome.arena, OUTCOME_BYTES);
    if (store_open(&s->store, &(struct store_options){.dir = dir, .map_bytes = MAP_BYTES}, why))
        die("books: %s", why);
    struct writer_hooks hooks = HOOKS;
    hooks.ctx = s;
    if (writer_open(&s->writer, s->store, &hooks, true))
        die("books: no writer");
    fill_store(s);
    return s;
}

/* Each row's channels share by weight, and may take from each other (WEIGHTED_SOFT). */
static void weigh_rows(struct books_side *s)
{
    static const uint32_t WEIGHTS[CHANNELS] = {
        [CHANNEL_POS] = 5, [CHANNEL_KIOSK] = 3, [CHANNEL_EMENU] = 2};
    struct txn *txn;
    if (txn_begin_write(s->store, &txn))
        die("books: no write transaction");
    for (int i = 0; i < SKUS; i++) {
        struct stock_row row;
        stock_load(txn, (struct object){OBJECT_SKU, SKU_FIRST + i}, &row);
        row.policy = POLICY_WEIGHTED_SOFT;
        for (int c = 0; c < CHANNELS; c++)
            stock_channel(&row, (enum channel)c)->weight = WEIGHTS[c];
        shares_begin(&row, SITE_HUB);
        if (stock_avail(&row, CHANNEL_POS) >= stock_total(&row))
            die("books: the weights do not count");
        stock_save(txn, &row);
    }
    if (txn_commit(txn))
        die("books: rows by weight");
}

static void *weighted_open(const char *dir)
{
    struct books_side *s = side_open(dir);
    weigh_rows(s);
    return s;
}

static int64_t side_left_t(void *side, uint32_t sku)
{
    struct books_side *s = side;
    struct stock_row row;
    struct txn *txn;
    if (txn_begin_read(s->store, &txn))
        die("books: no read transaction");
    bool found = stock_load(txn, (struct object){OBJECT_SKU, SKU_FIRST + sku}, &row);
    int64_t left_t = found ? stock_total(&row) : -1;
    txn_abort(txn);
    return left_t - s->given_back_t[sku];
}

static void side_close(void *side)
{
    struct books_side *s = side;
    writer_close(s->writer);
    store_close(s->store);
    for (int i = 0; i < CALLERS; i++)
        arena_free(&s->calls[i].outcome.arena);
    arena_free(&s->scratch);
    pthread_cond_destroy(&s->wake);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

const struct side BOOKS_SIDE = {"books", side_open, side_run, side_left_t, side_close};
const struct side WEIGHTED_SIDE = {"weighted", weighted_open, side_run, side_left_t, side_close};
