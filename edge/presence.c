#include "edge/presence.h"

#include "edge/log.h"
#include "proto/json.h"

static bool says_online(struct str payload)
{
    struct json *doc = payload.n > 0 ? json_parse(payload.p, payload.n, &JSON_REQUEST, NULL) : NULL;
    const struct json *state = doc != NULL ? json_get(doc, "state") : NULL;
    bool online = state != NULL && json_kind(state) == JSON_STRING &&
                  str_eq(json_string(state), STR("online"));
    json_free(doc);
    return online;
}

void presence_heard(struct devices *d, struct str id, struct str payload, int64_t wall_ms)
{
    struct device *device = devices_find(d, id);
    if (device == NULL || device->probe)
        return;
    bool online = says_online(payload);
    if (online != device->online)
        log_info("device_%s device=%.*s", online ? "online" : "offline", (int)id.n, id.p);
    device->online = online;
    device->met = device->met || payload.n > 0;
    if (online)
        device->last_seen_ms = wall_ms;
}

void presence_lost(struct devices *d)
{
    for (size_t i = 0; i < d->n; i++)
        d->list[i]->online = false;
}
