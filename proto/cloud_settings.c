#include "proto/cloud_settings.h"

#include <string.h>

#include "proto/wire.h"

/* ---- writing ---- */

static void put_rate(struct jw *w, const char *key, const struct cloud_rate *r)
{
    if (!r->said)
        return;
    jw_kobject(w, key);
    jw_kint(w, "per_s", r->per_s);
    jw_kint(w, "burst", r->burst);
    jw_close(w, '}');
}

static void put_limits(struct jw *w, const struct cloud_settings *s)
{
    jw_kobject(w, "limits");
    put_rate(w, "global", &s->global);
    put_rate(w, "account", &s->account);
    put_rate(w, "device", &s->device);
    jw_kobject(w, "verbs");
    for (unsigned i = 0; i < VERB_COUNT; i++)
        put_rate(w, verb_name((enum verb)i), &s->verbs[i]);
    jw_close(w, '}');
    jw_close(w, '}');
}

static void put_channel(struct jw *w, const char *key, const struct cloud_channel *ch)
{
    if (!ch->has_open && !ch->has_expiry)
        return;
    jw_kobject(w, key);
    if (ch->has_open)
        jw_kbool(w, "open", ch->open);
    if (ch->has_expiry)
        jw_kint(w, "expiry_s", ch->expiry_s);
    jw_close(w, '}');
}

void cloud_settings_encode(struct jw *w, const struct cloud_settings *s)
{
    jw_open(w, '{');
    wire_put_u64(w, "rev", s->rev);
    put_limits(w, s);
    jw_kobject(w, "channels");
    for (unsigned i = 0; i < CHANNEL_COUNT; i++)
        put_channel(w, channel_name((enum channel)i), &s->channels[i]);
    jw_close(w, '}');
    jw_close(w, '}');
}

/* ---- reading ---- */

static void get_rate(struct fields *f, const struct json *limits, const char *key,
                     struct cloud_rate *out)
{
    const struct json *v = wire_object_at(f, limits, key);
    if (!v)
        return;
    size_t mark = wire_enter(f, key);
    out->said = true;
    field_need(f, field_u32(f, v, "per_s", 0, SETTING_RATE_MAX, &out->per_s), "per_s");
    if (out->per_s > 0)
        field_need(f, field_u32(f, v, "burst", 1, SETTING_RATE_MAX, &out->burst), "burst");
    fields_leave(f, mark);
}

static void get_verbs(struct fields *f, const struct json *limits, struct cloud_settings *out)
{
    const struct json *v = wire_object_at(f, limits, "verbs");
    if (!v)
        return;
    size_t mark = wire_enter(f, "verbs");
    for (unsigned i = 0; i < VERB_COUNT; i++)
        get_rate(f, v, verb_name((enum verb)i), &out->verbs[i]);
    fields_leave(f, mark);
}

static void get_limits(struct fields *f, const struct json *settings, struct cloud_settings *out)
{
    const struct json *v = wire_object_at(f, settings, "limits");
    if (!v)
        return;
    size_t mark = wire_enter(f, "limits");
    get_rate(f, v, "global", &out->global);
    get_rate(f, v, "account", &out->account);
    get_rate(f, v, "device", &out->device);
    get_verbs(f, v, out);
    fields_leave(f, mark);
}

static void get_channel(struct fields *f, const struct json *channels, const char *key,
                        struct cloud_channel *out)
{
    const struct json *v = wire_object_at(f, channels, key);
    if (!v)
        return;
    size_t mark = wire_enter(f, key);
    out->has_open = wire_flag(f, v, "open", &out->open);
    if (wire_member(v, "expiry_s"))
        out->has_expiry = field_u32(f, v, "expiry_s", 0, SETTING_EXPIRY_MAX, &out->expiry_s);
    fields_leave(f, mark);
}

static void get_channels(struct fields *f, const struct json *settings, struct cloud_settings *out)
{
    const struct json *v = wire_object_at(f, settings, "channels");
    if (!v)
        return;
    size_t mark = wire_enter(f, "channels");
    for (unsigned i = 0; i < CHANNEL_COUNT; i++)
        if (channel_is_hub((enum channel)i))
            get_channel(f, v, channel_name((enum channel)i), &out->channels[i]);
    fields_leave(f, mark);
}

enum code cloud_settings_decode(const struct json *v, struct cloud_settings *out,
                                char path[FIELD_PATH])
{
    struct fields f;
    fields_begin(&f, NULL, path);
    memset(out, 0, sizeof *out);
    if (!v || json_kind(v) != JSON_OBJECT) {
        field_refuse(&f, CODE_BAD_REQUEST, "settings");
        return f.code;
    }
    wire_u64(&f, v, "rev", &out->rev);
    get_limits(&f, v, out);
    get_channels(&f, v, out);
    return f.code;
}
