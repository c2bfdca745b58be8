/* Replacing the menu: every element is decoded once to check it, and when all of them are good,
 * decoded again to write it. Decoding is the only judge, so the second time cannot refuse.
 */
#include "edge/books/menu_doc.h"
#include "storage/peek.h"

#include <assert.h>
#include <string.h>

#define INDEX_BYTES (64 * 1024 * 1024) /* the import's token limit allows about 250,000 ids */

typedef bool element(struct menu_doc *d, const struct json *v);

static bool each(struct menu_doc *d, const char *section, element *fn)
{
    const struct json *list = json_get(d->doc, section);
    d->section = section;
    d->inner = NULL;
    d->index = 0;
    for (const struct json *v = menu_list_first(list); v; v = json_next(v), d->index++) {
        if (!fn(d, v))
            return false;
    }
    return true;
}

static bool spu_check(struct menu_doc *d, const struct json *v)
{
    struct menu_spu spu;
    return menu_read_spu(d, v, &spu);
}

static bool item_check(struct menu_doc *d, const struct json *v)
{
    struct menu_item item;
    return menu_read_item(d, v, &item);
}

static bool group_check(struct menu_doc *d, const struct json *v)
{
    struct menu_group group;
    return menu_read_group(d, v, &group);
}

static bool combo_check(struct menu_doc *d, const struct json *v)
{
    struct menu_item item;
    item.n_parts = 0;
    return menu_read_combo(d, v, &item);
}

static bool currency_read(struct menu_doc *d, struct menu_head *out)
{
    const struct json *m = json_get(d->doc, "decimals");
    int64_t decimals = 2;
    if (!menu_want_text(d, d->doc, "currency", MENU_CURRENCY, &out->currency))
        return false;
    for (size_t i = 0; i < out->currency.n; i++) {
        if (out->currency.p[i] < 'A' || out->currency.p[i] > 'Z')
            return menu_refuse(d, "currency", "not a currency code");
    }
    if (out->currency.n != MENU_CURRENCY)
        return menu_refuse(d, "currency", "not a currency code");
    if (m && (!json_integer(m, &decimals) || decimals < 0 || decimals > 4))
        return menu_refuse(d, "decimals", "not 0 to 4");
    out->decimals = (uint8_t)decimals;
    return true;
}

static bool import_check(struct menu_doc *d, struct menu_head *head)
{
    static const char *const KNOWN[] = {"$schema",  "req_id",     "rev",      "currency",
                                        "decimals", "categories", "stations", "spus",
                                        "items",    "groups",     "combos",   NULL};
    if (!menu_known_fields(d, d->doc, KNOWN) || !currency_read(d, head) || !menu_index_document(d))
        return false;
    d->section = d->inner = NULL;
    if (d->items.n == 0)
        return menu_refuse(d, "items", "missing");
    return each(d, "spus", spu_check) && each(d, "items", item_check) &&
           each(d, "groups", group_check) && each(d, "combos", combo_check);
}

/* A row that stays the same is not written again: an import of a few new prices then dirties only
 * a few pages. */
static void row_put(struct menu_doc *d, enum menu_kind kind, uint64_t id, const struct pack *p)
{
    struct key key = menu_key(kind, id);
    struct bytes value = {p->w, p->at}, old;
    assert(pack_ok(p));
    bool same = txn_peek(d->txn, TABLE_MENU, key_bytes(&key), &old) && old.n == value.n &&
                memcmp(old.p, value.p, value.n) == 0;
    if (!same)
        txn_put(d->txn, TABLE_MENU, key_bytes(&key), value);
}

static void words_write(struct menu_doc *d, enum menu_kind kind, const struct menu_words *words)
{
    for (size_t i = 0; i < words->n; i++) {
        uint8_t buf[LIMIT_NAME + 8];
        struct str word = words->list[i];
        struct pack p;
        pack_writer(&p, buf, sizeof buf);
        menu_word_fields(&p, &word);
        row_put(d, kind, i, &p);
    }
}

static bool spu_write(struct menu_doc *d, const struct json *v)
{
    uint8_t buf[2 * LIMIT_NAME + 8];
    struct menu_spu spu;
    struct pack p;
    bool good = menu_read_spu(d, v, &spu);
    assert(good);
    pack_writer(&p, buf, sizeof buf);
    menu_spu_fields(&p, &spu);
    row_put(d, MENU_SPU, (uint64_t)spu.id, &p);
    return good;
}

static bool item_write(struct menu_doc *d, const struct json *v)
{
    uint8_t buf[MENU_ROW_BYTES];
    struct menu_item item;
    struct pack p;
    bool good = menu_read_item(d, v, &item);
    const struct menu_entry *combo = menu_index_find(&d->combos, item.object_id);
    good = good && (!combo || menu_read_combo(d, combo->v, &item));
    assert(good);
    pack_writer(&p, buf, sizeof buf);
    menu_item_fields(&p, &item);
    row_put(d, MENU_ITEM, (uint64_t)item.object_id, &p);
    return good;
}

static bool group_write(struct menu_doc *d, const struct json *v)
{
    uint8_t buf[MENU_ROW_BYTES];
    struct menu_group group;
    struct pack p;
    bool good = menu_read_group(d, v, &group);
    assert(good);
    pack_writer(&p, buf, sizeof buf);
    menu_group_fields(&p, &group);
    row_put(d, MENU_GROUP, (uint64_t)group.id, &p);
    return good;
}

static bool row_stays(const struct menu_doc *d, struct bytes key)
{
    uint64_t id = menu_key_id(key);
    switch (menu_key_kind(key)) {
    case MENU_HEAD:
        return true;
    case MENU_CATEGORY:
        return id < d->categories.n;
    case MENU_STATION:
        return id < d->stations.n;
    case MENU_SPU:
        return menu_index_find(&d->spus, (int64_t)id);
    case MENU_ITEM:
        return menu_index_find(&d->items, (int64_t)id);
    case MENU_GROUP:
        return menu_index_find(&d->groups, (int64_t)id);
    }
    return false;
}

static void vanished_delete(struct menu_doc *d)
{
    struct scan s = scan_begin(d->txn, TABLE_MENU, (struct bytes){NULL, 0}, false);
    s.skip_bad = true;
    while (scan_next(&s)) {
        if (!row_stays(d, s.key))
            scan_del(&s);
    }
    scan_end(&s);
}

static void import_write(struct menu_doc *d)
{
    vanished_delete(d);
    words_write(d, MENU_CATEGORY, &d->categories);
    words_write(d, MENU_STATION, &d->stations);
    each(d, "spus", spu_write);
    each(d, "items", item_write);
    each(d, "groups", group_write);
}

static enum code import_verdict(const struct menu_doc *d, bool good)
{
    if (good)
        return CODE_OK;
    return d->arena.failed ? CODE_INTERNAL : CODE_BAD_REQUEST;
}

enum code menu_import(struct txn *txn, const struct json *doc, struct menu_head *head, char *why)
{
    struct menu_doc d = {.txn = txn, .doc = doc, .why = why};
    struct menu_head old, next = {.rev = 0};
    arena_init(&d.arena, INDEX_BYTES);
    menu_head_load(txn, &old);
    bool good = import_check(&d, &next);
    if (good) {
        import_write(&d);
        next.rev = old.rev + 1;
        next.items = (uint32_t)d.items.n;
        next.spus = (uint32_t)d.spus.n;
        next.groups = (uint32_t)d.groups.n;
        next.at = head->at;
        *head = next;
    }
    enum code code = import_verdict(&d, good);
    arena_free(&d.arena);
    return code;
}
