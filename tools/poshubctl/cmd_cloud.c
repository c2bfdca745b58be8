/* cloud: this box and its center. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/poshubctl/cmd.h"
#include "tools/poshubctl/hub.h"
#include "tools/poshubctl/line.h"
#include "tools/poshubctl/reply.h"

#define LOOK_MS   200 /* between two looks at what came of a test */
#define TEST_MOST 175 /* looks: longer than the longest request */

static void print_enrolled(const struct ctl *ctl, const struct json *reply)
{
    (void)reply;
    print_line(ctl, "enrolled", "the center has signed this box's certificate");
    print_line(ctl, "next", "the hub claims the store; poshubctl sync status shows it");
}

/* The hub opens the file, and stands elsewhere. False after a complaint. */
static bool put_ca(struct jw *w, const char *file)
{
    char path[PATH_MAX];
    if (!file)
        return true;
    if (!realpath(file, path)) {
        fprintf(stderr, "poshubctl: %s: %s\n", file, strerror(errno));
        return false;
    }
    jw_kstring(w, "ca", str_of(path));
    return true;
}

enum ctl_exit cmd_cloud_enrol(struct ctl *ctl, const struct args *args)
{
    struct body b;
    const char *token = args_option(args, "token"), *url = args_option(args, "url");
    if (!token || !*token) {
        fprintf(stderr, "poshubctl: --token TEXT is needed; the center gives one for each box\n");
        return CTL_USAGE;
    }
    body_begin(&b);
    jw_kstring(&b.w, "token", str_of(token));
    if (url)
        jw_kstring(&b.w, "url", str_of(url));
    if (!put_ca(&b.w, args_option(args, "ca")))
        return CTL_USAGE;
    return hub_show(ctl, "cloud.enrol", body_end(&b), print_enrolled);
}

static void print_claim(const struct ctl *ctl, const struct json *reply)
{
    (void)reply;
    print_line(ctl, "claim", "the hub asks the center; poshubctl sync status shows it");
}

enum ctl_exit cmd_cloud_claim(struct ctl *ctl, const struct args *args)
{
    struct body b;
    const char *token = args_option(args, "token");
    body_begin(&b);
    if (token)
        jw_kstring(&b.w, "token", str_of(token));
    return hub_show(ctl, "cloud.claim", body_end(&b), print_claim);
}

/* ---- status, test ---- */

enum ctl_exit cmd_cloud_status(struct ctl *ctl, const struct args *args)
{
    return cmd_sync_status(ctl, args);
}

/* What stands before the stage that failed went well, what is behind it was not reached. */
static void print_stages(const struct ctl *ctl, const struct json *cloud)
{
    static const char *const STAGES[] = {"name", "connection", "certificates", "answer", "center"};
    const char *stuck = TEXT_AT(cloud, "stuck_at");
    bool good = true;
    for (size_t i = 0; i < sizeof STAGES / sizeof STAGES[0]; i++) {
        bool here = strcmp(STAGES[i], stuck) == 0;
        printf("%-13s", STAGES[i]);
        print_painted(ctl, here ? "FAILED" : good ? "OK" : "-");
        if (here)
            printf("  %s (%s)", TEXT_AT(cloud, "error"), TEXT_AT(cloud, "detail"));
        putchar('\n');
        good = good && !here;
    }
}

static enum ctl_exit print_test(const struct ctl *ctl, const struct json *status)
{
    const struct json *cloud = reply_at(status, "cloud");
    int64_t papers_ms = reply_int(cloud, "papers_end_ms");
    bool good = *TEXT_AT(cloud, "stuck_at") == '\0';
    hub_print_peeked(ctl);
    if (ctl->json)
        return good ? CTL_OK : CTL_FAILED;
    print_stages(ctl, cloud);
    printf("%-13s%s\n", "push", TEXT_AT(cloud, "push"));
    if (*TEXT_AT(cloud, "push_error"))
        printf("%13s%s\n", "", TEXT_AT(cloud, "push_error"));
    printf("%-13s%s%s\n", "certificate", papers_ms > 0 ? "good until " : "none",
           papers_ms > 0 ? TIME(papers_ms) : "");
    printf("%-13s%s\n", "clock", TEXT_AT(status, "clock"));
    return good ? CTL_OK : CTL_FAILED;
}

/* Looks until a request has ended that began after we asked. */
static enum ctl_exit await_request(struct ctl *ctl, int64_t before)
{
    const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
    for (int i = 0; i < TEST_MOST; i++) {
        struct json *s = hub_peek(ctl, "/v1/status");
        if (s && reply_int(s, "cloud.requests") > before) {
            enum ctl_exit rc = print_test(ctl, s);
            json_free(s);
            return rc;
        }
        json_free(s);
        nanosleep(&pause, NULL);
    }
    fprintf(stderr, "poshubctl: no request was made; poshubctl sync status says why\n");
    return CTL_TIMED_OUT;
}

enum ctl_exit cmd_cloud_test(struct ctl *ctl, const struct args *args)
{
    struct json *before = hub_peek(ctl, "/v1/status");
    int64_t requests = before ? reply_int(before, "cloud.requests") : 0;
    (void)args;
    json_free(before);
    enum ctl_exit rc = hub_tell(ctl, "cloud.test");
    return rc == CTL_OK ? await_request(ctl, requests) : rc;
}
