/* Before the store is opened: starts that come to a bad end, and a store that nothing helps.
 *
 * The happy path: few bad ends, no verdict, and nothing is done. What can fail: a loop has the
 * store read (edge/guard_store.h). A store that is known to be broken, with no backup that helps,
 * is not read again: the hub waits until people have done something about it, and goes on at once
 * when they have; else it tries to open it once a GUARD_WAIT_MS, because a disk may come to itself.
 * A store that is not there, but has backups, is no bad end: the hub refuses to begin a new one.
 */
#include <stdio.h>
#include <time.h>

#include "edge/guard_store.h"
#include "edge/guard_verdict.h"
#include "edge/hub_parts.h"
#include "edge/log.h"
#include "storage/storedir.h"

#define PATIENCE_MS 600000 /* for reading a large store on a slow card */
#define OPENING_MS  60000  /* for what comes after the wait, as TimeoutStartSec= */
#define LOOK_MS     500    /* how soon it is seen that something was done */

static int64_t wall_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * INT64_C(1000);
}

static void on_look(uv_timer_t *timer)
{
    (void)timer;
}

static void say_why(const char *why)
{
    char line[SERVICE_LINE];
    struct alert alert = guard_store_helpless(why, 0);
    snprintf(line, sizeof(line), "%s Next: %s", alert.text, alert.action);
    log_error("guard_waits code=%s wait_ms=%d why=\"%s\" next=\"%s\"", alert.code, GUARD_WAIT_MS,
              why, alert.action);
    service_say(line);
    service_extend(GUARD_WAIT_MS + OPENING_MS);
}

/* The loop runs meanwhile, for the signal to end. Whoever restores holds the store until it is
 * done. */
static enum guard_verdict wait_for_help(struct hub *h, char *why)
{
    int64_t until_ms = clock_boot_ms() + GUARD_WAIT_MS;
    enum guard_verdict verdict = VERDICT_STANDS;
    say_why(why);
    while (!h->stopping && clock_boot_ms() < until_ms) {
        uv_timer_start(&h->tick, on_look, LOOK_MS, 0);
        uv_run(&h->loop, UV_RUN_ONCE);
        verdict = guard_verdict_read(&h->config, why);
        if (verdict != VERDICT_STANDS && storedir_is_free(h->config.data_dir))
            break;
    }
    uv_timer_stop(&h->tick);
    return verdict;
}

static void look_at_store(struct hub *h, unsigned bad)
{
    struct alert alert;
    h->guard.asked = true;
    service_extend(PATIENCE_MS);
    guard_store(&h->config, bad, wall_now_ms(), &alert);
    alerts_raise(&h->alerts, &alert);
}

/* Another store than the one of the bad ends: it begins with none. */
static void begin_anew(struct hub *h)
{
    guard_end(&h->guard);
    guard_begin(&h->guard, h->config.data_dir, clock_boot_ms());
    guard_verdict_drop(&h->config);
    log_info("guard_goes_on store=%s", h->config.data_dir);
}

bool hub_guard(struct hub *h)
{
    char why[STORE_WHY] = "";
    if (!storedir_is_free(h->config.data_dir))
        return true; /* whoever holds it has noted its own start */
    unsigned bad = guard_begin(&h->guard, h->config.data_dir, clock_boot_ms());
    enum guard_verdict verdict = guard_verdict_read(&h->config, why);
    bool waited = verdict == VERDICT_STANDS;
    if (waited)
        verdict = wait_for_help(h, why);
    if (h->stopping)
        return false;
    if (verdict == VERDICT_STANDS) {
        struct alert alert = guard_store_helpless(why, wall_now_ms());
        alerts_raise(&h->alerts, &alert);
        h->guard.asked = true;
    } else if (verdict == VERDICT_NONE && waited) {
        begin_anew(h);
    } else if (verdict == VERDICT_DOUBTED || bad >= GUARD_STARTS) {
        look_at_store(h, bad);
    } else {
        guard_verdict_drop(&h->config); /* if there is one, it is of a store that is gone */
    }
    return true;
}

bool hub_guard_opened(struct hub *h, enum ph_err err)
{
    if (h->guard.asked || (err != PH_ERR_FORMAT && err != PH_ERR_BAD_RECORD))
        return false;
    look_at_store(h, h->guard.bad + 1);
    return true;
}

bool hub_guard_lost(struct hub *h)
{
    char backup[BACKUP_NAME], dir[BACKUP_PATH], line[SERVICE_LINE];
    if (!guard_store_lost(&h->config, backup))
        return false;
    const struct backup_place place = backup_place_of(&h->config, dir);
    log_error("store_lost code=PH-1019 store=%s why=\"there is no store, and %s lies in %s: no new "
              "one is begun\" next=\"poshubctl restore %s/%s" BACKUP_SUFFIX
              " ; or, to begin anew, move the backups away\"",
              h->config.data_dir, backup, place.dir, place.dir, backup);
    snprintf(line, sizeof(line), "PH-1019: there is no store, but a backup of it. Next: %s",
             "poshubctl restore FILE");
    service_say(line);
    guard_end(&h->guard);
    return true;
}
