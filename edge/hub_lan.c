/* The hub on the LAN: what it says of itself, and who is told what comes in.
 */
#include "edge/hub_parts.h"

#include <unistd.h>

#include "edge/log.h"
#include "edge/presence.h"

/* ---- the hub's own topic ---- */

static struct str state_text(const struct hub *h, bool online, char out[STATE_TEXT])
{
    char host[128] = "";
    struct jw w;
    gethostname(host, sizeof(host) - 1);
    jw_init(&w, out, STATE_TEXT);
    jw_open(&w, '{');
    jw_kstring(&w, "state", online ? STR("online") : STR("offline"));
    jw_kint(&w, "boot", h->boot.head.boot);
    jw_kint(&w, "epoch", h->intake.at.epoch);
    jw_kstring(&w, "version", STR(PH_VERSION));
    jw_kstring(&w, "host", str_of(host));
    jw_kobject(&w, "cloud");
    jw_kstring(&w, "link", str_of(cloud_link(&h->cloud)));
    if (h->cloud.session != NULL)
        jw_kint(&w, "since_at_ms", h->cloud.since_at_ms);
    jw_close(&w, '}');
    jw_kstring(&w, "clock", clock_suspect(&h->clock) ? STR("suspect") : STR("synced"));
    jw_close(&w, '}');
    return jw_text(&w);
}

void hub_tell(struct hub *h, bool online)
{
    char text[STATE_TEXT];
    lan_publish(h->lan, h->hub_topic, state_text(h, online, text), LAN_AT_LEAST_ONCE, true, NULL);
}

void hub_tell_alert(void *ctx, struct str id)
{
    struct hub *h = ctx;
    publish_alert(&h->publish, id);
}

/* ---- the LAN ---- */

static void on_up(void *ctx)
{
    struct hub *h = ctx;
    char topic[TOPIC_TEXT];
    h->facts.broker_connected = true;
    h->facts.broker_since_at_ms = clock_wall_ms(&h->clock);
    log_info("broker_connected socket=%s", h->broker.socket);
    /* The reply is the acknowledgement; the broker's own would only cost a message each. */
    lan_subscribe(h->lan, topic_make(topic, "dev/+/req/+"), LAN_AT_MOST_ONCE, NULL);
    lan_subscribe(h->lan, topic_make(topic, "dev/+/state"), LAN_AT_MOST_ONCE, NULL);
    lan_subscribe(h->lan, BROKER_DROPPED, LAN_AT_MOST_ONCE, NULL);
    h->drops_known = false;
    hub_tell(h, true);
    publish_connected(&h->publish);
    pair_connected(&h->pair);
    if (h->broker.reload_owed)
        broker_reload(&h->broker);
}

static void on_down(void *ctx, const char *why, bool refused)
{
    struct hub *h = ctx;
    if (h->facts.broker_connected) {
        h->counters.reconnects++;
        h->facts.broker_since_at_ms = clock_wall_ms(&h->clock);
        log_warning("broker_lost why=\"%s\"", why);
    }
    h->facts.broker_connected = false;
    presence_lost(&h->devices);
    publish_disconnected(&h->publish);
    /* It started before it could read the new passwords. */
    if (refused && broker_reload(&h->broker))
        log_warning("broker_refused why=\"%s\"", why);
}

/* The first number after a connect is where counting begins: the broker may be older than we. */
static void heard_dropped(struct hub *h, const struct lan_message *m)
{
    uint64_t n = 0;
    for (size_t i = 0; i < m->payload.n && m->payload.p[i] >= '0' && m->payload.p[i] <= '9'; i++)
        n = n * 10 + (uint64_t)(m->payload.p[i] - '0');
    if (h->drops_known && n > h->drops)
        h->counters.broker_dropped += n - h->drops;
    h->drops = n;
    h->drops_known = true;
}

static void heard_state(struct hub *h, struct str id, struct str payload)
{
    presence_heard(&h->devices, id, payload, clock_wall_ms(&h->clock));
    const struct device *device = devices_find(&h->devices, id);
    if (device != NULL && device->online)
        pair_online(&h->pair, id);
}

static void on_message(void *ctx, const struct lan_message *m)
{
    struct hub *h = ctx;
    struct topic topic = topic_parse(m->topic);
    if (str_eq(m->topic, STR(BROKER_DROPPED))) {
        heard_dropped(h, m);
        return;
    }
    if (pair_heard(&h->pair, m))
        return;
    if (topic.kind == TOPIC_REQ)
        intake_lan(&h->intake, m);
    else if (topic.kind == TOPIC_STATE)
        heard_state(h, topic.device, m->payload);
    else if (m->retained && m->payload.n > 0)
        publish_heard(&h->publish, m->topic);
}

static void on_acked(void *ctx, int mid, int reason)
{
    struct hub *h = ctx;
    (void)mid, (void)reason;
    publish_room(&h->publish);
}

static void on_stuck(void *ctx, const char *why, int64_t still_ms)
{
    struct hub *h = ctx;
    heal_stuck(&h->lan_heal, why, still_ms, clock_boot_ms(), clock_wall_ms(&h->clock));
}

static void on_echoed(void *ctx)
{
    struct hub *h = ctx;
    heal_moves(&h->lan_heal, clock_boot_ms());
}

void hub_lan_tick(struct hub *h)
{
    lan_tick(h->lan);
    heal_tick(&h->lan_heal, clock_boot_ms());
}

bool hub_lan_open(struct hub *h)
{
    topic_make(h->hub_topic, "hub");
    topic_make(h->echo_topic, "hub/echo");
    h->lan_heal =
        (struct heal){.link = "lan",
                      .alert = "lan-stuck",
                      .code = "PH-2203",
                      .name = "LAN session",
                      .action = "None needed. If it goes on: systemctl status poshub-broker",
                      .alerts = &h->alerts,
                      .alert_changed = hub_tell_alert,
                      .ctx = h};
    h->status.lan_heal = &h->lan_heal;
    const struct lan_options options = {.socket = h->broker.socket,
                                        .client_id = BROKER_HUB_USER,
                                        .user = BROKER_HUB_USER,
                                        .password = h->broker.hub_password,
                                        .will_topic = h->hub_topic,
                                        .will = state_text(h, false, h->will),
                                        .echo_topic = h->echo_topic};
    const struct lan_hooks hooks = {.ctx = h,
                                    .up = on_up,
                                    .down = on_down,
                                    .message = on_message,
                                    .acked = on_acked,
                                    .stuck = on_stuck,
                                    .echoed = on_echoed};
    h->lan = lan_open(&h->loop, &options, &hooks);
    h->intake.lan = h->publish.lan = h->lan;
    return h->lan != NULL;
}
