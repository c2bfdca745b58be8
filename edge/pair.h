/* device.pair: a device gets its name and password over TLS from a code that a person carries
 * between it and the hub (docs/pairing.md). One window at a time.
 *
 * The happy path: the window opens and the broker knows a guest "pair-<first symbol>" whose
 * password everybody knows. The device says hello as that guest, with a proof that it has the code;
 * the guest's password becomes one that only the code's owners can know. Back with it, the device
 * says that it is ready; it is added as device.add does it and told its password. When it is online
 * under its own name, a round trip proves its rights, the guest goes, the technician gets the
 * reply.
 *
 * What can fail: nobody comes within the window (4006); whoever asked for it hangs up, which shuts
 * it within a second; the device is revoked before it is back; five wrong proofs shut pairing for
 * ten minutes (alert PH-2202); the device does not come back under its name within PAIR_BACK_MS: it
 * stays known, and the reply says why nothing is proved. Whatever happens, the guest goes with the
 * window, and a hub that starts knows no guest.
 */
#ifndef EDGE_PAIR_H
#define EDGE_PAIR_H

#include "edge/lan_tls.h"
#include "edge/pair_code.h"
#include "edge/probe.h"

#define PAIR_BACK_MS 30000 /* a device restarts its connection; some restart themselves */

/*  X(enum, what the log says) */
#define PAIR_STATE_LIST(X)                                                                         \
    X(PAIR_SHUT, "shut")       /* no window */                                                     \
    X(PAIR_OPENING, "opening") /* the key is being derived */                                      \
    X(PAIR_OPEN, "open")       /* the guest may say hello */                                       \
    X(PAIR_KNOWN, "known")     /* it has proved the code and shall come back */                    \
    X(PAIR_ADDING, "adding")   /* the device is with the writer */                                 \
    X(PAIR_TOLD, "told")       /* it knows its password and shall come under its name */           \
    X(PAIR_PROVING, "proving")

enum pair_state {
#define X(e, text) e,
    PAIR_STATE_LIST(X)
#undef X
};

struct pair {
    uv_loop_t *loop; /* all borrowed */
    struct intake *intake;
    struct probe *probe;
    struct broker *broker;
    struct lan_tls *tls;
    struct alerts *alerts;
    void (*alert_changed)(void *ctx, struct str id);
    void *ctx;
    enum pair_state state;
    struct request *request; /* who waits; NULL: no window */
    char code[PAIR_CODE + 1];
    uint8_t key[PAIR_KEY];
    struct pair_lock lock;
    int64_t until_ms; /* uptime: the end of what is waited for, at the latest */
    uv_work_t work; /* its data is NULL while none runs; code and derived are its own until then */
    uint8_t derived[PAIR_KEY];
};
/* Takes the request over: it is answered at the window's end, or at once where there is no window
 * to be had. */
void pair_begin(struct pair *p, struct request *r);
/* Ends a window that nobody has used yet. Answers the request. */
void pair_end(struct pair *p, struct request *r);
/* Once a second. */
void pair_tick(struct pair *p);
/* The broker is there (again). */
void pair_connected(struct pair *p);
/* The member "pairing" while a window is open: "state", "device", "left_ms" at most; never the
 * code, nor a part of it. Nothing is written otherwise. */
void pair_status(const struct pair *p, struct jw *w);
/* False: the message is not for pairing. */
bool pair_heard(struct pair *p, const struct lan_message *m);
/* A device has said that it is online. */
void pair_online(struct pair *p, struct str device);
/* Refuses what still waits; the work that runs ends with the loop. */
void pair_stop(struct pair *p);

#endif
