/* journal verify, tail. */
#include <stdio.h>
#include <string.h>

#include "tools/poshubctl/cmd.h"
#include "tools/poshubctl/events.h"
#include "tools/poshubctl/reply.h"
#include "tools/poshubctl/hub.h"
#include "tools/poshubctl/rounds.h"

void events_print(const struct ctl *ctl, const struct json *events)
{
    (void)ctl;
    for (const struct json *e = events ? json_first(events) : NULL; e; e = json_next(e)) {
        const struct json *body = reply_at(e, "body");
        char text[REPLY_TEXT];
        printf("%s-%-8s %s  %-12s %s\n", TEXT_AT(e, "epoch"), TEXT_AT(e, "seq"),
               TIME(reply_int(e, "at_ms")), TEXT_AT(e, "kind"),
               body ? reply_summary(body, text) : "");
    }
}

/* ---- verify ---- */

static void print_verdict(const struct ctl *ctl, const struct json *r)
{
    char bad_at[REPLY_TEXT];
    print_line(ctl, "journal", reply_true(r, "ok") ? "OK" : "FAILED");
    print_line(ctl, "events", TEXT_AT(r, "events"));
    print_line(ctl, "bodies", TEXT_AT(r, "bodies"));
    if (!reply_true(r, "ok")) {
        const struct json *at = reply_at(r, "bad_at");
        print_line(ctl, "bad at", *TEXT_AT(at, "") ? TEXT_AT(at, "") : reply_joined(at, bad_at));
        print_line(ctl, "why", TEXT_AT(r, "why"));
    }
    if (reply_at(r, "audit_ok")) {
        print_line(ctl, "audit", reply_true(r, "audit_ok") ? "OK" : "FAILED");
        print_line(ctl, "why", TEXT_AT(r, "audit_why"));
    }
}

enum ctl_exit cmd_journal_verify(struct ctl *ctl, const struct args *args)
{
    (void)args;
    struct json *reply;
    enum ctl_exit rc = hub_call(ctl, "journal.verify", STR("{}"), &reply);
    if (rc != CTL_OK)
        return rc;
    const struct json *r = reply_at(reply, "result");
    bool audit_ok = !reply_at(r, "audit_ok") || reply_true(r, "audit_ok");
    if (!reply_true(r, "ok") || !audit_ok)
        rc = CTL_FAILED;
    if (!ctl->json)
        print_verdict(ctl, r);
    json_free(reply);
    return rc;
}

/* ---- tail ---- */

/* One page; the cursor moves on where the hub gives a new one. */
static enum ctl_exit tail_page(struct ctl *ctl, const struct args *args, char cursor[REPLY_TEXT])
{
    struct body b;
    struct json *reply;
    body_begin(&b);
    if (!hub_page_members(&b.w, args, cursor))
        return CTL_USAGE;
    enum ctl_exit rc = hub_call(ctl, "journal.tail", body_end(&b), &reply);
    if (rc != CTL_OK)
        return rc;
    if (!ctl->json)
        events_print(ctl, reply_at(reply, "events"));
    if (*TEXT_AT(reply, "cursor"))
        reply_value(reply_at(reply, "cursor"), cursor);
    fflush(stdout);
    json_free(reply);
    return CTL_OK;
}

enum ctl_exit cmd_journal_tail(struct ctl *ctl, const struct args *args)
{
    struct rounds r;
    bool follow =
        args_option(args, "follow") || args_option(args, "interval") || args_option(args, "count");
    char cursor[REPLY_TEXT] = "";
    if (!rounds_init(&r, args, 1))
        return CTL_USAGE;
    enum ctl_exit rc;
    do {
        rc = tail_page(ctl, args, cursor);
    } while (rc == CTL_OK && follow && rounds_next(&r));
    return rc;
}
