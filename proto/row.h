/* One stock row: the components of sync-protocol 1.2, and what follows from them (1.3, 1.5). Hub
 * and center compute both with this code; what each may sell of it is in proto/shares.h. Quantities
 * in tenths.
 */
#ifndef PROTO_ROW_H
#define PROTO_ROW_H

#include "proto/avail.h"
#include "proto/hlc.h"

enum stock_status { STATUS_ON_SALE = 1, STATUS_SOLD_OUT = 2 };
enum stock_type { STOCK_UNLIMITED = 1, STOCK_LIMITED = 2 };

/*  X(enum, wire name) */
#define STOCK_MODE_LIST(X)                                                                         \
    X(MODE_LOOSE, "LOOSE")                                                                         \
    X(MODE_STRICT, "STRICT")
enum stock_mode {
#define X(e, name) e,
    STOCK_MODE_LIST(X)
#undef X
        MODE_COUNT
};

#define CHANNEL_POLICY_LIST(X)                                                                     \
    X(POLICY_SHARED, "SHARED")                                                                     \
    X(POLICY_CAPPED, "CAPPED")                                                                     \
    X(POLICY_WEIGHTED_HARD, "WEIGHTED_HARD")                                                       \
    X(POLICY_WEIGHTED_SOFT, "WEIGHTED_SOFT")                                                       \
    X(POLICY_RESERVED, "RESERVED")
enum channel_policy {
#define X(e, name) e,
    CHANNEL_POLICY_LIST(X)
#undef X
        POLICY_COUNT
};

/* Static, never NULL ("?" for a value outside the list); and back, *out untouched where the name is
 * not in it. */
const char *stock_mode_name(enum stock_mode v);
const char *channel_policy_name(enum channel_policy v);
bool stock_mode_parse(struct str name, enum stock_mode *out);
bool channel_policy_parse(struct str name, enum channel_policy *out);

/* A split agreed in advance for the generations to come (sync-protocol 5.5). */
#define OFFERS                                                                                     \
    4 /* that may wait for an answer at a time; a further one is not made, or not taken */
struct offer {
    uint64_t n;            /* rising, per row */
    int64_t hub_t, plan_t; /* the hub's part of that plan */
    int64_t from_ms;       /* the first due time that it applies to */
};

#define STOCK_CHANNELS 16
#define CHANNEL_CODE   16
struct stock_channel {
    struct str code; /* "POS"; codes of third parties too */
    enum stock_status status;
    enum stock_type type; /* 2: limit_t counts; AVAIL_INFINITE: shares the limited pool whole */
    int64_t limit_t, reserve_t, used_t, m_t; /* m: runtime reserve */
    uint32_t weight;
    bool deleted;
    struct stamp stamp;
    struct position op;
};
/* Beside each stamp stands its `op`: the hub's event that wrote this part, all zero when the center
 * did. From it the hub knows which of its own writes the center has not judged yet (proto/merge.h);
 * the center leaves it zero. */
struct stock_row {
    struct object object;
    struct str name; /* of the menu, for screens */
    /* registers, each with its stamp */
    enum stock_status status;
    struct stamp status_stamp;
    struct position status_op;
    enum stock_type type;
    int64_t plan_t, step_t;
    uint8_t auto_restore, repeat; /* 1 automatic, 2 none; 0 once, 1 daily */
    int64_t restore_at_ms;
    struct stamp plan_stamp;
    struct position plan_op;
    enum stock_mode mode;          /* as the center wants it ... */
    enum stock_mode mode_in_force; /* ... and as the hub's journal has acknowledged it (MODE_ACK) */
    enum channel_policy policy;
    uint32_t rebalance_s;  /* WEIGHTED_SOFT; 0: REBALANCE_S */
    int64_t release_at_ms; /* each day at its local time of day; 0: never */
    uint8_t ranking;
    struct stamp policy_stamp;
    /* counters */
    struct str base_id;
    int64_t base_t, base_h_t, base_c_t;
    bool base_hf, base_cf; /* the h and the c part are final */
    struct stamp base_stamp;
    struct position base_op;
    int64_t h_t, lh_t, xr_t;
    struct position h_at;
    int64_t c_t, lc_t, gr_t;
    uint64_t c_ver;    /* at the hub: `over` of the last merged row */
    uint32_t gen;      /* rises with each new generation */
    struct str gen_id; /* "" before the first, "R:<ms>", "T:<epoch>" */
    /* At the hub: its own RESTORE that opened the generation; and that, or the MODE_ACK that nobody
     * has answered, before which a Gr of the center's means nothing. All zero: its word counts. */
    struct position gen_op, gr_op;
    int64_t restored_ms; /* due time of the last restore of this side; 0: none */
    int64_t agreed_ms;   /* hub: the last one that the center has too, whatever our clock says */
    int64_t sure_ms;     /* hub: that, or a later one by a clock that was not in doubt */
    bool released;       /* this generation's reserves were released */
    int64_t presumed_t; /* rights of a lost box, taken for sold until a count (sync-protocol 5.5) */
    struct offer offers[OFFERS]; /* by n. Hub: received, while they may be used. Center: made */
    uint16_t n_offers;
    uint64_t offer_acked; /* n of the newest acknowledged; 0: none */
    uint64_t cmd_done;    /* hub: the center's last command that was carried out; it goes with H */
    bool short_alerted;
    struct position at; /* journal position of the last event on this row */
    struct stock_channel channels[STOCK_CHANNELS];
    uint16_t n_channels;
};
/* "Unlimited, on sale": what a row that is not there means. */
void stock_plain(struct object object, struct stock_row *out);

int64_t stock_real(const struct stock_row *r);   /* without what is presumed sold */
int64_t stock_locked(const struct stock_row *r); /* L = Lh + Lc */
int64_t stock_short(const struct stock_row *r);  /* max(0, L - real) of a limited row */
bool stock_channel_open(const struct stock_row *r, enum channel c);
/* "Unlimited, on sale": nothing is retained for such a row. */
bool stock_is_plain(const struct stock_row *r);
/* The channel's entry, also a deleted one, which goes on counting; made when missing (NULL only
 * when the row is full). */
struct stock_channel *stock_channel(struct stock_row *r, enum channel c);
/* NULL: none, or deleted. */
const struct stock_channel *stock_channel_find(const struct stock_row *r, enum channel c);
/* Any code, third parties' too. NULL: none. A deleted entry is found. */
struct stock_channel *stock_channel_coded(struct stock_row *r, struct str code);

#endif
