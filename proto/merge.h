/* Merging a stock row between hub and center, so that whatever is lost, repeated or overtaken on
 * the way both end with the same row and no sale is lost (sync-protocol 1.7, 4.4 to 4.7). Pure.
 *
 * Each part of a row has one order of its own and the later value wins: the hub's counters by
 * journal position, the center's by version, registers and base by stamp. Two writes of the hub are
 * never compared by stamp: there the position decides, whatever its clock did in between.
 *
 * Up: merge_hub_event on the center's row. The center judges, once, with stamps made sane.
 * Down: merge_center_row on the hub's row. What was judged is taken; what the hub wrote since
 * stands unless a greater stamp beats it.
 *
 * A deleted object is a row whose registers were set to "unlimited, on sale" with new stamps: sales
 * on it keep counting, and nothing here needs to know.
 *
 * Texts (ids, codes) are borrowed: the merged row may point where the other one does.
 */
#ifndef PROTO_MERGE_H
#define PROTO_MERGE_H

#include "proto/row.h"

/* What a hub event can say about a row. */
enum row_part {
    PART_COUNTERS = 1u << 0, /* H, Lh */
    PART_RETURNED = 1u << 1, /* Xr, in gen_id */
    PART_USED = 1u << 2,     /* used_t of each channel named in the row */
    PART_BASE = 1u << 3,     /* id, value, h, c, which of them are final, stamp */
    PART_STATUS = 1u << 4,
    PART_PLAN = 1u << 5,       /* type, quantity, stamp */
    PART_RESTORE = 1u << 6,    /* with PART_PLAN: automatic, repeat, when */
    PART_CHANNEL = 1u << 7,    /* status, type, limit, deleted, stamp of each channel named */
    PART_SHARES = 1u << 8,     /* with PART_CHANNEL: weight and reserve too */
    PART_GEN = 1u << 9,        /* RESTORE: opens gen_id, "R:<ms>" */
    PART_NAMED = 1u << 10,     /* with PART_GEN, in STRICT: offer_n, hub_t of the offer it used */
    PART_MODE = 1u << 11,      /* MODE_ACK: mode */
    PART_OFFER_ACK = 1u << 12, /* offer_n */
    PART_STATE = 1u << 13,     /* ROW_STATE: with PART_COUNTERS, said again and not moved */
    PART_CUT = 1u << 14,       /* base_h_t, the hub's cut of the base gen_id, "R:<ms>" */
};

struct merge {
    bool changed;        /* the row is not what it was */
    bool differs;        /* at the center: the row is not what the event said, so it has to go back
                            to the hub and is no echo */
    bool full;           /* a channel found no room (STOCK_CHANNELS) and was left out */
    unsigned superseded; /* parts of the hub's that a greater stamp beat: log them SUPERSEDED */
};

/* One event's effect on one row, cumulative (D3). Lines of one order that touch the same row make
 * one effect, with the counters after the last of them. */
struct hub_effect {
    struct position at;
    int64_t at_ms; /* l of the event's hybrid clock: before or after a due time (restore_passed); it
                      counts for STAMP_AHEAD_MAX_MS ahead of the center at most */
    unsigned parts;
    uint64_t offer_n; /* PART_NAMED, PART_OFFER_ACK */
    int64_t hub_t;    /* PART_NAMED */
    /* Only what `parts` names is read, and with PART_BASE plan_stamp: of one base, the side with
     * the later plan gives the value. With PART_RETURNED gen_id: the generation in which so much
     * was returned; another one's says nothing here. */
    struct stock_row row;
};
/* At the center. A restore that opens a new generation makes the center restore too, first and at
 * its own cut; the policies' reserves are the caller's to set (shares_begin). One that opens none,
 * because that generation is open at the center already or a later one is, settles the hub's cut of
 * its own base and takes no other's place; but a later one that is still to come is taken back
 * first (restore_taken_back). While the hub's cut is provisional its events are of the generation
 * before, and so are their `used` and Xr. In STRICT the restored value is the center's: the rights
 * were counted by it. Where the RESTORE itself was put aside (dead letter), the ROW_STATE after it
 * says the cut (PART_CUT): the generation stands as the center opened it, with the largest offer,
 * and rights are granted again.
 *
 * An effect at or before the row's h_at is a repetition and changes nothing. The
 * caller gives the row its new version (c_ver). `center_ms`: l of the center's hybrid clock, for
 * merge_stamp_bounded. That clock never goes back and is never behind a stamp that the center gave
 * (merge_stamp_after): else a wall clock set back makes a count lose to one that it had seen. It
 * need not take in the hubs' stamps, and must not: of a hub whose clock is wild each event would
 * move it, and with it the next bound, by another STAMP_AHEAD_MAX_MS. */
struct merge merge_hub_event(struct stock_row *row, const struct hub_effect *e, int64_t center_ms);

/* At the hub. The due time at which it has to restore (restore_hub, with its own event and cut)
 * before it merges that row, because the center is in that generation and the hub is not; 0: it has
 * not. */
int64_t merge_restore_due(const struct stock_row *mine, const struct stock_row *theirs);
/* At the hub, before that. Its clock was ahead, it has restored again at an earlier due time, and
 * the center has heard of the first restore alone: what the row says of that generation, which is
 * still to come at now_ms, it will take back (restore_taken_back), so it is put out of the row. */
void merge_taken_back(const struct stock_row *mine, struct stock_row *theirs, int64_t now_ms);
/* At the hub, after that. `theirs`: the row as the center sent it, c_ver = its `over`, h_at = its
 * H_at. Ignored unless `over` is above the one merged last (set c_ver to 0 first to take a
 * failed-over center's row). What is the hub's alone stays: Lh, name, step, runtime reserves, `at`,
 * alerts, the mode in force, offers; H, Xr and its channels' used too, unless the center knows a
 * later position (a box that took over).
 *
 * Generations: while the hub's own RESTORE is on its way its generation stands; then the center's
 * does, also where it is an older one (it refused the RESTORE) or a takeover's; but not one of
 * before a restore that both had done: that is an image, which will come to it. Rights of another
 * generation, or of before the hub acknowledged the mode, mean nothing, and neither does what the
 * center's channels used in another one. A write
 * whose event the center refused (dead letter) counts as judged once H_at has passed it, which the
 * ROW_STATE after the refusal brings about. */
struct merge merge_center_row(struct stock_row *mine, const struct stock_row *theirs);

/* ---- stamps ---- */

#define STAMP_AHEAD_MAX_MS 300000 /* sync-protocol 3.3: what a hub's clock may be ahead */
/* A hub's stamp as the center keeps it: not further ahead of the center than that; a timer's, by
 * which a hub has restored ahead of the center, not at all, so that whatever somebody says after
 * the restore is later than it. Those of the center itself pass. */
struct stamp merge_stamp_bounded(struct stamp s, int64_t center_ms);
/* The stamp of a write that replaces `seen`: at `now`, and after it in any case. */
struct stamp merge_stamp_after(struct stamp seen, struct hlc now, enum origin origin);

#endif
