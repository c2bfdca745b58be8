/* Rows as JSON: what stands in replies and retained topics (lan-protocol 2 to 5). The one place
 * that turns books into LAN text. All functions append to a jw and need nothing but their
 * arguments. `secret` is the store secret, for the tag in `at`.
 */
#ifndef BOOKS_VIEW_H
#define BOOKS_VIEW_H

#include "edge/books/books.h"
#include "edge/books/ticket.h"

/* "at":[7,1043,"9f3c01ab"] as a member */
void view_at(struct jw *w, struct position at, const uint8_t secret[32]);
/* The order as an object (the value of "order" in replies, the payload of order topics when
 * `secret` is given: then with "at"). now_u_ms gives expires_in_ms; NULL secret: no "at". */
void view_order(struct jw *w, const struct order *o, int64_t now_u_ms, const uint8_t *secret);
/* The payload of a stock topic, and an entry of stock.list. */
void view_stock(struct jw *w, const struct stock_row *r, const uint8_t *secret);
/* The value of "stock" in replies: the same without "at", and how channels share it, when the plan
 * comes back. */
void view_stock_whole(struct jw *w, const struct stock_row *r, const struct stock_times *times);
/* The payload of a ticket topic; lines come from the order. */
void view_ticket(struct jw *w, const struct ticket *t, const struct order *o,
                 const uint8_t secret[32]);
void view_pickup(struct jw *w, const struct order *o, const uint8_t secret[32]);
/* A whole reply object: req_id, code, name, replayed, duplicate, at, order, stock, result, detail,
 * lines, retry_after_ms. req_id may be empty (then left out). */
void view_reply(struct jw *w, struct str req_id, const struct outcome *out, struct arena *scratch);
/* Opens a reply that is no outcome (a query's) and says OK: req_id, code, name, replayed, at. The
 * caller adds its payload and closes it. */
void view_reply_begin(struct jw *w, struct str req_id, struct position at,
                      const uint8_t secret[32]);
/* A refusal that never reached the rules. */
void view_refusal(struct jw *w, struct str req_id, enum code code, const char *detail,
                  int64_t retry_after_ms);

#endif
