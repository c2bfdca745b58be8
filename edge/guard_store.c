#include "edge/guard_store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "edge/backup_restore.h"
#include "edge/guard_verdict.h"
#include "edge/log.h"
#include "storage/shape.h"

#define DATA_FILE "data.mdb"

static struct store_identity identity_of(const struct config *config)
{
    return (struct store_identity){str_of(config->brand_id), str_of(config->poi_id)};
}

static void data_file(const struct config *config, char out[BACKUP_PATH])
{
    snprintf(out, BACKUP_PATH, "%s/" DATA_FILE, config->data_dir);
}

/* No file, or an empty one. */
static bool is_nothing(const char *file)
{
    struct stat st;
    return stat(file, &st) != 0 ? errno == ENOENT : S_ISREG(st.st_mode) && st.st_size == 0;
}

static bool is_of_another_box(const char *file)
{
    struct shape shape;
    char why[STORE_WHY];
    return shape_check(file, &shape, why, sizeof(why)) == PH_ERR_FORMAT && shape.word_bits != 0 &&
           (shape_is_foreign(&shape) || shape.page_bytes != shape_here().page_bytes);
}

/* Broken is what may be replaced. A store that a newer program or another kind of box made, one of
 * another store, none at all, and a moment without memory are no damage. */
static bool is_broken(const struct config *config, enum ph_err err)
{
    char file[BACKUP_PATH];
    if (err == PH_OK || err == PH_ERR_NEWER || err == PH_ERR_CONFIG || err == PH_ERR_MEMORY)
        return false;
    data_file(config, file);
    return !is_nothing(file) && !is_of_another_box(file);
}

static void look(const struct config *config, struct check_report *report)
{
    char file[BACKUP_PATH];
    struct store_identity id = identity_of(config);
    data_file(config, file);
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
    } else if (!is_broken(config, report.err)) {
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

bool guard_store_lost(const struct config *config, char backup[BACKUP_NAME])
{
    char file[BACKUP_PATH], dir[BACKUP_PATH], why[STORE_WHY];
    const struct backup_place place = backup_place_of(config, dir);
    size_t n = 0;
    data_file(config, file);
    if (!is_nothing(file))
        return false;
    struct backup_file *list = calloc(BACKUP_LIST, sizeof(*list));
    bool lost = list != NULL && backup_files(&place, list, &n, why) == PH_OK && n > 0;
    if (lost)
        snprintf(backup, BACKUP_NAME, "%s", list[0].name);
    free(list);
    return lost;
}
