/* Looks up a host name with a deadline, for a plain thread that must be able to stop: the C
 * library's own look-up can take half a minute and cannot be ended.
 *
 * What can fail: a look-up that does not come back in time goes on by itself. The next name_known
 * waits for the same one, so there is never more than one; at the end it is left behind.
 */
#ifndef SYNC_NAME_H
#define SYNC_NAME_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct name_query;
struct name {
    const char *host;         /* borrowed */
    struct name_query *query; /* under way; NULL: none */
};
/* True if the name has an address. False: it has none, or it is not known in wait_ms, or *stop. */
bool name_known(struct name *n, int64_t wait_ms, const atomic_bool *stop);
void name_end(struct name *n);

#endif
