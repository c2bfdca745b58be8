/* The MQTT thread: hears what the center pushes, says what was applied. The connection is
 * sync/push_line's.
 *
 *   thread  looks up the broker, connects within 10 s or tries again later (sync/backoff),
 *           subscribes to the store's down and head, reads each message (sync/push_read) and puts
 *           what is good into the queue
 *           hangs up when nothing comes back any more: silence, though the library asks (PINGREQ),
 *           or a state summary that the broker does not acknowledge or give back
 *   shell   push_take when woken; push_ack and push_say whenever there is something to say
 *
 * What can fail: the line, the broker, a message, a shell that is behind (its queue is full): of
 * that nothing is kept, because a push is only a hint. Whoever was not told learns from the head,
 * and pulls. The session at the broker is a fresh one each time for the same reason: an old one's
 * queue can overflow, the retained head cannot.
 */
#ifndef SYNC_PUSH_H
#define SYNC_PUSH_H

#include "sync/push_read.h"

#define PUSH_QUEUE 256 /* letters that wait for the shell: about a second of a busy center */
#define PUSH_WHY   128
/* Nothing came back for so long, at first (sync/patience); the library asks after five eighths. */
#define PUSH_STILL_MS 8000
#define PUSH_STATE    1024 /* bytes of a state summary */

struct push_options { /* texts are copied, but for the identity's */
    const char *url;  /* mqtts://host[:port], or mqtt:// without TLS, for tests and tunnels */
    const char *ca_file, *cert_file, *key_file; /* PEM; cert and key may come later, or be NULL */
    const struct store_identity *identity;
    struct str box_id;       /* with the store's names: the client id */
    void (*wake)(void *ctx); /* on the thread: letters or facts have come; must only pass it on */
    void *ctx;
};
struct push;
/* Starts the thread. mosquitto_lib_init has been called (edge/lan). PH_ERR_CONFIG: the url.
 * PH_ERR_MEMORY. On failure *out is NULL. */
enum ph_err push_open(struct push **out, const struct push_options *options);
/* True if the text is a url that push_open takes. */
bool push_url_good(const char *url);

/* ---- the shell's, on one thread ---- */

struct push_facts {
    bool up;        /* connected, and the store's topics are subscribed */
    uint64_t stuck; /* times that it was hung up because nothing came back */
    bool missed;    /* letters found no room since the last push_look */
    uint64_t heard; /* messages, whatever became of them */
    uint64_t refused[PUSH_REFUSAL_COUNT];
    char why[PUSH_WHY]; /* the last failure; "" while up */
};
void push_look(struct push *p, struct push_facts *out);
/* The oldest letter, which is the caller's now (push_letter_free), or NULL. */
struct push_letter *push_take(struct push *p);
/* One more message that the shell found to be so. */
void push_refuse(struct push *p, enum push_refusal refusal);
/* The version applied. Said when it is another one than was said last, and after each connect. */
void push_ack(struct push *p, uint64_t applied_ver);
/* A state summary (JSON, at most PUSH_STATE bytes; more is not said), once. */
void push_say(struct push *p, struct str state);

void push_stop(struct push *p); /* the thread is gone within about a second; does not wait */
/* Stops, waits for the thread, frees; NULL is fine. */
void push_close(struct push *p);

#endif
