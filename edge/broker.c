#include "edge/broker.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "storage/file.h"
#include "proto/topic.h"

#define MAX_CONNECTIONS 256 /* LIMIT_DEVICES and some that reconnect before the old one is gone */
/* What waits for one reader. mosquitto 2.0.11 forwards nothing more to a client once this was
 * reached, so it is above all that the hub itself reads back on connect: 3 x 999 open orders of 16
 * KiB, twice. */
#define MAX_QUEUED_BYTES (128 * 1024 * 1024)
#define MAX_INFLIGHT     200 /* the hub's own share of waiting requests; devices have one or two */
#define AGAIN_TICKS      2   /* one may follow at once; a broker has read within a second */

/* ---- configuration ---- */

/* Options of a listener stand after it: before the first `listener` line they would open 1883 on
 * every interface. For WebSockets an address counts only where it is said that it is one of IPv4:
 * without that mosquitto 2.0.11 opens the port on every interface. `tls`: the directory of the
 * papers, or NULL for a plain one. */
static void listener(FILE *out, const struct listen_address *a, bool websocket, const char *tls)
{
    if (a->host[0] == 0)
        return;
    fprintf(out, "\nlistener %u %s\n", (unsigned)a->port, a->host);
    if (websocket)
        fputs("protocol websockets\nsocket_domain ipv4\n", out);
    if (tls != NULL)
        fprintf(out, "certfile %s/server.pem\nkeyfile %s/server.key\ntls_version tlsv1.2\n", tls,
                tls);
    fprintf(out, "use_username_as_clientid true\nmax_connections %d\n", MAX_CONNECTIONS);
}

void broker_conf(const struct broker *b, FILE *out)
{
    fprintf(out,
            "# Written by poshubd at each start; changes are lost.\n"
            "per_listener_settings false\n"
            "allow_anonymous false\n"
            "password_file %s/passwd\n"
            "acl_file %s/acl\n"
            "pid_file %s/mosquitto.pid\n"
            "user %s\n",
            b->dir, b->dir, b->dir, b->user);
    fprintf(out,
            "persistence false\n"
            "set_tcp_nodelay true\n"
            "max_packet_size %d\n"
            "max_queued_messages %u\n"
            "max_queued_bytes %d\n"
            "max_inflight_messages %d\n"
            "sys_interval 10\n"
            "log_dest stderr\n"
            "log_type error\n"
            "log_type warning\n"
            "log_type notice\n"
            "connection_messages false\n",
            LIMIT_PACKET_BYTES, b->config->max_queued, MAX_QUEUED_BYTES, MAX_INFLIGHT);
    fprintf(out, "\nlistener 0 %s\n", b->socket);
    if (b->tls) {
        listener(out, &b->config->tls, false, b->dir);
        listener(out, &b->config->tls_websocket, true, b->dir);
    }
    listener(out, &b->config->plain, false, NULL);
    listener(out, &b->config->plain_websocket, true, NULL);
}

/* ---- users ---- */

void broker_passwd(const struct broker *b, const struct devices *d, FILE *out)
{
    fprintf(out, "%s\n", b->hub_line);
    if (b->proof_line[0] != 0)
        fprintf(out, "%s\n", b->proof_line);
    if (b->guest[0] != 0)
        fprintf(out, "%s\n", b->guest_line);
    for (size_t i = 0; i < d->n; i++) {
        struct str line = d->list[i]->row.password_line;
        fprintf(out, "%.*s\n", (int)line.n, line.p);
    }
}

static void right(FILE *out, const char *access, const char *topic)
{
    fprintf(out, "topic %s " TOPIC_PREFIX "%s\n", access, topic);
}

static void device_right(FILE *out, const char *access, struct str id, const char *rest)
{
    fprintf(out, "topic %s " TOPIC_PREFIX "dev/%.*s/%s\n", access, (int)id.n, id.p, rest);
}

static void role_rights(FILE *out, const struct device_row *row)
{
    static const char *const POS[] = {"menu",     "stock/#", "order/#",     "ticket/#",
                                      "pickup/#", "alert/#", "dev/+/state", NULL};
    static const char *const KIOSK[] = {"menu", "stock/#", NULL};
    static const char *const KDS[] = {"menu", "pickup/#", NULL};
    static const char *const BOARD[] = {"pickup/#", NULL};
    static const char *const *const BY_ROLE[ROLE_COUNT] = {[ROLE_POS] = POS,
                                                           [ROLE_KIOSK] = KIOSK,
                                                           [ROLE_EMENU] = KIOSK,
                                                           [ROLE_KDS] = KDS,
                                                           [ROLE_BOARD] = BOARD};
    const char *const *topics = BY_ROLE[row->role];
    for (size_t i = 0; topics != NULL && topics[i] != NULL; i++)
        right(out, "read", topics[i]);
    for (uint16_t i = 0; row->role == ROLE_KDS && i < row->n_stations; i++)
        fprintf(out, "topic read " TOPIC_PREFIX "ticket/%.*s/#\n", (int)row->stations[i].n,
                row->stations[i].p);
}

static void guest_rights(const struct broker *b, FILE *out)
{
    const char *name = b->guest + sizeof(GUEST_PREFIX) - 1;
    fprintf(out, "\nuser %s\n", b->guest);
    fprintf(out, "topic write " TOPIC_PREFIX "pair/%s/up\n", name);
    fprintf(out, "topic read " TOPIC_PREFIX "pair/%s/down\n", name);
}

void broker_guest(struct broker *b, char name, struct str password)
{
    snprintf(b->guest, sizeof(b->guest), GUEST_PREFIX "%c", name);
    device_password_line(str_of(b->guest), password, b->guest_line);
}

void broker_guest_gone(struct broker *b)
{
    b->guest[0] = b->guest_line[0] = 0;
}

void broker_acl(const struct broker *b, const struct devices *d, FILE *out)
{
    fprintf(out, "user %s\ntopic readwrite " TOPIC_PREFIX "#\ntopic read " BROKER_DROPPED "\n",
            BROKER_HUB_USER);
    for (size_t i = 0; i < d->n; i++) {
        const struct device_row *row = &d->list[i]->row;
        fprintf(out, "\nuser %.*s\n", (int)row->id.n, row->id.p);
        device_right(out, "write", row->id, "req/+");
        device_right(out, "write", row->id, "state");
        device_right(out, "read", row->id, "res/#");
        device_right(out, "read", row->id, "cmd");
        device_right(out, "read", row->id, "order/+");
        right(out, "read", "hub");
        role_rights(out, row);
    }
    if (b->guest[0] != 0)
        guest_rights(b, out);
}

/* ---- files ---- */

static bool user_find(struct broker *b, char *why)
{
    const char *wanted = b->config->broker_user;
    struct passwd *user = wanted[0] != 0 ? getpwnam(wanted) : getpwuid(geteuid());
    if (user == NULL && wanted[0] != 0) {
        snprintf(why, CONFIG_WHY, "[broker] user = %s: no such user", wanted);
        return false;
    }
    b->owner = user != NULL ? user->pw_uid : geteuid();
    snprintf(b->user, sizeof(b->user), "%s", user != NULL ? user->pw_name : "mosquitto");
    return true;
}

enum ph_err broker_init(struct broker *b, const struct config *config, char *why)
{
    *b = (struct broker){.config = config};
    snprintf(b->dir, sizeof(b->dir), "%s/broker", config->run_dir);
    snprintf(b->socket, sizeof(b->socket), "%s/broker/hub.sock", config->run_dir);
    if (!user_find(b, why))
        return PH_ERR_CONFIG;
    device_password(b->hub_password);
    device_password_line(STR(BROKER_HUB_USER), str_of(b->hub_password), b->hub_line);
    enum ph_err err = file_make_dir(config->run_dir, geteuid());
    if (err == PH_OK)
        err = file_make_dir(b->dir, b->owner);
    if (err != PH_OK)
        snprintf(why, CONFIG_WHY, "%s: %s", b->dir, strerror(errno));
    return err;
}

/* A text made by a memory stream, put in place. Takes the stream's buffer over. */
static enum ph_err put(const struct broker *b, const char *name, FILE *stream, char **text,
                       size_t *n)
{
    enum ph_err err = PH_ERR_MEMORY;
    if (stream != NULL && fclose(stream) == 0)
        err = file_replace(b->dir, name, (struct str){*text, *n}, b->owner);
    free(*text);
    *text = NULL;
    return err;
}

enum ph_err broker_write_conf(const struct broker *b)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    if (out != NULL)
        broker_conf(b, out);
    return put(b, "mosquitto.conf", out, &text, &n);
}

static void next_version(struct broker *b)
{
    b->version++;
    memcpy(b->proof_before, b->proof, sizeof(b->proof));
    device_password(b->proof);
    device_password_line(STR(BROKER_PROOF_USER), str_of(b->proof), b->proof_line);
}

/* The rights first: a broker that reads passwd and then acl has never a new passwd beside an old
 * acl. A user who went is gone from both, so one of them is enough to shut him out. */
enum ph_err broker_write_users(struct broker *b, const struct devices *d)
{
    char *text = NULL;
    size_t n = 0;
    next_version(b);
    FILE *out = open_memstream(&text, &n);
    if (out != NULL)
        broker_acl(b, d, out);
    enum ph_err acl = put(b, "acl", out, &text, &n);
    out = open_memstream(&text, &n);
    if (out != NULL)
        broker_passwd(b, d, out);
    enum ph_err passwd = put(b, "passwd", out, &text, &n);
    broker_reload(b);
    b->err = acl != PH_OK ? acl : passwd;
    return b->err;
}

/* The number in the file may be left over and belong to somebody else by now. */
static bool is_broker(int pid)
{
    char path[64], name[32] = {0};
    snprintf(path, sizeof(path), "/proc/%d/comm", pid);
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return false;
    bool same = fgets(name, sizeof(name), f) != NULL && strcmp(name, "mosquitto\n") == 0;
    fclose(f);
    return same;
}

/* 0: there is none. */
static int broker_pid(const struct broker *b)
{
    char path[BROKER_PATH + 32];
    int pid = 0;
    snprintf(path, sizeof(path), "%s/mosquitto.pid", b->dir);
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return 0;
    bool found = fscanf(f, "%d", &pid) == 1 && pid > 1;
    fclose(f);
    return found && is_broker(pid) ? pid : 0;
}

bool broker_is_there(const struct broker *b)
{
    return broker_pid(b) != 0;
}

/* A number of /proc/<pid>/status by its line's format; 0: not found. */
static unsigned long long status_of(int pid, const char *format)
{
    char path[64], line[128];
    unsigned long long value = 0;
    snprintf(path, sizeof(path), "/proc/%d/status", pid);
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return 0;
    while (fgets(line, sizeof(line), f) != NULL && sscanf(line, format, &value) != 1)
        ;
    fclose(f);
    return value;
}

static bool catches_hangup(int pid)
{
    return (status_of(pid, "SigCgt: %llx") >> (SIGHUP - 1) & 1) != 0;
}

static bool tell_to_read(struct broker *b)
{
    int pid = broker_pid(b);
    b->reload_owed = pid != 0 && !catches_hangup(pid);
    return pid != 0 && !b->reload_owed && kill(pid, SIGHUP) == 0;
}

bool broker_reload(struct broker *b)
{
    b->again = AGAIN_TICKS;
    return tell_to_read(b);
}

void broker_tick(struct broker *b)
{
    if (b->again > 0 && --b->again == 0)
        tell_to_read(b);
}

bool broker_end(const struct broker *b)
{
    int pid = broker_pid(b);
    return pid != 0 && kill(pid, SIGTERM) == 0;
}

bool broker_renew(const struct broker *b)
{
    int pid = broker_pid(b);
    return pid != 0 && status_of(pid, "RssAnon: %llu") > b->config->renew_mib * 1024ull &&
           broker_end(b);
}
