/* One stock row: the components of sync-protocol 1.2 in their final shape, and what follows from
 * them. Quantities in tenths.
 */
#ifndef BOOKS_STOCK_H
#define BOOKS_STOCK_H

#include "proto/avail.h"
#include "proto/hlc.h"
#include "proto/pack.h"
#include "storage/store.h"

enum stock_status { STATUS_ON_SALE = 1, STATUS_SOLD_OUT = 2 };
enum stock_type { STOCK_UNLIMITED = 1, STOCK_LIMITED = 2 };
enum stock_mode { MODE_LOOSE = 0, MODE_STRICT = 1 };
enum channel_policy {
    POLICY_SHARED = 0,
    POLICY_CAPPED,
    POLICY_WEIGHTED_HARD,
    POLICY_WEIGHTED_SOFT,
    POLICY_RESERVED
};

#define STOCK_CHANNELS 16
#define CHANNEL_CODE   16
struct stock_channel {
    struct str code; /* "POS"; codes of third parties too */
    enum stock_status status;
    enum stock_type type;                    /* 2: limit_t counts */
    int64_t limit_t, reserve_t, used_t, m_t; /* m: runtime reserve */
    uint32_t weight;
    bool deleted;
    struct stamp stamp;
};
struct stock_row {
    struct object object;
    struct str name; /* of the menu, for screens */
    /* registers, each with its stamp */
    enum stock_status status;
    struct stamp status_stamp;
    enum stock_type type;
    int64_t plan_t, step_t;
    uint8_t auto_restore, repeat; /* 1 automatic, 2 none; 0 once, 1 daily */
    int64_t restore_at_ms;
    struct stamp plan_stamp;
    enum stock_mode mode;
    enum channel_policy policy;
    uint32_t rebalance_s;
    int64_t release_at_ms;
    uint8_t ranking;
    struct stamp policy_stamp;
    /* counters */
    struct str base_id;
    int64_t base_t, base_h_t, base_c_t;
    bool base_hf, base_cf; /* the h and the c part are final */
    struct stamp base_stamp;
    int64_t h_t, lh_t, xr_t;
    struct position h_at;
    int64_t c_t, lc_t, gr_t;
    uint64_t c_ver;
    uint32_t gen;      /* rises with each new generation */
    struct str gen_id; /* "" before the first, "R:<ms>", "T:<epoch>" */
    bool short_alerted;
    struct position at; /* journal position of the last event on this row */
    struct stock_channel channels[STOCK_CHANNELS];
    uint16_t n_channels;
};
#define STOCK_BYTES 2048 /* packed */

void stock_fields(struct pack *p, struct stock_row *r);
struct key stock_key(struct object object);
/* A missing row is unlimited and on sale: *out is then that, and the result false. */
bool stock_load(struct txn *txn, struct object object, struct stock_row *out);
void stock_save(struct txn *txn, const struct stock_row *r);
bool stock_unpack(struct bytes packed, struct stock_row *out);

int64_t stock_real(const struct stock_row *r);
int64_t stock_locked(const struct stock_row *r); /* L = Lh + Lc */
/* T, or AVAIL_INFINITE for an unlimited row. STRICT: Rh (sync-protocol 1.3). */
int64_t stock_total(const struct stock_row *r);
int64_t stock_short(const struct stock_row *r); /* max(0, L - real) of a limited row */
/* What the channel may still sell; 0 when the row or the channel is closed; AVAIL_INFINITE. */
int64_t stock_avail(const struct stock_row *r, enum channel c);
/* The cap part alone: k_c - used_c, AVAIL_INFINITE without one. */
int64_t stock_channel_room(const struct stock_row *r, enum channel c);
bool stock_channel_open(const struct stock_row *r, enum channel c);
/* "Unlimited, on sale": nothing is retained for such a row. */
bool stock_is_plain(const struct stock_row *r);
/* The channel's entry; made when missing (NULL only when the row is full). */
struct stock_channel *stock_channel(struct stock_row *r, enum channel c);
const struct stock_channel *stock_channel_find(const struct stock_row *r, enum channel c);

#endif
