/* SHA-256 on the processor's own instructions (Intel SHA extensions), for the journal: hashing is a
 * quarter of the writer's work in software. proto/crypto.c decides; nobody else includes this.
 */
#ifndef PROTO_SHA256_HW_H
#define PROTO_SHA256_HW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool sha256_hw_present(void);
/* The whole message at once (FIPS 180-4). Only where sha256_hw_present(). */
void sha256_hw(const void *p, size_t n, uint8_t out[32]);

#endif
