/* TLS for the broker's device listeners: the store's authority and the broker's certificate are
 * looked at when the hub starts and once a minute, and given to the broker beside its other files.
 *
 * What can fail: a paper that is missing or of somebody else. The hub then goes on with the other
 * listeners, says why in alert PH-2201, and looks again at its next start; one that cannot be
 * renewed is tried again every minute.
 *
 * Keys are in no backup: whoever loses them gets a new authority, and devices refuse the box. So
 * the store keeps the fingerprint of the one that its devices know (data_dir/authority). While
 * another one is in force and there are devices, alert PH-2204 stands, until the old one is back or
 * a device was paired with the new one. A restore brings the backup's devices, and what they know
 * (edge/backup_restore.h).
 */
#ifndef EDGE_LAN_TLS_H
#define EDGE_LAN_TLS_H

#include "edge/alerts.h"
#include "edge/broker.h"
#include "edge/devices.h"
#include "edge/store_ca.h"
#include "proto/json.h"

struct lan_tls {
    const struct config *config; /* borrowed, as all the others */
    struct broker *broker;
    const struct devices *devices;
    struct alerts *alerts;
    void (*alert_changed)(void *ctx, struct str id);
    void *ctx;
    struct store_ca ca; /* good where broker->tls */
    char dir[CONFIG_PATH];
    struct box_names names; /* that the certificate was looked at for */
    int64_t next_ms;        /* uptime of the next look; 0: at once */
    char why[STORE_CA_WHY]; /* empty: all is well, or no TLS was asked for */
};
bool lan_tls_wanted(const struct config *config);
/* Before the broker's configuration is written: sets broker->tls. */
void lan_tls_begin(struct lan_tls *t, int64_t now_ms);
/* A device was given the authority that is in force. */
void lan_tls_paired(struct lan_tls *t);
bool lan_tls_on(const struct lan_tls *t);
/* Once a second; looks once a minute. A broker with WebSockets over TLS is ended for its
 * supervisor, since that listener reads its certificate only when it starts. */
void lan_tls_tick(struct lan_tls *t, int64_t now_ms);
/* The member "tls": until when the certificate is good, the authority's fingerprint, and where
 * devices reach the listeners. */
void lan_tls_status(const struct lan_tls *t, struct jw *w);

#endif
