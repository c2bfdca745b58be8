#include "tools/product-center/restore_due.h"

#include "tools/product-center/zone.h"

static struct schedule schedule_of(const struct stock_row *r)
{
    return (struct schedule){.first_ms = r->auto_restore == 1 ? r->restore_at_ms : 0,
                             .daily = r->repeat == 1};
}

static int64_t missed_ms(const struct call *c, const struct schedule *schedule,
                         const struct zone *z, const struct stock_row *r)
{
    int64_t due_ms = due_latest(schedule, z, c->now_ms);
    return due_ms > r->restored_ms ? due_ms : 0;
}

int64_t restore_missed_ms(struct call *c, const struct store *s, const struct stock_row *r)
{
    struct schedule schedule = schedule_of(r);
    struct store_zone ctx;
    struct zone zone = zone_of(&ctx, c, s);
    return schedule.first_ms > 0 ? missed_ms(c, &schedule, &zone, r) : 0;
}

int64_t restore_due_ms(struct call *c, const struct store *s, const struct stock_row *r)
{
    struct schedule schedule = schedule_of(r);
    struct store_zone ctx;
    if (schedule.first_ms <= 0)
        return 0;
    struct zone zone = zone_of(&ctx, c, s);
    int64_t missed = missed_ms(c, &schedule, &zone, r);
    return missed > 0 ? missed : due_next(&schedule, &zone, c->now_ms);
}

void restore_due_written(struct call *c, const struct store *s, struct item *it)
{
    const struct item_terms *was = &it->terms;
    const struct stock_row *r = &it->row;
    if (was->auto_restore != r->auto_restore || was->repeat != r->repeat ||
        was->restore_at_ms != r->restore_at_ms || was->restored_ms != r->restored_ms)
        it->due_ms = restore_due_ms(c, s, r);
}
