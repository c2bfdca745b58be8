/* The code that pairs a device with its store, and what both sides derive from it
 * (docs/pairing.md).
 *
 * Eight symbols of Crockford's base32, 40 bits, good for minutes. The first one names the window on
 * the broker; all eight are the secret. The key takes in the authority's certificate as each side
 * sees it, so that what a man in the middle gets from the device is of no use at the hub.
 */
#ifndef EDGE_PAIR_CODE_H
#define EDGE_PAIR_CODE_H

#include "proto/crypto.h"

#define PAIR_CODE  8
#define PAIR_KEY   32
#define PAIR_PROOF SHA256_HEX
#define PAIR_ROUNDS                                                                                \
    100000 /* of PBKDF2: 35 unknown bits are then days of work, a window is minutes */

/* A fresh one, with its NUL. */
void pair_code_make(char out[PAIR_CODE + 1]);
/* What people type: in any case, with hyphens and blanks, O for 0 and I or L for 1. */
bool pair_code_parse(struct str text, char out[PAIR_CODE + 1]);
/* "K7Q2-9FMX", with its NUL. */
void pair_code_show(const char code[PAIR_CODE + 1], char out[PAIR_CODE + 2]);

/* Takes a tenth of a second and more: not for the loop. `ca` is SHA-256 of the authority's
 * certificate, DER. */
void pair_key(const char code[PAIR_CODE + 1], const uint8_t ca[SHA256_BYTES],
              uint8_t out[PAIR_KEY]);
/* HMAC-SHA256 of a word under the key in hex, with its NUL. The words: "hello" (the device knows
 * the code), "password" (its second password on the broker), "ready" (it came back with that). */
void pair_proof(const uint8_t key[PAIR_KEY], struct str word, char out[PAIR_PROOF + 1]);
bool pair_proof_fits(const uint8_t key[PAIR_KEY], struct str word, struct str proof);

/* ---- wrong tries: pure, times come in ---- */

#define PAIR_TRIES   5      /* a window forgives a few slips of the finger and no guessing */
#define PAIR_LOCK_MS 600000 /* then pairing is shut, whoever asks */

struct pair_lock {
    unsigned wrong;   /* in this window */
    int64_t until_ms; /* 0: not shut */
};
/* A new window begins to count. */
void pair_lock_begin(struct pair_lock *l);
/* One wrong try; returns how many are left: 0 has shut it. */
unsigned pair_lock_wrong(struct pair_lock *l, int64_t now_ms);
/* How long it still is shut; 0: it is not. */
int64_t pair_lock_left_ms(const struct pair_lock *l, int64_t now_ms);

#endif
