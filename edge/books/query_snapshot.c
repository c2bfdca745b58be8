/* sync.snapshot: what a device may read of the retained state, page by page (lan-protocol 2).
 *
 * Each section is a walk over one table; the cursor names section and key at which the next page
 * goes on. Pages are separate reads: each entry carries its own `at`.
 */
#include "edge/books/query_parts.h"

#define POS     (1u << ROLE_POS)
#define GUESTS  (1u << ROLE_KIOSK | 1u << ROLE_EMENU)
#define KITCHEN (1u << ROLE_KDS)
#define BOARD   (1u << ROLE_BOARD)
#define ADMIN   (1u << ROLE_ADMIN)

struct snapshot {
    const struct query *q;
    const struct command *c;
    struct page page;
};
/* Writes the row as an array element; false where there is nothing to show. */
typedef bool entry_view(const struct snapshot *s, struct bytes value);

static bool stock_entry(const struct snapshot *s, struct bytes value)
{
    struct stock_row row;
    if (!stock_unpack(value, &row) || stock_is_plain(&row))
        return false;
    view_stock(s->page.w, &row, s->q->secret);
    return true;
}

static bool order_entry(const struct snapshot *s, struct bytes value)
{
    struct order o;
    if (!order_unpack(value, s->q->scratch, &o) || !order_is_open(&o) || !sees_order(s->c, &o))
        return false;
    view_order(s->page.w, &o, s->q->now_u_ms, s->q->secret);
    return true;
}

static bool is_own_station(const struct caller *who, struct str station)
{
    for (uint16_t i = 0; i < who->n_stations; i++) {
        if (str_eq(who->stations[i], station))
            return true;
    }
    return who->role != ROLE_KDS;
}

static bool ticket_entry(const struct snapshot *s, struct bytes value)
{
    struct ticket t;
    struct order o;
    if (!ticket_unpack(value, s->q->scratch, &t) || t.state == TICKET_BUMPED ||
        !is_own_station(&s->c->who, t.station) ||
        !order_peek(s->q->txn, t.order_no, s->q->scratch, &o))
        return false;
    view_ticket(s->page.w, &t, &o, s->q->secret);
    return true;
}

static bool pickup_entry(const struct snapshot *s, struct bytes value)
{
    struct order o;
    if (value.n != sizeof(uint64_t) ||
        !order_peek(s->q->txn, key_get_u64(value.p), s->q->scratch, &o))
        return false;
    view_pickup(s->page.w, &o, s->q->secret);
    return true;
}

static const struct section {
    const char *name;
    enum table table;
    unsigned roles;
    entry_view *view;
} SECTIONS[] = {
    {"stock", TABLE_STOCK, POS | GUESTS | ADMIN, stock_entry},
    {"orders", TABLE_ORDER_OPEN, POS | GUESTS | ADMIN, order_entry},
    {"tickets", TABLE_TICKET, POS | KITCHEN | ADMIN, ticket_entry},
    {"pickup", TABLE_PICKUP, POS | KITCHEN | BOARD | ADMIN, pickup_entry},
};
#define SECTIONS_N (sizeof SECTIONS / sizeof SECTIONS[0])

static bool row_fits(struct snapshot *s, const struct section *section, struct bytes value)
{
    struct jw before = *s->page.w;
    arena_reset(s->q->scratch);
    return !section->view(s, value) || page_keep(&s->page, before);
}

/* False: the page is full, and `next` names the row that comes next. */
static bool section_page(struct snapshot *s, const struct section *section, struct key *next)
{
    struct scan scan = scan_begin(s->q->txn, section->table, key_bytes(next), false);
    bool fits = true;
    scan.skip_bad = true;
    jw_karray(s->page.w, section->name);
    for (int seen = 0; fits && scan_next(&scan); seen++)
        fits = seen < LIMIT_SCANNED_ROWS && row_fits(s, section, scan.value);
    jw_close(s->page.w, ']');
    next->n = 0;
    for (size_t i = 0; !fits && i < scan.key.n && i < sizeof next->b; i++)
        next->b[next->n++] = ((const uint8_t *)scan.key.p)[i];
    scan_end(&scan);
    return fits;
}

void query_snapshot(const struct query *q, const struct command *c, struct jw *w)
{
    struct key next = {.n = 0};
    unsigned at = 0;
    if (!cursor_key_parse(c->cursor, &at, &next)) {
        query_refuse(w, c, CODE_BAD_REQUEST, "cursor");
        return;
    }
    struct snapshot s = {q, c, page_begin(q, c, w, 0)};
    for (; at < SECTIONS_N; at++) {
        bool may = SECTIONS[at].roles & 1u << c->who.role;
        if (may && !section_page(&s, &SECTIONS[at], &next)) {
            cursor_key(w, at, key_bytes(&next));
            break;
        }
    }
    jw_close(w, '}');
}
