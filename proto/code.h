/* Verdict codes: the answers of the hub (sync-protocol 2.6, lan-protocol 6). The number is on the
 * wire, the name is on screens. One list, so that log, CLI and replies cannot differ.
 */
#ifndef PROTO_CODE_H
#define PROTO_CODE_H

#include <stdbool.h>

/*  X(name, number, text for people) */
#define CODE_LIST(X)                                                                               \
    X(OK, 0, "")                                                                                   \
    X(INSUFFICIENT_STOCK, 1001, "not enough in stock")                                             \
    X(CHANNEL_LIMIT, 1002, "this channel's limit is reached")                                      \
    X(SOLD_OUT, 1003, "sold out")                                                                  \
    X(CHANNEL_CLOSED, 1004, "not sold on this channel")                                            \
    X(STRICT_EXHAUSTED, 1005, "this store's selling rights are used up")                           \
    X(BAD_QUANTITY, 1007, "not a quantity")                                                        \
    X(STEP_VIOLATION, 1008, "not sold in this portion size")                                       \
    X(CHANNEL_RESERVED, 1009, "the rest is reserved for other channels")                           \
    X(BAD_REQUEST, 1010, "the request is malformed")                                               \
    X(PRICE_CHANGED, 1011, "the price has changed")                                                \
    X(UNKNOWN_OBJECT, 1012, "not on the menu")                                                     \
    X(ORDER_NOT_FOUND, 2001, "no such order")                                                      \
    X(ORDER_EXISTS_DIFFERENT, 2002, "the id is taken by something else")                           \
    X(BAD_TRANSITION, 2003, "not possible in the order's present state")                           \
    X(ALREADY_UNLOCKED, 2004, "already given back")                                                \
    X(ALREADY_DEDUCTED, 2005, "already paid; use a refund")                                        \
    X(LATE_PAY_NO_STOCK, 2006, "paid too late and sold out since; refund is due")                  \
    X(EXCEEDS_LOCK, 2007, "more than was reserved, and no stock for the rest")                     \
    X(REFUND_EXCEEDS, 2008, "more than is left to refund")                                         \
    X(ORDER_CANCELLED, 2009, "the order was cancelled; refund is due")                             \
    X(TICKET_NOT_FOUND, 2010, "no such ticket")                                                    \
    X(REQ_ID_REUSED, 3001, "req_id was used for another request")                                  \
    X(BUSY, 4001, "the hub is busy, repeat the same req_id")                                       \
    X(RATE_LIMITED, 4002, "too many requests, repeat the same req_id")                             \
    X(STORAGE_FULL, 4003, "storage is nearly full: no new orders")                                 \
    X(HUB_FENCED, 4004,                                                                            \
      "this hub may not sell: another box took over or the disk was rolled back")                  \
    X(NOT_AUTHORIZED, 4005, "not allowed for this role or channel")                                \
    X(TIMED_OUT, 4006, "what was waited for has not come")                                         \
    X(INTERNAL, 5000, "internal error, nothing was changed, repeat the same req_id")

enum code {
#define X(name, number, text) CODE_##name = number,
    CODE_LIST(X)
#undef X
};

const char *code_name(enum code code); /* "SOLD_OUT"; "UNKNOWN" for a number not in the list */
const char *code_text(enum code code);
/* 4001, 4002 and 5000 are not final: the device repeats the same req_id (lan-protocol 3). */
bool code_is_final(enum code code);

#endif
