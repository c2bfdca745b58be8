#include "edge/device_add.h"

#include "edge/devices.h"
#include "proto/topic.h"

#define PASSWORD_MIN 8
#define PASSWORD_MAX 64
#define NO_ACCOUNT   "store" /* devices that name none share one */

/* An optional text of at most `max` bytes; *out stays where it is missing. */
static bool text_of(const struct json *body, const char *key, size_t max, struct str *out)
{
    const struct json *v = json_get(body, key);
    if (v == NULL || json_kind(v) == JSON_NULL)
        return true;
    if (json_kind(v) != JSON_STRING || json_string(v).n > max)
        return false;
    *out = json_string(v);
    return true;
}

static const struct json *list_of(const struct json *body, const char *key, bool *ok)
{
    const struct json *v = json_get(body, key);
    *ok = v == NULL || json_kind(v) == JSON_ARRAY;
    return v != NULL && *ok ? json_first(v) : NULL;
}

static bool channels_of(const struct json *body, uint32_t *bits)
{
    bool ok;
    for (const struct json *v = list_of(body, "channels", &ok); v != NULL; v = json_next(v)) {
        enum channel channel;
        if (json_kind(v) != JSON_STRING || !channel_parse(json_string(v), &channel) ||
            !channel_is_hub(channel))
            return false;
        *bits |= 1u << channel;
    }
    return ok;
}

static bool stations_of(const struct json *body, struct device_row *row)
{
    bool ok;
    for (const struct json *v = list_of(body, "stations", &ok); v != NULL; v = json_next(v)) {
        if (row->n_stations == LIMIT_STATIONS || json_kind(v) != JSON_STRING ||
            !id_is_station(json_string(v)))
            return false;
        row->stations[row->n_stations++] = json_string(v);
    }
    return ok;
}

static const char *fields_of(const struct json *body, struct device_row *row)
{
    struct str role = {0};
    if (!text_of(body, "device", LIMIT_DEVICE_ID, &row->id) || !device_id_free(row->id))
        return "device: " ID_DEVICE_RULE
               ", and no name of the hub's own (poshub.., pair-.., probe-..)";
    if (!text_of(body, "role", LIMIT_NAME, &role) || !role_parse(role, &row->role) ||
        row->role == ROLE_ADMIN)
        return "role: pos, kiosk, emenu, kds or board";
    if (!text_of(body, "name", LIMIT_NAME, &row->name))
        return "name: a text of up to 96 bytes";
    row->account = STR(NO_ACCOUNT);
    if (!text_of(body, "account", LIMIT_NAME, &row->account))
        return "account: a text of up to 96 bytes";
    if (!channels_of(body, &row->channels))
        return "channels: a list of POS, KIOSK, EMENU";
    if (!stations_of(body, row) || (row->role == ROLE_KDS) != (row->n_stations > 0))
        return "stations: a kds has its own, others have none";
    return NULL;
}

static bool is_password(struct str v)
{
    for (size_t i = 0; i < v.n; i++) {
        if (v.p[i] < '!' || v.p[i] > '~')
            return false;
    }
    return v.n >= PASSWORD_MIN && v.n <= PASSWORD_MAX;
}

static bool password_of(const struct json *body, struct arena *arena, struct str *out)
{
    char made[PASSWORD_CHARS + 1];
    *out = (struct str){0};
    if (!text_of(body, "password", PASSWORD_MAX, out))
        return false;
    if (out->n > 0)
        return is_password(*out);
    device_password(made);
    *out = arena_str(arena, str_of(made));
    return out->n > 0;
}

static const char *password_set(struct request *r, struct device_row *row)
{
    char line[PASSWORD_LINE];
    if (!password_of(r->doc, &r->arena, &r->password))
        return "password: 8 to 64 printable characters";
    if (!device_password_line(row->id, r->password, line))
        return "password";
    row->password_line = arena_str(&r->arena, str_of(line));
    return NULL;
}

const char *device_add_prepare(struct request *r)
{
    struct device_row *row = arena_alloc(&r->arena, sizeof(*row));
    if (row == NULL)
        return "out of memory";
    const struct json *replace = json_get(r->doc, "replace");
    const char *why = fields_of(r->doc, row);
    if (why != NULL)
        return why;
    why = password_set(r, row);
    if (why != NULL)
        return why;
    r->command.replace = replace != NULL && json_kind(replace) == JSON_BOOL && json_bool(replace);
    row->added_at_ms = r->command.wall_ms;
    r->command.device_row = row;
    return NULL;
}

const char *device_rotate_prepare(struct request *r)
{
    struct device_row *row = arena_alloc(&r->arena, sizeof(*row));
    if (row == NULL)
        return "out of memory";
    row->id = r->command.target;
    const char *why = password_set(r, row);
    r->command.device_row = why == NULL ? row : NULL;
    return why;
}
