/* What the store may sell alone (STRICT, sync-protocol 5.5), for people: in the status, and as the
 * alert PH-2113 when the center has been silent for three days. Then the store gets no more, and
 * what it does not sell is held back from online sale.
 */
#ifndef EDGE_CLOUD_STRICT_H
#define EDGE_CLOUD_STRICT_H

#include "edge/alerts.h"
#include "proto/json.h"
#include "storage/store.h"

#define CLOUD_STRICT_ALERT     "rights"
#define CLOUD_STRICT_SILENT_MS (72LL * 3600 * 1000)
#define CLOUD_STRICT_NAMES     96

struct cloud_strict {
    size_t rows;      /* sold by rights */
    int64_t rights_t; /* left of them, all rows together */
    size_t asked;     /* rows that the center is asked for more of, LIMIT_WANTS at most */
    char names[CLOUD_STRICT_NAMES]; /* "Egg, Salad, .."; as many as go in */
};
/* Reads all stock rows: for people, not for each order. Damaged ones are stepped over. */
void cloud_strict_read(struct cloud_strict *out, struct txn *txn);
/* "strict":{"rows":3,"rights":"41","asked":1} */
void cloud_strict_status(const struct cloud_strict *s, struct jw *w);
/* silent_ms: nobody has heard from the center for so long, 0: the line is up. True when the alert
 * has come or gone. */
bool cloud_strict_note(struct alerts *alerts, const struct cloud_strict *s, int64_t silent_ms,
                       int64_t wall_ms);

#endif
