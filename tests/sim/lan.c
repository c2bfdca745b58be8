/* The network between devices and hub: it loses, doubles, delays and reorders, both ways. */
#include <stdlib.h>
#include <string.h>

#include "proto/qty.h"
#include "tests/sim/sim.h"

#define RETRY_MS     2000
#define RETRY_MS_MAX 30000

/* ---- one way ---- */

static int64_t delay(struct sim *s)
{
    if (dice_chance(&s->lan, 20))
        return dice_between(&s->lan, 500, 8000);
    return dice_between(&s->lan, 1, 30 + s->slow_ms);
}

static void carry(struct sim *s, enum happening happens, uint32_t id)
{
    if (!dice_chance(&s->lan, s->lost_permille))
        agenda_add(&s->agenda, s->now_ms + delay(s), (int)happens, id);
    if (dice_chance(&s->lan, 15))
        agenda_add(&s->agenda, s->now_ms + delay(s), (int)happens, id);
    if (dice_chance(&s->lan, 3))
        agenda_add(&s->agenda, s->now_ms + dice_between(&s->lan, MINUTE_MS, 20 * MINUTE_MS),
                   (int)happens, id);
}

void lan_weather(struct sim *s)
{
    static const struct {
        uint32_t lost_permille;
        int64_t slow_ms;
    } KINDS[] = {{0, 0}, {10, 0}, {10, 20}, {30, 200}, {300, 500}, {1000, 0}};
    size_t kind = (size_t)dice_below(&s->lan, sizeof KINDS / sizeof *KINDS);
    s->lost_permille = KINDS[kind].lost_permille;
    s->slow_ms = KINDS[kind].slow_ms;
    int64_t most_ms = s->lost_permille > 100 ? MINUTE_MS : 20 * MINUTE_MS;
    agenda_add(&s->agenda, s->now_ms + dice_between(&s->lan, SECOND_MS, most_ms), HAPPENS_WEATHER,
               0);
}

/* ---- to the hub ---- */

static bool is_forgotten(const struct sim *s, const struct ask *a)
{
    return a->boot != s->devices[a->device].boot;
}

void lan_send_ask(struct sim *s, uint32_t ask)
{
    struct ask *a = s->asks[ask];
    int64_t wait_ms = RETRY_MS << (a->tries < 4 ? a->tries : 4);
    a->tries++;
    carry(s, HAPPENS_ARRIVAL, ask);
    if (wait_ms > RETRY_MS_MAX)
        wait_ms = RETRY_MS_MAX;
    agenda_add(&s->agenda, s->now_ms + wait_ms + dice_between(&s->lan, 0, wait_ms / 4),
               HAPPENS_RETRY, ask);
}

void lan_retry(struct sim *s, uint32_t ask)
{
    if (!s->asks[ask]->answered && !is_forgotten(s, s->asks[ask]))
        lan_send_ask(s, ask);
}

/* ---- to the device ---- */

static int64_t money(const struct json *object, const char *key)
{
    int64_t v = 0;
    const struct json *found = json_get(object, key);
    if (found)
        money_parse(json_string(found), &v);
    return v;
}

static void read_order(const struct json *order, struct heard *h)
{
    h->has_order = order_state_parse(json_string(json_get(order, "state")), &h->state);
    h->due_e4 = money(order, "due");
    h->refunded_e4 = money(order, "refunded");
    for (const struct json *p = json_first(json_get(order, "payments")); p; p = json_next(p))
        h->paid_e4 += money(p, "amount");
    for (const struct json *l = json_first(json_get(order, "lines")); l; l = json_next(l))
        h->n_lines++;
}

bool lan_read(struct str text, struct heard *out)
{
    int64_t code = -1;
    struct json *doc = json_parse(text.p, text.n, &JSON_IMPORT, NULL);
    *out = (struct heard){.code = CODE_INTERNAL};
    bool good = doc && json_get(doc, "code") && json_integer(json_get(doc, "code"), &code);
    if (good) {
        out->code = (enum code)code;
        out->replayed = json_get(doc, "replayed") && json_bool(json_get(doc, "replayed"));
        out->duplicate = json_get(doc, "duplicate") && json_bool(json_get(doc, "duplicate"));
        if (json_get(doc, "order"))
            read_order(json_get(doc, "order"), out);
    }
    json_free(doc);
    return good;
}

void lan_send_reply(struct sim *s, uint32_t ask, struct str text)
{
    if (s->n_replies == s->cap_replies) {
        s->cap_replies = s->cap_replies ? 2 * s->cap_replies : 1024;
        s->replies = realloc(s->replies, s->cap_replies * sizeof *s->replies);
        if (!s->replies)
            abort();
    }
    if (!lan_read(text, &s->replies[s->n_replies]))
        sim_violation(s, "REPLY", "not a reply: %.*s", (int)text.n, text.p);
    s->replies[s->n_replies].ask = ask;
    carry(s, HAPPENS_ANSWER, s->n_replies++);
}

void lan_answer(struct sim *s, uint32_t reply)
{
    const struct heard *h = &s->replies[reply];
    struct ask *a = s->asks[h->ask];
    struct device *d = &s->devices[a->device];
    if (a->answered || is_forgotten(s, a) || !code_is_final(h->code))
        return;
    a->answered = true;
    for (int i = 0; i < DEVICE_ASKS; i++)
        if (d->open[i] == h->ask)
            d->open[i] = UINT32_MAX;
    guests_hear(s, h);
}
