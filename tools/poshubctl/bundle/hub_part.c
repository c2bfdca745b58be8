/* What the hub says, for a support bundle: of each answer what a list here names. */
#include <stdlib.h>
#include <string.h>

#include "tools/poshubctl/bundle/bundle.h"
#include "tools/poshubctl/hub.h"
#include "tools/poshubctl/http.h"
#include "tools/poshubctl/bundle/mask.h"
#include "tools/poshubctl/reply.h"

#define JOURNAL_EVENTS 1000 /* the last so many */
#define PAGES_MOST     40

/* What the center says in its own words (detail, push_error) may quote what it was sent. */
static const char *const STATUS_TEXTS[] = {
    "action",   "address", "box_id",  "brand_id", "clock",     "code", "day",   "dir",
    "error",    "from",    "fs",      "host",     "kind",      "link", "mqtt",  "name",
    "object",   "offline", "poi_id",  "push",     "rights",    "see",  "state", "status",
    "stuck_at", "text",    "version", "warnings", "websocket", "why",  NULL};
static const char *const QUEUE_TEXTS[] = {"kind", "reason", NULL};
static const char *const DEVICE_TEXTS[] = {"channels", "device", "role", "stations", NULL};
static const char *const VERIFY_TEXTS[] = {"why", "audit_why", NULL};

static void put_masked(struct bundle *b, const char *name, const struct json *v,
                       const char *const *texts)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    if (!out)
        return;
    mask_json(v, texts, NULL, out);
    fclose(out);
    bundle_put(b, name, (struct str){text, n}, NULL);
    free(text);
}

static bool go_on(const struct bundle *b)
{
    return !(b->stop && *b->stop);
}

/* The reply to a verb, without a word on stderr; NULL: none, or a refusal. */
static struct json *ask(struct ctl *ctl, const char *verb, struct str body)
{
    char path[64];
    snprintf(path, sizeof path, "/v1/%s", verb);
    if (http_ask(ctl->http, path, body, ctl->timeout_s) != HTTP_ANSWERED ||
        http_status(ctl->http) != 200)
        return NULL;
    struct str text = http_body(ctl->http);
    struct json *reply = json_parse(text.p, text.n, &JSON_IMPORT, NULL);
    if (reply && reply_int(reply, "code") == 0)
        return reply;
    json_free(reply);
    return NULL;
}

static void put_reply(struct bundle *b, struct ctl *ctl, const char *name, const char *verb,
                      const char *const *texts)
{
    struct json *reply = go_on(b) ? ask(ctl, verb, STR("{}")) : NULL;
    if (reply)
        put_masked(b, name, reply, texts);
    else
        bundle_lack(b, name, "the hub did not answer this");
    json_free(reply);
}

/* ---- lists in pages ---- */

static void keep_names(struct bundle *b, const struct json *device)
{
    static const char *const MEMBERS[] = {"device", "name"};
    for (size_t i = 0; i < sizeof MEMBERS / sizeof MEMBERS[0]; i++) {
        const struct json *v = json_get(device, MEMBERS[i]);
        if (v && json_kind(v) == JSON_STRING)
            scrub_name(&b->scrub, json_string(v));
    }
}

static void write_device(struct bundle *b, const struct json *v, FILE *out)
{
    static const char *const NOT[] = {"name", "account", NULL};
    keep_names(b, v);
    mask_json(v, DEVICE_TEXTS, NOT, out);
}

/* "7/1043  1769623921000  ORDER_LOCK": never a body. */
static void write_event(struct bundle *b, const struct json *v, FILE *out)
{
    (void)b;
    fprintf(out, "%lld/%lld  %lld  %s\n", (long long)json_integer_at(v, "epoch"),
            (long long)json_integer_at(v, "seq"), (long long)json_integer_at(v, "at_ms"),
            TEXT_AT(v, "kind"));
}

struct paged {
    const char *name, *verb, *list;
    void (*write)(struct bundle *b, const struct json *v, FILE *out);
};

/* False: that was the last one. */
static bool one_page(struct bundle *b, struct ctl *ctl, const struct paged *p,
                     char cursor[REPLY_TEXT], FILE *out)
{
    struct body body;
    bool more = false;
    body_begin(&body);
    if (*cursor)
        jw_kstring(&body.w, "cursor", str_of(cursor));
    struct json *reply = ask(ctl, p->verb, body_end(&body));
    const struct json *list = reply ? json_get(reply, p->list) : NULL;
    for (const struct json *v = list ? json_first(list) : NULL; v; v = json_next(v)) {
        p->write(b, v, out);
        more = true;
    }
    reply_value(reply_at(reply, "cursor"), cursor);
    json_free(reply);
    return more && *cursor;
}

static void put_pages(struct bundle *b, struct ctl *ctl, const struct paged *p, const char *from)
{
    char *text = NULL, cursor[REPLY_TEXT];
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    if (!out)
        return;
    snprintf(cursor, sizeof cursor, "%s", from);
    for (int i = 0; i < PAGES_MOST && go_on(b) && one_page(b, ctl, p, cursor, out); i++)
        ;
    fclose(out);
    bundle_put(b, p->name, (struct str){text, n}, n ? NULL : "there is nothing in it");
    free(text);
}

/* ---- all ---- */

static void learn_names(struct bundle *b, const struct json *s)
{
    static const char *const AT[] = {"store.name", "host", "cloud.box_id"};
    for (size_t i = 0; i < sizeof AT / sizeof AT[0]; i++)
        scrub_name(&b->scrub, str_of(TEXT_AT(s, AT[i])));
}

static void put_metrics(struct bundle *b, struct ctl *ctl)
{
    if (go_on(b) &&
        http_ask(ctl->http, "/metrics", (struct str){0}, ctl->timeout_s) == HTTP_ANSWERED &&
        http_status(ctl->http) == 200)
        bundle_put(b, "metrics.txt", http_body(ctl->http), NULL);
    else
        bundle_lack(b, "metrics.txt", "the hub did not answer this");
}

void bundle_ask_hub(struct bundle *b, struct ctl *ctl)
{
    static const struct paged DEVICES = {"devices.txt", "device.list", "devices", write_device};
    static const struct paged JOURNAL = {"journal.txt", "journal.tail", "events", write_event};
    char from[64];
    struct json *status = hub_peek(ctl, "/v1/status");
    b->hub = status != NULL;
    if (!status) {
        bundle_lack(b, "status.json",
                    ctl->forbidden ? "not permitted to ask the hub" : "the hub does not answer");
        if (ctl->forbidden)
            hub_tell_forbidden(ctl);
        return;
    }
    int64_t seq = reply_int(status, "seq");
    snprintf(from, sizeof from, "%lld.%lld", (long long)reply_int(status, "epoch"),
             (long long)(seq > JOURNAL_EVENTS ? seq - JOURNAL_EVENTS : 0));
    learn_names(b, status);
    put_pages(b, ctl, &DEVICES, "");
    put_masked(b, "status.json", status, STATUS_TEXTS);
    json_free(status);
    put_metrics(b, ctl);
    put_pages(b, ctl, &JOURNAL, from);
    put_reply(b, ctl, "queue.json", "queue.list", QUEUE_TEXTS);
    put_reply(b, ctl, "verify.json", "journal.verify", VERIFY_TEXTS);
}
