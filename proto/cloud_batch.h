/* Requests, answers and messages of the cloud line (sync-protocol 4.1-4.5, base-api.md). Lists of
 * events and rows stay parsed JSON: their elements are decoded one by one (proto/cloud_event.h,
 * proto/cloud_row.h), so that one bad element spoils no other, and none needs memory of its own.
 *
 * Decoders return CODE_OK, or 1010 or 1007 with the field's path, or 5000 when the arena is full.
 * Texts are borrowed from the document or live in the arena. Encoders write one JSON object.
 */
#ifndef PROTO_CLOUD_BATCH_H
#define PROTO_CLOUD_BATCH_H

#include "proto/chain.h"
#include "proto/cloud_row.h"

/* ---- errors: {"code","name","detail"} and what some of them add ---- */

/*  X(name, HTTP status) */
#define CLOUD_ERROR_LIST(X)                                                                        \
    X(BAD_REQUEST, 400)                                                                            \
    X(BAD_QUANTITY, 400)                                                                           \
    X(WRONG_STORE, 403) /* the certificate names another one */                                    \
    X(NOT_FOUND, 404)                                                                              \
    X(ROW_CHANGED, 409) /* updated_at is not the current one; `row` */                             \
    X(SEQ_GAP, 409)     /* `expected` */                                                           \
    X(FENCED, 409)      /* `epoch` */                                                              \
    X(UNKNOWN_EPOCH, 409)                                                                          \
    X(CHAIN_FORK, 409)                                                                             \
    X(ROLLBACK_DETECTED, 409)                                                                      \
    X(GONE, 410) /* since_ver is below the tombstones: pull from 0, full */                        \
    X(TOO_LARGE, 413)                                                                              \
    X(BAD_BATCH, 422)                                                                              \
    X(SLOW_DOWN, 429) /* `retry_after_ms` */                                                       \
    X(INTERNAL, 500)                                                                               \
    X(UNAVAILABLE, 503) /* `retry_after_ms` */
enum cloud_error_name {
#define X(name, status) CLOUD_##name,
    CLOUD_ERROR_LIST(X)
#undef X
        CLOUD_OTHER /* a name that is not in the list */
};
const char *cloud_error_text(enum cloud_error_name name); /* "SEQ_GAP"; "OTHER" */
int cloud_error_status(enum cloud_error_name name);       /* 0 for CLOUD_OTHER */

struct cloud_error {
    int64_t code;               /* HTTP status; encode: 0 takes the name's own */
    enum cloud_error_name name; /* decode: by the name; without one by the status */
    struct str name_text;       /* encode: only of CLOUD_OTHER */
    struct str detail;          /* for people */
    uint64_t expected;          /* SEQ_GAP; 0: not given */
    uint32_t epoch;             /* FENCED */
    int64_t retry_after_ms;
    const struct cloud_row *row; /* encode: ROW_CHANGED */
    const struct json *row_json; /* decode */
};
void cloud_error_encode(struct jw *w, const struct cloud_error *e);
/* A body without code and name is CLOUD_OTHER: what an unknown proxy answers is no reason to fail.
 */
void cloud_error_decode(const struct json *v, struct cloud_error *out);

/* ---- hello ---- */

/*  X(bit, wire name) */
#define CLOUD_FEATURE_LIST(X)                                                                      \
    X(CLOUD_LEASE, "lease")                                                                        \
    X(CLOUD_DIGEST, "digest")
enum cloud_feature_no {
#define X(bit, name) bit##_NO,
    CLOUD_FEATURE_LIST(X)
#undef X
        CLOUD_FEATURE_COUNT
};
enum cloud_feature {
#define X(bit, name) bit = 1u << bit##_NO,
    CLOUD_FEATURE_LIST(X)
#undef X
};

struct cloud_hello {
    struct str brand_id, poi_id, box_id;
    uint32_t epoch;
    uint64_t last_seq, applied_ver;
    uint8_t tail[HASH_BYTES];
    uint32_t features; /* bits of enum cloud_feature; unknown ones are stepped over */
    struct str tz;     /* the store's time zone, "Europe/Berlin"; "": not said, not written */
};
void cloud_hello_encode(struct jw *w, const struct cloud_hello *h);
enum code cloud_hello_decode(const struct json *v, struct arena *arena, struct cloud_hello *out,
                             char path[FIELD_PATH]);

struct cloud_hello_reply {
    uint32_t epoch, center_epoch;
    uint64_t acked_seq, head_ver;
    bool has_tail;            /* false: a center that does not say it; then not written */
    uint8_t tail[HASH_BYTES]; /* the hash of acked_seq, or the genesis: a hub that has another one
                               * there was rolled back, and has grown since */
    uint32_t features;
    struct hlc server_hlc;
    int64_t go_after_ms;
    const struct json *settings; /* decode: an object (proto/cloud_settings.h); NULL: none said */
    struct str settings_text;    /* encode: the same, ready; "": none */
    uint32_t max_batch;          /* events; decode: LIMIT_BATCH_EVENTS at most and where missing */
};
void cloud_hello_reply_encode(struct jw *w, const struct cloud_hello_reply *r);
enum code cloud_hello_reply_decode(const struct json *v, struct cloud_hello_reply *out,
                                   char path[FIELD_PATH]);

/* ---- sync-from-pos ---- */

struct cloud_want { /* a top-up of selling rights (sync-protocol 5.5) */
    struct object object;
    int64_t q_t;
    struct str req;
};
struct cloud_sync {
    struct str brand_id, poi_id;
    const struct json *legacy; /* decode: no `proto`: the base API body (cloud_row_decode), and
                                * nothing below counts; NULL for a batch */
    uint32_t epoch;
    uint64_t first_seq, last_seq, head_seq; /* last_seq = first_seq - 1: a heartbeat */
    uint8_t prev[HASH_BYTES];               /* hash of the event before first_seq, or the genesis */
    uint64_t applied_ver;
    struct cloud_want *wants; /* arena; encode: the caller's */
    uint16_t n_wants;
    const struct json *events, *objects; /* decode: arrays; objects NULL where there are none */
    uint32_t n_events;
};
/* A batch is written piece by piece:
 *   begin; cloud_event_encode for each event; objects; cloud_row_encode for each row; end
 * last_seq and head_seq are taken at the end, so an event that does not fit any more is left out by
 * putting back a copy of `w` from before it. */
void cloud_sync_begin(struct jw *w, const struct cloud_sync *s);
void cloud_sync_objects(struct jw *w);
void cloud_sync_end(struct jw *w, const struct cloud_sync *s);
/* Also checks that the number of events is last_seq - first_seq + 1 and within the limit; the seq
 * of each event is for the one who decodes it. */
enum code cloud_sync_decode(const struct json *v, struct arena *arena, struct cloud_sync *out,
                            char path[FIELD_PATH]);

struct cloud_dead { /* stored aside (sync-protocol 3.5) */
    uint64_t seq;
    struct str reason;
};
struct cloud_sync_reply {
    uint32_t epoch;
    uint32_t center_epoch; /* 0: not said; one above that of the hello: the center failed over */
    uint64_t acked_seq, ver_before, ver;
    uint8_t tail[HASH_BYTES];
    struct cloud_dead *dead; /* arena; encode: the caller's */
    uint16_t n_dead;
    const struct json *rows;     /* decode: array; NULL where there are none */
    const struct json *settings; /* decode and encode as those of a hello; only after a change */
    struct str settings_text;
    struct hlc server_hlc;
    int64_t retry_after_ms;
};
/* begin; cloud_row_encode for each row that changed; end. Refusals are cloud_error. */
void cloud_sync_reply_begin(struct jw *w, const struct cloud_sync_reply *r);
void cloud_sync_reply_end(struct jw *w);
enum code cloud_sync_reply_decode(const struct json *v, struct arena *arena,
                                  struct cloud_sync_reply *out, char path[FIELD_PATH]);
/* The answer to a base API body: {"code":0,"row":{..}}. Decoding gives the row, or NULL. */
void cloud_row_reply_encode(struct jw *w, const struct cloud_row *r);
const struct json *cloud_row_reply(const struct json *v);

/* ---- find-to-pos ---- */

struct cloud_find {
    struct str brand_id, poi_id;
    bool proto2; /* false: the base API's; then only `objects` counts */
    uint32_t epoch;
    uint64_t since_ver;
    uint32_t limit; /* 1..LIMIT_PULL_ROWS; decode: the most where missing */
    bool full;
    int64_t *object_ids; /* arena; encode: the caller's; none: all */
    uint16_t n_object_ids;
};
void cloud_find_encode(struct jw *w, const struct cloud_find *q);
enum code cloud_find_decode(const struct json *v, struct arena *arena, struct cloud_find *out,
                            char path[FIELD_PATH]);

struct cloud_find_reply {
    bool legacy;             /* {"code":0,"data":[..]}: a plain list, nothing else counts */
    const struct json *rows; /* decode: array, perhaps empty */
    uint64_t next_ver, head_ver;
    bool more;
    struct hlc server_hlc;
};
/* begin; for each row cloud_row_encode, or cloud_item_begin .. end; end. next_ver and more are
 * taken at the end. */
void cloud_find_reply_begin(struct jw *w, const struct cloud_find_reply *r);
void cloud_find_reply_end(struct jw *w, const struct cloud_find_reply *r);
enum code cloud_find_reply_decode(const struct json *v, struct cloud_find_reply *out,
                                  char path[FIELD_PATH]);

/* ---- what a version may carry beside a stock row ---- */

/*  X(enum, objectType, eventType) */
#define CLOUD_ITEM_LIST(X)                                                                         \
    X(CLOUD_ITEM_STOCK, "item_stock", "poi.item.stock")                                            \
    X(CLOUD_ITEM_OVERSELL, "oversell", "poi.item.oversell")                                        \
    X(CLOUD_ITEM_ORDER, "order", "poi.order")
enum cloud_item_kind {
#define X(e, object, event) e,
    CLOUD_ITEM_LIST(X)
#undef X
        CLOUD_ITEM_UNKNOWN
};
/* An element of a pull that is no stock row:
 * {"over":..,"objectType":..,"eventType":..,"data":{..}}; begin, one value, end. */
void cloud_item_begin(struct jw *w, enum cloud_item_kind kind, uint64_t over);
void cloud_item_end(struct jw *w);
struct cloud_item {
    enum cloud_item_kind kind; /* UNKNOWN is stepped over, its version counts */
    uint64_t over;
    const struct json *data; /* stock: what cloud_row_decode wants */
};
enum code cloud_item_decode(const struct json *v, struct cloud_item *out, char path[FIELD_PATH]);

/* ---- MQTT ---- */

struct cloud_push { /* poi/{brandId}/{poiId}/down */
    struct str brand_id, poi_id;
    enum cloud_item_kind kind;
    uint64_t ver, prev_ver; /* 0: a center that knows only the base API; then not written */
    uint32_t center_epoch;  /* whose versions these are; 0: not said. A broker may keep a message
                               until after a failover: lower than the hub knows, it is void */
    struct hlc hlc;
    const struct json *data; /* decode; the `over` of a row in it is `ver` */
};
/* begin, one value (cloud_row_encode), end. */
void cloud_push_begin(struct jw *w, const struct cloud_push *p);
void cloud_push_end(struct jw *w);
enum code cloud_push_decode(const struct json *v, struct arena *arena, struct cloud_push *out,
                            char path[FIELD_PATH]);

struct cloud_head { /* .../head, retained */
    uint64_t ver;
    uint32_t center_epoch; /* 0: not said */
    struct hlc hlc;
};
void cloud_head_encode(struct jw *w, const struct cloud_head *h);
enum code cloud_head_decode(const struct json *v, struct cloud_head *out, char path[FIELD_PATH]);

/* .../ack */
void cloud_ack_encode(struct jw *w, uint64_t applied_ver);
enum code cloud_ack_decode(const struct json *v, uint64_t *applied_ver, char path[FIELD_PATH]);

#endif
