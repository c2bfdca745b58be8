/* The business day: a row of its own that says where it begins, and its sums once it is closed. */
#ifndef BOOKS_DAY_H
#define BOOKS_DAY_H

#include "edge/books/order.h"

#define DAY_TENDERS 12 /* kinds of payment that are counted apart; the rest goes under "OTHER" */
struct day_sum {
    uint32_t orders;
    int64_t due_e4, paid_e4, refunded_e4;
};
struct day_tender {
    char name[LIMIT_TENDER + 1];
    uint32_t payments;
    int64_t amount_e4;
};
struct turn;
/* The sums of a closed day are its Z report. Those of an open one hold, until it closes, only the
 * money that moved in it for orders of days before: their own day has its report already. */
struct day_row {
    uint32_t day;      /* yyyymmdd */
    uint64_t first_no; /* first order number that may belong to it */
    bool closed;
    int64_t opened_at_ms, closed_at_ms;
    uint32_t lines; /* order lines that still stand */
    struct day_sum channels[CHANNEL_COUNT];
    uint32_t states[9]; /* by enum order_state */
    struct day_tender tenders[DAY_TENDERS];
    uint16_t n_tenders;
};
bool day_load(struct txn *txn, uint32_t day, struct day_row *out);
void day_save(struct txn *txn, const struct day_row *d);
/* Adds to the open day `d` its own orders, those still open included. */
void day_sum(struct txn *txn, struct arena *scratch, struct day_row *d);
/* Money of an order of a day before, made (NULL: none) or given back today. */
void day_count_late(struct turn *t, const struct order *o, const struct order_payment *made,
                    int64_t refunded_e4);
/* One JSON object: {"day","closed","orders","lines","channels":{..},"tenders":{..},"states":{..}};
 * money as on the LAN. The journal has the same with due_e4, paid_e4 .. as integers. */
void day_view(struct jw *w, const struct day_row *d);
/* The calendar day after yyyymmdd. */
uint32_t day_next(uint32_t day);

#endif
