#include "edge/backup_restore.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "edge/replaced.h"
#include "edge/store_ca.h"
#include "storage/copy.h"
#include "storage/dump.h"
#include "storage/file.h"
#include "storage/shape.h"
#include "storage/storedir.h"

#define DATA_FILE   "data.mdb"
#define ASIDE_TRIES 99
#define GUARD       "poshubd:guard" /* who restores where nobody is there (edge/guard_store.h) */

struct restoring {
    const struct restore_ask *ask;
    struct restore_told *told;
    struct store_identity id;
    char data[BACKUP_PATH];                          /* file */
    char ready_dir[BACKUP_PATH], ready[BACKUP_PATH]; /* where the new one is made */
    int held; /* the store's lock; -1: nobody has made its file yet */
    char *why;
};

static bool path_join(const char *dir, const char *name, char out[BACKUP_PATH])
{
    int n = snprintf(out, BACKUP_PATH, "%s/%s", dir, name);
    return n > 0 && n < BACKUP_PATH;
}

static enum ph_err fail(struct restoring *r, const char *what)
{
    int saved = errno;
    snprintf(r->why, STORE_WHY, "%.160s: %s", what, strerror(saved));
    return saved == ENOSPC ? PH_ERR_FULL : PH_ERR_IO;
}

/* ---- leftovers ---- */

/* It was made after the copy: without the copy beside it, that one is in force. False: it has to
 * stay for the next sweep. */
static bool know_authority(const char *data_dir, const char *ready_dir)
{
    char copy[BACKUP_PATH], from[BACKUP_PATH], to[BACKUP_PATH];
    if (!path_join(ready_dir, DATA_FILE, copy) || !path_join(ready_dir, STORE_CA_KNOWN, from) ||
        !path_join(data_dir, STORE_CA_KNOWN, to) || access(copy, F_OK) == 0)
        return true;
    return rename(from, to) == 0 || errno == ENOENT;
}

bool backup_restore_sweep(const char *data_dir)
{
    /* The copy goes after what is made after it. */
    static const char *const FILES[] = {"." STORE_CA_KNOWN ".new", STORE_CA_KNOWN, DATA_FILE,
                                        "lock.mdb", "pid"};
    char dir[BACKUP_PATH], path[BACKUP_PATH];
    if (!path_join(data_dir, "restoring", dir) || access(dir, F_OK) != 0)
        return false;
    if (!know_authority(data_dir, dir))
        return true;
    for (size_t i = 0; i < sizeof(FILES) / sizeof(FILES[0]); i++)
        if (path_join(dir, FILES[i], path))
            unlink(path);
    return rmdir(dir) == 0;
}

/* ---- checked ---- */

static enum ph_err check_backup(struct restoring *r)
{
    struct check_report *c = &r->told->backup;
    char dir[BACKUP_PATH];
    const struct backup_place place = backup_place_of(r->ask->config, dir);
    enum ph_err err = backup_verify(r->ask->path, &r->id, true, c);
    r->told->ca = backup_ca_of(r->ask->path, &place);
    if (err != PH_OK)
        snprintf(r->why, STORE_WHY, "%.250s", c->why);
    return err;
}

static void check_old(struct restoring *r)
{
    struct check_report *c = &r->told->old;
    check_apart(r->data, &r->id, c);
    r->told->has_old = c->err != PH_ERR_NOT_FOUND;
}

/* Of one that has no head, or is another store's, nothing is taken. */
static bool old_is_readable(const struct restoring *r)
{
    const struct check_report *c = &r->told->old;
    return !r->ask->discard && c->has_head && (c->err == PH_OK || c->err == PH_ERR_BAD_RECORD);
}

static enum ph_err occupied(struct restoring *r)
{
    snprintf(r->why, STORE_WHY, "there is a store in %.160s: restore would replace it",
             r->ask->config->data_dir);
    return PH_ERR_LIMIT;
}

/* The directory may still have to be made. */
static enum ph_err check_room(struct restoring *r)
{
    uint64_t room = 0, need = BACKUP_SPARE;
    char parent[BACKUP_PATH];
    struct stat st;
    if (stat(r->ask->path, &st) == 0)
        need += (uint64_t)st.st_size;
    snprintf(parent, sizeof(parent), "%s", r->ask->config->data_dir);
    enum ph_err err = copy_room(parent, &room);
    if (err == PH_ERR_NOT_FOUND)
        err = copy_room(dirname(parent), &room);
    if (err == PH_OK && room >= need)
        return PH_OK;
    snprintf(r->why, STORE_WHY, "%.120s has %llu MiB left, a restore wants %llu",
             r->ask->config->data_dir, (unsigned long long)(room >> 20),
             (unsigned long long)(need >> 20));
    return PH_ERR_FULL;
}

/* ---- made ready ---- */

static enum ph_err live(struct restoring *r, struct store *fresh, struct store *old)
{
    char why[LIMIT_NOTE], path[BACKUP_PATH];
    const struct books_config config = {.identity = r->id};
    struct txn *txn;
    snprintf(path, sizeof(path), "%s", r->ask->path);
    snprintf(why, sizeof(why), "restored from %.200s", basename(path));
    const struct revive_ask ask = {&config, old, &r->told->old, str_of(r->ask->who), str_of(why)};
    enum ph_err err = txn_begin_write(fresh, &txn);
    if (err != PH_OK)
        return err;
    err = revive(txn, &ask, &r->told->revived);
    if (err == PH_OK)
        return txn_commit(txn);
    snprintf(r->why, STORE_WHY, "%.250s", txn_fault(txn));
    txn_abort(txn);
    return err;
}

static enum ph_err open_both(struct restoring *r, struct store **fresh, struct store **old)
{
    struct shape shape;
    const struct store_options mine = {.dir = r->ready_dir,
                                       .map_bytes = (uint64_t)r->ask->config->map_mib << 20};
    *old = NULL;
    enum ph_err err = store_open(fresh, &mine, r->why);
    if (err == PH_OK && dump_is(r->ask->path))
        err = dump_read(r->ask->path, *fresh, r->why);
    if (err != PH_OK || !old_is_readable(r))
        return err;
    err = shape_check(r->data, &shape, r->why, STORE_WHY);
    const struct store_options theirs = {.dir = r->data, .file = true, .map_bytes = shape.bytes};
    return err == PH_OK ? store_open(old, &theirs, r->why) : err;
}

static enum ph_err make_known(struct restoring *r)
{
    char known[SHA256_HEX + 1];
    backup_ca_known(r->ask->path, known);
    enum ph_err err = file_replace(r->ready_dir, STORE_CA_KNOWN, str_of(known), geteuid());
    return err == PH_OK ? PH_OK : fail(r, r->ready_dir);
}

static enum ph_err make_ready(struct restoring *r)
{
    struct store *fresh = NULL, *old = NULL;
    if (mkdir(r->ready_dir, 0750) != 0)
        return fail(r, r->ready_dir);
    enum ph_err err = dump_is(r->ask->path) ? PH_OK : copy_file(r->ask->path, r->ready, r->why);
    if (err == PH_OK)
        err = open_both(r, &fresh, &old);
    if (err == PH_OK)
        err = live(r, fresh, old);
    if (err != PH_OK && r->why[0] == 0)
        snprintf(r->why, STORE_WHY, "%.160s: %s", r->ready_dir, ph_err_text(err));
    store_close(old);
    store_close(fresh);
    return err == PH_OK ? make_known(r) : err;
}

/* ---- set aside, and in force ---- */

/* Two restores of one second have a name each. */
static enum ph_err aside_make(struct restoring *r)
{
    char *name = r->told->aside;
    size_t n = strlen(name);
    int rc = mkdir(name, 0750);
    for (int i = 2; rc != 0 && errno == EEXIST && i <= ASIDE_TRIES; i++) {
        snprintf(name + n, sizeof(r->told->aside) - n, "-%d", i);
        rc = mkdir(name, 0750);
    }
    return rc == 0 ? PH_OK : fail(r, name);
}

static void aside_name(struct restoring *r)
{
    char stamp[32];
    struct tm tm;
    time_t s = (time_t)(r->ask->now_ms / 1000);
    strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", gmtime_r(&s, &tm));
    if (r->ask->aside != NULL)
        snprintf(r->told->aside, sizeof(r->told->aside), "%s", r->ask->aside);
    else
        snprintf(r->told->aside, sizeof(r->told->aside), "%s" REPLACED_WORD "%s",
                 r->ask->config->data_dir, stamp);
}

static enum ph_err set_aside(struct restoring *r)
{
    char parent[BACKUP_PATH], file[BACKUP_PATH];
    if (access(r->data, F_OK) != 0)
        return PH_OK;
    aside_name(r);
    enum ph_err err = aside_make(r);
    if (err != PH_OK)
        return err;
    snprintf(parent, sizeof(parent), "%s", r->told->aside);
    if (!path_join(r->told->aside, DATA_FILE, file) || link(r->data, file) != 0) {
        err = fail(r, file);
        rmdir(r->told->aside);
        return err;
    }
    err = storedir_sync(r->told->aside, r->why, STORE_WHY);
    return err == PH_OK ? storedir_sync(dirname(parent), r->why, STORE_WHY) : err;
}

static enum ph_err put_in_force(struct restoring *r)
{
    const char *dir = r->ask->config->data_dir;
    enum ph_err err = set_aside(r);
    if (err == PH_OK && rename(r->ready, r->data) != 0) {
        char file[BACKUP_PATH];
        err = fail(r, r->data);
        if (path_join(r->told->aside, DATA_FILE, file))
            unlink(file);
        rmdir(r->told->aside);
    }
    if (err == PH_OK)
        err = storedir_sync(dir, r->why, STORE_WHY);
    return err;
}

/* ---- the whole of it ---- */

static bool paths_of(struct restoring *r)
{
    const char *dir = r->ask->config->data_dir;
    return path_join(dir, DATA_FILE, r->data) && path_join(dir, "restoring", r->ready_dir) &&
           path_join(r->ready_dir, DATA_FILE, r->ready);
}

/* Until here whoever was refused has changed nothing, not even who held the store last. */
static enum ph_err take_over(struct restoring *r)
{
    const char *dir = r->ask->config->data_dir;
    enum ph_err err = storedir_make(dir, r->why, STORE_WHY);
    return err == PH_OK ? storedir_keep(dir, &r->held, r->why, STORE_WHY) : err;
}

static enum ph_err restore(struct restoring *r)
{
    enum ph_err err = check_backup(r);
    if (err != PH_OK)
        return err;
    check_old(r);
    err = r->ask->only_empty && r->told->has_old ? occupied(r) : check_room(r);
    if (err != PH_OK || r->ask->dry_run)
        return err;
    err = take_over(r);
    if (err != PH_OK)
        return err;
    backup_restore_sweep(r->ask->config->data_dir);
    err = make_ready(r);
    if (err == PH_OK)
        err = put_in_force(r);
    backup_restore_sweep(r->ask->config->data_dir);
    if (err == PH_OK && r->ask->aside == NULL && r->told->aside[0] != 0)
        r->told->dropped = replaced_prune(r->ask->config->data_dir, r->told->aside);
    return err;
}

enum ph_err backup_restore(const struct restore_ask *ask, struct restore_told *told, char *why)
{
    struct restoring r = {.ask = ask,
                          .told = told,
                          .id = {str_of(ask->config->brand_id), str_of(ask->config->poi_id)},
                          .held = -1,
                          .why = why};
    memset(told, 0, sizeof(*told));
    why[0] = 0;
    if (!paths_of(&r)) {
        snprintf(why, STORE_WHY, "the path of data_dir is too long");
        return PH_ERR_LIMIT;
    }
    enum ph_err err = storedir_peek(ask->config->data_dir, &r.held, why, STORE_WHY);
    if (err == PH_OK)
        err = restore(&r);
    if (r.held >= 0)
        close(r.held);
    return err;
}

enum ph_err backup_restore_newest(const struct config *config, const char *aside, int64_t now_ms,
                                  struct restore_told *told, char name[BACKUP_NAME], char *why)
{
    char dir[BACKUP_PATH], path[BACKUP_PATH], one[STORE_WHY];
    const struct backup_place place = backup_place_of(config, dir);
    struct backup_file *list = calloc(BACKUP_LIST, sizeof(*list));
    size_t n = 0;
    enum ph_err err = PH_ERR_NOT_FOUND;
    const struct restore_ask ask = {
        .config = config, .path = path, .who = GUARD, .aside = aside, .now_ms = now_ms};
    why[0] = 0;
    bool looked = list != NULL && backup_files(&place, list, &n, why) == PH_OK;
    if (looked && n == 0)
        snprintf(why, STORE_WHY, "there is no backup in %.180s", place.dir);
    for (size_t i = 0; i < n && err != PH_OK && err != PH_ERR_LOCKED; i++) {
        snprintf(name, BACKUP_NAME, "%s", list[i].name);
        if (!backup_path(&place, name, path))
            continue;
        err = backup_restore(&ask, told, one);
        if (err != PH_OK && (i == 0 || err == PH_ERR_LOCKED))
            snprintf(why, STORE_WHY, "%s", one);
    }
    free(list);
    return err == PH_OK || err == PH_ERR_LOCKED ? err : PH_ERR_NOT_FOUND;
}
