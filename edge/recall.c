#include "edge/recall.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct recall_entry {
    int64_t at_ms, retry_after_ms;
    struct position at;
    uint8_t content[32], tag[4];
    char req_id[LIMIT_REQ_ID + 1];
    char detail[DETAIL_TEXT];
    enum code code;
    uint16_t n_refused;
    struct refused_line refused[];
};

/* FNV-1a */
static uint32_t mark_of(struct str req_id)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < req_id.n; i++)
        h = (h ^ (uint8_t)req_id.p[i]) * 16777619u;
    return h;
}

/* The newest of that id; NULL: none. */
static const struct recall_entry *entry_find(const struct recall *r, struct str req_id)
{
    uint32_t mark = mark_of(req_id);
    for (uint32_t i = 1; i <= r->n; i++) {
        uint32_t place = (r->next + LIMIT_REFUSALS - i) % LIMIT_REFUSALS;
        if (r->marks[place] == mark && str_eq(str_of(r->ring[place]->req_id), req_id))
            return r->ring[place];
    }
    return NULL;
}

enum recall_match recall_find(const struct recall *r, struct str req_id, const uint8_t content[32],
                              int64_t now_ms, struct outcome *out)
{
    const struct recall_entry *e = entry_find(r, req_id);
    if (e == NULL || now_ms - e->at_ms > LIMIT_REFUSAL_AGE_MS)
        return RECALL_NEW;
    if (memcmp(e->content, content, sizeof(e->content)) != 0)
        return RECALL_OTHER_CONTENT;
    out->code = e->code;
    out->replayed = true;
    out->at = e->at;
    memcpy(out->tag, e->tag, sizeof(out->tag));
    out->retry_after_ms = e->retry_after_ms;
    out->refused = (struct refused_line *)(uintptr_t)e->refused;
    out->n_refused = e->n_refused;
    memcpy(out->detail, e->detail, sizeof(out->detail));
    return RECALL_SAME;
}

static void entry_put(struct recall *r, struct recall_entry *e)
{
    if (r->n == LIMIT_REFUSALS)
        free(r->ring[r->next]);
    else
        r->n++;
    r->ring[r->next] = e;
    r->marks[r->next] = mark_of(str_of(e->req_id));
    r->next = (r->next + 1) % LIMIT_REFUSALS;
}

void recall_keep(struct recall *r, struct str req_id, const uint8_t content[32],
                 const struct outcome *refusal, int64_t now_ms)
{
    size_t lines = refusal->n_refused * sizeof(struct refused_line);
    struct recall_entry *e = malloc(sizeof(*e) + lines);
    if (e == NULL || req_id.n > LIMIT_REQ_ID) {
        free(e);
        return;
    }
    *e = (struct recall_entry){.at_ms = now_ms,
                               .retry_after_ms = refusal->retry_after_ms,
                               .at = refusal->at,
                               .code = refusal->code,
                               .n_refused = refusal->n_refused};
    memcpy(e->content, content, sizeof(e->content));
    memcpy(e->tag, refusal->tag, sizeof(e->tag));
    memcpy(e->req_id, req_id.p, req_id.n);
    memcpy(e->detail, refusal->detail, sizeof(e->detail));
    if (lines > 0)
        memcpy(e->refused, refusal->refused, lines);
    entry_put(r, e);
}

void recall_clear(struct recall *r)
{
    for (uint32_t i = 0; i < r->n; i++)
        free(r->ring[i]);
    r->n = r->next = 0;
}
