#include "proto/row.h"

#include <string.h>

static const char *const MODES[] = {
#define X(e, name) name,
    STOCK_MODE_LIST(X)
#undef X
};
static const char *const POLICIES[] = {
#define X(e, name) name,
    CHANNEL_POLICY_LIST(X)
#undef X
};

const char *stock_mode_name(enum stock_mode v)
{
    return v < MODE_COUNT ? MODES[v] : "?";
}

const char *channel_policy_name(enum channel_policy v)
{
    return v < POLICY_COUNT ? POLICIES[v] : "?";
}

/* The place of a name in a list; n: nowhere. */
static unsigned place_of(struct str name, const char *const *list, unsigned n)
{
    unsigned i = 0;
    while (i < n && !str_eq(name, str_of(list[i])))
        i++;
    return i;
}

bool stock_mode_parse(struct str name, enum stock_mode *out)
{
    unsigned i = place_of(name, MODES, MODE_COUNT);
    if (i < MODE_COUNT)
        *out = (enum stock_mode)i;
    return i < MODE_COUNT;
}

bool channel_policy_parse(struct str name, enum channel_policy *out)
{
    unsigned i = place_of(name, POLICIES, POLICY_COUNT);
    if (i < POLICY_COUNT)
        *out = (enum channel_policy)i;
    return i < POLICY_COUNT;
}

void stock_plain(struct object object, struct stock_row *out)
{
    memset(out, 0, sizeof *out);
    out->object = object;
    out->status = STATUS_ON_SALE;
    out->type = STOCK_UNLIMITED;
    out->auto_restore = 2;
    out->step_t = 10;
    out->base_id = STR("I");
    out->base_hf = out->base_cf = true;
}

int64_t stock_real(const struct stock_row *r)
{
    return avail_real(&(struct real_parts){r->base_t, r->base_h_t, r->base_c_t, r->h_t, r->c_t}) -
           r->presumed_t;
}

int64_t stock_locked(const struct stock_row *r)
{
    return r->lh_t + r->lc_t;
}

int64_t stock_short(const struct stock_row *r)
{
    int64_t over = stock_locked(r) - stock_real(r);
    return r->type == STOCK_LIMITED && over > 0 ? over : 0;
}

const struct stock_channel *stock_channel_find(const struct stock_row *r, enum channel c)
{
    struct str code = str_of(channel_name(c));
    for (uint16_t i = 0; i < r->n_channels; i++)
        if (!r->channels[i].deleted && str_eq(r->channels[i].code, code))
            return &r->channels[i];
    return NULL;
}

struct stock_channel *stock_channel_coded(struct stock_row *r, struct str code)
{
    for (uint16_t i = 0; i < r->n_channels; i++)
        if (str_eq(r->channels[i].code, code))
            return &r->channels[i];
    return NULL;
}

struct stock_channel *stock_channel(struct stock_row *r, enum channel c)
{
    struct str code = str_of(channel_name(c));
    struct stock_channel *found = stock_channel_coded(r, code);
    if (found || r->n_channels == STOCK_CHANNELS)
        return found;
    found = &r->channels[r->n_channels++];
    *found =
        (struct stock_channel){.code = code, .status = STATUS_ON_SALE, .type = STOCK_UNLIMITED};
    return found;
}

bool stock_channel_open(const struct stock_row *r, enum channel c)
{
    const struct stock_channel *ch = stock_channel_find(r, c);
    return !ch || ch->status == STATUS_ON_SALE;
}

bool stock_is_plain(const struct stock_row *r)
{
    if (r->status != STATUS_ON_SALE || r->type == STOCK_LIMITED)
        return false;
    for (uint16_t i = 0; i < r->n_channels; i++)
        if (!r->channels[i].deleted &&
            (r->channels[i].status != STATUS_ON_SALE || r->channels[i].type == STOCK_LIMITED))
            return false;
    return true;
}
