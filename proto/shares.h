/* The channel policies of a row (sync-protocol 1.5, 1.6): the runtime reserve m and the cap k of
 * each channel, by which the one formula of proto/avail decides what it may sell.
 *
 *   policy         | m at the beginning | k
 *   SHARED         | 0                  | none
 *   CAPPED         | 0                  | the channel's limit
 *   WEIGHTED_HARD  | A                  | m; none when all weights are 0 or after the release
 *   WEIGHTED_SOFT  | A                  | the channel's limit
 *   RESERVED       | its reserve        | the channel's limit
 *
 * A = LR(base, weights). A limit that somebody set always caps too, whatever the policy. In LOOSE
 * each site reckons with all channels and the one total; in STRICT each with its own channels and
 * its own rights. m is each site's own and never sent as state.
 */
#ifndef PROTO_SHARES_H
#define PROTO_SHARES_H

#include "proto/row.h"

enum site { SITE_HUB, SITE_CENTER };

#define REBALANCE_S     900 /* WEIGHTED_SOFT where the row does not say how often */
#define WEIGHT_MAX      10000
#define REBALANCE_S_MIN 60 /* more often wears the disk for nothing */

/* Whether the channel counts on that site: in STRICT only its own ones. */
bool shares_counts(const struct stock_row *r, const struct stock_channel *ch, enum site site);
/* T of that site: its rights in STRICT, else what is left of the whole; AVAIL_INFINITE. */
int64_t shares_total(const struct stock_row *r, enum site site);
/* What the channel of that code may still sell, of total_t (shares_total, or less of it): 0 when
 * the row or the channel is closed. The code need not have an entry. */
int64_t shares_avail(const struct stock_row *r, enum site site, int64_t total_t, struct str code);
/* The cap part alone: k - used, AVAIL_INFINITE without one. */
int64_t shares_room(const struct stock_row *r, enum site site, struct str code);

/* The hub's, by its own channels: T (STRICT: its rights), what a channel may still sell, and the
 * cap part alone. */
int64_t stock_total(const struct stock_row *r);
int64_t stock_avail(const struct stock_row *r, enum channel c);
int64_t stock_channel_room(const struct stock_row *r, enum channel c);
/* Of the cap, what somebody has set as its limit: not its share. */
int64_t stock_limit_room(const struct stock_row *r, enum channel c);

/* m anew, as at the beginning of a generation; to be called then, and when the policy, a weight, a
 * reserve or the mode in force changes. `released` ends. */
void shares_begin(struct stock_row *r, enum site site);
/* The release time has come in this generation: nothing is held until the next one or another
 * policy begins, whatever weights and reserves become. */
bool shares_released(const struct stock_row *r);
/* Supply has grown by so much (<= 0: it has not): WEIGHTED policies share out the growth alone. */
void shares_grow(struct stock_row *r, enum site site, int64_t growth_t);
/* After any change other than a sale of this site's: if more is reserved than is left, what is left
 * is shared out by what is unmet. True: some m changed. */
bool shares_force(struct stock_row *r, enum site site);
/* WEIGHTED_SOFT, from time to time: what is left is shared out by weight. True: some m changed. */
bool shares_rebalance(struct stock_row *r, enum site site);
/* No channel holds back any more until the next generation. True: some m changed. */
bool shares_release(struct stock_row *r, enum site site);
/* Sum of the unmet reserves, N; and whether I5 holds: every used >= 0 and N <= max(T, 0). */
int64_t shares_unmet(const struct stock_row *r, enum site site);
bool shares_sound(const struct stock_row *r, enum site site);

#endif
