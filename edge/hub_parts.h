/* The hub's parts, for the four files that are the hub: hub.c (start, signals, end), hub_guard.c
 * (before the store is opened), hub_lan.c (the connection to the broker), hub_batch.c (what comes
 * back from the writer). For these alone.
 */
#ifndef EDGE_HUB_PARTS_H
#define EDGE_HUB_PARTS_H

#include "edge/admin.h"
#include "edge/broker.h"
#include "edge/clerk.h"
#include "edge/cloud.h"
#include "edge/guard.h"
#include "edge/heal.h"
#include "edge/hub_exit.h"
#include "edge/lan_tls.h"
#include "edge/proof.h"
#include "edge/publish.h"
#include "edge/service.h"
#include "edge/upkeep.h"
#include "proto/topic.h"

#define STATE_TEXT 512

struct hub {
    uv_loop_t loop;
    uv_signal_t term, interrupt, hangup;
    uv_timer_t tick, wake;
    const char *config_path;
    struct config config;
    struct books_config books; /* the loop's copy of what the writer gets */
    int run_fd;                /* holds the lock of run_dir */
    struct store *store;
    struct journal boot; /* head and secret of this start */
    struct clock clock;
    struct devices devices;
    struct broker broker;
    struct lan_tls tls;
    struct limits limits;
    struct counters counters;
    struct alerts alerts;
    struct hub_facts facts;
    struct clerk clerk;
    struct soldout soldout;
    struct intake intake;
    struct publish publish;
    struct cloud cloud;
    struct probe probe;
    struct proof proof;
    struct pair pair;
    struct verify verify;
    struct backups backups;
    struct upkeep upkeep;
    struct status status;
    struct service service;
    struct guard guard;
    struct admin admin;
    struct control *control;
    struct lan *lan;
    struct heal lan_heal;
    char will[STATE_TEXT], hub_topic[TOPIC_TEXT], echo_topic[TOPIC_TEXT];
    uint64_t drops; /* the broker's own count of messages it threw away */
    bool drops_known;
    bool stopping;
    enum hub_exit exit;
};

/* hub_guard.c: before the store is opened, while nothing else runs. False: the hub was asked to end
 * meanwhile. */
bool hub_guard(struct hub *h);
/* Opening the store came to this. True: the guard has looked at it, and it is worth another try. */
bool hub_guard_opened(struct hub *h, enum ph_err err);
/* There is no store but its backups: it has been said, and none may be begun. */
bool hub_guard_lost(struct hub *h);
/* The retained state on the hub's own topic, and the alerts of this run. */
void hub_tell(struct hub *h, bool online);
void hub_tell_alert(void *ctx, struct str id);
/* Begins to connect to the broker. */
bool hub_lan_open(struct hub *h);
void hub_lan_tick(struct hub *h);

/* Answers, then tells, everything that came back from the writer. */
void hub_settle(struct hub *h);
/* A device witnessed a position above ours (sync-protocol 3.7). */
void hub_rolled_back(void *ctx, struct position at, struct str device);
/* One did so before this start, and nobody has opened an epoch since. Before the writer opens. */
void hub_stays_rolled_back(struct hub *h);

#endif
