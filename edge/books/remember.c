/* Replies that had an effect, kept durably: a repeat of the same request gets the same answer
 * (sync-protocol 2.4). A reply is a row by a rising number, found through (device, req_id); so the
 * newest ones lie together on disk and the oldest are trimmed from the front.
 */
#include "edge/books/turn.h"
#include "storage/scatter.h"

#include <string.h>

struct remembered_reply {
    struct str device, req_id;
    uint8_t content[32];
    enum code code;
    bool late, refund_due, has_order, has_stock, has_value;
    struct position at;
    int64_t wall_ms, uptime_ms;
    struct str order, stock, value, detail;
};

static void reply_fields(struct pack *p, struct remembered_reply *r)
{
    pack_str(p, &r->device, LIMIT_DEVICE_ID);
    pack_str(p, &r->req_id, LIMIT_REQ_ID);
    pack_bytes(p, r->content, sizeof r->content);
    pack_enum(p, &r->code);
    pack_bool(p, &r->late);
    pack_bool(p, &r->refund_due);
    pack_bool(p, &r->has_order);
    pack_bool(p, &r->has_stock);
    pack_bool(p, &r->has_value);
    pack_u32(p, &r->at.epoch);
    pack_u64(p, &r->at.seq);
    pack_i64(p, &r->wall_ms);
    pack_i64(p, &r->uptime_ms);
    pack_str(p, &r->order, ORDER_BYTES);
    pack_str(p, &r->stock, STOCK_BYTES);
    pack_str(p, &r->value, LIMIT_PAGE_BYTES);
    pack_str(p, &r->detail, DETAIL_TEXT);
}

static struct key id_key(struct str device, struct str req_id)
{
    struct key k = {.n = 0};
    key_add_text(&k, device);
    key_add_text(&k, req_id);
    return k;
}

static bool reply_read(struct turn *t, struct bytes number, struct remembered_reply *out)
{
    struct bytes value;
    struct pack p;
    memset(out, 0, sizeof *out);
    if (!txn_get(t->b->txn, TABLE_REPLY, number, &value))
        return false;
    pack_reader(&p, value.p, value.n);
    reply_fields(&p, out);
    if (!pack_done(&p))
        txn_set_bad(t->b->txn, TABLE_REPLY, number);
    return pack_done(&p);
}

static struct bytes keep(struct turn *t, struct str v)
{
    struct str copy = arena_str(&t->out->arena, v);
    return (struct bytes){copy.p, copy.n};
}

static void answer(struct turn *t, const struct remembered_reply *r)
{
    struct outcome *out = t->out;
    out->code = r->code;
    out->replayed = true;
    out->late = r->late;
    out->refund_due = r->refund_due;
    out->at = r->at;
    out->uptime_ms = r->uptime_ms;
    out->has_order = r->has_order;
    out->order = keep(t, r->order);
    out->has_stock = r->has_stock;
    out->stock = keep(t, r->stock);
    out->has_value = r->has_value;
    out->value = arena_str(&out->arena, r->value);
    memcpy(out->detail, r->detail.p, r->detail.n);
}

bool remembered(struct turn *t)
{
    const struct command *c = t->c;
    struct bytes number;
    struct remembered_reply r;
    if (!c->req_id.n)
        return false;
    struct key key = id_key(c->who.device, c->req_id);
    if (!scatter_get(t->b->txn, TABLE_REPLY_ID, key_bytes(&key), &number) ||
        !reply_read(t, number, &r))
        return false;
    if (memcmp(r.content, c->content, sizeof r.content) == 0)
        answer(t, &r);
    else
        turn_refuse(t, CODE_REQ_ID_REUSED, "%s", code_text(CODE_REQ_ID_REUSED));
    return true;
}

static struct str text_of(struct bytes b)
{
    return (struct str){b.p, b.n};
}

void remember(struct turn *t)
{
    uint8_t buf[ORDER_BYTES + LIMIT_PAGE_BYTES];
    const struct command *c = t->c;
    const struct outcome *out = t->out;
    if (!c->req_id.n)
        return;
    struct remembered_reply r = {.device = c->who.device,
                                 .req_id = c->req_id,
                                 .code = out->code,
                                 .late = out->late,
                                 .refund_due = out->refund_due,
                                 .has_order = out->has_order,
                                 .has_stock = out->has_stock,
                                 .has_value = out->has_value,
                                 .at = out->at,
                                 .wall_ms = c->wall_ms,
                                 .uptime_ms = c->uptime_ms,
                                 .order = text_of(out->order),
                                 .stock = text_of(out->stock),
                                 .value = out->value,
                                 .detail = str_of(out->detail)};
    memcpy(r.content, c->content, sizeof r.content);
    struct pack p;
    pack_writer(&p, buf, sizeof buf);
    reply_fields(&p, &r);
    struct key number = key_u64(t->b->j.head.next_reply++), id = id_key(c->who.device, c->req_id);
    if (!pack_ok(&p)) {
        txn_set_bad(t->b->txn, TABLE_REPLY, key_bytes(&number));
        return;
    }
    txn_append(t->b->txn, TABLE_REPLY, key_bytes(&number), (struct bytes){buf, p.at});
    scatter_put(t->b->txn, TABLE_REPLY_ID, key_bytes(&id), key_bytes(&number));
}

/* By the uptime clock: a wall clock that is days ahead at a start must not make a device's repeat of
 * a minute ago a new request. */
static bool reply_is_old(struct turn *t, const struct remembered_reply *r, uint64_t number)
{
    return t->b->j.head.next_reply - number > LIMIT_REPLIES ||
           t->c->uptime_ms - r->uptime_ms > LIMIT_REPLY_AGE_MS;
}

bool replies_trim(struct turn *t, uint64_t most)
{
    struct scan s = scan_begin(t->b->txn, TABLE_REPLY, (struct bytes){0}, false);
    s.skip_bad = true;
    uint64_t gone = 0;
    while (gone < most && scan_next(&s)) {
        struct remembered_reply r = {.code = CODE_OK};
        struct pack p;
        pack_reader(&p, s.value.p, s.value.n);
        reply_fields(&p, &r);
        if (!pack_done(&p) || !reply_is_old(t, &r, key_get_u64(s.key.p)))
            break;
        struct key id = id_key(r.device, r.req_id);
        scan_del(&s);
        scatter_del(t->b->txn, TABLE_REPLY_ID, key_bytes(&id));
        gone++;
    }
    scan_end(&s);
    return gone == most;
}
