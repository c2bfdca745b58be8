#include "proto/chain.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "proto/crypto.h"
#include "proto/limits.h"

#define CHAIN_TEXT   320 /* two hashes, four numbers, a kind and the names around them */
#define GENESIS_TEXT 512

static char *add(char *at, const char *text, size_t n)
{
    memcpy(at, text, n);
    return at + n;
}

#define ADD(at, literal) add((at), (literal), sizeof(literal) - 1)

static char *add_number(char *at, uint64_t v)
{
    char digits[20];
    size_t n = sizeof(digits);
    do {
        digits[--n] = (char)('0' + v % 10);
        v /= 10;
    } while (v > 0);
    return add(at, digits + n, sizeof(digits) - n);
}

static char *add_hash(char *at, const uint8_t hash[HASH_BYTES])
{
    hex_encode(hash, HASH_BYTES, at);
    return at + SHA256_HEX;
}

void chain_hash(const struct chain_link *link, uint8_t out[HASH_BYTES])
{
    char text[CHAIN_TEXT];
    assert(link->hlc.l_ms >= 0 && link->kind.n <= LIMIT_KIND);
    char *at = add_hash(ADD(text, "{\"bh\":\""), link->bh);
    at = add_number(ADD(at, "\",\"cv\":"), link->cv);
    at = add_number(ADD(at, ",\"hlc\":["), (uint64_t)link->hlc.l_ms);
    at = add_number(ADD(at, ","), link->hlc.c);
    at = add(ADD(at, "],\"kind\":\""), link->kind.p, link->kind.n);
    at = add_hash(ADD(at, "\",\"prev\":\""), link->prev);
    at = add_number(ADD(at, "\",\"seq\":"), link->seq);
    at = ADD(at, "}");
    sha256(text, (size_t)(at - text), out);
}

void chain_genesis(struct str brand_id, struct str poi_id, uint32_t epoch, uint8_t out[HASH_BYTES])
{
    char text[GENESIS_TEXT];
    int n = snprintf(text, sizeof(text), "poshub-journal-v1\n%.*s\n%.*s\n%u\n", (int)brand_id.n,
                     brand_id.p, (int)poi_id.n, poi_id.p, epoch);
    assert(n > 0 && (size_t)n < sizeof(text));
    sha256(text, (size_t)n, out);
}
