/* The hub's process and its control socket. What it says of itself is there for all other checks.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/poshubctl/doctor/doctor.h"
#include "tools/poshubctl/doctor/process.h"
#include "tools/poshubctl/print.h"
#include "tools/poshubctl/reply.h"

#define HTTP_FORBIDDEN 403

static void publish(struct doctor *d, enum http_result answer, struct json *status)
{
    pthread_mutex_lock(&d->lock);
    d->answer = answer;
    d->status = status;
    d->asked = true;
    pthread_cond_broadcast(&d->heard);
    pthread_mutex_unlock(&d->lock);
}

/* "shut", "hangs" and so on need the whole answer: half a status is none. */
static enum http_result ask(struct doctor *d)
{
    int64_t began_ms = doctor_mono_ms();
    struct json *status = NULL;
    enum http_result result = http_ask_ms(d->http, "/v1/status", (struct str){0}, DOCTOR_STATUS_MS);
    d->answer_ms = doctor_mono_ms() - began_ms;
    if (result == HTTP_ANSWERED && http_status(d->http) == 200) {
        struct str text = http_body(d->http);
        status = json_parse(text.p, text.n, &JSON_IMPORT, NULL);
    }
    if (result == HTTP_ANSWERED && !status)
        snprintf(d->answer_why, sizeof d->answer_why, "HTTP %ld", http_status(d->http));
    else if (result == HTTP_BROKEN)
        snprintf(d->answer_why, sizeof d->answer_why, "%s", http_why(d->http));
    if (http_status(d->http) == HTTP_FORBIDDEN && result == HTTP_ANSWERED)
        result = HTTP_NOT_PERMITTED;
    publish(d, result, status);
    return status || result != HTTP_ANSWERED ? result : HTTP_BROKEN;
}

static void not_there(struct doctor *d, pid_t holder, struct finding *f)
{
    bool left = access(d->socket, F_OK) == 0;
    if (holder > 0 && process_has_word(holder, d->config_path)) {
        found_fail(f, "PH-4003", "the hub runs (pid %d), but nobody listens on %s%s", (int)holder,
                   d->socket, left ? "" : ": it is gone");
        found_next(f, "systemctl restart poshub");
        return;
    }
    found_fail(f, "PH-4001", "the hub is not running%s",
               left ? ": its socket is left of one that was killed" : "");
    found_next(f, "systemctl start poshub ; journalctl -u poshub -n 30");
    f->fix = FIX_START_HUB;
}

static void silent(pid_t holder, struct finding *f)
{
    char state = holder > 0 ? process_state(holder) : 0;
    found_fail(f, "PH-4002", "the hub hangs: it takes calls and answers none%s",
               state == 'T'   ? " (it is stopped)"
               : state == 'D' ? " (it waits for the disk)"
                              : "");
    if (state == 'T')
        found_next(f, "kill -CONT %d ; or systemctl restart poshub", (int)holder);
    else
        found_next(f, "poshubctl bundle, for support ; then systemctl restart poshub");
}

void check_hub(struct doctor *d, struct finding *f)
{
    pid_t holder = reader_holder(d->config.data_dir);
    switch (ask(d)) {
    case HTTP_ANSWERED:
        found_ok(f, "answers in %lld ms, up %s", (long long)d->answer_ms,
                 SPAN(reply_int(d->status, "uptime_ms")));
        return;
    case HTTP_NO_SOCKET:
        not_there(d, holder, f);
        return;
    case HTTP_TIMED_OUT:
        silent(holder, f);
        return;
    case HTTP_NOT_PERMITTED:
        found_fail(f, "PH-4008", "you may not ask the hub");
        found_next(f, "sudo poshubctl doctor ; or be in the group poshub");
        return;
    case HTTP_STOPPED:
    case HTTP_BROKEN:
        break;
    }
    found_fail(f, "PH-4003", "what listens on %s is no hub: %s", d->socket, d->answer_why);
    found_next(f, "ls -l %s ; systemctl restart poshub", d->socket);
}
