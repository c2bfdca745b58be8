#include "edge/admin.h"

#include <stdio.h>
#include <string.h>

#include "edge/device_add.h"
#include "edge/device_reply.h"

#define JSON      "application/json"
#define METRICS   "text/plain; version=0.0.4"
#define OK        200
#define BAD       400
#define FORBIDDEN 403
#define NOT_FOUND 404
#define NOT_SO    405
#define FAILED    500

static const struct str PREFIX = {"/v1/", 4};

static bool is_path(struct str path, const char *text)
{
    return str_eq(path, str_of(text));
}

static bool verb_of(struct str path, enum verb *out)
{
    if (path.n <= PREFIX.n || memcmp(path.p, PREFIX.p, PREFIX.n) != 0)
        return false;
    struct str name = {path.p + PREFIX.n, path.n - PREFIX.n};
    return verb_parse(name, out) && !verb_is_shells(*out) && *out != VERB_PONG;
}

size_t admin_body_max(void *ctx, struct str path)
{
    enum verb verb;
    (void)ctx;
    return verb_of(path, &verb) && verb == VERB_MENU_IMPORT ? LIMIT_IMPORT_BYTES
                                                            : LIMIT_REQUEST_BYTES;
}

enum peer_right admin_right(void *ctx, int fd)
{
    const struct admin *a = ctx;
    struct peer peer;
    return peer_of(fd, &peer) ? peer_right(&peer, &a->peers) : PEER_NONE;
}

/* What the peer lacks, and how it may be had. */
static void forbid(const struct admin *a, struct control_call *call, const struct peer *peer,
                   enum peer_right wanted)
{
    char text[200];
    const char *group = wanted == PEER_CHANGE ? a->peers.change_group : a->peers.read_group;
    int n = snprintf(text, sizeof(text), "%s may not %s here: be root, or in the group %s\n",
                     peer->name[0] ? peer->name : "a stranger",
                     wanted == PEER_CHANGE ? "change anything" : "ask anything", group);
    control_answer(call, FORBIDDEN, "text/plain", (struct str){text, (size_t)n});
}

/* ---- GET ---- */

static void answer_jw(struct control_call *call, const struct jw *w)
{
    if (jw_ok(w) && w->n > 0)
        control_answer(call, OK, JSON, jw_text(w));
    else
        control_answer(call, FAILED, "text/plain", STR("the store cannot be read\n"));
}

static void get(struct admin *a, struct control_call *call, struct str path)
{
    struct jw w;
    char *text = a->intake->reply;
    jw_init(&w, text, sizeof(a->intake->reply));
    a->refresh(a->ctx);
    if (is_path(path, "/v1/status")) {
        status_write(a->status, &w);
        answer_jw(call, &w);
    } else if (is_path(path, "/v1/top")) {
        status_top(a->status, &w);
        answer_jw(call, &w);
    } else if (is_path(path, "/metrics")) {
        size_t n = status_metrics(a->status, text, sizeof(a->intake->reply));
        control_answer(call, OK, METRICS, (struct str){text, n});
    } else {
        control_answer(call, NOT_FOUND, "text/plain", STR("no such page\n"));
    }
}

/* ---- POST: replies ---- */

static void reply_control(void *ctx, struct request *r, struct str text)
{
    (void)ctx;
    control_answer(r->call, r->doc == NULL ? BAD : OK, JSON, text);
}

/* When the broker has taken the change over; a refusal at once. */
static void reply_device(void *ctx, struct request *r, struct str text)
{
    struct admin *a = ctx;
    if (r->job.err != PH_OK || r->outcome.code != CODE_OK ||
        !device_reply_begin(a->proof, a->intake->secret, r))
        reply_control(ctx, r, text);
}

/* ---- POST: the shell's own verbs ---- */

static void write_names(struct jw *w, const struct device_row *row)
{
    jw_karray(w, "channels");
    for (enum channel c = 0; c < CHANNEL_COUNT; c++) {
        if (device_channels(row) & 1u << c)
            jw_string(w, str_of(channel_name(c)));
    }
    jw_close(w, ']');
    jw_karray(w, "stations");
    for (uint16_t i = 0; i < row->n_stations; i++)
        jw_string(w, row->stations[i]);
    jw_close(w, ']');
}

static void device_list(struct admin *a, struct request *r)
{
    const struct devices *d = a->intake->devices;
    struct jw w;
    jw_init(&w, a->intake->reply, sizeof(a->intake->reply));
    jw_open(&w, '{');
    jw_kint(&w, "code", CODE_OK);
    jw_kstring(&w, "name", str_of(code_name(CODE_OK)));
    jw_karray(&w, "devices");
    for (size_t i = 0; i < d->n; i++) {
        const struct device *device = d->list[i];
        if (device->probe)
            continue;
        jw_open(&w, '{');
        jw_kstring(&w, "device", device->row.id);
        jw_kstring(&w, "role", str_of(role_name(device->row.role)));
        jw_kstring(&w, "name", device->row.name);
        jw_kstring(&w, "account", device->row.account);
        write_names(&w, &device->row);
        jw_kbool(&w, "online", device->online);
        jw_kint(&w, "last_seen_ms", device->last_seen_ms);
        jw_close(&w, '}');
    }
    jw_close(&w, ']');
    jw_close(&w, '}');
    intake_answer(a->intake, r, jw_text(&w));
}

/* The row of device.add says its role; of a device that nobody knows the books refuse. */
static void device_change(struct admin *a, struct request *r)
{
    const char *why = NULL;
    const struct device *known = NULL;
    bool add = r->command.verb == VERB_DEVICE_ADD;
    if (add)
        why = device_add_prepare(r);
    else
        known = devices_find(a->intake->devices, r->command.target);
    if (r->command.verb == VERB_DEVICE_ROTATE)
        why = device_rotate_prepare(r);
    if (add && why == NULL)
        r->role = r->command.device_row->role;
    else if (known != NULL)
        r->role = known->row.role;
    r->reply = reply_device;
    if (why != NULL)
        intake_refuse(a->intake, r, CODE_BAD_REQUEST, why, 0);
    else
        intake_admit(a->intake, r, NULL);
}

/* The note comes after it, so that the store has seen the time that is believed now. */
static void accept_clock(struct admin *a, struct request *r)
{
    struct clock *clock = a->intake->clock;
    if (!clock_suspect(clock)) {
        intake_refuse(a->intake, r, CODE_BAD_TRANSITION, "the clock is not doubted", 0);
    } else if (!clock_accept(clock)) {
        intake_refuse(a->intake, r, CODE_BAD_REQUEST,
                      "no box of this release can have that time: set the clock first", 0);
    } else {
        intake_note(a->intake, &r->command);
        intake_result(a->intake, r, STR("{}"));
    }
}

static void dispatch(struct admin *a, struct request *r)
{
    switch ((unsigned)r->command.verb) {
    case VERB_DEVICE_LIST:
        device_list(a, r);
        break;
    case VERB_DEVICE_TEST:
        probe_run(a->probe, r);
        break;
    case VERB_DEVICE_IDENTIFY:
        probe_identify(a->probe, r);
        break;
    case VERB_DEVICE_PAIR:
        pair_begin(a->pair, r);
        break;
    case VERB_DEVICE_PAIR_END:
        pair_end(a->pair, r);
        break;
    case VERB_JOURNAL_VERIFY:
        verify_run(a->verify, r);
        break;
    case VERB_CLOCK_ACCEPT:
        accept_clock(a, r);
        break;
    case VERB_BACKUP_CREATE:
        backup_run(a->backups, BACKUP_CREATE, r);
        break;
    case VERB_BACKUP_LIST:
        backup_run(a->backups, BACKUP_LISTING, r);
        break;
    case VERB_DEVICE_ADD:
    case VERB_DEVICE_ROTATE:
    case VERB_DEVICE_REVOKE:
        device_change(a, r);
        break;
    default:
        if (!cloud_verb(a->cloud, r))
            intake_admit(a->intake, r, NULL);
        break;
    }
}

/* "poshubctl:jane", and "jane" alone. */
static void name_caller(struct arena *arena, const struct peer *peer, struct caller *who)
{
    const size_t tool = strlen(PEER_TOOL);
    char text[PEER_CALLER];
    peer_caller(peer->name, text);
    who->device = arena_str(arena, str_of(text));
    who->by = (struct str){who->device.p + tool, who->device.n - tool};
}

static void post(struct admin *a, struct control_call *call, struct str path, struct str body,
                 const struct peer *peer)
{
    struct caller who = {.role = ROLE_ADMIN};
    enum verb verb;
    if (!verb_of(path, &verb)) {
        control_answer(call, NOT_FOUND, "text/plain", STR("no such verb\n"));
        return;
    }
    if (!verb_reads(verb) && peer_right(peer, &a->peers) != PEER_CHANGE) {
        forbid(a, call, peer, PEER_CHANGE);
        return;
    }
    struct request *r = intake_begin(a->intake);
    if (r == NULL) {
        control_answer(call, FAILED, "text/plain", STR("out of memory\n"));
        return;
    }
    r->reply = reply_control;
    r->ctx = a;
    r->call = call;
    for (enum channel c = 0; c < CHANNEL_COUNT; c++)
        who.channels |= channel_is_hub(c) ? 1u << c : 0;
    name_caller(&r->arena, peer, &who);
    bool import = verb == VERB_MENU_IMPORT;
    if (intake_decode(a->intake, r, verb, &who, body.n > 0 ? body : STR("{}"),
                      import ? &JSON_IMPORT : &JSON_REQUEST))
        dispatch(a, r);
}

void admin_request(void *ctx, struct control_call *call, struct str method, struct str path,
                   struct str body)
{
    struct admin *a = ctx;
    struct peer peer;
    if (!peer_of(control_fd(call), &peer) || peer_right(&peer, &a->peers) == PEER_NONE)
        forbid(a, call, &peer, PEER_READ);
    else if (str_eq(method, STR("GET")))
        get(a, call, path);
    else if (str_eq(method, STR("POST")))
        post(a, call, path, body, &peer);
    else
        control_answer(call, NOT_SO, "text/plain", STR("GET or POST\n"));
}
