/* Requests and their replies (lan-protocol 3).
 *
 * A request lives until its final reply: sent at once when the device is connected, sent again
 * under the same req_id after 2 s with jittered backoff, after every reconnect, and when the hub
 * has started again. After the final reply never again. 4001, 4002 and 5000 are not final.
 */
#ifndef STORESIM_REQUEST_H
#define STORESIM_REQUEST_H

#include "proto/code.h"
#include "tools/storesim/device.h"

struct reply {
    int code;
    bool replayed, duplicate;
    struct at at;             /* epoch 0: none */
    const struct json *body;  /* lives for the call */
    const struct json *order; /* NULL: none */
};
typedef void (*reply_fn)(struct device *d, const struct reply *r, void *ctx);

/* Writes the head of a body and returns the writer for the members; then send. One at a time. */
struct jw *request_begin(struct device *d);
/* `done` gets the final reply, once. order_id: for the record of acknowledged effects, may be
 * empty. */
void request_send(struct device *d, enum verb verb, struct str order_id, reply_fn done, void *ctx);
/* The body just sent once more under another req_id, as an impatient finger does. */
void request_send_again(struct device *d, enum verb verb, struct str order_id, reply_fn done,
                        void *ctx);

/* ---- for the device ---- */
void request_answer(struct device *d, const struct json *body);
/* Sends everything that waits within the next moments: the connection or the hub is new. */
void request_repeat_all(struct device *d);
void request_finish(struct device *d);

#endif
