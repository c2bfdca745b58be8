/* The happy path: store, boot, devices, broker files, writer, control socket, then the LAN for as
 * long as there is a broker. A batch that comes back from the writer is answered first, then told.
 * What can fail: anything before "ready" ends the start; after it only the storage can end the hub.
 */
#include "edge/hub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "edge/backup_restore.h"
#include "edge/hub_parts.h"
#include "edge/log.h"
#include "storage/file.h"
#include "storage/storedir.h"

/* ---- what the parts report ---- */

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
    hub_settle(h);
}

static void on_hub_changed(void *ctx)
{
    hub_tell(ctx, true);
}

static void on_ponged(void *ctx, struct str device, struct str nonce)
{
    struct hub *h = ctx;
    probe_ponged(&h->probe, device, nonce);
}

/* ---- signals and ticks ---- */

static void tell_systemd(struct hub *h)
{
    char line[SERVICE_LINE];
    struct writer_stats writer = writer_stats(h->clerk.writer);
    status_headline(&h->status, line, sizeof(line));
    service_tick(&h->service, clock_boot_ms(), &writer, h->facts.broker_connected, line);
}

static void on_tick(uv_timer_t *timer)
{
    struct hub *h = timer->data;
    hub_lan_tick(h);
    broker_tick(&h->broker);
    publish_tick(&h->publish);
    upkeep_tick(&h->upkeep);
    backup_tick(&h->backups);
    lan_tls_tick(&h->tls, clock_papers_ms(&h->clock));
    pair_tick(&h->pair);
    cloud_tick(&h->cloud);
    tell_systemd(h);
    guard_tick(&h->guard, clock_boot_ms());
}

static void on_wake(uv_timer_t *timer)
{
    struct hub *h = timer->data;
    upkeep_wake(&h->upkeep);
}

/* Before the next tick. */
static void wake_in(void *ctx, int64_t span_ms)
{
    struct hub *h = ctx;
    uv_timer_start(&h->wake, on_wake, (uint64_t)span_ms, 0);
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
    now.check_every_s = b->check_every_s;
    now.override = b->override;
    now.return_at_close = b->return_at_close;
    memcpy(now.tls_names, b->tls_names, sizeof(now.tls_names));
    *a = now;
    return memcmp(&now, b, sizeof(now)) == 0;
}

/* The configuration, and over it what the center has decided. */
static void apply_settings(void *ctx)
{
    struct hub *h = ctx;
    const struct cloud_settings *said = remote_now(&h->cloud.remote);
    remote_channels(h->config.channels, said, h->books.channels);
    h->books.return_at_close = h->config.return_at_close;
    h->limits.config = remote_limits(&h->config.limits, said);
    clerk_configure(&h->clerk, &h->books);
}

static void on_hangup(uv_signal_t *signal, int number)
{
    struct hub *h = signal->data;
    struct config fresh;
    char why[CONFIG_WHY];
    (void)number;
    if (h->store == NULL)
        return; /* nothing runs yet that could be configured */
    memset(&fresh, 0, sizeof(fresh));
    if (config_read(h->config_path, &fresh, why) != PH_OK) {
        log_error("config_kept why=\"%s\"", why);
        return;
    }
    bool all = same_but_live_settings(&h->config, &fresh);
    override_forget(&h->intake.pin);
    apply_settings(h);
    h->upkeep.next_disk_ms = 0; /* new percentages hold at once */
    h->tls.next_ms = 0;
    log_info("config_reloaded restart_needed=%s", all ? "no" : "yes");
}

static void refresh_facts(void *ctx)
{
    struct hub *h = ctx;
    publish_stock_counts(&h->publish, &h->facts.stock_rows, &h->facts.sold_out);
    h->facts.backup_newest_ms = h->backups.watch.newest_ms;
}

/* ---- start ---- */

static void signal_begin(struct hub *h, uv_signal_t *signal, uv_signal_cb cb, int number)
{
    uv_signal_init(&h->loop, signal);
    signal->data = h;
    uv_signal_start(signal, cb, number);
}

static void introduce_lan(struct hub *h)
{
    h->tls = (struct lan_tls){.config = &h->config,
                              .broker = &h->broker,
                              .devices = &h->devices,
                              .alerts = &h->alerts,
                              .alert_changed = hub_tell_alert,
                              .ctx = h};
    h->status.tls = &h->tls;
    h->status.pair = &h->pair;
    h->pair = (struct pair){.loop = &h->loop,
                            .intake = &h->intake,
                            .probe = &h->probe,
                            .broker = &h->broker,
                            .tls = &h->tls,
                            .alerts = &h->alerts,
                            .alert_changed = hub_tell_alert,
                            .ctx = h};
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
    uv_timer_init(&h->loop, &h->wake);
    h->wake.data = h;
    h->facts.started_us = clock_mono_us();
    service_init(&h->service, clock_boot_ms());
    h->books =
        (struct books_config){.identity = {str_of(h->config.brand_id), str_of(h->config.poi_id)}};
    h->books.zone = clock_zone();
    h->books.day_start_min = h->config.day_start_min;
    memcpy(h->books.channels, h->config.channels, sizeof(h->books.channels));
    h->books.return_at_close = h->config.return_at_close;
    h->limits.config = h->config.limits;
    clerk_init(&h->clerk, &h->loop, on_done, h);
    intake_init(&h->intake);
    publish_init(&h->publish, &h->loop);
    probe_init(&h->probe, &h->loop, &h->intake, h->broker.socket);
    proof_init(&h->proof, &h->loop, &h->broker, &h->devices);
    cloud_init(&h->cloud, &h->loop);
    verify_init(&h->verify, &h->loop, &h->intake);
    backup_init(&h->backups, &h->loop, &h->intake, &h->config);
    introduce_lan(h);
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
    in->zone = &h->books.zone;
    in->override = &h->config.override;
    in->soldout = &h->soldout;
    h->soldout.store = h->store;
    in->at = h->boot.head.at;
    memcpy(in->secret, h->boot.secret, sizeof(in->secret));
    memcpy(h->publish.secret, h->boot.secret, sizeof(h->publish.secret));
    in->rolled_back = hub_rolled_back;
    in->ponged = on_ponged;
    in->ctx = h;
    h->publish.alerts = h->status.alerts = &h->alerts;
    h->status.config = &h->config;
    h->status.devices = &h->devices;
    h->status.counters = &h->counters;
    h->status.clock = &h->clock;
    h->status.facts = &h->facts;
    h->status.cloud = &h->cloud;
    h->cloud.intake = in;
    h->cloud.config = &h->config;
    h->cloud.alerts = &h->alerts;
    h->cloud.link_changed = on_hub_changed;
    h->cloud.settings_changed = apply_settings;
    h->cloud.alert_changed = hub_tell_alert;
    h->cloud.ctx = h;
    h->backups.watch =
        (struct backup_watch){.alerts = &h->alerts, .alert_changed = hub_tell_alert, .ctx = h};
    h->admin = (struct admin){.intake = in,
                              .probe = &h->probe,
                              .proof = &h->proof,
                              .pair = &h->pair,
                              .verify = &h->verify,
                              .backups = &h->backups,
                              .cloud = &h->cloud,
                              .status = &h->status,
                              .peers = {h->config.change_group, h->config.read_group},
                              .refresh = refresh_facts,
                              .ctx = h};
    h->upkeep = (struct upkeep){.intake = in,
                                .clerk = &h->clerk,
                                .config = &h->config,
                                .books = &h->books,
                                .alerts = &h->alerts,
                                .facts = &h->facts,
                                .counters = &h->counters,
                                .alert_changed = hub_tell_alert,
                                .clock_changed = on_hub_changed,
                                .wake_in = wake_in,
                                .ctx = h};
}

static enum hub_exit exit_of(enum ph_err err)
{
    return err == PH_OK           ? HUB_CLEAN
           : err == PH_ERR_LOCKED ? HUB_LOCKED
           : err == PH_ERR_CONFIG ? HUB_USAGE
           : err == PH_ERR_IO || err == PH_ERR_PANIC || err == PH_ERR_FULL ||
                   err == PH_ERR_BAD_RECORD || err == PH_ERR_FORMAT
               ? HUB_STORAGE
               : HUB_FAILED;
}

static enum ph_err start_store(struct hub *h)
{
    char why[STORE_WHY] = "";
    const struct store_options options = {.dir = h->config.data_dir,
                                          .map_bytes = (uint64_t)h->config.map_mib << 20};
    if (!hub_guard(h))
        return PH_ERR_BUSY;
    if (hub_guard_lost(h))
        return PH_ERR_IO;
    enum ph_err err = store_open(&h->store, &options, why);
    if (hub_guard_opened(h, err))
        err = store_open(&h->store, &options, why);
    if (err != PH_OK) {
        log_error("store_fault %s", why);
        return err;
    }
    if (backup_restore_sweep(h->config.data_dir))
        log_warning("restore_interrupted dir=%s what it left was swept up", h->config.data_dir);
    h->facts.fs = fs_check(h->config.data_dir, h->facts.fs_why);
    if (h->facts.fs != FS_DURABLE)
        log_warning("store_file_system %s", h->facts.fs_why);
    err = clerk_boot(h->store, &h->books, &h->clock, h->config.timezone, h->config.day_start_min,
                     &h->boot);
    if (err != PH_OK)
        log_error("store_fault store %s: boot: %s", h->config.data_dir, ph_err_text(err));
    return err;
}

/* A hub of another store that was given the same run_dir would replace our sockets and passwords.
 */
static enum ph_err hold_run_dir(struct hub *h)
{
    char why[STORE_WHY] = "";
    enum ph_err err = file_make_dir(h->config.run_dir, geteuid());
    if (err == PH_OK && strcmp(h->config.run_dir, h->config.data_dir) != 0)
        err = storedir_lock(h->config.run_dir, &h->run_fd, why, sizeof(why));
    if (err == PH_OK)
        return PH_OK;
    log_error("run_dir_fault dir=%s err=%s why=\"%s\"", h->config.run_dir, ph_err_name(err), why);
    return err == PH_ERR_LOCKED ? err : PH_ERR_NOT_FOUND;
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
        lan_tls_begin(&h->tls, clock_papers_ms(&h->clock));
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
    const struct control_hooks hooks = {.ctx = &h->admin,
                                        .right = admin_right,
                                        .body_max = admin_body_max,
                                        .request = admin_request,
                                        .zone = h->config.timezone};
    snprintf(h->facts.control_path, sizeof(h->facts.control_path), "%s/control.sock",
             h->config.run_dir);
    snprintf(h->facts.broker_socket, sizeof(h->facts.broker_socket), "%s", h->broker.socket);
    h->control = control_open(&h->loop, h->facts.control_path, &hooks, why);
    if (h->control == NULL) {
        log_error("control_fault %s", why);
        return PH_ERR_NOT_FOUND;
    }
    return hub_lan_open(h) ? PH_OK : PH_ERR_MEMORY;
}

static void warn_if_unsafe(struct hub *h)
{
    struct alert alert = {.id = "file-system",
                          .kind = "DATA",
                          .code = "PH-1001",
                          .text = "The store's file system may lose what was synced.",
                          .action = "Move data_dir to ext4 with a journal, or to XFS.",
                          .since_at_ms = clock_wall_ms(&h->clock)};
    if (h->facts.fs == FS_UNSAFE)
        alerts_raise(&h->alerts, &alert);
}

static enum ph_err hub_start(struct hub *h)
{
    enum ph_err err = start_store(h);
    if (err == PH_OK)
        err = hold_run_dir(h);
    if (err == PH_OK)
        err = start_devices(h);
    if (err == PH_OK)
        err = start_broker_files(h);
    if (err == PH_OK)
        hub_stays_rolled_back(h);
    if (err == PH_OK)
        err = soldout_init(&h->soldout, &h->books) ? PH_OK : PH_ERR_MEMORY;
    if (err == PH_OK)
        err = clerk_open(&h->clerk, h->store, &h->books, h->soldout.exhausted);
    if (err != PH_OK)
        return err;
    introduce(h);
    warn_if_unsafe(h);
    err = start_sockets(h);
    if (err != PH_OK)
        return err;
    cloud_open(&h->cloud);
    uv_timer_start(&h->tick, on_tick, UPKEEP_TICK_MS, UPKEEP_TICK_MS);
    wake_in(h, 1); /* for what came due while nobody was there */
    return PH_OK;
}

/* ---- end ---- */

/* What was taken is finished and answered before anything closes. */
static void finish_work(struct hub *h)
{
    h->intake.stopping = true;
    service_stopping(&h->service);
    cloud_stop(&h->cloud);
    if (h->clerk.writer != NULL) {
        clerk_drain(&h->clerk);
        hub_settle(h);
    }
    if (h->lan != NULL)
        hub_tell(h, false);
}

static void close_signal(uv_signal_t *signal)
{
    uv_signal_stop(signal);
    uv_close((uv_handle_t *)signal, NULL);
}

static void unwind(struct hub *h)
{
    finish_work(h);
    pair_stop(&h->pair);
    probe_stop(&h->probe);
    proof_stop(&h->proof);
    verify_stop(&h->verify);
    backup_stop(&h->backups);
    publish_stop(&h->publish);
    cloud_close(&h->cloud);
    control_close(h->control);
    lan_close(h->lan);
    uv_close((uv_handle_t *)&h->tick, NULL);
    uv_close((uv_handle_t *)&h->wake, NULL);
    close_signal(&h->term);
    close_signal(&h->interrupt);
    close_signal(&h->hangup);
    clerk_fini(&h->clerk);
    uv_run(&h->loop, UV_RUN_DEFAULT);
    uv_loop_close(&h->loop);
    publish_fini(&h->publish);
    intake_fini(&h->intake);
    soldout_fini(&h->soldout);
    devices_fini(&h->devices);
    store_close(h->store);
    if (h->run_fd >= 0)
        close(h->run_fd);
}

enum hub_exit hub_run(const struct config *config, const char *config_path)
{
    struct hub *h = calloc(1, sizeof(*h));
    if (h == NULL)
        return HUB_FAILED;
    h->run_fd = -1;
    h->config = *config;
    h->config_path = config_path;
    lan_library_open();
    wire(h);
    enum ph_err err = hub_start(h);
    if (!h->stopping)
        h->exit = exit_of(err);
    if (err == PH_OK) {
        log_info("ready boot=%u epoch=%u seq=%llu after_ms=%lld", h->boot.head.boot,
                 h->boot.head.at.epoch, (unsigned long long)h->boot.head.at.seq,
                 (long long)((clock_mono_us() - h->facts.started_us) / 1000));
        uv_run(&h->loop, UV_RUN_DEFAULT);
    }
    enum hub_exit code = h->exit;
    unwind(h);
    if (code != HUB_STORAGE)
        guard_end(&h->guard);
    lan_library_close();
    free(h);
    log_info("stopped code=%d", (int)code);
    return code;
}
