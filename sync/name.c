#include "sync/name.h"

#include <netdb.h>
#include <stdlib.h>
#include <time.h>

#define SLICE_MS 100 /* how late a stop is noticed */

struct name_query {
    struct gaicb ask;
    struct addrinfo hints;
};

static bool begin(struct name *n)
{
    struct name_query *q = calloc(1, sizeof(*q));
    if (!q)
        return false;
    q->hints.ai_socktype = SOCK_STREAM;
    q->ask.ar_name = n->host;
    q->ask.ar_request = &q->hints;
    struct gaicb *list[] = {&q->ask};
    if (getaddrinfo_a(GAI_NOWAIT, list, 1, NULL) != 0) {
        free(q);
        return false;
    }
    n->query = q;
    return true;
}

static void wait_slice(struct name *n)
{
    const struct gaicb *list[] = {&n->query->ask};
    struct timespec slice = {0, SLICE_MS * 1000000L};
    gai_suspend(list, 1, &slice);
}

/* With its query, whose answer nobody else wants. */
static bool take(struct name *n)
{
    int err = gai_error(&n->query->ask);
    if (err == 0)
        freeaddrinfo(n->query->ask.ar_result);
    free(n->query);
    n->query = NULL;
    return err == 0;
}

/* Needs no look-up, and none of the library's threads, which ThreadSanitizer does not survive. */
static bool is_address(const char *host)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM}, *found;
    if (getaddrinfo(host, NULL, &hints, &found) != 0)
        return false;
    freeaddrinfo(found);
    return true;
}

bool name_known(struct name *n, int64_t wait_ms, const atomic_bool *stop)
{
    if (is_address(n->host))
        return true;
    if (!n->query && !begin(n))
        return false;
    for (int64_t left_ms = wait_ms; left_ms > 0 && !atomic_load(stop); left_ms -= SLICE_MS) {
        if (gai_error(&n->query->ask) != EAI_INPROGRESS)
            return take(n);
        wait_slice(n);
    }
    return gai_error(&n->query->ask) != EAI_INPROGRESS && take(n);
}

/* The library still writes to a query that it cannot cancel: that one stays. */
void name_end(struct name *n)
{
    if (!n->query)
        return;
    int err = gai_cancel(&n->query->ask);
    if (err == EAI_CANCELED || err == EAI_ALLDONE)
        take(n);
    n->query = NULL;
}
