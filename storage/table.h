/* The tables of the store: what stands in each, under which key. */
#ifndef STORAGE_TABLE_H
#define STORAGE_TABLE_H

#include "proto/types.h"

/* The order is part of the disk format: append only.
 *  X(enum, name on disk, format version written) */
#define TABLE_LIST(X)                                                                              \
    X(TABLE_META, "meta", 1)   /* text key: the few rows there is one of */                        \
    X(TABLE_STOCK, "stock", 1) /* object_type u8, object_id u64 */                                 \
    X(TABLE_ORDER_OPEN, "order_open",                                                              \
      1) /* order number u64, rising: orders that can still move */                                \
    X(TABLE_ORDER_DONE, "order_done", 1) /* the same key, once it has ended */                     \
    X(TABLE_ORDER_ID, "order_id", 1)     /* order_id text -> order number u64 */                   \
    X(TABLE_REPLY, "reply", 1)           /* rising u64: what a request was answered */             \
    X(TABLE_REPLY_ID, "reply_id", 1)     /* device, 0, req_id -> reply number u64 */               \
    X(TABLE_TICKET, "ticket", 1)         /* order number u64, station, 0, round u32 */             \
    X(TABLE_TIMER, "timer", 1)           /* deadline u64, kind u8, id u64: of the uptime clock */  \
    X(TABLE_JOURNAL, "journal", 1)       /* epoch u32, seq u64: header */                          \
    X(TABLE_BODY, "body", 1)             /* the same key: body, dropped earlier than the header */ \
    X(TABLE_MENU, "menu", 1)             /* kind u8, id u64 (or 0 for the head) */                 \
    X(TABLE_DEVICE, "device", 1)         /* device id text */                                      \
    X(TABLE_ALERT, "alert", 1)           /* alert id text */                                       \
    X(TABLE_DAY, "day", 1)               /* yyyymmdd u32: the day's sums */                        \
    X(TABLE_PICKUP, "pickup", 1) /* channel u8, number u16 -> order number of an open order */     \
    X(TABLE_RECENT, "recent", 1) /* table u8, key: new entries of scattered tables */              \
    X(TABLE_SYNC, "sync", 1)     /* text key: where the store stands with its center */            \
    X(TABLE_CASE, "case", 1)     /* object_type u8, object_id u64, generation: oversold */         \
    X(TABLE_WANT, "want", 1)     /* object_type u8, object_id u64: rights asked of the center */   \
    X(TABLE_DUE, "due", 1)       /* deadline u64, kind u8, id u64: timers of the wall clock */     \
    X(TABLE_ARMED, "armed", 1)   /* kind u8, id u64 -> deadline u64: where its one timer stands */
enum table {
#define X(e, name, version) e,
    TABLE_LIST(X)
#undef X
        TABLE_COUNT
};
const char *table_name(enum table t);

struct bytes {
    const void *p;
    size_t n;
};

#endif
