/* One order: its lines with their reservations, money, and business keys, in one record
 * (architecture.md: what belongs to an order lives in its record).
 */
#ifndef BOOKS_ORDER_H
#define BOOKS_ORDER_H

#include "proto/arena.h"
#include "proto/command.h"
#include "proto/pack.h"
#include "storage/store.h"

/* On disk by value: append only. */
enum reservation_state { RESERVED_LOCKED = 1, RESERVED_DEDUCTED, RESERVED_UNLOCKED };
/* On disk by value: append only. OP_ADD and OP_SERVE have no id of their own. */
enum op_kind {
    OP_PAY_BEGIN = 1,
    OP_PAY_FAILED,
    OP_PAY,
    OP_VOID,
    OP_REFUND,
    OP_ADD,
    OP_ADJUST,
    OP_CANCEL
};

/* What one portion of a line takes from a stock row. */
struct line_effect {
    struct object object;
    int64_t factor_t; /* 10: one for one; an option of quantity 2 has 20 */
    uint32_t gen;     /* generation number of the row when it was locked */
};
struct order_option {
    int64_t option_id, qty_t, price_e4, object_id; /* object_id 0: takes nothing from stock */
    struct str name;
};
struct order_line {
    uint32_t line, parent, seat, course, round;
    int64_t object_id;
    struct str name, note, station;
    int64_t qty_t; /* as ordered, less what was voided */
    int64_t price_e4, unit_e4, amount_e4;
    struct order_option *options;
    uint16_t n_options;
    /* the reservation: compare-and-set LOCKED -> DEDUCTED | UNLOCKED */
    enum reservation_state reserved;
    uint8_t attempt; /* 1; a late payment locks again as the next */
    int64_t held_t;  /* quantity of the reservation: locked, or deducted */
    int64_t voided_t, restocked_t, refunded_t;
    int64_t moved_t; /* by this command: deducted, given back or refunded; not stored */
    struct line_effect *effects;
    uint16_t n_effects;
};
struct order_adjust {
    uint32_t adj, line;
    enum adjust_kind kind;
    struct str name;
    int64_t amount_e4;
};
struct order_payment {
    struct str pay_id, tender, ref;
    int64_t amount_e4, at_ms;
};
/* A remembered business key: a repeat with the same content answers as before. */
struct order_op {
    enum op_kind kind;
    struct str id;    /* pay_id ..; "" for adds and adjusts, which go by number */
    uint32_t number;  /* line number (OP_ADD: first new line), adj number */
    uint64_t content; /* first 8 bytes of the SHA-256 of what it asked */
    enum code code;   /* its outcome: OK, 2006 or 2009 */
};
struct order {
    uint64_t no; /* hub-minted, rising: the key */
    struct str order_id, device;
    enum channel channel;
    bool from_center; /* origin CENTER: its goods count in the center's C, its money is there; a
                       * line is held as long as it is to be made, and moves no row */
    enum order_state state;
    enum kitchen kitchen;
    uint32_t day;
    uint16_t pickup;           /* 1..999 */
    uint16_t rounds;           /* rounds ordered so far */
    uint16_t ticketed, served; /* rounds up to here went to the kitchen, were served */
    uint64_t round1;           /* content of round 1: first 8 bytes of SHA-256 over its lines */
    int64_t placed_at_ms, ended_at_ms;
    int64_t expires_at_u_ms; /* on the uptime clock; 0: never */
    uint8_t paying_extensions;
    struct str table, note, user_id, operator_id;
    bool refund_due;
    int64_t lines_e4, due_e4, paid_e4, refunded_e4;
    struct position at; /* journal position of the last event */
    struct order_line *lines;
    uint16_t n_lines;
    struct order_adjust *adjusts;
    uint16_t n_adjusts;
    struct order_payment *payments;
    uint16_t n_payments;
    struct order_op *ops;
    uint16_t n_ops;
    /* of the center alone (proto/cloud_order.h) */
    uint64_t over;       /* version of the newest message of it */
    int64_t ready_at_ms; /* when the guest wants it; 0: as soon as possible */
};

/* Most bytes of a packed order: its JSON must fit one broker packet, and grows about threefold. */
#define ORDER_BYTES 20480

/* One description for both directions; arrays are taken from `arena` when reading. */
void order_fields(struct pack *p, struct order *o, struct arena *arena);

/* Reads by number (open first, then done) or by the device's id. Text points into the map. False:
 * not there, or the transaction has an error. */
bool order_load(struct txn *txn, uint64_t no, struct arena *arena, struct order *out);
bool order_find(struct txn *txn, struct str order_id, struct arena *arena, struct order *out);
/* As order_load, but a damaged record counts as not there: a page shows the others. */
bool order_peek(struct txn *txn, uint64_t no, struct arena *arena, struct order *out);
/* Takes a packed order apart, e.g. a remembered reply's. */
bool order_unpack(struct bytes packed, struct arena *arena, struct order *out);
/* Packs into arena memory. */
struct bytes order_pack(const struct order *o, struct arena *arena);

/* For the pickup board: all its food is done. */
bool order_is_ready(const struct order *o);
bool order_is_open(const struct order *o); /* PLACED, PAYING, PAID: retained state exists */
bool order_ends(enum order_state s);
struct order_line *order_line(struct order *o, uint32_t line); /* NULL: no such line */
/* "A042": the channel's letter and three digits. */
#define PICKUP_TEXT 8
void order_number(const struct order *o, char out[PICKUP_TEXT]);

#endif
