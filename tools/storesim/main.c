/* storesim: a store's devices as one program (lan-protocol.md), and the judge of what the hub does.
 *
 *   connect    all devices up, the menu known
 *   play       guests come (plan.h)
 *   settle     until every order has ended and every ticket is bumped
 *   ask        every order's final state, once
 *   judge      faults and figures (report.h)
 */
#include "tools/storesim/clock.h"
#include "tools/storesim/crew.h"
#include "tools/storesim/dice.h"
#include "tools/storesim/expect.h"
#include "tools/storesim/fetch.h"
#include "tools/storesim/guest.h"
#include "tools/storesim/kitchen.h"
#include "tools/storesim/options.h"
#include "tools/storesim/plan.h"
#include "tools/storesim/report.h"
#include "tools/storesim/show.h"
#include "tools/storesim/staff.h"

#include <signal.h>
#include <stdlib.h>

#define TURN_MS 50
#define WALK_US 50000
#define GONE_US 5000000 /* a broker that was away so long is not waited for at the end */

static volatile sig_atomic_t stop_asked;

static void on_signal(int sig)
{
    (void)sig;
    stop_asked = 1;
}

static const struct device_events GUEST_DEVICE = {.state = staff_sees_order};
static const struct device_events KITCHEN_SCREEN = {.state = kitchen_sees};
static const struct device_events BOARD = {0};
static const struct device_events *const EVENTS[ROLE_COUNT] = {
    [ROLE_POS] = &GUEST_DEVICE,   [ROLE_KIOSK] = &GUEST_DEVICE, [ROLE_EMENU] = &GUEST_DEVICE,
    [ROLE_KDS] = &KITCHEN_SCREEN, [ROLE_BOARD] = &BOARD,        [ROLE_ADMIN] = &BOARD};

/* Turns the wheel once. */
static void turn(struct sim *sim)
{
    int64_t wait_us = alarms_next(&sim->alarms) - clock_us();
    int wait_ms = wait_us <= 0                ? 0
                  : wait_us >= TURN_MS * 1000 ? TURN_MS
                                              : (int)(wait_us / 1000) + 1;
    crew_poll(sim, wait_ms);
    if (!crew_is_down(sim))
        sim->reached_us = clock_us();
    alarms_ring(&sim->alarms, clock_us());
}

/* Asked to end, and nobody is there to wait for. */
static bool left_alone(const struct sim *sim)
{
    return stop_asked && clock_us() - sim->reached_us > GONE_US;
}

/* ---- connect ---- */

static struct device *menu_reader(const struct sim *sim)
{
    static const enum role READERS[] = {ROLE_POS, ROLE_KIOSK, ROLE_EMENU, ROLE_KDS};
    for (size_t i = 0; i < sizeof READERS / sizeof READERS[0]; i++) {
        struct device *d = device_of_role(sim, READERS[i], 0);
        if (d)
            return d;
    }
    return NULL;
}

static bool connect_all(struct sim *sim, int64_t until_us)
{
    if (!sim->menu.complete && menu_reader(sim))
        fetch_menu(menu_reader(sim));
    while (!crew_is_up(sim) || !sim->menu.complete) {
        if (clock_us() > until_us || stop_asked) {
            stats_fault(&sim->stats, "%s within the time given",
                        crew_is_up(sim) ? "no menu" : "not all devices connected");
            return false;
        }
        turn(sim);
    }
    if (!sim->menu.n_single)
        stats_fault(&sim->stats, "the menu is empty");
    return sim->menu.n_single > 0;
}

/* ---- play and settle ---- */

static size_t orders_open(const struct sim *sim)
{
    struct order *o;
    size_t n = 0;
    for (size_t i = 0; (o = map_next(&sim->orders, &i));)
        n += !order_settled(o) || o->busy || o->next.place;
    return n;
}

static void walk_and_show(struct sim *sim, const struct plan *plan, int64_t until_us)
{
    static int64_t next_us;
    if (clock_us() < next_us)
        return;
    next_us = clock_us() + WALK_US;
    staff_walk(sim, until_us);
    show_progress(sim, plan_progress(plan), orders_open(sim), crew_waiting(sim));
}

static void play(struct sim *sim, struct plan *plan)
{
    plan_start(plan, sim);
    while (!plan->done) {
        if (stop_asked)
            plan_stop(plan);
        turn(sim);
        walk_and_show(sim, plan, INT64_MAX);
    }
}

static void settle(struct sim *sim, const struct plan *plan)
{
    int64_t until_us = clock_us() + sim->settle_us;
    sim->closing = true;
    while ((orders_open(sim) || kitchen_open(sim) || crew_waiting(sim)) && clock_us() < until_us &&
           !left_alone(sim)) {
        turn(sim);
        walk_and_show(sim, plan, clock_us() + (until_us - clock_us()) / 2);
    }
}

static void await_answers(struct sim *sim)
{
    int64_t until_us = clock_us() + sim->settle_us;
    while (crew_waiting(sim) && clock_us() < until_us && !left_alone(sim))
        turn(sim);
    if (crew_waiting(sim))
        stats_fault(&sim->stats, "%zu requests without an answer", crew_waiting(sim));
}

static void play_and_judge(struct sim *sim, struct plan *plan)
{
    play(sim, plan);
    settle(sim, plan);
    staff_ask_all(sim);
    await_answers(sim);
    report_judge(sim);
    kitchen_judge(sim);
    show_progress_end();
}

static void compare(struct sim *sim, struct expect *expect)
{
    sim->begun_us = clock_us();
    if (!device_count(sim, ROLE_POS)) {
        stats_fault(&sim->stats, "--expect needs a till");
        return;
    }
    expect_ask(expect, sim);
    await_answers(sim);
}

/* ---- wiring ---- */

static bool read_inputs(const struct options *o, struct sim *sim, struct plan *plan,
                        struct expect *expect, char *why)
{
    if (o->menu && !menu_read_file(&sim->menu, o->menu, why))
        return false;
    if (o->expect)
        return expect_read(expect, o->expect, why);
    if (o->orders)
        return plan_read(plan, o->orders, o->day, why);
    plan->rate = o->rate;
    plan->seconds = o->seconds;
    return true;
}

static bool open_acked(const struct options *o, struct sim *sim, char *why)
{
    if (!o->acked)
        return true;
    sim->acked = fopen(o->acked, "a");
    if (!sim->acked)
        snprintf(why, JSON_WHY, "%.60s: cannot be written", o->acked);
    return sim->acked != NULL;
}

static void run(const struct options *o, struct sim *sim, struct plan *plan, struct expect *expect)
{
    sim->begun_us = clock_us();
    if (!connect_all(sim, clock_us() + o->connect_s * 1000000))
        return;
    if (o->expect)
        compare(sim, expect);
    else
        play_and_judge(sim, plan);
}

static void finish(struct sim *sim, struct plan *plan, struct expect *expect)
{
    plan_finish(plan);
    expect_finish(expect);
    kitchen_finish(sim);
    map_finish(&sim->orders, order_free);
    crew_close(sim);
    alarms_finish(&sim->alarms);
    menu_finish(&sim->menu);
    stats_finish(&sim->stats);
    if (sim->acked)
        fclose(sim->acked);
}

int main(int argc, char **argv)
{
    static struct sim sim;
    struct options o;
    struct plan plan = {0};
    struct expect expect = {0};
    char why[JSON_WHY] = "no devices";
    enum options_verdict verdict = options_read(&o, &sim, argc, argv);
    if (verdict != OPTIONS_GO)
        return verdict == OPTIONS_DONE ? 0 : 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    dice_seed(o.seed);
    mqtt_init();
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    bool ready = read_inputs(&o, &sim, &plan, &expect, why) && open_acked(&o, &sim, why) &&
                 crew_open(&sim, o.devices, EVENTS, why);
    if (ready) {
        run(&o, &sim, &plan, &expect);
        o.json ? report_json(&sim) : report_print(&sim);
    } else {
        fprintf(stderr, "storesim: %s\n", why);
    }
    int status = !ready ? 2 : sim.stats.n_faults ? 1 : 0;
    finish(&sim, &plan, &expect);
    mqtt_finish();
    return status;
}
