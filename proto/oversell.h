/* Oversell: how much more was promised than there is, and whose order is short of it (sync-protocol
 * 5.1, 5.3, 5.4). The center opens cases with it, the hub warns its staff with it, and both must
 * name the same orders. Quantities in tenths.
 */
#ifndef PROTO_OVERSELL_H
#define PROTO_OVERSELL_H

#include "proto/row.h"

/* ---- how much ---- */

struct oversell {
    int64_t confirmed_t; /* sold and not there: max(0, -real). More than 0 makes a case */
    int64_t at_risk_t;   /* more that will be missing if all that is locked gets paid */
};
/* Both 0 for an unlimited row. Complete and sound when everything up to the cut is merged. */
struct oversell oversell_of(const struct stock_row *r);

#define OVERSELL_CASE_ID 128
/* "ov:{poi}:{type}:{id}:{gen}", the same on both sides; two finds of one id are one case. Returns
 * the length; poi has at most 32 bytes. */
size_t oversell_case_id(struct str poi, const struct stock_row *r, char out[OVERSELL_CASE_ID]);

/* ---- whose ---- */

/*  X(enum, wire name); the number is what stands in stock_row.ranking */
#define RANKING_LIST(X)                                                                            \
    X(RANKING_STORE_FIRST, "STORE_FIRST")                                                          \
    X(RANKING_FIRST_COME, "FIRST_COME")                                                            \
    X(RANKING_ONLINE_FIRST, "ONLINE_FIRST")
enum ranking {
#define X(e, name) e,
    RANKING_LIST(X)
#undef X
        RANKING_COUNT
};
const char *ranking_name(enum ranking v); /* "?" outside the list */
bool ranking_parse(struct str name, enum ranking *out);

enum claim_side { SIDE_STORE, SIDE_ONLINE };
/* One order line's hold on the row: what is LOCKED, or DEDUCTED and not restocked, and not covered
 * by the base. The caller collects them. */
struct claim {
    enum claim_side side;
    struct str order_id; /* borrowed */
    uint32_t line;       /* several lines of one order are several claims */
    struct hlc hlc;
    int64_t q_t;
    bool served, deducted;
    bool suspect;    /* its clock was */
    bool overridden; /* sold past the rights, by a manager */
    bool salvaged;   /* from the journal of a fenced box */
    bool waived;     /* resolved by accepting it */
    struct str wish; /* what the store alone can do and shall: "REFUND", "SUBSTITUTE"; else empty */
    int64_t short_t; /* out */
    uint8_t place;   /* out: the lower, the earlier it is served from the supply */
};
/* What there is for these claims: real, and what the paid ones already took from it. It equals
 * base.value + receipts since. Below 0 when more was wasted than there was. */
int64_t oversell_supply(const struct stock_row *r, const struct claim *claims, size_t n);
/* The ranking in force: FIRST_COME falls back to STORE_FIRST when a claim's clock is suspect
 * (order_confidence low), and so does a number outside the list. */
enum ranking oversell_ranking(const struct claim *claims, size_t n, unsigned asked);
bool oversell_confident(const struct claim *claims, size_t n); /* false: order_confidence low */
/* Hands out supply_t by (served, DEDUCTED before LOCKED, ranking in force, HLC, order id, line) and
 * leaves the claims in HLC order, as a report lists them. Any order in gives the same out. */
void oversell_assign(struct claim *claims, size_t n, unsigned asked, int64_t supply_t);

/*  X(enum, wire name) */
#define OVERSELL_CAUSE_LIST(X)                                                                     \
    X(CAUSE_PARTITION, "PARTITION") /* both sides sold the same */                                 \
    X(CAUSE_SHRINK, "SHRINK")       /* a count or waste went below what was promised */            \
    X(CAUSE_OVERRIDE, "OVERRIDE")                                                                  \
    X(CAUSE_SALVAGE, "SALVAGE")
enum oversell_cause {
#define X(e, name) e,
    OVERSELL_CAUSE_LIST(X)
#undef X
        OVERSELL_CAUSE_COUNT
};
const char *oversell_cause_name(enum oversell_cause v);
/* SALVAGE and OVERRIDE where a claim says so; PARTITION where both sides sold and it is more than
 * the row's base, which in STRICT they cannot; else SHRINK. */
enum oversell_cause oversell_cause(const struct stock_row *r, const struct claim *claims, size_t n);

/* ---- until when ---- */

/*  X(enum, wire name) */
#define CASE_STATE_LIST(X)                                                                         \
    X(CASE_PROVISIONAL, "PROVISIONAL") /* the hub may still hold a receipt */                      \
    X(CASE_OPEN, "OPEN")                                                                           \
    X(CASE_COVERED, "COVERED") /* enough arrived before anybody acted */                           \
    X(CASE_CLOSED, "CLOSED")
enum case_state {
#define X(e, name) e,
    CASE_STATE_LIST(X)
#undef X
        CASE_STATE_COUNT
};
const char *case_state_name(enum case_state v);
/* Of a case that was opened; derived from the numbers, so a later shortage opens it again. The
 * claims are assigned. `drained`: nothing of the hub is on its way (head = acked). `acted`: staff
 * or policy resolved a claim of it. */
enum case_state oversell_state(const struct stock_row *r, const struct claim *claims, size_t n,
                               bool drained, bool acted);

#endif
