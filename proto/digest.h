/* The digest by which hub and center find out whether they hold the same row (sync-protocol 4.8).
 * Computed when asked for, never kept. Not tamper-proof.
 *
 * The root of a set of rows is the XOR of their digests, so any order gives the same and a hot row
 * is left out by leaving it out; the root of no rows is 0.
 */
#ifndef PROTO_DIGEST_H
#define PROTO_DIGEST_H

#include "proto/row.h"

#define DIGEST_TEXT 4096 /* a row of STOCK_CHANNELS channels with every number at its longest */
#define DIGEST_HEX  17   /* 16 digits and a NUL */

/* What is hashed, for a VIEW_MISMATCH alarm to show. Mode is L or S (STRICT); policy S, C, H, W, R
 * (SHARED, CAPPED, WEIGHTED_HARD, WEIGHTED_SOFT, RESERVED). Channels in byte order of their codes,
 * without deleted ones and without entries that only count (stamp 0 and nothing set); the cap of
 * an unlimited one is 0. Ids have at most 48 bytes, codes CHANNEL_CODE. Returns the length. */
size_t digest_text(const struct stock_row *r, char out[DIGEST_TEXT]);
/* First 8 bytes of the SHA-256 of that text, the first one highest. */
uint64_t digest_row(const struct stock_row *r);

/* Whether the row takes part in a comparison. One that is unlimited and on sale promises nothing:
 * it may be missing on one side (a deleted object is such a row at the hub and none at the center),
 * and its counters are said again with every sale. It counts from the moment it gets a limit. */
bool digest_counts(const struct stock_row *r);

void digest_format(uint64_t digest, char out[DIGEST_HEX]); /* "c5ec05db50e1df89" */
/* 16 lower-case hex digits, else false and *out untouched. */
bool digest_parse(struct str text, uint64_t *out);

#endif
