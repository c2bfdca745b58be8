#include "sync/downlink.h"

#define NOT_SET (-1)

void downlink_open(struct downlink *d, uint64_t applied, int64_t now_ms)
{
    *d = (struct downlink){.applied = applied,
                           .reached = applied,
                           .head = applied,
                           .gap_since_ms = NOT_SET,
                           .behind_since_ms = NOT_SET,
                           .pulled_ms = now_ms};
}

/* ---- spans ---- */

static void drop_held(struct downlink *d, uint32_t i)
{
    d->held[i] = d->held[--d->n_held];
}

/* Over all that is held right behind it, in whatever order it came. */
static void follow_held(struct downlink *d)
{
    uint32_t i = 0;
    while (i < d->n_held) {
        struct downlink_span span = d->held[i].span;
        if (span.prev_ver > d->reached) {
            i++;
            continue;
        }
        drop_held(d, i);
        if (span.ver > d->reached) {
            d->reached = span.ver;
            i = 0;
        }
    }
}

/* What is missing counts from the last step forward. */
static void step_to(struct downlink *d, uint64_t reached, int64_t now_ms)
{
    d->reached = reached;
    follow_held(d);
    d->gap_since_ms = d->n_held > 0 ? now_ms : NOT_SET;
    d->behind_since_ms = d->head > d->reached ? now_ms : NOT_SET;
}

static void hold(struct downlink *d, struct downlink_span span, int64_t now_ms)
{
    for (uint32_t i = 0; i < d->n_held; i++)
        if (d->held[i].span.ver == span.ver)
            return;
    if (d->n_held == DOWNLINK_HELD) {
        d->due = true;
        return;
    }
    d->held[d->n_held++] = (struct downlink_held){.span = span};
    if (d->gap_since_ms == NOT_SET)
        d->gap_since_ms = now_ms;
}

static void forget_held(struct downlink *d)
{
    d->n_held = 0;
    d->gap_since_ms = NOT_SET;
}

/* ---- what is heard ---- */

enum downlink_sender downlink_sender(struct downlink *d, uint32_t center_epoch)
{
    if (center_epoch == 0 || center_epoch == d->center_epoch)
        return DOWNLINK_OURS;
    if (center_epoch < d->center_epoch)
        return DOWNLINK_FORMER;
    if (center_epoch <= d->next_epoch)
        return DOWNLINK_LATEST;
    d->next_epoch = center_epoch;
    return DOWNLINK_NEXT;
}

enum downlink_verdict downlink_push(struct downlink *d, struct downlink_span span, int64_t now_ms)
{
    if (d->full || !d->greeted) {
        d->due = true;
        return DOWNLINK_LATER;
    }
    if (span.ver <= d->reached)
        return DOWNLINK_STALE;
    if (span.prev_ver <= d->reached)
        step_to(d, span.ver, now_ms);
    else
        hold(d, span, now_ms);
    return DOWNLINK_TAKE;
}

struct downlink_span downlink_taken(const struct downlink *d)
{
    return (struct downlink_span){d->applied, d->reached > d->applied ? d->reached : 0};
}

void downlink_head(struct downlink *d, uint64_t ver, int64_t now_ms)
{
    if (d->fresh && ver > d->reached)
        d->due = true;
    d->fresh = false;
    if (ver > d->head)
        d->head = ver;
    if (d->head > d->reached && d->behind_since_ms == NOT_SET)
        d->behind_since_ms = now_ms;
}

void downlink_told(struct downlink *d, uint64_t ver, int64_t now_ms)
{
    if (ver < d->applied)
        d->due = true;
    downlink_head(d, ver, now_ms);
}

void downlink_line(struct downlink *d, bool up, int64_t now_ms)
{
    if (up == d->up)
        return;
    bool heard = d->up && !d->fresh;
    d->up = up;
    d->fresh = up;
    if (heard && now_ms - d->pulled_ms > DOWNLINK_DEAF_MS)
        d->pulled_ms = now_ms; /* what came until now was told */
}

void downlink_lost(struct downlink *d)
{
    forget_held(d);
    d->reached = d->applied;
    d->due = true;
}

/* ---- what the books and the puller say ---- */

void downlink_applied(struct downlink *d, uint64_t applied, int64_t now_ms)
{
    bool moved = applied > d->applied || applied < d->reached;
    d->applied = applied;
    if (moved)
        step_to(d, applied, now_ms);
}

void downlink_greeted(struct downlink *d, bool greeted, uint32_t center_epoch)
{
    d->center_epoch = center_epoch;
    if (greeted == d->greeted)
        return;
    d->greeted = greeted;
    forget_held(d);
    d->reached = d->applied;
}

void downlink_full(struct downlink *d, bool full)
{
    if (full == d->full)
        return;
    d->full = full;
    forget_held(d);
    d->reached = d->applied;
    d->due = d->due || !full;
}

/* They lie in what the pull has told to be all, and were not in it. */
static void drop_asked(struct downlink *d)
{
    uint32_t i = 0;
    while (i < d->n_held) {
        if (d->held[i].asked)
            drop_held(d, i);
        else
            i++;
    }
}

void downlink_pulled(struct downlink *d, uint64_t applied, int64_t now_ms)
{
    if (d->head <= applied || (d->asked && d->head == d->asked_head))
        d->head = applied;
    d->applied = applied;
    d->asked = false;
    d->pulled_ms = now_ms;
    d->reached = applied;
    follow_held(d);
    drop_asked(d);
    step_to(d, d->reached, now_ms);
}

/* ---- when ---- */

static int64_t sooner(int64_t due_ms, int64_t since_ms, int64_t span_ms)
{
    return since_ms != NOT_SET && since_ms + span_ms < due_ms ? since_ms + span_ms : due_ms;
}

int64_t downlink_due_ms(const struct downlink *d)
{
    int64_t due_ms = d->pulled_ms + (d->up ? DOWNLINK_QUIET_MS : DOWNLINK_DEAF_MS);
    if (d->asked)
        return DOWNLINK_NEVER;
    if (d->due)
        return INT64_MIN;
    due_ms = sooner(due_ms, d->gap_since_ms, DOWNLINK_GAP_MS);
    return sooner(due_ms, d->behind_since_ms, DOWNLINK_HEAD_MS);
}

void downlink_asked(struct downlink *d)
{
    d->asked = true;
    d->asked_head = d->head;
    d->due = false;
    for (uint32_t i = 0; i < d->n_held; i++)
        d->held[i].asked = true;
}
