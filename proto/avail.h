/* The stock arithmetic on which hub and center must agree, pure (sync-protocol 1.3 and 1.5).
 * All quantities in tenths.
 */
#ifndef PROTO_AVAIL_H
#define PROTO_AVAIL_H

#include "proto/types.h"

/* INT64_MAX / 4: "no limit", with room to add and subtract sold quantities. */
#define AVAIL_INFINITE (INT64_MAX / 4)

/* One reset point and two counters, each with a single writer (D1). */
struct real_parts {
    int64_t base_t, base_h_t, base_c_t; /* value, and what was seen of H and C when it was set */
    int64_t h_t, c_t;
};
int64_t avail_real(const struct real_parts *r); /* base + (H - base.h) + (C - base.c) */

/* What one channel is held to: reserve m, cap k (AVAIL_INFINITE if none), used. */
struct channel_share {
    int64_t reserve_t, cap_t, used_t;
};
/* avail_c = max(0, min(k_c - used_c, n_c + F)), n_d = max(0, m_d - used_d), F = T - sum n_d.
 * `shares` has one entry for each of the n channels, `c` is the one asked for. T may be
 * AVAIL_INFINITE. */
int64_t avail_channel(int64_t total_t, const struct channel_share *shares, size_t n, size_t c);

#endif
