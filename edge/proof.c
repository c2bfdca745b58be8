#include "edge/proof.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "edge/clock.h"
#include "edge/log.h"

#define RETRY_FIRST_MS 2 /* a broker that has something to do reads new files at once */
#define RETRY_MAX_MS   50

static const char NO_BROKER[] = "the broker is not running; the change counts when it starts";

static void begin(struct proof *p);
static void on_turn(uv_timer_t *timer);
static void on_deadline(uv_timer_t *timer);

/* ---- states ---- */

static void move(struct proof *p, enum proof_state to)
{
    static const uint8_t LEGAL[] = {
        [PROOF_IDLE] = 1u << PROOF_FILES,
        [PROOF_FILES] = 1u << PROOF_FILES | 1u << PROOF_OLD | 1u << PROOF_ROLES | 1u << PROOF_IDLE,
        [PROOF_OLD] = 1u << PROOF_FILES | 1u << PROOF_ROLES | 1u << PROOF_IDLE,
        [PROOF_ROLES] = 1u << PROOF_FILES | 1u << PROOF_IDLE,
    };
    assert(LEGAL[p->state] & 1u << to);
    p->state = to;
}

/* The next step; never from inside a callback of a connection, which steps close. */
static void turn_in(struct proof *p, uint64_t ms)
{
    uv_timer_start(&p->turn, on_turn, ms, 0);
}

/* ---- who waits ---- */

static int64_t first_deadline(const struct proof *p)
{
    int64_t first = INT64_MAX;
    for (const struct proof_wait *w = p->waits; w != NULL; w = w->next)
        first = w->until_ms < first ? w->until_ms : first;
    return first;
}

static void deadline_set(struct proof *p)
{
    int64_t left = first_deadline(p) - clock_boot_ms();
    if (p->waits == NULL)
        uv_timer_stop(&p->deadline);
    else
        uv_timer_start(&p->deadline, on_deadline, left > 0 ? (uint64_t)left : 0, 0);
}

/* Takes out of the list whom the running proof serves, or whose time is over. */
static struct proof_wait *take(struct proof *p, bool served, int64_t now_ms)
{
    struct proof_wait *taken = NULL, **end = &taken, **at = &p->waits;
    while (*at != NULL) {
        struct proof_wait *w = *at;
        if (!(served && w->served) && w->until_ms > now_ms) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        w->next = NULL;
        *end = w;
        end = &w->next;
    }
    return taken;
}

static void connections_end(struct proof *p)
{
    lan_close(p->lan);
    p->lan = NULL;
    for (enum role role = 0; role < ROLE_COUNT; role++)
        trip_end(&p->trips[role]);
}

static void drop_attempt(struct proof *p)
{
    connections_end(p);
    uv_timer_stop(&p->turn);
    for (struct proof_wait *w = p->waits; w != NULL; w = w->next)
        w->served = false;
}

/* What is left to do for those who still wait. */
static void go_on(struct proof *p)
{
    drop_attempt(p);
    deadline_set(p);
    if (p->waits != NULL)
        begin(p);
    else
        move(p, PROOF_IDLE);
}

static void tell(struct proof *p, struct proof_wait *taken, const char *why)
{
    while (taken != NULL) {
        struct proof_wait *w = taken;
        int64_t us = p->trips[w->role].reply_us;
        bool proved = why[0] == 0;
        const struct proof_verdict verdict = {.why = why,
                                              .reply_ms = proved ? (us + 999) / 1000 : 0,
                                              .old_refused = proved && w->old_dies};
        taken = w->next;
        w->done(w, &verdict);
    }
}

/* All whom it serves get the same answer, as the files and the broker are the same for all. */
static void finish(struct proof *p, const char *why)
{
    struct proof_wait *taken = take(p, true, clock_boot_ms());
    if (why[0] != 0)
        log_warning("rights_not_proved version=%u why=\"%s\"", p->version, why);
    else
        log_info("rights_proved version=%u", p->version);
    go_on(p);
    tell(p, taken, why);
}

/* ---- somebody comes in, or does not ---- */

static void on_up(void *ctx)
{
    struct proof *p = ctx;
    p->let_in = true;
    turn_in(p, 0);
}

static void on_down(void *ctx, const char *why, bool refused)
{
    struct proof *p = ctx;
    (void)why;
    p->refused = p->refused || refused;
    turn_in(p, 0);
}

static void come_in(struct proof *p, const char *password)
{
    const struct lan_hooks hooks = {.ctx = p, .up = on_up, .down = on_down};
    char random[PASSWORD_CHARS + 1];
    device_password(random);
    snprintf(p->client, sizeof(p->client), BROKER_PROOF_USER "-%.8s", random);
    p->let_in = p->refused = false;
    const struct lan_options options = {.socket = p->broker->socket,
                                        .client_id = p->client,
                                        .user = BROKER_PROOF_USER,
                                        .password = password,
                                        .once = true};
    p->lan = lan_open(p->loop, &options, &hooks);
}

static void try_files(struct proof *p)
{
    move(p, PROOF_FILES);
    p->version = p->broker->version;
    memcpy(p->password, p->broker->proof, sizeof(p->password));
    memcpy(p->before, p->broker->proof_before, sizeof(p->before));
    come_in(p, p->password);
    if (p->lan == NULL)
        turn_in(p, RETRY_MAX_MS);
}

static void begin(struct proof *p)
{
    p->tries = 0;
    p->cut = p->kept_out = false;
    try_files(p);
}

static void try_again(struct proof *p)
{
    uint64_t ms = (uint64_t)RETRY_FIRST_MS << (p->tries < 5 ? p->tries : 5);
    drop_attempt(p);
    move(p, PROOF_FILES);
    p->tries++;
    turn_in(p, ms < RETRY_MAX_MS ? ms : RETRY_MAX_MS);
}

/* ---- the round trips ---- */

static void on_news(void *ctx)
{
    turn_in(ctx, 0);
}

/* The broker has the files of all who had asked when the password was tried. */
static void serve(struct proof *p)
{
    p->old_dies = false;
    memset(p->travels, 0, sizeof(p->travels));
    for (struct proof_wait *w = p->waits; w != NULL; w = w->next) {
        w->served = w->version <= p->version;
        if (!w->served)
            continue;
        p->old_dies = p->old_dies || w->old_dies;
        p->travels[w->role] = true;
    }
}

static void travel(struct proof *p)
{
    move(p, PROOF_ROLES);
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        if (p->travels[role])
            trip_begin(&p->trips[role], p->loop, p->broker->socket, p->devices, role, on_news, p);
    }
}

/* NULL: all is well so far, and something is still missing. */
static const char *found(struct proof *p)
{
    const char *verdict = "";
    p->cut = false;
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        const struct trip *t = &p->trips[role];
        if (!p->travels[role] || trip_ok(t))
            continue;
        if (t->barred || t->allowed)
            return trip_why(t);
        p->cut = p->cut || t->cut;
        verdict = NULL;
    }
    return verdict;
}

/* ---- steps ---- */

static void files_turn(struct proof *p)
{
    bool let_in = p->let_in, over = p->lan != NULL;
    p->kept_out = p->kept_out || p->refused;
    lan_close(p->lan);
    p->lan = NULL;
    if (let_in)
        serve(p);
    if (let_in && p->old_dies) {
        move(p, PROOF_OLD);
        come_in(p, p->before);
    } else if (let_in) {
        travel(p);
    } else if (over) {
        try_again(p);
    } else {
        try_files(p);
    }
}

static void old_turn(struct proof *p)
{
    bool let_in = p->let_in, refused = p->refused;
    lan_close(p->lan);
    p->lan = NULL;
    if (let_in)
        finish(p, "the broker still takes the old password");
    else if (refused)
        travel(p);
    else
        try_again(p);
}

static void roles_turn(struct proof *p)
{
    const char *why = found(p);
    if (why != NULL)
        finish(p, why);
    else if (p->cut)
        try_again(p);
}

static void on_turn(uv_timer_t *timer)
{
    struct proof *p = timer->data;
    switch (p->state) {
    case PROOF_IDLE:
        break;
    case PROOF_FILES:
        files_turn(p);
        break;
    case PROOF_OLD:
        old_turn(p);
        break;
    case PROOF_ROLES:
        roles_turn(p);
        break;
    }
}

/* ---- time is over ---- */

static const char *missing(const struct proof *p)
{
    if (!broker_is_there(p->broker))
        return NO_BROKER;
    if (p->cut)
        return "the broker does not let the role in";
    if (p->state == PROOF_FILES && p->kept_out)
        return "the broker does not take the new files";
    for (enum role role = 0; p->state == PROOF_ROLES && role < ROLE_COUNT; role++) {
        if (p->travels[role] && !trip_ok(&p->trips[role]))
            return trip_why(&p->trips[role]);
    }
    return "the broker does not answer";
}

static void on_deadline(uv_timer_t *timer)
{
    struct proof *p = timer->data;
    if (first_deadline(p) > clock_boot_ms())
        deadline_set(p); /* the loop's clock is a little ahead of ours */
    else
        finish(p, missing(p));
}

/* ---- from outside ---- */

void proof_init(struct proof *p, uv_loop_t *loop, const struct broker *broker,
                const struct devices *devices)
{
    *p = (struct proof){.loop = loop, .broker = broker, .devices = devices};
    uv_timer_init(loop, &p->turn);
    uv_timer_init(loop, &p->deadline);
    p->turn.data = p->deadline.data = p;
}

void proof_begin(struct proof *p, struct proof_wait *wait)
{
    struct proof_verdict verdict = {.why = ""};
    if (p->broker->err != PH_OK)
        verdict.why = "the broker's files could not be written";
    else if (!broker_is_there(p->broker))
        verdict.why = NO_BROKER;
    if (verdict.why[0] != 0) {
        log_warning("rights_not_proved version=%u why=\"%s\"", p->broker->version, verdict.why);
        wait->done(wait, &verdict);
        return;
    }
    wait->served = false;
    wait->version = p->broker->version;
    wait->until_ms = clock_boot_ms() + PROOF_MS;
    wait->next = p->waits;
    p->waits = wait;
    deadline_set(p);
    if (p->state == PROOF_IDLE)
        begin(p);
}

void proof_stop(struct proof *p)
{
    struct proof_wait *all = take(p, true, INT64_MAX);
    connections_end(p);
    tell(p, all, "the hub is stopping");
    uv_close((uv_handle_t *)&p->turn, NULL);
    uv_close((uv_handle_t *)&p->deadline, NULL);
}
