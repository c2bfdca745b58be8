#include "edge/upkeep.h"

#include <stdio.h>
#include <sys/statvfs.h>
#include <time.h>

#include "edge/log.h"
#include "storage/timers.h"

#define MINUTE_MS       60000
#define YEAR_MS         (8766LL * 60 * MINUTE_MS)
#define QUIET_REQUESTS  8 /* kept when a rush is over; the next one makes its own */
#define DROPS_QUIET_MS  600000
#define DISK_ALARM_MIB  64 /* free space of the file system under the store */
#define DISK_REFUSE_MIB 16

/* ---- alerts ---- */

static void alert_on(struct upkeep *u, const struct alert *alert)
{
    if (!alerts_raise(u->alerts, alert))
        return;
    log_warning("alert id=%s code=%s text=\"%s\"", alert->id, alert->code, alert->text);
    u->alert_changed(u->ctx, str_of(alert->id));
}

static void alert_off(struct upkeep *u, const char *id)
{
    if (alerts_resolve(u->alerts, id))
        u->alert_changed(u->ctx, str_of(id));
}

/* ---- the disk ---- */

static uint64_t free_mib(const char *dir)
{
    struct statvfs v;
    if (statvfs(dir, &v) != 0)
        return UINT64_MAX;
    return (uint64_t)v.f_bavail * v.f_frsize >> 20;
}

static void weigh_disk(struct upkeep *u)
{
    const struct config *config = u->config;
    uint32_t used = u->facts->used_permille;
    uint64_t left_mib = free_mib(config->data_dir);
    if (store_fill(u->intake->store, &used) == PH_OK)
        u->facts->used_permille = used;
    bool refuse = u->met_full || used >= config->refuse_percent * 10 || left_mib < DISK_REFUSE_MIB;
    bool alarm = refuse || used >= config->alarm_percent * 10 || left_mib < DISK_ALARM_MIB;
    struct alert alert = {.id = "disk",
                          .kind = "DISK",
                          .code = refuse ? "PH-1003" : "PH-1002",
                          .action = "Raise map_mib, or make room on the disk.",
                          .since_at_ms = clock_wall_ms(u->intake->clock)};
    snprintf(alert.text, sizeof(alert.text), "Storage is %u.%u%% used, %llu MiB free on disk.%s",
             used / 10, used % 10, (unsigned long long)left_mib, refuse ? " No new orders." : "");
    if (alarm)
        alert_on(u, &alert);
    else
        alert_off(u, "disk");
    if (refuse != u->books->refuse_new_orders) {
        u->books->refuse_new_orders = refuse;
        clerk_configure(u->clerk, u->books);
    }
}

static void look_at_disk(struct upkeep *u, int64_t now_ms)
{
    if (now_ms < u->next_disk_ms)
        return;
    u->next_disk_ms = now_ms + (int64_t)u->config->check_every_s * 1000;
    weigh_disk(u);
    u->met_full = false;
}

/* ---- damage ---- */

static void look_for_damage(struct upkeep *u, int64_t now_ms)
{
    struct scrub *s = &u->scrub;
    struct alert alert = {.id = "bad-record",
                          .kind = "DATA",
                          .code = "PH-1006",
                          .action = "Look at the log for bad_record; poshubctl journal verify.",
                          .since_at_ms = clock_wall_ms(u->intake->clock)};
    if (!scrub_step(s, u->intake->store, now_ms))
        return;
    snprintf(alert.text, sizeof(alert.text), "%llu damaged: %s", (unsigned long long)s->found,
             s->first);
    if (s->found > 0)
        alert_on(u, &alert);
    else
        alert_off(u, alert.id);
}

/* A record that the last pass found whole has gone bad since. */
static void met_damage(struct upkeep *u)
{
    if (u->scrub.found == 0)
        u->scrub.next_ms = 0;
}

/* ---- the clock ---- */

/* Against the time that the store has gone on to from the last that it has seen. */
static void tell_clock(const struct clock *c, char out[ALERT_TEXT])
{
    char day[16] = "?";
    struct tm tm;
    int64_t says_ms = clock_box_ms(c), ahead_ms = says_ms - clock_wall_ms(c);
    time_t at = (time_t)(says_ms / 1000);
    if (gmtime_r(&at, &tm) != NULL)
        strftime(day, sizeof(day), "%Y-%m-%d", &tm);
    if (ahead_ms > 2 * YEAR_MS)
        snprintf(out, ALERT_TEXT,
                 "The box's clock says %s, %lld years after the last time this "
                 "store has seen; orders are marked.",
                 day, (long long)(ahead_ms / YEAR_MS));
    else if (ahead_ms > 0)
        snprintf(out, ALERT_TEXT,
                 "The box's clock says %s, over a year after the last time this "
                 "store has seen; orders are marked.",
                 day);
    else
        snprintf(out, ALERT_TEXT,
                 "The box's clock says %s, before the last time this store has "
                 "seen; orders are marked.",
                 day);
}

static void look_at_clock(struct upkeep *u)
{
    const struct clock *c = u->intake->clock;
    bool mended = clock_mended(u->intake->clock);
    struct alert alert = {.id = "clock",
                          .kind = "CLOCK",
                          .code = "PH-3001",
                          .action =
                              "Set the clock: timedatectl ; is it right? poshubctl clock accept",
                          .since_at_ms = clock_wall_ms(c)};
    if (clock_suspect(c)) {
        tell_clock(c, alert.text);
        alert_on(u, &alert);
    } else if (mended || alerts_find(u->alerts, STR("clock")) != NULL) {
        alert_off(u, "clock");
        u->clock_changed(u->ctx);
    }
}

/* ---- the broker ---- */

/* It drops silently: a device that is too slow misses states until its next snapshot. */
static void look_at_broker(struct upkeep *u, int64_t now_ms)
{
    uint64_t dropped = u->counters->broker_dropped;
    struct alert alert = {.id = "broker-dropped",
                          .kind = "LAN",
                          .code = "PH-2002",
                          .action = "Find the slow device (poshubctl device list) and restart it.",
                          .since_at_ms = clock_wall_ms(u->intake->clock)};
    if (dropped != u->drops_known) {
        u->drops_known = dropped;
        u->drops_quiet_ms = now_ms + DROPS_QUIET_MS;
        snprintf(alert.text, sizeof(alert.text),
                 "The broker has thrown away %llu messages for devices that were too slow.",
                 (unsigned long long)dropped);
        alert_on(u, &alert);
    } else if (u->drops_quiet_ms != 0 && now_ms >= u->drops_quiet_ms) {
        u->drops_quiet_ms = 0;
        alert_off(u, alert.id);
    }
}

/* ---- own commands ---- */

static void run_timers(struct upkeep *u)
{
    if (u->timers_running)
        return;
    u->timers_running = intake_own(u->intake, VERB_TIMERS, false);
}

/* The first of the due ones leads to a damaged record; those behind it must not wait. */
static void put_off_timer(struct upkeep *u)
{
    u->timers_running = intake_own(u->intake, VERB_TIMERS, true);
}

static void close_day(struct upkeep *u, uint32_t day, int64_t now_ms)
{
    int64_t wall_ms = clock_wall_ms(u->intake->clock);
    if (!u->config->auto_day_close || u->day_running || now_ms < u->next_day_ms || day == 0 ||
        clock_suspect(u->intake->clock) || clock_day(u->intake->clock, wall_ms) <= day)
        return;
    u->next_day_ms = now_ms + MINUTE_MS;
    u->day_running = intake_own(u->intake, VERB_DAY_CLOSE, false);
}

/* By the wall clock. What is due before the next tick gets a wake-up of its own. */
static bool wall_due(struct upkeep *u, struct txn *txn)
{
    int64_t deadline_ms, now_ms = clock_wall_ms(u->intake->clock);
    if (!timer_next(txn, TIMERS_WALL, &deadline_ms) || deadline_ms > now_ms + UPKEEP_TICK_MS)
        return false;
    if (deadline_ms > now_ms)
        u->wake_in(u->ctx, deadline_ms - now_ms);
    return deadline_ms <= now_ms;
}

/* What a device has witnessed is not in the store yet. */
static bool has_witness(const struct upkeep *u, struct txn *txn)
{
    struct journal j = {0};
    return journal_load(&j, txn) && u->intake->seen_epoch > j.head.seen_epoch;
}

static void look_at_store(struct upkeep *u, int64_t now_ms)
{
    struct txn *txn;
    struct journal j = {0};
    int64_t deadline_ms;
    if (txn_begin_read(u->intake->store, &txn) != PH_OK)
        return;
    bool due = timer_next(txn, TIMERS_UPTIME, &deadline_ms) &&
               deadline_ms <= clock_uptime_ms(u->intake->clock);
    bool by_wall = wall_due(u, txn); /* sets a wake-up, too */
    due = due || by_wall || has_witness(u, txn);
    journal_load(&j, txn);
    txn_abort(txn);
    if (due || u->intake->clock->step_ms != 0)
        run_timers(u);
    close_day(u, j.head.day, now_ms);
}

void upkeep_done(struct upkeep *u, const struct request *r)
{
    if (r->job.err == PH_ERR_FULL) {
        u->met_full = true;
        u->next_disk_ms = 0;
    }
    if (r->job.err == PH_ERR_BAD_RECORD)
        met_damage(u);
    if (r->command.verb == VERB_DAY_CLOSE)
        u->day_running = false;
    if (r->command.verb != VERB_TIMERS)
        return;
    u->timers_running = false;
    if (r->job.err == PH_OK)
        clock_noted(u->intake->clock, r->command.clock_step_ms);
    if (r->job.err == PH_OK && r->outcome.more)
        run_timers(u);
    else if (r->job.err == PH_ERR_BAD_RECORD && !r->command.put_off)
        put_off_timer(u);
}

void upkeep_wake(struct upkeep *u)
{
    struct txn *txn;
    if (txn_begin_read(u->intake->store, &txn) != PH_OK)
        return;
    bool due = wall_due(u, txn) || has_witness(u, txn);
    txn_abort(txn);
    if (due)
        run_timers(u);
}

void upkeep_tick(struct upkeep *u)
{
    int64_t now_ms = clock_boot_ms();
    look_at_clock(u);
    look_at_store(u, now_ms);
    look_at_disk(u, now_ms);
    look_for_damage(u, now_ms);
    look_at_broker(u, now_ms);
    if (now_ms < u->next_minute_ms)
        return;
    u->next_minute_ms = now_ms + MINUTE_MS;
    store_reader_check(u->intake->store);
    histogram_turn(&u->counters->latency);
    request_pool_trim(&u->intake->pool, QUIET_REQUESTS);
    run_timers(u);
}
