#include "tests/sim/planted.h"

#include <string.h>

int planted_find(const struct planted *list, int n, const char *name)
{
    for (int p = 0; p < n; p++)
        if (strcmp(name, list[p].name) == 0)
            return p;
    return -1;
}

int planted_print(const struct planted *list, int n, FILE *out)
{
    for (int p = 1; p < n; p++)
        fprintf(out, "%-20s %-10s %s\n", list[p].name, list[p].property, list[p].what);
    return 0;
}
