/* Tables poi_item_stock and poi_item_channel_stock: the stock rows of one store. Read and written
 * in bulk: one statement a table, however many rows.
 */
#ifndef TOOLS_PRODUCT_CENTER_ITEM_H
#define TOOLS_PRODUCT_CENTER_ITEM_H

#include "proto/crypto.h"
#include "proto/row.h"
#include "tools/product-center/stock_cmd.h"

/* What people ask about a row. */
struct item_view {
    enum stock_status status;
    enum stock_type type;
    int64_t plan_t, real_t, locked_t, h_t, c_t;
    struct item_sharing {
        enum stock_mode mode, mode_in_force;
        enum channel_policy policy;
        uint32_t rebalance_s;
        int64_t release_at_ms;
        struct {
            struct str code;
            uint32_t weight;
            int64_t reserve_t, limit_t; /* limit_t: AVAIL_INFINITE where there is none */
        } channels[STOCK_CHANNELS];
        uint16_t n_channels; /* those that are not deleted */
    } sharing;
};
/* What is reckoned anew when a write changes it: when the row is due (change_commit), and how its
 * channels share (tools/product-center/balance.h). */
struct item_terms {
    enum stock_type type;
    enum stock_mode mode; /* in force */
    enum channel_policy policy;
    uint32_t gen;
    int64_t total_t, used_t; /* of the center; by the channels that count there */
    struct {
        uint32_t weight;
        int64_t reserve_t;
        bool deleted;
    } channels[STOCK_CHANNELS];
    uint16_t n_channels;
    uint8_t auto_restore, repeat;
    int64_t restore_at_ms, restored_ms;
};
struct item {
    int64_t id; /* 0: not stored yet */
    struct stock_row row;
    uint64_t over;         /* ver of the last change */
    int64_t updated_ms;    /* rises with every change */
    bool deleted;          /* tombstone */
    struct str legacy;     /* SHA-256 in hex of the base API body applied last; "" */
    int64_t shares_ms;     /* when the channels' reserves were shared out last, or released */
    int64_t due_ms;        /* when the row is to be restored next; 0: never */
    struct str gen_before; /* gen_id of the generation before; "" */
    struct str last_req;   /* the hub's `want` that was answered last; "" */
    struct cmds_of *cmds;  /* that wait for the hub; NULL: none can */
    /* the endpoint's */
    bool changed;            /* change_commit writes it */
    bool news;               /* the hub does not know all of it */
    bool superseded;         /* a greater stamp beat what the hub wrote */
    int64_t cmd_done;        /* the hub's commands up to that number wait no more; 0: as before */
    struct item_view was;    /* as it was read */
    struct item_terms terms; /* as they were when it was read, or reckoned last */
};
/* `items` live in the arena, their texts there or in the transaction. */
struct items {
    struct item *at;
    size_t n;
};
/* Exactly the named objects, in their order, each once; one that is not stored is plain, id 0. The
 * objects must differ. */
struct items items_load(struct call *c, const struct object *objects, size_t n);
/* The rows with over > since, by over, at most `limit` of them. `tombstones`: also deleted ones. */
struct items items_page(struct call *c, uint64_t since, size_t limit, bool tombstones);
struct item_view item_view(const struct stock_row *r);
struct item_terms item_terms(const struct stock_row *r);
struct item *items_find(const struct items *items, struct object object);
/* Writes the changed ones whole, with their channels, and gives new ones their id. */
void items_save(struct call *c, struct items *items);

#endif
