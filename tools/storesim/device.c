#include "tools/storesim/device.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool at_read(const struct json *object, struct at *out)
{
    struct at at = {0};
    int64_t epoch, seq;
    const struct json *v = json_get(object, "at");
    const struct json *e = v && json_kind(v) == JSON_ARRAY ? json_first(v) : NULL;
    const struct json *s = e ? json_next(e) : NULL;
    const struct json *t = s ? json_next(s) : NULL;
    if (!t || !json_integer(e, &epoch) || !json_integer(s, &seq) || json_kind(t) != JSON_STRING ||
        json_string(t).n != TAG_TEXT - 1)
        return false;
    at.position = (struct position){(uint32_t)epoch, (uint64_t)seq};
    memcpy(at.tag, json_string(t).p, TAG_TEXT - 1);
    *out = at;
    return true;
}

void device_order_id(struct device *d, char out[LIMIT_ORDER_ID + 1])
{
    snprintf(out, LIMIT_ORDER_ID + 1, "%s-%" PRIu64, d->prefix, ++d->next_order);
}

bool device_made_order(const struct sim *sim, struct str order_id)
{
    for (size_t i = 0; i < sim->n_devices; i++)
        if (order_id.n > 4 && memcmp(order_id.p, sim->devices[i]->prefix, 4) == 0)
            return true;
    return false;
}

size_t device_count(const struct sim *sim, enum role role)
{
    size_t n = 0;
    for (size_t i = 0; i < sim->n_devices; i++)
        n += sim->devices[i]->entry.role == role;
    return n;
}

struct device *device_of_role(const struct sim *sim, enum role role, size_t n)
{
    size_t count = device_count(sim, role);
    if (!count)
        return NULL;
    n %= count;
    for (size_t i = 0; i < sim->n_devices; i++)
        if (sim->devices[i]->entry.role == role && n-- == 0)
            return sim->devices[i];
    return NULL;
}
