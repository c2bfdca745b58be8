/* The box: the real books and positions on a real store, one transaction at a time, and the crashes
 * around its commit. What it answers to people who ask counts as said only when it did not crash.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "edge/books/restore.h"
#include "storage/scatter.h"
#include "storage/timers.h"
#include "tests/sim/line/line.h"

#define BUILT_AT_MS  1767225600000
#define DAY_START_MS (4 * HOUR_MS)
#define MAP_BYTES    (256ULL << 20)
#define ARENA_BYTES  (16 << 20)

static const uint8_t SECRET[32] = {9};
static const char MENU[] =
    "{\"req_id\":\"menu\",\"currency\":\"EUR\",\"decimals\":2,\"stations\":[],"
    "\"categories\":[],"
    "\"spus\":[],\"groups\":[],\"items\":["
    "{\"object_id\":\"1001\",\"name\":\"Pizza\",\"price\":\"1.0000\"},"
    "{\"object_id\":\"1002\",\"name\":\"Egg\",\"price\":\"1.0000\"},"
    "{\"object_id\":\"1003\",\"name\":\"Cola\",\"price\":\"1.0000\"}],"
    "\"combos\":[]}";

/* ---- clocks ---- */

static struct clock_reading rtc(const struct world *w)
{
    int64_t mono_ms = w->now_ms - w->box.on_ms;
    return (struct clock_reading){
        .wall_ms = w->box.rtc_broken ? mono_ms : START_AT_MS + w->now_ms + w->box.wall_off_ms,
        .mono_ms = mono_ms,
        .kept = w->box.kept && !w->box.rtc_broken,
    };
}

static struct clock_reading raw(const struct world *w)
{
    struct clock_reading now = rtc(w);
    if (w->box.held)
        now.wall_ms = now.mono_ms + w->box.rtc_ms;
    return now;
}

static struct clock_reading reading(const struct world *w)
{
    struct clock_reading now = raw(w);
    now.wall_ms += w->box.heard_off_ms;
    return now;
}

static uint32_t day_of(int64_t wall_ms)
{
    time_t at = (time_t)((wall_ms - DAY_START_MS) / 1000);
    struct tm tm;
    gmtime_r(&at, &tm);
    return (uint32_t)((tm.tm_year + 1900) * 10000 + (tm.tm_mon + 1) * 100 + tm.tm_mday);
}

static int64_t uptime_of(const struct world *w)
{
    struct clock_reading now = reading(w);
    return w->options.plant == PLANT_CLOCK_EXPIRY ? now.wall_ms : uptime_now(&w->box.uptime, now);
}

static void stamp(struct world *w, struct work *k)
{
    uptime_look(&w->box.uptime, reading(w));
    k->command.wall_ms = uptime_wall(&w->box.uptime, reading(w));
    k->command.uptime_ms = uptime_of(w);
    k->command.clock_suspect = uptime_suspect(&w->box.uptime, reading(w));
    k->command.wall_lead_ms = uptime_lead(&w->box.uptime, reading(w));
    k->command.day = day_of(k->command.wall_ms);
    if (k->sync)
        k->sync->command.wall_ms = k->command.wall_ms;
}

/* ---- planted bugs ---- */

static int item_asked(const struct work *k)
{
    return k->command.n_lines > 0
               ? item_of((struct object){OBJECT_SKU, k->command.lines[0].object_id})
               : item_of(k->command.object);
}

static void spoil_row(struct txn *txn, int item, int64_t h_t, int64_t lh_t)
{
    struct stock_row r;
    if (item < 0 || !stock_load(txn, item_object(item), &r))
        return;
    r.h_t += h_t;
    r.lh_t += lh_t;
    stock_save(txn, &r);
}

/* ---- planted bugs of generations and rights ---- */

/* The clock stands before the last restore again. */
static bool went_back(const struct world *w, const struct stock_row *r)
{
    return r->restored_ms > uptime_wall(&w->box.uptime, reading(w));
}

static void plant_row(struct world *w, struct txn *txn, int item)
{
    struct stock_row r;
    if (!stock_load(txn, item_object(item), &r))
        return;
    if (went_back(w, &r)) {
        r.restored_ms = 0;
        r.gen_id = STR("");
    }
    stock_save(txn, &r);
    books_rearm(&w->box.books, uptime_wall(&w->box.uptime, reading(w)));
}

static void plant_dropped(struct world *w, struct txn *txn, int item)
{
    struct stock_row r;
    if (!stock_load(txn, item_object(item), &r))
        return;
    struct schedule s = row_schedule(&r);
    int64_t due_ms = due_latest(&s, &w->clocks, uptime_wall(&w->box.uptime, reading(w)));
    if (due_ms <= r.restored_ms)
        return;
    r.restored_ms = due_ms;
    stock_save(txn, &r);
}

static void plant_row_after(struct world *w, struct txn *txn, const struct stock_row *before)
{
    struct stock_row r;
    bool opened, kept;
    if (!stock_load(txn, before->object, &r))
        return;
    opened = !str_eq(r.gen_id, before->gen_id);
    kept = w->options.plant == PLANT_NO_REBALANCE && r.policy == before->policy && !opened;
    for (uint16_t i = 0; i < r.n_channels && i < before->n_channels; i++) {
        if (kept)
            r.channels[i].m_t = before->channels[i].m_t;
        if (opened && w->options.plant == PLANT_USED_KEPT)
            r.channels[i].used_t = before->channels[i].used_t;
    }
    stock_save(txn, &r);
}

/* What a limit was set by the store takes for its own, all of it and at once. */
static void plant_limit(struct txn *txn, const struct stock_row *before)
{
    struct stock_row r;
    if (!stock_load(txn, before->object, &r) || before->type == STOCK_LIMITED ||
        !rights_strict(&r) || r.presumed_t > 0)
        return;
    r.gr_t += stock_real(&r) - stock_locked(&r) - rights_hub(&r);
    r.gr_op = (struct position){0, 0};
    stock_save(txn, &r);
}

static void plant_before(struct world *w, struct txn *txn, const struct work *k)
{
    if (w->options.plant == PLANT_DROPPED_DEDUPE && k->ask) {
        struct key key = {.n = 0};
        key_add_text(&key, k->command.who.device);
        key_add_text(&key, k->command.req_id);
        scatter_del(txn, TABLE_REPLY_ID, key_bytes(&key));
    }
    for (int i = 0; i < ITEMS; i++)
        if (w->options.plant == PLANT_RESTORE_AGAIN)
            plant_row(w, txn, i);
        else if (w->options.plant == PLANT_RESTORE_DROPPED && dice_chance(&w->plants, 100))
            plant_dropped(w, txn, i);
    if (w->options.plant == PLANT_PUSH_AGAIN && k->command.verb == VERB_CENTER_ROW)
        for (uint32_t i = 0; i < k->command.center->n; i++) {
            struct stock_row r;
            if (stock_load(txn, k->command.center->rows[i].row.object, &r)) {
                r.c_ver = 0;
                stock_save(txn, &r);
            }
        }
}

/* A row's register and stamp stay as they were before the merge. */
static void lose_registers(struct txn *txn, const struct work *k, const struct stock_row *before)
{
    for (uint32_t i = 0; i < k->command.center->n; i++) {
        int item = item_of(k->command.center->rows[i].row.object);
        struct stock_row r;
        if (item < 0 || !stock_load(txn, item_object(item), &r))
            continue;
        r.status = before[item].status;
        r.status_stamp = before[item].status_stamp;
        stock_save(txn, &r);
    }
}

static void plant_after(struct world *w, struct txn *txn, const struct work *k)
{
    bool good = k->ask && k->out.code == CODE_OK && !k->out.replayed && !k->out.duplicate;
    for (int i = 0; i < ITEMS; i++)
        if (w->options.plant == PLANT_NO_REBALANCE || w->options.plant == PLANT_USED_KEPT)
            plant_row_after(w, txn, &k->rows_before[i]);
        else if (w->options.plant == PLANT_LIMIT_ALONE && good)
            plant_limit(txn, &k->rows_before[i]);
    if (good && w->options.plant == PLANT_LOST_SALE && k->command.verb == VERB_ORDER_SELL &&
        dice_chance(&w->plants, 50))
        spoil_row(txn, item_asked(k), PORTION_T, 0);
    if (good && w->options.plant == PLANT_DOUBLE_UNLOCK && k->command.verb == VERB_ORDER_CANCEL)
        spoil_row(txn, 0, 0, -PORTION_T);
}

/* ---- one transaction ---- */

static void execute(struct world *w, struct txn *txn, struct work *k)
{
    struct box *b = &w->box;
    struct stock_row before[ITEMS];
    bool loses = w->options.plant == PLANT_LOST_REGISTER && k->command.verb == VERB_CENTER_ROW;
    for (int i = 0; i < ITEMS && loses; i++)
        stock_load(txn, item_object(i), &before[i]);
    plant_before(w, txn, k);
    if (!k->no_command)
        books_execute(&b->books, &k->command, &k->out);
    if (k->sync)
        sync_execute(k->sync, &b->books.j, &b->config.identity);
    plant_after(w, txn, k);
    if (loses)
        lose_registers(txn, k, before);
}

static void step_ack_back(struct world *w, struct txn *txn)
{
    struct sync_position p;
    if (w->options.plant != PLANT_ACK_BACK || !dice_chance(&w->plants, 5) ||
        !sync_position_load(&p, txn) || p.acked.seq < 2)
        return;
    p.acked.seq--;
    sync_position_save(&p, txn);
}

/* False: the transaction is lost. */
static bool transact(struct world *w, struct work *k, bool die)
{
    struct box *b = &w->box;
    struct txn *txn;
    b->knows_head = false;
    if (txn_begin_write(b->store, &txn) != PH_OK ||
        books_begin(&b->books, txn, &b->config, &b->scratch, SECRET) != PH_OK)
        abort();
    k->before = b->books.j.head.at;
    for (int i = 0; i < ITEMS; i++)
        stock_load(txn, item_object(i), &k->rows_before[i]);
    execute(w, txn, k);
    step_ack_back(w, txn);
    k->after = b->books.j.head.at;
    books_finish(&b->books);
    if (txn_error(txn) != PH_OK)
        violation(w, "STORE", "%s", txn_fault(txn));
    if (die) {
        txn_abort(txn);
        return false;
    }
    w->totals.commits++;
    return txn_commit(txn) == PH_OK;
}

static void see_rows(struct world *w, struct work *k)
{
    struct txn *txn = box_look(w);
    for (int i = 0; i < ITEMS; i++)
        stock_load(txn, item_object(i), &k->rows[i]);
    txn_abort(txn);
}

bool box_run(struct world *w, struct work *k)
{
    bool steady = w->quiet || w->calm;
    bool often =
        w->options.plant == PLANT_REPLY_BEFORE_COMMIT || w->options.plant == PLANT_DROPPED_DEDUPE;
    bool before = !steady && dice_chance(&w->faults, often ? 20 : 2);
    bool after = !steady && dice_chance(&w->faults, often ? 20 : 2);
    if (!w->box.store || w->broken)
        return false;
    stamp(w, k);
    arena_init(&k->out.arena, 4 << 20);
    k->committed = transact(w, k, before);
    if (before || after)
        trace(w, "box       crashes %s a commit", before ? "before" : "after");
    see_rows(w, k);
    if (k->committed || w->options.plant == PLANT_REPLY_BEFORE_COMMIT)
        truth_work(w, k);
    if (!before)
        check_box(w, "P2");
    if (before || after)
        box_crash(w);
    return !before && !after;
}

void work_end(struct work *k)
{
    arena_free(&k->out.arena);
}

struct txn *box_look(struct world *w)
{
    struct txn *txn;
    if (txn_begin_read(w->box.store, &txn) != PH_OK)
        abort();
    return txn;
}

struct journal_head box_head(struct world *w)
{
    struct journal j;
    if (w->box.knows_head)
        return w->box.head;
    struct txn *txn = box_look(w);
    if (!journal_load(&j, txn))
        abort();
    txn_abort(txn);
    w->box.knows_head = true;
    return w->box.head = j.head;
}

/* ---- up and down ---- */

static void boot_transaction(struct world *w)
{
    struct box *b = &w->box;
    struct txn *txn;
    b->knows_head = false;
    if (txn_begin_write(b->store, &txn) != PH_OK ||
        books_begin(&b->books, txn, &b->config, &b->scratch, SECRET) != PH_OK)
        abort();
    struct journal_head *head = &b->books.j.head;
    b->uptime = uptime_start(head, reading(w), BUILT_AT_MS);
    head->boot++;
    head->uptime_ms = uptime_of(w);
    head->wall_at_ms = uptime_wall(&b->uptime, reading(w));
    head->clock_suspect = b->uptime.suspect;
    head->wall_lead_ms = uptime_lead(&b->uptime, reading(w));
    books_rearm(&b->books, head->wall_at_ms);
    books_finish(&b->books);
    if (txn_commit(txn) != PH_OK)
        abort();
}

static void import_menu(struct world *w)
{
    char path[FIELD_PATH], why[JSON_WHY] = "";
    struct work k = {0};
    struct arena arena;
    struct caller who = {.device = STR("poshubctl"), .role = ROLE_ADMIN};
    struct json *doc = json_parse(MENU, strlen(MENU), &JSON_IMPORT, why);
    arena_init(&arena, 1 << 20);
    if (!doc || command_decode(&k.command, VERB_MENU_IMPORT, &who, doc, &arena, path) != CODE_OK)
        abort();
    box_run(w, &k);
    if (k.out.code != CODE_OK)
        violation(w, "MENU", "%s", k.out.detail);
    work_end(&k);
    arena_free(&arena);
    json_free(doc);
}

void box_boot(struct world *w)
{
    struct box *b = &w->box;
    char why[STORE_WHY];
    struct store_options options = {.dir = b->dir, .map_bytes = MAP_BYTES};
    if (b->store)
        return;
    if (store_open(&b->store, &options, why) != PH_OK) {
        violation(w, "STORE", "does not open: %s", why);
        return;
    }
    bool calm = w->calm;
    b->config.strict_closed = w->stray && b->life > 0; /* somebody shows it a later position */
    b->life++;
    b->held = false;
    b->heard_off_ms = 0;
    talk_forget(b);
    boot_transaction(w);
    trace(w, "box       is up, wall %lld%s", (long long)reading(w).wall_ms,
          b->uptime.suspect ? " suspect" : "");
    w->calm = true;
    if (box_head(w).at.seq == 0 && box_head(w).at.epoch == 1)
        import_menu(w);
    w->calm = calm;
    check_box(w, "P3");
    check_sales(w, "P3");
    plan(w, 0, COMES_TURN, 0);
}

void box_crash(struct world *w)
{
    struct box *b = &w->box;
    if (!b->store)
        return;
    store_close(b->store);
    b->store = NULL;
    talk_forget(b);
    w->totals.crashes++;
    int64_t down_ms = dice_between(&w->faults, 200, 15 * SECOND_MS);
    if (dice_chance(&w->faults, 100)) {
        down_ms = dice_between(&w->faults, MINUTE_MS, 10 * MINUTE_MS);
        b->on_ms = w->now_ms;
        b->rtc_broken = dice_chance(&w->faults, 200);
    } else {
        b->rtc_broken = false;
    }
    trace(w, "box       is down for %lld ms", (long long)down_ms);
    plan(w, down_ms, COMES_BOOT, 0);
}

void box_open(struct world *w)
{
    struct box *b = &w->box;
    b->config = BOOKS_DEFAULTS;
    b->config.zone = w->clocks;
    b->buffer = malloc(BATCH_BUFFER);
    if (!b->buffer)
        abort();
    arena_init(&b->scratch, ARENA_BYTES);
    disk_folders(b);
    box_boot(w);
}

void box_close(struct world *w)
{
    store_close(w->box.store);
    arena_free(&w->box.scratch);
    free(w->box.buffer);
    box_forget(getpid());
}

static bool is_small(int64_t error_ms)
{
    return error_ms > -SECOND_MS / 2 && error_ms < SECOND_MS / 2;
}

static void follow(struct world *w, int64_t center_ms)
{
    struct box *b = &w->box;
    bool held = !is_small(center_ms - rtc(w).wall_ms);
    if (held && !b->held)
        b->rtc_ms = rtc(w).wall_ms - rtc(w).mono_ms;
    else if (!held && b->held)
        b->heard_off_ms += raw(w).wall_ms - rtc(w).wall_ms;
    b->held = held;
}

/* As edge/clock: from half a second on it steps, and an RTC that differs is followed no more. */
void box_hears_clock(struct world *w, int64_t center_ms)
{
    struct box *b = &w->box;
    int64_t before_ms = uptime_wall(&b->uptime, reading(w)), error_ms = center_ms - before_ms;
    if (center_ms < BUILT_AT_MS)
        return;
    follow(w, center_ms);
    if (!is_small(error_ms) || uptime_suspect(&b->uptime, reading(w)))
        b->heard_off_ms = center_ms - raw(w).wall_ms;
    uptime_heard(&b->uptime, reading(w));
}

/* ---- its timers ---- */

void box_timers(struct world *w)
{
    int64_t deadline_ms;
    if (!w->box.store)
        return;
    struct txn *txn = box_look(w);
    bool due = timer_next(txn, TIMERS_UPTIME, &deadline_ms) && deadline_ms <= uptime_of(w);
    due = due || (timer_next(txn, TIMERS_WALL, &deadline_ms) &&
                  deadline_ms <= uptime_wall(&w->box.uptime, reading(w)));
    txn_abort(txn);
    if (!due)
        return;
    struct work k = {.command = {.verb = VERB_TIMERS,
                                 .who = {.device = STR("hub"), .role = ROLE_ADMIN},
                                 .enrolled = true,
                                 .acked = {box_head(w).at.epoch, 0}}};
    box_run(w, &k);
    work_end(&k);
    talk_turn(w);
}
