/* backup create, list, verify. */
#include <stdio.h>
#include <stdlib.h>

#include "edge/backup_file.h"
#include "tools/poshubctl/cmd.h"
#include "tools/poshubctl/hub.h"
#include "tools/poshubctl/offline.h"
#include "tools/poshubctl/reply.h"

/* ---- create ---- */

static void print_made(const struct ctl *ctl, const struct json *reply)
{
    const struct json *made = reply_at(reply, "result.backups");
    const struct json *b = made ? json_first(made) : NULL;
    print_line(ctl, "backup", TEXT_AT(b, "name"));
    print_line(ctl, "in", TEXT_AT(reply, "result.dir"));
    print_line(ctl, "size", BYTES(reply_int(b, "bytes")));
    print_line(ctl, "records", TEXT_AT(b, "records"));
    print_line(ctl, "checked", "OK");
}

enum ctl_exit cmd_backup_create(struct ctl *ctl, const struct args *args)
{
    (void)args;
    return hub_show(ctl, "backup.create", STR("{}"), print_made);
}

/* ---- list ---- */

static void print_list(const struct ctl *ctl, const struct json *reply)
{
    static const char *const TITLES[] = {"backup", ">size", "made", ">records",
                                         ">epoch", ">seq",  NULL};
    const struct json *list = reply_at(reply, "result.backups");
    struct grid g;
    grid_init(&g, TITLES);
    for (const struct json *b = list ? json_first(list) : NULL; b; b = json_next(b)) {
        grid_field(&g, b, "name");
        grid_cell(&g, BYTES(reply_int(b, "bytes")));
        grid_cell(&g, TIME(reply_int(b, "at_ms")));
        grid_field(&g, b, "records");
        grid_field(&g, b, "epoch");
        grid_field(&g, b, "seq");
    }
    print_line(ctl, "in", TEXT_AT(reply, "result.dir"));
    grid_print(&g, ctl);
    grid_fini(&g);
}

/* What the hub would answer, when there is none. */
static enum ctl_exit list_files(struct ctl *ctl, const struct config *config)
{
    char dir[BACKUP_PATH], text[HUB_BODY];
    const struct backup_place place = backup_place_of(config, dir);
    struct backup_file *list = calloc(BACKUP_LIST, sizeof *list);
    char why[STORE_WHY] = "out of memory";
    size_t n = 0;
    struct jw w;
    enum ctl_exit rc = offline_readable(place.dir);
    if (rc == CTL_OK && (!list || backup_files(&place, list, &n, why) != PH_OK)) {
        fprintf(stderr, "poshubctl: %s\n", why);
        rc = CTL_FAILED;
    }
    if (rc != CTL_OK) {
        free(list);
        return rc;
    }
    jw_init(&w, text, sizeof text);
    jw_open(&w, '{');
    jw_kint(&w, "code", 0);
    jw_kobject(&w, "result");
    jw_kstring(&w, "dir", str_of(place.dir));
    jw_key(&w, "backups");
    backup_files_write(&w, list, n);
    jw_close(&w, '}');
    jw_close(&w, '}');
    free(list);
    if (ctl->json) {
        printf("%.*s\n", (int)w.n, text);
        return CTL_OK;
    }
    struct json *reply = json_parse(text, w.n, &JSON_REQUEST, NULL);
    print_list(ctl, reply);
    json_free(reply);
    return CTL_OK;
}

enum ctl_exit cmd_backup_list(struct ctl *ctl, const struct args *args)
{
    struct config config;
    if (!args_option(args, "config"))
        return hub_show(ctl, "backup.list", STR("{}"), print_list);
    enum ctl_exit rc = offline_config(args, &config);
    return rc == CTL_OK ? list_files(ctl, &config) : rc;
}

/* ---- verify ---- */

static void print_report(const struct ctl *ctl, const char *path, const struct check_report *r,
                         const char *sums)
{
    char at[64];
    snprintf(at, sizeof at, "%u/%llu", r->at.epoch, (unsigned long long)r->at.seq);
    print_line(ctl, "backup", path);
    print_line(ctl, "state", "OK");
    print_line(ctl, "store", r->whose.poi_id);
    print_line(ctl, "position", at);
    print_line(ctl, "as of", TIME(r->at_ms));
    printf("%llu records, %llu events and %llu bodies read: all whole\n",
           (unsigned long long)r->records, (unsigned long long)r->events,
           (unsigned long long)r->bodies);
    print_line(ctl, "sums", sums);
}

static void report_json(const struct check_report *r, const char *sums)
{
    struct body b;
    body_begin(&b);
    jw_kbool(&b.w, "ok", r->err == PH_OK);
    jw_kstring(&b.w, "why", str_of(r->why));
    jw_kstring(&b.w, "sums", str_of(sums));
    jw_kint(&b.w, "records", (int64_t)r->records);
    jw_kint(&b.w, "damaged", (int64_t)r->bad);
    jw_kint(&b.w, "events", (int64_t)r->events);
    jw_kint(&b.w, "epoch", r->at.epoch);
    jw_kint(&b.w, "seq", (int64_t)r->at.seq);
    jw_kstring(&b.w, "brand_id", str_of(r->whose.brand_id));
    jw_kstring(&b.w, "poi_id", str_of(r->whose.poi_id));
    struct str line = body_end(&b);
    printf("%.*s\n", (int)line.n, line.p);
}

/* With --config also: is it of this store? */
enum ctl_exit cmd_backup_verify(struct ctl *ctl, const struct args *args)
{
    struct config config;
    struct check_report r;
    char sums[STORE_WHY] = "OK", why[STORE_WHY], found[BACKUP_PATH];
    const char *path = offline_backup(args, args->words[0], found);
    bool ours = args_option(args, "config") != NULL;
    enum ctl_exit rc = ours ? offline_config(args, &config) : CTL_OK;
    if (rc == CTL_OK)
        rc = offline_readable(path);
    if (rc != CTL_OK)
        return rc;
    const struct store_identity id = {str_of(config.brand_id), str_of(config.poi_id)};
    backup_verify(path, ours ? &id : NULL, true, &r);
    bool hold = r.err != PH_OK || backup_sums_hold(path, why);
    if (r.err != PH_OK || !hold)
        snprintf(sums, sizeof sums, "%s", hold ? "not read" : why);
    if (ctl->json)
        report_json(&r, sums);
    if (r.err != PH_OK)
        return offline_failed(args, &(struct offline_failure){OFFLINE_VERIFY, path, r.err, r.why});
    if (!ctl->json)
        print_report(ctl, path, &r, sums);
    return hold ? CTL_OK : CTL_FAILED;
}
