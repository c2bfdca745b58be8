#include "proto/types.h"

#include <string.h>

struct str str_of(const char *z)
{
    return z ? (struct str){z, strlen(z)} : STR("");
}

bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

int str_cmp(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    if (order != 0)
        return order;
    return (a.n > b.n) - (a.n < b.n);
}

int position_cmp(struct position a, struct position b)
{
    if (a.epoch != b.epoch)
        return a.epoch < b.epoch ? -1 : 1;
    return (a.seq > b.seq) - (a.seq < b.seq);
}

/* One table of names per list, by value; gaps have p == NULL. */
#define TEXT(literal)                                                                              \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }
#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static const struct str CHANNELS[] = {
#define X(e, name, letter, hub) [e] = TEXT(name),
    CHANNEL_LIST(X)
#undef X
};
static const struct str ROLES[] = {
#define X(e, name) [e] = TEXT(name),
    ROLE_LIST(X)
#undef X
};
static const struct str ORDER_STATES[] = {
#define X(e, number, name) [e] = TEXT(name),
    ORDER_STATE_LIST(X)
#undef X
};
static const struct str KITCHENS[] = {
#define X(e, name) [e] = TEXT(name),
    KITCHEN_LIST(X)
#undef X
};
static const struct str TICKET_STATES[] = {
#define X(e, name) [e] = TEXT(name),
    TICKET_STATE_LIST(X)
#undef X
};
static const struct str ADJUST_KINDS[] = {
#define X(e, name) [e] = TEXT(name),
    ADJUST_KIND_LIST(X)
#undef X
};
static const struct str STOCK_REASONS[] = {
#define X(e, name) [e] = TEXT(name),
    STOCK_REASON_LIST(X)
#undef X
};
static const struct str EVENT_KINDS[] = {
#define X(e, name) [e] = TEXT(name),
    EVENT_KIND_LIST(X)
#undef X
};
static const struct str VERBS[] = {
#define X(e, name, writes) [e] = TEXT(name),
    VERB_LIST(X)
#undef X
};

static const char *name_of(const struct str *names, size_t count, size_t value)
{
    return value < count && names[value].p ? names[value].p : "?";
}

static bool value_of(const struct str *names, size_t count, struct str name, size_t *value)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i].p && str_eq(names[i], name)) {
            *value = i;
            return true;
        }
    }
    return false;
}

#define NAME_FUNCTION(type, table)                                                                 \
    const char *type##_name(enum type v)                                                           \
    {                                                                                              \
        return name_of(table, COUNT(table), (size_t)v);                                            \
    }
NAME_FUNCTION(channel, CHANNELS)
NAME_FUNCTION(role, ROLES)
NAME_FUNCTION(order_state, ORDER_STATES)
NAME_FUNCTION(kitchen, KITCHENS)
NAME_FUNCTION(ticket_state, TICKET_STATES)
NAME_FUNCTION(adjust_kind, ADJUST_KINDS)
NAME_FUNCTION(stock_reason, STOCK_REASONS)
NAME_FUNCTION(event_kind, EVENT_KINDS)
NAME_FUNCTION(verb, VERBS)

#define PARSE_FUNCTION(type, table)                                                                \
    bool type##_parse(struct str name, enum type *out)                                             \
    {                                                                                              \
        size_t value;                                                                              \
        if (!value_of(table, COUNT(table), name, &value))                                          \
            return false;                                                                          \
        *out = (enum type)value;                                                                   \
        return true;                                                                               \
    }
PARSE_FUNCTION(channel, CHANNELS)
PARSE_FUNCTION(role, ROLES)
PARSE_FUNCTION(order_state, ORDER_STATES)
PARSE_FUNCTION(kitchen, KITCHENS)
PARSE_FUNCTION(adjust_kind, ADJUST_KINDS)
PARSE_FUNCTION(stock_reason, STOCK_REASONS)
PARSE_FUNCTION(event_kind, EVENT_KINDS)
PARSE_FUNCTION(verb, VERBS)

bool verb_writes(enum verb v)
{
    static const bool WRITES[] = {
#define X(e, name, writes) [e] = writes,
        VERB_LIST(X)
#undef X
    };
    return (size_t)v < COUNT(WRITES) && WRITES[v];
}

bool verb_is_shells(enum verb v)
{
    return v == VERB_TIMERS || v == VERB_CENTER_ROW || v == VERB_ROW_STATE ||
           v == VERB_CENTER_CLAIM || v == VERB_NOTE;
}

bool verb_reads(enum verb v)
{
    static const enum verb READING[] = {
        VERB_ORDER_GET,     VERB_ORDER_LIST,      VERB_ORDER_TRACE,   VERB_STOCK_GET,
        VERB_STOCK_LIST,    VERB_STOCK_HISTORY,   VERB_STOCK_EXPLAIN, VERB_MENU_GET,
        VERB_SYNC_SNAPSHOT, VERB_TIME_GET,        VERB_DEVICE_LIST,   VERB_DEVICE_TEST,
        VERB_JOURNAL_TAIL,  VERB_JOURNAL_VERIFY,  VERB_BACKUP_LIST,   VERB_DAY_SHOW,
        VERB_SYNC_DIFF,     VERB_QUEUE_LIST,      VERB_CLOUD_TEST,    VERB_OVERSELL_LIST,
        VERB_OVERSELL_SHOW, VERB_DEVICE_IDENTIFY,
    };
    for (size_t i = 0; i < COUNT(READING); i++) {
        if (READING[i] == v)
            return true;
    }
    return false;
}

char channel_letter(enum channel v)
{
    static const char LETTERS[] = {
#define X(e, name, letter, hub) [e] = letter,
        CHANNEL_LIST(X)
#undef X
    };
    return (size_t)v < COUNT(LETTERS) ? LETTERS[v] : '?';
}

bool channel_is_hub(enum channel v)
{
    static const bool HUB[] = {
#define X(e, name, letter, hub) [e] = hub,
        CHANNEL_LIST(X)
#undef X
    };
    return (size_t)v < COUNT(HUB) && HUB[v];
}

bool channel_code_is_hub(struct str code)
{
    enum channel c;
    return channel_parse(code, &c) && channel_is_hub(c);
}
