/* The control socket: HTTP/1.1 over a Unix socket, on the hub's loop (docs/control-api.md). The
 * only doorman of libmicrohttpd. Knows connections and sizes, nothing of verbs.
 *
 * Each request becomes one call, which is answered at once or later; until then its connection is
 * suspended and costs nothing.
 */
#ifndef EDGE_CONTROL_H
#define EDGE_CONTROL_H

#include <uv.h>

#include "edge/peer.h"
#include "proto/types.h"

#define CONTROL_ZONE "Poshub-Timezone"

struct control;
struct control_call; /* one request; gone after it was answered */

struct control_hooks {
    void *ctx;
    /* What whoever has just connected may do; those who may less find fewer places. */
    enum peer_right (*right)(void *ctx, int fd);
    /* Most bytes a body may have on this path; more is answered with 413. */
    size_t (*body_max)(void *ctx, struct str path);
    /* Owes the call one control_answer. Method, path and body are borrowed until then. */
    void (*request)(void *ctx, struct control_call *call, struct str method, struct str path,
                    struct str body);
    /* Each answer says it in the header CONTROL_ZONE: the store's time zone, an IANA name, in which
     * people want their times. "": the box's, nothing is said. Borrowed. */
    const char *zone;
};

/* Listens on `path` with mode 0666, who may do what is asked of the peer (edge/peer.h); a socket
 * left there is replaced. NULL: `why` (160 bytes). */
struct control *control_open(uv_loop_t *loop, const char *path, const struct control_hooks *hooks,
                             char *why);
/* Answers what is still owed with 503, and frees when the loop has closed its handles. NULL is
 * fine. */
void control_close(struct control *control);
/* The connected socket; -1 where it is not known. */
int control_fd(const struct control_call *call);
/* Whoever asked has hung up: the answer will reach nobody. */
bool control_gone(const struct control_call *call);
/* The text is copied. `type` is static text: "application/json". */
void control_answer(struct control_call *call, unsigned status, const char *type, struct str text);

#endif
