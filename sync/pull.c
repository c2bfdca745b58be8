#include "sync/pull.h"

void pull_open(struct pull *p, const struct sync_position *known)
{
    p->full = known->full_pull;
    p->full_ver = known->full_pull_ver;
    p->full_acked = known->full_pull_acked;
    p->due = p->due || p->full;
}

/* While a page is on its way or others are to come, what is missed may lie behind the read. */
void pull_ask(struct pull *p)
{
    p->again = p->due;
    p->due = true;
}

void pull_greeted(struct pull *p, uint64_t head_ver, uint64_t applied, int64_t go_at_ms)
{
    p->due = p->due || head_ver != applied;
    if (p->wait_until_ms < go_at_ms)
        p->wait_until_ms = go_at_ms;
}

void pull_hurry(struct pull *p)
{
    p->wait_until_ms = 0;
}

int64_t pull_due_ms(const struct pull *p, int64_t now_ms)
{
    if (!p->due)
        return PULL_NEVER;
    return p->wait_until_ms > now_ms ? p->wait_until_ms : now_ms;
}

struct pull_query pull_query(const struct pull *p, uint64_t applied)
{
    return (struct pull_query){.since_ver = p->full ? p->full_ver : applied, .full = p->full};
}

/* ---- answers ---- */

static struct pull_verdict later(struct pull *p, enum uplink_trouble trouble, int64_t now_ms,
                                 const struct dice *dice)
{
    p->wait_until_ms = now_ms + backoff_next_ms(&p->backoff, dice);
    return (struct pull_verdict){.trouble = trouble};
}

void pull_failed(struct pull *p, int64_t now_ms, const struct dice *dice)
{
    later(p, UPLINK_FINE, now_ms, dice);
}

/* A smaller head than what we have is one of a replica that lags: it is asked again. */
static bool makes_sense(const struct pull_query *q, const struct cloud_find_reply *r)
{
    return !r->legacy && r->next_ver >= q->since_ver && (!r->more || r->next_ver > q->since_ver);
}

static struct pull_verdict page_of_all(const struct pull *p, const struct cloud_find_reply *r)
{
    struct pull_verdict v = {.take = true,
                             .full_begins = p->full_ver == 0,
                             .full_ends = !r->more,
                             .prev_ver = p->full_ver,
                             .ver = r->more ? 0 : r->next_ver,
                             .page = {.moves = true, .done = !r->more, .acked = p->full_acked}};
    v.page.ver = r->more ? r->next_ver : 0;
    v.done = !r->more;
    return v;
}

static struct pull_verdict page_since(const struct pull_query *q, const struct cloud_find_reply *r)
{
    bool empty = r->next_ver == q->since_ver && !json_first(r->rows);
    return (struct pull_verdict){
        .take = !empty, .prev_ver = q->since_ver, .ver = r->next_ver, .done = !r->more};
}

/* Everything, from the start. False: that is what was asked for. */
static bool begin_full(struct pull *p, struct position acked)
{
    if (p->full)
        return false;
    p->full = true;
    p->full_ver = 0;
    p->full_acked = acked;
    return true;
}

static bool is_behind(const struct pull_query *q, const struct cloud_find_reply *r)
{
    return !q->full && !r->legacy && r->head_ver < q->since_ver;
}

/* Said for the second time, and long enough after the first: true. */
static bool stays_behind(struct pull *p, int64_t now_ms)
{
    if (!p->behind)
        p->behind_since_ms = now_ms;
    p->behind = true;
    return now_ms - p->behind_since_ms >= PULL_BEHIND_MS;
}

static struct pull_verdict behind(struct pull *p, struct position acked, int64_t now_ms,
                                  const struct dice *dice)
{
    if (!stays_behind(p, now_ms))
        return later(p, UPLINK_NONSENSE, now_ms, dice);
    begin_full(p, acked);
    p->behind = false;
    return (struct pull_verdict){.trouble = UPLINK_FINE};
}

static bool asks_to_wait(const struct uplink_answer *a)
{
    return a->status == 429 || a->status == 503;
}

static struct pull_verdict slowed(struct pull *p, const struct uplink_answer *a, int64_t now_ms,
                                  const struct dice *dice)
{
    int64_t named_ms = a->error ? a->error->retry_after_ms : 0;
    if (a->retry_after_ms > named_ms)
        named_ms = a->retry_after_ms;
    if (named_ms <= 0)
        return later(p, UPLINK_SLOWED, now_ms, dice);
    p->wait_until_ms = now_ms + backoff_guided_ms(named_ms, dice);
    return (struct pull_verdict){.trouble = UPLINK_SLOWED};
}

struct pull_verdict pull_answered(struct pull *p, const struct pull_query *q,
                                  const struct uplink_answer *a,
                                  const struct cloud_find_reply *found, struct position acked,
                                  int64_t now_ms, const struct dice *dice)
{
    if (!a->came)
        return (struct pull_verdict){.trouble = UPLINK_NO_ANSWER, .lost = true};
    if (a->status == 200 && found && is_behind(q, found))
        return behind(p, acked, now_ms, dice);
    p->behind = false;
    if (a->status == 200 && found && makes_sense(q, found))
        return q->full ? page_of_all(p, found) : page_since(q, found);
    if (a->status == 200)
        return later(p, UPLINK_NONSENSE, now_ms, dice);
    if (asks_to_wait(a))
        return slowed(p, a, now_ms, dice);
    if (a->status == 410 && begin_full(p, acked))
        return (struct pull_verdict){.trouble = UPLINK_FINE};
    return later(p, a->status >= 500 ? UPLINK_FAILING : UPLINK_REFUSED, now_ms, dice);
}

void pull_taken(struct pull *p, const struct pull_verdict *v)
{
    backoff_reset(&p->backoff);
    p->wait_until_ms = 0;
    if (p->full && v->page.moves) {
        p->full = !v->page.done;
        p->full_ver = v->page.ver;
    }
    if (!v->done)
        return;
    p->due = p->again;
    p->again = false;
}
