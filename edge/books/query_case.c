#include "edge/books/case.h"
#include "edge/books/query_parts.h"

static bool list_case(const struct query *q, struct page *p, struct bytes packed)
{
    struct case_row k;
    struct jw before = *p->w;
    arena_reset(q->scratch);
    if (!case_unpack(packed, q->scratch, &k))
        return true;
    case_view(p->w, &k, NULL, NULL);
    return page_keep(p, before);
}

void query_oversell_list(const struct query *q, const struct command *c, struct jw *w)
{
    struct key from = {.n = 0};
    unsigned section = 0;
    if (!cursor_key_parse(c->cursor, &section, &from)) {
        query_refuse(w, c, CODE_BAD_REQUEST, "cursor");
        return;
    }
    struct page p = page_begin(q, c, w, c->limit);
    struct scan s = scan_begin(q->txn, TABLE_CASE, key_bytes(&from), false);
    bool more = false;
    s.skip_bad = true;
    jw_karray(w, "cases");
    while (!more && scan_next(&s))
        more = !list_case(q, &p, s.value);
    jw_close(w, ']');
    if (more)
        cursor_key(w, 0, s.key);
    scan_end(&s);
    jw_close(w, '}');
}

void query_oversell_show(const struct query *q, const struct command *c, struct jw *w)
{
    struct object object;
    struct str gen_id;
    struct case_row k;
    if (!cloud_case_id_parse(c->target, &object, &gen_id) ||
        !case_load(q->txn, object, gen_id, q->scratch, &k)) {
        query_refuse(w, c, CODE_UNKNOWN_OBJECT, "the center has reported no such case");
        return;
    }
    view_reply_begin(w, c->req_id, q->head->at, q->secret);
    jw_key(w, "case");
    case_view(w, &k, q->txn, q->scratch);
    jw_close(w, '}');
}
