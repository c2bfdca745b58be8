#include "edge/live.h"

#include <string.h>

#include "edge/books/menu.h"
#include "storage/scatter.h"

static void begin(struct live *l)
{
    jw_init(&l->text, l->text.p, l->text.cap);
    l->topics[0][0] = l->topics[1][0] = 0;
}

/* ---- stock ---- */

static struct object object_of(struct live_key key)
{
    return (struct object){key.sub == OBJECT_SPU ? OBJECT_SPU : OBJECT_SKU, (int64_t)key.id};
}

static bool render_stock(struct live *l, struct object object)
{
    struct stock_row row;
    topic_make(l->topics[0], "stock/%s/%lld", object.type == OBJECT_SPU ? "spu" : "sku",
               (long long)object.id);
    if (stock_load(l->txn, object, &row) && !stock_is_plain(&row))
        view_stock(&l->text, &row, l->secret);
    return true;
}

uint8_t live_marks(struct txn *txn, struct live_key stock)
{
    struct stock_row row;
    uint8_t marks = 0;
    stock_load(txn, object_of(stock), &row);
    for (enum channel c = 0; c < CHANNEL_COUNT; c++)
        marks |= (uint8_t)((stock_avail(&row, c) > 0) << c);
    return marks;
}

/* ---- orders ---- */

static bool render_order(struct live *l, uint64_t no)
{
    struct order o;
    if (!order_load(l->txn, no, l->arena, &o))
        return false;
    topic_make(l->topics[0], "order/%.*s", (int)o.order_id.n, o.order_id.p);
    if (o.device.n > 0)
        topic_make(l->topics[1], "dev/%.*s/order/%.*s", (int)o.device.n, o.device.p,
                   (int)o.order_id.n, o.order_id.p);
    if (order_is_open(&o))
        view_order(&l->text, &o, l->now_u_ms, l->secret);
    return true;
}

/* ---- pickup numbers ---- */

static bool pickup_order(struct txn *txn, struct live_key key, uint64_t *no)
{
    struct bytes value;
    struct key row = {.n = 0};
    key_add_u8(&row, (uint8_t)key.sub);
    key_add_u8(&row, (uint8_t)(key.id >> 8));
    key_add_u8(&row, (uint8_t)key.id);
    if (!txn_get(txn, TABLE_PICKUP, key_bytes(&row), &value) || value.n != 8)
        return false;
    *no = key_get_u64(value.p);
    return true;
}

static bool render_pickup(struct live *l, struct live_key key)
{
    struct order o = {.channel = (enum channel)key.sub, .pickup = (uint16_t)key.id};
    char number[PICKUP_TEXT];
    uint64_t no;
    order_number(&o, number);
    topic_make(l->topics[0], "pickup/%s", number);
    if (pickup_order(l->txn, key, &no) && order_load(l->txn, no, l->arena, &o))
        view_pickup(&l->text, &o, l->secret);
    return true;
}

struct live_key live_pickup_of(struct txn *txn, struct arena *arena, uint64_t order_no)
{
    struct order o;
    arena_reset(arena);
    if (!order_load(txn, order_no, arena, &o))
        return (struct live_key){.kind = LIVE_PICKUP};
    return (struct live_key){o.pickup, (uint16_t)o.channel, LIVE_PICKUP};
}

/* ---- the rest ---- */

bool live_render(struct live *l, struct live_key key)
{
    begin(l);
    switch ((enum live_kind)key.kind) {
    case LIVE_STOCK:
        return render_stock(l, object_of(key));
    case LIVE_ORDER:
        return render_order(l, key.id);
    case LIVE_PICKUP:
        return key.id != 0 && render_pickup(l, key);
    }
    return false;
}

bool live_ticket(struct live *l, uint64_t order_no, struct str station, uint32_t round)
{
    struct ticket t;
    struct order o;
    begin(l);
    if (!ticket_load(l->txn, order_no, station, round, l->arena, &t))
        return false;
    topic_make(l->topics[0], "ticket/%.*s/%.*s/%u", (int)station.n, station.p, (int)t.order_id.n,
               t.order_id.p, round);
    if (t.state != TICKET_BUMPED && order_load(l->txn, order_no, l->arena, &o))
        view_ticket(&l->text, &t, &o, l->secret);
    return true;
}

bool live_menu(struct live *l)
{
    struct menu_head head;
    begin(l);
    topic_make(l->topics[0], "menu");
    menu_head_load(l->txn, &head);
    jw_open(&l->text, '{');
    jw_kint(&l->text, "rev", (int64_t)head.rev);
    jw_kint(&l->text, "items", head.items);
    jw_close(&l->text, '}');
    return true;
}

void live_alert(struct live *l, const struct alerts *alerts, struct str id)
{
    const struct alert *own = alerts_find(alerts, id);
    struct alert_row row;
    begin(l);
    topic_make(l->topics[0], "alert/%.*s", (int)id.n, id.p);
    if (own != NULL)
        row = (struct alert_row){.id = id,
                                 .kind = str_of(own->kind),
                                 .text = str_of(own->text),
                                 .since_at_ms = own->since_at_ms};
    else if (!alert_load(l->txn, id, &row))
        return;
    alert_view(&l->text, &row, l->secret);
}

static bool order_no_of(struct live *l, struct str order_id, uint64_t *no)
{
    struct bytes value;
    struct key id = key_text(order_id);
    if (!scatter_get(l->txn, TABLE_ORDER_ID, key_bytes(&id), &value) || value.n != 8)
        return false;
    *no = key_get_u64(value.p);
    return true;
}

/* "A042" */
static bool pickup_parse(struct str number, struct live_key *out)
{
    *out = (struct live_key){.kind = LIVE_PICKUP};
    for (size_t i = 1; i < number.n; i++) {
        if (number.p[i] < '0' || number.p[i] > '9' || out->id > LIMIT_PICKUP)
            return false;
        out->id = out->id * 10 + (uint64_t)(number.p[i] - '0');
    }
    while (number.n > 0 && out->sub < CHANNEL_COUNT &&
           channel_letter((enum channel)out->sub) != number.p[0])
        out->sub++;
    return number.n > 1 && out->sub < CHANNEL_COUNT;
}

bool live_exists(struct live *l, const struct alerts *alerts, struct str full)
{
    struct topic t = topic_parse(full);
    struct live_key key;
    uint64_t no;
    begin(l);
    switch (t.kind) {
    case TOPIC_STOCK:
        render_stock(l, t.object);
        break;
    case TOPIC_ORDER:
        if (order_no_of(l, t.name, &no))
            render_order(l, no);
        break;
    case TOPIC_DEVICE_ORDER:
        if (order_no_of(l, t.name, &no) && render_order(l, no) &&
            !str_eq(str_of(l->topics[1]), full))
            return false;
        break;
    case TOPIC_PICKUP:
        if (pickup_parse(t.name, &key))
            render_pickup(l, key);
        break;
    case TOPIC_TICKET:
        if (order_no_of(l, t.name, &no))
            live_ticket(l, no, t.station, t.round);
        break;
    case TOPIC_ALERT:
        live_alert(l, alerts, t.name);
        break;
    case TOPIC_HUB:
    case TOPIC_MENU:
    case TOPIC_STATE:
    case TOPIC_REQ:
    case TOPIC_RES:
    case TOPIC_CMD:
        return true;
    case TOPIC_FOREIGN:
        return false;
    }
    return l->text.n > 0;
}

/* ---- the visible content ---- */

/* The part of `text` from `mark` to the first of `ends` after it; empty at the end without it. */
static struct str cut(struct str text, const char *mark, char end)
{
    const char *p = memmem(text.p, text.n, mark, strlen(mark));
    if (p == NULL)
        return (struct str){text.p + text.n, 0};
    size_t left = text.n - (size_t)(p - text.p);
    const char *q = memchr(p, end, left);
    return (struct str){p, q != NULL ? (size_t)(q - p) : left};
}

/* The marks cannot stand inside a JSON string: a quote in there has a backslash before it. */
uint64_t live_hash(const struct live *l)
{
    struct str text = {l->text.p, l->text.n};
    if (text.n == 0)
        return COALESCE_EMPTY;
    struct str at = cut(text, "\"at\":[", ']'), left = cut(text, "\"expires_in_ms\":", ',');
    struct str first = at.p < left.p ? at : left, second = at.p < left.p ? left : at;
    uint64_t h = coalesce_hash((struct str){text.p, (size_t)(first.p - text.p)});
    const char *p = first.p + first.n;
    h = h * 31 + coalesce_hash((struct str){p, (size_t)(second.p - p)});
    p = second.p + second.n;
    h = h * 31 + coalesce_hash((struct str){p, (size_t)(text.p + text.n - p)});
    return h == COALESCE_EMPTY ? 1 : h;
}
