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

static void stock(struct bytes in, uint8_t *out)
{
    struct stock_row r;
    struct pack p;
    if (!stock_unpack(in, &r))
        return;
    pack_writer(&p, out, in.n);
    stock_fields(&p, &r);
    same(in, out, &p);
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
    uint8_t *out = malloc(RECORD_HEAD + size);
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
