/* sync: the cloud line as it stands, and the words that steer it. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tools/poshubctl/cmd.h"
#include "tools/poshubctl/hub.h"
#include "tools/poshubctl/line.h"
#include "tools/poshubctl/reply.h"

#define LOOK_MS   200 /* between two looks at what came of it */
#define DIFF_MOST 150 /* looks: half a minute */

enum ctl_exit cmd_sync_status(struct ctl *ctl, const struct args *args)
{
    struct json *s;
    (void)args;
    enum ctl_exit rc = hub_get(ctl, "/v1/status", &s);
    if (rc != CTL_OK)
        return rc;
    const struct json *cloud = reply_at(s, "cloud");
    if (strcmp(TEXT_AT(cloud, "link"), "down") == 0)
        rc = CTL_DEGRADED;
    if (!ctl->json)
        line_print_all(ctl, cloud);
    json_free(s);
    return rc;
}

/* A word without a body; `done` is what people read. */
static enum ctl_exit say(struct ctl *ctl, const char *verb, const char *done)
{
    struct json *reply;
    enum ctl_exit rc = hub_call(ctl, verb, STR("{}"), &reply);
    if (rc != CTL_OK)
        return rc;
    if (!ctl->json)
        printf("%s\n", done);
    json_free(reply);
    return rc;
}

enum ctl_exit cmd_sync_now(struct ctl *ctl, const struct args *args)
{
    (void)args;
    return say(ctl, "sync.now", "Asked. poshubctl sync status shows what comes of it.");
}

enum ctl_exit cmd_sync_pause(struct ctl *ctl, const struct args *args)
{
    (void)args;
    return say(ctl, "sync.pause",
               "Paused: nothing is sent or fetched until poshubctl sync resume, or a restart.");
}

enum ctl_exit cmd_sync_resume(struct ctl *ctl, const struct args *args)
{
    (void)args;
    return say(ctl, "sync.resume", "Resumed.");
}

/* ---- diff ---- */

/* How many have ended: their time would not tell, where a clock went back. */
static int64_t comparisons(const struct json *status)
{
    return reply_int(status, "cloud.compared.rounds");
}

static void print_comparison(const struct ctl *ctl, const struct json *status)
{
    const struct json *c = reply_at(status, "cloud.compared");
    bool equal = reply_int(c, "differed") == 0;
    print_line(ctl, "compared", TIME(reply_int(c, "at_ms")));
    printf("%-*s%s, %s\n", PRINT_NAME, "rows", TEXT_AT(c, "rows"),
           equal ? "all equal on both sides" : "some were different");
    if (reply_int(c, "left_out") > 0)
        print_line(ctl, "left out", TEXT_AT(c, "left_out"));
    if (equal)
        return;
    print_line(ctl, "different", TEXT_AT(c, "differed"));
    print_line(ctl, "repaired", TEXT_AT(c, "repaired"));
    print_line(ctl, "still", TEXT_AT(c, "stuck"));
    print_line(ctl, "object", TEXT_AT(c, "object"));
    print_line(ctl, "here", TEXT_AT(c, "here"));
    print_line(ctl, "there", TEXT_AT(c, "there"));
}

/* Looks until a comparison has ended that began after we asked. */
static enum ctl_exit await_comparison(struct ctl *ctl, int64_t known)
{
    const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
    for (int i = 0; i < DIFF_MOST; i++) {
        struct json *s = hub_peek(ctl, "/v1/status");
        if (s && comparisons(s) > known) {
            bool differ = reply_int(s, "cloud.compared.stuck") > 0;
            hub_print_peeked(ctl);
            if (!ctl->json)
                print_comparison(ctl, s);
            json_free(s);
            return differ ? CTL_FAILED : CTL_OK;
        }
        json_free(s);
        nanosleep(&pause, NULL);
    }
    fprintf(stderr, "poshubctl: no comparison within half a minute; is the center there? "
                    "poshubctl sync status\n");
    return CTL_TIMED_OUT;
}

enum ctl_exit cmd_sync_diff(struct ctl *ctl, const struct args *args)
{
    struct json *before = hub_peek(ctl, "/v1/status");
    int64_t known = before ? comparisons(before) : 0;
    (void)args;
    json_free(before);
    enum ctl_exit rc = hub_tell(ctl, "sync.diff");
    return rc == CTL_OK ? await_comparison(ctl, known) : rc;
}
