#include "edge/cloud_status.h"

#include "sync/aside.h"

#include "edge/cloud_compare.h"
#include "edge/cloud_salvage.h"

#define DAY_MS  86400000LL
#define PACE_MS (7 * DAY_MS)
#define BYTES_EACH                                                                                 \
    2048 /* what one event takes of the map: header, body, its share of the order                  \
          */
#define DAYS_MAX 9999

static bool event_at(struct txn *txn, struct position at, struct event *out)
{
    return at.seq > 0 && journal_read(txn, at, out);
}

/* The first event of the epoch that is not older than `from_ms`; events rise in time. Where the
 * oldest have gone, those count as older. */
static uint64_t first_since(struct txn *txn, struct position head, int64_t from_ms)
{
    uint64_t low = 1, high = head.seq;
    struct event e;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (event_at(txn, (struct position){head.epoch, middle}, &e) && e.hlc.l_ms >= from_ms)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Of the last week, or of the epoch's life so far, at least one day. */
static uint64_t events_a_day(struct txn *txn, struct position head, int64_t now_ms)
{
    struct event first;
    if (head.seq == 0)
        return 0;
    uint64_t seq = first_since(txn, head, now_ms - PACE_MS);
    if (!event_at(txn, (struct position){head.epoch, seq}, &first))
        return 0;
    int64_t span_ms = now_ms - first.hlc.l_ms;
    if (span_ms < DAY_MS)
        span_ms = DAY_MS;
    return (head.seq - seq + 1) * (uint64_t)DAY_MS / (uint64_t)span_ms;
}

/* Until new orders are refused, if the center stays away. */
static int64_t room_days(const struct cloud *c, struct txn *txn, uint32_t used_permille)
{
    uint32_t end_permille = c->config->refuse_percent * 10;
    uint64_t a_day = events_a_day(txn, c->intake->at, clock_wall_ms(c->intake->clock)) * BYTES_EACH;
    uint64_t room = used_permille < end_permille ? end_permille - used_permille : 0;
    room *= store_map_bytes(c->intake->store) / 1000;
    uint64_t days = a_day > 0 ? room / a_day : DAYS_MAX;
    return days < DAYS_MAX ? (int64_t)days : DAYS_MAX;
}

static int64_t oldest_age_ms(const struct cloud *c, struct txn *txn)
{
    struct event e;
    struct position next = {c->position.acked.epoch, c->position.acked.seq + 1};
    if (cloud_waiting(c) == 0 || !event_at(txn, next, &e))
        return 0;
    int64_t age_ms = clock_wall_ms(c->intake->clock) - e.hlc.l_ms;
    return age_ms > 0 ? age_ms : 0;
}

/* How far the last request got. */
static const char *stuck_at(const struct session_facts *f)
{
    if (f->trouble == UPLINK_FINE)
        return "";
    switch (f->line) {
    case HTTPS_NO_NAME:
        return "name";
    case HTTPS_NO_CONNECTION:
        return "connection";
    case HTTPS_CLOCK:
    case HTTPS_NO_TRUST:
        return "certificates";
    case HTTPS_TIMED_OUT:
    case HTTPS_TOO_LARGE:
    case HTTPS_STOPPED:
    case HTTPS_BROKEN:
        return "answer";
    case HTTPS_ANSWERED:
        break;
    }
    return "center";
}

static void write_line(const struct cloud *c, struct jw *w)
{
    int64_t next_in_ms = c->tried_ms + c->facts.next_in_ms - clock_boot_ms();
    jw_kint(w, "since_at_ms", c->since_at_ms);
    jw_kstring(w, "state", str_of(uplink_state_name(c->facts.state)));
    jw_kstring(w, "box_id", str_of(c->config->cloud_box_id));
    jw_kstring(w, "error", str_of(session_text(&c->facts)));
    jw_kstring(w, "detail", str_of(c->facts.why));
    heal_status(&c->heal, w);
    jw_kstring(w, "action", str_of(cloud_action(c)));
    jw_kstring(w, "stuck_at", str_of(stuck_at(&c->facts)));
    jw_kint(w, "papers_end_ms", c->papers_end_ms);
    jw_kint(w, "next_try_ms", c->facts.next_in_ms > 0 && next_in_ms > 0 ? next_in_ms : 0);
    jw_kint(w, "requests", (int64_t)c->facts.requests);
    jw_kint(w, "failures", (int64_t)c->facts.failures);
    if (c->facts.orders_left_out > 0)
        jw_kint(w, "orders_left_out", (int64_t)c->facts.orders_left_out);
    jw_kint(w, "set_aside", (int64_t)c->facts.dead);
    jw_kint(w, "bad_rows", (int64_t)(c->facts.bad_rows + c->down.bad_rows));
}

static void write_settings(const struct cloud *c, struct jw *w)
{
    const struct cloud_settings *said = remote_now(&c->remote);
    jw_kobject(w, "limits");
    jw_kstring(w, "from", said != NULL ? STR("center") : STR("local"));
    jw_kint(w, "rev", said != NULL ? (int64_t)said->rev : 0);
    jw_kstring(w, "refused_at", str_of(c->facts.settings_at));
    jw_close(w, '}');
}

static void write_downlink(const struct cloud_down *p, struct jw *w)
{
    jw_kstring(w, "push", str_of(cloud_down_link(p)));
    jw_kstring(w, "push_error", str_of(p->facts.why));
    jw_kobject(w, "push_line");
    heal_status(&p->heal, w);
    jw_close(w, '}');
    jw_kint(w, "applied_ver", (int64_t)p->downlink.applied);
    jw_kint(w, "head_ver", (int64_t)p->head_ver);
    jw_kint(w, "pulls", (int64_t)p->pulls);
    jw_kint(w, "pushes", (int64_t)p->taken);
    jw_kobject(w, "refused");
    for (unsigned i = 0; i < PUSH_REFUSAL_COUNT; i++)
        if (p->facts.refused[i] > 0)
            jw_kint(w, push_refusal_name((enum push_refusal)i), (int64_t)p->facts.refused[i]);
    jw_close(w, '}');
}

void cloud_status(const struct cloud *c, struct txn *txn, uint32_t used_permille, struct jw *w)
{
    jw_kobject(w, "cloud");
    jw_kstring(w, "link", str_of(cloud_link(c)));
    if (c->session != NULL)
        write_line(c, w);
    if (c->session != NULL) {
        write_settings(c, w);
        write_downlink(&c->down, w);
    }
    if (c->intake->enrolled) {
        jw_karray(w, "acked");
        jw_int(w, c->position.acked.epoch);
        jw_int(w, (int64_t)c->position.acked.seq);
        jw_close(w, ']');
        jw_kint(w, "acked_at_ms", c->position.acked_at_ms);
        jw_kint(w, "waiting", (int64_t)cloud_waiting(c));
        jw_kint(w, "oldest_ms", oldest_age_ms(c, txn));
        cloud_compare_status(&c->facts, c->compared_at_ms, w);
        jw_kint(w, "aside", aside_count(txn));
        cloud_salvage_status(&c->facts, txn, c->intake->at, w);
        jw_kint(w, "room_days", room_days(c, txn, used_permille));
    }
    jw_close(w, '}');
}
