/* One command's turn through the rules: what it has read, what it is about to write, what it will
 * say. Private to edge/books.
 *
 * Every verb has the same two halves: check everything (refusals return here), then apply
 * (turn_commit_order and friends). Nothing is written to the store before the second half.
 */
#ifndef BOOKS_TURN_H
#define BOOKS_TURN_H

#include "edge/books/books.h"

/* A stock row that this command touches, and how much of it all its lines need together. */
struct touched {
    struct stock_row row;
    int64_t need_t;
    int64_t over_t; /* what a manager lets through beyond the rights; set by need_check */
    bool changed;
};
/* One movement on one row, with the values before and after (I6). */
struct movement {
    uint32_t line; /* order line that caused it; 0: a stock verb */
    struct object object;
    int64_t q_t, real_b_t, real_a_t, locked_b_t, locked_a_t, h_t, lh_t, used_t;
    uint64_t cmd_done; /* of the row: as cumulative as H */
    bool used_moved;
};
#define LIMIT_MOVEMENTS 1024 /* of one command: bounds its journal body */

struct turn {
    struct books *b;
    const struct command *c;
    struct outcome *out;
    struct arena *scratch;
    struct touched *rows[LIMIT_ROWS];
    uint16_t n_rows;
    struct movement *moves;
    uint16_t n_moves, cap_moves;
    bool was_open; /* of the order that turn_order read */
    bool fits;     /* need_check found all needs covered, by stock, rights or a manager */
};
/* A copy of a record in scratch memory: what rules decode must survive their own writes, which move
 * the pages it stands on. False: not there. */
bool turn_record(struct turn *t, enum table table, struct bytes key, struct bytes *out);

/* ---- outcome ---- */
/* Sets the verdict; printf text for people. Returns the code, so that checks can end with it. */
enum code turn_refuse(struct turn *t, enum code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void turn_change(struct turn *t, struct change change);
/* Where the journal will put the event that is about to be appended. */
struct position turn_event_to_be(const struct turn *t);
void turn_show_order(struct turn *t, const struct order *o);
void turn_show_stock(struct turn *t, const struct stock_row *r);

/* ---- stock (reserve.c) ---- */
/* The row, read once per command. NULL: LIMIT_ROWS reached, or out of scratch memory. */
struct touched *turn_row(struct turn *t, struct object object);
/* Adds what q_t of the line takes to need[]. False: too many rows. */
bool need_add(struct turn *t, const struct order_line *line, int64_t q_t);
/* Steps 9 and 10 of the chain over the needs added so far: statuses, then stock (sync-protocol
 * 2.3). Fills out->refused. CODE_OK: everything fits. */
enum code need_check(struct turn *t, const struct order *o, const struct order_line *lines,
                     uint16_t n_lines);

/* What a step does to the counters of each row of the line, per unit of q. LOCK and SELL begin the
 * line's hold on the row, in the row's present generation; SELL_MORE is sold beyond what it held.
 */
enum step {
    STEP_LOCK,
    STEP_DEDUCT,
    STEP_SELL,
    STEP_SELL_MORE,
    STEP_GIVE_BACK,
    STEP_WRITE_OFF,
    STEP_RESTOCK
};
/* All of q_t on every row of the line; moves nothing else of the line. */
void line_step(struct turn *t, const struct order *o, struct order_line *line, enum step step,
               int64_t q_t);
/* A stock verb's movement on H alone (d) or on base and registers (0). */
void row_step(struct turn *t, struct touched *row, int64_t dh_t);
/* Call before row_step when base moves: takes the before values. */
struct movement *row_move_begin(struct turn *t, struct touched *row, int64_t q_t);
void row_move_end(struct movement *m, struct touched *row);

/* A register set to what is said, under a stamp later than the one it replaces: journaled, and the
 * row is changed (stock_verbs.c). */
/* A count of value_t. In STRICT the base moves in no generation (1.7): there it says what is more
 * or less than was known. Only the first one after a takeover opens a generation, at the center. */
void stock_say_count(struct turn *t, struct touched *row, int64_t value_t, bool physical);
/* What came in or went, and for whose command of the center's ("": nobody's). */
void stock_say_adjust(struct turn *t, struct touched *row, int64_t delta_t,
                      enum stock_reason reason, struct str cmd);
/* Who sets a limit counts next, and where STRICT is wished it begins with that count: the center
 * grants anew. Where rights are presumed sold it begins before it, as the count ends that. */
void stock_say_plan(struct turn *t, struct touched *row, bool limited, int64_t plan_t);
void stock_say_status(struct turn *t, struct touched *row, bool on_sale);
void stock_say_channel(struct turn *t, struct touched *row, enum channel channel,
                       struct stock_channel *ch);

/* Name and portion as on the menu; false: not on it, and the row is what it was. */
bool row_from_menu(struct turn *t, struct stock_row *r);

/* ---- saving (row_save.c) ---- */
/* Writes the row, tells the LAN, and raises, changes or ends its shortage. `at`: of a local event,
 * which the center's row never hears of. */
void turn_save_row(struct turn *t, struct stock_row *r, struct position at);
/* The row stays as it is; its alert is said anew, because the center's case of it has changed. */
void turn_row_alert(struct turn *t, struct stock_row *r);
/* The row into the store and nothing else: all that the books say of a row goes through here. */
void turn_keep_row(struct turn *t, const struct stock_row *r);
/* All changed rows; `at` is that of an event which goes up and carries their counters. */
void turn_save_rows(struct turn *t, struct position at);

/* ---- orders (order_store.c) ---- */
/* Recomputes amounts, rounding and due. False: a sum leaves the legal range. */
bool order_price(struct turn *t, struct order *o);
/* Reads an order for a change: 2001 where unknown or another device's. */
enum code turn_order(struct turn *t, struct order *o);
/* The same for a change that only its owner may make: 2003 for an order of the center. */
enum code turn_order_own(struct turn *t, struct order *o);
bool turn_order_known(struct turn *t, struct order *o); /* by c->order_id, whosever it is */
bool turn_order_named(struct turn *t, struct str order_id, struct order *o);
bool turn_order_no(struct turn *t, uint64_t no, struct order *o);
struct order_op *op_find(struct order *o, enum op_kind kind, struct str id, uint32_t number);
/* Room for one more; false where LIMIT_OPS is reached. */
bool op_add(struct turn *t, struct order *o, enum op_kind kind, struct str id, uint32_t number,
            enum code code);
uint64_t op_content(const struct command *c);
/* Answers a repeated op key; true when it was one (verdict in out). */
bool op_answered(struct turn *t, struct order *o, enum op_kind kind, struct str id,
                 uint32_t number);
/* What the command asks of this line; NULL: nothing. Going by the order's lines, not the request's,
 * keeps the movements in the order in which the journal tells them (I6). */
const struct line_request *line_asked(const struct command *c, uint32_t line);
/* Moves the state through the table of order_state.c (asserts that it is legal). */
void order_move(struct order *o, enum order_state to);
/* PAID and SERVED together make ENDED. */
void order_settle(struct turn *t, struct order *o);
void order_arm_expiry(struct turn *t, struct order *o, int64_t deadline_u_ms);
void order_arm_channel_expiry(struct turn *t,
                              struct order *o); /* from now; not where it has none */
void order_disarm_expiry(struct turn *t, struct order *o);
bool order_fits(const struct order *o);
int64_t order_net_paid(const struct order *o);

struct ticket;
/* What an order event says beyond the order's id; NULL and 0 leave a field out. */
struct order_event {
    enum event_kind kind;
    const char *cause;
    bool whole;               /* the order with its heading and all its lines */
    uint32_t from_line_index; /* whole: first line that is told (ORDER_LOCK cause ADD) */
    const struct order_payment *payments; /* those of this step */
    uint16_t n_payments;
    bool has_amount;
    int64_t amount_e4;
    struct str refund_id, void_id, pay_id;
    uint32_t round;
    enum code code;
    bool texts, adjusts;         /* table, note, user_id; adjustments */
    bool names;                  /* number and origin (an order of the center) */
    const struct ticket *ticket; /* whose move is behind it, .. */
    enum ticket_state from;      /* .. and where it stood */
};
/* The second half of every order verb: event, rows, order record, indices, reply, changes. */
void turn_commit_order(struct turn *t, struct order *o, const struct order_event *event,
                       bool is_new);

/* The record, its indices, the reply's snapshot and the changes; o->at is set. */
void turn_put_order(struct turn *t, struct order *o, bool is_new);

/* ---- journal bodies (body.c): canonical JSON, keys in byte order ---- */
#define BODY_BYTES 294912
void body_order(struct jw *w, const struct turn *t, const struct order *o,
                const struct order_event *event);
void body_movements(struct jw *w, const struct turn *t, uint32_t line);
void body_stamp(struct jw *w, struct stamp s);
/* A row's counters as an entry of ROW_STATE (row_state.c). */
void body_row_state(struct jw *w, const struct stock_row *r);
void body_used(struct jw *w, const struct stock_row *r); /* "used":{..}, the hub's channels */

/* ---- tickets (ticket.c) ---- */
/* Sends all rounds of the order that the kitchen has not seen. Call before the order is saved. */
void tickets_send(struct turn *t, struct order *o);
/* The center wants it no more: what nobody has begun leaves the kitchen, the rest is marked void.
 * The lines are unlocked already. True: some of it was begun. */
bool tickets_withdraw(struct turn *t, const struct order *o);
/* True when food of this line may exist: its ticket was STARTED. */
bool ticket_started(struct turn *t, const struct order *o, const struct order_line *line);
/* Raises rev and marks lines with nothing left as void; all lines when `line` is 0. */
void tickets_void(struct turn *t, const struct order *o, uint32_t line);
enum code ticket_verb(struct turn *t);

/* ---- verbs ---- */
/* The next free pickup number of the channel; 0 when 999 orders of it are open. */
uint16_t pickup_draw(struct turn *t, enum channel channel);
/* A new order gets into the books: the first one opens the business day, and its numbers are taken.
 */
void order_enter(struct turn *t, const struct order *o);
/* An order that comes back to life keeps its number, or draws another if that is in use. */
void pickup_again(struct turn *t, struct order *o);
enum code storage_check(struct turn *t);    /* step 6: place, sell and add */
enum code order_place_verb(struct turn *t); /* place and sell */
enum code order_add_verb(struct turn *t);
/* Their first halves, which write nothing and so run on a read transaction too (peek.c). CODE_OK
 * without out->duplicate: *o is the order as it would be, its new lines last. */
enum code order_place_check(struct turn *t, struct order *o);
enum code order_add_check(struct turn *t, struct order *o);
enum code order_pay_verb(struct turn *t);
enum code order_pay_begin_verb(struct turn *t);
enum code order_pay_failed_verb(struct turn *t);
enum code order_void_verb(struct turn *t);
enum code order_cancel_verb(struct turn *t);
enum code order_update_verb(struct turn *t);
enum code order_adjust_verb(struct turn *t);
enum code order_serve_verb(struct turn *t);
enum code order_refund_verb(struct turn *t);
enum code stock_verb(struct turn *t);
enum code admin_verb(struct turn *t);
/* Above everything that any device was ever shown, also by a disk that is lost (admin.c). */
void turn_open_epoch(struct turn *t);
enum code day_close_verb(struct turn *t);
enum code timers_verb(struct turn *t);
enum code center_claim_verb(struct turn *t);
enum code center_row_verb(struct turn *t);
enum code row_state_verb(struct turn *t);

/* ---- orders of the center (center_order.c) ---- */
/* Takes those of the command. False: out of memory, and nothing was written. */
bool center_orders_take(struct turn *t);
/* Lines of a new order, and of one that the center says anew: true when they changed. */
struct cloud_order;
void center_lines_take(struct turn *t, const struct cloud_order *in, struct order *o);
bool center_lines_follow(struct turn *t, const struct cloud_order *in, struct order *o);
void center_orders_day_over(struct turn *t); /* warnings of the day that ends */
void center_cases_take(struct turn *t);      /* of the command (center_case.c) */
void center_cases_day_over(struct turn *t);  /* forgets those that are over */
/* Its kitchen has cleared away what was void: the warning about it ends. */
void center_order_cleared(struct turn *t, const struct order *o);

/* Builds order lines from the request against the menu: step 8 of the chain. */
enum code lines_from_menu(struct turn *t, struct order *o, uint32_t round);
/* What one portion takes from which rows; the options are set. False: out of scratch memory. */
struct menu_item;
bool line_effects(struct turn *t, struct order_line *l, const struct menu_item *item);
/* Takes payments of the command into the order; the pay_ids are new. */
bool payment_add(struct turn *t, struct order *o, const struct payment_request *p);

/* Fires the earliest due timer; false: none is due. */
bool expire_due(struct turn *t);

/* ---- remembered replies (remember.c) ---- */
/* True when the request was answered before; the verdict (or 3001) is in out. */
bool remembered(struct turn *t);
void remember(struct turn *t);
/* Forgets what is too old, at most `most`; true while there is more. */
bool replies_trim(struct turn *t, uint64_t most);

#endif
