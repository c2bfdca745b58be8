/* The menu as the rules read it: an item is one lookup. Imported whole, in one transaction
 * (proto/menu.schema.json); every import raises rev.
 */
#ifndef BOOKS_MENU_H
#define BOOKS_MENU_H

#include "proto/arena.h"
#include "proto/code.h"
#include "proto/json.h"
#include "proto/limits.h"
#include "proto/pack.h"
#include "storage/store.h"

#define MENU_GROUPS  8  /* option groups of one item */
#define MENU_OPTIONS 64 /* options of one group */
#define MENU_PARTS   16 /* parts of one combo */

struct menu_option {
    int64_t option_id, price_e4, object_id; /* object_id 0: takes nothing from stock */
    struct str name;
};
struct menu_group {
    int64_t id;
    struct str name;
    uint16_t min, max; /* how many options of it a line must and may name */
    struct menu_option options[MENU_OPTIONS];
    uint16_t n_options;
};
struct menu_part {
    int64_t object_id, qty_t, price_e4; /* price: what this part adds to the combo's */
};
struct menu_item {
    int64_t object_id, spu_id; /* spu_id 0: none */
    struct str name, tax, station;
    int64_t price_e4, step_t;
    int64_t channel_price_e4[CHANNEL_COUNT]; /* -1: the common price */
    int64_t groups[MENU_GROUPS];
    uint16_t n_groups;
    struct menu_part parts[MENU_PARTS]; /* of a combo */
    uint16_t n_parts;
};
struct menu_spu {
    int64_t id;
    struct str name, category;
};
struct menu_head {
    uint64_t rev;
    struct str currency;
    uint8_t decimals; /* of the currency, 0..4 */
    uint32_t items, spus, groups;
    struct position at;
};

/* Text points into the map. False: not there (or the transaction has an error). */
bool menu_item_load(struct txn *txn, int64_t object_id, struct menu_item *out);
bool menu_group_load(struct txn *txn, int64_t group_id, struct menu_group *out);
bool menu_spu_load(struct txn *txn, int64_t spu_id, struct menu_spu *out);
/* The index-th of its list, from 0. */
bool menu_station_load(struct txn *txn, uint32_t index, struct str *out);
bool menu_head_load(struct txn *txn,
                    struct menu_head *out); /* false: no menu yet, *out is rev 0, 2 decimals */
/* Is it a multiple of the item's step? What has left the menu goes by any. */
bool menu_step_fits(struct txn *txn, int64_t object_id, int64_t qty_t);
int64_t menu_price(const struct menu_item *item, enum channel c);

/* Checks the whole document first (unique ids, references, stations, prices, steps, limits), then
 * replaces the menu. Returns CODE_OK, or BAD_REQUEST with the field's path and reason in `why`
 * (96 bytes); nothing is changed then. `head` gets the new head (its `at` is the caller's). */
enum code menu_import(struct txn *txn, const struct json *doc, struct menu_head *head, char *why);
void menu_head_save(struct txn *txn, const struct menu_head *head);

/* One page of menu.get as members of an open object: "rev", "currency", then "categories",
 * "stations", "spus", "items", "groups", "combos" as far as they fit into LIMIT_PAGE_BYTES, and
 * "cursor" when there is more. An unreadable or outdated cursor (other rev) starts again at the
 * beginning, and "restarted":true says so. */
void menu_page(struct txn *txn, struct str cursor, struct jw *w);

#endif
