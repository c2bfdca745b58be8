#include "edge/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "edge/books/day.h"
#include "edge/books/menu.h"
#include "edge/cloud_status.h"
#include "edge/cloud_strict.h"

static int64_t rss_bytes(void)
{
    long long size, resident = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f == NULL)
        return 0;
    if (fscanf(f, "%lld %lld", &size, &resident) != 2)
        resident = 0;
    fclose(f);
    return resident * sysconf(_SC_PAGESIZE);
}

/* Milliseconds with one decimal. */
static void write_ms(struct jw *w, const char *key, int64_t us)
{
    char text[32];
    int n = snprintf(text, sizeof(text), "%lld.%lld", (long long)(us / 1000),
                     (long long)(us % 1000 / 100));
    jw_key(w, key);
    jw_raw(w, (struct str){text, (size_t)n});
}

static void key_text_z(struct jw *w, const char *key, const char *text)
{
    jw_kstring(w, key, str_of(text));
}

/* ---- faults ---- */

#define FAULTS_MAX (ALERTS_MAX + 3)
struct fault {
    const char *code, *text, *action;
};

static bool stops_selling(const struct alert *a)
{
    return strcmp(a->code, "PH-1003") == 0;
}

static size_t add_alerts(const struct alerts *alerts, bool stopping, struct fault *out, size_t n)
{
    for (size_t i = 0; i < alerts->n; i++) {
        const struct alert *a = &alerts->list[i];
        if (stops_selling(a) == stopping)
            out[n++] = (struct fault){a->code, a->text, a->action};
    }
    return n;
}

/* The first is the headline: what stops the store from selling comes before what only might. */
static size_t faults_of(const struct status *s, const struct journal_head *head,
                        struct fault out[FAULTS_MAX])
{
    size_t n = add_alerts(s->alerts, true, out, 0);
    if (head->fenced)
        out[n++] = (struct fault){"PH-1005", "This hub may not sell: its store is fenced.",
                                  "poshubctl store confirm, if this is the right box."};
    if (!s->facts->broker_connected)
        out[n++] = (struct fault){"PH-2001", "The hub is not connected to its broker.",
                                  "systemctl status poshub-broker"};
    return add_alerts(s->alerts, false, out, n);
}

static void write_state(const struct status *s, const struct journal_head *head, struct jw *w)
{
    struct fault faults[FAULTS_MAX];
    size_t n = faults_of(s, head, faults);
    char see[64] = "";
    if (n > 0)
        snprintf(see, sizeof(see), "man poshub-faults (%s)", faults[0].code);
    key_text_z(w, "state", n == 0 ? "OK" : "DEGRADED");
    key_text_z(w, "status", n == 0 ? "Selling." : faults[0].text);
    key_text_z(w, "action", n == 0 ? "None needed." : faults[0].action);
    key_text_z(w, "see", see);
    jw_karray(w, "faults");
    for (size_t i = 0; i < n; i++) {
        jw_open(w, '{');
        key_text_z(w, "code", faults[i].code);
        key_text_z(w, "text", faults[i].text);
        key_text_z(w, "action", faults[i].action);
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

/* ---- parts of the status ---- */

static void write_store(const struct status *s, const struct journal_head *head, struct jw *w)
{
    char host[128] = "";
    gethostname(host, sizeof(host) - 1);
    jw_kobject(w, "store");
    key_text_z(w, "brand_id", s->config->brand_id);
    key_text_z(w, "poi_id", s->config->poi_id);
    key_text_z(w, "name", s->config->name);
    jw_close(w, '}');
    key_text_z(w, "version", PH_VERSION);
    key_text_z(w, "host", host);
    jw_kint(w, "boot", head->boot);
    jw_kint(w, "epoch", head->at.epoch);
    jw_kint(w, "seq", (int64_t)head->at.seq);
    jw_kint(w, "uptime_ms", (clock_mono_us() - s->facts->started_us) / 1000);
}

/* Those that are not there and should be; or those that have yet to come for the first time. */
static void write_absent(const struct status *s, const char *key, bool awaited, struct jw *w)
{
    int64_t now_ms = clock_wall_ms(s->clock);
    jw_karray(w, key);
    for (size_t i = 0; i < s->devices->n; i++) {
        const struct device *d = s->devices->list[i];
        if (!d->probe && !d->online && device_awaited(d, now_ms) == awaited)
            jw_string(w, d->row.id);
    }
    jw_close(w, ']');
}

static const char *clock_word(const struct clock *c)
{
    static const char *const WORDS[] = {
        [CLOCK_UNCHECKED] = "unchecked", [CLOCK_UNSYNCED] = "unsynced", [CLOCK_SYNCED] = "synced"};
    return clock_suspect(c) ? "suspect" : WORDS[clock_source(NULL)];
}

static void write_lan(const struct status *s, struct jw *w)
{
    size_t online, known = devices_count(s->devices, &online);
    key_text_z(w, "clock", clock_word(s->clock));
    jw_kobject(w, "broker");
    jw_kbool(w, "connected", s->facts->broker_connected);
    jw_kint(w, "since_at_ms", s->facts->broker_since_at_ms);
    jw_kint(w, "reconnects", (int64_t)s->counters->reconnects);
    heal_status(s->lan_heal, w);
    jw_close(w, '}');
    jw_kobject(w, "devices");
    jw_kint(w, "known", (int64_t)known);
    jw_kint(w, "online", (int64_t)online);
    write_absent(s, "offline", false, w);
    write_absent(s, "awaited", true, w);
    jw_close(w, '}');
}

static uint64_t orders_today(struct txn *txn, const struct journal_head *head)
{
    struct day_row day;
    if (head->day == 0 || !day_load(txn, head->day, &day) || head->next_order < day.first_no)
        return 0;
    return head->next_order - day.first_no;
}

static void write_trade(const struct status *s, struct txn *txn, const struct journal_head *head,
                        struct jw *w)
{
    struct menu_head menu;
    char day[16] = "";
    if (head->day != 0)
        snprintf(day, sizeof(day), "%08u", head->day);
    menu_head_load(txn, &menu);
    jw_kobject(w, "orders");
    key_text_z(w, "day", day);
    jw_kint(w, "today", (int64_t)orders_today(txn, head));
    jw_kint(w, "open", (int64_t)txn_entries(txn, TABLE_ORDER_OPEN));
    jw_close(w, '}');
    jw_kobject(w, "latency_ms");
    write_ms(w, "p50", histogram_permille(&s->counters->latency, 500));
    write_ms(w, "p99", histogram_permille(&s->counters->latency, 990));
    jw_close(w, '}');
    jw_kobject(w, "stock");
    jw_kint(w, "rows", (int64_t)txn_entries(txn, TABLE_STOCK));
    jw_kint(w, "sold_out", (int64_t)s->facts->sold_out);
    jw_close(w, '}');
    jw_kobject(w, "menu");
    jw_kint(w, "rev", (int64_t)menu.rev);
    jw_kint(w, "items", menu.items);
    jw_close(w, '}');
}

static void write_strict(struct txn *txn, struct jw *w)
{
    struct cloud_strict strict;
    cloud_strict_read(&strict, txn);
    cloud_strict_status(&strict, w);
}

static const char *fs_name(enum fs_promise fs)
{
    return fs == FS_DURABLE ? "durable" : fs == FS_NOT_DURABLE ? "not durable" : "unsafe";
}

static void write_data(const struct status *s, struct jw *w)
{
    struct writer_stats stats = writer_stats(s->writer);
    jw_kobject(w, "store_data");
    key_text_z(w, "dir", s->config->data_dir);
    key_text_z(w, "fs", fs_name(s->facts->fs));
    jw_kint(w, "used_permille", s->facts->used_permille);
    jw_kint(w, "map_bytes", (int64_t)store_map_bytes(s->store));
    jw_kint(w, "commits", (int64_t)stats.commits);
    jw_kint(w, "batch_max", (int64_t)stats.max_batch);
    jw_kint(w, "commit_us", (int64_t)stats.last_commit_us);
    jw_close(w, '}');
}

static void write_listener(struct jw *w, const char *kind, const char *address, bool plain)
{
    jw_open(w, '{');
    key_text_z(w, "kind", kind);
    key_text_z(w, "address", address);
    if (plain)
        jw_kbool(w, "plain", true);
    jw_close(w, '}');
}

static void address_text(const struct listen_address *a, char out[CONFIG_TEXT + 8])
{
    snprintf(out, CONFIG_TEXT + 8, "%s:%u", a->host, (unsigned)a->port);
}

static void write_plain_warning(struct jw *w, const struct listen_address *address)
{
    char text[CONFIG_TEXT + 8], warning[STORE_WHY + 64];
    address_text(address, text);
    snprintf(warning, sizeof(warning), "plain listener %s: passwords and orders unencrypted", text);
    if (address->host[0] != 0)
        jw_string(w, str_of(warning));
}

static void write_listeners(const struct status *s, struct jw *w)
{
    const struct config *c = s->config;
    const struct {
        const char *kind;
        const struct listen_address *address;
        bool plain;
    } lan[] = {{"mqtt", &c->tls, false},
               {"websocket", &c->tls_websocket, false},
               {"mqtt", &c->plain, true},
               {"websocket", &c->plain_websocket, true}};
    char text[CONFIG_TEXT + 8];
    jw_karray(w, "listeners");
    write_listener(w, "control", s->facts->control_path, false);
    write_listener(w, "unix", s->facts->broker_socket, false);
    for (size_t i = 0; i < sizeof(lan) / sizeof(lan[0]); i++) {
        address_text(lan[i].address, text);
        if (lan[i].address->host[0] != 0 && (lan[i].plain || lan_tls_on(s->tls)))
            write_listener(w, lan[i].kind, text, lan[i].plain);
    }
    jw_close(w, ']');
    if (lan_tls_on(s->tls))
        lan_tls_status(s->tls, w);
    pair_status(s->pair, w);
    jw_karray(w, "warnings");
    write_plain_warning(w, &c->plain);
    write_plain_warning(w, &c->plain_websocket);
    if (s->facts->fs != FS_DURABLE)
        jw_string(w, str_of(s->facts->fs_why));
    jw_close(w, ']');
}

void status_write(const struct status *s, struct jw *w)
{
    struct txn *txn;
    struct journal j = {0};
    if (txn_begin_read(s->store, &txn) != PH_OK)
        return;
    journal_load(&j, txn);
    jw_open(w, '{');
    write_store(s, &j.head, w);
    write_state(s, &j.head, w);
    write_lan(s, w);
    write_trade(s, txn, &j.head, w);
    cloud_status(s->cloud, txn, s->facts->used_permille, w);
    write_strict(txn, w);
    write_data(s, w);
    write_listeners(s, w);
    jw_close(w, '}');
    txn_abort(txn);
}

void status_headline(const struct status *s, char *out, size_t out_n)
{
    struct txn *txn;
    struct journal j = {0};
    struct fault faults[FAULTS_MAX];
    size_t online, known = devices_count(s->devices, &online);
    if (txn_begin_read(s->store, &txn) != PH_OK) {
        snprintf(out, out_n, "The store cannot be read.");
        return;
    }
    journal_load(&j, txn);
    size_t n = faults_of(s, &j.head, faults);
    snprintf(out, out_n, "%s %llu orders today, %zu of %zu devices online.",
             n == 0 ? "Selling." : faults[0].text, (unsigned long long)orders_today(txn, &j.head),
             online, known);
    txn_abort(txn);
}

/* ---- top ---- */

void status_top(const struct status *s, struct jw *w)
{
    const struct counters *c = s->counters;
    size_t online;
    devices_count(s->devices, &online);
    jw_open(w, '{');
    jw_kint(w, "at_ms", clock_wall_ms(s->clock));
    jw_kint(w, "orders", (int64_t)c->orders);
    jw_kint(w, "requests", (int64_t)c->requests);
    jw_kint(w, "refused", (int64_t)c->refused);
    jw_kint(w, "refused_fast", (int64_t)c->refused_fast);
    jw_kint(w, "replayed", (int64_t)c->replayed);
    write_ms(w, "p50_ms", histogram_permille(&c->latency, 500));
    write_ms(w, "p99_ms", histogram_permille(&c->latency, 990));
    jw_kint(w, "queue", (int64_t)writer_waiting(s->writer));
    jw_kint(w, "devices", (int64_t)online);
    jw_kint(w, "rss_bytes", rss_bytes());
    jw_kint(w, "dropped", (int64_t)c->dropped);
    jw_close(w, '}');
}

/* ---- metrics ---- */

struct page {
    char *p;
    size_t n, cap;
    bool full;
};

__attribute__((format(printf, 2, 3))) static void put(struct page *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(out->p + out->n, out->cap - out->n, format, args);
    va_end(args);
    out->full = out->full || n < 0 || (size_t)n >= out->cap - out->n;
    if (!out->full)
        out->n += (size_t)n;
}

static void put_head(struct page *out, const char *name, const char *type, const char *help)
{
    put(out, "# HELP poshub_%s %s\n# TYPE poshub_%s %s\n", name, help, name, type);
}

static void put_seconds(struct page *out, const char *name, uint64_t us)
{
    put(out, "poshub_%s %llu.%06llu\n", name, (unsigned long long)(us / 1000000),
        (unsigned long long)(us % 1000000));
}

static void put_latency(struct page *out, const struct histogram *h)
{
    put_head(out, "request_seconds", "summary",
             "from message to reply, of the verbs of the LAN that write");
    put_seconds(out, "request_seconds{quantile=\"0.5\"}", (uint64_t)histogram_permille(h, 500));
    put_seconds(out, "request_seconds{quantile=\"0.99\"}", (uint64_t)histogram_permille(h, 990));
    put_seconds(out, "request_seconds_sum", h->sum_us);
    put(out, "poshub_request_seconds_count %llu\n", (unsigned long long)h->count);
}

static void put_heals(struct page *out, const struct status *s)
{
    const struct heal *all[] = {s->lan_heal, &s->cloud->heal, &s->cloud->down.heal};
    size_t n = s->cloud->session != NULL ? 3 : 1;
    put_head(out, "link_stuck_total", "counter", "times that nothing moved on a line");
    for (size_t i = 0; i < n; i++)
        put(out, "poshub_link_stuck_total{link=\"%s\"} %llu\n", all[i]->link,
            (unsigned long long)all[i]->stalls);
    put_head(out, "link_healed_total", "counter", "of those, healed by a new connection");
    for (size_t i = 0; i < n; i++)
        put(out, "poshub_link_healed_total{link=\"%s\"} %llu\n", all[i]->link,
            (unsigned long long)all[i]->healed);
}

static void put_fill(struct page *out, uint32_t permille)
{
    put_head(out, "store_used_ratio", "gauge", "fill level of the store, 1 when full");
    put(out, "poshub_store_used_ratio %u.%03u\n", permille / 1000, permille % 1000);
}

struct metric {
    const char *name, *type, *help;
    uint64_t value;
};

static void put_metric(struct page *out, const struct metric *m)
{
    put_head(out, m->name, m->type, m->help);
    put(out, "poshub_%s %llu\n", m->name, (unsigned long long)m->value);
}

size_t status_metrics(const struct status *s, char *out, size_t out_n)
{
    const struct counters *c = s->counters;
    struct writer_stats stats = writer_stats(s->writer);
    struct page page = {.p = out, .cap = out_n};
    size_t online, known = devices_count(s->devices, &online);
    const struct metric all[] = {
        {"requests_total", "counter", "requests that came in", c->requests},
        {"orders_total", "counter", "orders placed or sold", c->orders},
        {"refused_total", "counter", "requests answered with a refusal", c->refused},
        {"refused_fast_total", "counter", "of those, sold out: refused without the writer",
         c->refused_fast},
        {"replayed_total", "counter", "requests answered from memory", c->replayed},
        {"dropped_total", "counter", "requests that could not be answered", c->dropped},
        {"faults_total", "counter", "requests that met an operating error", c->faults},
        {"witness_bad_total", "counter", "witnessed positions with a wrong tag", c->seen_bad},
        {"published_total", "counter", "retained states published", c->published},
        {"broker_reconnects_total", "counter", "connections lost to the broker", c->reconnects},
        {"broker_dropped_total", "counter", "messages the broker threw away for slow devices",
         c->broker_dropped},
        {"commits_total", "counter", "commits of the store", stats.commits},
        {"commands_total", "counter", "commands the writer has run", stats.jobs},
        {"queue", "gauge", "commands waiting for the writer", writer_waiting(s->writer)},
        {"devices_known", "gauge", "devices in the table", known},
        {"devices_online", "gauge", "devices that are there", online},
        {"broker_connected", "gauge", "1 while the hub is connected", s->facts->broker_connected},
        {"cloud_up", "gauge", "1 while the center answers",
         strcmp(cloud_link(s->cloud), "up") == 0},
        {"cloud_events_waiting", "gauge", "events that the center has not acknowledged",
         cloud_waiting(s->cloud)},
        {"cloud_requests_total", "counter", "requests to the center", s->cloud->facts.requests},
        {"cloud_failures_total", "counter", "those that failed", s->cloud->facts.failures},
        {"cloud_set_aside_total", "counter", "events the center could not use",
         s->cloud->facts.dead},
        {"cloud_push_up", "gauge", "1 while the center can push", s->cloud->down.facts.up},
        {"cloud_applied_version", "gauge", "of the center's changes",
         s->cloud->down.downlink.applied},
        {"cloud_pushes_total", "counter", "pushes that went to the books", s->cloud->down.taken},
        {"cloud_pushes_refused_total", "counter", "pushes that changed nothing",
         cloud_down_refused(&s->cloud->down)},
        {"cloud_settings_revision", "gauge", "of the center's settings in force; 0: the hub's own",
         remote_now(&s->cloud->remote) != NULL ? s->cloud->remote.said.rev : 0},
        {"cloud_settings_refused_total", "counter", "settings that were out of their ranges",
         s->cloud->facts.bad_settings},
        {"cloud_pulls_total", "counter", "pulls that came to their end", s->cloud->down.pulls},
        {"backups_failed_total", "counter", "backups that were asked for and not made",
         c->backups_failed},
        {"backup_newest_timestamp_seconds", "gauge", "when the newest backup was begun; 0: none",
         (uint64_t)s->facts->backup_newest_ms / 1000},
        {"alerts", "gauge", "alerts of the hub itself", s->alerts->n},
        {"rss_bytes", "gauge", "resident memory", (uint64_t)rss_bytes()},
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        put_metric(&page, &all[i]);
    put_heals(&page, s);
    put_latency(&page, &c->latency);
    put_fill(&page, s->facts->used_permille);
    return page.full ? 0 : page.n;
}
