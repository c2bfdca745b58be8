/* The menu as a device knows it, put together from pages of menu.get or from one document
 * (proto/menu.schema.json): what a line must cost and where it is made. */
#ifndef STORESIM_MENU_H
#define STORESIM_MENU_H

#include "proto/json.h"
#include "proto/limits.h"
#include "tools/storesim/map.h"

struct dish_option {
    int64_t option_id, price_e4, object_id; /* object_id 0: takes nothing from stock */
    char *name;
};
struct dish_group {
    int64_t id;
    int64_t min, max;
    struct dish_option *options;
    size_t n_options;
};
struct dish {
    int64_t object_id, spu_id, step_t;
    int64_t price_e4[CHANNEL_COUNT]; /* per channel */
    char *name, *station;            /* station "": needs no cooking */
    int64_t *groups;
    size_t n_groups;
    bool is_combo;
};
struct menu {
    int64_t rev;
    int decimals; /* of the currency */
    bool complete;
    struct map dishes, groups; /* by id as text */
    struct dish **single;      /* what a guest may pick: no combos */
    size_t n_single;
};
/* Adds what a page has; a page of another rev starts over. menu_close ends the collection. */
void menu_add_page(struct menu *m, const struct json *page);
void menu_close(struct menu *m);
void menu_finish(struct menu *m);
/* Reads a whole document; false with one line in why (JSON_WHY bytes). */
bool menu_read_file(struct menu *m, const char *path, char *why);

struct dish *menu_dish(const struct menu *m, int64_t object_id);
struct dish_group *menu_group(const struct menu *m, int64_t id);

/* An id given as text or as a number; 0 when it is none. */
int64_t menu_id(const struct json *v);

#endif
