#include "tests/sim/plants.h"

const struct planted PLANTS[PLANT_COUNT] = {
#define X(e, name, property, what) [e] = {name, property, what},
    PLANT_LIST(X)
#undef X
};
