/* The store's own network: address, broker, rights, devices. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tools/poshubctl/doctor/doctor.h"
#include "tools/poshubctl/doctor/knock.h"
#include "tools/poshubctl/doctor/process.h"
#include "tools/poshubctl/reply.h"

#define LISTENERS 4
#define ROLES_MAX 8

struct lan_listener {
    const struct listen_address *at;
    bool mqtt; /* without TLS and WebSocket: the broker can be asked on it */
};

static int listeners(const struct config *c, struct lan_listener out[LISTENERS])
{
    const struct lan_listener all[LISTENERS] = {{&c->plain, true},
                                                {&c->plain_websocket, false},
                                                {&c->tls, false},
                                                {&c->tls_websocket, false}};
    int n = 0;
    for (int i = 0; i < LISTENERS; i++) {
        if (all[i].at->host[0])
            out[n++] = all[i];
    }
    return n;
}

static bool is_any(const char *host)
{
    return strcmp(host, "0.0.0.0") == 0;
}

/* ---- lan address ---- */

/* The kernel's word: can anybody listen on that address here? */
static bool is_ours(const char *host)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    inet_pton(AF_INET, host, &at.sin_addr); /* as the configuration has seen to */
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool ours =
        fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) == 0 || errno != EADDRNOTAVAIL;
    if (fd >= 0)
        close(fd);
    return ours;
}

void check_address(struct doctor *d, struct finding *f)
{
    struct lan_listener list[LISTENERS];
    int n = listeners(&d->config, list);
    if (!d->has_config) {
        found_skip(f, "needs \"config\"");
        return;
    }
    found_ok(f, n == 0 ? "no listener for devices is configured" : "%s port %u",
             n ? list[0].at->host : "", n ? list[0].at->port : 0U);
    for (int i = 0; i < n; i++) {
        const char *host = list[i].at->host;
        if (is_any(host) || is_ours(host))
            continue;
        found_fail(f, "PH-2021",
                   "this box does not have the address %s: no broker can listen there, and "
                   "devices call in vain",
                   host);
        found_next(f, "ip -br address ; give the box its address, or correct tls_listen and "
                      "plain_listen ; systemctl restart poshub poshub-broker");
        return;
    }
}

/* ---- broker ---- */

/* Why it cannot start: somebody else has its port. */
static bool port_taken(struct doctor *d, struct finding *f)
{
    struct lan_listener list[LISTENERS];
    int n = listeners(&d->config, list);
    for (int i = 0; i < n; i++) {
        char name[PROCESS_NAME], who[PROCESS_NAME + 32] = "somebody";
        const struct listen_address *at = list[i].at;
        const char *host = is_any(at->host) ? "127.0.0.1" : at->host;
        pid_t pid = process_on_port(at->port);
        if (pid == 0 && knock_tcp(host, at->port, false, DOCTOR_KNOCK_MS / 3) != KNOCK_ANSWERED)
            continue;
        if (pid > 0)
            snprintf(who, sizeof who, "%s, pid %d", process_name(pid, name), (int)pid);
        found_fail(f, "PH-2014", "the broker is not running: its port %u is taken by %s", at->port,
                   who);
        found_next(f, "ss -ltnp 'sport = :%u' ; end it ; systemctl start poshub-broker", at->port);
        return true;
    }
    return false;
}

static void no_broker(struct doctor *d, struct finding *f)
{
    char conf[DOCTOR_PATH + 16];
    snprintf(conf, sizeof conf, "%s/mosquitto.conf", d->broker_dir);
    if (port_taken(d, f))
        return;
    if (access(conf, F_OK) != 0) {
        found_fail(f, "PH-2010", "the broker is not running: the hub has not written %s yet", conf);
        found_next(f, "systemctl start poshub");
        return;
    }
    found_fail(f, "PH-2010", "the broker is not running: no device can talk");
    found_next(f, "systemctl start poshub-broker ; journalctl -u poshub-broker -n 30");
    f->fix = FIX_START_BROKER;
}

/* It lives; but is it the one that was configured? */
static void deaf_port(struct doctor *d, struct finding *f)
{
    struct lan_listener list[LISTENERS];
    int n = listeners(&d->config, list);
    for (int i = 0; i < n; i++) {
        const struct listen_address *at = list[i].at;
        const char *host = is_any(at->host) ? "127.0.0.1" : at->host;
        if (knock_tcp(host, at->port, list[i].mqtt, DOCTOR_KNOCK_MS / 2) != KNOCK_NOBODY)
            continue;
        found_fail(f, "PH-2015", "the broker runs, but does not listen on port %u", at->port);
        found_next(f, "poshubctl doctor --only certificate ; systemctl restart poshub-broker");
    }
}

/* A hub whose connection broke tries again within two seconds; one that was not let in stays out.
 */
static bool stays_out(struct doctor *d)
{
    const struct timespec pause = {.tv_nsec = 200 * 1000000L};
    const struct json *s = doctor_status(d);
    bool out = s && !reply_true(s, "broker.connected");
    struct http *h = out ? http_open(d->socket) : NULL;
    while (h && out && doctor_mono_ms() < d->began_ms + DOCTOR_READ_MS) {
        http_keep_zone(h);
        nanosleep(&pause, NULL);
        if (http_ask_ms(h, "/v1/status", (struct str){0}, DOCTOR_KNOCK_MS / 3) != HTTP_ANSWERED)
            continue;
        struct str text = http_body(h);
        struct json *now = json_parse(text.p, text.n, &JSON_IMPORT, NULL);
        out = !now || !reply_true(now, "broker.connected");
        json_free(now);
    }
    http_close(h);
    return out;
}

void check_broker(struct doctor *d, struct finding *f)
{
    if (!d->has_config) {
        found_skip(f, "needs \"config\"");
        return;
    }
    int64_t began_ms = doctor_mono_ms();
    switch (knock_unix(d->broker_socket, DOCTOR_KNOCK_MS)) {
    case KNOCK_NOBODY:
        no_broker(d, f);
        return;
    case KNOCK_SILENT:
        found_fail(f, "PH-2011", "the broker hangs: it takes calls and answers none");
        found_next(f, "systemctl restart poshub-broker");
        return;
    case KNOCK_FORBIDDEN:
        found_skip(f, "you may not open %s: sudo poshubctl doctor", d->broker_socket);
        return;
    case KNOCK_OPEN:
        found_fail(f, "PH-2013", "the broker lets in whoever comes, without a password");
        found_next(f, "systemctl restart poshub poshub-broker");
        return;
    case KNOCK_ANSWERED:
        break;
    }
    found_ok(f, "answers in %lld ms, lets no stranger in",
             (long long)(doctor_mono_ms() - began_ms));
    if (stays_out(d)) {
        found_fail(f, "PH-2012",
                   "the broker runs, and does not let the hub in: its password file "
                   "is not the hub's");
        found_next(f, "systemctl restart poshub, which writes it anew");
        return;
    }
    deaf_port(d, f);
}

/* ---- client-id lock ---- */

/* Every listener but the hub's own socket must hold its clients to the name of their user: else a
 * device can take over another one's session. */
static int unlocked(FILE *conf)
{
    char line[256];
    int port = 0, bad = 0;
    bool locked = true;
    while (fgets(line, sizeof line, conf)) {
        int found;
        if (sscanf(line, "listener %d", &found) == 1) {
            bad = locked ? bad : port;
            port = found;
            locked = port == 0;
        } else if (strncmp(line, "use_username_as_clientid true", 29) == 0)
            locked = true;
    }
    return locked ? bad : port;
}

void check_client_id(struct doctor *d, struct finding *f)
{
    char path[DOCTOR_PATH + 16];
    snprintf(path, sizeof path, "%s/mosquitto.conf", d->broker_dir);
    FILE *conf = fopen(path, "re");
    if (!conf) {
        found_skip(f, "%s: %s", path, strerror(errno));
        return;
    }
    int port = unlocked(conf);
    fclose(conf);
    found_ok(f, "on: nobody can speak under another device's name");
    if (port == 0)
        return;
    found_fail(f, "PH-2016",
               "the client-id lock is off on port %d: a device can take another's "
               "place",
               port);
    found_next(f, "systemctl restart poshub poshub-broker: the hub writes the broker's "
                  "configuration anew");
}

/* ---- rights ---- */

/* One device of each role stands for all of it: the round trip is that of the role's probe. */
static bool seen_before(char roles[ROLES_MAX][16], int *n, const char *role)
{
    for (int i = 0; i < *n; i++) {
        if (strcmp(roles[i], role) == 0)
            return true;
    }
    if (*n < ROLES_MAX)
        snprintf(roles[(*n)++], 16, "%.15s", role);
    return false;
}

static struct json *call(struct http *h, const char *verb, const char *body, int64_t left_ms)
{
    char path[64];
    snprintf(path, sizeof path, "/v1/%s", verb);
    if (left_ms <= 0 || http_ask_ms(h, path, str_of(body), (long)left_ms) != HTTP_ANSWERED)
        return NULL;
    struct str text = http_body(h);
    return json_parse(text.p, text.n, &JSON_IMPORT, NULL);
}

static bool role_fails(struct http *h, const struct json *device, int64_t left_ms,
                       struct finding *f)
{
    char body[160], role[32];
    snprintf(body, sizeof body, "{\"device\":\"%s\"}", TEXT_AT(device, "device"));
    snprintf(role, sizeof role, "%s", TEXT_AT(device, "role"));
    struct json *r = call(h, "device.test", body, left_ms);
    bool bad = r && reply_int(r, "code") == 0 && !reply_true(r, "result.rules_ok");
    if (bad) {
        found_fail(f, "PH-2017", "role %s: %s", role, TEXT_AT(r, "result.detail"));
        found_next(f, "poshubctl doctor --fix --only rights ; else systemctl restart poshub");
        f->fix = FIX_RELOAD_BROKER;
    }
    json_free(r);
    return bad;
}

void check_rights(struct doctor *d, struct finding *f)
{
    char roles[ROLES_MAX][16];
    int n = 0;
    const struct json *s = doctor_status(d);
    if (!s || !reply_true(s, "broker.connected")) {
        found_skip(f, "needs \"%s\"", s ? "broker" : "hub");
        return;
    }
    struct http *h = http_open(d->socket);
    int64_t until_ms = d->began_ms + DOCTOR_READ_MS;
    if (h)
        http_keep_zone(h);
    struct json *reply = h ? call(h, "device.list", "{}", until_ms - doctor_mono_ms()) : NULL;
    const struct json *list = reply ? reply_at(reply, "devices") : NULL;
    found_skip(f, "needs a device: none was added yet");
    for (const struct json *v = list ? json_first(list) : NULL; v; v = json_next(v)) {
        if (seen_before(roles, &n, TEXT_AT(v, "role")))
            continue;
        if (role_fails(h, v, until_ms - doctor_mono_ms(), f))
            break;
        found_ok(f, "%d role%s: what may pass passes, what may not is refused", n,
                 n > 1 ? "s" : "");
    }
    json_free(reply);
    http_close(h);
}

/* ---- devices ---- */

void check_devices(struct doctor *d, struct finding *f)
{
    char offline[REPLY_TEXT], awaited[REPLY_TEXT];
    const struct json *s = doctor_status(d);
    if (!s || !reply_true(s, "broker.connected")) {
        found_skip(f, "needs \"%s\"", s ? "broker" : "hub");
        return;
    }
    reply_joined(reply_at(s, "devices.offline"), offline);
    reply_joined(reply_at(s, "devices.awaited"), awaited);
    if (awaited[0])
        found_ok(f, "%s known, %s online, waiting for the first connection of: %.200s",
                 TEXT_AT(s, "devices.known"), TEXT_AT(s, "devices.online"), awaited);
    else
        found_ok(f, "%s known, all online", TEXT_AT(s, "devices.known"));
    if (!offline[0])
        return;
    found_warn(f, "PH-2020", "silent: %.200s", offline);
    found_next(f, "look whether it is on and in the LAN ; poshubctl device test %.40s",
               TEXT_AT(json_first(reply_at(s, "devices.offline")), ""));
}
