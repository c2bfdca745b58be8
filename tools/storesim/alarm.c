#include "tools/storesim/alarm.h"

#include "tools/storesim/memory.h"

#include <stdlib.h>

void alarms_finish(struct alarms *a)
{
    free(a->heap);
    *a = (struct alarms){0};
}

static void put(struct alarms *a, size_t place, struct alarm *alarm)
{
    a->heap[place] = alarm;
    alarm->place = place;
}

static void sift(struct alarms *a, struct alarm *alarm)
{
    size_t i = alarm->place;
    while (i > 1 && a->heap[i / 2]->at_us > alarm->at_us) {
        put(a, i, a->heap[i / 2]);
        i /= 2;
    }
    for (;;) {
        size_t child = i * 2;
        if (child + 1 <= a->n && a->heap[child + 1]->at_us < a->heap[child]->at_us)
            child++;
        if (child > a->n || a->heap[child]->at_us >= alarm->at_us)
            break;
        put(a, i, a->heap[child]);
        i = child;
    }
    put(a, i, alarm);
}

void alarm_set(struct alarms *a, struct alarm *alarm, int64_t at_us)
{
    alarm->at_us = at_us;
    if (!alarm->place) {
        if (a->n + 2 > a->cap) {
            a->cap = a->cap ? a->cap * 2 : 64;
            a->heap = memory_grow(a->heap, a->cap * sizeof *a->heap);
        }
        put(a, ++a->n, alarm);
    }
    sift(a, alarm);
}

void alarm_stop(struct alarms *a, struct alarm *alarm)
{
    size_t hole = alarm->place;
    if (!hole)
        return;
    alarm->place = 0;
    struct alarm *last = a->heap[a->n--];
    if (last == alarm)
        return;
    put(a, hole, last);
    sift(a, last);
}

void alarms_ring(struct alarms *a, int64_t now_us)
{
    while (a->n && a->heap[1]->at_us <= now_us) {
        struct alarm *alarm = a->heap[1];
        alarm_stop(a, alarm);
        alarm->ring(alarm->ctx);
    }
}

int64_t alarms_next(const struct alarms *a)
{
    return a->n ? a->heap[1]->at_us : INT64_MAX;
}
