/* The lists inside a request: lines with their options, adjust, payments, restock. Unknown members
 * of their elements are refused: what nobody reads must not look accepted (lan-protocol 3).
 *
 * Each reader sets the command's array and count, from the arena of `f`; refusals stick to `f`.
 */
#ifndef PROTO_COMMAND_LINES_H
#define PROTO_COMMAND_LINES_H

#include "proto/field.h"

/* "lines" of place and sell: at least one; a parent is an earlier line of the request. */
void lines_of_order(struct fields *f, struct command *c, const struct json *body);
/* "lines" of add: the same, but a parent may be a line the order already has. */
void lines_of_add(struct fields *f, struct command *c, const struct json *body);
/* "lines" of void and refund: line, qty, restock. May be missing. */
void lines_given_back(struct fields *f, struct command *c, const struct json *body);
/* "lines" of pay: line, actual_qty. May be missing. */
void lines_weighed(struct fields *f, struct command *c, const struct json *body);
/* "restock" of cancel: line numbers. May be missing. */
void restock_lines(struct fields *f, struct command *c, const struct json *body);
/* "adjust" of adjust: at least one. */
void adjusts(struct fields *f, struct command *c, const struct json *body);
/* "payments" of sell: at least one. */
void payments(struct fields *f, struct command *c, const struct json *body);
/* pay_id, tender, amount and ref flat in the body, as the only payment and op_id. `whole`: tender
 * and amount must be there. */
void payment_flat(struct fields *f, struct command *c, const struct json *body, bool whole);

#endif
