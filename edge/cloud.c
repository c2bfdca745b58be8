/* The happy path: a report wakes the loop, its command goes to the writer as a request, comes back
 * with the batch, and the report returns to the thread. What can fail: the writer is full (the
 * report waits for the next tick), the store refuses (the report goes back with the error; the
 * center is asked where it stands at the next hello, so nothing is lost).
 */
#include "edge/cloud.h"

#include <string.h>

#include "edge/books/stock.h"
#include "edge/cloud_cause.h"
#include "edge/cloud_compare.h"
#include "edge/cloud_damage.h"
#include "edge/cloud_pull.h"
#include "edge/cloud_salvage.h"
#include "edge/cloud_strict.h"
#include "edge/log.h"

#define ALERT     "cloud"
#define STRICT_MS 60000 /* between two looks, while there is something to look at */
#define GRACE_MS  10000 /* a line that comes back by itself is no news */

/* ---- what people are told ---- */

static bool is_up(const struct cloud *c)
{
    return c->session != NULL && c->facts.up;
}

const char *cloud_link(const struct cloud *c)
{
    return c->session == NULL ? "none" : is_up(c) ? "up" : "down";
}

uint64_t cloud_waiting(const struct cloud *c)
{
    struct position at = c->intake->at, acked = c->position.acked;
    if (!c->intake->enrolled || at.epoch != acked.epoch || at.seq < acked.seq)
        return 0;
    return at.seq - acked.seq;
}

const char *cloud_action(const struct cloud *c)
{
    return c->session == NULL || is_up(c) ? "" : cloud_cause(&c->facts).action;
}

static void look_at_link(struct cloud *c, int64_t now_ms)
{
    struct cloud_cause cause = cloud_cause(&c->facts);
    struct alert alert = {.id = ALERT,
                          .kind = "CLOUD",
                          .code = cause.code,
                          .action = cause.action,
                          .since_at_ms = c->since_at_ms};
    if (is_up(c)) {
        if (alerts_resolve(c->alerts, ALERT))
            c->alert_changed(c->ctx, STR(ALERT));
        return;
    }
    if (!cause.final && now_ms - c->down_ms < GRACE_MS)
        return;
    cloud_cause_text(&c->facts, now_ms - c->down_ms, alert.text);
    if (!alerts_raise(c->alerts, &alert))
        return;
    log_warning("alert id=%s code=%s text=\"%s\"", alert.id, alert.code, alert.text);
    c->alert_changed(c->ctx, STR(ALERT));
}

/* A clock that is wrong makes nobody silent. */
static int64_t silent_ms(struct cloud *c)
{
    int64_t now_ms = clock_wall_ms(c->intake->clock);
    if (is_up(c))
        c->heard_at_ms = now_ms;
    bool known = c->intake->enrolled && c->heard_at_ms > 0 && !clock_suspect(c->intake->clock);
    return known ? now_ms - c->heard_at_ms : 0;
}

static void look_at_rights(struct cloud *c)
{
    struct txn *txn;
    struct cloud_strict strict;
    int64_t span_ms = silent_ms(c), now_ms = clock_boot_ms();
    bool told = alerts_find(c->alerts, STR(CLOUD_STRICT_ALERT)) != NULL;
    if ((span_ms < CLOUD_STRICT_SILENT_MS && !told) || now_ms < c->next_strict_ms ||
        txn_begin_read(c->intake->store, &txn) != PH_OK)
        return;
    cloud_strict_read(&strict, txn);
    txn_abort(txn);
    c->next_strict_ms = now_ms + STRICT_MS;
    if (cloud_strict_note(c->alerts, &strict, span_ms, clock_wall_ms(c->intake->clock)))
        c->alert_changed(c->ctx, STR(CLOUD_STRICT_ALERT));
}

static void note_link(struct cloud *c, bool was_up)
{
    if (is_up(c) == was_up)
        return;
    c->since_at_ms = clock_wall_ms(c->intake->clock);
    c->down_ms = clock_boot_ms();
    if (is_up(c))
        log_info("cloud_up waiting=%llu", (unsigned long long)cloud_waiting(c));
    else
        log_warning("cloud_down what=\"%s\" why=\"%s\" waiting=%llu", session_text(&c->facts),
                    c->facts.why, (unsigned long long)cloud_waiting(c));
    c->link_changed(c->ctx);
}

/* ---- a line on which nothing moves ---- */

static void note_stuck(struct cloud *c, const char *why, int64_t still_ms)
{
    c->stuck_seq = c->position.acked.seq;
    heal_stuck(&c->heal, why, still_ms, clock_boot_ms(), clock_wall_ms(c->intake->clock));
}

/* The center answers again, and what waits gets there. */
static void note_moves(struct cloud *c)
{
    if (is_up(c) && (cloud_waiting(c) == 0 || c->position.acked.seq != c->stuck_seq))
        heal_moves(&c->heal, clock_boot_ms());
}

/* A center that answers and takes nothing: perhaps another connection leads to another one. */
static void look_at_acks(struct cloud *c)
{
    note_moves(c);
    heal_tick(&c->heal, clock_boot_ms());
    if (!cloud_watch_look(&c->watch, &c->facts, c->position.acked.seq, cloud_waiting(c),
                          clock_mono_us() / 1000))
        return;
    note_stuck(c, "the center answers and acknowledges nothing", CLOUD_STILL_MS);
    session_tell(c->session, SESSION_RENEW);
}

static void hear_clock(struct cloud *c, const struct session_facts *facts)
{
    int64_t age_ms = clock_mono_us() / 1000 - facts->center_at_ms;
    bool told = facts->center_ms > 0 && facts->center_at_ms != c->facts.center_at_ms;
    if (told && clock_hear(c->intake->clock, facts->center_ms, facts->center_span_ms, age_ms))
        log_warning("clock_stepped by_ms=%lld who=center", (long long)c->intake->clock->step_ms);
}

static void note_comparison(struct cloud *c, const struct session_facts *facts)
{
    if (facts->compare.rounds == c->facts.compare.rounds)
        return;
    c->compared_at_ms = clock_wall_ms(c->intake->clock);
    if (cloud_compare_note(c->alerts, facts, c->compared_at_ms))
        c->alert_changed(c->ctx, STR(CLOUD_COMPARE_ALERT));
}

static void note_facts(struct cloud *c, const struct session_facts *facts)
{
    bool was_up = is_up(c);
    bool other = c->facts.trouble != facts->trouble || c->facts.fault != facts->fault ||
                 c->facts.line != facts->line;
    if (facts->dead != c->facts.dead)
        log_warning("cloud_set_aside seq=%llu reason=%s", (unsigned long long)facts->dead_seq,
                    facts->dead_reason);
    note_comparison(c, facts);
    hear_clock(c, facts);
    c->facts = *facts;
    c->tried_ms = clock_boot_ms();
    if (was_up && facts->trouble == UPLINK_NO_ANSWER && facts->line == HTTPS_TIMED_OUT)
        note_stuck(c, "connected, and the center's answer did not come", HTTPS_STILL_MS);
    if (other && session_text(facts)[0] != 0)
        log_warning("cloud_trouble what=\"%s\" why=\"%s\"", session_text(facts), facts->why);
    note_link(c, was_up);
    if (cloud_salvage_note(c->alerts, facts, is_up(c), clock_wall_ms(c->intake->clock)))
        c->alert_changed(c->ctx, STR(CLOUD_SALVAGE_ALERT));
    if (cloud_damage_note(c->alerts, facts, clock_wall_ms(c->intake->clock)))
        c->alert_changed(c->ctx, STR(CLOUD_DAMAGE_ALERT));
    if (cloud_pull_note(c->alerts, facts, is_up(c), clock_wall_ms(c->intake->clock)))
        c->alert_changed(c->ctx, STR(CLOUD_PULL_ALERT));
    look_at_link(c, c->tried_ms);
}

/* ---- what the center decides for the hub ---- */

static void look_at_settings(struct cloud *c)
{
    int64_t now_ms = clock_boot_ms();
    if (is_up(c))
        remote_hear(&c->remote, now_ms);
    if (!remote_look(&c->remote, now_ms))
        return;
    log_info("settings from=%s rev=%llu", remote_now(&c->remote) != NULL ? "center" : "local",
             (unsigned long long)c->remote.said.rev);
    c->settings_changed(c->ctx);
}

/* The report's facts have not been noted yet. */
static void hear_settings(struct cloud *c, const struct session_report *report)
{
    if (report->facts.bad_settings != c->facts.bad_settings)
        log_warning("settings_refused at=%s", report->facts.settings_at);
    if (report->settings != NULL)
        remote_say(&c->remote, report->settings, clock_boot_ms());
}

/* ---- where the store stands ---- */

static void take_position(struct cloud *c, const struct sync_position *p, struct position kept)
{
    c->position = *p;
    c->intake->enrolled = true;
    c->intake->acked = kept;
}

/* The version applied. A record that cannot be read keeps every event: nobody knows what the center
 * has. */
static uint64_t read_position(struct cloud *c)
{
    struct txn *txn;
    struct journal j = {0};
    struct sync_position p = {0};
    if (txn_begin_read(c->intake->store, &txn) != PH_OK)
        return 0;
    if (sync_position_load(&p, txn) || txn_error(txn) != PH_OK)
        take_position(c, &p, salvage_kept(txn, p.acked));
    c->heard_at_ms = p.acked_at_ms;
    bool whole = journal_load(&j, txn);
    txn_abort(txn);
    return whole ? j.head.center_version : 0;
}

/* ---- reports ---- */

static void give_back(struct cloud *c, enum ph_err err)
{
    struct session_report *report = c->report;
    c->report = NULL;
    c->report_waits = false;
    report->err = err;
    session_answer(c->session, report);
}

static void submit(struct cloud *c)
{
    struct request *r = intake_begin(c->intake);
    c->report_waits = true;
    if (r == NULL)
        return;
    cloud_work_fill(&c->work, c->report, c->config, r);
    intake_stamp(c->intake, &r->command);
    c->report->work.command.wall_ms = r->command.wall_ms;
    r->sync = &c->report->work;
    if (writer_submit(c->intake->writer, &r->job) == PH_OK)
        c->report_waits = false;
    else
        request_give(&c->intake->pool, r);
}

static void on_wake(uv_async_t *async)
{
    struct cloud *c = async->data;
    if (c->session == NULL || c->report != NULL || c->intake->stopping)
        return;
    c->report = session_take(c->session);
    if (c->report == NULL)
        return;
    hear_settings(c, c->report);
    note_facts(c, &c->report->facts);
    look_at_settings(c);
    if (c->report->asked != NULL)
        cloud_resolve_answered(&c->resolve);
    if (c->report->has_work)
        submit(c);
    else {
        cloud_down_heard(&c->down, &c->report->facts, &c->position);
        give_back(c, PH_OK);
    }
}

/* A page that the books refuse comes again; all else was heard in any case. */
static enum ph_err result_of(const struct cloud *c, const struct request *r)
{
    if (r->job.err == PH_OK && c->report->page && r->outcome.code != CODE_OK)
        return PH_ERR_BUSY;
    return r->job.err;
}

void cloud_settle(struct cloud *c, const struct request *r)
{
    const struct sync_result *done = &r->sync->result;
    if (r->sync == &c->down.work) {
        cloud_down_settle(&c->down, r);
        return;
    }
    enum ph_err err = result_of(c, r);
    if (r->job.err != PH_OK)
        log_error("cloud_fault err=%s what=\"%s\"", ph_err_name(r->job.err), r->job.fault);
    else if (done->done == SYNC_OK || done->done == SYNC_DISAGREES)
        take_position(c, &done->position, done->kept);
    if (r->job.err == PH_OK && position_cmp(r->outcome.at, c->intake->at) > 0)
        c->intake->at = r->outcome.at;
    if (err == PH_OK) {
        cloud_down_applied(&c->down, done->applied_ver, r->outcome.bad_rows);
        cloud_down_heard(&c->down, &c->report->facts, &c->position);
    }
    give_back(c, err);
}

/* ---- begin and end ---- */

static void pass_on(void *ctx)
{
    struct cloud *c = ctx;
    uv_async_send(&c->wake);
}

void cloud_init(struct cloud *c, uv_loop_t *loop)
{
    c->enrol.loop = loop;
    uv_async_init(loop, &c->wake, on_wake);
    c->wake.data = c;
    cloud_down_init(&c->down, loop);
}

static const char *file_or_null(const char *path)
{
    return path[0] != 0 ? path : NULL;
}

/* What the hub has made itself, unless the configuration names others. */
static void open_enrol(struct cloud *c, struct session_options *options)
{
    struct cloud_enrol *e = &c->enrol;
    e->intake = c->intake;
    e->config = c->config;
    cloud_enrol_open(e);
    if (!cloud_enrol_own_papers(e))
        return;
    options->cert_file = e->cert_file;
    options->key_file = e->key_file;
}

/* Those of the HTTPS line, as they are once the box is enrolled. */
static struct https_options papers_of(const struct session_options *options)
{
    struct https_options papers = options->https;
    if (options->cert_file != NULL) {
        papers.cert_file = options->cert_file;
        papers.key_file = options->key_file;
    }
    return papers;
}

void cloud_read_papers(struct cloud *c)
{
    struct identity papers;
    char why[IDENTITY_WHY];
    const char *own =
        cloud_enrol_own_papers(&c->enrol) ? c->enrol.cert_file : c->config->cloud_cert;
    bool good = identity_read(own, &papers, why) == PH_OK;
    c->papers_end_ms = good ? papers.until_ms : 0;
}

void cloud_open(struct cloud *c)
{
    const struct config *config = c->config;
    zone_name(config->timezone, "/etc/timezone", "/etc/localtime", c->tz);
    struct session_options options = {.https = {.base_url = config->cloud_url,
                                                .ca_file = config->cloud_ca,
                                                .cert_file = file_or_null(config->cloud_cert),
                                                .key_file = file_or_null(config->cloud_key)},
                                      .rows = {stock_unpack, stock_load},
                                      .store = c->intake->store,
                                      .identity = c->intake->identity,
                                      .box_id = str_of(config->cloud_box_id),
                                      .tz = str_of(c->tz),
                                      .wake = pass_on,
                                      .ctx = c};
    c->heal = (struct heal){.link = "cloud",
                            .alert = "cloud-stuck",
                            .code = "PH-2114",
                            .name = "Cloud line",
                            .action = CLOUD_HEAL_ACTION,
                            .alerts = c->alerts,
                            .alert_changed = c->alert_changed,
                            .ctx = c->ctx};
    c->down.heal = (struct heal){.link = "push",
                                 .alert = "push-stuck",
                                 .code = "PH-2114",
                                 .name = "Push line",
                                 .action = CLOUD_HEAL_ACTION,
                                 .alerts = c->alerts,
                                 .alert_changed = c->alert_changed,
                                 .ctx = c->ctx};
    open_enrol(c, &options);
    c->resolve.intake = c->intake;
    cloud_read_papers(c);
    uint64_t applied = read_position(c);
    c->down.intake = c->intake;
    c->down.config = config;
    c->since_at_ms = clock_wall_ms(c->intake->clock);
    c->down_ms = clock_boot_ms();
    if (config->cloud_url[0] == 0 || !config->cloud_enabled)
        return;
    enum ph_err err = session_open(&c->session, &options);
    if (err != PH_OK)
        log_error("cloud_fault err=%s what=\"the cloud line could not be started\"",
                  ph_err_name(err));
    else {
        struct https_options papers = papers_of(&options);
        cloud_down_open(&c->down, c->session, &papers, applied);
    }
}

void cloud_news(struct cloud *c)
{
    if (c->session != NULL)
        session_tell(c->session, SESSION_NEWS);
}

void cloud_hurry(struct cloud *c)
{
    if (c->session != NULL)
        session_tell(c->session, SESSION_SYNC_NOW);
}

void cloud_tick(struct cloud *c)
{
    if (c->session == NULL)
        return;
    if (c->report_waits)
        submit(c);
    look_at_link(c, clock_boot_ms());
    look_at_acks(c);
    look_at_rights(c);
    look_at_settings(c);
    session_witnessed(c->session, c->intake->seen_epoch);
    cloud_down_pause(&c->down, c->facts.fault == SESSION_PAUSED);
    cloud_down_tick(&c->down, c->position.acked, cloud_waiting(c));
}

void cloud_stop(struct cloud *c)
{
    cloud_down_stop(&c->down);
    cloud_enrol_stop(&c->enrol);
    if (c->session != NULL)
        session_stop(c->session);
}

void cloud_close(struct cloud *c)
{
    session_close(c->session);
    c->session = NULL;
    cloud_resolve_end(&c->resolve);
    cloud_down_close(&c->down);
    uv_close((uv_handle_t *)&c->wake, NULL);
}
