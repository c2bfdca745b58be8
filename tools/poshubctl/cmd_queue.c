/* queue: what the center has not got, first what it could not take. An event is written 7-1043, as
 * journal tail prints it. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/poshubctl/cmd.h"
#include "tools/poshubctl/events.h"
#include "tools/poshubctl/hub.h"
#include "tools/poshubctl/reply.h"

/* ---- events ---- */

/* Digits alone; 0 where it is none. */
static uint64_t number_parse(const char *text, char **end, uint64_t most)
{
    errno = 0;
    unsigned long long n = *text >= '0' && *text <= '9' ? strtoull(text, end, 10) : 0;
    return errno == 0 && n <= most ? n : 0;
}

static bool event_parse(const char *text, struct position *out)
{
    char *dash = NULL, *end = NULL;
    out->epoch = (uint32_t)number_parse(text, &dash, UINT32_MAX);
    out->seq = out->epoch > 0 && *dash == '-' ? number_parse(dash + 1, &end, INT64_MAX) : 0;
    if (out->seq > 0 && *end == '\0')
        return true;
    fprintf(stderr, "poshubctl: \"%s\" is no event; 7-1043 is (epoch and number)\n", text);
    return false;
}

/* journal.tail behind a position. */
static enum ctl_exit events_behind(struct ctl *ctl, struct position at, const char *limit,
                                   struct json **out)
{
    struct body b;
    char cursor[64];
    snprintf(cursor, sizeof(cursor), "%" PRIu32 ".%llu", at.epoch, (unsigned long long)at.seq);
    body_begin(&b);
    jw_kstring(&b.w, "cursor", str_of(cursor));
    if (limit)
        jw_kint(&b.w, "limit", strtol(limit, NULL, 10));
    return hub_call(ctl, "journal.tail", body_end(&b), out);
}

/* ---- list ---- */

static void print_aside(const struct json *list)
{
    for (const struct json *a = list ? json_first(list) : NULL; a; a = json_next(a))
        printf("%s-%-8s %s  %-12s SET ASIDE by the center: %s\n", TEXT_AT(a, "epoch"),
               TEXT_AT(a, "seq"), TIME(reply_int(a, "at_ms")), TEXT_AT(a, "kind"),
               TEXT_AT(a, "reason"));
}

static void print_salvage(const struct json *list)
{
    for (const struct json *s = list ? json_first(list) : NULL; s; s = json_next(s)) {
        int64_t n = reply_int(s, "last_seq") - reply_int(s, "first_seq") + 1;
        printf("%s-%s to %s-%s  %" PRId64 " event%s of an earlier epoch, told as salvage: "
               "poshubctl cloud status\n",
               TEXT_AT(s, "epoch"), TEXT_AT(s, "first_seq"), TEXT_AT(s, "epoch"),
               TEXT_AT(s, "last_seq"), n, n == 1 ? "" : "s");
    }
}

static enum ctl_exit print_waiting(struct ctl *ctl, const struct json *list)
{
    struct json *tail;
    const struct json *acked = reply_at(list, "acked");
    const struct json *epoch = acked ? json_first(acked) : NULL;
    const struct json *seq = epoch ? json_next(epoch) : NULL;
    struct position at = {(uint32_t)reply_int(epoch, ""), (uint64_t)reply_int(seq, "")};
    int64_t waiting = reply_int(list, "waiting");
    if (waiting == 0) {
        printf("Nothing waits: the center has all events up to %" PRIu32 "-%" PRIu64 ".\n",
               at.epoch, at.seq);
        return CTL_OK;
    }
    enum ctl_exit rc = events_behind(ctl, at, NULL, &tail);
    if (rc != CTL_OK) {
        printf("%" PRId64 " event%s wait%s behind %" PRIu32 "-%" PRIu64
               ", and cannot be shown: poshubctl journal verify\n",
               waiting, waiting == 1 ? "" : "s", waiting == 1 ? "s" : "", at.epoch, at.seq);
        return rc;
    }
    const struct json *events = reply_at(tail, "events");
    events_print(ctl, events);
    int64_t shown = reply_count(events);
    if (waiting > shown)
        printf("... and %" PRId64 " more wait behind them.\n", waiting - shown);
    json_free(tail);
    return CTL_OK;
}

enum ctl_exit cmd_queue_list(struct ctl *ctl, const struct args *args)
{
    struct body b;
    struct json *list;
    body_begin(&b);
    if (!hub_page_members(&b.w, args, ""))
        return CTL_USAGE;
    enum ctl_exit rc = hub_call(ctl, "queue.list", body_end(&b), &list);
    if (rc != CTL_OK)
        return rc;
    if (!ctl->json) {
        print_aside(reply_at(list, "aside"));
        if (*TEXT_AT(list, "cursor"))
            printf("... more: --cursor %s\n", TEXT_AT(list, "cursor"));
        print_salvage(reply_at(list, "salvage"));
        rc = print_waiting(ctl, list);
    }
    json_free(list);
    return rc;
}

/* ---- show, retry ---- */

enum ctl_exit cmd_queue_show(struct ctl *ctl, const struct args *args)
{
    struct position at;
    struct json *tail;
    if (!event_parse(args->words[0], &at))
        return CTL_USAGE;
    enum ctl_exit rc = events_behind(ctl, (struct position){at.epoch, at.seq - 1}, "1", &tail);
    if (rc != CTL_OK)
        return rc;
    const struct json *events = reply_at(tail, "events");
    const struct json *e = events ? json_first(events) : NULL;
    bool found = e && reply_int(e, "epoch") == at.epoch && reply_int(e, "seq") == (int64_t)at.seq;
    if (!found) {
        fprintf(stderr, "poshubctl: the journal has no event %s\n", args->words[0]);
        rc = CTL_NOT_FOUND;
    } else if (!ctl->json) {
        print_tree(ctl, e, 0);
    }
    json_free(tail);
    return rc;
}

enum ctl_exit cmd_queue_retry(struct ctl *ctl, const struct args *args)
{
    struct body b;
    struct position at;
    struct json *reply;
    bool one = args->n_words > 0;
    body_begin(&b);
    if (one) {
        if (!event_parse(args->words[0], &at))
            return CTL_USAGE;
        jw_kint(&b.w, "epoch", at.epoch);
        jw_kint(&b.w, "seq", (int64_t)at.seq);
    }
    enum ctl_exit rc = hub_call(ctl, "queue.retry", body_end(&b), &reply);
    if (rc != CTL_OK)
        return rc;
    if (!ctl->json)
        printf(one ? "Its rows are sent again with their present counters.\n"
                   : "What waits is tried now.\n");
    json_free(reply);
    return rc;
}
