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
    w->newest_ms = newest_ms;
}

void backup_watch_judge(struct backup_watch *w, int64_t up_ms, int64_t now_ms)
{
    struct alert alert = {.id = BACKUP_ALERT,
                          .kind = "DATA",
                          .code = "PH-1010",
                          .text = "There is no backup of the store.",
                          .action =
                              "systemctl status poshub-backup.timer ; poshubctl backup create",
                          .since_at_ms = now_ms};
    if (w->failing)
        return;
    if (now_ms - w->newest_ms <= BACKUP_LATE_MS) {
        resolve(w);
        return;
    }
    if (up_ms < BACKUP_GRACE_MS)
        return;
    if (w->newest_ms != 0)
        snprintf(alert.text, sizeof(alert.text), "The newest backup is more than %lld hours old.",
                 (long long)(now_ms - w->newest_ms) / HOUR_MS);
    raise_alert(w, &alert);
}
