/* The topics below poshub/v1/ (lan-protocol 2): made and taken apart in one place. */
#ifndef PROTO_TOPIC_H
#define PROTO_TOPIC_H

#include "proto/types.h"

#define TOPIC_PREFIX "poshub/v1/"
#define TOPIC_TEXT   192 /* room for the longest topic, with its NUL */

/* printf below the prefix; returns out. */
const char *topic_make(char out[TOPIC_TEXT], const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

enum topic_kind {
    TOPIC_FOREIGN, /* not one of ours */
    TOPIC_HUB,
    TOPIC_MENU,
    TOPIC_STOCK,        /* object */
    TOPIC_ORDER,        /* order_id */
    TOPIC_DEVICE_ORDER, /* device, order_id */
    TOPIC_PICKUP,       /* number */
    TOPIC_TICKET,       /* station, order_id, round */
    TOPIC_ALERT,        /* alert */
    TOPIC_STATE,        /* device */
    TOPIC_REQ,          /* device, verb text */
    TOPIC_RES,          /* device; rest: what follows "res/", or empty */
    TOPIC_CMD           /* device */
};
struct topic {
    enum topic_kind kind;
    struct str device, name, station; /* name: verb, order_id, number, alert or rest */
    struct object object;
    uint32_t round;
};
/* Takes a full topic apart; text is borrowed from it. Anything else is TOPIC_FOREIGN. */
struct topic topic_parse(struct str full);

/* Ids that may stand in topics and requests. */
bool id_is_device(struct str v);                   /* [a-z0-9-]{3,32} */
#define ID_DEVICE_RULE "3 to 32 of a-z, 0-9 and -" /* the same for people */
bool id_is_req(struct str v);                      /* [A-Za-z0-9_-]{1,64} */
bool id_is_order(struct str v);   /* [A-Za-z0-9_-]{1,32}; also pay_id, void_id, refund_id */
bool id_is_station(struct str v); /* [a-z0-9-]{1,16} */
bool utf8_valid(struct str v);

#endif
