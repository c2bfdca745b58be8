#include "edge/coalesce.h"

#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

#define TOPICS_FIRST  256
#define WAITING_FIRST 64

struct live_topic {
    struct live_key key; /* kind 0: a free place */
    uint64_t hash;
    int64_t sent_ms;
    uint8_t marks;
    bool waiting, marked;
    bool unsure; /* made after topics were forgotten: the broker may hold anything */
};
struct live_wait {
    struct live_key key;
    int64_t due_ms;
    bool urgent;
};

void coalesce_init(struct coalesce *c, size_t max)
{
    *c = (struct coalesce){.max = max};
}

void coalesce_fini(struct coalesce *c)
{
    free(c->topics);
    free(c->waiting);
    *c = (struct coalesce){.max = c->max};
}

void coalesce_reset(struct coalesce *c)
{
    coalesce_fini(c);
}

uint64_t coalesce_hash(struct str content)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < content.n; i++)
        h = (h ^ (uint8_t)content.p[i]) * 1099511628211u;
    return h == COALESCE_EMPTY ? 1 : h;
}

/* ---- the table ---- */

static bool key_eq(struct live_key a, struct live_key b)
{
    return a.id == b.id && a.sub == b.sub && a.kind == b.kind;
}

static size_t home(struct live_key key, size_t cap)
{
    uint64_t h = key.id * 0x9e3779b97f4a7c15u ^ ((uint64_t)key.kind << 32 | key.sub);
    h *= 0xd6e8feb86659fd93u;
    return (size_t)(h >> 32) & (cap - 1);
}

/* The topic's place, or the free one where it belongs. */
static struct live_topic *place(struct live_topic *topics, size_t cap, struct live_key key)
{
    size_t i = home(key, cap);
    while (topics[i].key.kind != 0 && !key_eq(topics[i].key, key))
        i = (i + 1) & (cap - 1);
    return &topics[i];
}

static bool worth_keeping(const struct live_topic *t, int64_t now_ms, bool hard)
{
    if (t->key.kind == 0)
        return false;
    if (t->waiting || now_ms - t->sent_ms < LIMIT_COALESCE_MS)
        return true;
    return !hard && t->hash != COALESCE_EMPTY;
}

static size_t kept_by(const struct coalesce *c, int64_t now_ms, bool hard)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->cap; i++)
        kept += worth_keeping(&c->topics[i], now_ms, hard);
    return kept;
}

/* Leaves empty topics behind, and past the bound all quiet ones. */
static bool rebuild(struct coalesce *c, int64_t now_ms)
{
    bool hard = false;
    size_t kept = kept_by(c, now_ms, false), cap = TOPICS_FIRST;
    if (kept >= c->max) {
        hard = true;
        c->lossy = true;
        kept = kept_by(c, now_ms, true);
    }
    while (cap / 4 * 3 < kept + kept / 8)
        cap *= 2;
    struct live_topic *topics = calloc(cap, sizeof(*topics));
    if (topics == NULL)
        return false;
    for (size_t i = 0; i < c->cap; i++) {
        if (worth_keeping(&c->topics[i], now_ms, hard))
            *place(topics, cap, c->topics[i].key) = c->topics[i];
    }
    free(c->topics);
    c->topics = topics;
    c->cap = cap;
    c->n = kept;
    return true;
}

static struct live_topic *find(const struct coalesce *c, struct live_key key)
{
    if (c->cap == 0)
        return NULL;
    struct live_topic *t = place(c->topics, c->cap, key);
    return t->key.kind != 0 ? t : NULL;
}

static struct live_topic *find_or_make(struct coalesce *c, struct live_key key, int64_t now_ms)
{
    struct live_topic *t = find(c, key);
    if (t != NULL)
        return t;
    if ((c->n + 1) * 4 > c->cap * 3 && !rebuild(c, now_ms))
        return NULL;
    t = place(c->topics, c->cap, key);
    *t = (struct live_topic){.key = key, .sent_ms = now_ms - LIMIT_COALESCE_MS, .unsure = c->lossy};
    c->n++;
    return t;
}

/* ---- waiting ---- */

static bool wait_add(struct coalesce *c, struct live_wait wait)
{
    if (c->n_waiting == c->cap_waiting) {
        size_t cap = c->cap_waiting == 0 ? WAITING_FIRST : c->cap_waiting * 2;
        struct live_wait *waiting = realloc(c->waiting, cap * sizeof(*waiting));
        if (waiting == NULL)
            return false;
        c->waiting = waiting;
        c->cap_waiting = cap;
    }
    c->waiting[c->n_waiting++] = wait;
    c->n_urgent += wait.urgent;
    return true;
}

static void wait_urgent(struct coalesce *c, struct live_key key)
{
    for (size_t i = 0; i < c->n_waiting; i++) {
        if (key_eq(c->waiting[i].key, key) && !c->waiting[i].urgent) {
            c->waiting[i].urgent = true;
            c->n_urgent++;
        }
    }
}

static bool touch(struct coalesce *c, struct live_key key, uint8_t marks, int64_t quiet_since_ms,
                  int64_t now_ms)
{
    struct live_topic *t = find_or_make(c, key, now_ms);
    if (t == NULL)
        return false;
    bool urgent = t->marked && t->marks != marks;
    t->marks = marks;
    t->marked = true;
    if (t->waiting) {
        if (urgent)
            wait_urgent(c, key);
        return true;
    }
    int64_t since_ms = t->sent_ms > quiet_since_ms ? t->sent_ms : quiet_since_ms;
    t->waiting = wait_add(c, (struct live_wait){key, since_ms + LIMIT_COALESCE_MS, urgent});
    return t->waiting;
}

bool coalesce_touch(struct coalesce *c, struct live_key key, uint8_t marks, int64_t now_ms)
{
    return touch(c, key, marks, now_ms - LIMIT_COALESCE_MS, now_ms);
}

bool coalesce_touch_patiently(struct coalesce *c, struct live_key key, int64_t now_ms)
{
    return touch(c, key, 0, now_ms, now_ms);
}

static bool next_due(const struct coalesce *c, int64_t now_ms, size_t *best)
{
    bool found = false;
    for (size_t i = 0; i < c->n_waiting; i++) {
        if (c->waiting[i].due_ms > now_ms)
            continue;
        if (!found || c->waiting[i].urgent)
            *best = i;
        found = true;
        if (c->n_urgent == 0 || c->waiting[i].urgent)
            break;
    }
    return found;
}

bool coalesce_next(struct coalesce *c, int64_t now_ms, struct live_key *out)
{
    size_t best = 0;
    if (!next_due(c, now_ms, &best))
        return false;
    *out = c->waiting[best].key;
    c->n_urgent -= c->waiting[best].urgent;
    c->waiting[best] = c->waiting[--c->n_waiting];
    struct live_topic *t = find(c, *out);
    if (t != NULL)
        t->waiting = false;
    return true;
}

int64_t coalesce_wait_ms(const struct coalesce *c, int64_t now_ms)
{
    int64_t least = -1;
    for (size_t i = 0; i < c->n_waiting; i++) {
        int64_t wait = c->waiting[i].due_ms > now_ms ? c->waiting[i].due_ms - now_ms : 0;
        if (least < 0 || wait < least)
            least = wait;
    }
    return least;
}

bool coalesce_differs(struct coalesce *c, struct live_key key, uint64_t hash, int64_t now_ms)
{
    struct live_topic *t = find_or_make(c, key, now_ms);
    if (t == NULL)
        return true;
    if (t->hash == hash && !t->unsure)
        return false;
    t->hash = hash;
    t->unsure = false;
    t->sent_ms = now_ms;
    return true;
}

void coalesce_count(const struct coalesce *c, enum live_kind kind, uint8_t marks, size_t *all,
                    size_t *marked)
{
    *all = *marked = 0;
    for (size_t i = 0; i < c->cap; i++) {
        const struct live_topic *t = &c->topics[i];
        if (t->key.kind != kind || t->hash == COALESCE_EMPTY)
            continue;
        ++*all;
        *marked += t->marks == marks;
    }
}
