/* Which of the center's 1024 buckets a store's rows live in (base-api.md). It leads every key of
 * the center, so hub and center, and every process of the center, must come to the same number.
 */
#ifndef PROTO_SHARD_H
#define PROTO_SHARD_H

#include "proto/types.h"

#define SHARD_COUNT 1024

/* MurmurHash3, the 32-bit variant for x86 (Austin Appleby, public domain), as its author defines
 * it: blocks are read little-endian on every machine. */
uint32_t murmur3_32(const void *p, size_t n, uint32_t seed);

/* 0..1023: murmur3_32 with seed 0 over the store id as it stands on the wire in decimal text
 * ("1001"), low ten bits. */
uint32_t shard_of(struct str poi_id);

#endif
