/* One journal event on the cloud line (sync-protocol 3.1, 3.2, 3.5).
 *
 * Encoding takes the journal's parts: the body is the canonical text that was hashed, byte by byte.
 * Decoding is in two steps, so that a bad body spoils no chain: first the header (what order,
 * dedupe and chain need), then, for kinds that the reader knows, the facts of the body.
 */
#ifndef PROTO_CLOUD_EVENT_H
#define PROTO_CLOUD_EVENT_H

#include "proto/chain.h"
#include "proto/order_facts.h"
#include "proto/wire.h"

struct cloud_event {
    uint64_t seq, cv;
    struct hlc hlc;
    struct str kind; /* its name, also of a kind that is not known */
    bool known;      /* kind_no says which */
    enum event_kind kind_no;
    bool suspect; /* clk:"suspect": the hub's clock was not plausible */
    uint8_t bh[HASH_BYTES], hash[HASH_BYTES];
    struct str text;         /* encode: the canonical body; empty: header only */
    const struct json *body; /* decode: NULL: header only */
    bool gave_up;            /* only seq, hash and raw count: store blindly */
    struct str raw;          /* encode: the event's own text, decode: its base64 */
};

/* Whether the body goes up with the header: local kinds are sent header only, DAY_CLOSE whole. */
bool cloud_event_is_whole(enum event_kind kind);
/* One value, an object. Never NULL texts: `kind` is written as it stands. */
void cloud_event_encode(struct jw *w, const struct cloud_event *e);
/* {"seq","hash","raw","gave_up":true}: an event that the center fails on (3.5). The hash carries
 * the chain over it. */
void cloud_event_encode_gave_up(struct jw *w, const struct cloud_event *e);
/* The header. CODE_OK, or 1010 with the field's path. */
enum code cloud_event_decode(const struct json *v, struct cloud_event *out, char path[FIELD_PATH]);

/* The header follows `prev`, the hash of the event before or the genesis (proto/chain.h). True of a
 * gave-up event: its hash is taken as it is. */
bool cloud_event_follows(const struct cloud_event *e, const uint8_t prev[HASH_BYTES]);
/* The body is the one that was hashed; true where there is none. */
bool cloud_event_body_is_whole(const struct cloud_event *e);

/* The body of a decoded event that is known and has one. Arrays live in `arena`, texts in the
 * document. CODE_OK, 1010 or 1007 with the path (dead letter BAD_BODY), 5000: the arena is full. */
enum code cloud_event_facts(const struct cloud_event *e, struct arena *arena,
                            struct event_facts *out, char path[FIELD_PATH]);

#endif
