#include "tools/benches/lan/load.h"

#include "proto/json.h"
#include "proto/limits.h"
#include "proto/topic.h"
#include "tools/storesim/clock.h"
#include "tools/storesim/dice.h"
#include "tools/storesim/file.h"
#include "tools/storesim/memory.h"
#include "tools/storesim/stats.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEVICES_MAX 64
#define SLOTS_MAX   1024
#define BODY_BYTES  512
#define PRICE       "9.5000"
#define OBJECT      "1001"
#define LOST_US     5000000

struct device {
    struct load *load;
    char id[LIMIT_DEVICE_ID + 1], station[LIMIT_STATION + 1];
    char *password;
    enum role role;
    struct mqtt_link *link;
};
/* One order under way; the slot's number and turn make its ids. */
struct slot {
    struct device *kiosk;
    uint64_t turn;
    enum step step;
    bool busy;
    int64_t sent_us;
};
struct samples {
    uint32_t *took_us;
    size_t n, cap;
};
struct load {
    struct device devices[DEVICES_MAX];
    size_t n_devices, n_kiosks, n_tills;
    struct device *kiosks[DEVICES_MAX], *tills[DEVICES_MAX];
    struct mqtt_link *links[DEVICES_MAX];
    char prefix[5];
    struct slot slots[SLOTS_MAX];
    size_t n_slots;
    uint64_t next_turn;
    /* this run */
    bool refill, counting;
    struct load_figures f;
    struct samples took[STEP_COUNT];
};

static const char *const VERBS[] = {"order.place", "order.pay", "order.serve"};

/* ---- requests ---- */

static int body_write(const struct load *l, const struct slot *s, char body[BODY_BYTES])
{
    size_t slot = (size_t)(s - l->slots);
    int n = snprintf(body, BODY_BYTES,
                     "{\"req_id\":\"%s-%zu-%d-%" PRIu64 "\",\"order_id\":\"%s-%zu-%" PRIu64 "\"",
                     l->prefix, slot, s->step, s->turn, l->prefix, slot, s->turn);
    char *rest = body + n;
    size_t room = BODY_BYTES - (size_t)n;
    switch (s->step) {
    case STEP_PLACE:
        return n + snprintf(rest, room,
                            ",\"lines\":[{\"line\":1,\"object_id\":\"" OBJECT
                            "\",\"qty\":\"1\",\"price\":\"" PRICE
                            "\"},{\"line\":2,\"object_id\":\"1002\",\"qty\":\"2\"}]}");
    case STEP_PAY:
        return n + snprintf(rest, room,
                            ",\"pay_id\":\"p1\",\"tender\":\"CARD\",\"amount\":\"28.5000\"}");
    case STEP_SERVE:
    case STEP_COUNT:
        break;
    }
    return n + snprintf(rest, room, ",\"operator\":\"staff-1\"}");
}

static void slot_send(struct load *l, struct slot *s)
{
    char topic[TOPIC_TEXT], body[BODY_BYTES];
    size_t slot = (size_t)(s - l->slots);
    struct device *d = s->step == STEP_SERVE ? l->tills[slot % l->n_tills] : s->kiosk;
    int n = body_write(l, s, body);
    topic_make(topic, "dev/%s/req/%s", d->id, VERBS[s->step]);
    s->sent_us = clock_us();
    s->busy = true;
    mqtt_publish(d->link, topic, (struct str){body, (size_t)n}, 1, false);
    if (l->counting)
        l->f.request_bytes[s->step] += (size_t)n;
}

static void slot_start(struct load *l, struct slot *s)
{
    s->turn = ++l->next_turn;
    s->step = STEP_PLACE;
    slot_send(l, s);
}

/* ---- replies ---- */

static void sample(struct samples *s, int64_t took_us)
{
    if (s->n == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 4096;
        s->took_us = memory_grow(s->took_us, s->cap * sizeof *s->took_us);
    }
    s->took_us[s->n++] = (uint32_t)took_us;
}

static void slot_answered(struct load *l, struct slot *s, bool ok, size_t bytes)
{
    if (l->counting) {
        l->f.requests++;
        l->f.refused += !ok;
        l->f.reply_bytes[s->step] += bytes;
        sample(&l->took[s->step], clock_us() - s->sent_us);
    }
    if (ok && s->step != STEP_SERVE) {
        s->step = (enum step)(s->step + 1);
        slot_send(l, s);
        return;
    }
    l->f.orders += l->counting;
    s->busy = false;
    if (l->refill)
        slot_start(l, s);
}

static bool says(struct str payload, struct str what)
{
    return memmem(payload.p, payload.n, what.p, what.n) != NULL;
}

/* Replies are told apart by the slot, step and turn in their req_id. */
static void on_reply(struct load *l, struct str payload)
{
    size_t slot;
    int step;
    uint64_t turn;
    const char *id = memmem(payload.p, payload.n, l->prefix, 4);
    char text[64] = "";
    if (!id)
        return;
    size_t n = (size_t)(payload.p + payload.n - id);
    memcpy(text, id, n < sizeof text ? n : sizeof text - 1);
    if (sscanf(text + 5, "%zu-%d-%" SCNu64, &slot, &step, &turn) != 3 || slot >= l->n_slots)
        return;
    struct slot *s = &l->slots[slot];
    if (s->busy && s->turn == turn && (int)s->step == step)
        slot_answered(l, s, says(payload, STR("\"code\":0,")), payload.n);
}

static void on_message(void *ctx, struct str topic_text, struct str payload)
{
    struct device *d = ctx;
    d->load->f.deliveries += d->load->counting;
    if (topic_parse(topic_text).kind == TOPIC_RES)
        on_reply(d->load, payload);
}

/* ---- devices ---- */

static void subscribe(struct device *d, int qos, const char *fmt, const char *part)
{
    char filter[96], topic[TOPIC_TEXT];
    snprintf(filter, sizeof filter, fmt, part);
    topic_make(topic, "%s", filter);
    mqtt_subscribe(d->link, topic, qos);
}

static void on_up(void *ctx)
{
    struct device *d = ctx;
    static const char *const TILL[] = {"menu",     "stock/#", "order/#",    "ticket/#",
                                       "pickup/#", "alert/#", "dev/+/state"};
    subscribe(d, 1, "dev/%s/res/#", d->id);
    subscribe(d, 1, "dev/%s/cmd", d->id);
    subscribe(d, 0, "dev/%s/order/+", d->id);
    subscribe(d, 0, "%s", "hub");
    if (d->role == ROLE_POS) {
        for (size_t i = 0; i < sizeof TILL / sizeof TILL[0]; i++)
            subscribe(d, 0, "%s", TILL[i]);
    } else if (d->role == ROLE_KDS) {
        subscribe(d, 0, "%s", "menu");
        subscribe(d, 0, "ticket/%s/#", d->station);
        subscribe(d, 0, "%s", "pickup/#");
    } else {
        subscribe(d, 0, "%s", "menu");
        subscribe(d, 0, "%s", "stock/#");
    }
}

static void on_down(void *ctx)
{
    (void)ctx;
}

static void text_copy(const struct json *doc, const char *key, char *out, size_t n)
{
    const struct json *v = json_get(doc, key);
    struct str text = v && json_kind(v) == JSON_STRING ? json_string(v) : STR("");
    snprintf(out, n, "%.*s", (int)text.n, text.p);
}

static bool device_read(struct device *d, struct str line, char *why)
{
    struct json *doc = json_parse(line.p, line.n, &JSON_REQUEST, why);
    char role[16], password[128];
    if (!doc)
        return false;
    text_copy(doc, "device", d->id, sizeof d->id);
    text_copy(doc, "role", role, sizeof role);
    text_copy(doc, "password", password, sizeof password);
    const struct json *stations = json_get(doc, "stations");
    const struct json *first = stations ? json_first(stations) : NULL;
    if (first)
        snprintf(d->station, sizeof d->station, "%.*s", (int)json_string(first).n,
                 json_string(first).p);
    d->password = memory_text(str_of(password));
    json_free(doc);
    return role_parse(str_of(role), &d->role);
}

static bool device_connect(struct load *l, struct device *d, const char *host, int port)
{
    static const struct mqtt_events EVENTS = {on_up, on_down, on_message};
    struct mqtt_config config = {.host = host, .port = port, .id = d->id, .password = d->password};
    d->load = l;
    d->link = mqtt_open(&config, &EVENTS, d);
    if (!d->link)
        return false;
    l->links[l->n_devices++] = d->link;
    if (d->role == ROLE_KIOSK)
        l->kiosks[l->n_kiosks++] = d;
    if (d->role == ROLE_POS)
        l->tills[l->n_tills++] = d;
    return true;
}

static bool devices_open(struct load *l, const char *host, int port, struct str text, char *why)
{
    struct str line;
    while (file_line(&text, &line)) {
        struct device *d = &l->devices[l->n_devices];
        if (line.n && (l->n_devices == DEVICES_MAX || !device_read(d, line, why) ||
                       !device_connect(l, d, host, port)))
            return false;
    }
    return l->n_kiosks && l->n_tills;
}

struct load *load_open(const char *host, int port, const char *devices, char *why)
{
    struct str text;
    struct load *l = memory_new(sizeof *l);
    snprintf(why, JSON_WHY, "needs a readable list of devices with kiosks and tills");
    for (int i = 0; i < 4; i++)
        l->prefix[i] = (char)('a' + dice_between(0, 25));
    bool ok = file_read(devices, &text);
    if (ok) {
        ok = devices_open(l, host, port, text, why);
        free((char *)text.p);
    }
    if (ok)
        return l;
    load_close(l);
    return NULL;
}

void load_close(struct load *l)
{
    for (size_t i = 0; i < l->n_devices; i++) {
        mqtt_close(l->links[i]);
        free(l->devices[i].password);
    }
    for (int i = 0; i < STEP_COUNT; i++)
        free(l->took[i].took_us);
    free(l);
}

static bool all_up(const struct load *l)
{
    for (size_t i = 0; i < l->n_devices; i++)
        if (!mqtt_is_up(l->links[i]))
            return false;
    return true;
}

bool load_connect(struct load *l, int64_t wait_us)
{
    int64_t until_us = clock_us() + wait_us;
    while (!all_up(l) && clock_us() < until_us)
        mqtt_poll(l->links, l->n_devices, 10);
    return all_up(l);
}

/* ---- running ---- */

static void slots_make(struct load *l, size_t per_kiosk)
{
    l->n_slots = per_kiosk * l->n_kiosks;
    if (l->n_slots > SLOTS_MAX)
        l->n_slots = SLOTS_MAX;
    for (size_t i = 0; i < l->n_slots; i++)
        l->slots[i].kiosk = l->kiosks[i % l->n_kiosks];
}

static void start_free_slot(struct load *l)
{
    for (size_t i = 0; i < l->n_slots; i++) {
        struct slot *s = &l->slots[(l->next_turn + i) % l->n_slots];
        if (!s->busy) {
            slot_start(l, s);
            return;
        }
    }
    l->f.lost++; /* everything is under way already: this guest could not even ask */
}

static bool any_busy(const struct load *l)
{
    for (size_t i = 0; i < l->n_slots; i++)
        if (l->slots[i].busy)
            return true;
    return false;
}

static void drain(struct load *l)
{
    int64_t until_us = clock_us() + LOST_US;
    l->refill = false;
    while (any_busy(l) && clock_us() < until_us)
        mqtt_poll(l->links, l->n_devices, 10);
    for (size_t i = 0; i < l->n_slots; i++) {
        l->f.lost += l->slots[i].busy;
        l->slots[i].busy = false;
    }
}

static void count_from_now(struct load *l)
{
    uint64_t lost = l->f.lost;
    l->f = (struct load_figures){.lost = lost};
    for (int i = 0; i < STEP_COUNT; i++)
        l->took[i].n = 0;
    l->counting = true;
}

static void work(struct load *l, double rate, int64_t us)
{
    int64_t start_us = clock_us(), next_us = start_us;
    while (clock_us() < start_us + us) {
        int64_t wait_us = 10000;
        while (rate > 0 && clock_us() >= next_us) {
            start_free_slot(l);
            next_us += dice_wait_us(1e6 / rate);
        }
        if (rate > 0 && next_us - clock_us() < wait_us)
            wait_us = next_us - clock_us();
        mqtt_poll(l->links, l->n_devices, wait_us > 0 ? (int)(wait_us / 1000) : 0);
    }
}

static void figures_finish(struct load *l)
{
    struct percentiles place =
        stats_percentiles(l->took[STEP_PLACE].took_us, l->took[STEP_PLACE].n);
    l->f.place_p50_ms = place.p50_ms;
    l->f.place_p99_ms = place.p99_ms;
    l->f.pay_p50_ms = stats_percentiles(l->took[STEP_PAY].took_us, l->took[STEP_PAY].n).p50_ms;
    for (int i = 0; i < STEP_COUNT; i++) {
        size_t n = l->took[i].n ? l->took[i].n : 1;
        l->f.request_bytes[i] /= n;
        l->f.reply_bytes[i] /= n;
    }
}

struct load_figures load_run(struct load *l, int window, double rate, int64_t warm_us,
                             int64_t run_us)
{
    l->f = (struct load_figures){0};
    slots_make(l, rate > 0 ? SLOTS_MAX / l->n_kiosks : (size_t)window);
    l->refill = rate <= 0;
    for (size_t i = 0; i < l->n_slots && l->refill; i++)
        slot_start(l, &l->slots[i]);
    work(l, rate, warm_us);
    count_from_now(l);
    int64_t start_us = clock_us();
    work(l, rate, run_us);
    l->f.seconds = (double)(clock_us() - start_us) / 1e6;
    l->counting = false;
    drain(l);
    figures_finish(l);
    return l->f;
}
