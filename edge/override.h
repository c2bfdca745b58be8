/* A manager's PIN: lets an order pass that the store's selling rights refuse (1005), and nothing
 * else (sync-protocol 5.5). Checked on the loop, so that the PIN goes no further.
 */
#ifndef EDGE_OVERRIDE_H
#define EDGE_OVERRIDE_H

#include "proto/code.h"
#include "proto/crypto.h"

struct override_rule {
    bool allowed; /* a PIN is configured */
    uint8_t pin[SHA256_BYTES];
};

#define OVERRIDE_TRIES                                                                             \
    5 /* wrong PINs of a device: four digits hold for two weeks, six for years                     \
       */
#define OVERRIDE_SPAN_MS 600000
struct override_tries {
    int64_t wrong_ms[OVERRIDE_TRIES]; /* the last ones, of the monotonic clock; 0: none */
    unsigned next;
};

/* CODE_OK: it is the PIN. 4005: it is not, or none is configured; 4002 after OVERRIDE_TRIES wrong
 * ones within OVERRIDE_SPAN_MS, whatever is said, with *retry_ms until the first is forgotten.
 * `tries` NULL: nobody counts. now_ms is above 0. */
enum code override_check(const struct override_rule *rule, struct override_tries *tries,
                         struct str said, int64_t now_ms, int64_t *retry_ms);

#endif
