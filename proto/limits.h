/* Every limit of the hub, with its reason. The one place: code, schemas and tests take them here.
 */
#ifndef PROTO_LIMITS_H
#define PROTO_LIMITS_H

/* Wire (lan-protocol 3) */
#define LIMIT_REQUEST_BYTES                                                                        \
    16384 /* one request; a 100-line order with options takes about 10 KiB */
#define LIMIT_IMPORT_BYTES    (16 * 1024 * 1024) /* a menu of 10,000 items on the control socket */
#define LIMIT_JSON_DEPTH      8
#define LIMIT_JSON_TOKENS     4096 /* nodes of one request: bounds cJSON's heap at about 400 KiB */
#define LIMIT_IMPORT_TOKENS   2000000
#define LIMIT_INTEGER         9007199254740991 /* 2^53-1: beyond it a double has lost digits */
#define LIMIT_FRACTION_DIGITS 15
#define LIMIT_PAGE_BYTES                                                                           \
    49152 /* a page of menu.get or sync.snapshot; below the broker's packet limit */
#define LIMIT_PACKET_BYTES 65536 /* broker max_packet_size */
#define LIMIT_LIST         50    /* order.list and histories, entries a page */

/* Ids and text, in bytes */
#define LIMIT_REQ_ID    64
#define LIMIT_ORDER_ID  32 /* the center's varchar(32) */
#define LIMIT_OP_ID     32 /* pay_id, void_id, refund_id */
#define LIMIT_DEVICE_ID 32
#define LIMIT_STATION   16
#define LIMIT_NAME      96
#define LIMIT_NOTE      256
#define LIMIT_TABLE     16
#define LIMIT_USER_ID   64
#define LIMIT_OPERATOR  32
#define LIMIT_PIN       32 /* of a manager */
#define LIMIT_REF       64
#define LIMIT_TENDER    16
#define LIMIT_BOX_ID    32
#define LIMIT_URL       127 /* of a center */
#define LIMIT_PATH      89  /* of a file; a Unix socket below it must fit into 108 bytes */
#define LIMIT_TOKEN     128 /* of an enrolment; the center gives 32 characters */

/* Orders: bounded so that an order record fits one reply (LIMIT_PAGE_BYTES) */
#define LIMIT_LINES    100
#define LIMIT_OPTIONS  16  /* per line */
#define LIMIT_ROWS     512 /* stock rows that one order may touch */
#define LIMIT_ADJUSTS  16
#define LIMIT_PAYMENTS 16
#define LIMIT_ROUNDS   32
#define LIMIT_OPS      128 /* remembered business keys of one order */
#define LIMIT_PAYING_EXTENSIONS                                                                    \
    5                            /* PAYING moves the expiry at most so often (sync-protocol 2.1)   \
                                  */
#define LIMIT_QTY_T 9999999999LL /* DECIMAL(10,1) */
#define LIMIT_MONEY_E4                                                                             \
    999999999999999LL /* about 100 billion units: sums of 100 lines stay in int64 */

/* Stock */
#define LIMIT_REBALANCE_S 86400 /* what moves on less than once a day is a release */
#define LIMIT_SCHEDULE_MS                                                                          \
    (400LL * 24 * 3600 * 1000) /* a first restore so far ahead; what is later is mistyped */

/* Stores */
#define LIMIT_ITEMS    20000
#define LIMIT_DEVICES  200
#define LIMIT_STATIONS 16
#define LIMIT_PICKUP   999

/* The cloud line (sync-protocol 3.4, 4) */
#define LIMIT_BATCH_EVENTS                                                                         \
    200 /* one batch: about 40 KiB compressed, one transaction of the center */
#define LIMIT_BATCH_BYTES 262144 /* its events as text; one event alone may be longer */
#define LIMIT_CLOUD_BYTES                                                                          \
    4194304                       /* one request or answer: 500 rows with 16 channels take 3 MiB   \
                                   */
#define LIMIT_CLOUD_TOKENS 262144 /* nodes of one: bounds cJSON's heap at about 25 MiB */
#define LIMIT_CLOUD_DEPTH  12     /* batch, events, event, body, lines, line, eff, used */
#define LIMIT_PUSH_TOKENS  16384  /* nodes of one message of LIMIT_PACKET_BYTES */
#define LIMIT_PULL_ROWS    500    /* rows of one page */
#define LIMIT_PULL_OBJECTS 500    /* objects a base API pull may name */
#define LIMIT_WANTS        64     /* top-ups asked for in one batch */
#define LIMIT_CMDS         8      /* commands that wait in one row */
#define LIMIT_EFFECTS                                                                              \
    4096                   /* stock movements of one event: 100 lines with 16 options, each on     \
                            * its SKU and SPU, take 3,400 */
#define LIMIT_GEN_ID    48 /* "R:<ms>", "T:<epoch>"; also the id of a base */
#define LIMIT_KIND      32 /* name of an event kind, known or not */
#define LIMIT_TIME_TEXT 40 /* an updated_at: opaque, but an ISO 8601 time */
#define LIMIT_WORD      48 /* objectType, eventType, reasons, names of errors */
#define LIMIT_DETAIL    256

/* Memory and time */
#define LIMIT_QUEUE          4096    /* commands waiting for the writer: about 100 ms of work */
#define LIMIT_BATCH          512     /* commands of one commit: bounds a rerun after a bad record */
#define LIMIT_REPLIES        1000000 /* remembered replies */
#define LIMIT_REPLY_AGE_MS   (48LL * 3600 * 1000)
#define LIMIT_REFUSALS       64 /* remembered in memory, per device */
#define LIMIT_REFUSAL_AGE_MS (10LL * 60 * 1000)
#define LIMIT_ORDER_AGE_MS   (90LL * 24 * 3600 * 1000)
#define LIMIT_BODY_AGE_MS    (7LL * 24 * 3600 * 1000)
#define LIMIT_HEADER_AGE_MS  (60LL * 24 * 3600 * 1000)
#define LIMIT_RESTART_GAP_MS (24LL * 3600 * 1000) /* uptime clock: most that a restart may add */
#define LIMIT_COALESCE_MS    200

#endif
