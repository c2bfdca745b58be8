#include "edge/override.h"

#include <stdio.h>
#include <string.h>

#define NAME "pbkdf2$"

/* ---- what is kept ---- */

void override_keep(struct str pin, const uint8_t salt[OVERRIDE_SALT], char out[OVERRIDE_TEXT])
{
    uint8_t hash[SHA256_BYTES];
    char salt_hex[2 * OVERRIDE_SALT + 1] = "", hash_hex[SHA256_HEX + 1] = "";
    pbkdf2_sha256(pin, salt, OVERRIDE_SALT, OVERRIDE_ROUNDS, hash);
    hex_encode(salt, OVERRIDE_SALT, salt_hex);
    hex_encode(hash, sizeof(hash), hash_hex);
    snprintf(out, OVERRIDE_TEXT, NAME "%d$%s$%s", OVERRIDE_ROUNDS, salt_hex, hash_hex);
}

/* What stands before the next '$', or all that is left; takes it away. */
static struct str part(struct str *text)
{
    const char *end = text->n > 0 ? memchr(text->p, '$', text->n) : NULL;
    struct str first = {text->p, end != NULL ? (size_t)(end - text->p) : text->n};
    size_t gone = end != NULL ? first.n + 1 : first.n;
    *text = (struct str){text->p + gone, text->n - gone};
    return first;
}

static bool rounds_of(struct str text, uint32_t *out)
{
    uint32_t v = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9' || v > OVERRIDE_ROUNDS_MAX)
            return false;
        v = v * 10 + (uint32_t)(text.p[i] - '0');
    }
    *out = v;
    return v >= OVERRIDE_ROUNDS_MIN && v <= OVERRIDE_ROUNDS_MAX;
}

bool override_parse(struct str text, struct override_rule *out)
{
    struct override_rule r = {.allowed = true};
    *out = (struct override_rule){0};
    if (text.n == 0)
        return true;
    if (text.n < strlen(NAME) || memcmp(text.p, NAME, strlen(NAME)) != 0)
        return false;
    text = (struct str){text.p + strlen(NAME), text.n - strlen(NAME)};
    struct str rounds = part(&text), salt = part(&text);
    if (!rounds_of(rounds, &r.rounds) || !hex_decode(salt, r.salt, sizeof(r.salt)) ||
        !hex_decode(text, r.hash, sizeof(r.hash)))
        return false;
    *out = r;
    return true;
}

/* ---- what is said ---- */

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
    pbkdf2_sha256(said, rule->salt, sizeof(rule->salt), rule->rounds, hash);
    return memcmp(hash, rule->hash, sizeof(hash)) == 0;
}

/* Takes as long whatever is said. */
static bool is_known(const struct override_known *known, struct str said, int64_t now_ms)
{
    size_t differ = known->n ^ said.n;
    for (size_t i = 0; i < sizeof(known->pin); i++)
        differ |= known->pin[i] ^ (i < said.n ? (uint8_t)said.p[i] : 0U);
    return differ == 0 && now_ms < known->until_ms;
}

static void learn(struct override_known *known, struct str pin, int64_t now_ms)
{
    override_forget(known);
    if (pin.n == 0 || pin.n > sizeof(known->pin))
        return;
    memcpy(known->pin, pin.p, pin.n);
    known->n = pin.n;
    known->until_ms = now_ms + OVERRIDE_KNOWN_MS;
}

void override_forget(struct override_known *known)
{
    *known = (struct override_known){0};
}

enum code override_check(const struct override_rule *rule, struct override_known *known,
                         struct override_tries *tries, struct str said, int64_t now_ms,
                         int64_t *retry_ms)
{
    *retry_ms = tries != NULL ? wait_ms(tries, now_ms) : 0;
    if (!rule->allowed)
        return CODE_NOT_AUTHORIZED;
    if (*retry_ms > 0)
        return CODE_RATE_LIMITED;
    if (is_known(known, said, now_ms))
        return CODE_OK;
    if (is_pin(rule, said)) {
        learn(known, said, now_ms);
        return CODE_OK;
    }
    if (tries != NULL) {
        tries->wrong_ms[tries->next] = now_ms;
        tries->next = (tries->next + 1) % OVERRIDE_TRIES;
    }
    return CODE_NOT_AUTHORIZED;
}
