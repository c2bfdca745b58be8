#include "edge/zone_name.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATABASE "zoneinfo/"

/* Letters, digits and what stands in the database's names. */
static bool take(const char *text, char out[ZONE_NAME])
{
    size_t n = 0;
    while (isalnum((unsigned char)text[n]) || (text[n] != 0 && strchr("/_+-", text[n]) != NULL))
        n++;
    bool ends = text[n] == 0 || text[n] == '\n';
    if (n == 0 || n >= ZONE_NAME || !ends)
        return false;
    memcpy(out, text, n);
    out[n] = 0;
    return true;
}

static bool from_file(const char *file, char out[ZONE_NAME])
{
    char line[2 * ZONE_NAME] = "";
    FILE *f = fopen(file, "re");
    if (f == NULL)
        return false;
    bool read = fgets(line, sizeof(line), f) != NULL;
    fclose(f);
    return read && take(line, out);
}

static bool from_link(const char *link, char out[ZONE_NAME])
{
    char *place = realpath(link, NULL);
    const char *name = place != NULL ? strstr(place, DATABASE) : NULL;
    bool taken = name != NULL && take(name + strlen(DATABASE), out);
    free(place);
    return taken;
}

void zone_name(const char *configured, const char *file, const char *link, char out[ZONE_NAME])
{
    out[0] = 0;
    if (!take(configured, out) && !from_file(file, out))
        from_link(link, out);
}
