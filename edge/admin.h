/* The control socket's requests: paths to verbs, and the few verbs that are the shell's own
 * (docs/control-api.md). Who may ask is role admin; what the peer may ask is edge/peer's.
 */
#ifndef EDGE_ADMIN_H
#define EDGE_ADMIN_H

#include "edge/backup.h"
#include "edge/cloud_verbs.h"
#include "edge/control.h"
#include "edge/intake.h"
#include "edge/pair.h"
#include "edge/peer.h"
#include "edge/probe.h"
#include "edge/proof.h"
#include "edge/status.h"
#include "edge/verify.h"

struct admin {
    struct intake *intake;
    struct probe *probe;
    struct proof *proof;
    struct pair *pair;
    struct verify *verify;
    struct backups *backups;
    struct cloud *cloud;
    const struct status *status;
    struct peer_rule peers;
    void (*refresh)(void *ctx); /* the facts, before they are shown */
    void *ctx;
};
/* Hooks of the control socket; ctx is the struct admin. */
enum peer_right admin_right(void *ctx, int fd);
size_t admin_body_max(void *ctx, struct str path);
void admin_request(void *ctx, struct control_call *call, struct str method, struct str path,
                   struct str body);

#endif
