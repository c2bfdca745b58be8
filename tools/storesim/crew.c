#include "tools/storesim/crew.h"

#include "tools/storesim/connection.h"
#include "tools/storesim/file.h"
#include "tools/storesim/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CREW_MAX 256

static char *text_of(const struct json *object, const char *key)
{
    const struct json *v = json_get(object, key);
    return v && json_kind(v) == JSON_STRING ? memory_text(json_string(v)) : NULL;
}

static void stations_read(struct device_entry *e, const struct json *object)
{
    const struct json *list = json_get(object, "stations");
    const struct json *v = list && json_kind(list) == JSON_ARRAY ? json_first(list) : NULL;
    for (; v && e->n_stations < LIMIT_STATIONS; v = json_next(v))
        if (json_kind(v) == JSON_STRING)
            e->stations[e->n_stations++] = memory_text(json_string(v));
}

static bool entry_read(struct device_entry *e, struct str line, char *why)
{
    struct json *doc = json_parse(line.p, line.n, &JSON_REQUEST, why);
    if (!doc)
        return false;
    char *role = text_of(doc, "role");
    *e = (struct device_entry){.id = text_of(doc, "device"), .password = text_of(doc, "password")};
    stations_read(e, doc);
    bool ok =
        role_parse(str_of(role), &e->role) && e->role != ROLE_ADMIN && id_is_device(str_of(e->id));
    if (!ok)
        snprintf(why, JSON_WHY, "no such role or device");
    free(role);
    json_free(doc);
    return ok;
}

bool crew_open(struct sim *sim, const char *path, const struct device_events *const *events,
               char *why)
{
    struct str text, line;
    if (!file_read(path, &text)) {
        snprintf(why, JSON_WHY, "%.60s: cannot be read", path);
        return false;
    }
    struct str rest = text;
    bool ok = true;
    sim->devices = memory_new(CREW_MAX * sizeof *sim->devices);
    while (ok && file_line(&rest, &line)) {
        struct device_entry entry;
        if (line.n == 0)
            continue;
        ok = sim->n_devices < CREW_MAX && entry_read(&entry, line, why);
        if (ok)
            sim->devices[sim->n_devices] = connection_open(sim, &entry, events[entry.role]);
        ok = ok && sim->devices[sim->n_devices++];
    }
    free((char *)text.p);
    return ok && sim->n_devices;
}

bool crew_is_up(const struct sim *sim)
{
    for (size_t i = 0; i < sim->n_devices; i++)
        if (!mqtt_is_up(sim->devices[i]->link))
            return false;
    return true;
}

bool crew_is_down(const struct sim *sim)
{
    for (size_t i = 0; i < sim->n_devices; i++)
        if (mqtt_is_up(sim->devices[i]->link))
            return false;
    return true;
}

size_t crew_waiting(const struct sim *sim)
{
    size_t n = 0;
    for (size_t i = 0; i < sim->n_devices; i++)
        n += sim->devices[i]->requests.count;
    return n;
}

void crew_poll(struct sim *sim, int wait_ms)
{
    struct mqtt_link *links[CREW_MAX];
    for (size_t i = 0; i < sim->n_devices; i++)
        links[i] = sim->devices[i]->link;
    mqtt_poll(links, sim->n_devices, wait_ms);
}

void crew_close(struct sim *sim)
{
    for (size_t i = 0; i < sim->n_devices; i++)
        connection_close(sim->devices[i]);
    free(sim->devices);
}
