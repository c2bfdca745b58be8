#include "tests/sim/line/plants.h"

#include <string.h>

static const struct {
    const char *name, *property, *what;
} PLANTS[PLANT_COUNT] = {
#define X(e, name, property, what) [e] = {name, property, what},
    PLANT_LIST(X)
#undef X
};

const char *plant_name(enum plant p)
{
    return PLANTS[p].name;
}

bool plant_parse(const char *name, enum plant *out)
{
    for (int p = 0; p < PLANT_COUNT; p++)
        if (strcmp(name, PLANTS[p].name) == 0) {
            *out = (enum plant)p;
            return true;
        }
    return false;
}

int plant_list(FILE *out)
{
    for (int p = PLANT_NONE + 1; p < PLANT_COUNT; p++)
        fprintf(out, "%-20s %-10s %s\n", PLANTS[p].name, PLANTS[p].property, PLANTS[p].what);
    return 0;
}
