/* What the control socket shows about the hub itself: status, top, metrics (docs/control-api.md).
 * Only reads; everything is borrowed for the call.
 */
#ifndef EDGE_STATUS_H
#define EDGE_STATUS_H

#include "edge/alerts.h"
#include "edge/cloud.h"
#include "edge/clock.h"
#include "edge/config.h"
#include "edge/counters.h"
#include "edge/devices.h"
#include "edge/heal.h"
#include "edge/lan_tls.h"
#include "edge/pair.h"
#include "proto/json.h"
#include "storage/writer.h"

/* What the hub knows and no table does. */
struct hub_facts {
    bool broker_connected;
    int64_t broker_since_at_ms; /* of the present state of the connection */
    enum fs_promise fs;
    char fs_why[STORE_WHY];
    uint32_t used_permille; /* of the map; measured once a minute */
    int64_t started_us;
    size_t stock_rows, sold_out;
    int64_t backup_newest_ms; /* wall clock; 0: none */
    char control_path[128], broker_socket[128];
};
struct status {
    struct store *store;
    struct writer *writer;
    const struct config *config;
    const struct devices *devices;
    const struct counters *counters;
    const struct alerts *alerts;
    const struct clock *clock;
    const struct hub_facts *facts;
    const struct cloud *cloud;
    const struct heal *lan_heal;
    const struct lan_tls *tls;
    const struct pair *pair;
};
void status_write(const struct status *s, struct jw *w);
void status_top(const struct status *s, struct jw *w);
/* The first fault's text, or what the store is doing, as one line. */
void status_headline(const struct status *s, char *out, size_t out_n);
/* Prometheus text format 0.0.4; returns the length, or 0 where `out` is too small. */
size_t status_metrics(const struct status *s, char *out, size_t out_n);

#endif
