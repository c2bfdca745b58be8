#include "proto/topic.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/limits.h"

const char *topic_make(char out[TOPIC_TEXT], const char *fmt, ...)
{
    size_t prefix_n = sizeof TOPIC_PREFIX - 1;
    memcpy(out, TOPIC_PREFIX, prefix_n);
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(out + prefix_n, TOPIC_TEXT - prefix_n, fmt, args);
    va_end(args);
    assert(n >= 0 && (size_t)n < TOPIC_TEXT - prefix_n);
    (void)n;
    return out;
}

/* ---- ids ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower_id(char c)
{
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-';
}

static bool is_any_id(char c)
{
    return is_lower_id(c) || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool made_of(struct str v, bool (*fits)(char), size_t min, size_t max)
{
    if (v.n < min || v.n > max)
        return false;
    for (size_t i = 0; i < v.n; i++) {
        if (!fits(v.p[i]))
            return false;
    }
    return true;
}

bool id_is_device(struct str v)
{
    return made_of(v, is_lower_id, 3, LIMIT_DEVICE_ID);
}

bool id_is_req(struct str v)
{
    return made_of(v, is_any_id, 1, LIMIT_REQ_ID);
}

bool id_is_order(struct str v)
{
    return made_of(v, is_any_id, 1, LIMIT_ORDER_ID);
}

bool id_is_station(struct str v)
{
    return made_of(v, is_lower_id, 1, LIMIT_STATION);
}

/* ---- taking apart ---- */

/* The levels below the prefix; the last one keeps whatever slashes are left. */
struct levels {
    struct str at[4];
    size_t n;
};

static struct levels split(struct str path)
{
    struct levels l = {.n = 0};
    while (l.n < 3) {
        const char *slash = memchr(path.p, '/', path.n);
        if (!slash)
            break;
        size_t n = (size_t)(slash - path.p);
        l.at[l.n++] = (struct str){path.p, n};
        path = (struct str){slash + 1, path.n - n - 1};
    }
    l.at[l.n++] = path;
    return l;
}

static bool is_level(struct str v)
{
    return v.n > 0 && !memchr(v.p, '/', v.n);
}

/* A whole number of 1..max, no sign, no leading zero. */
static bool number(struct str text, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;
    if (!made_of(text, is_digit, 1, 19) || text.p[0] == '0')
        return false;
    for (size_t i = 0; i < text.n; i++)
        value = value * 10 + (uint64_t)(text.p[i] - '0');
    *out = value;
    return value <= max;
}

static struct topic foreign(void)
{
    return (struct topic){.kind = TOPIC_FOREIGN};
}

static struct topic when(bool valid, struct topic t)
{
    return valid ? t : foreign();
}

static struct topic one_level(const struct levels *l)
{
    if (str_eq(l->at[0], STR("hub")))
        return (struct topic){.kind = TOPIC_HUB};
    return when(str_eq(l->at[0], STR("menu")), (struct topic){.kind = TOPIC_MENU});
}

static struct topic two_levels(const struct levels *l)
{
    struct str name = l->at[1];
    if (str_eq(l->at[0], STR("order")))
        return when(id_is_order(name), (struct topic){.kind = TOPIC_ORDER, .name = name});
    if (str_eq(l->at[0], STR("pickup")))
        return when(is_level(name), (struct topic){.kind = TOPIC_PICKUP, .name = name});
    if (str_eq(l->at[0], STR("alert")))
        return when(is_level(name), (struct topic){.kind = TOPIC_ALERT, .name = name});
    return foreign();
}

static struct topic stock(const struct levels *l)
{
    uint64_t id;
    bool sku = str_eq(l->at[1], STR("sku"));
    if (!sku && !str_eq(l->at[1], STR("spu")))
        return foreign();
    if (!number(l->at[2], INT64_MAX, &id))
        return foreign();
    return (struct topic){.kind = TOPIC_STOCK,
                          .object = {sku ? OBJECT_SKU : OBJECT_SPU, (int64_t)id}};
}

static struct topic device_short(struct str device, struct str kind)
{
    struct topic t = {.device = device, .name = STR("")};
    if (str_eq(kind, STR("state")))
        t.kind = TOPIC_STATE;
    else if (str_eq(kind, STR("res")))
        t.kind = TOPIC_RES;
    else if (str_eq(kind, STR("cmd")))
        t.kind = TOPIC_CMD;
    return when(t.kind != TOPIC_FOREIGN, t);
}

static struct topic three_levels(const struct levels *l)
{
    if (str_eq(l->at[0], STR("stock")))
        return stock(l);
    if (str_eq(l->at[0], STR("dev")) && id_is_device(l->at[1]))
        return device_short(l->at[1], l->at[2]);
    return foreign();
}

static struct topic ticket(const struct levels *l)
{
    uint64_t round;
    if (!id_is_station(l->at[1]) || !id_is_order(l->at[2]))
        return foreign();
    if (!number(l->at[3], UINT32_MAX, &round))
        return foreign();
    return (struct topic){
        .kind = TOPIC_TICKET, .station = l->at[1], .name = l->at[2], .round = (uint32_t)round};
}

static struct topic device_long(struct str device, struct str kind, struct str name)
{
    struct topic t = {.device = device, .name = name};
    if (str_eq(kind, STR("req")) && is_level(name))
        t.kind = TOPIC_REQ;
    else if (str_eq(kind, STR("res")) && name.n > 0)
        t.kind = TOPIC_RES;
    else if (str_eq(kind, STR("order")) && id_is_order(name))
        t.kind = TOPIC_DEVICE_ORDER;
    return when(t.kind != TOPIC_FOREIGN, t);
}

static struct topic four_levels(const struct levels *l)
{
    if (str_eq(l->at[0], STR("ticket")))
        return ticket(l);
    if (str_eq(l->at[0], STR("dev")) && id_is_device(l->at[1]))
        return device_long(l->at[1], l->at[2], l->at[3]);
    return foreign();
}

struct topic topic_parse(struct str full)
{
    static struct topic (*const BY_LEVELS[])(const struct levels *) = {one_level, two_levels,
                                                                       three_levels, four_levels};
    size_t prefix_n = sizeof TOPIC_PREFIX - 1;
    if (full.n <= prefix_n || memcmp(full.p, TOPIC_PREFIX, prefix_n) != 0)
        return foreign();
    struct levels l = split((struct str){full.p + prefix_n, full.n - prefix_n});
    return BY_LEVELS[l.n - 1](&l);
}

/* ---- UTF-8 ---- */

static bool is_tail(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

/* Length of the well-formed sequence at p (Unicode table 3-7), or 0. */
static size_t sequence(const uint8_t *p, size_t n)
{
    uint8_t a = p[0];
    if (a < 0x80)
        return 1;
    if (a < 0xc2 || a > 0xf4 || n < 2)
        return 0;
    uint8_t low = a == 0xe0 ? 0xa0 : a == 0xf0 ? 0x90 : 0x80;
    uint8_t high = a == 0xed ? 0x9f : a == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < low || p[1] > high)
        return 0;
    size_t length = a < 0xe0 ? 2 : a < 0xf0 ? 3 : 4;
    for (size_t i = 2; i < length; i++) {
        if (i >= n || !is_tail(p[i]))
            return 0;
    }
    return length;
}

static bool eight_ascii(const uint8_t *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return (word & 0x8080808080808080u) == 0;
}

bool utf8_valid(struct str v)
{
    const uint8_t *p = (const uint8_t *)v.p;
    size_t at = 0;
    while (at < v.n) {
        if (v.n - at >= 8 && eight_ascii(p + at)) {
            at += 8;
            continue;
        }
        size_t length = sequence(p + at, v.n - at);
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}
