/* Tables center_order, center_order_line, center_order_effect: orders as the center knows them.
 * Those of the store come from its hub's events (mirror_event.h); online ones are the center's own.
 *
 * Orders are read, changed in memory and written back whole, in bulk: one statement a table,
 * however many. The store is under its lock. Quantities in tenths, money in ten-thousandths.
 */
#ifndef TOOLS_PRODUCT_CENTER_MIRROR_H
#define TOOLS_PRODUCT_CENTER_MIRROR_H

#include "proto/types.h"
#include "tools/product-center/store.h"

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
    struct str body; /* JSON; "": none */
    uint64_t over;   /* 0: not pushed down */
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
/* Writes the changed ones whole. Lines and effects are never taken away: what is given back stands
 * with 0. */
void mirror_save(struct call *c, const struct mirror *m);

struct mirror_line *mirror_line(const struct mirror_order *o, uint32_t line); /* NULL: none */
/* Both find or make; NULL: the arena is full. */
struct mirror_line *mirror_line_add(struct call *c, struct mirror_order *o, uint32_t line);
struct mirror_effect *mirror_effect_add(struct call *c, struct mirror_line *l,
                                        struct object object);

#endif
