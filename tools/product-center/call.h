/* One request on its way through an endpoint: what was asked, the transaction it runs in, and the
 * answer that is being written. Everything here lives until the answer is handed to http.
 */
#ifndef TOOLS_PRODUCT_CENTER_CALL_H
#define TOOLS_PRODUCT_CENTER_CALL_H

#include "proto/arena.h"
#include "proto/json.h"
#include "tools/product-center/db.h"
#include "tools/product-center/http.h"

/* The one store a request is about; leads every key of every table. */
struct store_key {
    int shard;
    struct str brand, poi;
};
/* Three arguments: shard, brand, poi. */
void arg_store(struct db_args *a, const struct store_key *key);

struct call {
    const struct http_request *request;
    const struct json *body; /* NULL: a GET */
    struct store_key key;
    struct db_conn *db; /* inside a transaction */
    struct arena arena;
    int64_t now_ms;
    struct jw out;
    unsigned status;
    int64_t retry_after_ms;
    bool refused; /* the transaction is rolled back */
};

/* Begins the answer {"code","name","detail", and leaves the object open for more members; whoever
 * calls it closes it with call_refused. What was written before is forgotten. */
void call_refuse(struct call *c, unsigned status, const char *name, const char *detail);
void call_refused(struct call *c);
/* Both at once. */
void call_fail(struct call *c, unsigned status, const char *name, const char *detail);

/* {"code":0, and stays open; closed by call_done. */
void call_answer(struct call *c);
void call_done(struct call *c);

/* A writer over arena memory for the JSON argument of a bulk statement. */
struct jw call_writer(struct arena *arena, size_t bytes);

#endif
