/* What the center has decided for this hub (proto/cloud_settings.h), over the configuration: rate
 * limits, how long orders may stay unpaid, which channels take new orders. Pure: times come in.
 *
 * In memory only: after a start the first hello says it again, and a hub that cannot ask has its
 * own configuration, which a technician can see and change.
 */
#ifndef EDGE_REMOTE_H
#define EDGE_REMOTE_H

#include "edge/books/books.h"
#include "edge/limits.h"
#include "proto/cloud_settings.h"

/* Longer than a line that comes back by itself, or a center that is started anew, is away. After
 * that nobody could undo a decision that was wrong, or meant for this hour only. */
#define REMOTE_KEEP_MS (15LL * 60 * 1000)

/* All zeroes: the center has decided nothing. */
struct remote {
    struct cloud_settings said;
    int64_t heard_ms;  /* the center was there */
    bool rules, fresh; /* as remote_look found last; another one was said since */
};
void remote_say(struct remote *r, const struct cloud_settings *said, int64_t now_ms);
/* The center is there. */
void remote_hear(struct remote *r, int64_t now_ms);
/* True if what rules has changed since the last look or the last remote_say. */
bool remote_look(struct remote *r, int64_t now_ms);
/* What rules, as of the last look; NULL: the configuration alone. */
const struct cloud_settings *remote_now(const struct remote *r);

/* The configuration and, over it, what the center has said; `said` may be NULL. */
struct limits_config remote_limits(const struct limits_config *local,
                                   const struct cloud_settings *said);
void remote_channels(const struct channel_setting local[CHANNEL_COUNT],
                     const struct cloud_settings *said, struct channel_setting out[CHANNEL_COUNT]);

#endif
