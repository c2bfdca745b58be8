/* CRC32C (Castagnoli, RFC 3720 appendix B.4), the checksum of every stored record. */
#ifndef PROTO_CRC32C_H
#define PROTO_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Continue with the crc of what came before; start with 0. crc32c(0,"123456789",9) = 0xe3069283.
 * Uses the processor's instruction where there is one (SSE4.2, ARMv8 CRC), else tables. */
uint32_t crc32c(uint32_t crc, const void *p, size_t n);

#endif
