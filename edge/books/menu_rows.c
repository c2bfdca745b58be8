#include "edge/books/menu_rows.h"

#include <assert.h>

#define KEY_ID 1 /* where the id begins: after the kind */

struct key menu_key(enum menu_kind kind, uint64_t id)
{
    struct key k;
    k.n = 0;
    key_add_u8(&k, (uint8_t)kind);
    key_add_u64(&k, id);
    return k;
}

enum menu_kind menu_key_kind(struct bytes key)
{
    return *(const uint8_t *)key.p;
}

uint64_t menu_key_id(struct bytes key)
{
    return key_get_u64((const uint8_t *)key.p + KEY_ID);
}

void menu_head_fields(struct pack *p, struct menu_head *h)
{
    pack_u64(p, &h->rev);
    pack_str(p, &h->currency, MENU_CURRENCY);
    pack_u8(p, &h->decimals);
    pack_u32(p, &h->items);
    pack_u32(p, &h->spus);
    pack_u32(p, &h->groups);
    pack_u32(p, &h->at.epoch);
    pack_u64(p, &h->at.seq);
}

void menu_word_fields(struct pack *p, struct str *word)
{
    pack_str(p, word, LIMIT_NAME);
}

void menu_spu_fields(struct pack *p, struct menu_spu *s)
{
    pack_str(p, &s->name, LIMIT_NAME);
    pack_str(p, &s->category, LIMIT_NAME);
}

/* A channel added since the row was written has the common price. */
static void channel_prices(struct pack *p, int64_t prices[CHANNEL_COUNT])
{
    uint16_t n = CHANNEL_COUNT;
    pack_count(p, &n, CHANNEL_COUNT);
    for (uint16_t i = 0; i < n; i++)
        pack_i64(p, &prices[i]);
    for (uint16_t i = n; i < CHANNEL_COUNT; i++)
        prices[i] = -1;
}

static void part_fields(struct pack *p, struct menu_part *part)
{
    pack_i64(p, &part->object_id);
    pack_i64(p, &part->qty_t);
    pack_i64(p, &part->price_e4);
}

void menu_item_fields(struct pack *p, struct menu_item *item)
{
    pack_i64(p, &item->spu_id);
    pack_str(p, &item->name, LIMIT_NAME);
    pack_str(p, &item->tax, MENU_TAX);
    pack_str(p, &item->station, LIMIT_STATION);
    pack_i64(p, &item->price_e4);
    pack_i64(p, &item->step_t);
    channel_prices(p, item->channel_price_e4);
    pack_count(p, &item->n_groups, MENU_GROUPS);
    for (uint16_t i = 0; i < item->n_groups; i++)
        pack_i64(p, &item->groups[i]);
    pack_count(p, &item->n_parts, MENU_PARTS);
    for (uint16_t i = 0; i < item->n_parts; i++)
        part_fields(p, &item->parts[i]);
}

static void option_fields(struct pack *p, struct menu_option *option)
{
    pack_i64(p, &option->option_id);
    pack_i64(p, &option->price_e4);
    pack_i64(p, &option->object_id);
    pack_str(p, &option->name, LIMIT_NAME);
}

void menu_group_fields(struct pack *p, struct menu_group *g)
{
    pack_str(p, &g->name, LIMIT_NAME);
    pack_u16(p, &g->min);
    pack_u16(p, &g->max);
    pack_count(p, &g->n_options, MENU_OPTIONS);
    for (uint16_t i = 0; i < g->n_options; i++)
        option_fields(p, &g->options[i]);
}

static bool row_open(struct txn *txn, const struct key *key, struct pack *p)
{
    struct bytes value;
    if (!txn_get(txn, TABLE_MENU, key_bytes(key), &value))
        return false;
    pack_reader(p, value.p, value.n);
    return true;
}

static bool row_close(struct txn *txn, const struct key *key, const struct pack *p)
{
    if (!pack_done(p))
        txn_set_bad(txn, TABLE_MENU, key_bytes(key));
    return pack_done(p);
}

bool menu_item_load(struct txn *txn, int64_t object_id, struct menu_item *out)
{
    struct key key = menu_key(MENU_ITEM, (uint64_t)object_id);
    struct pack p;
    if (!row_open(txn, &key, &p))
        return false;
    out->object_id = object_id;
    menu_item_fields(&p, out);
    return row_close(txn, &key, &p);
}

bool menu_group_load(struct txn *txn, int64_t group_id, struct menu_group *out)
{
    struct key key = menu_key(MENU_GROUP, (uint64_t)group_id);
    struct pack p;
    if (!row_open(txn, &key, &p))
        return false;
    out->id = group_id;
    menu_group_fields(&p, out);
    return row_close(txn, &key, &p);
}

bool menu_spu_load(struct txn *txn, int64_t spu_id, struct menu_spu *out)
{
    struct key key = menu_key(MENU_SPU, (uint64_t)spu_id);
    struct pack p;
    if (!row_open(txn, &key, &p))
        return false;
    out->id = spu_id;
    menu_spu_fields(&p, out);
    return row_close(txn, &key, &p);
}

bool menu_station_load(struct txn *txn, uint32_t index, struct str *out)
{
    struct key key = menu_key(MENU_STATION, index);
    struct pack p;
    if (!row_open(txn, &key, &p))
        return false;
    menu_word_fields(&p, out);
    return row_close(txn, &key, &p);
}

bool menu_head_load(struct txn *txn, struct menu_head *out)
{
    struct key key = menu_key(MENU_HEAD, 0);
    struct pack p;
    *out = (struct menu_head){.currency = STR(""), .decimals = 2};
    if (!row_open(txn, &key, &p))
        return false;
    menu_head_fields(&p, out);
    return row_close(txn, &key, &p);
}

void menu_head_save(struct txn *txn, const struct menu_head *head)
{
    struct key key = menu_key(MENU_HEAD, 0);
    struct menu_head copy = *head;
    uint8_t buf[64];
    struct pack p;
    pack_writer(&p, buf, sizeof buf);
    menu_head_fields(&p, &copy);
    assert(pack_ok(&p));
    txn_put(txn, TABLE_MENU, key_bytes(&key), (struct bytes){buf, p.at});
}

bool menu_step_fits(struct txn *txn, int64_t object_id, int64_t qty_t)
{
    struct menu_item item;
    return !menu_item_load(txn, object_id, &item) || item.step_t <= 0 || qty_t % item.step_t == 0;
}

int64_t menu_price(const struct menu_item *item, enum channel c)
{
    bool own = (size_t)c < CHANNEL_COUNT && item->channel_price_e4[c] >= 0;
    return own ? item->channel_price_e4[c] : item->price_e4;
}
