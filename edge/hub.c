/* The happy path: store, boot, devices, broker files, writer, control socket, then the LAN for as
 * long as there is a broker. A batch that comes back from the writer is answered first, then told.
 * What can fail: anything before "ready" ends the start; after it only the storage can end the hub.
 */
#include "edge/hub.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "edge/admin.h"
#include "edge/broker.h"
#include "edge/clerk.h"
#include "edge/log.h"
#include "edge/presence.h"
#include "edge/publish.h"
#include "edge/upkeep.h"
#include "proto/topic.h"

#define TICK_MS    1000
#define STATE_TEXT 512

struct hub {
    uv_loop_t loop;
    uv_signal_t term, interrupt, hangup;
    uv_timer_t tick;
    const char *config_path;
    struct config config;
    struct books_config books; /* the loop's copy of what the writer gets */
    struct store *store;
    struct journal boot;       /* head and secret of this start */
    struct clock clock;
    struct devices devices;
    struct broker broker;
    struct limits limits;
    struct counters counters;
    struct alerts alerts;
    struct hub_facts facts;
    struct clerk clerk;
    struct intake intake;
    struct publish publish;
    struct probe probe;
    struct verify verify;
    struct upkeep upkeep;
    struct status status;
    struct admin admin;
    struct control *control;
    struct lan *lan;
    struct position witnessed; /* the highest verified position above ours */
    char will[STATE_TEXT], hub_topic[TOPIC_TEXT];
    bool stopping;
    enum hub_exit exit;
};

/* ---- the hub's own topic ---- */

static struct str state_text(const struct hub *h, bool online, char out[STATE_TEXT])
{
    char host[128] = "";
    struct jw w;
    gethostname(host, sizeof(host) - 1);
    jw_init(&w, out, STATE_TEXT);
    jw_open(&w, '{');
    jw_kstring(&w, "state", online ? STR("online") : STR("offline"));
    jw_kint(&w, "boot", h->boot.head.boot);
    jw_kint(&w, "epoch", h->intake.at.epoch);
    jw_kstring(&w, "version", STR(PH_VERSION));
    jw_kstring(&w, "host", str_of(host));
    jw_kobject(&w, "cloud");
    jw_kstring(&w, "link", STR("none"));
    jw_close(&w, '}');
    jw_kstring(&w, "clock", clock_suspect(&h->clock) ? STR("suspect") : STR("synced"));
    jw_close(&w, '}');
    return jw_text(&w);
}

static void tell_hub(struct hub *h, bool online)
{
    char text[STATE_TEXT];
    lan_publish(h->lan, h->hub_topic, state_text(h, online, text), LAN_AT_LEAST_ONCE, true, NULL);
}

static void on_clock_changed(void *ctx)
{
    tell_hub(ctx, true);
}

static void on_alert_changed(void *ctx, struct str id)
{
    struct hub *h = ctx;
    publish_alert(&h->publish, id);
}

/* ---- the LAN ---- */

static void on_up(void *ctx)
{
    struct hub *h = ctx;
    char topic[TOPIC_TEXT];
    h->facts.broker_connected = true;
    h->facts.broker_since_at_ms = clock_wall_ms(&h->clock);
    log_info("broker_connected socket=%s", h->broker.socket);
    /* The reply is the acknowledgement; the broker's own would only cost a message each. */
    lan_subscribe(h->lan, topic_make(topic, "dev/+/req/+"), LAN_AT_MOST_ONCE, NULL);
    lan_subscribe(h->lan, topic_make(topic, "dev/+/state"), LAN_AT_MOST_ONCE, NULL);
    tell_hub(h, true);
    publish_connected(&h->publish);
}

static void on_down(void *ctx, const char *why, bool refused)
{
    struct hub *h = ctx;
    if (h->facts.broker_connected) {
        h->counters.reconnects++;
        h->facts.broker_since_at_ms = clock_wall_ms(&h->clock);
        log_warning("broker_lost why=\"%s\"", why);
    }
    h->facts.broker_connected = false;
    presence_lost(&h->devices);
    publish_disconnected(&h->publish);
    /* It started before it could read the new passwords. */
    if (refused && broker_reload(&h->broker))
        log_warning("broker_refused why=\"%s\"", why);
}

static void on_message(void *ctx, const struct lan_message *m)
{
    struct hub *h = ctx;
    struct topic topic = topic_parse(m->topic);
    if (topic.kind == TOPIC_REQ)
        intake_lan(&h->intake, m);
    else if (topic.kind == TOPIC_STATE)
        presence_heard(&h->devices, topic.device, m->payload, clock_wall_ms(&h->clock));
    else if (m->retained && m->payload.n > 0)
        publish_heard(&h->publish, m->topic);
}

static void on_acked(void *ctx, int mid, int reason)
{
    struct hub *h = ctx;
    (void)mid, (void)reason;
    publish_room(&h->publish);
}

static bool lan_begin(struct hub *h)
{
    topic_make(h->hub_topic, "hub");
    const struct lan_options options = {.socket = h->broker.socket,
                                        .client_id = BROKER_HUB_USER,
                                        .user = BROKER_HUB_USER,
                                        .password = h->broker.hub_password,
                                        .will_topic = h->hub_topic,
                                        .will = state_text(h, false, h->will)};
    const struct lan_hooks hooks = {
        .ctx = h, .up = on_up, .down = on_down, .message = on_message, .acked = on_acked};
    h->lan = lan_open(&h->loop, &options, &hooks);
    h->intake.lan = h->publish.lan = h->lan;
    return h->lan != NULL;
}

/* ---- a batch from the writer ---- */

static void devices_changed(struct hub *h)
{
    struct txn *txn;
    enum ph_err err = txn_begin_read(h->store, &txn);
    if (err == PH_OK) {
        err = devices_reload(&h->devices, txn);
        txn_abort(txn);
    }
    if (err == PH_OK)
        err = broker_write_users(&h->broker, &h->devices);
    if (err != PH_OK)
        log_error("devices_fault err=%s", ph_err_name(err));
}

static bool changes_devices(const struct request *r)
{
    for (uint16_t i = 0; i < r->outcome.n_changes; i++) {
        if (r->outcome.changes[i].kind == CHANGE_DEVICES)
            return r->job.err == PH_OK;
    }
    return false;
}

static void tell_outcome(struct hub *h, const struct request *r)
{
    if (r->job.err != PH_OK)
        return;
    for (uint16_t i = 0; i < r->outcome.n_changes; i++) {
        const struct change *change = &r->outcome.changes[i];
        if (change->kind == CHANGE_HUB)
            tell_hub(h, true);
        else
            publish_change(&h->publish, change);
    }
}

static void confirmed(struct hub *h)
{
    char id[ALERT_ID];
    snprintf(id, sizeof(id), "rollback-%u", h->boot.head.boot);
    if (position_cmp(h->witnessed, h->intake.at) > 0)
        h->intake.at = h->witnessed; /* seen and accepted: no alert for it again */
    if (alerts_resolve(&h->alerts, id))
        publish_alert(&h->publish, str_of(id));
}

static void retire(struct hub *h, struct request *r)
{
    enum verb verb = r->command.verb;
    bool ok = r->job.err == PH_OK && r->outcome.code == CODE_OK;
    upkeep_done(&h->upkeep, r);
    request_give(&h->intake.pool, r);
    if (ok && verb == VERB_STORE_CONFIRM)
        confirmed(h);
    if (verb == VERB_MENU_IMPORT)
        malloc_trim(0); /* a document of many megabytes has gone */
}

static void settle_batch(struct hub *h)
{
    struct job *chain = clerk_take(&h->clerk);
    bool devices = false;
    for (struct job *job = chain; job != NULL; job = job->next)
        devices = devices || changes_devices(request_of(job));
    if (devices)
        devices_changed(h);
    for (struct job *job = chain; job != NULL; job = job->next)
        intake_settle(&h->intake, request_of(job));
    for (struct job *job = chain; job != NULL; job = job->next)
        tell_outcome(h, request_of(job));
    publish_flush(&h->publish);
    while (chain != NULL) {
        struct job *next = chain->next;
        retire(h, request_of(chain));
        chain = next;
    }
}

static void hub_stop(struct hub *h, enum hub_exit code)
{
    if (h->stopping)
        return;
    h->stopping = h->intake.stopping = true;
    h->exit = code;
    uv_stop(&h->loop);
}

static void on_done(void *ctx)
{
    struct hub *h = ctx;
    if (atomic_load(&h->clerk.fatal) != PH_OK) {
        hub_stop(h, HUB_STORAGE);
        return;
    }
    settle_batch(h);
}

/* ---- witnesses (sync-protocol 3.7) ---- */

static void on_rolled_back(void *ctx, struct position at, struct str device)
{
    struct hub *h = ctx;
    struct alert alert = {.kind = "ROLLBACK",
                          .code = "PH-1004",
                          .action = "poshubctl store confirm, when the counts were checked.",
                          .since_at_ms = clock_wall_ms(&h->clock)};
    if (position_cmp(at, h->witnessed) > 0)
        h->witnessed = at;
    snprintf(alert.id, sizeof(alert.id), "rollback-%u", h->boot.head.boot);
    snprintf(alert.text, sizeof(alert.text),
             "Device %.*s has seen position %u/%llu; this store is at %u/%llu: its disk is old.",
             (int)device.n, device.p, at.epoch, (unsigned long long)at.seq, h->intake.at.epoch,
             (unsigned long long)h->intake.at.seq);
    if (!alerts_raise(&h->alerts, &alert))
        return;
    log_error("alert id=%s code=%s text=\"%s\"", alert.id, alert.code, alert.text);
    publish_alert(&h->publish, str_of(alert.id));
}

static void on_ponged(void *ctx, struct str device, struct str nonce)
{
    struct hub *h = ctx;
    probe_ponged(&h->probe, device, nonce);
}

/* ---- signals and ticks ---- */

static void on_tick(uv_timer_t *timer)
{
    struct hub *h = timer->data;
    lan_tick(h->lan);
    publish_tick(&h->publish);
    upkeep_tick(&h->upkeep);
}

static void on_end_signal(uv_signal_t *signal, int number)
{
    log_info("stopping signal=%d", number);
    hub_stop(signal->data, HUB_CLEAN);
}

static bool same_but_live_settings(struct config *a, const struct config *b)
{
    struct config now = *a;
    memcpy(now.channels, b->channels, sizeof(now.channels));
    now.limits = b->limits;
    now.auto_day_close = b->auto_day_close;
    now.alarm_percent = b->alarm_percent;
    now.refuse_percent = b->refuse_percent;
    *a = now;
    return memcmp(&now, b, sizeof(now)) == 0;
}

static void on_hangup(uv_signal_t *signal, int number)
{
    struct hub *h = signal->data;
    struct config fresh;
    char why[CONFIG_WHY];
    (void)number;
    memset(&fresh, 0, sizeof(fresh));
    if (config_read(h->config_path, &fresh, why) != PH_OK) {
        log_error("config_kept why=\"%s\"", why);
        return;
    }
    bool all = same_but_live_settings(&h->config, &fresh);
    memcpy(h->books.channels, h->config.channels, sizeof(h->books.channels));
    h->limits.config = h->config.limits;
    clerk_configure(&h->clerk, &h->books);
    log_info("config_reloaded restart_needed=%s", all ? "no" : "yes");
}

static void refresh_facts(void *ctx)
{
    struct hub *h = ctx;
    publish_stock_counts(&h->publish, &h->facts.stock_rows, &h->facts.sold_out);
}

/* ---- start ---- */

static void signal_begin(struct hub *h, uv_signal_t *signal, uv_signal_cb cb, int number)
{
    uv_signal_init(&h->loop, signal);
    signal->data = h;
    uv_signal_start(signal, cb, number);
}

/* What cannot fail; after it everything can be closed. */
static void wire(struct hub *h)
{
    uv_loop_init(&h->loop);
    signal_begin(h, &h->term, on_end_signal, SIGTERM);
    signal_begin(h, &h->interrupt, on_end_signal, SIGINT);
    signal_begin(h, &h->hangup, on_hangup, SIGHUP);
    uv_timer_init(&h->loop, &h->tick);
    h->tick.data = h;
    h->facts.started_us = clock_mono_us();
    h->books = (struct books_config){.identity = {str_of(h->config.brand_id),
                                                  str_of(h->config.poi_id)}};
    memcpy(h->books.channels, h->config.channels, sizeof(h->books.channels));
    h->limits.config = h->config.limits;
    clerk_init(&h->clerk, &h->loop, on_done, h);
    intake_init(&h->intake);
    publish_init(&h->publish, &h->loop);
    probe_init(&h->probe, &h->loop, &h->intake, h->broker.socket);
    verify_init(&h->verify, &h->loop, &h->intake);
}

/* Who knows whom. */
static void introduce(struct hub *h)
{
    struct intake *in = &h->intake;
    in->store = h->publish.store = h->status.store = h->store;
    in->writer = h->status.writer = h->clerk.writer;
    in->devices = &h->devices;
    in->limits = &h->limits;
    in->clock = h->publish.clock = &h->clock;
    in->counters = h->publish.counters = &h->counters;
    in->identity = &h->books.identity;
    in->at = h->boot.head.at;
    memcpy(in->secret, h->boot.secret, sizeof(in->secret));
    memcpy(h->publish.secret, h->boot.secret, sizeof(h->publish.secret));
    in->rolled_back = on_rolled_back;
    in->ponged = on_ponged;
    in->ctx = h;
    h->publish.alerts = h->status.alerts = &h->alerts;
    h->status.config = &h->config;
    h->status.devices = &h->devices;
    h->status.counters = &h->counters;
    h->status.clock = &h->clock;
    h->status.facts = &h->facts;
    h->admin = (struct admin){.intake = in,
                              .probe = &h->probe,
                              .verify = &h->verify,
                              .status = &h->status,
                              .refresh = refresh_facts,
                              .ctx = h};
    h->upkeep = (struct upkeep){.intake = in,
                                .clerk = &h->clerk,
                                .config = &h->config,
                                .books = &h->books,
                                .alerts = &h->alerts,
                                .facts = &h->facts,
                                .counters = &h->counters,
                                .alert_changed = on_alert_changed,
                                .clock_changed = on_clock_changed,
                                .ctx = h};
}

static enum hub_exit exit_of(enum ph_err err)
{
    return err == PH_OK           ? HUB_CLEAN
           : err == PH_ERR_LOCKED ? HUB_LOCKED
           : err == PH_ERR_CONFIG ? HUB_USAGE
           : err == PH_ERR_IO || err == PH_ERR_PANIC || err == PH_ERR_FULL ||
                   err == PH_ERR_BAD_RECORD
               ? HUB_STORAGE
               : HUB_FAILED;
}

static enum ph_err start_store(struct hub *h)
{
    char why[STORE_WHY] = "";
    const struct store_options options = {.dir = h->config.data_dir,
                                          .map_bytes = (uint64_t)h->config.map_mib << 20};
    enum ph_err err = store_open(&h->store, &options, why);
    if (err != PH_OK) {
        log_error("store_fault %s", why);
        return err;
    }
    h->facts.fs = fs_check(h->config.data_dir, h->facts.fs_why);
    if (h->facts.fs != FS_DURABLE)
        log_warning("store_file_system %s", h->facts.fs_why);
    return clerk_boot(h->store, &h->books, &h->clock, h->config.timezone, h->config.day_start_min,
                      &h->boot);
}

static enum ph_err start_devices(struct hub *h)
{
    struct txn *txn;
    enum ph_err err = devices_init(&h->devices);
    if (err == PH_OK)
        err = txn_begin_read(h->store, &txn);
    if (err != PH_OK)
        return err;
    err = devices_reload(&h->devices, txn);
    txn_abort(txn);
    return err;
}

static enum ph_err start_broker_files(struct hub *h)
{
    char why[CONFIG_WHY] = "";
    enum ph_err err = broker_init(&h->broker, &h->config, why);
    if (err == PH_OK)
        err = broker_write_users(&h->broker, &h->devices);
    if (err == PH_OK)
        err = broker_write_conf(&h->broker);
    if (err != PH_OK)
        log_error("broker_files err=%s why=\"%s\"", ph_err_name(err), why);
    /* Not the store's fault, whatever it was. */
    return err == PH_OK || err == PH_ERR_CONFIG ? err : PH_ERR_NOT_FOUND;
}

static enum ph_err start_sockets(struct hub *h)
{
    char why[160] = "";
    const struct control_hooks hooks = {
        .ctx = &h->admin, .body_max = admin_body_max, .request = admin_request};
    snprintf(h->facts.control_path, sizeof(h->facts.control_path), "%s/control.sock",
             h->config.run_dir);
    snprintf(h->facts.broker_socket, sizeof(h->facts.broker_socket), "%s", h->broker.socket);
    h->control = control_open(&h->loop, h->facts.control_path, &hooks, why);
    if (h->control == NULL) {
        log_error("control_fault %s", why);
        return PH_ERR_NOT_FOUND;
    }
    return lan_begin(h) ? PH_OK : PH_ERR_MEMORY;
}

static void warn_if_unsafe(struct hub *h)
{
    struct alert alert = {.id = "file-system",
                          .kind = "DATA",
                          .code = "PH-1001",
                          .action = "Move data_dir to ext4 with a journal, or to XFS.",
                          .since_at_ms = clock_wall_ms(&h->clock)};
    snprintf(alert.text, sizeof(alert.text), "%.*s", ALERT_TEXT - 1, h->facts.fs_why);
    if (h->facts.fs == FS_UNSAFE)
        alerts_raise(&h->alerts, &alert);
}

static enum ph_err hub_start(struct hub *h)
{
    enum ph_err err = start_store(h);
    if (err == PH_OK)
        err = start_devices(h);
    if (err == PH_OK)
        err = start_broker_files(h);
    if (err == PH_OK)
        err = clerk_open(&h->clerk, h->store, &h->books);
    if (err != PH_OK)
        return err;
    introduce(h);
    warn_if_unsafe(h);
    err = start_sockets(h);
    if (err == PH_OK)
        uv_timer_start(&h->tick, on_tick, TICK_MS, TICK_MS);
    return err;
}

/* ---- end ---- */

/* What was taken is finished and answered before anything closes. */
static void finish_work(struct hub *h)
{
    h->intake.stopping = true;
    if (h->clerk.writer != NULL) {
        clerk_drain(&h->clerk);
        settle_batch(h);
    }
    if (h->lan != NULL)
        tell_hub(h, false);
}

static void close_signal(uv_signal_t *signal)
{
    uv_signal_stop(signal);
    uv_close((uv_handle_t *)signal, NULL);
}

static void unwind(struct hub *h)
{
    finish_work(h);
    probe_stop(&h->probe);
    verify_stop(&h->verify);
    publish_stop(&h->publish);
    control_close(h->control);
    lan_close(h->lan);
    uv_close((uv_handle_t *)&h->tick, NULL);
    close_signal(&h->term);
    close_signal(&h->interrupt);
    close_signal(&h->hangup);
    clerk_fini(&h->clerk);
    uv_run(&h->loop, UV_RUN_DEFAULT);
    uv_loop_close(&h->loop);
    publish_fini(&h->publish);
    intake_fini(&h->intake);
    devices_fini(&h->devices);
    store_close(h->store);
}

enum hub_exit hub_run(const struct config *config, const char *config_path)
{
    struct hub *h = calloc(1, sizeof(*h));
    if (h == NULL)
        return HUB_FAILED;
    h->config = *config;
    h->config_path = config_path;
    lan_library_open();
    wire(h);
    h->exit = exit_of(hub_start(h));
    if (h->exit == HUB_CLEAN) {
        log_info("ready boot=%u epoch=%u seq=%llu after_ms=%lld", h->boot.head.boot,
                 h->boot.head.at.epoch, (unsigned long long)h->boot.head.at.seq,
                 (long long)((clock_mono_us() - h->facts.started_us) / 1000));
        uv_run(&h->loop, UV_RUN_DEFAULT);
    }
    enum hub_exit code = h->exit;
    unwind(h);
    lan_library_close();
    free(h);
    log_info("stopped code=%d", (int)code);
    return code;
}
