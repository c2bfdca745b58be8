/* A round trip of a role's probe user through the broker, which proves that role's rights: a
 * request and its reply pass, a kept topic can be read, a foreign topic is refused. Each has a
 * connection of its own, so several may run at a time, also of one role.
 *
 * What can fail: the broker does not let it in, or cuts it (`cut`); it refuses what the role may
 * (`barred`) or takes what it may not (`allowed`); or nothing comes, and only the caller's patience
 * ends it.
 */
#ifndef EDGE_TRIP_H
#define EDGE_TRIP_H

#include "edge/devices.h"
#include "edge/lan.h"

#define TRIP_CLIENT (LIMIT_DEVICE_ID + 16)

struct trip {
    struct lan *lan; /* NULL: none runs */
    char id[LIMIT_DEVICE_ID + 1], client[TRIP_CLIENT], nonce[PASSWORD_CHARS + 1];
    bool replied, read, refused;
    bool barred, allowed, cut;
    int64_t asked_us, reply_us; /* reply_us -1: none so far */
    int request_mid, forbidden_mid;
    void (*news)(void *ctx); /* something came; trip_end is not for calling from here */
    void *ctx;
};
/* `socket` and `devices` must live as long as it runs. */
void trip_begin(struct trip *t, uv_loop_t *loop, const char *socket, const struct devices *devices,
                enum role role, void (*news)(void *ctx), void *ctx);
/* Closes its connection; what it has found stays to be read. Nothing where none runs. */
void trip_end(struct trip *t);
bool trip_ok(const struct trip *t);
/* What is wrong, static text; empty where all is well. */
const char *trip_why(const struct trip *t);

#endif
