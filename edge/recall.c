#include "edge/recall.h"

#include <stdlib.h>
#include <string.h>

struct recall_entry {
    struct recall_entry *older;
    int64_t at_ms, retry_after_ms;
    struct position at;
    uint8_t content[32], tag[4];
    char req_id[LIMIT_REQ_ID + 1];
    char detail[DETAIL_TEXT];
    enum code code;
    uint16_t n_refused;
    struct refused_line refused[];
};

enum recall_match recall_find(const struct recall *r, struct str req_id, const uint8_t content[32],
                              int64_t now_ms, struct outcome *out)
{
    for (struct recall_entry *e = r->newest; e != NULL; e = e->older) {
        if (now_ms - e->at_ms > LIMIT_REFUSAL_AGE_MS)
            break;
        if (!str_eq(str_of(e->req_id), req_id))
            continue;
        if (memcmp(e->content, content, sizeof(e->content)) != 0)
            return RECALL_OTHER_CONTENT;
        out->code = e->code;
        out->replayed = true;
        out->at = e->at;
        memcpy(out->tag, e->tag, sizeof(out->tag));
        out->retry_after_ms = e->retry_after_ms;
        out->refused = e->refused;
        out->n_refused = e->n_refused;
        memcpy(out->detail, e->detail, sizeof(out->detail));
        return RECALL_SAME;
    }
    return RECALL_NEW;
}

static void drop_oldest(struct recall *r)
{
    struct recall_entry **at = &r->newest;
    while (*at != NULL && (*at)->older != NULL)
        at = &(*at)->older;
    free(*at);
    *at = NULL;
    r->n--;
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
    if (r->n == LIMIT_REFUSALS)
        drop_oldest(r);
    *e = (struct recall_entry){.older = r->newest,
                               .at_ms = now_ms,
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
    r->newest = e;
    r->n++;
}

void recall_clear(struct recall *r)
{
    while (r->n > 0)
        drop_oldest(r);
}
