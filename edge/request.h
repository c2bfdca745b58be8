/* One request on its way: from the bytes that came in to the reply that goes out. Lent to the
 * writer in between. Requests are used again, so that a busy hub does not live in malloc.
 */
#ifndef EDGE_REQUEST_H
#define EDGE_REQUEST_H

#include "edge/books/books.h"
#include "storage/writer.h"
#include "sync/execute.h"

struct request {
    struct job job; /* first: the writer's handle on it */
    struct command command;
    struct outcome outcome;
    struct arena arena; /* what the command points to besides the document */
    struct json *doc;
    int64_t began_us;
    /* Where the reply goes; NULL: nobody waits (the hub's own commands). The text is borrowed. */
    void (*reply)(void *ctx, struct request *r, struct str text);
    void *ctx;
    struct str reply_topic, correlation; /* LAN; in the arena, the topic with its NUL */
    void *call;                          /* control socket */
    /* Not NULL: sync_execute comes after the command, where there is one. Without a `reply` it is
     * the cloud line's own, for cloud_settle. */
    struct sync_work *sync;
    bool no_command;
    bool of_device;      /* counted in its device's with_writer */
    struct str password; /* device.add, device.rotate: shown once, in the reply */
    enum role role;      /* of the device that these or device.revoke change */
};
struct request_pool {
    struct request *free;
    size_t n_free, in_use;
};
struct request *
request_take(struct request_pool *pool); /* zeroed but for its arenas; NULL: no memory */
void request_give(struct request_pool *pool, struct request *r); /* NULL is fine */
/* Frees all but `keep` of those that wait to be used again. */
void request_pool_trim(struct request_pool *pool, size_t keep);
/* Forgets the outcome: the writer will run the command again. */
void request_undo(struct request *r);
/* A job that the writer hands back. */
struct request *request_of(struct job *job);

#endif
