/* What a merchant asks of one stock row: the body of POST /api/v1/poi/stock/update, read and
 * checked as far as it can be without the row. Members that are missing stay as they are.
 */
#ifndef TOOLS_PRODUCT_CENTER_STOCK_WISH_H
#define TOOLS_PRODUCT_CENTER_STOCK_WISH_H

#include "proto/field.h"
#include "proto/oversell.h"
#include "proto/shares.h"

#define REBALANCE_S_MAX 86400 /* a share that is not lent out for a day is WEIGHTED_HARD */

/* An instant, or a time of day by the store's clock. */
struct wish_time {
    bool there;
    int32_t minute; /* of the day, 0..1439; -1: at_ms counts */
    int64_t at_ms;  /* 0: never */
};
/* Which parts of `to` the body has. */
struct wish_channel {
    struct stock_channel to;
    bool has_status, has_type, has_limit, has_weight, has_reserve;
};
struct stock_wish {
    struct str brand, poi;
    struct object object;
    bool has_status, has_type, has_plan, has_restore, has_daily, deleted;
    bool has_real, has_adjust, has_recall;
    uint32_t status, type, restore; /* restore: auto_restore_type */
    bool daily;
    int64_t plan_t, real_t, adjust_t, recall_t;
    struct wish_time restore_at;
    bool has_mode, has_policy, has_rebalance, has_ranking;
    enum stock_mode mode;
    enum channel_policy policy;
    uint32_t rebalance_s;
    enum ranking ranking;
    struct wish_time release_at;
    struct wish_channel channels[STOCK_CHANNELS];
    uint16_t n_channels;
};
/* CODE_OK, or 1010 or 1007 with the field's path. Texts are borrowed from `v` or in the arena. */
enum code stock_wish_decode(const struct json *v, struct arena *arena, struct stock_wish *out,
                            char path[FIELD_PATH]);

#endif
