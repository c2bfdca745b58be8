/* A manager's PIN: lets an order pass that the store's selling rights refuse (1005), and nothing
 * else (sync-protocol 5.5). Checked on the loop, so that the PIN goes no further.
 *
 * What is kept of it is "pbkdf2$<rounds>$<salt>$<hash>": PBKDF2-HMAC-SHA256, salt and hash in
 * lower-case hex. A PIN of a few digits can be guessed from it all the same, in minutes instead of
 * at once: the file that holds it is for the hub alone.
 */
#ifndef EDGE_OVERRIDE_H
#define EDGE_OVERRIDE_H

#include "proto/code.h"
#include "proto/crypto.h"
#include "proto/limits.h"

#define OVERRIDE_PIN_MIN    4 /* bytes: fewer are not guessed but tried; most: LIMIT_PIN */
#define OVERRIDE_SALT       16
#define OVERRIDE_ROUNDS     20000 /* some 20 ms of a till's wait, and of the loop's */
#define OVERRIDE_ROUNDS_MIN 10000 /* below it a salt is all there is */
#define OVERRIDE_CHECK_MS   40    /* one check may not hold up the hub's loop for longer .. */
#define OVERRIDE_ROUNDS_MS  1000  /* .. on a small box, which does so many in a millisecond */
#define OVERRIDE_ROUNDS_MAX (OVERRIDE_CHECK_MS * OVERRIDE_ROUNDS_MS)
#define OVERRIDE_TEXT       128 /* the kept form with its NUL: 110 at most */

struct override_rule {
    bool allowed; /* a PIN is configured */
    uint32_t rounds;
    uint8_t salt[OVERRIDE_SALT];
    uint8_t hash[SHA256_BYTES];
};

/* The kept form of a PIN, with OVERRIDE_ROUNDS. The salt is random, and new each time. */
void override_keep(struct str pin, const uint8_t salt[OVERRIDE_SALT], char out[OVERRIDE_TEXT]);
/* Reads the kept form; "": nobody may. False, and *out allows nobody, where it is none. */
bool override_parse(struct str text, struct override_rule *out);

#define OVERRIDE_TRIES                                                                             \
    5 /* wrong PINs of a device: four digits hold for two weeks, six for years                     \
       */
#define OVERRIDE_SPAN_MS 600000
struct override_tries {
    int64_t wrong_ms[OVERRIDE_TRIES]; /* the last ones, of the monotonic clock; 0: none */
    unsigned next;
};

/* The last PIN that was right, in RAM alone: a till that sends it with each order costs the loop
 * one derivation in OVERRIDE_KNOWN_MS. Zeroed: none. */
#define OVERRIDE_KNOWN_MS 600000
struct override_known {
    uint8_t pin[LIMIT_PIN];
    size_t n;
    int64_t until_ms; /* of the monotonic clock; good before it */
};
/* The rule is another one from here on. */
void override_forget(struct override_known *known);

/* CODE_OK: it is the PIN. 4005: it is not, or none is configured; 4002 after OVERRIDE_TRIES wrong
 * ones within OVERRIDE_SPAN_MS, whatever is said, with *retry_ms until the first is forgotten.
 * `tries` NULL: nobody counts. now_ms is above 0. */
enum code override_check(const struct override_rule *rule, struct override_known *known,
                         struct override_tries *tries, struct str said, int64_t now_ms,
                         int64_t *retry_ms);

#endif
