/* Text to pointer, in order of arrival: req_id -> request, order_id -> order, topic -> state. */
#ifndef STORESIM_MAP_H
#define STORESIM_MAP_H

#include "proto/types.h"

struct map_entry {
    char *key;
    void *value; /* NULL: removed */
};
struct map {
    struct map_entry *entries; /* in order of arrival, with holes */
    size_t n, cap;
    uint32_t *slots; /* index into entries + 1; 0: free */
    size_t n_slots;
    size_t count; /* without the holes */
};
void *map_get(const struct map *m, struct str key); /* NULL: not there */
/* The key is copied; value must not be NULL. Replaces what was there. */
void map_put(struct map *m, struct str key, void *value);
/* Returns what was there, or NULL. */
void *map_take(struct map *m, struct str key);
/* Frees the map, and each value with `release` where given. */
void map_finish(struct map *m, void (*release)(void *value));

/* for (size_t i = 0; (v = map_next(m, &i));) */
void *map_next(const struct map *m, size_t *i);

#endif
