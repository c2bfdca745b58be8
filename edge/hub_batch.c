/* What comes back from the writer: answered first, then told; and what a store that was rolled back
 * means for this run.
 */
#include "edge/hub_parts.h"

#include <malloc.h>

#include "edge/log.h"

static void devices_changed(struct hub *h)
{
    struct txn *txn;
    enum ph_err err = txn_begin_read(h->store, &txn);
    if (err == PH_OK) {
        err = devices_reload(&h->devices, txn);
        txn_abort(txn);
    }
    if (err == PH_OK)
        err = broker_write_users(&h->broker, &h->devices);
    if (err != PH_OK)
        log_error("devices_fault err=%s", ph_err_name(err));
}

/* While it can still hear us: the new password file cuts its connection. */
static void tell_unpaired(struct hub *h, const struct request *r)
{
    char topic[TOPIC_TEXT];
    struct str id = r->command.target;
    if (r->command.verb == VERB_DEVICE_REVOKE && r->outcome.code == CODE_OK)
        lan_publish(h->lan, topic_make(topic, "dev/%.*s/cmd", (int)id.n, id.p),
                    STR("{\"op\":\"unpaired\"}"), LAN_AT_LEAST_ONCE, false, NULL);
}

static bool changes_devices(const struct request *r)
{
    for (uint16_t i = 0; i < r->outcome.n_changes; i++) {
        if (r->outcome.changes[i].kind == CHANGE_DEVICES)
            return r->job.err == PH_OK;
    }
    return false;
}

static void tell_outcome(struct hub *h, const struct request *r)
{
    if (r->job.err != PH_OK)
        return;
    for (uint16_t i = 0; i < r->outcome.n_changes; i++) {
        const struct change *change = &r->outcome.changes[i];
        if (change->kind == CHANGE_HUB)
            hub_tell(h, true);
        else
            publish_change(&h->publish, change);
    }
    if (r->outcome.all_changed)
        publish_all(&h->publish);
}

static void close_strict(struct hub *h, bool closed)
{
    h->books.strict_closed = closed;
    clerk_configure(&h->clerk, &h->books);
}

/* A new epoch is above all that was witnessed, and what an old disk may have sold is taken for
 * sold. */
static void rollback_is_over(struct hub *h)
{
    char id[ALERT_ID];
    close_strict(h, false);
    snprintf(id, sizeof(id), "rollback-%u", h->boot.head.boot);
    h->intake.seen_epoch = 0;
    if (alerts_resolve(&h->alerts, id))
        publish_alert(&h->publish, str_of(id));
}

static void retire(struct hub *h, struct request *r)
{
    enum verb verb = r->command.verb;
    bool ok = r->job.err == PH_OK && r->outcome.code == CODE_OK;
    upkeep_done(&h->upkeep, r);
    request_give(&h->intake.pool, r);
    if (ok &&
        (verb == VERB_STORE_CONFIRM || verb == VERB_STORE_NEW_EPOCH || verb == VERB_CENTER_CLAIM))
        rollback_is_over(h);
    if (ok && verb == VERB_DAY_CLOSE && broker_renew(&h->broker))
        log_info("broker_renewed why=\"it held more than %u MiB\"", h->config.renew_mib);
    if (verb == VERB_MENU_IMPORT)
        malloc_trim(0); /* a document of many megabytes has gone */
}

static void settle(struct hub *h, struct request *r)
{
    if (r->sync != NULL && r->reply == NULL)
        cloud_settle(&h->cloud, r);
    else
        intake_settle(&h->intake, r);
    if (r->sync != NULL && r->reply != NULL)
        cloud_hurry(&h->cloud); /* somebody waits for what it brings about */
}

void hub_settle(struct hub *h)
{
    struct job *chain = clerk_take(&h->clerk);
    bool devices = false;
    size_t requests = 0;
    for (struct job *job = chain; job != NULL; job = job->next) {
        requests++;
        if (!changes_devices(request_of(job)))
            continue;
        devices = true;
        tell_unpaired(h, request_of(job));
    }
    if (devices)
        devices_changed(h);
    for (struct job *job = chain; job != NULL; job = job->next)
        settle(h, request_of(job));
    publish_batch(&h->publish, requests);
    for (struct job *job = chain; job != NULL; job = job->next)
        tell_outcome(h, request_of(job));
    publish_flush(&h->publish);
    while (chain != NULL) {
        struct job *next = chain->next;
        retire(h, request_of(chain));
        chain = next;
    }
    cloud_news(&h->cloud);
}

/* ---- witnesses (sync-protocol 3.7) ---- */

static struct alert rollback_alert(const struct hub *h)
{
    struct alert alert = {.kind = "ROLLBACK",
                          .code = "PH-1004",
                          .action = "poshubctl store confirm, when the counts were checked.",
                          .since_at_ms = clock_wall_ms(&h->clock)};
    snprintf(alert.id, sizeof(alert.id), "rollback-%u", h->boot.head.boot);
    return alert;
}

void hub_stays_rolled_back(struct hub *h)
{
    const struct journal_head *head = &h->boot.head;
    struct alert alert = rollback_alert(h);
    if (head->seen_epoch < head->at.epoch)
        return;
    h->intake.seen_epoch = head->seen_epoch;
    h->books.strict_closed = true;
    snprintf(alert.text, sizeof(alert.text),
             "A device had seen a later position of epoch %u; this store's disk is old.",
             head->seen_epoch);
    if (alerts_raise(&h->alerts, &alert))
        log_error("alert id=%s code=%s text=\"%s\"", alert.id, alert.code, alert.text);
}

void hub_rolled_back(void *ctx, struct position at, struct str device)
{
    struct hub *h = ctx;
    struct alert alert = rollback_alert(h);
    if (at.epoch > h->intake.seen_epoch)
        h->intake.seen_epoch = at.epoch;
    close_strict(h, true);
    upkeep_wake(&h->upkeep);
    snprintf(alert.text, sizeof(alert.text),
             "Device %.*s has seen position %u/%llu; this store is at %u/%llu: its disk is old.",
             (int)device.n, device.p, at.epoch, (unsigned long long)at.seq, h->intake.at.epoch,
             (unsigned long long)h->intake.at.seq);
    if (!alerts_raise(&h->alerts, &alert))
        return;
    log_error("alert id=%s code=%s text=\"%s\"", alert.id, alert.code, alert.text);
    publish_alert(&h->publish, str_of(alert.id));
}
