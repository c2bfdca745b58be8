#include "sync/push_read.h"

#include <stdlib.h>

#define ORDER_BYTES (1024 * 1024) /* an order of one message, decoded */

const char *push_refusal_name(enum push_refusal refusal)
{
    static const char *const NAMES[] = {
#define X(e, name) name,
        PUSH_REFUSAL_LIST(X)
#undef X
            "none"};
    return NAMES[refusal];
}

static enum push_refusal read_head(struct push_letter *l)
{
    struct cloud_head head;
    char path[FIELD_PATH];
    if (cloud_head_decode(l->doc, &head, path) != CODE_OK)
        return PUSH_MALFORMED;
    l->head = true;
    l->ver = head.ver;
    l->center_epoch = head.center_epoch;
    l->hlc = head.hlc;
    return PUSH_REFUSAL_COUNT;
}

static enum push_refusal read_data(struct push_letter *l, const struct json *data)
{
    char path[FIELD_PATH];
    bool good = true;
    switch (l->kind) {
    case CLOUD_ITEM_STOCK:
        good = cloud_row_decode(data, &l->row, path) == CODE_OK && l->row.has_x;
        l->row.over = l->ver;
        break;
    case CLOUD_ITEM_ORDER:
        good = cloud_order_decode(data, &l->arena, &l->order, path) == CODE_OK;
        l->order.over = l->ver;
        break;
    case CLOUD_ITEM_OVERSELL:
        good = cloud_case_decode(data, &l->arena, &l->found, path) == CODE_OK;
        l->found.over = l->ver;
        break;
    case CLOUD_ITEM_UNKNOWN:
        break;
    }
    return good ? PUSH_REFUSAL_COUNT : PUSH_MALFORMED;
}

static enum push_refusal read_down(struct push_letter *l, const struct store_identity *store)
{
    struct cloud_push push;
    char path[FIELD_PATH];
    if (cloud_push_decode(l->doc, &l->arena, &push, path) != CODE_OK)
        return PUSH_MALFORMED;
    if (!str_eq(push.brand_id, store->brand_id) || !str_eq(push.poi_id, store->poi_id))
        return PUSH_FOREIGN;
    if (push.ver == 0)
        return PUSH_UNVERSIONED;
    l->kind = push.kind;
    l->prev_ver = push.prev_ver;
    l->ver = push.ver;
    l->center_epoch = push.center_epoch;
    l->hlc = push.hlc;
    return read_data(l, push.data);
}

static enum push_refusal read_leaf(struct push_letter *l, const struct store_identity *store,
                                   struct str leaf)
{
    if (!l->doc)
        return PUSH_MALFORMED;
    if (str_eq(leaf, STR("head")))
        return read_head(l);
    return str_eq(leaf, STR("down")) ? read_down(l, store) : PUSH_FOREIGN;
}

struct push_letter *push_read(const struct store_identity *store, struct str leaf,
                              struct str payload, enum push_refusal *refusal)
{
    *refusal = payload.n > LIMIT_PACKET_BYTES ? PUSH_OVERSIZED : PUSH_NO_ROOM;
    struct push_letter *l =
        payload.n > LIMIT_PACKET_BYTES ? NULL : calloc(1, sizeof(struct push_letter));
    if (!l)
        return NULL;
    arena_init(&l->arena, ORDER_BYTES);
    l->doc = json_parse(payload.p, payload.n, &JSON_PUSH, NULL);
    *refusal = read_leaf(l, store, leaf);
    if (*refusal == PUSH_REFUSAL_COUNT)
        return l;
    push_letter_free(l);
    return NULL;
}

void push_letter_free(struct push_letter *letter)
{
    if (!letter)
        return;
    json_free(letter->doc);
    arena_free(&letter->arena);
    free(letter);
}
