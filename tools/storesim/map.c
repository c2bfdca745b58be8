#include "tools/storesim/map.h"

#include "tools/storesim/memory.h"

#include <stdlib.h>

static uint64_t hash(struct str key)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < key.n; i++)
        h = (h ^ (uint8_t)key.p[i]) * 1099511628211u;
    return h ^ (h >> 29);
}

/* The slot that holds the key, or the free one where it would go. */
static size_t find_slot(const struct map *m, struct str key)
{
    size_t i = (size_t)hash(key) & (m->n_slots - 1);
    while (m->slots[i] && !str_eq(str_of(m->entries[m->slots[i] - 1].key), key))
        i = (i + 1) & (m->n_slots - 1);
    return i;
}

static struct map_entry *find(const struct map *m, struct str key)
{
    if (!m->n_slots)
        return NULL;
    uint32_t at = m->slots[find_slot(m, key)];
    return at ? &m->entries[at - 1] : NULL;
}

/* Drops the holes and makes room for twice what is there. */
static void rebuild(struct map *m)
{
    size_t kept = 0;
    for (size_t i = 0; i < m->n; i++) {
        if (m->entries[i].value)
            m->entries[kept++] = m->entries[i];
        else
            free(m->entries[i].key);
    }
    m->n = kept;
    m->cap = kept * 2 < 32 ? 32 : kept * 2;
    m->entries = memory_grow(m->entries, m->cap * sizeof *m->entries);
    m->n_slots = 64;
    while (m->n_slots < m->cap * 2)
        m->n_slots *= 2;
    free(m->slots);
    m->slots = memory_new(m->n_slots * sizeof *m->slots);
    for (size_t i = 0; i < kept; i++)
        m->slots[find_slot(m, str_of(m->entries[i].key))] = (uint32_t)(i + 1);
}

void *map_get(const struct map *m, struct str key)
{
    struct map_entry *e = find(m, key);
    return e ? e->value : NULL;
}

void map_put(struct map *m, struct str key, void *value)
{
    struct map_entry *e = find(m, key);
    if (!e) {
        if (m->n == m->cap)
            rebuild(m);
        e = &m->entries[m->n++];
        *e = (struct map_entry){memory_text(key), NULL};
        m->slots[find_slot(m, key)] = (uint32_t)m->n;
    }
    if (!e->value)
        m->count++;
    e->value = value;
}

void *map_take(struct map *m, struct str key)
{
    struct map_entry *e = find(m, key);
    if (!e || !e->value)
        return NULL;
    void *value = e->value;
    e->value = NULL;
    m->count--;
    return value;
}

void map_finish(struct map *m, void (*release)(void *value))
{
    for (size_t i = 0; i < m->n; i++) {
        if (release && m->entries[i].value)
            release(m->entries[i].value);
        free(m->entries[i].key);
    }
    free(m->entries);
    free(m->slots);
    *m = (struct map){0};
}

void *map_next(const struct map *m, size_t *i)
{
    while (*i < m->n) {
        void *value = m->entries[(*i)++].value;
        if (value)
            return value;
    }
    return NULL;
}
