/* Whether there is a good backup of late, as one alert:
 *
 *   PH-1018  the last one that was asked for failed   until one is good
 *   PH-1010  the newest is old, or there is none      until there is a newer one
 *            it is of a time to come: its age is unknown, and must not pass for young
 *            the directory cannot be read
 *
 * The first hides the second: it says why.
 */
#ifndef EDGE_BACKUP_WATCH_H
#define EDGE_BACKUP_WATCH_H

#include "edge/alerts.h"
#include "storage/store.h"

#define BACKUP_ALERT "backup"
/* A hub that runs so long has met its timer, which comes once an hour and up to five minutes late;
 * before, an old backup only tells of a box that was switched off. */
#define BACKUP_GRACE_MS (90 * 60000LL)

struct backup_watch {
    struct alerts *alerts;
    void (*alert_changed)(void *ctx, struct str id);
    void *ctx;
    int64_t newest_ms; /* wall clock, when it was begun; 0: there is none, or nobody has looked */
    bool failing;      /* the last one that was asked for */
    char blind[STORE_WHY]; /* why nobody could look; "": somebody has */
};
/* One was made and is good. */
void backup_watch_made(struct backup_watch *w, int64_t at_ms);
void backup_watch_failed(struct backup_watch *w, const char *why, int64_t now_ms);
/* What the directory says now and then; 0: none. Files may go without us. */
void backup_watch_seen(struct backup_watch *w, int64_t newest_ms);
/* The directory could not be read, and `why` says it. */
void backup_watch_blind(struct backup_watch *w, const char *why);
/* `up_ms`: how long the hub has run. */
void backup_watch_judge(struct backup_watch *w, int64_t up_ms, int64_t now_ms);

#endif
