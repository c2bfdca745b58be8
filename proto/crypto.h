/* The only doorman of mbedTLS's hashes. */
#ifndef PROTO_CRYPTO_H
#define PROTO_CRYPTO_H

#include "proto/types.h"

#define SHA256_BYTES 32
#define SHA256_HEX   64

void sha256(const void *p, size_t n, uint8_t out[SHA256_BYTES]);
/* The same in pieces; nothing to allocate or to release. */
struct sha256 {
    _Alignas(8) uint8_t opaque[128];
};
void sha256_begin(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *p, size_t n);
void sha256_end(struct sha256 *s, uint8_t out[SHA256_BYTES]);
void hmac_sha256(const void *key, size_t key_n, const void *p, size_t n, uint8_t out[SHA256_BYTES]);
/* Lower-case hex, 2n characters, no NUL. */
void hex_encode(const void *p, size_t n, char *out);
/* False unless text is exactly 2n lower-case hex digits. */
bool hex_decode(struct str text, void *out, size_t n);

/* mosquitto's password file, one line without a line feed:
 * user:$7$101$<base64 salt>$<base64 PBKDF2-HMAC-SHA512 hash of 64 bytes>.
 * The caller gives 12 random bytes of salt. Returns the length, or 0 if `out` is too small. */
size_t password_line(struct str user, struct str password, const uint8_t salt[12], char *out,
                     size_t out_n);

/* PBKDF2 with HMAC-SHA256, one block. */
void pbkdf2_sha256(struct str password, const void *salt, size_t salt_n, unsigned rounds,
                   uint8_t out[SHA256_BYTES]);

/* The kernel's random bytes (getrandom); aborts where the kernel has none. Never called by the
 * rules: randomness comes to them inside the command. */
void random_bytes(void *out, size_t n);

#endif
