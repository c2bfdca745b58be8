/* restore; store import, which is a restore where no store is yet. */
#include <stdio.h>

#include "edge/backup_restore.h"
#include "edge/replaced.h"
#include "tools/poshubctl/cmd.h"
#include "tools/poshubctl/hub.h"
#include "tools/poshubctl/offline.h"

static const char *const PAIR_ANEW[] = {
    [BACKUP_CA_UNKNOWN] = "unknown", [BACKUP_CA_SAME] = "no", [BACKUP_CA_OTHER] = "yes"};

static void told_json(const struct restore_told *t, bool dry_run)
{
    struct body b;
    body_begin(&b);
    jw_kbool(&b.w, "dry_run", dry_run);
    jw_kint(&b.w, "backup_epoch", t->backup.at.epoch);
    jw_kint(&b.w, "backup_seq", (int64_t)t->backup.at.seq);
    jw_kstring(&b.w, "present_store", str_of(t->old.err == PH_OK ? "whole" : t->old.why));
    jw_kstring(&b.w, "devices_pair_anew", str_of(PAIR_ANEW[t->ca]));
    if (!dry_run) {
        jw_kint(&b.w, "epoch", t->revived.epoch);
        jw_kint(&b.w, "events_taken", (int64_t)t->revived.events);
        jw_kint(&b.w, "records_taken", (int64_t)t->revived.records);
        jw_kbool(&b.w, "fenced", t->revived.fenced);
        jw_kstring(&b.w, "why_fenced", str_of(t->revived.lost));
        jw_kstring(&b.w, "set_aside", str_of(t->aside));
        jw_kint(&b.w, "dropped", (int64_t)t->dropped);
    }
    struct str line = body_end(&b);
    printf("%.*s\n", (int)line.n, line.p);
}

static void print_checked(const struct restore_told *t)
{
    printf("The backup is whole: %llu records, up to event %u/%llu.\n",
           (unsigned long long)t->backup.records, t->backup.at.epoch,
           (unsigned long long)t->backup.at.seq);
    if (!t->has_old)
        printf("There is no store in its place now.\n");
    else if (t->old.err == PH_OK)
        printf("The present store is whole, up to event %u/%llu.\n", t->old.at.epoch,
               (unsigned long long)t->old.at.seq);
    else
        printf("The present store is damaged: %s.\n", t->old.why);
}

#define CARRY                                                                                      \
    ", unless ca.key and ca.pem of the old box's secret directory come into %s before the hub "    \
    "starts, in the place of what stands there; a server.key and server.pem there go.\n"

/* Keys are in no backup; a box that replaces another has an authority of its own. */
static void print_ca(const struct restore_told *t, const struct config *config)
{
    char secret[CONFIG_PATH];
    config_secret_dir(config, secret);
    if (t->ca == BACKUP_CA_OTHER)
        printf("This box has another certificate authority than the one that the devices know: "
               "each device that uses TLS must be paired anew (poshubctl device pair, device "
               "invite)" CARRY,
               secret);
    else if (t->ca == BACKUP_CA_UNKNOWN && !t->has_old)
        printf("The file does not say which certificate authority the devices know. If it comes "
               "from another box, each device that uses TLS must be paired anew (poshubctl device "
               "pair, device invite)" CARRY,
               secret);
}

static void print_restored(const struct restore_told *t)
{
    const struct revive_told *r = &t->revived;
    printf("Restored, in epoch %u.\n", r->epoch);
    if (r->events > 0 || r->records > 0)
        printf("Taken over from the replaced store: %llu events behind the backup, %llu records.\n",
               (unsigned long long)r->events, (unsigned long long)r->records);
    if (t->aside[0])
        printf("The replaced store stands in %s.\n", t->aside);
    if (t->dropped > 0)
        printf("%zu that earlier restores had replaced are gone: the newest %d stay.\n", t->dropped,
               REPLACED_MOST);
    if (r->fenced)
        printf("The store sells nothing new until it is confirmed, because %s: count what is on "
               "the shelf, then poshubctl store confirm (a store with a center needs not: its "
               "center says it).\n",
               r->lost);
    fprintf(stderr, "next: systemctl start poshub%s\n",
            r->fenced ? "; poshubctl store confirm" : "");
}

static enum ctl_exit bring_in(struct ctl *ctl, const struct args *args, enum offline_work work)
{
    struct config config;
    struct restore_told told;
    char why[STORE_WHY], who[PEER_CALLER], found[BACKUP_PATH];
    enum ctl_exit rc = offline_config(args, &config);
    if (rc != CTL_OK)
        return rc;
    if (!offline_as_owner(&config, who))
        return CTL_NOT_PERMITTED;
    const char *path = offline_backup(args, args->words[0], found);
    rc = offline_readable(path);
    if (rc != CTL_OK)
        return rc;
    const struct restore_ask ask = {.config = &config,
                                    .path = path,
                                    .who = who,
                                    .dry_run = args_option(args, "dry-run") != NULL,
                                    .discard = args_option(args, "discard") != NULL,
                                    .only_empty = work == OFFLINE_IMPORT,
                                    .now_ms = offline_now_ms()};
    enum ph_err err = backup_restore(&ask, &told, why);
    if (err != PH_OK)
        return offline_failed(args, &(struct offline_failure){work, ask.path, err, why});
    if (ctl->json) {
        told_json(&told, ask.dry_run);
        return CTL_OK;
    }
    print_checked(&told);
    print_ca(&told, &config);
    if (ask.dry_run)
        printf("A dry run: nothing was changed.\n");
    else
        print_restored(&told);
    return CTL_OK;
}

enum ctl_exit cmd_restore(struct ctl *ctl, const struct args *args)
{
    return bring_in(ctl, args, OFFLINE_RESTORE);
}

enum ctl_exit cmd_store_import(struct ctl *ctl, const struct args *args)
{
    return bring_in(ctl, args, OFFLINE_IMPORT);
}
