#include "edge/remote.h"

#include <string.h>

void remote_say(struct remote *r, const struct cloud_settings *said, int64_t now_ms)
{
    bool same = memcmp(&r->said, said, sizeof(*said)) == 0;
    r->said = *said;
    r->heard_ms = now_ms;
    r->fresh = r->fresh || !same;
}

void remote_hear(struct remote *r, int64_t now_ms)
{
    r->heard_ms = now_ms;
}

bool remote_look(struct remote *r, int64_t now_ms)
{
    bool rules = r->said.rev > 0 && now_ms - r->heard_ms <= REMOTE_KEEP_MS;
    bool changed = rules != r->rules || (rules && r->fresh);
    r->rules = rules;
    r->fresh = false;
    return changed;
}

const struct cloud_settings *remote_now(const struct remote *r)
{
    return r->rules ? &r->said : NULL;
}

/* ---- one over the other ---- */

static void overlay(struct rate *to, const struct cloud_rate *said)
{
    if (said->said)
        *to = (struct rate){said->per_s, said->burst};
}

struct limits_config remote_limits(const struct limits_config *local,
                                   const struct cloud_settings *said)
{
    struct limits_config l = *local;
    if (said == NULL)
        return l;
    overlay(&l.global, &said->global);
    overlay(&l.account, &said->account);
    overlay(&l.device, &said->device);
    for (unsigned i = 0; i < VERB_COUNT; i++)
        overlay(&l.verbs[i], &said->verbs[i]);
    return l;
}

void remote_channels(const struct channel_setting local[CHANNEL_COUNT],
                     const struct cloud_settings *said, struct channel_setting out[CHANNEL_COUNT])
{
    memcpy(out, local, CHANNEL_COUNT * sizeof(*out));
    for (unsigned i = 0; said != NULL && i < CHANNEL_COUNT; i++) {
        const struct cloud_channel *ch = &said->channels[i];
        if (ch->has_open)
            out[i].closed = !ch->open;
        if (ch->has_expiry)
            out[i].expiry_ms = (int64_t)ch->expiry_s * 1000;
    }
}
