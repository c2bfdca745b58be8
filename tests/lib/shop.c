#include "tests/lib/shop.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "edge/books/menu.h"
#include "edge/books/ticket.h"
#include "storage/timers.h"
#include "tests/lib/second_look.h"

#define MAP_BYTES (1024ULL << 20)
#define START_MS  1769565600000 /* 2026-01-28 02:00 UTC */
#define DAY       20260128

static const uint8_t SECRET[32] = {7};

#define MENU(more_items, combos)                                                                   \
    "{'currency':'EUR','decimals':2,'stations':['oven','bar'],"                                    \
    "'categories':[],'spus':[{'id':'500','name':'Pizza'}],"                                        \
    "'groups':[{'id':'9','name':'Extras','min':0,'max':3,'options':["                              \
    "{'option_id':'77','name':'Cheese','price':'1.0000'},"                                         \
    "{'option_id':'78','name':'Egg','price':'0.5000','object_id':'1003'}]}],"                      \
    "'items':["                                                                                    \
    "{'object_id':'1001','spu_id':'500','name':'Pizza M','price':'10.0000','station':'oven',"      \
    "'groups':['9']},"                                                                             \
    "{'object_id':'1002','spu_id':'500','name':'Pizza L','price':'10.0000','station':'oven'},"     \
    "{'object_id':'1003','name':'Egg','price':'10.0000','station':'bar'},"                         \
    "{'object_id':'1004','name':'Salad','price':'10.0000','station':'bar','step':'0.1'"            \
    "}" more_items "],'combos':[" combos "]}"
static const char MENU_PLAIN[] = MENU("", "");
static const char MENU_WITH_COMBO[] =
    MENU(",{'object_id':'1005','name':'Cola','price':'2.5000'},"
         "{'object_id':'1010','name':'Lunch','price':'12.0000'}",
         "{'object_id':'1010','parts':[{'object_id':'1001'},"
         "{'object_id':'1003','price':'0.5000'},{'object_id':'1005','price':'0.2500'}]}");

static void quotes(char *text)
{
    for (; *text; text++)
        if (*text == '\'')
            *text = '"';
}

static void fatal(const char *what, const char *why)
{
    fprintf(stderr, "shop: %s: %s\n", what, why);
    abort();
}

static void open_store(struct shop *s)
{
    char why[STORE_WHY];
    struct store_options options = {.dir = s->dir, .map_bytes = MAP_BYTES};
    if (store_open(&s->store, &options, why))
        fatal("store_open", why);
}

static void last_free(struct shop *s)
{
    json_free(s->body);
    s->body = NULL;
    arena_free(&s->request);
    arena_free(&s->out.arena);
}

/* Without the end of a turn: there a build with all checks would look into every row. */
static void rehearse(struct shop *s, struct txn *txn)
{
    struct books b;
    s->rehearse(s->rehearse_ctx, txn);
    s->err = books_begin(&b, txn, &s->config, &s->scratch, SECRET);
    if (s->err == PH_OK) {
        books_execute(&b, &s->cmd, &s->out);
        s->err = txn_error(txn);
    }
    txn_abort(txn);
}

static void execute(struct shop *s)
{
    struct txn *txn;
    struct books b;
    memset(&s->out, 0, sizeof s->out);
    arena_init(&s->out.arena, 1 << 20);
    s->cmd.wall_ms = s->wall_ms;
    s->cmd.wall_lead_ms = s->wall_lead_ms;
    s->cmd.uptime_ms = s->uptime_ms;
    s->cmd.seen_epoch = s->seen_epoch;
    s->cmd.enrolled = s->enrolled;
    s->cmd.day = s->day;
    if (txn_begin_write(s->store, &txn))
        fatal("txn_begin_write", "");
    if (s->rehearse) {
        rehearse(s, txn);
        return;
    }
    struct second_look look;
    second_look_take(&look, s->store, &s->config, &s->cmd);
    books_begin(&b, txn, &s->config, &s->scratch, SECRET);
    books_execute(&b, &s->cmd, &s->out);
    books_finish(&b);
    second_look_compare(&look, &s->cmd, &s->out);
    if (txn_error(txn))
        fatal("transaction", txn_fault(txn));
    if (s->crash_next)
        txn_abort(txn);
    else if (txn_commit(txn))
        fatal("commit", "");
    if (s->crash_next)
        shop_reopen(s);
    s->crash_next = false;
}

static enum code run(struct shop *s, const char *device, enum role role, const char *verb,
                     char *text)
{
    char why[JSON_WHY], with_id[1 << 16];
    struct caller who = {.device = str_of(device), .role = role, .channels = 1U << CHANNEL_POS};
    if (role == ROLE_KDS && strncmp(device, "kds-", 4) == 0)
        who.stations[who.n_stations++] = str_of(device + 4);
    quotes(text);
    if (strstr(text, "\"req_id\"") || text[0] != '{')
        snprintf(with_id, sizeof with_id, "%s", text);
    else
        snprintf(with_id, sizeof with_id, "{\"req_id\":\"r-%d\"%s%s", ++s->requests,
                 text[1] == '}' ? "" : ",", text + 1);
    last_free(s);
    arena_init(&s->request, 1 << 20);
    enum verb v;
    if (!verb_parse(str_of(verb), &v))
        fatal("verb", verb);
    s->body = json_parse(with_id, strlen(with_id), &JSON_IMPORT, why);
    if (!s->body)
        fatal(with_id, why);
    memset(&s->cmd, 0, sizeof s->cmd);
    memset(&s->out, 0, sizeof s->out);
    enum code code = command_decode(&s->cmd, v, &who, s->body, &s->request, s->path);
    s->out.code = code;
    if (code)
        return code;
    s->cmd.override = s->pin_is_right && s->cmd.override_pin.n > 0;
    /* the caller's texts must outlive the command: they stand in the request's arena */
    s->cmd.who.device = arena_str(&s->request, who.device);
    execute(s);
    return s->out.code;
}

enum code shop_do(struct shop *s, const char *device, enum role role, const char *verb,
                  const char *fmt, ...)
{
    char text[1 << 16];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return run(s, device, role, verb, text);
}

#define BY_ROLE(function, device, role)                                                            \
    enum code function(struct shop *s, const char *verb, const char *fmt, ...)                     \
    {                                                                                              \
        char text[1 << 16];                                                                        \
        va_list args;                                                                              \
        va_start(args, fmt);                                                                       \
        vsnprintf(text, sizeof text, fmt, args);                                                   \
        va_end(args);                                                                              \
        return run(s, device, role, verb, text);                                                   \
    }
BY_ROLE(pos, "till-1", ROLE_POS)
BY_ROLE(kiosk, "kiosk-1", ROLE_KIOSK)

static void import(struct shop *s, const char *menu)
{
    if (shop_do(s, "poshubctl", ROLE_ADMIN, "menu.import", "%s", menu))
        fatal("menu.import", s->out.detail);
}

void shop_open(struct shop *s)
{
    memset(s, 0, sizeof *s);
    snprintf(s->dir, sizeof s->dir, "/tmp/poshub-shop-XXXXXX");
    if (!mkdtemp(s->dir))
        fatal("mkdtemp", s->dir);
    s->config = BOOKS_DEFAULTS;
    s->wall_ms = START_MS;
    s->uptime_ms = 1000000;
    s->day = DAY;
    arena_init(&s->scratch, 16 << 20);
    open_store(s);
    import(s, MENU_PLAIN);
}

void shop_menu_with_combo(struct shop *s)
{
    import(s, MENU_WITH_COMBO);
}

void shop_close(struct shop *s)
{
    char path[128];
    last_free(s);
    arena_free(&s->scratch);
    store_close(s->store);
    static const char *const FILES[] = {"data.mdb", "lock.mdb", "pid"};
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        snprintf(path, sizeof path, "%s/%s", s->dir, FILES[i]);
        unlink(path);
    }
    rmdir(s->dir);
}

static void own(struct shop *s, enum verb verb)
{
    last_free(s);
    s->cmd = (struct command){.verb = verb, .who = {.device = STR("hub"), .role = ROLE_ADMIN}};
}

void shop_center_rows(struct shop *s, const struct center_rows *in)
{
    own(s, VERB_CENTER_ROW);
    s->cmd.center = in;
    execute(s);
}

void shop_row_state(struct shop *s, const struct state_ask *ask)
{
    own(s, VERB_ROW_STATE);
    s->cmd.state_ask = ask;
    execute(s);
}

void shop_claim(struct shop *s, const struct center_claim *in)
{
    own(s, VERB_CENTER_CLAIM);
    s->cmd.claim = in;
    execute(s);
}

void shop_reopen(struct shop *s)
{
    store_close(s->store);
    open_store(s);
}

void shop_wait(struct shop *s, int64_t span_ms)
{
    s->wall_ms += span_ms;
    s->uptime_ms += span_ms;
    while (shop_timers(s))
        ;
}

bool shop_timers(struct shop *s)
{
    own(s, VERB_TIMERS);
    execute(s);
    return s->out.more;
}

/* ---- looking ---- */

static struct txn *look(struct shop *s)
{
    struct txn *txn;
    if (txn_begin_read(s->store, &txn))
        fatal("txn_begin_read", "");
    return txn;
}

int64_t shop_next_timer(struct shop *s)
{
    int64_t next_ms = INT64_MAX, deadline_ms;
    struct txn *txn = look(s);
    if (timer_next(txn, TIMERS_UPTIME, &deadline_ms))
        next_ms = deadline_ms;
    if (timer_next(txn, TIMERS_WALL, &deadline_ms) &&
        deadline_ms - s->wall_ms + s->uptime_ms < next_ms)
        next_ms = deadline_ms - s->wall_ms + s->uptime_ms;
    txn_abort(txn);
    return next_ms;
}

struct stock_row shop_row(struct shop *s, enum object_type type, int64_t id)
{
    struct stock_row r;
    struct txn *txn = look(s);
    stock_load(txn, (struct object){type, id}, &r);
    txn_abort(txn);
    r.name = r.base_id = r.gen_id = STR("");
    return r;
}

int64_t shop_real(struct shop *s, int64_t sku)
{
    struct stock_row r = shop_row(s, OBJECT_SKU, sku);
    return stock_real(&r);
}

int64_t shop_locked(struct shop *s, int64_t sku)
{
    struct stock_row r = shop_row(s, OBJECT_SKU, sku);
    return stock_locked(&r);
}

int64_t shop_avail(struct shop *s, int64_t sku, enum channel c)
{
    struct stock_row r;
    struct txn *txn = look(s);
    stock_load(txn, (struct object){OBJECT_SKU, sku}, &r);
    int64_t avail_t = stock_avail(&r, c);
    txn_abort(txn);
    return avail_t;
}

static bool find(struct shop *s, const char *order_id, struct order *o)
{
    struct arena arena;
    struct txn *txn = look(s);
    arena_init(&arena, 1 << 20);
    bool found = order_find(txn, str_of(order_id), &arena, o);
    txn_abort(txn);
    arena_free(&arena);
    return found;
}

enum order_state shop_state(struct shop *s, const char *order_id)
{
    struct order o;
    return find(s, order_id, &o) ? o.state : ORDER_NONE;
}

enum kitchen shop_kitchen(struct shop *s, const char *order_id)
{
    struct order o;
    return find(s, order_id, &o) ? o.kitchen : KITCHEN_NONE;
}

int shop_events(struct shop *s, enum event_kind kind)
{
    struct event e;
    int n = 0;
    struct txn *txn = look(s);
    struct journal_scan scan = journal_scan_begin(txn, (struct position){0, 0}, false);
    while (journal_scan_next(&scan, &e))
        n += kind == EVENT_KIND_COUNT || e.kind == kind;
    journal_scan_end(&scan);
    txn_abort(txn);
    return n;
}

bool shop_sound(struct shop *s)
{
    char why[160] = "";
    uint8_t tail[HASH_BYTES] = {0};
    struct position from = {0, 0};
    struct journal_verdict v = {.ok = true};
    struct txn *txn = look(s);
    while (journal_verify_slice(txn, &s->config.identity, &from, tail, 1000, &v))
        ;
    bool sums = books_audit(txn, why);
    txn_abort(txn);
    if (!v.ok || !sums)
        fprintf(stderr, "shop: chain %s, sums %s\n", v.why, why);
    return v.ok && sums;
}