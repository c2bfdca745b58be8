/* The box: the real books on a real store through the real writer, without loop and LAN.
 *
 * The happy path: arrive -> decode -> writer -> commit -> the judge decides too -> reply.
 * What can fail: it crashes before the commit (the transaction is gone), after it (the replies are
 * gone), or while it waits (the requests are gone); an operating error meets one command.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "edge/books/view.h"
#include "storage/timers.h"
#include "tests/sim/sim.h"

#define BUILT_AT_MS  1767225600000
#define DAY_START_MS (4 * HOUR_MS)
#define MAP_BYTES    (256ULL << 20) /* finds room on a 32-bit box, however often it is mapped */
#define ARENA_BYTES  (16 << 20)
#define OWN_COMMAND  UINT32_MAX
#define REPLY_TEXT   (4 * LIMIT_PAGE_BYTES)

static const uint8_t SECRET[32] = {7};

/* ---- clocks ---- */

static struct clock_reading reading(const struct sim *s)
{
    const struct hub *h = &s->hub;
    int64_t mono_ms = s->now_ms - h->box_on_ms;
    return (struct clock_reading){
        .wall_ms = h->rtc_broken ? mono_ms : START_AT_MS + s->now_ms + h->wall_off_ms,
        .mono_ms = mono_ms,
    };
}

static uint32_t day_of(int64_t wall_ms)
{
    time_t at = (time_t)((wall_ms - DAY_START_MS) / 1000);
    struct tm tm;
    gmtime_r(&at, &tm);
    return (uint32_t)((tm.tm_year + 1900) * 10000 + (tm.tm_mon + 1) * 100 + tm.tm_mday);
}

static int64_t uptime_of(const struct sim *s)
{
    struct clock_reading now = reading(s);
    return s->options.plant == PLANT_CLOCK_EXPIRY ? now.wall_ms : uptime_now(&s->hub.uptime, now);
}

static void clock_mend(struct sim *s)
{
    struct hub *h = &s->hub;
    if (h->rtc_broken && s->now_ms >= h->mended_at_ms)
        h->rtc_broken = false;
    uptime_look(&h->uptime, reading(s));
}

static void stamp(struct sim *s, struct visit *v)
{
    struct command *c = &v->command;
    clock_mend(s);
    c->wall_ms = uptime_wall(&s->hub.uptime, reading(s));
    c->uptime_ms = uptime_of(s);
    c->clock_suspect = uptime_suspect(&s->hub.uptime, reading(s));
    c->enrolled = s->enrolled;
    c->day = day_of(c->wall_ms);
    c->seen_epoch = v->ask != OWN_COMMAND ? s->asks[v->ask]->seen_epoch : 0;
    v->at = (struct moment){judge_uptime(s), c->wall_ms, c->day, c->who.role};
}

/* ---- visits ---- */

static struct visit *visit_new(uint32_t ask)
{
    struct visit *v = calloc(1, sizeof *v);
    if (!v)
        abort();
    v->ask = ask;
    arena_init(&v->arena, 1 << 20);
    arena_init(&v->outcome.arena, 4 << 20);
    return v;
}

static void visit_free(struct visit *v)
{
    json_free(v->doc);
    arena_free(&v->arena);
    arena_free(&v->outcome.arena);
    free(v);
}

static void visit_forget(struct visit *v)
{
    struct arena arena = v->outcome.arena;
    arena_reset(&arena);
    v->outcome = (struct outcome){.arena = arena};
}

static void visit_submit(struct sim *s, struct visit *v)
{
    stamp(s, v);
    v->hiccup = dice_chance(&s->faults, 2);
    v->fault = dice_chance(&s->faults, 1);
    if (writer_submit(s->hub.writer, &v->job) != PH_OK)
        abort();
    if (!s->hub.commit_planned)
        agenda_add(&s->agenda, s->now_ms + dice_between(&s->world, 1, 4), HAPPENS_COMMIT,
                   s->hub.life);
    s->hub.commit_planned = true;
}

static void submit_timers(struct sim *s)
{
    struct visit *v = visit_new(OWN_COMMAND);
    v->command =
        (struct command){.verb = VERB_TIMERS, .who = {.device = STR("hub"), .role = ROLE_ADMIN}};
    visit_submit(s, v);
}

bool hub_center_row(struct sim *s, const struct cloud_row *row)
{
    if (!s->hub.store || s->hub.dying)
        return false;
    struct visit *v = visit_new(OWN_COMMAND);
    v->row = *row;
    v->rows = (struct center_rows){.rows = &v->row, .n = 1};
    v->command = (struct command){.verb = VERB_CENTER_ROW,
                                  .who = {.device = STR("hub"), .role = ROLE_ADMIN},
                                  .center = &v->rows};
    visit_submit(s, v);
    return true;
}

static void line_said(const struct want_line *w, struct line_fact *out)
{
    const struct dish *dish = &DISHES[w->item];
    *out = (struct line_fact){.line = w->line,
                              .object = {OBJECT_SKU, dish->object_id},
                              .name = STR("of the web"),
                              .q_t = w->qty_t,
                              .price_e4 = w->price_e4,
                              .unit_e4 = w->price_e4,
                              .amount_e4 = w->qty_t * w->price_e4 / 10};
}

static void order_said(struct visit *v, const struct online_order *o)
{
    const struct ask *a = &o->asked;
    v->online = o;
    v->order = (struct cloud_order){.order_id = str_of(a->order_id),
                                    .channel = STR("ONLINE_ORDER"),
                                    .over = o->over,
                                    .state = o->state,
                                    .lines = v->facts,
                                    .n_lines = (uint16_t)a->n_lines};
    for (int i = 0; i < a->n_lines; i++) {
        line_said(&a->lines[i], &v->facts[i]);
        v->order.amount_e4 += v->facts[i].amount_e4;
    }
    v->rows = (struct center_rows){
        .orders = &v->order, .n_orders = 1, .prev_ver = o->over - 1, .ver = o->over};
}

bool hub_online_order(struct sim *s, const struct online_order *o)
{
    if (!s->hub.store || s->hub.dying)
        return false;
    struct visit *v = visit_new(OWN_COMMAND);
    order_said(v, o);
    v->command = (struct command){.verb = VERB_CENTER_ROW,
                                  .who = {.device = STR("hub"), .role = ROLE_ADMIN},
                                  .center = &v->rows};
    visit_submit(s, v);
    return true;
}

bool hub_row_state(struct sim *s, struct position dead)
{
    if (!s->hub.store || s->hub.dying)
        return false;
    struct visit *v = visit_new(OWN_COMMAND);
    v->dead = dead.seq;
    v->state_ask = (struct state_ask){.dead = &v->dead, .n_dead = 1, .dead_epoch = dead.epoch};
    v->command = (struct command){.verb = VERB_ROW_STATE,
                                  .who = {.device = STR("hub"), .role = ROLE_ADMIN},
                                  .state_ask = &v->state_ask};
    visit_submit(s, v);
    return true;
}

/* ---- replies ---- */

static void refuse(struct sim *s, const struct ask *a, uint32_t ask, enum code code,
                   const char *detail)
{
    char buf[4096];
    struct jw w;
    jw_init(&w, buf, sizeof buf);
    view_refusal(&w, str_of(a->req_id), code, detail, 0);
    lan_send_reply(s, ask, jw_text(&w));
}

static struct str reply_text(struct visit *v, struct arena *scratch)
{
    struct jw w;
    char *buf = arena_alloc(scratch, REPLY_TEXT);
    if (!buf)
        abort();
    jw_init(&w, buf, REPLY_TEXT);
    view_reply(&w, v->command.req_id, &v->outcome, scratch);
    assert(jw_ok(&w));
    return jw_text(&w);
}

static void reply(struct sim *s, struct visit *v, struct str text)
{
    judge_acknowledged(s, v);
    lan_send_reply(s, v->ask, text);
}

/* ---- the writer's hooks ---- */

static enum ph_err on_begin(void *ctx, struct txn *txn)
{
    struct sim *s = ctx;
    if (s->hub.dying)
        return PH_ERR_IO;
    return books_begin(&s->hub.books, txn, &s->hub.config, &s->hub.scratch, SECRET);
}

static void on_execute(void *ctx, struct txn *txn, struct job *job)
{
    struct sim *s = ctx;
    struct visit *v = (struct visit *)job;
    shares_look(txn, v->rows_before);
    v->before = s->hub.books.j.head.at;
    plant_before(s, txn, v);
    books_execute(&s->hub.books, &v->command, &v->outcome);
    plant_after(s, txn, v);
    v->after = s->hub.books.j.head.at;
    shares_look(txn, v->rows_after);
    if (v->hiccup || v->fault)
        txn_set_bad(txn, TABLE_META, (struct bytes){"sim", 3});
    v->hiccup = false;
}

static void on_finish(void *ctx, struct txn *txn)
{
    struct sim *s = ctx;
    books_finish(&s->hub.books);
    if (s->hub.crash != CRASH_BEFORE_COMMIT)
        return;
    s->hub.dying = true;
    txn_set_bad(txn, TABLE_META, (struct bytes){"crash", 5});
}

static void reply_too_early(struct sim *s, struct visit *v)
{
    struct arena scratch;
    arena_init(&scratch, ARENA_BYTES);
    if (v->ask != OWN_COMMAND && v->after.epoch)
        reply(s, v, reply_text(v, &scratch));
    arena_free(&scratch);
}

static void on_undo(void *ctx, struct job *job)
{
    struct sim *s = ctx;
    struct visit *v = (struct visit *)job;
    if (s->options.plant == PLANT_REPLY_BEFORE_COMMIT && s->hub.dying)
        reply_too_early(s, v);
    visit_forget(v);
}

static void settle(struct sim *s, struct visit *v)
{
    struct arena scratch;
    if (v->job.err) {
        if (v->ask != OWN_COMMAND)
            refuse(s, s->asks[v->ask], v->ask, CODE_INTERNAL, v->job.fault);
        return;
    }
    arena_init(&scratch, ARENA_BYTES);
    struct str text = v->ask == OWN_COMMAND ? STR("") : reply_text(v, &scratch);
    judge_visit(s, v, v->ask == OWN_COMMAND ? NULL : &text);
    if (v->ask != OWN_COMMAND && s->hub.crash != CRASH_AFTER_COMMIT)
        reply(s, v, text);
    arena_free(&scratch);
}

static void on_done(void *ctx, struct job *chain)
{
    struct sim *s = ctx;
    bool more = false, died = s->hub.dying;
    struct job *job = chain;
    for (; job; job = job->next)
        if (!died && !s->broken)
            settle(s, (struct visit *)job);
    if (!died && !s->broken)
        judge_commit(s);
    while (chain) {
        job = chain;
        chain = job->next;
        more = more || ((struct visit *)job)->outcome.more;
        visit_free((struct visit *)job);
    }
    if (more && !died && s->hub.crash == NO_CRASH)
        submit_timers(s);
}

static void on_fatal(void *ctx, enum ph_err err, const char *what)
{
    struct sim *s = ctx;
    sim_violation(s, "STORE", "the writer stopped: %s, %s", ph_err_name(err), what);
}

/* ---- up and down ---- */

static const char *const BASES[] = {"/dev/shm", "/tmp"};

void hub_forget(pid_t pid)
{
    static const char *const FILES[] = {"data.mdb", "lock.mdb", "pid", ""};
    char path[128];
    for (size_t b = 0; b < sizeof BASES / sizeof *BASES; b++) {
        for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
            snprintf(path, sizeof path, "%s/poshub-sim-%d/%s", BASES[b], (int)pid, FILES[i]);
            remove(path);
        }
    }
}

static void hub_folder(struct hub *h)
{
    hub_forget(getpid()); /* of a life long ago */
    for (size_t b = 0; b < sizeof BASES / sizeof *BASES; b++) {
        snprintf(h->dir, sizeof h->dir, "%s/poshub-sim-%d", BASES[b], (int)getpid());
        if (mkdir(h->dir, 0700) == 0)
            return;
    }
    abort();
}

void hub_init(struct sim *s)
{
    struct hub *h = &s->hub;
    hub_folder(h);
    h->config = BOOKS_DEFAULTS;
    h->config.zone = s->zone;
    arena_init(&h->scratch, ARENA_BYTES);
}

static void boot_transaction(struct sim *s)
{
    struct hub *h = &s->hub;
    struct txn *txn;
    if (txn_begin_write(h->store, &txn) != PH_OK ||
        books_begin(&h->books, txn, &h->config, &h->scratch, SECRET) != PH_OK)
        abort();
    struct journal_head *head = &h->books.j.head;
    h->uptime = uptime_start(head, reading(s), BUILT_AT_MS);
    int64_t wall_ms = uptime_wall(&h->uptime, reading(s));
    judge_boot(s, reading(s).wall_ms);
    head->boot++;
    head->uptime_ms = uptime_of(s);
    head->wall_at_ms = s->judge.kept_wall_ms = wall_ms;
    head->clock_suspect = h->uptime.suspect;
    books_rearm(&h->books, wall_ms);
    model_clock_moved(&s->model, wall_ms);
    s->judge.kept_suspect = h->uptime.suspect;
    books_finish(&h->books);
    if (txn_commit(txn) != PH_OK)
        abort();
}

static void menu_import(struct sim *s)
{
    char why[JSON_WHY], path[FIELD_PATH];
    struct caller who = {.device = STR("poshubctl"), .role = ROLE_ADMIN};
    struct visit *v = visit_new(OWN_COMMAND);
    struct txn *txn;
    v->doc = json_parse(CATALOG_MENU, strlen(CATALOG_MENU), &JSON_IMPORT, why);
    if (!v->doc || command_decode(&v->command, VERB_MENU_IMPORT, &who, v->doc, &v->arena, path))
        abort();
    stamp(s, v);
    if (txn_begin_write(s->hub.store, &txn) != PH_OK ||
        books_begin(&s->hub.books, txn, &s->hub.config, &s->hub.scratch, SECRET) != PH_OK)
        abort();
    books_execute(&s->hub.books, &v->command, &v->outcome);
    books_finish(&s->hub.books);
    if (v->outcome.code || txn_commit(txn) != PH_OK) {
        fprintf(stderr, "sim: menu: %s\n", v->outcome.detail);
        abort();
    }
    s->judge.hlc_ms = v->at.wall_ms;
    visit_free(v);
}

void hub_boot(struct sim *s)
{
    struct hub *h = &s->hub;
    char why[STORE_WHY];
    struct store_options options = {.dir = h->dir, .map_bytes = MAP_BYTES};
    struct writer_hooks hooks = {s, on_begin, on_execute, on_finish, on_undo, on_done, on_fatal};
    if (store_open(&h->store, &options, why)) {
        sim_violation(s, "STORE", "does not open: %s", why);
        return;
    }
    h->crash = NO_CRASH;
    h->dying = h->commit_planned = false;
    h->life++;
    boot_transaction(s);
    sim_trace(s, "hub up, wall %lld%s", (long long)reading(s).wall_ms,
              h->uptime.suspect ? " suspect" : "");
    if (h->life == 1)
        menu_import(s);
    if (writer_open(&h->writer, h->store, &hooks, false))
        abort();
    judge_all(s);
    submit_timers(s);
}

void hub_crash(struct sim *s)
{
    struct hub *h = &s->hub;
    if (!h->store)
        return;
    h->dying = true;
    writer_close(h->writer);
    store_close(h->store);
    h->writer = NULL;
    h->store = NULL;
    s->totals.crashes++;
    int64_t down_ms = dice_between(&s->faults, 500, 20000);
    if (dice_chance(&s->faults, 100))
        down_ms = dice_between(&s->faults, MINUTE_MS, 20 * MINUTE_MS);
    bool box_too = dice_chance(&s->faults, 300);
    if (box_too) {
        h->box_on_ms = s->now_ms;
        h->rtc_broken = dice_chance(&s->faults, 200);
        h->mended_at_ms = s->now_ms + dice_between(&s->faults, MINUTE_MS, 20 * MINUTE_MS);
    }
    sim_trace(s, "hub down%s for %lld ms%s", box_too ? " with its box" : "", (long long)down_ms,
              h->rtc_broken ? ", RTC lost" : "");
    agenda_add(&s->agenda, s->now_ms + down_ms, HAPPENS_BOOT, 0);
}

void hub_fini(struct sim *s)
{
    struct hub *h = &s->hub;
    h->dying = true;
    writer_close(h->writer);
    store_close(h->store);
    arena_free(&h->scratch);
    hub_forget(getpid());
}

struct txn *hub_look(struct sim *s)
{
    struct txn *txn;
    if (txn_begin_read(s->hub.store, &txn) != PH_OK)
        abort();
    return txn;
}

/* ---- work ---- */

void hub_receive(struct sim *s, uint32_t ask)
{
    char text[LIMIT_REQUEST_BYTES], why[JSON_WHY + FIELD_PATH] = "";
    struct ask *a = s->asks[ask];
    if (!s->hub.store || s->hub.dying)
        return;
    s->totals.requests++;
    struct visit *v = visit_new(ask);
    v->doc = json_parse(text, ask_text(a, text, sizeof text), &JSON_REQUEST, why);
    if (!v->doc)
        abort();
    enum code code =
        command_decode(&v->command, a->verb, &s->devices[a->device].who, v->doc, &v->arena, why);
    if (code != a->refused)
        sim_violation(s, "DECODE", "%s: %d %s, not %d: %s", verb_name(a->verb), code, why,
                      a->refused, text);
    if (code == CODE_OK) {
        visit_submit(s, v);
        return;
    }
    refuse(s, a, ask, code, why);
    visit_free(v);
}

void hub_commit(struct sim *s)
{
    struct hub *h = &s->hub;
    uint32_t one_in = s->options.plant == PLANT_REPLY_BEFORE_COMMIT ? 20 : 500;
    h->commit_planned = false;
    h->crash = NO_CRASH;
    if (dice_below(&s->faults, one_in) == 0)
        h->crash = CRASH_BEFORE_COMMIT;
    else if (dice_below(&s->faults, one_in) == 0)
        h->crash = CRASH_AFTER_COMMIT;
    s->totals.commits++;
    writer_step(h->writer);
    if (h->crash != NO_CRASH && !s->broken) {
        sim_trace(s, "crash %s commit", h->crash == CRASH_BEFORE_COMMIT ? "before" : "after");
        hub_crash(s);
    }
}

void hub_timers(struct sim *s)
{
    int64_t deadline_ms;
    if (!s->hub.store || s->hub.dying || s->hub.commit_planned)
        return;
    struct txn *txn = hub_look(s);
    bool due = timer_next(txn, TIMERS_UPTIME, &deadline_ms) && deadline_ms <= uptime_of(s);
    due |= timer_next(txn, TIMERS_WALL, &deadline_ms) &&
           deadline_ms <= uptime_wall(&s->hub.uptime, reading(s));
    txn_abort(txn);
    if (due || s->now_ms % MINUTE_MS < SECOND_MS)
        submit_timers(s);
}
