#include "proto/command_stock.h"

#include "proto/shares.h"

#define MINUTES_OF_DAY 1440

void stock_of_channel(struct fields *f, struct command *c, const struct json *body)
{
    c->has_on_sale = field_bool(f, body, "on_sale", &c->on_sale);
    c->has_limited = field_bool(f, body, "limited", &c->limited);
    c->has_qty = field_qty(f, body, "limit", 0, &c->qty_t);
    c->has_weight = field_u32(f, body, "weight", 0, WEIGHT_MAX, &c->weight);
    c->has_reserve = field_qty(f, body, "reserve", 0, &c->reserve_t);
    bool any = c->has_on_sale || c->has_limited || c->has_qty || c->has_weight || c->has_reserve;
    field_need(f, any, "on_sale");
    field_need(f, c->has_qty || !c->limited, "limit");
}

/* ---- times ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static uint32_t two_digits(const char *p)
{
    return (uint32_t)(p[0] - '0') * 10 + (uint32_t)(p[1] - '0');
}

/* "06:00" */
static bool minute_parse(struct str text, uint32_t *out)
{
    if (text.n != 5 || text.p[2] != ':' || !is_digit(text.p[0]) || !is_digit(text.p[1]) ||
        !is_digit(text.p[3]) || !is_digit(text.p[4]))
        return false;
    *out = two_digits(text.p) * 60 + two_digits(text.p + 3);
    return *out < MINUTES_OF_DAY && two_digits(text.p + 3) < 60;
}

static bool time_of_day(struct fields *f, const struct json *body, const char *key, uint32_t *out)
{
    struct str text;
    if (!field_text(f, body, key, LIMIT_NAME, &text))
        return false;
    field_need(f, minute_parse(text, out), key);
    return true;
}

static bool instant(struct fields *f, const struct json *body, const char *key, int64_t *out)
{
    const struct json *v = json_get(body, key);
    if (!v)
        return false;
    field_need(f, json_kind(v) == JSON_NUMBER && json_integer(v, out) && *out > 0, key);
    return true;
}

void stock_of_schedule(struct fields *f, struct command *c, const struct json *body)
{
    field_need(f, field_bool(f, body, "auto", &c->restores), "auto");
    bool has_at_ms = instant(f, body, "at_ms", &c->at_ms);
    c->has_at = time_of_day(f, body, "at", &c->at_min);
    field_bool(f, body, "next_day", &c->next_day);
    field_bool(f, body, "daily", &c->daily);
    field_need(f, has_at_ms + c->has_at + c->next_day == (c->restores ? 1 : 0), "at");
    field_need(f, c->restores || !c->daily, "daily");
}

void stock_of_policy(struct fields *f, struct command *c, const struct json *body)
{
    struct str text = STR("");
    c->has_policy = field_text(f, body, "policy", LIMIT_NAME, &text);
    field_need(f, !c->has_policy || channel_policy_parse(text, &c->policy), "policy");
    c->has_rebalance = field_u32(f, body, "rebalance_s", 0, LIMIT_REBALANCE_S, &c->rebalance_s);
    field_need(f, c->rebalance_s == 0 || c->rebalance_s >= REBALANCE_S_MIN, "rebalance_s");
    const struct json *release = json_get(body, "release_at");
    c->never_released =
        release && json_kind(release) == JSON_STRING && str_eq(json_string(release), STR("never"));
    c->has_release = c->never_released || time_of_day(f, body, "release_at", &c->at_min);
    field_need(f, c->has_policy || c->has_rebalance || c->has_release, "policy");
}
