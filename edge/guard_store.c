#include "edge/guard_store.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "edge/backup_restore.h"
#include "edge/guard_verdict.h"
#include "edge/log.h"

#define DATA_FILE "data.mdb"

static struct store_identity identity_of(const struct config *config)
{
    return (struct store_identity){str_of(config->brand_id), str_of(config->poi_id)};
}

/* Broken is what may be replaced. A store that a newer program made, one of another store, and a
 * moment without memory are no damage. */
static bool is_broken(enum ph_err err)
{
    return err != PH_OK && err != PH_ERR_NEWER && err != PH_ERR_CONFIG && err != PH_ERR_MEMORY;
}

static void look(const struct config *config, struct check_report *report)
{
    char file[BACKUP_PATH];
    struct store_identity id = identity_of(config);
    snprintf(file, sizeof(file), "%s/" DATA_FILE, config->data_dir);
    check_apart(file, &id, report);
}

/* "DATA_DIR.broken-20260128T093000Z". False: there are too many already. */
static bool aside_name(const struct config *config, int64_t now_ms, char out[BACKUP_PATH])
{
    char stamp[32];
    struct tm tm;
    time_t now = (time_t)(now_ms / 1000);
    gmtime_r(&now, &tm);
    strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
    snprintf(out, BACKUP_PATH, "%s.broken-%s", config->data_dir, stamp);
    return guard_aside_count(config) < GUARD_ASIDE_MOST && access(out, F_OK) != 0;
}

/* Nothing has changed when this fails. */
static bool replace(const struct config *config, int64_t now_ms, char aside[BACKUP_PATH],
                    char backup[BACKUP_NAME], char why[STORE_WHY])
{
    struct restore_told told;
    if (!aside_name(config, now_ms, aside)) {
        snprintf(why, STORE_WHY, "%d broken stores lie beside it", GUARD_ASIDE_MOST);
        return false;
    }
    return backup_restore_newest(config, aside, now_ms, &told, backup, why) == PH_OK;
}

struct alert guard_store_helpless(const char *why, int64_t now_ms)
{
    struct alert alert = {.id = "guard", .kind = "DATA", .code = "PH-1009", .since_at_ms = now_ms};
    alert.action = "poshubctl backup list ; poshubctl restore FILE";
    snprintf(alert.text, sizeof(alert.text), "The store is broken and no backup helps: %.80s", why);
    return alert;
}

void guard_store(const struct config *config, unsigned starts, int64_t now_ms, struct alert *out)
{
    char aside[BACKUP_PATH], backup[BACKUP_NAME] = "", why[STORE_WHY] = "";
    struct check_report report;
    bool replaced = false;
    *out = (struct alert){.id = "guard", .kind = "DATA", .code = "PH-1007", .since_at_ms = now_ms};
    out->action = "Send a bundle: poshubctl bundle";
    look(config, &report);
    if (report.err == PH_OK) {
        snprintf(out->text, sizeof(out->text),
                 "The hub came to a bad end %u times right after its start; its store is whole.",
                 starts);
    } else if (!is_broken(report.err)) {
        out->code = "PH-1009";
        out->action = "poshubctl doctor";
        snprintf(out->text, sizeof(out->text), "The store is left as it is: %.130s", report.why);
    } else if ((replaced = replace(config, now_ms, aside, backup, why))) {
        out->code = "PH-1008";
        out->action = "Look at what is fenced: poshubctl status. Keep what was set aside.";
        snprintf(out->text, sizeof(out->text), "The store was broken; %s took its place.", backup);
    } else {
        *out = guard_store_helpless(why, now_ms);
        guard_verdict_keep(config, why);
    }
    log_error("guard starts=%u code=%s store=%s broken=\"%s\" aside=%s backup=%s why=\"%s\"",
              starts, out->code, config->data_dir, report.why, replaced ? aside : "-",
              replaced ? backup : "-", why);
}
