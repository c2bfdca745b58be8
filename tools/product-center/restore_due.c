#include "tools/product-center/restore_due.h"

static struct schedule schedule_of(const struct stock_row *r)
{
    bool runs = r->auto_restore == 1 && r->restore_at_ms > 0;
    return (struct schedule){.first_ms = runs ? r->restore_at_ms : 0, .daily = r->repeat == 1};
}

int64_t restore_missed_ms(const struct zone *z, int64_t now_ms, const struct stock_row *r)
{
    struct schedule schedule = schedule_of(r);
    int64_t due_ms = due_latest(&schedule, z, now_ms);
    return due_ms > r->restored_ms ? due_ms : 0;
}

int64_t restore_due_ms(const struct zone *z, int64_t now_ms, const struct stock_row *r)
{
    struct schedule schedule = schedule_of(r);
    int64_t missed = restore_missed_ms(z, now_ms, r);
    return missed > 0 ? missed : due_next(&schedule, z, now_ms);
}

bool restore_begins(const struct zone *z, int64_t now_ms, const struct stock_row *was,
                    struct stock_row *plan)
{
    int64_t missed_ms = restore_missed_ms(z, now_ms, plan);
    if (missed_ms == 0 || missed_ms == restore_missed_ms(z, now_ms, was))
        return true;
    struct schedule s = schedule_of(plan);
    bool begins = due_begin(&s, z, now_ms);
    plan->restore_at_ms = s.first_ms;
    return begins;
}

void restore_due_written(const struct zone *z, int64_t now_ms, struct item *it)
{
    const struct item_terms *was = &it->terms;
    const struct stock_row *r = &it->row;
    if (was->auto_restore != r->auto_restore || was->repeat != r->repeat ||
        was->restore_at_ms != r->restore_at_ms || was->restored_ms != r->restored_ms)
        it->due_ms = restore_due_ms(z, now_ms, r);
}
