/* The store's files: whole, ours, with room; and their backups. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "edge/backup_file.h"
#include "edge/guard_store.h"
#include "tools/poshubctl/doctor/doctor.h"
#include "tools/poshubctl/doctor/process.h"
#include "tools/poshubctl/print.h"
#include "tools/poshubctl/reply.h"

#define PART_OLD_S 7200

/* ---- store data ---- */

static void not_a_store(const struct doctor *d, const struct reader_view *v, struct finding *f)
{
    char backup[BACKUP_NAME], dir[BACKUP_PATH];
    if (guard_store_lost(&d->config, backup)) {
        const struct backup_place place = backup_place_of(&d->config, dir);
        found_fail(f, "PH-1019",
                   "there is no store, and backups of it are: the hub begins no new one");
        found_next(f,
                   "poshubctl restore %s/%s" BACKUP_SUFFIX
                   " --config %s ; or, to begin anew, move the backups away",
                   place.dir, backup, d->config_path);
        return;
    }
    if (v->shape == PH_ERR_NOT_FOUND) {
        found_warn(f, "PH-1014", "there is no store yet: the hub makes it at its first start");
        found_next(f, "systemctl start poshub ; or poshubctl restore FILE");
        return;
    }
    found_fail(f, "PH-1014", "%s", v->why);
    found_next(f, "poshubctl backup list --config %s ; poshubctl restore FILE", d->config_path);
}

static void judge_walk(struct doctor *d, const struct reader_view *v, struct finding *f)
{
    const struct check_report *r = &v->report;
    if (v->stage != READER_ALL) {
        found_ok(f, "opens, event %u/%llu; too large to be read whole in so short a time",
                 v->at.epoch, (unsigned long long)v->at.seq);
        return;
    }
    if (r->err == PH_OK) {
        found_ok(f, "whole: %llu records, up to event %u/%llu", (unsigned long long)r->records,
                 v->at.epoch, (unsigned long long)v->at.seq);
        return;
    }
    bool foreign = r->err == PH_ERR_CONFIG;
    found_fail(f, foreign ? "PH-1015" : "PH-1006", "%s", r->why);
    found_next(f, "poshubctl backup list --config %s ; poshubctl restore FILE", d->config_path);
}

/* A hub holds it: ours, or one that is not. */
static bool held_by_another(struct doctor *d, pid_t holder, struct finding *f)
{
    char name[PROCESS_NAME];
    if (holder <= 0 || doctor_status(d) || process_has_word(holder, d->config_path))
        return false;
    found_fail(f, "PH-1016", "another process holds the store: %s, pid %d",
               process_name(holder, name), (int)holder);
    found_next(f, "ps -p %d -f ; end it, or give this hub a data_dir of its own", (int)holder);
    return true;
}

void check_store(struct doctor *d, struct finding *f)
{
    struct reader_view v;
    pid_t holder;
    if (!doctor_may_look(d, f))
        return;
    holder = reader_holder(d->config.data_dir);
    bool alive = doctor_store(d, &v);
    if (held_by_another(d, holder, f))
        return;
    if (!alive) {
        found_fail(f, "PH-1006", "whoever reads the store dies of it: a page of it is garbage");
        found_next(f, "poshubctl backup list --config %s ; poshubctl restore FILE", d->config_path);
    } else if (v.stage == READER_NOTHING)
        found_fail(f, "PH-1014", "the store cannot be read in %d ms: the disk hangs?",
                   DOCTOR_READ_MS);
    else if (v.shape != PH_OK)
        not_a_store(d, &v, f);
    else if (v.whose.poi_id[0] && (strcmp(v.whose.poi_id, d->config.poi_id) != 0 ||
                                   strcmp(v.whose.brand_id, d->config.brand_id) != 0)) {
        found_fail(f, "PH-1015", "it is the store %s/%s, and the configuration says %s/%s",
                   v.whose.brand_id, v.whose.poi_id, d->config.brand_id, d->config.poi_id);
        found_next(f, "correct [store] in the configuration, or restore a backup of this store");
    } else if (holder > 0)
        found_ok(f, "opens, event %u/%llu", v.at.epoch, (unsigned long long)v.at.seq);
    else
        judge_walk(d, &v, f);
}

/* ---- map room ---- */

void check_map(struct doctor *d, struct finding *f)
{
    const struct config *c = &d->config;
    const struct json *s = doctor_status(d);
    if (!s && !doctor_may_look(d, f))
        return;
    struct reader_view v;
    doctor_store(d, &v);
    if (!v.has_head && !s) {
        found_skip(f, "needs \"store data\"");
        return;
    }
    /* a hub looks at it once in a while, and not before its first second is over */
    int64_t used = v.has_head ? v.used_permille : reply_int(s, "store_data.used_permille");
    int64_t map = s ? reply_int(s, "store_data.map_bytes") : (int64_t)c->map_mib << 20;
    found_ok(f, "%d.%d %% of %s used", (int)used / 10, (int)used % 10, BYTES(map));
    if (used >= (int64_t)c->refuse_percent * 10)
        found_fail(f, "PH-1003", "the store is %d %% full: no new orders", (int)used / 10);
    else if (used >= (int64_t)c->alarm_percent * 10)
        found_warn(f, "PH-1002", "the store is %d %% full", (int)used / 10);
    if (f->code)
        found_next(f,
                   "raise [storage] map_mib (now %u) ; systemctl restart poshub ; poshubctl queue "
                   "list",
                   c->map_mib);
}

/* ---- backup ---- */

/* Of a backup that was ended in the middle. */
static bool left_over(const struct backup_place *place, struct finding *f)
{
    struct stat st;
    char path[DOCTOR_PATH];
    snprintf(path, sizeof path, "%s/.part", place->dir);
    if (stat(path, &st) != 0 || doctor_wall_ms() / 1000 - st.st_mtim.tv_sec < PART_OLD_S)
        return false;
    found_warn(f, "PH-1010", "%s is left of a backup that did not end", path);
    found_next(f, "rm %s ; poshubctl backup create", path);
    f->fix = FIX_DROP_PART;
    return true;
}

static bool is_fresh(const struct doctor *d)
{
    struct stat st;
    if (stat(d->config.data_dir, &st) != 0)
        return false;
    int64_t age_ms = doctor_wall_ms() - (int64_t)st.st_mtim.tv_sec * 1000;
    return age_ms >= -BACKUP_AHEAD_MS && age_ms < BACKUP_LATE_MS;
}

static void judge_age(struct doctor *d, const struct backup_file *newest, struct finding *f)
{
    int64_t age_ms = doctor_wall_ms() - newest->at_ms;
    struct reader_view v;
    if (!reader_wait(&d->backup, d->began_ms + DOCTOR_READ_MS, &v) ||
        (v.stage == READER_ALL && v.report.err != PH_OK)) {
        found_fail(f, "PH-1017", "the newest backup is no good: %s",
                   v.stage == READER_ALL ? v.report.why : "whoever reads it dies of it");
        found_next(f, "poshubctl backup create ; df -h");
        return;
    }
    found_ok(f, "%s old, %s%s", SPAN(age_ms > 0 ? age_ms : 0), BYTES((int64_t)newest->bytes),
             v.stage == READER_ALL ? ", every record read" : ", too large to be read now");
    if (age_ms < -BACKUP_AHEAD_MS)
        found_warn(f, "PH-1010",
                   "the newest backup, %s, bears a time that is %s ahead: the clock was wrong then "
                   "or is now, and nobody knows how old it is",
                   newest->name, SPAN(-age_ms));
    else if (age_ms > BACKUP_LATE_MS)
        found_warn(f, "PH-1010", "the newest backup is %s old", SPAN(age_ms));
    if (f->code)
        found_next(f, "systemctl status poshub-backup.timer ; poshubctl backup create");
}

void check_backup(struct doctor *d, struct finding *f)
{
    char dir[BACKUP_PATH];
    if (!doctor_may_look(d, f))
        return;
    const struct backup_place place = backup_place_of(&d->config, dir);
    if (left_over(&place, f))
        return;
    if (d->backups_why[0]) {
        found_fail(f, "PH-1010", "%s", d->backups_why);
        found_next(f, "ls -ld %s ; or correct [backup] dir in %s", place.dir, d->config_path);
    } else if (d->newest.name[0])
        judge_age(d, &d->newest, f);
    else if (is_fresh(d))
        found_ok(f, "none yet; the timer makes one every hour");
    else {
        found_warn(f, "PH-1010", "there is no backup in %s", place.dir);
        found_next(f, "systemctl enable --now poshub-backup.timer ; poshubctl backup create");
    }
}
