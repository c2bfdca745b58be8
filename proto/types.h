/* The words everybody uses. Closed lists are made once, as X-macros, with the name that stands on
 * the wire, in the log and in the CLI.
 *
 * Units: money in ten-thousandths of the currency unit (suffix _e4), quantities in tenths of a
 * portion (suffix _t), times in milliseconds (suffix _ms; _at_ms is Unix time). All int64_t.
 */
#ifndef PROTO_TYPES_H
#define PROTO_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed bytes; text is not NUL-terminated. Whoever keeps them copies them. */
struct str {
    const char *p;
    size_t n;
};
#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})
struct str str_of(const char *z); /* of a NUL-terminated text; NULL gives the empty one */
bool str_eq(struct str a, struct str b);
/* Bytewise order, as in memcmp with the shorter first. */
int str_cmp(struct str a, struct str b);

/* A position in the journal: Hub order is (epoch, seq), gapless inside an epoch. */
struct position {
    uint32_t epoch;
    uint64_t seq;
};
int position_cmp(struct position a, struct position b);

/* object_type on every interface */
enum object_type { OBJECT_SPU = 1, OBJECT_SKU = 2 };
struct object {
    enum object_type type;
    int64_t id;
};

/*  X(enum, wire name, pickup letter, owned by the hub) */
#define CHANNEL_LIST(X)                                                                            \
    X(CHANNEL_POS, "POS", 'P', true)                                                               \
    X(CHANNEL_KIOSK, "KIOSK", 'A', true)                                                           \
    X(CHANNEL_EMENU, "EMENU", 'E', true)                                                           \
    X(CHANNEL_ONLINE_ORDER, "ONLINE_ORDER", 'O', false)
enum channel {
#define X(e, name, letter, hub) e,
    CHANNEL_LIST(X)
#undef X
        CHANNEL_COUNT
};

#define ROLE_LIST(X)                                                                               \
    X(ROLE_POS, "pos")                                                                             \
    X(ROLE_KIOSK, "kiosk")                                                                         \
    X(ROLE_EMENU, "emenu")                                                                         \
    X(ROLE_KDS, "kds")                                                                             \
    X(ROLE_BOARD, "board")                                                                         \
    X(ROLE_ADMIN, "admin") /* the control socket; never a LAN device */
enum role {
#define X(e, name) e,
    ROLE_LIST(X)
#undef X
        ROLE_COUNT
};

/*  X(enum, number on the wire of the center, name) — lan-protocol 4 */
#define ORDER_STATE_LIST(X)                                                                        \
    X(ORDER_NONE, 0, "NONE")                                                                       \
    X(ORDER_PLACED, 1, "PLACED")                                                                   \
    X(ORDER_PAID, 2, "PAID")                                                                       \
    X(ORDER_PAYING, 3, "PAYING")                                                                   \
    X(ORDER_ENDED, 4, "ENDED")                                                                     \
    X(ORDER_CANCELLED, 5, "CANCELLED")                                                             \
    X(ORDER_EXPIRED, 6, "EXPIRED")                                                                 \
    X(ORDER_REFUNDED, 8, "REFUNDED")
enum order_state {
#define X(e, number, name) e = number,
    ORDER_STATE_LIST(X)
#undef X
};

#define KITCHEN_LIST(X)                                                                            \
    X(KITCHEN_NONE, "NONE")                                                                        \
    X(KITCHEN_QUEUED, "QUEUED")                                                                    \
    X(KITCHEN_COOKING, "COOKING")                                                                  \
    X(KITCHEN_READY, "READY")                                                                      \
    X(KITCHEN_SERVED, "SERVED")
enum kitchen {
#define X(e, name) e,
    KITCHEN_LIST(X)
#undef X
};

#define TICKET_STATE_LIST(X)                                                                       \
    X(TICKET_NEW, "NEW")                                                                           \
    X(TICKET_STARTED, "STARTED")                                                                   \
    X(TICKET_READY, "READY")                                                                       \
    X(TICKET_BUMPED, "BUMPED")
enum ticket_state {
#define X(e, name) e,
    TICKET_STATE_LIST(X)
#undef X
};

#define ADJUST_KIND_LIST(X)                                                                        \
    X(ADJUST_DISCOUNT, "DISCOUNT")                                                                 \
    X(ADJUST_SERVICE, "SERVICE")                                                                   \
    X(ADJUST_TAX, "TAX")                                                                           \
    X(ADJUST_TIP, "TIP")                                                                           \
    X(ADJUST_ROUNDING, "ROUNDING")
enum adjust_kind {
#define X(e, name) e,
    ADJUST_KIND_LIST(X)
#undef X
};

#define STOCK_REASON_LIST(X)                                                                       \
    X(REASON_WASTE, "WASTE")                                                                       \
    X(REASON_RECEIPT, "RECEIPT")                                                                   \
    X(REASON_FOUND, "FOUND")                                                                       \
    X(REASON_COVER, "COVER")                                                                       \
    X(REASON_COUNT, "COUNT") /* what a count found, where a count is no new base (STRICT) */
enum stock_reason {
#define X(e, name) e,
    STOCK_REASON_LIST(X)
#undef X
};

/* Journal kinds; which of them are local (sent header only) is in proto/cloud_event. The order is
 * part of the disk format: append only. */
#define EVENT_KIND_LIST(X)                                                                         \
    X(EVENT_ORDER_LOCK, "ORDER_LOCK")                                                              \
    X(EVENT_ORDER_UNLOCK, "ORDER_UNLOCK")                                                          \
    X(EVENT_ORDER_DEDUCT, "ORDER_DEDUCT")                                                          \
    X(EVENT_ORDER_SELL, "ORDER_SELL")                                                              \
    X(EVENT_ORDER_REFUND, "ORDER_REFUND")                                                          \
    X(EVENT_ORDER_SERVED, "ORDER_SERVED")                                                          \
    X(EVENT_REFUND_DUE, "REFUND_DUE")                                                              \
    X(EVENT_ORDER_STATE, "ORDER_STATE")                                                            \
    X(EVENT_STOCK_SET, "STOCK_SET")                                                                \
    X(EVENT_STOCK_ADJUST, "STOCK_ADJUST")                                                          \
    X(EVENT_STATUS_SET, "STATUS_SET")                                                              \
    X(EVENT_PLAN_SET, "PLAN_SET")                                                                  \
    X(EVENT_CHANNEL_SET, "CHANNEL_SET")                                                            \
    X(EVENT_EPOCH_OPEN, "EPOCH_OPEN")                                                              \
    X(EVENT_CLOCK_NOTE, "CLOCK_NOTE")                                                              \
    X(EVENT_TICKET, "TICKET")                                                                      \
    X(EVENT_DEVICE, "DEVICE")                                                                      \
    X(EVENT_MENU, "MENU")                                                                          \
    X(EVENT_CONFIG, "CONFIG")                                                                      \
    X(EVENT_OPERATOR, "OPERATOR")                                                                  \
    X(EVENT_DAY_CLOSE, "DAY_CLOSE")                                                                \
    X(EVENT_CENTER_ROW, "CENTER_ROW")                                                              \
    X(EVENT_ROW_STATE, "ROW_STATE")                                                                \
    X(EVENT_RESTORE, "RESTORE")                                                                    \
    X(EVENT_REBALANCE, "REBALANCE")                                                                \
    X(EVENT_LEASE_RETURN, "LEASE_RETURN")                                                          \
    X(EVENT_OFFER_ACK, "OFFER_ACK")                                                                \
    X(EVENT_MODE_ACK, "MODE_ACK")                                                                  \
    X(EVENT_OVERRIDE_NOTE, "OVERRIDE_NOTE")                                                        \
    X(EVENT_POLICY_SET, "POLICY_SET")
enum event_kind {
#define X(e, name) e,
    EVENT_KIND_LIST(X)
#undef X
        EVENT_KIND_COUNT
};

/* Every verb of the LAN (lan-protocol 4 and 5), then those of the control socket alone.
 *  X(enum, wire name, writes) */
#define VERB_LIST(X)                                                                               \
    X(VERB_ORDER_PLACE, "order.place", true)                                                       \
    X(VERB_ORDER_SELL, "order.sell", true)                                                         \
    X(VERB_ORDER_ADD, "order.add", true)                                                           \
    X(VERB_ORDER_VOID, "order.void", true)                                                         \
    X(VERB_ORDER_UPDATE, "order.update", true)                                                     \
    X(VERB_ORDER_ADJUST, "order.adjust", true)                                                     \
    X(VERB_ORDER_PAY_BEGIN, "order.pay_begin", true)                                               \
    X(VERB_ORDER_PAY_FAILED, "order.pay_failed", true)                                             \
    X(VERB_ORDER_PAY, "order.pay", true)                                                           \
    X(VERB_ORDER_CANCEL, "order.cancel", true)                                                     \
    X(VERB_ORDER_SERVE, "order.serve", true)                                                       \
    X(VERB_ORDER_REFUND, "order.refund", true)                                                     \
    X(VERB_TICKET_START, "ticket.start", true)                                                     \
    X(VERB_TICKET_READY, "ticket.ready", true)                                                     \
    X(VERB_TICKET_BUMP, "ticket.bump", true)                                                       \
    X(VERB_TICKET_RECALL, "ticket.recall", true)                                                   \
    X(VERB_STOCK_SET, "stock.set", true)                                                           \
    X(VERB_STOCK_ADJUST, "stock.adjust", true)                                                     \
    X(VERB_STOCK_SOLD_OUT, "stock.sold_out", true)                                                 \
    X(VERB_STOCK_ON_SALE, "stock.on_sale", true)                                                   \
    X(VERB_STOCK_PLAN, "stock.plan", true)                                                         \
    X(VERB_STOCK_CHANNEL, "stock.channel", true)                                                   \
    X(VERB_STOCK_SCHEDULE, "stock.schedule", true)                                                 \
    X(VERB_STOCK_POLICY, "stock.policy", true)                                                     \
    X(VERB_STOCK_RETURN, "stock.return", true)                                                     \
    X(VERB_MENU_IMPORT, "menu.import", true)                                                       \
    X(VERB_DEVICE_ADD, "device.add", true)                                                         \
    X(VERB_DEVICE_REVOKE, "device.revoke", true)                                                   \
    X(VERB_DEVICE_ROTATE, "device.rotate", true)                                                   \
    X(VERB_DAY_CLOSE, "day.close", true)                                                           \
    X(VERB_STORE_NEW_EPOCH, "store.new_epoch", true)                                               \
    X(VERB_STORE_CONFIRM, "store.confirm", true)                                                   \
    X(VERB_TIMERS, "timers", true) /* the shell's own: fire what is due, trim what is old */       \
    X(VERB_ORDER_GET, "order.get", false)                                                          \
    X(VERB_ORDER_LIST, "order.list", false)                                                        \
    X(VERB_ORDER_TRACE, "order.trace", false)                                                      \
    X(VERB_STOCK_GET, "stock.get", false)                                                          \
    X(VERB_STOCK_LIST, "stock.list", false)                                                        \
    X(VERB_STOCK_HISTORY, "stock.history", false)                                                  \
    X(VERB_STOCK_EXPLAIN, "stock.explain", false)                                                  \
    X(VERB_MENU_GET, "menu.get", false)                                                            \
    X(VERB_SYNC_SNAPSHOT, "sync.snapshot", false)                                                  \
    X(VERB_TIME_GET, "time.get", false)                                                            \
    X(VERB_PONG, "pong", false)                                                                    \
    X(VERB_DEVICE_LIST, "device.list", false)                                                      \
    X(VERB_DEVICE_TEST, "device.test", false)                                                      \
    X(VERB_DEVICE_IDENTIFY, "device.identify", false)                                              \
    X(VERB_DEVICE_PAIR, "device.pair", false)                                                      \
    X(VERB_DEVICE_PAIR_END, "device.pair_end", false)                                              \
    X(VERB_JOURNAL_TAIL, "journal.tail", false)                                                    \
    X(VERB_JOURNAL_VERIFY, "journal.verify", false)                                                \
    X(VERB_BACKUP_CREATE, "backup.create", false)                                                  \
    X(VERB_BACKUP_LIST, "backup.list", false)                                                      \
    X(VERB_CLOCK_ACCEPT, "clock.accept", false)                                                    \
    X(VERB_DAY_SHOW, "day.show", false)                                                            \
    X(VERB_SYNC_NOW, "sync.now", false)                                                            \
    X(VERB_SYNC_PAUSE, "sync.pause", false)                                                        \
    X(VERB_SYNC_RESUME, "sync.resume", false)                                                      \
    X(VERB_SYNC_DIFF, "sync.diff", false)                                                          \
    X(VERB_QUEUE_LIST, "queue.list", false)                                                        \
    X(VERB_QUEUE_RETRY, "queue.retry", true)                                                       \
    X(VERB_CLOUD_ENROL, "cloud.enrol", false)                                                      \
    X(VERB_CLOUD_TEST, "cloud.test", false)                                                        \
    X(VERB_CLOUD_CLAIM, "cloud.claim", false)                                                      \
    X(VERB_OVERSELL_LIST, "oversell.list", false)                                                  \
    X(VERB_OVERSELL_SHOW, "oversell.show", false)                                                  \
    X(VERB_OVERSELL_RESOLVE, "oversell.resolve", true)                                             \
    X(VERB_NOTE, "note",                                                                           \
      true) /* the shell's own: a change outside of the books, for the journal */                  \
    X(VERB_CENTER_ROW, "center.row", true)     /* the shell's own: rows of the center */           \
    X(VERB_ROW_STATE, "row.state", true)       /* the shell's own: counters, said once more */     \
    X(VERB_CENTER_CLAIM, "center.claim", true) /* the shell's own: the box takes the store over */
enum verb {
#define X(e, name, writes) e,
    VERB_LIST(X)
#undef X
        VERB_COUNT
};

/* Names of the lists above; static, never NULL ("?" for a value outside the list). */
const char *channel_name(enum channel v);
const char *role_name(enum role v);
const char *order_state_name(enum order_state v);
const char *kitchen_name(enum kitchen v);
const char *ticket_state_name(enum ticket_state v);
const char *adjust_kind_name(enum adjust_kind v);
const char *stock_reason_name(enum stock_reason v);
const char *event_kind_name(enum event_kind v);
const char *verb_name(enum verb v);
bool verb_writes(enum verb v);
/* Shows, and changes nothing that another would see: for those who may only read. */
bool verb_reads(enum verb v);
bool verb_is_shells(enum verb v); /* only the hub itself asks it, never a device or the socket */
char channel_letter(enum channel v);
bool channel_is_hub(enum channel v);
/* Of any code: channels that nobody here has heard of belong to the center. */
bool channel_code_is_hub(struct str code);

/* The way back; false where the name is not in the list, *out is then untouched. */
bool channel_parse(struct str name, enum channel *out);
bool role_parse(struct str name, enum role *out);
bool order_state_parse(struct str name, enum order_state *out);
bool kitchen_parse(struct str name, enum kitchen *out);
bool adjust_kind_parse(struct str name, enum adjust_kind *out);
bool stock_reason_parse(struct str name, enum stock_reason *out);
bool event_kind_parse(struct str name, enum event_kind *out);
bool verb_parse(struct str name, enum verb *out);

#endif
