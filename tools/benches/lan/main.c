/* bench_lan: one run of the load against whatever answers at the broker, as one JSON object.
 *
 *   bench_lan HOST:PORT DEVICES WINDOW RATE WARM_S RUN_S
 *
 * RATE 0: saturated, WINDOW orders under way per kiosk. tools/benches/lan/run puts runs together.
 */
#include "tools/benches/lan/load.h"

#include "proto/json.h"
#include "tools/storesim/dice.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONNECT_US 10000000

static void sizes_print(const char *key, const size_t bytes[STEP_COUNT])
{
    printf(",\"%s\":[%zu,%zu,%zu]", key, bytes[STEP_PLACE], bytes[STEP_PAY], bytes[STEP_SERVE]);
}

static void figures_print(const struct load_figures *f)
{
    printf("{\"orders_per_s\":%.1f,\"requests_per_s\":%.1f,\"deliveries_per_s\":%.1f",
           (double)f->orders / f->seconds, (double)f->requests / f->seconds,
           (double)f->deliveries / f->seconds);
    printf(",\"place_p50_ms\":%.3f,\"place_p99_ms\":%.3f,\"pay_p50_ms\":%.3f", f->place_p50_ms,
           f->place_p99_ms, f->pay_p50_ms);
    printf(",\"refused\":%" PRIu64 ",\"lost\":%" PRIu64, f->refused, f->lost);
    sizes_print("request_bytes", f->request_bytes);
    sizes_print("reply_bytes", f->reply_bytes);
    puts("}");
}

static int run(char *broker, const char *devices, int window, double rate, double warm_s,
               double run_s)
{
    char why[JSON_WHY];
    char *colon = strrchr(broker, ':');
    if (!colon)
        return 2;
    *colon = '\0';
    struct load *l = load_open(broker, atoi(colon + 1), devices, why);
    if (!l) {
        fprintf(stderr, "bench_lan: %s\n", why);
        return 2;
    }
    bool ok = load_connect(l, CONNECT_US);
    if (ok) {
        struct load_figures f =
            load_run(l, window, rate, (int64_t)(warm_s * 1e6), (int64_t)(run_s * 1e6));
        figures_print(&f);
    } else {
        fputs("bench_lan: not all devices could connect\n", stderr);
    }
    load_close(l);
    return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        fputs("usage: bench_lan HOST:PORT DEVICES WINDOW RATE WARM_S RUN_S\n", stderr);
        return 2;
    }
    dice_seed((uint64_t)getpid());
    mqtt_init();
    int status = run(argv[1], argv[2], atoi(argv[3]), atof(argv[4]), atof(argv[5]), atof(argv[6]));
    mqtt_finish();
    return status;
}
