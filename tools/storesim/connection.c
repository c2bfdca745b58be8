#include "tools/storesim/connection.h"

#include "tools/storesim/dice.h"
#include "tools/storesim/held.h"
#include "tools/storesim/memory.h"
#include "tools/storesim/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATE_ONLINE  "{\"state\":\"online\",\"app\":\"storesim\"}"
#define STATE_OFFLINE "{\"state\":\"offline\"}"
#define QOS_REPLIES   1
#define QOS_STATE     0 /* a QoS 1 subscribe to many retained topics loses most of them */

/* ---- coming up ---- */

static void subscribe(struct device *d, int qos, const char *filter)
{
    char topic[TOPIC_TEXT];
    topic_make(topic, "%s", filter);
    mqtt_subscribe(d->link, topic, qos);
}

static void subscribe_own(struct device *d)
{
    char filter[TOPIC_TEXT];
    snprintf(filter, sizeof filter, "dev/%s/res/#", d->entry.id);
    subscribe(d, QOS_REPLIES, filter);
    snprintf(filter, sizeof filter, "dev/%s/cmd", d->entry.id);
    subscribe(d, QOS_REPLIES, filter);
    snprintf(filter, sizeof filter, "dev/%s/order/+", d->entry.id);
    subscribe(d, QOS_STATE, filter);
    subscribe(d, QOS_STATE, "hub");
}

static void subscribe_role(struct device *d)
{
    static const char *const FILTERS[ROLE_COUNT][8] = {
        [ROLE_POS] = {"menu", "stock/#", "order/#", "ticket/#", "pickup/#", "alert/#",
                      "dev/+/state"},
        [ROLE_KIOSK] = {"menu", "stock/#"},
        [ROLE_EMENU] = {"menu", "stock/#"},
        [ROLE_KDS] = {"menu", "pickup/#"},
        [ROLE_BOARD] = {"pickup/#"},
    };
    for (const char *const *f = FILTERS[d->entry.role]; *f; f++)
        subscribe(d, QOS_STATE, *f);
    for (size_t i = 0; i < d->entry.n_stations && d->entry.role == ROLE_KDS; i++) {
        char filter[TOPIC_TEXT];
        snprintf(filter, sizeof filter, "ticket/%s/#", d->entry.stations[i]);
        subscribe(d, QOS_STATE, filter);
    }
}

static void say_state(struct device *d, struct str state)
{
    char topic[TOPIC_TEXT];
    topic_make(topic, "dev/%s/state", d->entry.id);
    mqtt_publish(d->link, topic, state, 1, true);
}

static void start_over(struct device *d)
{
    held_refresh(d);
    request_repeat_all(d);
}

static void on_up(void *ctx)
{
    struct device *d = ctx;
    subscribe_own(d);
    subscribe_role(d);
    say_state(d, STR(STATE_ONLINE));
    start_over(d);
}

static void on_down(void *ctx)
{
    struct device *d = ctx;
    d->sim->stats.reconnects++;
}

/* ---- messages ---- */

static void on_hub(struct device *d, const struct json *payload)
{
    int64_t boot = json_integer_at(payload, "boot");
    if (boot <= d->hub_boot)
        return;
    bool again = d->hub_boot != 0;
    d->hub_boot = boot;
    if (again) {
        d->sim->stats.hub_starts++;
        start_over(d);
    }
}

static void on_cmd(struct device *d, const struct json *payload)
{
    const struct json *op = json_get(payload, "op"), *nonce = json_get(payload, "nonce");
    if (!op || !nonce || json_kind(op) != JSON_STRING || json_kind(nonce) != JSON_STRING ||
        !str_eq(json_string(op), STR("ping")))
        return;
    jw_kstring(request_begin(d), "nonce", json_string(nonce));
    request_send(d, VERB_PONG, STR(""), NULL, NULL);
}

static void dispatch(struct device *d, const struct topic *topic, const struct json *payload)
{
    switch (topic->kind) {
    case TOPIC_HUB:
        if (payload)
            on_hub(d, payload);
        break;
    case TOPIC_RES:
        if (payload)
            request_answer(d, payload);
        break;
    case TOPIC_CMD:
        if (payload)
            on_cmd(d, payload);
        break;
    case TOPIC_STOCK:
    case TOPIC_ORDER:
    case TOPIC_DEVICE_ORDER:
    case TOPIC_TICKET:
    case TOPIC_PICKUP:
        held_take(d, topic, payload);
        break;
    case TOPIC_MENU:
    case TOPIC_ALERT:
    case TOPIC_STATE:
    case TOPIC_REQ:
    case TOPIC_FOREIGN:
        break;
    }
}

static void on_message(void *ctx, struct str topic_text, struct str payload)
{
    struct device *d = ctx;
    char why[JSON_WHY];
    struct topic topic = topic_parse(topic_text);
    struct json *doc = NULL;
    d->sim->stats.messages++;
    if (payload.n && !(doc = json_parse(payload.p, payload.n, &JSON_IMPORT, why))) {
        stats_fault(&d->sim->stats, "%s: %.*s is no JSON: %s", d->entry.id, (int)topic_text.n,
                    topic_text.p, why);
        return;
    }
    dispatch(d, &topic, doc);
    json_free(doc);
}

/* ---- life ---- */

/* Different from the other devices' of this run, so that an order tells whose it is. */
static void draw_prefix(struct device *d)
{
    static const char BASE32[] = "abcdefghijklmnopqrstuvwxyz234567";
    char prefix[6];
    do {
        for (int i = 0; i < 4; i++)
            prefix[i] = BASE32[dice_between(0, 31)];
        prefix[4] = '-';
    } while (device_made_order(d->sim, (struct str){prefix, 5}));
    memcpy(d->prefix, prefix, 4);
}

struct device *connection_open(struct sim *sim, const struct device_entry *entry,
                               const struct device_events *events)
{
    static const struct mqtt_events EVENTS = {on_up, on_down, on_message};
    struct device *d = memory_new(sizeof *d);
    char will_topic[TOPIC_TEXT];
    d->sim = sim;
    d->entry = *entry;
    d->events = events;
    draw_prefix(d);
    topic_make(will_topic, "dev/%s/state", entry->id);
    struct mqtt_config config = {.host = sim->host,
                                 .port = sim->port,
                                 .id = entry->id,
                                 .password = entry->password,
                                 .will_topic = will_topic,
                                 .will = STATE_OFFLINE};
    d->link = mqtt_open(&config, &EVENTS, d);
    if (d->link)
        return d;
    connection_close(d);
    return NULL;
}

void connection_close(struct device *d)
{
    if (!d)
        return;
    if (d->link)
        say_state(d, STR(STATE_OFFLINE));
    mqtt_close(d->link);
    request_finish(d);
    held_finish(d);
    for (size_t i = 0; i < d->entry.n_stations; i++)
        free(d->entry.stations[i]);
    free(d->entry.id);
    free(d->entry.password);
    free(d);
}
