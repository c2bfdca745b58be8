/* Alerts that the shell raises about this run (disk, clock, a rolled-back store). They are told
 * like the books' own but live in memory: a new start looks again.
 */
#ifndef EDGE_ALERTS_H
#define EDGE_ALERTS_H

#include "edge/books/alert.h"

#define ALERTS_MAX 16
#define ALERT_TEXT 160
struct alert {
    char id[ALERT_ID], text[ALERT_TEXT];
    const char *kind;   /* static: DISK, CLOCK, ROLLBACK, DATA */
    const char *code;   /* static, of docs/control-api.md: "PH-1004" */
    const char *action; /* static, for people */
    int64_t since_at_ms;
};
struct alerts {
    struct alert list[ALERTS_MAX];
    size_t n;
};

/* True when people should hear of it: it was not raised before, or with another code. A known one
 * keeps its beginning and takes the rest. Full: false. */
bool alerts_raise(struct alerts *a, const struct alert *alert);
/* True when it was raised. */
bool alerts_resolve(struct alerts *a, const char *id);
const struct alert *alerts_find(const struct alerts *a, struct str id); /* NULL: not raised */

#endif
