#include "edge/pair.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "edge/control.h"
#include "edge/device_add.h"
#include "edge/log.h"
#include "proto/topic.h"

#define GUEST_PASSWORD "hello" /* no secret: it opens a topic to say hello on */
#define ALERT_NAME     "pairing"
#define SOON_MS        1000               /* of what takes no time that is known */
#define ROOM           (2 * STORE_CA_PEM) /* for the authority as a JSON string, and the rest */

/* ---- states ---- */

static const char *state_name(enum pair_state state)
{
    static const char *const NAMES[] = {
#define X(e, text) text,
        PAIR_STATE_LIST(X)
#undef X
    };
    return NAMES[state];
}

static void move(struct pair *p, enum pair_state to)
{
    static const uint8_t LEGAL[] = {
        [PAIR_SHUT] = 1u << PAIR_OPENING,
        [PAIR_OPENING] = 1u << PAIR_OPEN | 1u << PAIR_SHUT,
        [PAIR_OPEN] = 1u << PAIR_KNOWN | 1u << PAIR_SHUT,
        [PAIR_KNOWN] = 1u << PAIR_ADDING | 1u << PAIR_SHUT,
        [PAIR_ADDING] = 1u << PAIR_TOLD | 1u << PAIR_SHUT,
        [PAIR_TOLD] = 1u << PAIR_PROVING | 1u << PAIR_SHUT,
        [PAIR_PROVING] = 1u << PAIR_SHUT,
    };
    assert(LEGAL[p->state] & 1u << to);
    p->state = to;
    log_info("pairing state=%s", state_name(to));
}

/* ---- the guest ---- */

static const char *topic_of(const struct pair *p, const char *way, char out[TOPIC_TEXT])
{
    return topic_make(out, "pair/%c/%s", p->code[0], way);
}

static void write_users(struct pair *p)
{
    enum ph_err err = broker_write_users(p->broker, p->intake->devices);
    if (err != PH_OK)
        log_error("pair_fault err=%s", ph_err_name(err));
}

static void guest_password(struct pair *p, struct str password)
{
    broker_guest(p->broker, p->code[0], password);
    write_users(p);
}

static void say(struct pair *p, struct str text)
{
    char topic[TOPIC_TEXT];
    lan_publish(p->intake->lan, topic_of(p, "down", topic), text, LAN_AT_LEAST_ONCE, false, NULL);
}

/* ---- the end ---- */

static struct request *shut(struct pair *p)
{
    char topic[TOPIC_TEXT];
    struct request *r = p->request;
    lan_unsubscribe(p->intake->lan, topic_of(p, "up", topic));
    broker_guest_gone(p->broker);
    write_users(p);
    memset(p->key, 0, sizeof(p->key));
    move(p, PAIR_SHUT);
    p->request = NULL;
    p->until_ms = 0;
    return r;
}

static void fail(struct pair *p, enum code code, const char *why, int64_t retry_ms)
{
    log_warning("pairing_ended why=\"%s\"", why);
    intake_refuse(p->intake, shut(p), code, why, retry_ms);
}

/* `why` empty: the round trip has proved the device's rights, and the device answered in reply_ms.
 */
static void succeed(struct pair *p, struct str why, int64_t reply_ms)
{
    char text[512];
    struct jw w;
    struct request *r = shut(p);
    const struct device_row *row = r->command.device_row;
    log_info("paired device=%.*s proved=%s", (int)row->id.n, row->id.p, why.n == 0 ? "yes" : "no");
    jw_init(&w, text, sizeof(text));
    jw_open(&w, '{');
    jw_kstring(&w, "device", row->id);
    jw_kstring(&w, "role", str_of(role_name(row->role)));
    jw_kbool(&w, "proved", why.n == 0);
    if (why.n == 0)
        jw_kint(&w, "reply_ms", reply_ms);
    else
        jw_kstring(&w, "why", why);
    jw_close(&w, '}');
    intake_result(p->intake, r, jw_text(&w));
}

/* ---- wrong tries ---- */

static void tell_alert(struct pair *p)
{
    p->alert_changed(p->ctx, STR(ALERT_NAME));
}

static void lock_out(struct pair *p)
{
    const struct alert alert = {.id = ALERT_NAME,
                                .kind = "LAN",
                                .code = "PH-2202",
                                .text = "Pairing is shut for 10 minutes: five wrong codes.",
                                .action = "Look who tries; then pair again with a new code.",
                                .since_at_ms = clock_wall_ms(p->intake->clock)};
    if (alerts_raise(p->alerts, &alert))
        tell_alert(p);
    fail(p, CODE_RATE_LIMITED, "five wrong codes: pairing is shut for 10 minutes", PAIR_LOCK_MS);
}

static void wrong(struct pair *p)
{
    char text[64];
    unsigned left = pair_lock_wrong(&p->lock, clock_boot_ms());
    log_warning("pairing_wrong left=%u", left);
    int n = snprintf(text, sizeof(text), "{\"error\":\"wrong code\",\"left\":%u}", left);
    say(p, (struct str){text, (size_t)n});
    if (left == 0)
        lock_out(p);
}

/* ---- proving ---- */

static void on_proved(void *ctx, struct request *r, struct str text)
{
    struct pair *p = ctx;
    struct json *reply = json_parse(text.p, text.n, &JSON_REQUEST, NULL);
    const struct json *result = reply != NULL ? json_get(reply, "result") : NULL;
    const struct json *detail = result != NULL ? json_get(result, "detail") : NULL;
    const struct json *ping = result != NULL ? json_get(result, "ping_ms") : NULL;
    int64_t reply_ms = 0;
    (void)r;
    if (ping != NULL && !json_integer(ping, &reply_ms))
        reply_ms = 0;
    if (p->state == PAIR_PROVING && detail != NULL && json_kind(detail) == JSON_STRING)
        succeed(p, json_string(detail), reply_ms);
    else if (p->state == PAIR_PROVING)
        succeed(p, STR("the test was refused: another one is running"), 0);
    json_free(reply);
}

void pair_online(struct pair *p, struct str device)
{
    if (p->state != PAIR_TOLD || !str_eq(device, p->request->command.device_row->id))
        return;
    struct request *test = intake_begin(p->intake);
    move(p, PAIR_PROVING);
    if (test == NULL) {
        succeed(p, STR("out of memory"), 0);
        return;
    }
    test->reply = on_proved;
    test->ctx = p;
    test->command = (struct command){.verb = VERB_DEVICE_TEST,
                                     .who = p->request->command.who,
                                     .target = p->request->command.device_row->id};
    probe_run(p->probe, test);
}

/* ---- adding ---- */

/* The device checks by "proof" that it was the hub that spoke, which knows the code, too. */
static void tell_device(struct pair *p)
{
    char text[ROOM], words[256], proof[PAIR_PROOF + 1];
    const struct device_row *row = p->request->command.device_row;
    struct str password = p->request->password, role = str_of(role_name(row->role));
    struct jw w;
    int n = snprintf(words, sizeof(words), "%.*s %.*s %.*s", (int)row->id.n, row->id.p, (int)role.n,
                     role.p, (int)password.n, password.p);
    pair_proof(p->key, (struct str){words, (size_t)n}, proof);
    jw_init(&w, text, sizeof(text));
    jw_open(&w, '{');
    jw_kstring(&w, "device", row->id);
    jw_kstring(&w, "role", role);
    jw_kstring(&w, "password", password);
    jw_kstring(&w, "ca", str_of(p->tls->ca.pem));
    jw_kstring(&w, "proof", str_of(proof));
    jw_close(&w, '}');
    assert(jw_ok(&w));
    say(p, jw_text(&w));
    memset(text, 0, sizeof(text));
}

static void on_added(void *ctx, struct request *r, struct str text)
{
    struct pair *p = ctx;
    (void)text;
    if (p->state != PAIR_ADDING)
        return;
    if (r->job.err != PH_OK || r->outcome.code != CODE_OK) {
        say(p, STR("{\"error\":\"not added\"}"));
        fail(p, r->job.err != PH_OK ? CODE_INTERNAL : r->outcome.code,
             "the device could not be added", 0);
        return;
    }
    lan_tls_paired(p->tls);
    move(p, PAIR_TOLD);
    p->until_ms = clock_boot_ms() + PAIR_BACK_MS;
    tell_device(p);
}

/* What the command points to is the waiting request's, which stays until this one is back. */
static void add(struct pair *p)
{
    struct request *r = intake_begin(p->intake);
    if (r == NULL) {
        fail(p, CODE_INTERNAL, "out of memory", 0);
        return;
    }
    move(p, PAIR_ADDING);
    r->reply = on_added;
    r->ctx = p;
    r->command = p->request->command;
    r->command.verb = VERB_DEVICE_ADD;
    intake_stamp(p->intake, &r->command);
    intake_admit(p->intake, r, NULL);
}

/* ---- what the guest says ---- */

static bool proves(const struct pair *p, struct str payload, struct str word)
{
    struct json *doc = json_parse(payload.p, payload.n, &JSON_REQUEST, NULL);
    const struct json *proof = doc != NULL ? json_get(doc, "proof") : NULL;
    bool fits = proof != NULL && json_kind(proof) == JSON_STRING &&
                pair_proof_fits(p->key, word, json_string(proof));
    json_free(doc);
    return fits;
}

/* The guest's connection is cut by the change of its password: whoever has not got the code cannot
 * hear what comes now. */
static void hello(struct pair *p)
{
    char password[PAIR_PROOF + 1];
    move(p, PAIR_KNOWN);
    pair_proof(p->key, STR("password"), password);
    guest_password(p, str_of(password));
}

bool pair_heard(struct pair *p, const struct lan_message *m)
{
    char topic[TOPIC_TEXT];
    if (p->state == PAIR_SHUT || !str_eq(m->topic, str_of(topic_of(p, "up", topic))))
        return false;
    if (m->retained || (p->state != PAIR_OPEN && p->state != PAIR_KNOWN))
        return true;
    bool known = p->state == PAIR_KNOWN;
    if (!proves(p, m->payload, known ? STR("ready") : STR("hello")))
        wrong(p);
    else if (known)
        add(p);
    else
        hello(p);
    return true;
}

/* ---- the window ---- */

static void listen_up(struct pair *p)
{
    char topic[TOPIC_TEXT];
    lan_subscribe(p->intake->lan, topic_of(p, "up", topic), LAN_AT_LEAST_ONCE, NULL);
}

void pair_connected(struct pair *p)
{
    if (p->state != PAIR_SHUT && p->state != PAIR_OPENING)
        listen_up(p);
}

static int64_t window_ms(const struct pair *p)
{
    return (int64_t)p->broker->config->pair_window_s * 1000;
}

static void derive(uv_work_t *work)
{
    struct pair *p = work->data;
    pair_key(p->code, p->tls->ca.fingerprint, p->derived);
}

static void on_derived(uv_work_t *work, int status)
{
    struct pair *p = work->data;
    work->data = NULL;
    memcpy(p->key, p->derived, sizeof(p->key));
    memset(p->derived, 0, sizeof(p->derived));
    if (p->state != PAIR_OPENING || status != 0)
        return;
    move(p, PAIR_OPEN);
    p->until_ms = clock_boot_ms() + window_ms(p);
    listen_up(p);
    guest_password(p, STR(GUEST_PASSWORD));
}

static bool exists(const struct pair *p, const struct request *r)
{
    return devices_find(p->intake->devices, r->command.device_row->id) != NULL &&
           !r->command.replace;
}

/* NULL: a window may open for this request. */
static const char *obstacle(const struct pair *p, struct request *r)
{
    const struct json *code = json_get(r->doc, "code");
    char read[PAIR_CODE + 1];
    if (!lan_tls_on(p->tls))
        return p->tls->why[0] != 0 ? p->tls->why
                                   : "pairing needs TLS: tls_listen in [lan] of poshub.conf";
    if (code == NULL || json_kind(code) != JSON_STRING || !pair_code_parse(json_string(code), read))
        return "code: eight letters and digits, as K7Q2-9FMX";
    const char *why = device_add_prepare(r);
    if (why != NULL)
        return why;
    return exists(p, r) ? "the device exists already; --replace pairs it anew" : NULL;
}

/* At most: a device that comes takes less. */
static int64_t left_ms(const struct pair *p)
{
    int64_t left = p->until_ms - clock_boot_ms();
    return left > 0 ? left : SOON_MS;
}

static void refuse_busy(struct pair *p, struct request *r)
{
    char why[128];
    struct str id = p->state != PAIR_SHUT ? p->request->command.device_row->id : STR("a device");
    snprintf(why, sizeof(why), "%.*s is being paired, for %lld s at most", (int)id.n, id.p,
             (long long)(left_ms(p) + 999) / 1000);
    intake_refuse(p->intake, r, CODE_BUSY, why, left_ms(p));
}

void pair_status(const struct pair *p, struct jw *w)
{
    if (p->state == PAIR_SHUT)
        return;
    jw_kobject(w, "pairing");
    jw_kstring(w, "state", str_of(state_name(p->state)));
    jw_kstring(w, "device", p->request->command.device_row->id);
    jw_kint(w, "left_ms", left_ms(p));
    jw_close(w, '}');
}

static bool refused(struct pair *p, struct request *r)
{
    int64_t shut_ms = pair_lock_left_ms(&p->lock, clock_boot_ms());
    const char *why;
    if (p->state != PAIR_SHUT || p->work.data != NULL)
        refuse_busy(p, r);
    else if (shut_ms > 0)
        intake_refuse(p->intake, r, CODE_RATE_LIMITED, "pairing is shut after five wrong codes",
                      shut_ms);
    else if ((why = obstacle(p, r)) != NULL)
        intake_refuse(p->intake, r, CODE_BAD_REQUEST, why, 0);
    else
        return false;
    return true;
}

void pair_begin(struct pair *p, struct request *r)
{
    if (refused(p, r))
        return;
    pair_code_parse(json_string(json_get(r->doc, "code")), p->code);
    pair_lock_begin(&p->lock);
    p->request = r;
    p->until_ms = clock_boot_ms() + window_ms(p);
    move(p, PAIR_OPENING);
    p->work.data = p;
    uv_queue_work(p->loop, &p->work, derive, on_derived);
}

void pair_end(struct pair *p, struct request *r)
{
    bool waits = p->state == PAIR_OPENING || p->state == PAIR_OPEN || p->state == PAIR_KNOWN;
    if (!waits) {
        intake_refuse(p->intake, r, CODE_BAD_REQUEST, "no pairing window is open", 0);
        return;
    }
    fail(p, CODE_BAD_REQUEST, "the pairing window was closed", 0);
    intake_result(p->intake, r, STR("{}"));
}

static void unlock(struct pair *p)
{
    if (pair_lock_left_ms(&p->lock, clock_boot_ms()) == 0 && alerts_resolve(p->alerts, ALERT_NAME))
        tell_alert(p);
}

/* Nobody would see who comes through the window. */
static bool deserted(const struct pair *p)
{
    return p->request->call != NULL && control_gone(p->request->call);
}

static bool revoked(const struct pair *p)
{
    return devices_find(p->intake->devices, p->request->command.device_row->id) == NULL;
}

void pair_tick(struct pair *p)
{
    bool over = clock_boot_ms() >= p->until_ms;
    bool open = p->state == PAIR_OPEN || p->state == PAIR_KNOWN;
    unlock(p);
    if (open && deserted(p))
        fail(p, CODE_TIMED_OUT, "whoever asked for the window has gone", 0);
    else if (open && over)
        fail(p, CODE_TIMED_OUT, "no device came with this code while the window was open", 0);
    else if (p->state == PAIR_TOLD && revoked(p))
        fail(p, CODE_UNKNOWN_OBJECT, "the device was revoked before it came under its name", 0);
    else if (p->state == PAIR_TOLD && over)
        succeed(p, STR("it has not come back under its name"), 0);
}

void pair_stop(struct pair *p)
{
    if (p->state != PAIR_SHUT)
        fail(p, CODE_BUSY, "the hub is stopping", 0);
}
