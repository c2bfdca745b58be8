#include "tools/storesim/held.h"

#include "tools/storesim/memory.h"
#include "tools/storesim/request.h"

#include <inttypes.h>
#include <stdlib.h>

struct held {
    struct position at;
    uint32_t round;
    bool gone, sold_out;
};

/* ---- topics ---- */

/* The same name whether the state came by topic, by the device's own order topic or in a page. */
static bool name_of(const struct topic *t, char out[TOPIC_TEXT])
{
    switch (t->kind) {
    case TOPIC_STOCK:
        topic_make(out, "stock/%s/%" PRId64, t->object.type == OBJECT_SKU ? "sku" : "spu",
                   t->object.id);
        return true;
    case TOPIC_ORDER:
    case TOPIC_DEVICE_ORDER:
        topic_make(out, "order/%.*s", (int)t->name.n, t->name.p);
        return true;
    case TOPIC_TICKET:
        topic_make(out, "ticket/%.*s/%.*s/%" PRIu32, (int)t->station.n, t->station.p,
                   (int)t->name.n, t->name.p, t->round);
        return true;
    case TOPIC_PICKUP:
        topic_make(out, "pickup/%.*s", (int)t->name.n, t->name.p);
        return true;
    case TOPIC_FOREIGN:
    case TOPIC_HUB:
    case TOPIC_MENU:
    case TOPIC_ALERT:
    case TOPIC_STATE:
    case TOPIC_REQ:
    case TOPIC_RES:
    case TOPIC_CMD:
        break;
    }
    return false;
}

/* The topic that a page's entry stands for. */
static struct topic topic_of(enum topic_kind kind, const struct json *entry)
{
    struct topic t = {.kind = kind};
    if (kind == TOPIC_STOCK)
        t.object = (struct object){(enum object_type)json_integer_at(entry, "object_type"),
                                   menu_id(json_get(entry, "object_id"))};
    else
        t.name = json_text_at(entry, kind == TOPIC_PICKUP ? "number" : "order_id");
    t.station = json_text_at(entry, "station");
    t.round = (uint32_t)json_integer_at(entry, "round");
    return t;
}

/* ---- states ---- */

static bool is_sold_out(const struct device *d, const struct json *payload)
{
    static const char *const CHANNELS[] = {
        [ROLE_POS] = "POS", [ROLE_KIOSK] = "KIOSK", [ROLE_EMENU] = "EMENU"};
    const struct json *on_sale = json_get(payload, "on_sale");
    if (on_sale && !json_bool(on_sale))
        return true;
    const struct json *avail = json_get(payload, "avail");
    if (d->entry.role > ROLE_EMENU || !avail || json_kind(avail) != JSON_OBJECT)
        return false;
    return str_eq(json_text_at(avail, CHANNELS[d->entry.role]), STR("0"));
}

static struct held *held_entry(struct device *d, const char *name)
{
    struct held *h = map_get(&d->held, str_of(name));
    if (!h) {
        h = memory_new(sizeof *h);
        h->gone = true;
        map_put(&d->held, str_of(name), h);
    }
    return h;
}

static void tell(struct device *d, const struct topic *topic, const struct json *payload,
                 struct position at)
{
    if (d->events->state)
        d->events->state(d, topic, payload, at);
}

/* False: older than what is known, or just cleared at this very position. */
static bool is_newer(const struct held *h, struct position at)
{
    int order = position_cmp(at, h->at);
    return order > 0 || (order == 0 && (!h->gone || !at.epoch));
}

static void take_state(struct device *d, const struct topic *topic, struct held *h,
                       const struct json *payload)
{
    struct at at;
    h->round = d->held_round;
    if (!at_read(payload, &at)) {
        stats_fault(&d->sim->stats, "%s: retained state without `at`", d->entry.id);
        return;
    }
    if (!is_newer(h, at.position))
        return;
    if (position_cmp(at.position, d->seen.position) > 0)
        d->seen = at;
    h->at = at.position;
    h->gone = false;
    h->sold_out = topic->kind == TOPIC_STOCK && is_sold_out(d, payload);
    tell(d, topic, payload, at.position);
}

void held_take(struct device *d, const struct topic *topic, const struct json *payload)
{
    char name[TOPIC_TEXT];
    if (!name_of(topic, name))
        return;
    struct held *h = held_entry(d, name);
    if (payload) {
        take_state(d, topic, h, payload);
    } else if (!h->gone) {
        h->gone = true;
        h->sold_out = false;
        tell(d, topic, NULL, h->at);
    }
}

/* ---- snapshots ---- */

static void take_page(struct device *d, const struct json *page)
{
    static const struct {
        const char *key;
        enum topic_kind kind;
    } PARTS[] = {{"stock", TOPIC_STOCK},
                 {"orders", TOPIC_ORDER},
                 {"tickets", TOPIC_TICKET},
                 {"pickup", TOPIC_PICKUP}};
    for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++) {
        const struct json *list = json_get(page, PARTS[i].key);
        const struct json *v = list && json_kind(list) == JSON_ARRAY ? json_first(list) : NULL;
        for (; v; v = json_next(v)) {
            struct topic topic = topic_of(PARTS[i].kind, v);
            held_take(d, &topic, v);
        }
    }
}

static void drop_unnamed(struct device *d, struct position at)
{
    for (size_t i = 0; i < d->held.n; i++) {
        struct held *h = d->held.entries[i].value;
        if (!h || h->gone || h->round == d->held_round || position_cmp(h->at, at) > 0)
            continue;
        struct topic topic = topic_parse(str_of(d->held.entries[i].key));
        h->gone = true;
        h->sold_out = false;
        tell(d, &topic, NULL, at);
    }
}

static void ask_page(struct device *d, struct str cursor);

static void on_page(struct device *d, const struct reply *r, void *ctx)
{
    uint32_t round = (uint32_t)(uintptr_t)ctx;
    if (round != d->held_round)
        return;
    if (r->code != CODE_OK) {
        stats_fault(&d->sim->stats, "%s: sync.snapshot answered %d", d->entry.id, r->code);
        return;
    }
    if (!d->snapshot_at.epoch)
        d->snapshot_at = r->at.position; /* what is newer than its first page may be unnamed */
    take_page(d, r->body);
    struct str cursor = json_text_at(r->body, "cursor");
    if (cursor.n)
        ask_page(d, cursor);
    else
        drop_unnamed(d, d->snapshot_at);
}

static void ask_page(struct device *d, struct str cursor)
{
    struct jw *w = request_begin(d);
    if (cursor.n)
        jw_kstring(w, "cursor", cursor);
    request_send(d, VERB_SYNC_SNAPSHOT, STR(""), on_page, (void *)(uintptr_t)d->held_round);
}

void held_refresh(struct device *d)
{
    d->held_round++;
    d->snapshot_at = (struct position){0};
    ask_page(d, STR(""));
}

void held_finish(struct device *d)
{
    map_finish(&d->held, free);
}

bool held_sold_out(const struct device *d, enum object_type type, int64_t id)
{
    char name[TOPIC_TEXT];
    struct topic t = {.kind = TOPIC_STOCK, .object = {type, id}};
    name_of(&t, name);
    const struct held *h = map_get(&d->held, str_of(name));
    return h && h->sold_out;
}
