#include "edge/pair_code.h"

#include <string.h>

#define SALT "poshub pair"

static const char SYMBOLS[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* ---- the code ---- */

void pair_code_make(char out[PAIR_CODE + 1])
{
    uint8_t random[PAIR_CODE];
    random_bytes(random, sizeof(random));
    for (size_t i = 0; i < PAIR_CODE; i++)
        out[i] = SYMBOLS[random[i] % 32];
    out[PAIR_CODE] = 0;
}

static char symbol_of(char c)
{
    if (c >= 'a' && c <= 'z')
        c = (char)(c - 'a' + 'A');
    if (c == 'O')
        return '0';
    if (c == 'I' || c == 'L')
        return '1';
    return c != 0 && strchr(SYMBOLS, c) != NULL ? c : 0;
}

bool pair_code_parse(struct str text, char out[PAIR_CODE + 1])
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '-' || text.p[i] == ' ')
            continue;
        if (n == PAIR_CODE || (out[n++] = symbol_of(text.p[i])) == 0)
            return false;
    }
    out[n] = 0;
    return n == PAIR_CODE;
}

void pair_code_show(const char code[PAIR_CODE + 1], char out[PAIR_CODE + 2])
{
    memcpy(out, code, PAIR_CODE / 2);
    out[PAIR_CODE / 2] = '-';
    memcpy(out + PAIR_CODE / 2 + 1, code + PAIR_CODE / 2, PAIR_CODE / 2 + 1);
}

/* ---- what is derived ---- */

void pair_key(const char code[PAIR_CODE + 1], const uint8_t ca[SHA256_BYTES], uint8_t out[PAIR_KEY])
{
    uint8_t salt[sizeof(SALT) - 1 + SHA256_BYTES];
    memcpy(salt, SALT, sizeof(SALT) - 1);
    memcpy(salt + sizeof(SALT) - 1, ca, SHA256_BYTES);
    pbkdf2_sha256((struct str){code, PAIR_CODE}, salt, sizeof(salt), PAIR_ROUNDS, out);
}

void pair_proof(const uint8_t key[PAIR_KEY], struct str word, char out[PAIR_PROOF + 1])
{
    uint8_t mac[SHA256_BYTES];
    hmac_sha256(key, PAIR_KEY, word.p, word.n, mac);
    hex_encode(mac, sizeof(mac), out);
    out[PAIR_PROOF] = 0;
}

bool pair_proof_fits(const uint8_t key[PAIR_KEY], struct str word, struct str proof)
{
    char right[PAIR_PROOF + 1];
    unsigned char other = 0;
    pair_proof(key, word, right);
    for (size_t i = 0; i < PAIR_PROOF && proof.n == PAIR_PROOF; i++)
        other |= (unsigned char)(right[i] ^ proof.p[i]);
    return proof.n == PAIR_PROOF && other == 0;
}

/* ---- wrong tries ---- */

void pair_lock_begin(struct pair_lock *l)
{
    *l = (struct pair_lock){0};
}

unsigned pair_lock_wrong(struct pair_lock *l, int64_t now_ms)
{
    l->wrong++;
    if (l->wrong >= PAIR_TRIES)
        l->until_ms = now_ms + PAIR_LOCK_MS;
    return l->wrong >= PAIR_TRIES ? 0 : PAIR_TRIES - l->wrong;
}

int64_t pair_lock_left_ms(const struct pair_lock *l, int64_t now_ms)
{
    return l->until_ms > now_ms ? l->until_ms - now_ms : 0;
}
