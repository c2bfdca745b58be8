/* Whatever stands on the disk: a row is taken apart or refused, and one that was taken is written
 * again as the very bytes it was read from. The first byte chooses the kind of row.
 */
#include <stdlib.h>
#include <string.h>

#include "edge/books/alert.h"
#include "edge/books/device.h"
#include "edge/books/order.h"
#include "edge/books/stock.h"
#include "edge/books/ticket.h"
#include "storage/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SUM_MAX_T    (LIMIT_QTY_T * 1000000)
#define AGREED_BYTES 2  /* what a row from before agreed_ms and sure_ms grows by: a zero each */
#define RIGHTS_BYTES 22 /* what a row from before rights grows by: 12 zeros, a mode of 1 to 10 */

enum row { ROW_ORDER, ROW_TICKET, ROW_STOCK, ROW_DEVICE, ROW_ALERT, ROW_RECORD, ROW_COUNT };

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void same(struct bytes in, const uint8_t *out, const struct pack *p)
{
    must(pack_ok(p) && p->at == in.n && memcmp(out, in.p, in.n) == 0);
}

static void order(struct bytes in, struct arena *arena)
{
    struct order o;
    if (in.n > ORDER_BYTES || !order_unpack(in, arena, &o))
        return;
    struct bytes out = order_pack(&o, arena);
    must(out.n == in.n && memcmp(out.p, in.p, in.n) == 0);
}

static void ticket(struct bytes in, struct arena *arena, uint8_t *out)
{
    struct ticket t;
    struct pack p;
    if (!ticket_unpack(in, arena, &t))
        return;
    pack_writer(&p, out, in.n);
    ticket_fields(&p, &t, NULL);
    same(in, out, &p);
}

static bool is_sum(int64_t v_t)
{
    return v_t >= -SUM_MAX_T && v_t <= SUM_MAX_T;
}

/* What a store has counted up; a checksum stands between any other number and the arithmetic. */
static bool can_be(const struct stock_row *r)
{
    bool can = is_sum(r->base_t) && is_sum(r->base_h_t) && is_sum(r->base_c_t) && is_sum(r->h_t) &&
               is_sum(r->c_t) && is_sum(r->lh_t) && is_sum(r->lc_t) && is_sum(r->gr_t) &&
               is_sum(r->xr_t) && is_sum(r->presumed_t);
    for (uint16_t i = 0; i < r->n_channels; i++)
        can = can && is_sum(r->channels[i].used_t) && is_sum(r->channels[i].m_t) &&
              is_sum(r->channels[i].limit_t);
    return can;
}

/* A row of an older format is written with what it lacked, all zero, and then again as it is. */
static void grown(struct bytes out, size_t by)
{
    struct stock_row r;
    must(stock_unpack(out, &r) && r.agreed_ms == 0 && r.sure_ms == 0);
    if (by != AGREED_BYTES) {
        must(by <= RIGHTS_BYTES && r.mode_in_force == r.mode);
        must(r.n_offers == 0 && r.presumed_t == 0 && r.restored_ms == 0 && r.cmd_done == 0);
    }
}

static void stock(struct bytes in, uint8_t *out)
{
    struct stock_row r;
    struct pack p;
    if (!stock_unpack(in, &r))
        return;
    pack_writer(&p, out, in.n + RIGHTS_BYTES);
    stock_fields(&p, &r);
    must(pack_ok(&p) && p.at >= in.n && memcmp(out, in.p, in.n) == 0);
    if (p.at > in.n)
        grown((struct bytes){out, p.at}, p.at - in.n);
    if (can_be(&r))
        must(stock_avail(&r, CHANNEL_POS) >= 0 && stock_short(&r) >= 0);
}

static void device(struct bytes in, uint8_t *out)
{
    struct device_row d;
    struct pack p;
    if (!device_unpack(in, &d))
        return;
    pack_writer(&p, out, in.n);
    device_fields(&p, &d);
    same(in, out, &p);
}

/* What was written is read; with any bit turned it is not. */
static void record(struct bytes in, uint8_t *out)
{
    struct bytes key = {"key", 3}, value;
    record_write(TABLE_META, key, in, out);
    struct bytes raw = {out, RECORD_HEAD + in.n};
    must(!record_read(TABLE_META, key, raw, &value) && value.n == in.n);
    must(record_read(TABLE_STOCK, key, raw, &value) != NULL);
    out[in.n % raw.n] ^= (uint8_t)(1U << in.n % 8);
    must(record_read(TABLE_META, key, raw, &value) != NULL);
    (void)record_read(TABLE_META, key, in, &value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct alert_row alert;
    if (size < 1)
        return 0;
    struct bytes in = {data + 1, size - 1};
    uint8_t *out = malloc(RECORD_HEAD + RIGHTS_BYTES + size);
    must(out != NULL);
    arena_init(&arena, 4 << 20);
    switch ((enum row)(data[0] % ROW_COUNT)) {
    case ROW_ORDER:
        order(in, &arena);
        break;
    case ROW_TICKET:
        ticket(in, &arena, out);
        break;
    case ROW_STOCK:
        stock(in, out);
        break;
    case ROW_DEVICE:
        device(in, out);
        break;
    case ROW_ALERT:
        (void)alert_unpack(in, &alert);
        break;
    case ROW_RECORD:
        record(in, out);
        break;
    case ROW_COUNT:
        break;
    }
    arena_free(&arena);
    free(out);
    return 0;
}
