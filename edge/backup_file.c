#include "edge/backup_file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "edge/store_ca.h"
#include "storage/copy.h"
#include "storage/dump.h"
#include "storage/file.h"
#include "storage/shape.h"
#include "storage/storedir.h"

#define PART      "/.part"
#define NOTE_MODE 0640 /* as the backup: whoever may read it may know which is the newest */

/* ---- notes ---- */

static void authority(const struct backup_place *place, char out[SHA256_HEX + 1])
{
    uint8_t sum[SHA256_BYTES];
    snprintf(out, SHA256_HEX + 1, "none");
    if (place->secret_dir[0] == 0 || !store_ca_fingerprint(place->secret_dir, sum))
        return;
    hex_encode(sum, sizeof(sum), out);
    out[SHA256_HEX] = 0;
}

static void note_write(struct jw *w, const struct check_report *r, const struct backup_file *f,
                       const struct backup_place *place)
{
    const struct shape here = shape_here();
    const uint16_t one = 1; /* byte order */
    jw_open(w, '{');
    jw_kstring(w, "what", STR("poshub backup"));
    jw_kint(w, "format", STORE_FORMAT);
    jw_kint(w, "word_bits", here.word_bits);
    jw_kstring(w, "byte_order", *(const uint8_t *)&one == 1 ? STR("little") : STR("big"));
    jw_kint(w, "page_bytes", here.page_bytes);
    jw_kstring(w, "brand_id", place->id.brand_id);
    jw_kstring(w, "poi_id", place->id.poi_id);
    jw_kint(w, "epoch", r->at.epoch);
    jw_kint(w, "seq", (int64_t)r->at.seq);
    jw_kint(w, "turn", f->turn);
    jw_kint(w, "at_ms", f->at_ms);
    jw_kint(w, "bytes", (int64_t)f->bytes);
    jw_kint(w, "records", (int64_t)r->records);
    jw_kstring(w, "sha256", str_of(f->sha256));
    jw_kstring(w, "ca_sha256", str_of(f->ca_sha256));
    jw_kstring(w, "made_by", STR("poshub " PH_VERSION));
    jw_close(w, '}');
}

/* ---- one backup ---- */

/* A copy that fills the disk would stop the hub itself. */
static enum ph_err check_room(struct store *store, const struct backup_place *place, char *why)
{
    const char *dir = place->dir;
    uint32_t permille;
    uint64_t room;
    enum ph_err err = store_fill(store, &permille);
    if (err == PH_OK)
        err = copy_room(dir, &room);
    if (err != PH_OK) {
        snprintf(why, STORE_WHY, "%.160s: %s", dir, ph_err_text(err));
        return err;
    }
    if (permille >= place->alarm_percent * 10) {
        snprintf(why, STORE_WHY,
                 "the store is %u %% full, and a copy would keep it from using its pages again: "
                 "enlarge map_mib first",
                 permille / 10);
        return PH_ERR_FULL;
    }
    uint64_t need = store_map_bytes(store) / 1000 * (permille + 1) + BACKUP_SPARE;
    if (room >= need)
        return PH_OK;
    snprintf(why, STORE_WHY, "%.120s has %llu MiB left, a backup wants %llu: nothing was copied",
             dir, (unsigned long long)(room >> 20), (unsigned long long)(need >> 20));
    return PH_ERR_FULL;
}

static enum ph_err name_it(const char *part, const struct backup_place *place,
                           const struct check_report *r, struct backup_file *f, char *why)
{
    char path[BACKUP_PATH], note[BACKUP_NOTE_BYTES], file[BACKUP_NAME + 8];
    struct jw w;
    jw_init(&w, note, sizeof(note));
    authority(place, f->ca_sha256);
    note_write(&w, r, f, place);
    snprintf(file, sizeof(file), "%s.json", f->name);
    enum ph_err err =
        jw_ok(&w) && backup_note_path(place->dir, f->name, path) ? PH_OK : PH_ERR_LIMIT;
    if (err == PH_OK)
        err = file_replace(place->dir, file, jw_text(&w), geteuid());
    if (err == PH_OK && (chmod(path, NOTE_MODE) != 0 || !backup_path(place, f->name, path)))
        err = PH_ERR_IO;
    if (err == PH_OK && rename(part, path) != 0)
        err = PH_ERR_IO;
    if (err != PH_OK) {
        snprintf(why, STORE_WHY, "%.100s/%s: %s", place->dir, f->name, strerror(errno));
        if (backup_note_path(place->dir, f->name, path))
            unlink(path);
        return err;
    }
    return storedir_sync(place->dir, why, STORE_WHY);
}

static enum ph_err copy_and_check(struct store *store, const char *part,
                                  const struct backup_place *place, struct backup_file *f,
                                  struct check_report *r, char *why)
{
    uint8_t sum[SHA256_BYTES];
    enum ph_err err = copy_store(store, part, why);
    if (err != PH_OK)
        return err;
    err = check_file(part, &place->id, r);
    if (err != PH_OK) {
        snprintf(why, STORE_WHY, "the copy is not good, and was thrown away: %.180s", r->why);
        return err;
    }
    f->noted = true;
    f->at = r->at;
    f->records = r->records;
    err = copy_sum(part, &f->bytes, sum, why);
    hex_encode(sum, sizeof(sum), f->sha256);
    f->sha256[SHA256_HEX] = 0;
    return err;
}

enum ph_err backup_make(struct store *store, const struct backup_place *place, int64_t now_ms,
                        struct backup_file *out, char *why)
{
    char part[BACKUP_PATH];
    struct check_report r;
    int n = snprintf(part, sizeof(part), "%s" PART, place->dir);
    memset(out, 0, sizeof(*out));
    if (n >= (int)sizeof(part) || file_make_dir(place->dir, geteuid()) != PH_OK) {
        snprintf(why, STORE_WHY, "%.160s: %s", place->dir, strerror(errno));
        return PH_ERR_IO;
    }
    enum ph_err err = backup_next(place, now_ms, out, why);
    if (err == PH_OK)
        err = check_room(store, place, why);
    if (err == PH_OK)
        err = copy_and_check(store, part, place, out, &r, why);
    if (err == PH_OK)
        err = name_it(part, place, &r, out, why);
    if (err == PH_OK)
        backup_prune(place, out->name);
    else
        unlink(part);
    return err;
}

/* ---- verifying ---- */

/* "DIR/NAME.mdb" -> the note beside it; false: none. */
static bool note_beside(const char *path, struct backup_file *f)
{
    char copy[PATH_MAX], *dir, *base;
    size_t n = strlen(path);
    memset(f, 0, sizeof(*f));
    if (n >= sizeof(copy) || n < strlen(BACKUP_SUFFIX) ||
        strcmp(path + n - strlen(BACKUP_SUFFIX), BACKUP_SUFFIX) != 0)
        return false;
    memcpy(copy, path, n + 1);
    copy[n - strlen(BACKUP_SUFFIX)] = 0;
    base = strrchr(copy, '/');
    dir = base != NULL ? copy : (char *)".";
    if (base != NULL)
        *base++ = 0;
    else
        base = copy;
    if (strlen(base) >= sizeof(f->name))
        return false;
    memcpy(f->name, base, strlen(base) + 1);
    backup_note_read(*dir != 0 ? dir : "/", f);
    return f->noted;
}

enum backup_ca backup_ca_of(const char *path, const struct backup_place *place)
{
    struct backup_file note;
    char here[SHA256_HEX + 1];
    if (!note_beside(path, &note) || note.ca_sha256[0] == 0)
        return BACKUP_CA_UNKNOWN;
    authority(place, here);
    return strcmp(note.ca_sha256, "none") == 0 || strcmp(note.ca_sha256, here) == 0
               ? BACKUP_CA_SAME
               : BACKUP_CA_OTHER;
}

void backup_ca_known(const char *path, char out[SHA256_HEX + 1])
{
    struct backup_file note;
    bool told = note_beside(path, &note) && strlen(note.ca_sha256) == SHA256_HEX;
    snprintf(out, SHA256_HEX + 1, "%s", told ? note.ca_sha256 : "");
}

static void compare_note(const char *path, struct check_report *out)
{
    struct backup_file note;
    uint64_t bytes;
    uint8_t sum[SHA256_BYTES];
    char hex[SHA256_HEX + 1] = "";
    if (!note_beside(path, &note))
        return;
    out->err = copy_sum(path, &bytes, sum, out->why);
    hex_encode(sum, sizeof(sum), hex);
    if (out->err != PH_OK || strcmp(hex, note.sha256) == 0)
        return;
    out->err = PH_ERR_BAD_RECORD;
    snprintf(out->why, sizeof(out->why), "it is not the file that its note %s.json tells of",
             note.name);
}

enum ph_err backup_verify(const char *path, const struct store_identity *id, bool apart,
                          struct check_report *out)
{
    if (dump_is(path))
        return dump_check(path, id, out);
    if (apart)
        check_apart(path, id, out);
    else
        check_file(path, id, out);
    if (out->err == PH_OK)
        compare_note(path, out);
    return out->err;
}

static enum ph_err open_file(const char *path, struct store **out, char *why)
{
    struct shape shape;
    *out = NULL;
    enum ph_err err = shape_check(path, &shape, why, STORE_WHY);
    if (err != PH_OK)
        return err;
    const struct store_options options = {.dir = path, .file = true, .map_bytes = shape.bytes};
    return store_open(out, &options, why);
}

bool backup_sums_hold(const char *path, char *why)
{
    struct store *store;
    struct txn *txn;
    bool hold = false;
    why[0] = 0;
    if (dump_is(path))
        return true;
    if (open_file(path, &store, why) == PH_OK && txn_begin_read(store, &txn) == PH_OK) {
        hold = books_audit(txn, why);
        txn_abort(txn);
    }
    store_close(store);
    return hold;
}

/* ---- exporting ---- */

enum ph_err backup_export(const char *from, const char *to, uint64_t *records, char *why)
{
    struct check_report r;
    struct store *store;
    enum ph_err err = backup_verify(from, NULL, true, &r);
    snprintf(why, STORE_WHY, "%s", r.why);
    if (err != PH_OK)
        return err;
    err = open_file(from, &store, why);
    if (err == PH_OK)
        err = dump_write(store, to, records, why);
    store_close(store);
    return err;
}
