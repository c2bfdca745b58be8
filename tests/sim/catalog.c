#include "tests/sim/catalog.h"

const char CATALOG_MENU[] =
    "{\"currency\":\"EUR\",\"decimals\":2,\"stations\":[\"oven\",\"bar\"],\"categories\":[],"
    "\"spus\":[{\"id\":\"500\",\"name\":\"Pizza\"}],"
    "\"groups\":[{\"id\":\"9\",\"name\":\"Extras\",\"min\":0,\"max\":3,\"options\":["
    "{\"option_id\":\"77\",\"name\":\"Cheese\",\"price\":\"1.0000\"},"
    "{\"option_id\":\"78\",\"name\":\"Egg\",\"price\":\"0.5000\",\"object_id\":\"1003\"}]}],"
    "\"items\":["
    "{\"object_id\":\"1001\",\"spu_id\":\"500\",\"name\":\"Pizza M\",\"price\":\"10.0000\","
    "\"station\":\"oven\",\"groups\":[\"9\"]},"
    "{\"object_id\":\"1002\",\"spu_id\":\"500\",\"name\":\"Pizza L\",\"price\":\"12.5000\","
    "\"station\":\"oven\",\"groups\":[\"9\"],\"channel_prices\":{\"KIOSK\":\"12.0000\"}},"
    "{\"object_id\":\"1003\",\"name\":\"Egg\",\"price\":\"1.2500\",\"station\":\"bar\"},"
    "{\"object_id\":\"1004\",\"name\":\"Salad\",\"price\":\"8.9950\",\"station\":\"bar\","
    "\"step\":\"0.1\"},"
    "{\"object_id\":\"1005\",\"name\":\"Cola\",\"price\":\"2.5000\"},"
    "{\"object_id\":\"1006\",\"name\":\"Lunch\",\"price\":\"11.0000\"}],"
    "\"combos\":[{\"object_id\":\"1006\",\"parts\":[{\"object_id\":\"1001\",\"price\":\"0\"},"
    "{\"object_id\":\"1005\",\"price\":\"0.2500\"}]}]}";

const struct dish DISHES[ITEM_COUNT] = {
    [PIZZA_M] = {1001, 100000, 10, OVEN, .has_spu = true, .has_extras = true},
    [PIZZA_L] = {1002, 125000, 10, OVEN, .has_spu = true, .has_extras = true},
    [EGG] = {1003, 12500, 10, BAR, .has_spu = false},
    [SALAD] = {1004, 89950, 1, BAR, .has_spu = false},
    [COLA] = {1005, 25000, 10, NO_STATION, .has_spu = false},
    [LUNCH] = {1006, 110000, 10, NO_STATION, .is_combo = true},
};
const char *const STATION_NAMES[STATION_COUNT] = {[OVEN] = "oven", [BAR] = "bar"};

int64_t dish_price(enum item item, enum channel channel)
{
    return item == PIZZA_L && channel == CHANNEL_KIOSK ? 120000 : DISHES[item].price_e4;
}

int64_t part_price(enum item item)
{
    return item == PIZZA_M ? 0 : item == COLA ? 2500 : -1;
}

enum station station_of(struct str name)
{
    for (int s = 0; s < STATION_COUNT; s++)
        if (str_eq(name, str_of(STATION_NAMES[s])))
            return (enum station)s;
    return NO_STATION;
}

struct object row_object(int row)
{
    if (row == ROW_PIZZA)
        return (struct object){OBJECT_SPU, 500};
    return (struct object){OBJECT_SKU, DISHES[row].object_id};
}
