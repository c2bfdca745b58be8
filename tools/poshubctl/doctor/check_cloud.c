/* The way to the center: its name, the connection, the papers, the pushes, and what waits. */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sync/https.h"
#include "sync/identity.h"
#include "sync/name.h"
#include "tools/poshubctl/doctor/doctor.h"
#include "tools/poshubctl/doctor/knock.h"
#include "tools/poshubctl/print.h"
#include "tools/poshubctl/reply.h"

#define NAME_MS        2000
#define HTTPS_MS       2000
#define QUEUE_OLD_MS   (15 * 60000LL) /* in an hour of work there is a change each minute */
#define PAPERS_SOON_MS (30 * 86400000LL)
#define PUSH_YOUNG_MS  20000 /* a hub connects within 10 s or says why not */
#define DAY_MS         86400000LL
/* Any answer will do; this one reads and changes nothing. */
#define PROBE_PATH "/api/v1/poi/stock/digest"

static bool has_center(struct doctor *d, struct finding *f)
{
    const struct config *c = &d->config;
    if (!d->has_config)
        found_skip(f, "needs \"config\"");
    else if (!c->cloud_enabled || c->cloud_url[0] == 0)
        found_skip(f, "this store has no center");
    else
        return true;
    return false;
}

/* "https://center.example:8443", "mqtts://[fe80::1]:8883" */
static uint16_t take_apart(const char *url, char *host, size_t n, uint16_t otherwise)
{
    const char *at = strstr(url, "://");
    at = at ? at + 3 : url;
    size_t length = at[0] == '[' ? strcspn(++at, "]") : strcspn(at, ":");
    snprintf(host, n, "%.*s", (int)length, at);
    at += length + (at[length] == ']');
    return at[0] == ':' ? (uint16_t)strtoul(at + 1, NULL, 10) : otherwise;
}

/* ---- cloud name ---- */

static bool look_up(const char *host, int64_t *took_ms)
{
    /* what does not come back in time is left behind with its query, and so is what it points at */
    static char kept[2][160];
    static atomic_int used;
    static const atomic_bool never;
    int i = atomic_fetch_add(&used, 1) % 2;
    snprintf(kept[i], sizeof kept[i], "%s", host);
    struct name n = {.host = kept[i]};
    int64_t began_ms = doctor_mono_ms();
    bool known = name_known(&n, NAME_MS, &never);
    name_end(&n);
    *took_ms = doctor_mono_ms() - began_ms;
    return known;
}

void check_name(struct doctor *d, struct finding *f)
{
    const char *const urls[] = {d->config.cloud_url, d->config.cloud_mqtt};
    char host[160];
    int64_t took_ms = 0;
    if (!has_center(d, f))
        return;
    for (int i = 0; i < 2 && urls[i][0]; i++) {
        take_apart(urls[i], host, sizeof host, 0);
        if (look_up(host, &took_ms))
            continue;
        found_fail(f, "PH-2120", "the name %s cannot be looked up%s", host,
                   took_ms >= NAME_MS ? ": no name server answers" : "");
        found_next(f, "resolvectl query %s ; cat /etc/resolv.conf ; is the internet line up?",
                   host);
        return;
    }
    take_apart(urls[0], host, sizeof host, 0);
    found_ok(f, "%s is known, %lld ms", host, (long long)took_ms);
}

/* ---- cloud https ---- */

/* The box's papers, wherever they are. */
struct papers {
    char cert[CONFIG_PATH + 16], key[CONFIG_PATH + 16]; /* "": none yet */
};
static struct papers papers_of(const struct config *c)
{
    struct papers p;
    snprintf(p.cert, sizeof p.cert, "%s/cloud.pem", c->data_dir);
    snprintf(p.key, sizeof p.key, "%s/cloud.key", c->data_dir);
    if (c->cloud_cert[0]) {
        snprintf(p.cert, sizeof p.cert, "%s", c->cloud_cert);
        snprintf(p.key, sizeof p.key, "%s", c->cloud_key);
    } else if (access(p.cert, F_OK) != 0 && errno != EACCES)
        p.cert[0] = p.key[0] = 0;
    return p;
}

static void not_answered(enum https_result result, const char *why, struct finding *f)
{
    static const struct {
        enum https_result result;
        const char *code, *next;
    } MEANINGS[] = {
        {HTTPS_NO_NAME, "PH-2120", "resolvectl status ; is the internet line up?"},
        {HTTPS_CLOCK, "PH-2107", "timedatectl status ; poshubctl cloud test"},
        {HTTPS_NO_TRUST, "PH-2107",
         "poshubctl doctor --only certificate ; compare [cloud] ca with "
         "the center's"},
        {HTTPS_TIMED_OUT, "PH-2121", "poshubctl sync status ; tell those who run the center"},
    };
    const char *code = "PH-2101",
               *next = "ping the router ; poshubctl cloud test ; the store sells on";
    for (size_t i = 0; i < sizeof MEANINGS / sizeof MEANINGS[0]; i++) {
        if (MEANINGS[i].result == result) {
            code = MEANINGS[i].code;
            next = MEANINGS[i].next;
        }
    }
    found_fail(f, code, "%s (%s)", https_result_text(result), why);
    found_next(f, "%s", next);
}

void check_https(struct doctor *d, struct finding *f)
{
    const struct config *c = &d->config;
    const struct papers p = papers_of(c);
    struct https *h;
    struct https_answer answer;
    if (!has_center(d, f))
        return;
    if (p.key[0] && access(p.key, R_OK) != 0) {
        found_skip(f, "you may not read %s: sudo poshubctl doctor", p.key);
        return;
    }
    const struct https_options options = {.base_url = c->cloud_url,
                                          .ca_file = c->cloud_ca,
                                          .cert_file = p.cert[0] ? p.cert : NULL,
                                          .key_file = p.key[0] ? p.key : NULL,
                                          .name_ms = HTTPS_MS,
                                          .connect_ms = HTTPS_MS,
                                          .total_ms = HTTPS_MS};
    if (https_open(&h, &options) != PH_OK) {
        found_skip(f, "needs \"config\"");
        return;
    }
    char body[192];
    snprintf(body, sizeof body, "{\"brandId\":\"%s\",\"poiId\":\"%s\",\"epoch\":1}", c->brand_id,
             c->poi_id);
    int64_t began_ms = doctor_mono_ms();
    enum https_result result = https_post(h, PROBE_PATH, str_of(body), &answer);
    if (result == HTTPS_NO_CONNECTION && doctor_mono_ms() - began_ms >= HTTPS_MS)
        result = HTTPS_TIMED_OUT; /* it, or something on the way, swallows what is sent */
    if (result != HTTPS_ANSWERED)
        not_answered(result, https_why(h), f);
    else if (answer.status >= 500) {
        found_fail(f, "PH-2103", "the center answers HTTP %ld: it has a fault of its own",
                   answer.status);
        found_next(f, "tell those who run the center ; the store sells on");
    } else
        found_ok(f, "answers in %lld ms", (long long)https_took_ms(h));
    https_close(h);
}

/* ---- cloud mqtt ---- */

static void pushes(const struct json *s, struct finding *f)
{
    const char *push = TEXT_AT(s, "cloud.push"), *why = TEXT_AT(s, "cloud.push_error");
    found_ok(f, "pushes come");
    if (strcmp(push, "up") == 0)
        return;
    if (!*why && reply_int(s, "uptime_ms") < PUSH_YOUNG_MS) {
        found_ok(f, "connecting: the hub has just started");
        return;
    }
    found_warn(f, "PH-2122", "no pushes: %.180s", *why ? why : "not connected yet");
    found_next(f, "poshubctl cloud test ; changes come all the same, a little later");
}

void check_mqtt(struct doctor *d, struct finding *f)
{
    char host[160];
    const struct json *s = doctor_status(d);
    if (!has_center(d, f))
        return;
    if (d->config.cloud_mqtt[0] == 0) {
        found_skip(f, "no [cloud] mqtt: the center is asked instead");
        return;
    }
    if (s) {
        pushes(s, f);
        return;
    }
    uint16_t port = take_apart(d->config.cloud_mqtt, host, sizeof host, 8883);
    if (knock_tcp(host, port, false, DOCTOR_KNOCK_MS) == KNOCK_ANSWERED)
        found_ok(f, "%s takes calls on port %u", host, port);
    else
        found_skip(f, "needs \"hub\"");
}

/* ---- stuck link ---- */

void check_link(struct doctor *d, struct finding *f)
{
    const struct json *s = doctor_status(d);
    if (!s)
        found_skip(f, "needs \"hub\"");
    else
        found_ok(f, "LAN and cloud move");
}

/* ---- queue ---- */

static void judge_queue(int64_t waiting, int64_t oldest_ms, int64_t aside, struct finding *f)
{
    found_ok(f, "%lld events wait, 0 set aside", (long long)waiting);
    if (aside > 0) {
        found_warn(f, "PH-2124", "the center could not take %lld event%s", (long long)aside,
                   aside > 1 ? "s" : "");
        found_next(f, "poshubctl queue list ; poshubctl queue show EVENT ; poshubctl queue retry "
                      "EVENT");
    }
    if (oldest_ms > QUEUE_OLD_MS) {
        found_warn(f, "PH-2123", "%lld events wait for the center, the oldest since %s",
                   (long long)waiting, SPAN(oldest_ms));
        found_next(f, "poshubctl sync status ; poshubctl sync now");
    }
}

void check_queue(struct doctor *d, struct finding *f)
{
    const struct json *s = doctor_status(d);
    struct reader_view v;
    if (!has_center(d, f))
        return;
    if (s) {
        judge_queue(reply_int(s, "cloud.waiting"), reply_int(s, "cloud.oldest_ms"),
                    reply_int(s, "cloud.aside"), f);
        return;
    }
    doctor_store(d, &v);
    if (!v.enrolled || v.at.epoch != v.acked.epoch) {
        found_skip(f, "needs \"hub\"");
        return;
    }
    judge_queue((int64_t)(v.at.seq - v.acked.seq),
                v.oldest_ms > 0 ? doctor_wall_ms() - v.oldest_ms : 0, v.aside, f);
}

/* ---- certificate ---- */

struct paper {
    const char *path, *what, *next;
};

/* Whether it is there or not: we may not look. */
static bool is_hidden(const char *path)
{
    return access(path, R_OK) != 0 && errno == EACCES;
}

/* False: it is no good, and *f says so. */
static bool judge_paper(const struct paper *p, int64_t *end_ms, struct finding *f)
{
    struct identity id;
    char why[IDENTITY_WHY];
    int64_t now_ms = doctor_wall_ms();
    enum ph_err err = identity_read(p->path, &id, why);
    if (err != PH_OK)
        found_fail(f, "PH-2107", "%s: %s", p->what, why);
    else if (now_ms > id.until_ms)
        found_fail(f, "PH-2107", "%s ended %lld days ago (%s)", p->what,
                   (long long)((now_ms - id.until_ms) / DAY_MS), p->path);
    else if (now_ms < id.from_ms)
        found_fail(f, "PH-2107", "%s is not valid yet (%s): is the clock wrong?", p->what, p->path);
    else if (id.until_ms - now_ms < PAPERS_SOON_MS)
        found_warn(f, "PH-2107", "%s ends in %lld days (%s)", p->what,
                   (long long)((id.until_ms - now_ms) / DAY_MS), p->path);
    if (f->code)
        found_next(f, "%s", p->next);
    else if (*end_ms == 0 || id.until_ms < *end_ms)
        *end_ms = id.until_ms;
    return !f->code;
}

void check_certificate(struct doctor *d, struct finding *f)
{
    const struct config *c = &d->config;
    const struct papers own = papers_of(c);
    char lan[DOCTOR_PATH + 16];
    int64_t end_ms = 0;
    snprintf(lan, sizeof lan, "%s/server.pem", d->broker_dir);
    const bool cloud = c->cloud_enabled && c->cloud_url[0];
    const bool tls = c->tls.host[0] || c->tls_websocket.host[0];
    const bool to_come = tls && access(lan, F_OK) != 0 && errno != EACCES;
    const struct paper all[] = {
        {cloud ? c->cloud_ca : "", "the center's authority ([cloud] ca)",
         "timedatectl status ; get the file from those who run the center"},
        {cloud ? own.cert : "", "this box's certificate",
         "timedatectl status ; poshubctl cloud enrol --token TOKEN"},
        {tls && !to_come ? lan : "", "the broker's certificate",
         "timedatectl status ; systemctl restart poshub, which makes it anew"},
    };
    if (!d->has_config) {
        found_skip(f, "needs \"config\"");
        return;
    }
    const char *hidden = NULL;
    found_ok(f, "none is needed");
    if (to_come)
        found_skip(f, "no broker's certificate to be seen: the hub makes it when it starts");
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i].path[0] && is_hidden(all[i].path))
            hidden = all[i].path;
        else if (all[i].path[0] && !judge_paper(&all[i], &end_ms, f))
            return;
    }
    if (hidden)
        found_skip(f, "you may not read %s: sudo poshubctl doctor", hidden);
    else if (end_ms > 0)
        found_ok(f, "good for %lld days%s", (long long)((end_ms - doctor_wall_ms()) / DAY_MS),
                 to_come ? "; the broker's the hub makes when it starts" : "");
}
