/* Tables center_order, center_order_line, center_order_effect: orders as the center knows them.
 * Those of the store come from its hub's events (mirror_event.h); online ones are the center's own.
 *
 * Orders are read, changed in memory and written back in bulk, one statement however many. The
 * store is under its lock. Quantities in tenths, money in ten-thousandths.
 */
#ifndef TOOLS_PRODUCT_CENTER_MIRROR_H
#define TOOLS_PRODUCT_CENTER_MIRROR_H

#include "proto/types.h"
#include "tools/product-center/store.h"

/* Where a line or an effect was read; .rows NULL: it is new, or was written since. */
struct mirror_stored {
    const struct db_rows *rows;
    size_t at;
};
enum mirror_side { MIRROR_ONLINE, MIRROR_STORE };
enum reserved { RESERVED_LOCKED, RESERVED_DEDUCTED, RESERVED_UNLOCKED };

/* What the line holds of one stock row: see the table. A new one of an online order is
 * {.object, .q_t, .gen_id of the row}; when it is deducted .deducted, .at = {0, ver of the row}. */
struct mirror_effect {
    struct object object;
    int64_t q_t;
    bool deducted;
    struct str gen_id;
    struct position at;
    struct mirror_stored stored; /* mirror.c alone */
};
struct mirror_line {
    uint32_t line, round;
    struct object object;
    struct str name;
    int64_t q_t, amount_e4;
    enum reserved state;
    uint32_t attempt;
    int64_t restocked_t, voided_t;
    bool served;
    struct mirror_effect *effects;
    size_t n_effects, cap_effects;
    struct mirror_stored stored; /* mirror.c alone */
};
struct mirror_order {
    struct str order_id;
    enum mirror_side side;
    struct str origin, channel, number, day;
    enum order_state status; /* ORDER_NONE: not stored yet */
    struct str kitchen;
    bool served;
    struct str user_id, note;
    int64_t amount_e4, paid_e4, refunded_e4, refund_due_e4;
    struct hlc hlc; /* placed */
    bool clock_suspect, salvaged;
    struct position at;
    int64_t expires_ms, paid_ms;
    bool deleted;
    struct str body;        /* JSON; "": none, or as it was */
    struct str stored_body; /* mirror.c alone */
    uint64_t over;          /* 0: not pushed down */
    struct mirror_line *lines;
    size_t n_lines, cap_lines;
    bool changed; /* mirror_save writes it */
};
struct mirror {
    struct mirror_order *at;
    size_t n;
};
/* Exactly the named orders, in their order; one that is not stored has only its id. The ids must
 * differ. In the arena; texts there or in the transaction. */
struct mirror mirror_load(struct call *c, const struct str *ids, size_t n);
/* Writes the changed ones, and of their lines and effects those that are another than was read.
 * None is ever taken away: what is given back stands with 0. */
void mirror_save(struct call *c, const struct mirror *m);

struct mirror_line *mirror_line(const struct mirror_order *o, uint32_t line); /* NULL: none */
/* Both find or make; NULL: the arena is full. */
struct mirror_line *mirror_line_add(struct call *c, struct mirror_order *o, uint32_t line);
struct mirror_effect *mirror_effect_add(struct call *c, struct mirror_line *l,
                                        struct object object);

#endif
