/* What one station must make of one round of an order (lan-protocol 5). */
#ifndef BOOKS_TICKET_H
#define BOOKS_TICKET_H

#include "edge/books/order.h"

struct ticket_line {
    uint32_t line;
    bool voided; /* "void":true: do not make it any more */
};
struct ticket {
    uint64_t order_no;
    struct str order_id, station, number, table; /* number: pickup text */
    enum channel channel;
    uint32_t round, rev;
    enum ticket_state state;
    bool was_started; /* food may exist: stock comes back only when the request says so */
    int64_t created_at_ms, changed_at_ms;
    struct position at;
    struct ticket_line *lines;
    uint16_t n_lines;
};
void ticket_fields(struct pack *p, struct ticket *t, struct arena *arena);
struct key ticket_key(uint64_t order_no, struct str station, uint32_t round);
bool ticket_load(struct txn *txn, uint64_t order_no, struct str station, uint32_t round,
                 struct arena *arena, struct ticket *out);
bool ticket_unpack(struct bytes packed, struct arena *arena, struct ticket *out);

#endif
