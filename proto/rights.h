/* Selling rights (STRICT, sync-protocol 5.5) and the generations they live in (1.7). Pure; hub and
 * center reckon with the same code. Quantities in tenths.
 *
 *   Rh = Gr - Xr + (H - base.h) - Lh                  the hub sells while Rh >= need
 *   Rc = base.value - Gr + Xr + (C - base.c) - Lc     the center sells while Rc >= need
 *   Rh + Rc = real - L
 *
 * Each counter has one writer and only grows inside a generation, so each side that reckons with an
 * old value of the other's reckons with less than it has. After O'Neil 1986 (escrow), Barbara and
 * Garcia-Molina 1991 (demarcation: shrink, be acknowledged, then let the other grow) and Balegas et
 * al. 2015 (bounded counters).
 */
#ifndef PROTO_RIGHTS_H
#define PROTO_RIGHTS_H

#include "proto/row.h"

int64_t rights_hub(const struct stock_row *r);    /* Rh, below 0: a deficit */
int64_t rights_center(const struct stock_row *r); /* Rc */
/* Rh, as far as the hub may sell by it: what comes free while rights are presumed sold (a
 * reservation of the lost box that ends) is nobody's before the count. None before the center has
 * answered MODE_ACK: it is LOOSE until then and may set another base. Nor is what the center has
 * sold beyond its own, as it may while the object is unlimited: a count that sets a limit again
 * makes up for it at the hub. (While the center's cut is not known its counter says nothing.) */
int64_t rights_usable(const struct stock_row *r);
bool rights_strict(const struct stock_row *r); /* STRICT is in force on a limited row */
/* The hub has said MODE_ACK, or a count after a takeover: until its center has answered that, the
 * center is where it was, and the hub sells nothing, however often it restores meanwhile: in those
 * generations too the center may sell all. A RESTORE of the hub's own needs no answer. */
bool rights_awaited(const struct stock_row *r);

/* The hub's part of total_t by the weights of its channels against the center's: LR in the row's
 * steps. No weight above 0: nothing, the center hands out what is asked for. */
int64_t rights_split(const struct stock_row *r, int64_t total_t);

/* ---- the hub ---- */

/* What the hub should ask for now, a multiple of the step; 0: nothing. It asks below
 * max(step, 20 % of Gr) for as much again, and for its share by weights of what both have left
 * (unless it gave some back: somebody wanted that), and for what a refused sale of need_t (0: none)
 * lacked; not while it waits to hear what it has (gr_op). */
int64_t rights_want(const struct stock_row *r, int64_t need_t);
/* Gives back min(asked_t, Rh), by Xr; returns how much, 0 when there is nothing. */
int64_t rights_return(struct stock_row *r, int64_t asked_t);
/* What is to be in force: the center's wish, and STRICT only on what is counted. Where the hub's
 * journal says otherwise a MODE_ACK is due. So each way from unlimited to limited is a switch from
 * LOOSE to STRICT: what the center sold meanwhile it alone knows, and it sells on without a limit
 * until it hears of one. At the center a row may be unlimited with STRICT in force, until the hub
 * has heard of that: there the hub sells by its rights, and generations open with its offers. */
enum stock_mode rights_mode_due(const struct stock_row *r);
/* The hub's journal says MODE_ACK at `at`: rights_mode_due is in force. In STRICT there are no
 * rights (Rh = 0) until the center's answer to that event. */
void rights_ack_mode(struct stock_row *r, struct position at);
/* Offers that arrive; true: it is new and was taken, so it is to be acknowledged. One that has no
 * room is not taken and will come again. Those that cannot be used any more are dropped. */
bool rights_take_offer(struct stock_row *r, const struct offer *o);
/* The newest one received with from <= due; NULL: none, the hub's part is 0. */
const struct offer *rights_offer_at(const struct stock_row *r, int64_t due_ms);
/* This box's store was lost or went back: whatever it may have sold is taken for sold. Rh becomes 0
 * where it was above, real shrinks by as much and presumed_t grows by it; a cut that the box has
 * not told of stays what was heard last. Both sides do it, the center with Lh 0: what was locked
 * may have come free, and been sold, unheard. */
void rights_presume(struct stock_row *r);

/* ---- the center ---- */

/* Whether rights may be granted: STRICT in force, the hub's cut of this generation is known, and
 * nothing is presumed sold. */
bool rights_grantable(const struct stock_row *r);
/* Grants min(want, floor(Rc / 2) to the step) and returns it; 0: nothing changed. */
int64_t rights_grant(struct stock_row *r, int64_t want_t);
/* A deficit of the hub's is met as far as Rc goes; returns how far. */
int64_t rights_cover(struct stock_row *r);
/* MODE_ACK was merged: `mode` is in force from that state on; STRICT begins with the hub's part of
 * what is left. A hub that has yet to restore, where the center has (its cut is not known), begins
 * with nothing: it will use no offer, and what came in before its cut is not of this generation.
 * Where the mode is in force already, because the MODE_ACK between was put aside, the rights stay
 * what they are: they add up to what is left whatever the hub has sold. */
void rights_mode_acked(struct stock_row *r, enum stock_mode mode);
/* An offer for the due times from from_ms on, if the split is another than that of the newest one
 * made; false: none is needed, or OFFERS wait already. from_ms must be after any due time restored
 * or seen restored (row.restored_ms). */
bool rights_make_offer(struct stock_row *r, int64_t from_ms);
void rights_offer_acked(struct stock_row *r, uint64_t n);
/* The box that took over has said its counters: what it holds open itself is not lost, and so not
 * presumed sold. True: something changed. */
bool rights_held(struct stock_row *r);
/* A sale of the lost box came to light (salvage): as far as it was presumed it changes nothing.
 * Returns how much of q_t was; the caller takes all of q_t from C. */
int64_t rights_unpresume(struct stock_row *r, int64_t q_t);
/* The count after a takeover: generation "T:<epoch>" with base {v, H, C}, the hub's part by LR of
 * v - Lc. gen_id is borrowed. */
void rights_takeover_count(struct stock_row *r, struct str gen_id, int64_t v_t);

/* ---- restore, both modes ---- */

/* So far ahead a hub's clock may be when it restores: the center follows it, and the due time is
 * done on both sides. What is restored further ahead was restored by a wild clock: the center
 * refuses it (CLOCK_AHEAD), the hub forgets it when it finds out, and a row in STRICT waits. */
#define RESTORE_AHEAD_MS (48LL * 3600 * 1000)

#define RESTORE_ID 24 /* "R:<ms>" and a NUL */
size_t restore_id(int64_t due_ms, char out[RESTORE_ID]);
/* The due time of "R:<ms>"; -1: another id. */
int64_t restore_ms(struct str gen_id);
/* The hub restores at its cut: base {id, plan, H - Lh, C - Lc}, status on sale, stamps (due, 0,
 * timer) where they win, a new generation, used 0, Xr 0; STRICT: Gr as offered (the plan is the
 * offer's), 0 without an offer, and while rights_awaited. `at` is the position of the RESTORE
 * event. `id` (restore_id) is borrowed. Returns the offer's n, 0: none. */
uint64_t restore_hub(struct stock_row *r, int64_t due_ms, struct str id, struct position at);
/* The center restores at its own cut: the h part stays provisional (last seen H - Lh). STRICT: of
 * the offers that the hub may use at due_ms the largest counts as granted. Nothing when that
 * generation, or a later one, is open already. */
void restore_center(struct stock_row *r, int64_t due_ms, struct str id);
/* At the center, before that, for a RESTORE of the hub at due_ms: it comes after one of a later due
 * time that is still to come now, so the hub has found out since that its clock was ahead. That
 * restore is taken back, and is due again when its time comes. */
void restore_taken_back(struct stock_row *r, int64_t due_ms, int64_t now_ms);
/* The hub's RESTORE was merged (its cut is in the base already): STRICT has Gr as named exactly,
 * and what the hub may not use is the center's, as far as it was planned. Offers before the named
 * one are over. */
void restore_named(struct stock_row *r, uint64_t offer_n, int64_t hub_t);
/* At the center, before and after the counters of any event on the row are taken, while the hub's
 * cut is provisional: an event of before the due time moves the cut with it, one of after it makes
 * it final. In STRICT only the RESTORE itself does: an event's hybrid clock may be past the due
 * time while the hub's wall clock is not, and what it sells then it sells by its old rights. */
void restore_passed(struct stock_row *r, int64_t event_ms);

#endif
