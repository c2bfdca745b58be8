/* The same load for the hub and for the echo: kiosks order and pay, tills serve, kitchen screens
 * listen, each subscribed as its role is.
 *
 * An order is three requests: order.place and order.pay by a kiosk, order.serve by a till (which
 * frees the pickup number). A slot is an order under way; each kiosk has `window` of them, or
 * orders come at a fixed rate.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include "tools/storesim/mqtt.h"

enum step { STEP_PLACE, STEP_PAY, STEP_SERVE, STEP_COUNT };
struct load;
struct load_figures {
    uint64_t orders, requests, deliveries, refused, lost;
    double seconds;
    double place_p50_ms, place_p99_ms, pay_p50_ms;
    size_t request_bytes[STEP_COUNT], reply_bytes[STEP_COUNT]; /* means */
};

/* devices: JSON lines as for storesim; items are the object ids to order. NULL with one line in why
 * (96 bytes). */
struct load *load_open(const char *host, int port, const char *devices, char *why);
void load_close(struct load *l);
/* False: not all connected in time. */
bool load_connect(struct load *l, int64_t wait_us);
/* rate 0: every kiosk keeps `window` orders under way. First `warm_us` are not counted. */
struct load_figures load_run(struct load *l, int window, double rate, int64_t warm_us,
                             int64_t run_us);

#endif
