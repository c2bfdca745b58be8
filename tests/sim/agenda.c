#include "tests/sim/agenda.h"

#include <assert.h>
#include <stdlib.h>

static bool earlier(const struct entry *a, const struct entry *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->nth < b->nth;
}

static void swap(struct entry *a, struct entry *b)
{
    struct entry t = *a;
    *a = *b;
    *b = t;
}

static void sift_up(struct agenda *a, size_t i)
{
    for (; i > 0 && earlier(&a->heap[i], &a->heap[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&a->heap[i], &a->heap[(i - 1) / 2]);
}

static void sift_down(struct agenda *a, size_t i)
{
    for (;;) {
        size_t least = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < a->n; child++)
            if (earlier(&a->heap[child], &a->heap[least]))
                least = child;
        if (least == i)
            return;
        swap(&a->heap[i], &a->heap[least]);
        i = least;
    }
}

void agenda_add(struct agenda *a, int64_t at_ms, int happens, uint32_t id)
{
    if (a->n == a->cap) {
        a->cap = a->cap ? 2 * a->cap : 64;
        a->heap = realloc(a->heap, a->cap * sizeof *a->heap);
        if (!a->heap)
            abort();
    }
    a->heap[a->n] = (struct entry){at_ms, a->planned++, happens, id};
    sift_up(a, a->n++);
}

struct entry agenda_take(struct agenda *a)
{
    assert(a->n > 0);
    struct entry first = a->heap[0];
    a->heap[0] = a->heap[--a->n];
    sift_down(a, 0);
    return first;
}

void agenda_free(struct agenda *a)
{
    free(a->heap);
    *a = (struct agenda){0};
}
