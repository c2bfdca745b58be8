/* What the queries share: pages, cursors, rights. Private to the queries of edge/books. */
#ifndef BOOKS_QUERY_PARTS_H
#define BOOKS_QUERY_PARTS_H

#include "edge/books/query.h"

/* Rows or events that one page may look at, so that no query holds the loop for long. */
#define LIMIT_SCANNED_ROWS   4000
#define LIMIT_SCANNED_EVENTS 20000

/* ---- pages ---- */
struct page {
    struct jw *w;
    size_t start;    /* of the reply in w */
    uint32_t n, max; /* entries on it, and at most */
};
/* Opens the reply at w. `max` 0: only its size limits the page. */
struct page page_begin(const struct query *q, const struct command *c, struct jw *w, uint32_t max);
/* After an entry was written: true when it stays. False: the page is full, and w as in `before`.
 * The first entry always stays. */
bool page_keep(struct page *p, struct jw before);

/* ---- cursors ---- */
/* "epoch.seq" as member "cursor", and back; an empty text leaves *out alone and is fine. */
void cursor_position(struct jw *w, struct position at);
bool cursor_position_parse(struct str text, struct position *out);
/* A table key with the number of the section it belongs to (0..9), as member "cursor", and back. */
void cursor_key(struct jw *w, unsigned section, struct bytes key);
bool cursor_key_parse(struct str text, unsigned *section, struct key *key);

/* ---- rights ---- */
/* pos and the control socket see all orders, others those of their own device. */
bool sees_order(const struct command *c, const struct order *o);

/* ---- rows ---- */
/* The stock row, or the plain one of an object on the menu. False: neither. */
bool query_row(const struct query *q, struct object object, struct stock_row *row);

/* ---- events ---- */
/* One event of journal.tail and order.trace, as an array element. The body of an event that would
 * not even fit a page alone is left out. False: it waits for the next page. */
bool page_event(struct page *p, const struct event *e);
/* What a CENTER_ROW's body says that the center has set, as the member "set". */
void query_row_set(struct jw *w, const struct json *body);

/* ---- the verbs; each writes a whole reply ---- */
typedef void query_verb(const struct query *q, const struct command *c, struct jw *w);
query_verb query_order_get, query_order_list, query_order_trace;
query_verb query_stock_get, query_stock_list, query_stock_history, query_stock_explain;
query_verb query_snapshot, query_journal_tail, query_oversell_list, query_oversell_show;
void query_refuse(struct jw *w, const struct command *c, enum code code, const char *detail);

#endif
