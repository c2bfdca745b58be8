/* The simulated store's menu: as the document that the hub imports, and as the numbers that the
 * model reckons with. The two are written down apart on purpose.
 */
#ifndef SIM_CATALOG_H
#define SIM_CATALOG_H

#include "proto/types.h"

extern const char CATALOG_MENU[]; /* JSON */

enum item { PIZZA_M, PIZZA_L, EGG, SALAD, COLA, LUNCH, ITEM_COUNT };
enum station { NO_STATION = -1, OVEN, BAR, STATION_COUNT };
/* One stock row per item, then the SPU that the two pizzas share. */
enum { ROW_PIZZA = ITEM_COUNT, ROW_COUNT };

struct dish {
    int64_t object_id, price_e4, step_t;
    enum station station;
    bool has_spu, has_extras, is_combo;
};
extern const struct dish DISHES[ITEM_COUNT];
int64_t dish_price(enum item item, enum channel channel);
/* What a part adds to the combo's price; -1: not a part of it. */
int64_t part_price(enum item item);

#define EXTRAS_MAX      3
#define CHEESE_ID       77
#define CHEESE_PRICE_E4 10000
#define EGG_OPTION_ID   78 /* takes one EGG from stock */
#define EGG_PRICE_E4    5000
#define DECIMALS        2 /* of the currency */

extern const char *const STATION_NAMES[STATION_COUNT];
enum station station_of(struct str name);
struct object row_object(int row);

#endif
