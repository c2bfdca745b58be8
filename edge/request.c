#include "edge/request.h"

#include <stdlib.h>

#define KEPT          128          /* requests that wait to be used again: a rush */
#define KEPT_BYTES    65536        /* an arena that grew larger is given back */
#define COMMAND_BYTES (512 * 1024) /* arrays of one command; the wire bounds it far lower */
#define OUTCOME_BYTES                                                                              \
    (4 * 1024 * 1024) /* changes and snapshots: a menu import changes all rows                     \
                       */

struct request *request_of(struct job *job)
{
    return (struct request *)job;
}

void request_undo(struct request *r)
{
    struct arena arena = r->outcome.arena;
    arena_reset(&arena);
    r->outcome = (struct outcome){.arena = arena};
}

struct request *request_take(struct request_pool *pool)
{
    struct request *r = pool->free;
    if (r != NULL) {
        pool->free = (struct request *)r->job.next;
        pool->n_free--;
    } else {
        r = calloc(1, sizeof(*r));
        if (r == NULL)
            return NULL;
        arena_init(&r->arena, COMMAND_BYTES);
        arena_init(&r->outcome.arena, OUTCOME_BYTES);
    }
    pool->in_use++;
    return r;
}

static void request_free(struct request *r)
{
    arena_free(&r->arena);
    arena_free(&r->outcome.arena);
    free(r);
}

static void arena_calm(struct arena *a)
{
    if (a->used > KEPT_BYTES)
        arena_free(a);
    else
        arena_reset(a);
}

void request_give(struct request_pool *pool, struct request *r)
{
    if (r == NULL)
        return;
    pool->in_use--;
    json_free(r->doc);
    if (pool->n_free >= KEPT) {
        request_free(r);
        return;
    }
    struct arena command = r->arena, outcome = r->outcome.arena;
    arena_calm(&command);
    arena_calm(&outcome);
    *r = (struct request){.arena = command, .outcome = {.arena = outcome}};
    r->job.next = (struct job *)pool->free;
    pool->free = r;
    pool->n_free++;
}

void request_pool_trim(struct request_pool *pool, size_t keep)
{
    while (pool->n_free > keep) {
        struct request *r = pool->free;
        pool->free = (struct request *)r->job.next;
        pool->n_free--;
        request_free(r);
    }
}
