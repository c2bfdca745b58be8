#include "tools/poshubctl/doctor/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/poshubctl/reply.h"

struct task {
    struct doctor *d;
    enum doctor_check check;
    struct finding finding;
    pthread_t thread;
    bool begun, done;
};
/* Threads that are left behind write here; so it stays. */
struct round {
    struct task tasks[DOCTOR_CHECKS];
    pthread_mutex_t lock;
    int ended[2]; /* a pipe: a byte for each check that is back */
    size_t begun;
};

/* ---- what the hub itself complains about ---- */

/* By its code: to whom it belongs. What nobody claims is the hub's. */
static const struct {
    const char *code;
    enum doctor_check check;
    enum doctor_state state;
} CLAIMS[] = {
    {"PH-1001", CHECK_DISK, DOCTOR_WARN},        {"PH-1002", CHECK_MAP, DOCTOR_WARN},
    {"PH-1003", CHECK_MAP, DOCTOR_FAIL},         {"PH-1004", CHECK_STORE, DOCTOR_FAIL},
    {"PH-1005", CHECK_STORE, DOCTOR_FAIL},       {"PH-1006", CHECK_STORE, DOCTOR_FAIL},
    {"PH-1007", CHECK_STORE, DOCTOR_WARN},       {"PH-1008", CHECK_STORE, DOCTOR_WARN},
    {"PH-1009", CHECK_STORE, DOCTOR_FAIL},       {"PH-1010", CHECK_BACKUP, DOCTOR_WARN},
    {"PH-1018", CHECK_BACKUP, DOCTOR_WARN},      {"PH-2001", CHECK_BROKER, DOCTOR_FAIL},
    {"PH-2002", CHECK_DEVICES, DOCTOR_WARN},     {"PH-2101", CHECK_HTTPS, DOCTOR_WARN},
    {"PH-2102", CHECK_HTTPS, DOCTOR_FAIL},       {"PH-2103", CHECK_HTTPS, DOCTOR_WARN},
    {"PH-2104", CHECK_HTTPS, DOCTOR_FAIL},       {"PH-2105", CHECK_QUEUE, DOCTOR_FAIL},
    {"PH-2106", CHECK_QUEUE, DOCTOR_WARN},       {"PH-2107", CHECK_HTTPS, DOCTOR_FAIL},
    {"PH-2108", CHECK_QUEUE, DOCTOR_WARN},       {"PH-2109", CHECK_HTTPS, DOCTOR_WARN},
    {"PH-2110", CHECK_QUEUE, DOCTOR_WARN},       {"PH-2111", CHECK_HTTPS, DOCTOR_FAIL},
    {"PH-2112", CHECK_HTTPS, DOCTOR_WARN},       {"PH-2113", CHECK_HTTPS, DOCTOR_WARN},
    {"PH-2114", CHECK_LINK, DOCTOR_WARN},        {"PH-2201", CHECK_CERTIFICATE, DOCTOR_FAIL},
    {"PH-2202", CHECK_DEVICES, DOCTOR_WARN},     {"PH-2203", CHECK_LINK, DOCTOR_WARN},
    {"PH-2204", CHECK_CERTIFICATE, DOCTOR_FAIL}, {"PH-3001", CHECK_CLOCK, DOCTOR_FAIL},
    {"PH-3002", CHECK_CLOCK, DOCTOR_WARN},
};

static void claim(const struct json *fault, enum doctor_check *check, enum doctor_state *state,
                  const char **code)
{
    static const char OTHER[] = "PH-4007";
    *check = CHECK_HUB;
    *state = DOCTOR_WARN;
    *code = OTHER;
    for (size_t i = 0; i < sizeof CLAIMS / sizeof CLAIMS[0]; i++) {
        if (strcmp(CLAIMS[i].code, TEXT_AT(fault, "code")) != 0)
            continue;
        *check = CLAIMS[i].check;
        *state = CLAIMS[i].state;
        *code = CLAIMS[i].code;
    }
}

/* What the check itself has found goes before it. */
static void adopt(struct task *t)
{
    const struct json *s = doctor_status(t->d), *list = s ? reply_at(s, "faults") : NULL;
    for (const struct json *v = list ? json_first(list) : NULL; v; v = json_next(v)) {
        enum doctor_check check;
        enum doctor_state state;
        const char *code;
        claim(v, &check, &state, &code);
        if (check != t->check || t->finding.state >= DOCTOR_WARN)
            continue;
        t->finding.state = state;
        t->finding.code = code;
        snprintf(t->finding.text, sizeof t->finding.text, "%.270s", TEXT_AT(v, "text"));
        snprintf(t->finding.next, sizeof t->finding.next, "%.190s", TEXT_AT(v, "action"));
    }
}

/* ---- threads ---- */

static struct round round_now; /* one at a time; static, because of those that are left behind */

static void *run_check(void *arg)
{
    static doctor_run *const RUN[DOCTOR_CHECKS] = {
#define X(e, name, run) [e] = run,
        DOCTOR_LIST(X)
#undef X
    };
    struct task *t = arg;
    struct finding f = {0};
    RUN[t->check](t->d, &f);
    t->finding = f;
    adopt(t);
    pthread_mutex_lock(&round_now.lock);
    t->finding.took_ms = doctor_mono_ms() - t->d->began_ms;
    t->done = true;
    pthread_mutex_unlock(&round_now.lock);
    if (write(round_now.ended[1], "", 1) != 1)
        abort(); /* a pipe that takes 64 KiB took less than one byte for each check */
    return NULL;
}

static void begin(struct task *t)
{
    t->begun = pthread_create(&t->thread, NULL, run_check, t) == 0;
    if (t->begun) {
        round_now.begun++;
        return;
    }
    found_skip(&t->finding, "no thread for it: the box is out of memory");
    t->done = true;
}

/* What libraries keep for a thread goes with it. */
static void join_all(void)
{
    for (int c = 0; c < DOCTOR_CHECKS; c++) {
        if (round_now.tasks[c].begun)
            pthread_join(round_now.tasks[c].thread, NULL);
    }
}

/* A pipe and no condition: its deadline holds whatever becomes of the clock. */
static bool await(const struct doctor *d)
{
    struct pollfd p = {.fd = round_now.ended[0], .events = POLLIN};
    size_t back = 0;
    char bytes[DOCTOR_CHECKS];
    while (back < round_now.begun) {
        int64_t left_ms = d->began_ms + DOCTOR_CHECK_MS - doctor_mono_ms();
        if (left_ms <= 0 || poll(&p, 1, (int)left_ms) == 0)
            return false;
        ssize_t n = read(p.fd, bytes, sizeof bytes);
        back += n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* ---- before the first thread ---- */

static void places(struct doctor *d, const char *given)
{
    const struct config *c = &d->config;
    snprintf(d->broker_dir, sizeof d->broker_dir, "%s/broker", c->run_dir);
    snprintf(d->broker_socket, sizeof d->broker_socket, "%s/broker/hub.sock", c->run_dir);
    if (strcmp(given, CTL_SOCKET) == 0)
        snprintf(d->socket, sizeof d->socket, "%s/control.sock", c->run_dir);
    else
        snprintf(d->socket, sizeof d->socket, "%s", given);
}

static void begin_readers(struct doctor *d)
{
    static struct backup_file list[BACKUP_LIST];
    char dir[BACKUP_PATH], path[BACKUP_PATH];
    size_t n;
    const struct config *c = &d->config;
    const struct store_identity id = {str_of(c->brand_id), str_of(c->poi_id)};
    const struct backup_place place = backup_place_of(c, dir);
    if (!d->has_config || !d->may_look)
        return;
    reader_store(&d->store, c->data_dir, (uint64_t)c->map_mib << 20, &id,
                 reader_holder(c->data_dir));
    if (backup_files(&place, list, &n, d->backups_why) != PH_OK || n == 0 ||
        !backup_path(&place, list[0].name, path))
        return;
    d->newest = list[0];
    reader_backup(&d->backup, path, &id);
}

static bool prepare(struct doctor *d, const char *socket, const char *config_path)
{
    *d = (struct doctor){.config_path = config_path};
    d->began_ms = doctor_mono_ms();
    d->has_config = config_look(config_path, &d->config, d->config_hidden, d->config_why) == PH_OK;
    d->may_look = access(d->config.data_dir, R_OK | X_OK) == 0 || errno != EACCES;
    places(d, socket);
    d->http = http_open(d->socket);
    if (!d->http)
        return false;
    http_keep_zone(d->http);
    pthread_mutex_init(&d->lock, NULL);
    pthread_mutex_init(&d->store_lock, NULL);
    pthread_cond_init(&d->heard, NULL);
    begin_readers(d);
    round_now = (struct round){0};
    pthread_mutex_init(&round_now.lock, NULL);
    return pipe2(round_now.ended, O_CLOEXEC) == 0;
}

bool doctor_round(struct doctor *d, const char *socket, const char *config_path,
                  const bool wanted[DOCTOR_CHECKS], struct finding out[DOCTOR_CHECKS])
{
    if (!prepare(d, socket, config_path))
        abort(); /* no memory for the smallest of things */
    pthread_mutex_lock(&round_now.lock);
    for (int c = 0; c < DOCTOR_CHECKS; c++) {
        round_now.tasks[c] = (struct task){.d = d, .check = (enum doctor_check)c};
        if (wanted[c] || c == CHECK_HUB) /* others wait for what the hub says */
            begin(&round_now.tasks[c]);
    }
    pthread_mutex_unlock(&round_now.lock);
    bool all = await(d);
    pthread_mutex_lock(&round_now.lock);
    for (int c = 0; c < DOCTOR_CHECKS; c++) {
        const struct task *t = &round_now.tasks[c];
        out[c] = t->done ? t->finding : (struct finding){0};
        if (wanted[c] && !t->done) {
            found_fail(&out[c], "PH-4009", "no answer within %d ms", DOCTOR_CHECK_MS);
            found_next(&out[c], "poshubctl doctor --only '%s' ; dmesg | tail -30", DOCTOR_NAMES[c]);
            out[c].took_ms = DOCTOR_CHECK_MS;
        }
    }
    pthread_mutex_unlock(&round_now.lock);
    if (all) {
        join_all();
        reader_end(&d->store);
        reader_end(&d->backup);
        http_close(d->http);
        close(round_now.ended[0]);
        close(round_now.ended[1]);
        json_free(d->status);
        d->status = NULL;
    }
    return all;
}
