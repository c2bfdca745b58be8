/* The verbs that only read, each one short read transaction: a whole reply object is appended to w
 * (same envelope as view_reply; the payload under the key named here). Pages end with "cursor" when
 * there is more, at most LIMIT_PAGE_BYTES and the command's limit.
 *
 *   order.get      "order"                      2001 where unknown or another device's
 *   order.list     "orders": [order]            newest first; state, since filter; cursor
 *   order.trace    "order", "events": [event], "tickets": [ticket]   pos and admin;
 *                  events oldest first, tickets on the first page alone
 *   stock.get      "stock"                      missing row: the plain one, 1012 if not on the menu
 *   stock.list     "stocks": [stock]            all rows that differ from plain; admin
 *   stock.history  "events": [{epoch,seq,at_ms,kind,order_id?,reason?,q,real_before,real_after,
 *                  locked_before,locked_after}], newest first; without q and what follows where
 *                  only a register was set
 *   stock.explain  "terms": [{name,count,sum}], "real", "locked", "available" — the terms add up to
 *                  real, with an "earlier" term where bodies are already dropped
 *   menu.get       menu_page
 *   sync.snapshot  by rights of the role: "hub"-less pages of "stock", "orders" (own device or
 * all), "tickets" (own stations), "pickup": arrays of the retained payloads time.get "now_at_ms",
 * "clock": "synced" | "suspect" day.show       "days": [{day, channels:.., tenders:.., states:..}]
 *   oversell.list  "cases": [case_view of edge/books/case.h]; cursor
 *   oversell.show  "case"                       1012 where the center has reported none such
 *   journal.tail   "events": [{epoch,seq,at_ms,kind,body}] behind the cursor, or the last ones;
 *                  the cursor is always there, for a follower
 */
#ifndef BOOKS_QUERY_H
#define BOOKS_QUERY_H

#include "edge/books/view.h"

struct query {
    struct txn *txn; /* a read transaction */
    const struct journal_head *head;
    const uint8_t *secret;
    int64_t now_u_ms, wall_ms;
    struct arena *scratch;
    const struct store_identity *identity;
    const struct zone *zone; /* the store's; NULL: UTC */
};
/* False: the verb is not a query of the books. */
bool query_execute(const struct query *q, const struct command *c, struct jw *w);

#endif
