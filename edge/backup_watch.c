#include "edge/backup_watch.h"

#include <stdio.h>

#include "edge/backup_file.h"
#include "edge/log.h"

#define HOUR_MS 3600000

static void raise_alert(struct backup_watch *w, const struct alert *alert)
{
    if (!alerts_raise(w->alerts, alert))
        return;
    log_warning("alert id=%s code=%s text=\"%s\"", alert->id, alert->code, alert->text);
    w->alert_changed(w->ctx, str_of(alert->id));
}

static void resolve(struct backup_watch *w)
{
    if (alerts_resolve(w->alerts, BACKUP_ALERT))
        w->alert_changed(w->ctx, STR(BACKUP_ALERT));
}

void backup_watch_made(struct backup_watch *w, int64_t at_ms)
{
    w->failing = false;
    w->blind[0] = 0;
    w->newest_ms = at_ms;
    resolve(w);
}

void backup_watch_failed(struct backup_watch *w, const char *why, int64_t now_ms)
{
    struct alert alert = {.id = BACKUP_ALERT,
                          .kind = "DATA",
                          .code = "PH-1018",
                          .action = "df -h ; poshubctl backup create",
                          .since_at_ms = now_ms};
    snprintf(alert.text, sizeof(alert.text), "The last backup failed: %.130s", why);
    w->failing = true;
    raise_alert(w, &alert);
}

void backup_watch_seen(struct backup_watch *w, int64_t newest_ms)
{
    w->blind[0] = 0;
    w->newest_ms = newest_ms;
}

void backup_watch_blind(struct backup_watch *w, const char *why)
{
    snprintf(w->blind, sizeof(w->blind), "%s", why);
}

/* What is wrong. False: nothing is. */
static bool judge(const struct backup_watch *w, int64_t now_ms, char *text, size_t n)
{
    int64_t age_ms = now_ms - w->newest_ms;
    if (w->blind[0] != 0)
        snprintf(text, n, "%.150s", w->blind);
    else if (w->newest_ms == 0)
        snprintf(text, n, "There is no backup of the store.");
    else if (age_ms < -BACKUP_AHEAD_MS)
        snprintf(text, n, "The newest backup bears a time to come: nobody knows how old it is.");
    else if (age_ms > BACKUP_LATE_MS)
        snprintf(text, n, "The newest backup is more than %lld hours old.",
                 (long long)age_ms / HOUR_MS);
    else
        return false;
    return true;
}

void backup_watch_judge(struct backup_watch *w, int64_t up_ms, int64_t now_ms)
{
    struct alert alert = {.id = BACKUP_ALERT,
                          .kind = "DATA",
                          .code = "PH-1010",
                          .action =
                              "systemctl status poshub-backup.timer ; poshubctl backup create",
                          .since_at_ms = now_ms};
    if (w->failing)
        return;
    if (!judge(w, now_ms, alert.text, sizeof(alert.text)))
        resolve(w);
    else if (up_ms >= BACKUP_GRACE_MS || w->blind[0] != 0)
        raise_alert(w, &alert);
}
