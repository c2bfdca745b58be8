/* One line of an order on the cloud line: the same words in the body of a journal event
 * (proto/cloud_event.h) and in an order that the center sends down (proto/cloud_order.h).
 */
#ifndef PROTO_LINE_FACTS_H
#define PROTO_LINE_FACTS_H

#include "proto/order_facts.h"
#include "proto/wire.h"

/* Reads what is there; what is not stays empty and 0. Options live in the arena of `f`, texts are
 * borrowed from the document. An option needs its option_id. */
void line_fact_get(struct fields *f, const struct json *v, struct line_fact *out);
/* One value, an object, without the members that say nothing: empty texts and zeros, but always
 * line, the object, q_t and the amounts. */
void line_fact_put(struct jw *w, const struct line_fact *l);

#endif
