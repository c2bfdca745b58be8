/* The parts of a request that say who may sell what of an object, and when its plan comes back.
 */
#ifndef PROTO_COMMAND_STOCK_H
#define PROTO_COMMAND_STOCK_H

#include "proto/field.h"

/* stock.channel: open or closed, limit, weight, reserve; at least one of them. A limit below what
 * was sold already and a reserve above what there is are legal. */
void stock_of_channel(struct fields *f, struct command *c, const struct json *body);
/* stock.schedule: "auto", and with true exactly one of at_ms, at ("HH:MM") and next_day; daily. */
void stock_of_schedule(struct fields *f, struct command *c, const struct json *body);
/* stock.policy: policy, rebalance_s, release_at ("HH:MM" or "never"); at least one. */
void stock_of_policy(struct fields *f, struct command *c, const struct json *body);

#endif
