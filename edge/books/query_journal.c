#include "edge/books/query_parts.h"

/* Where the last `limit` events begin. */
static struct position tail_start(const struct query *q, uint32_t limit)
{
    struct event e = {.at = {0, 0}};
    struct journal_scan s = journal_scan_begin(q->txn, (struct position){0, 0}, true);
    for (uint32_t i = 0; i < limit && journal_scan_next(&s, &e); i++)
        ;
    journal_scan_end(&s);
    return e.at;
}

/* The cursor is always there: a follower asks again with it. */
void query_journal_tail(const struct query *q, const struct command *c, struct jw *w)
{
    struct position last = {0, 0};
    if (!cursor_position_parse(c->cursor, &last)) {
        query_refuse(w, c, CODE_BAD_REQUEST, "cursor");
        return;
    }
    struct position from =
        c->cursor.n ? (struct position){last.epoch, last.seq + 1} : tail_start(q, c->limit);
    struct page p = page_begin(q, c, w, c->limit);
    struct journal_scan s = journal_scan_begin(q->txn, from, false);
    struct event e;
    jw_karray(w, "events");
    while (p.n < c->limit && journal_scan_next(&s, &e) && page_event(&p, &e))
        last = e.at;
    journal_scan_end(&s);
    jw_close(w, ']');
    cursor_position(w, last);
    jw_close(w, '}');
}
