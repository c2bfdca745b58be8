/* One request on its way through an endpoint: what was asked, the transaction it runs in, and the
 * answer that is being written. Everything here lives until the answer is handed to http.
 */
#ifndef TOOLS_PRODUCT_CENTER_CALL_H
#define TOOLS_PRODUCT_CENTER_CALL_H

#include "proto/arena.h"
#include "proto/cloud_batch.h"
#include "proto/json.h"
#include "tools/product-center/db.h"
#include "tools/product-center/faults.h"
#include "tools/product-center/http.h"

/* The one store a request is about; leads every key of every table. */
struct store_key {
    int shard;
    struct str brand, poi;
};
/* Three arguments: shard, brand, poi. */
void arg_store(struct db_args *a, const struct store_key *key);

struct settings;
struct call {
    const struct settings *settings;
    const struct http_request *request;
    struct cert_names peer; /* who asks, where a hub's certificate is demanded */
    bool has_peer;
    struct str path_id;      /* what stands for {id} in the endpoint's path; "" */
    const struct json *body; /* NULL: a GET */
    struct store_key key;
    struct db_conn *db; /* inside a transaction */
    struct arena arena;
    int64_t now_ms;
    struct jw out;
    unsigned status;
    int64_t retry_after_ms;
    bool refused; /* the transaction is rolled back */
    struct jw scratch;
    struct fault fault; /* planted; mostly none */
};

void call_store(struct call *c, struct str brand, struct str poi);
/* From ?brandId=&poiId=. False: it is missing or none, and the call has failed. */
bool call_store_query(struct call *c);
/* ?name= as a number of at least 0; `otherwise` where it is missing. False: it is none, and the
 * call has failed. */
bool call_number_query(struct call *c, const char *name, uint64_t otherwise, uint64_t *out);

/* The answer is a refusal; what was written before is forgotten. */
void call_fail(struct call *c, enum cloud_error_name name, const char *detail);
void call_error(struct call *c, const struct cloud_error *e);
/* What a decoder said: 400 BAD_REQUEST or BAD_QUANTITY at `path`, or 500. */
void call_malformed(struct call *c, enum code code, const char *path);

/* {"code":0, and stays open; closed by call_done. */
void call_answer(struct call *c);
void call_done(struct call *c);

/* A writer over arena memory for the JSON argument of a bulk statement. */
struct jw call_writer(struct arena *arena, size_t bytes);
/* The same with room for everything that the request's body said, and a header for each event of a
 * batch. One at a time: the next call takes the memory again. */
struct jw call_scratch(struct call *c);

#endif
