/* The box itself: configuration, disk, clock, time zone, versions. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "edge/clock.h"
#include "edge/zone_name.h"
#include "storage/store.h"
#include "tools/poshubctl/doctor/doctor.h"
#include "tools/poshubctl/doctor/wear.h"
#include "tools/poshubctl/reply.h"

#define MIB            (1024LL * 1024)
#define DISK_WARN_MIB  64 /* as the hub's own alarm (edge/upkeep) */
#define DISK_FAIL_MIB  16
#define CLOCK_BACK_MS  300000LL /* the books are ahead of the clock by so much: it was set back */
#define CLOCK_NEWEST_S 4102444800LL /* 2100 */

/* ---- config ---- */

void check_config(struct doctor *d, struct finding *f)
{
    if (d->has_config && d->config_hidden[0]) {
        found_skip(f, "%s; all else is of store %s/%s", d->config_hidden, d->config.brand_id,
                   d->config.poi_id);
        return;
    }
    if (d->has_config) {
        found_ok(f, "%s: store %s/%s", d->config_path, d->config.brand_id, d->config.poi_id);
        if (d->config.pin_shown_by[0]) {
            found_warn(f, "PH-4010",
                       "everybody on this box may read %.160s, which has the "
                       "manager's PIN in it",
                       d->config.pin_shown_by);
            found_next(f, "take override_pin out of it ; poshubctl override-pin, for another PIN");
        }
        return;
    }
    if (access(d->config_path, F_OK) != 0) {
        found_fail(f, "PH-4005", "%s is not there: this box is no store yet", d->config_path);
        found_next(f, "poshubctl init");
        return;
    }
    if (strstr(d->config_why, "cannot be read: Permission denied")) {
        found_skip(f, "%s", d->config_why);
        return;
    }
    bool zone = strstr(d->config_why, "timezone =") != NULL;
    bool nobody = strstr(d->config_why, "is missing in [store]") != NULL;
    found_fail(f, zone ? "PH-3003" : nobody ? "PH-4005" : "PH-4004", "%s", d->config_why);
    if (nobody)
        found_next(f, "poshubctl init");
    else
        found_next(f, "edit that line%s ; poshubd -c %s --check-config ; systemctl restart poshub",
                   zone ? " (timedatectl list-timezones)" : "", d->config_path);
}

/* ---- disk ---- */

/* A store that its hub cannot write: how root's own hand leaves it, or a card that gave up. */
static bool cannot_write(const char *dir, const struct statvfs *v, struct finding *f)
{
    char path[DOCTOR_PATH];
    struct stat st, file;
    if (v->f_flag & ST_RDONLY) {
        found_fail(f, "PH-1012", "the disk under %s is read-only: a worn out card, or an error",
                   dir);
        found_next(f, "dmesg | tail -30 ; findmnt -T %s", dir);
        return true;
    }
    snprintf(path, sizeof path, "%s/data.mdb", dir);
    if (stat(dir, &st) != 0 || stat(path, &file) != 0 || st.st_uid == file.st_uid)
        return false;
    found_fail(f, "PH-1012", "%s belongs to user %u, its directory to %u: the hub cannot write it",
               path, (unsigned)file.st_uid, (unsigned)st.st_uid);
    found_next(f, "chown -R --reference=%s %s ; systemctl restart poshub", dir, dir);
    return true;
}

void check_disk(struct doctor *d, struct finding *f)
{
    const char *dir = d->config.data_dir;
    char why[STORE_WHY];
    struct statvfs v;
    if (!doctor_may_look(d, f))
        return;
    if (statvfs(dir, &v) != 0) {
        found_fail(f, "PH-1011", "%s: %s", dir, strerror(errno));
        found_next(f, "findmnt ; ls -ld %s ; poshubctl init, where it never was a store", dir);
        return;
    }
    long long left = (long long)v.f_bavail * (long long)v.f_frsize / MIB;
    long long all = (long long)v.f_blocks * (long long)v.f_frsize / MIB;
    if (cannot_write(dir, &v, f))
        return;
    found_ok(f, "%lld of %lld MiB free under %s", left, all, dir);
    if (left < DISK_FAIL_MIB || v.f_favail == 0)
        found_fail(f, "PH-1003", "%lld MiB free under %s: no new orders", left, dir);
    else if (left < DISK_WARN_MIB)
        found_warn(f, "PH-1002", "%lld MiB free under %s: it fills up", left, dir);
    if (f->state != DOCTOR_OK)
        found_next(f, "du -xh --max-depth=3 / | sort -h | tail -15");
    else if (fs_check(dir, why) == FS_UNSAFE) {
        found_warn(f, "PH-1001", "%s", why);
        found_next(f, "put data_dir on a local ext4 with a journal ; findmnt -T %s", dir);
    }
}

void check_wear(struct doctor *d, struct finding *f)
{
    struct stat st;
    char dev[64];
    if (!doctor_may_look(d, f))
        return;
    if (stat(d->config.data_dir, &st) != 0) {
        found_skip(f, "needs \"disk\"");
        return;
    }
    snprintf(dev, sizeof dev, "/sys/dev/block/%u:%u", major(st.st_dev), minor(st.st_dev));
    wear_judge(wear_read(dev), f);
}

/* ---- clock ---- */

/* The youngest thing that this box has written down. */
static int64_t last_known_ms(struct doctor *d)
{
    struct stat st;
    char path[DOCTOR_PATH];
    int64_t last_ms = 0;
    snprintf(path, sizeof path, "%s/data.mdb", d->config.data_dir);
    if (stat(path, &st) == 0)
        last_ms = (int64_t)st.st_mtim.tv_sec * 1000;
    if (stat(d->config_path, &st) == 0 && st.st_mtim.tv_sec * 1000LL > last_ms)
        last_ms = (int64_t)st.st_mtim.tv_sec * 1000;
    return last_ms;
}

static void tell_source(struct finding *f)
{
    int64_t off_ms;
    enum clock_source source = clock_source(&off_ms);
    if (source == CLOCK_UNSYNCED) {
        found_warn(f, "PH-3002", "no time source: nobody keeps this clock right");
        found_next(f, "timedatectl status ; timedatectl set-ntp true");
    } else if (off_ms < 0) {
        found_ok(f, "plausible; the kernel may not be asked how well it is kept");
    } else {
        found_ok(f, "kept by a time source, at most %lld ms off", (long long)off_ms);
    }
}

void check_clock(struct doctor *d, struct finding *f)
{
    const struct json *doubts = doctor_fault(d, "PH-3001");
    int64_t now_ms = doctor_wall_ms(), last_ms = last_known_ms(d);
    char text[32];
    struct tm tm;
    time_t now = (time_t)(now_ms / 1000);
    gmtime_r(&now, &tm);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M", &tm);
    if (now_ms < CLOCK_BUILT_MS || now > CLOCK_NEWEST_S)
        found_fail(f, "PH-3001", "it is not %s UTC: the clock was lost", text);
    else if (now_ms < last_ms - CLOCK_BACK_MS)
        found_fail(f, "PH-3001", "the clock says %s UTC, %lld min before what was written last",
                   text, (long long)(last_ms - now_ms) / 60000);
    else if (doubts)
        found_fail(f, "PH-3001", "%s", TEXT_AT(doubts, "text"));
    else if (last_ms > 0 && now_ms - last_ms > UPTIME_AHEAD_MS &&
             clock_source(NULL) != CLOCK_SYNCED)
        found_fail(f, "PH-3001", "the clock says %s UTC, over a year after what was written last",
                   text);
    else {
        tell_source(f);
        return;
    }
    found_next(f, "timedatectl status ; timedatectl set-time 'YYYY-MM-DD HH:MM' ; a new battery ; "
                  "it is right: poshubctl clock accept");
}

void check_zone(struct doctor *d, struct finding *f)
{
    char zone[ZONE_NAME];
    zone_name(d->config.timezone, "/etc/timezone", "/etc/localtime", zone);
    if (!d->has_config)
        found_skip(f, "needs \"config\"");
    else if (zone[0])
        found_ok(f, "%s%s", zone, d->config.timezone[0] ? "" : ", the box's");
    else {
        found_warn(f, "PH-3003", "nobody has said where this store is: its days begin by UTC");
        found_next(f, "timedatectl set-timezone Europe/Berlin ; or [store] timezone");
    }
}

/* ---- versions ---- */

static bool was_replaced(pid_t pid)
{
    char path[64], target[DOCTOR_PATH];
    snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
    ssize_t n = pid > 0 ? readlink(path, target, sizeof target - 1) : -1;
    if (n < 0)
        return false;
    target[n] = 0;
    const char *end = strstr(target, " (deleted)");
    return end && end[10] == 0;
}

void check_versions(struct doctor *d, struct finding *f)
{
    const struct json *s = doctor_status(d);
    if (!s) {
        found_skip(f, "needs \"hub\"");
        return;
    }
    const char *hub = TEXT_AT(s, "version");
    found_ok(f, "hub and poshubctl %s", hub);
    if (strcmp(hub, PH_VERSION) != 0)
        found_warn(f, "PH-4006", "the hub is %s, poshubctl %s", hub, PH_VERSION);
    else if (was_replaced(reader_holder(d->config.data_dir)))
        found_warn(f, "PH-4006", "another poshubd was installed since this hub (%s) started", hub);
    if (f->state != DOCTOR_OK)
        found_next(f, "systemctl restart poshub, when no order is open");
}
