/* A case of oversell as the center reports it (sync-protocol 5.3): the data of an item or push of
 * kind CLOUD_ITEM_OVERSELL, whose `over` is not in here. Each report is the whole case as it
 * stands. Quantities in tenths.
 */
#ifndef PROTO_CLOUD_CASE_H
#define PROTO_CLOUD_CASE_H

#include "proto/oversell.h"
#include "proto/wire.h"

#define LIMIT_CASE_CLAIMS                                                                          \
    64 /* of one case that a hub keeps: more orders nobody calls back by hand */

struct cloud_claim { /* one order line's hold on the goods */
    enum claim_side side;
    struct str order_id;
    uint32_t line;
    int64_t q_t, short_t; /* short_t: how much of it cannot be had */
    bool served, waived;
    struct str wish; /* what only the store can do, and shall; "": nothing */
};
struct cloud_case {
    struct str id, gen_id; /* "ov:{poi}:{type}:{object_id}:{gen}", and its last part */
    struct object object;
    uint64_t over; /* of the item or push around it; the reader of those puts it here */
    enum case_state state;
    int64_t over_t, at_risk_t, supply_t;
    struct str cause, ranking; /* names; of a newer center perhaps unknown */
    bool confident;            /* order_confidence is not low */
    struct cloud_claim *claims;
    uint16_t n_claims; /* those that are short come before the others */
    uint32_t left_out; /* claims that are not among them */
};

/* Takes a case's id apart; texts are borrowed from it. False: it is none. */
bool cloud_case_id_parse(struct str id, struct object *object, struct str *gen_id);
/* CODE_OK; 1010 with the field's path; 5000 when the arena is full. Claims live in `arena`, texts
 * are borrowed from the document. Object and generation are taken from the case's id. */
enum code cloud_case_decode(const struct json *v, struct arena *arena, struct cloud_case *out,
                            char path[FIELD_PATH]);

#endif
