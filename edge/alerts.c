#include "edge/alerts.h"

#include <string.h>

const struct alert *alerts_find(const struct alerts *a, struct str id)
{
    for (size_t i = 0; i < a->n; i++) {
        if (str_eq(str_of(a->list[i].id), id))
            return &a->list[i];
    }
    return NULL;
}

bool alerts_raise(struct alerts *a, const struct alert *alert)
{
    const struct alert *known = alerts_find(a, str_of(alert->id));
    if (known != NULL) {
        struct alert *mine = &a->list[known - a->list];
        bool other = strcmp(mine->code, alert->code) != 0;
        int64_t since_at_ms = mine->since_at_ms;
        *mine = *alert;
        mine->since_at_ms = since_at_ms;
        return other;
    }
    if (a->n == ALERTS_MAX)
        return false;
    a->list[a->n++] = *alert;
    return true;
}

bool alerts_resolve(struct alerts *a, const char *id)
{
    const struct alert *known = alerts_find(a, str_of(id));
    if (known == NULL)
        return false;
    a->list[known - a->list] = a->list[--a->n];
    return true;
}
