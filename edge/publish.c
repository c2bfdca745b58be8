#include "edge/publish.h"

#include <string.h>

#include "edge/books/menu.h"
#include "edge/live.h"
#include "edge/log.h"
#include "proto/topic.h"

#define TOPICS_MAX    65536 /* remembered hashes: 3.5 MiB at most */
#define SCRATCH_BYTES (1024 * 1024)
#define WINDOW        150 /* messages that the socket has not taken yet; then states wait */
#define SLICE_ROWS    128 /* then the loop gets its turn */

enum sweep { SWEEP_NONE, SWEEP_HEAD, SWEEP_STOCK, SWEEP_ORDERS, SWEEP_TICKETS };

/* The hub's own topics that may be left over at the broker from another life; the many last, since
 * what goes beyond the broker's queue is dropped. */
static const char *const READ_BACK[] = {"ticket/#", "alert/#",       "pickup/#",
                                        "order/#",  "dev/+/order/+", "stock/#"};

static void on_timer(uv_timer_t *timer);

void publish_init(struct publish *p, uv_loop_t *loop)
{
    coalesce_init(&p->live, TOPICS_MAX);
    arena_init(&p->scratch, SCRATCH_BYTES);
    uv_timer_init(loop, &p->timer);
    p->timer.data = p;
}

void publish_stop(struct publish *p)
{
    publish_disconnected(p);
    uv_close((uv_handle_t *)&p->timer, NULL);
}

void publish_fini(struct publish *p)
{
    coalesce_fini(&p->live);
    arena_free(&p->scratch);
}

/* ---- one turn: a read transaction shared by everything that is told in it ---- */

static bool turn_begin(struct publish *p)
{
    if (p->txn == NULL && txn_begin_read(p->store, &p->txn) != PH_OK)
        p->txn = NULL;
    return p->txn != NULL;
}

static void turn_end(struct publish *p)
{
    if (p->txn != NULL && txn_error(p->txn) != PH_OK)
        log_error("publish_fault what=\"%s\"", txn_fault(p->txn));
    txn_abort(p->txn);
    p->txn = NULL;
}

/* A damaged record silences its own topic, not those after it. */
static void turn_renew(struct publish *p)
{
    if (p->txn != NULL && txn_error(p->txn) != PH_OK) {
        turn_end(p);
        turn_begin(p);
    }
}

static bool has_room(const struct publish *p)
{
    return lan_is_up(p->lan) && lan_outstanding(p->lan) < WINDOW;
}

static struct live live_of(struct publish *p)
{
    arena_reset(&p->scratch);
    return (struct live){.txn = p->txn,
                         .arena = &p->scratch,
                         .secret = p->secret,
                         .now_u_ms = clock_uptime_ms(p->clock),
                         .text = {.p = p->text, .cap = sizeof(p->text)}};
}

static void send_state(struct publish *p, const char *topic, struct str payload)
{
    if (topic[0] == 0)
        return;
    if (lan_publish(p->lan, topic, payload, LAN_AT_MOST_ONCE, true, NULL))
        p->counters->published++;
}

static void clear(struct publish *p, const char *topic)
{
    send_state(p, topic, STR(""));
}

/* ---- coalesced topics ---- */

static void tell(struct publish *p, struct live_key key)
{
    struct live live = live_of(p);
    if (!live_render(&live, key))
        return;
    if (coalesce_differs(&p->live, key, live_hash(&live), clock_boot_ms())) {
        send_state(p, live.topics[0], jw_text(&live.text));
        send_state(p, live.topics[1], jw_text(&live.text));
    }
}

static void touch(struct publish *p, struct live_key key)
{
    bool stock = key.kind == LIVE_STOCK, kept;
    if (p->rush && !stock)
        kept = coalesce_touch_patiently(&p->live, key, clock_boot_ms());
    else
        kept = coalesce_touch(&p->live, key, stock ? live_marks(p->txn, key) : 0, clock_boot_ms());
    if (!kept)
        log_error("publish_lost kind=%u", (unsigned)key.kind);
}

static struct live_key stock_live(struct object object)
{
    return (struct live_key){(uint64_t)object.id, (uint16_t)object.type, LIVE_STOCK};
}

static struct live_key order_live(uint64_t no)
{
    return (struct live_key){no, 0, LIVE_ORDER};
}

static struct live_key pickup_live(enum channel channel, uint16_t number)
{
    return (struct live_key){number, (uint16_t)channel, LIVE_PICKUP};
}

/* ---- topics that go at once ---- */

static void tell_ticket(struct publish *p, uint64_t order_no, struct str station, uint32_t round,
                        bool also_empty)
{
    struct live live = live_of(p);
    if (live_ticket(&live, order_no, station, round) && (also_empty || live.text.n > 0))
        send_state(p, live.topics[0], jw_text(&live.text));
}

static void tell_menu(struct publish *p)
{
    struct live live = live_of(p);
    if (live_menu(&live))
        send_state(p, live.topics[0], jw_text(&live.text));
}

static void tell_alert(struct publish *p, struct str id)
{
    struct live live = live_of(p);
    live_alert(&live, p->alerts, id);
    send_state(p, live.topics[0], jw_text(&live.text));
}

void publish_alert(struct publish *p, struct str id)
{
    if (!lan_is_up(p->lan) || !turn_begin(p))
        return;
    tell_alert(p, id);
    turn_end(p);
}

void publish_batch(struct publish *p, size_t requests)
{
    p->rush = requests >= PUBLISH_RUSH;
}

void publish_change(struct publish *p, const struct change *change)
{
    if (!lan_is_up(p->lan) || !turn_begin(p))
        return;
    turn_renew(p);
    switch (change->kind) {
    case CHANGE_ORDER:
        touch(p, order_live(change->order_no));
        break;
    case CHANGE_STOCK:
        touch(p, stock_live(change->object));
        break;
    case CHANGE_PICKUP:
        touch(p, pickup_live(change->channel, change->pickup));
        break;
    case CHANGE_TICKET:
        tell_ticket(p, change->order_no, change->text, change->round, true);
        break;
    case CHANGE_ALERT:
        tell_alert(p, change->text);
        break;
    case CHANGE_MENU:
        tell_menu(p);
        break;
    case CHANGE_DEVICES:
    case CHANGE_HUB:
        break;
    }
}

/* ---- everything anew ---- */

static void sweep_alerts(struct publish *p)
{
    struct scan s = scan_begin(p->txn, TABLE_ALERT, (struct bytes){0}, false);
    s.skip_bad = true;
    while (scan_next(&s))
        tell_alert(p, (struct str){s.key.p, s.key.n});
    scan_end(&s);
    for (size_t i = 0; i < p->alerts->n; i++)
        tell_alert(p, str_of(p->alerts->list[i].id));
}

static void sweep_row(struct publish *p, struct bytes key)
{
    const uint8_t *k = key.p;
    switch ((enum sweep)p->sweep) {
    case SWEEP_STOCK:
        touch(p, stock_live((struct object){k[0] == OBJECT_SPU ? OBJECT_SPU : OBJECT_SKU,
                                            (int64_t)key_get_u64(k + 1)}));
        break;
    case SWEEP_ORDERS:
        touch(p, order_live(key_get_u64(k)));
        touch(p, live_pickup_of(p->txn, &p->scratch, key_get_u64(k)));
        break;
    case SWEEP_TICKETS:
        tell_ticket(p, key_get_u64(k), (struct str){(const char *)k + 8, key.n - 13},
                    key_get_u32(k + key.n - 4), false);
        break;
    case SWEEP_NONE:
    case SWEEP_HEAD:
        break;
    }
}

static enum table sweep_table(enum sweep sweep)
{
    return sweep == SWEEP_STOCK    ? TABLE_STOCK
           : sweep == SWEEP_ORDERS ? TABLE_ORDER_OPEN
                                   : TABLE_TICKET;
}

/* One slice; the next one begins after the last row of this one. */
static void sweep_slice(struct publish *p)
{
    size_t rows = 0;
    bool more = false;
    struct scan s =
        scan_begin(p->txn, sweep_table((enum sweep)p->sweep), key_bytes(&p->sweep_key), false);
    s.skip_bad = true;
    while (rows < SLICE_ROWS && has_room(p) && (more = scan_next(&s))) {
        struct bytes last = key_bytes(&p->sweep_key);
        if (s.key.n == last.n && memcmp(s.key.p, last.p, last.n) == 0)
            continue;
        p->sweep_key.n = s.key.n;
        memcpy(p->sweep_key.b, s.key.p, s.key.n);
        sweep_row(p, s.key);
        rows++;
    }
    more = more || rows == SLICE_ROWS || !has_room(p);
    scan_end(&s);
    p->swept += rows;
    if (more)
        return;
    p->sweep_key.n = 0;
    p->sweep = p->sweep == SWEEP_TICKETS ? SWEEP_NONE : p->sweep + 1;
    if (p->sweep == SWEEP_NONE)
        log_info("published_all rows=%llu", (unsigned long long)p->swept);
}

static void sweep_step(struct publish *p)
{
    if (p->sweep == SWEEP_HEAD) {
        tell_menu(p);
        sweep_alerts(p);
        p->sweep = SWEEP_STOCK;
    } else {
        sweep_slice(p);
    }
}

/* ---- the pump ---- */

static void wait_for_next(struct publish *p)
{
    int64_t wait_ms = p->sweep != SWEEP_NONE ? 0 : coalesce_wait_ms(&p->live, clock_boot_ms());
    if (wait_ms < 0 || !has_room(p))
        uv_timer_stop(&p->timer); /* publish_room or publish_change begins again */
    else
        uv_timer_start(&p->timer, on_timer, (uint64_t)wait_ms, 0);
}

void publish_flush(struct publish *p)
{
    struct live_key key;
    if (!lan_is_up(p->lan) || !turn_begin(p))
        return;
    while (has_room(p) && coalesce_next(&p->live, clock_boot_ms(), &key)) {
        turn_renew(p);
        tell(p, key);
    }
    if (p->sweep != SWEEP_NONE && has_room(p)) {
        turn_renew(p);
        sweep_step(p);
    }
    turn_end(p);
    wait_for_next(p);
}

static void on_timer(uv_timer_t *timer)
{
    publish_flush(timer->data);
}

void publish_room(struct publish *p)
{
    bool waits = p->sweep != SWEEP_NONE || p->live.n_waiting > 0;
    if (waits && !uv_is_active((uv_handle_t *)&p->timer) && lan_outstanding(p->lan) <= WINDOW / 2)
        wait_for_next(p);
}

/* ---- the connection ---- */

static void sweep_all(struct publish *p)
{
    p->sweep = SWEEP_HEAD;
    p->sweep_key.n = 0;
    p->swept = 0;
}

void publish_connected(struct publish *p)
{
    coalesce_reset(&p->live);
    sweep_all(p);
    p->reading_back = p->read_back_heard = true;
    for (size_t i = 0; i < sizeof(READ_BACK) / sizeof(READ_BACK[0]); i++) {
        char topic[TOPIC_TEXT];
        lan_subscribe(p->lan, topic_make(topic, "%s", READ_BACK[i]), LAN_AT_MOST_ONCE, NULL);
    }
    wait_for_next(p);
}

void publish_all(struct publish *p)
{
    if (lan_is_up(p->lan))
        sweep_all(p);
}

void publish_disconnected(struct publish *p)
{
    uv_timer_stop(&p->timer);
    p->sweep = SWEEP_NONE;
    p->reading_back = false;
    coalesce_reset(&p->live);
}

void publish_heard(struct publish *p, struct str topic)
{
    char name[TOPIC_TEXT];
    if (!p->reading_back || topic.n >= sizeof(name) || !turn_begin(p))
        return;
    p->read_back_heard = true;
    struct live live = live_of(p);
    bool known = live_exists(&live, p->alerts, topic);
    bool sure = txn_error(p->txn) == PH_OK;
    turn_end(p);
    if (known || !sure)
        return;
    memcpy(name, topic.p, topic.n);
    name[topic.n] = 0;
    clear(p, name);
}

/* A second without anything kept: the broker has told all it has. */
void publish_tick(struct publish *p)
{
    if (!p->reading_back || !lan_is_up(p->lan))
        return;
    if (p->read_back_heard) {
        p->read_back_heard = false;
        return;
    }
    p->reading_back = false;
    for (size_t i = 0; i < sizeof(READ_BACK) / sizeof(READ_BACK[0]); i++) {
        char topic[TOPIC_TEXT];
        lan_unsubscribe(p->lan, topic_make(topic, "%s", READ_BACK[i]));
    }
}

void publish_stock_counts(const struct publish *p, size_t *rows, size_t *sold_out)
{
    coalesce_count(&p->live, LIVE_STOCK, LIVE_CLOSED, rows, sold_out);
}
