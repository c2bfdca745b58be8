#include "sync/batch_view.h"

#include "proto/cloud_event.h"
#include "proto/cloud_row.h"

#define ARENA_BYTES (4u * 1024 * 1024) /* an event of LIMIT_EFFECTS movements takes 1 MiB */

struct view {
    struct object list[VIEW_OBJECTS];
    size_t n;
};

static void add_object(struct view *v, struct object o)
{
    for (size_t i = 0; i < v->n; i++)
        if (v->list[i].id == o.id && v->list[i].type == o.type)
            return;
    if (v->n < VIEW_OBJECTS)
        v->list[v->n++] = o;
}

static void add_event(struct view *v, const struct event *e, struct arena *arena)
{
    char path[FIELD_PATH];
    struct event_facts facts;
    struct cloud_event c = {.known = true, .kind_no = e->kind};
    struct json *body = json_parse(e->body.p, e->body.n, &JSON_CLOUD, NULL);
    c.body = body;
    if (body != NULL && cloud_event_facts(&c, arena, &facts, path) == CODE_OK) {
        for (uint32_t i = 0; i < facts.n_effects; i++)
            add_object(v, facts.effects[i].object);
        if (facts.object.id != 0)
            add_object(v, facts.object);
    }
    json_free(body);
    arena_reset(arena);
}

static void collect(struct view *v, struct txn *txn, uint32_t epoch, uint64_t from_seq,
                    uint64_t upto_seq)
{
    struct arena arena;
    struct event e;
    arena_init(&arena, ARENA_BYTES);
    for (uint64_t seq = from_seq + 1; seq <= upto_seq; seq++)
        if (journal_read(txn, (struct position){epoch, seq}, &e) && e.body.n > 0 &&
            cloud_event_is_whole(e.kind))
            add_event(v, &e, &arena);
    arena_free(&arena);
}

void batch_view_write(struct jw *w, struct txn *txn, const struct rows_reader *reader,
                      uint32_t epoch, uint64_t from_seq, uint64_t upto_seq)
{
    struct view v = {.n = 0};
    const struct str none = {"", 0};
    collect(&v, txn, epoch, from_seq, upto_seq);
    for (size_t i = 0; i < v.n && txn_error(txn) == PH_OK; i++) {
        struct jw before = *w;
        struct cloud_row row = {.over = 0};
        if (!reader->load(txn, v.list[i], &row.row))
            continue;
        cloud_row_encode(w, &row, none, none);
        if (!jw_ok(w)) {
            *w = before;
            return;
        }
    }
}
