#include "edge/override.h"

#include <string.h>

/* How long until one more try is free; 0: it is. The next place holds the oldest try. */
static int64_t wait_ms(const struct override_tries *t, int64_t now_ms)
{
    int64_t oldest_ms = t->wrong_ms[t->next];
    int64_t left_ms = oldest_ms + OVERRIDE_SPAN_MS - now_ms;
    return oldest_ms == 0 || left_ms < 0 ? 0 : left_ms;
}

static bool is_pin(const struct override_rule *rule, struct str said)
{
    uint8_t hash[SHA256_BYTES];
    sha256(said.p, said.n, hash);
    return memcmp(hash, rule->pin, sizeof(hash)) == 0;
}

enum code override_check(const struct override_rule *rule, struct override_tries *tries,
                         struct str said, int64_t now_ms, int64_t *retry_ms)
{
    *retry_ms = tries != NULL ? wait_ms(tries, now_ms) : 0;
    if (!rule->allowed)
        return CODE_NOT_AUTHORIZED;
    if (*retry_ms > 0)
        return CODE_RATE_LIMITED;
    if (is_pin(rule, said))
        return CODE_OK;
    if (tries != NULL) {
        tries->wrong_ms[tries->next] = now_ms;
        tries->next = (tries->next + 1) % OVERRIDE_TRIES;
    }
    return CODE_NOT_AUTHORIZED;
}
