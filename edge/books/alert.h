/* Alerts that must not be lost over a restart: rows, retained as alert/<id> until resolved. */
#ifndef BOOKS_ALERT_H
#define BOOKS_ALERT_H

#include "proto/json.h"
#include "proto/limits.h"
#include "storage/store.h"

#define ALERT_ID 64
struct alert_row {
    struct str id;   /* "short-2-1001" */
    struct str kind; /* SHORTAGE, OVERSELL, ORDER, DISK, CLOCK, ROLLBACK, DATA */
    struct str text; /* one line for people */
    int64_t since_at_ms;
    struct position at; /* journal position at which it was raised, or last said otherwise */
    struct str case_id; /* OVERSELL: the center's case (proto/oversell.h); else empty */
};
bool alert_load(struct txn *txn, struct str id, struct alert_row *out);
bool alert_unpack(struct bytes packed, struct alert_row *out);
void alert_save(struct txn *txn, const struct alert_row *a);
void alert_remove(struct txn *txn, struct str id);
/* The payload of the topic: {"alert","kind","text","since_at_ms","case","at":[..]}; "case" only
 * where there is one. */
void alert_view(struct jw *w, const struct alert_row *a, const uint8_t secret[32]);

#endif
