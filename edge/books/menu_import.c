/* Replacing the menu: every element is decoded once to check it, and when all of them are good,
 * decoded again to write it. Decoding is the only judge, so the second time cannot refuse.
 *
 * References need an index of all ids first; a repeated id is found while it is built. */
#include "edge/books/menu_rows.h"

#include "proto/qty.h"
#include "proto/topic.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHY_TEXT    96
#define INDEX_BYTES (64 * 1024 * 1024) /* the import's token limit allows about 250,000 ids */

struct entry {
    int64_t id;
    size_t index, inner; /* where it stands, for the path */
    const struct json *v;
};
struct index {
    struct entry *entries; /* by id */
    size_t n;
};
struct words {
    struct str list[MENU_CATEGORIES];
    size_t n;
};

struct import {
    struct txn *txn;
    const struct json *doc;
    char *why;
    struct arena arena;
    struct index spus, items, groups, options, combos;
    struct words categories, stations;
    /* where we are, for the path: section[index].inner[inner_index].field */
    const char *section, *inner;
    size_t index, inner_index;
};

/* ---- refusing ---- */

/* Always false. An empty field means the element itself. */
static bool refuse(struct import *im, const char *field, const char *reason)
{
    char at[48] = "", below[48] = "";
    if (im->section)
        snprintf(at, sizeof at, "%s[%zu]", im->section, im->index);
    if (im->inner)
        snprintf(below, sizeof below, ".%s[%zu]", im->inner, im->inner_index);
    const char *dot = im->section && *field ? "." : "";
    snprintf(im->why, WHY_TEXT, "%s%s%s%.40s: %s", at, below, dot, field, reason);
    return false;
}

static bool known_fields(struct import *im, const struct json *v, const char *const *known)
{
    if (json_kind(v) != JSON_OBJECT)
        return refuse(im, "", "not an object");
    for (const struct json *m = json_first(v); m; m = json_next(m)) {
        char name[41];
        struct str key = json_key(m);
        size_t i = 0;
        while (known[i] && !str_eq(key, str_of(known[i])))
            i++;
        snprintf(name, sizeof name, "%.*s", (int)(key.n > 40 ? 40 : key.n), key.p);
        if (!known[i])
            return refuse(im, name, "unknown field");
    }
    return true;
}

/* ---- single fields ---- */

static bool text_is_plain(struct str v)
{
    for (size_t i = 0; i < v.n; i++) {
        if ((uint8_t)v.p[i] < 0x20 || v.p[i] == 0x7f)
            return false;
    }
    return true;
}

static bool text_read(struct import *im, const struct json *v, const char *field, size_t max,
                      struct str *out)
{
    if (json_kind(v) != JSON_STRING)
        return refuse(im, field, "not a text");
    *out = json_string(v);
    if (out->n == 0)
        return refuse(im, field, "empty");
    if (out->n > max)
        return refuse(im, field, "too long");
    return text_is_plain(*out) || refuse(im, field, "control characters");
}

static bool want_text(struct import *im, const struct json *v, const char *field, size_t max,
                      struct str *out)
{
    const struct json *m = json_get(v, field);
    return m ? text_read(im, m, field, max, out) : refuse(im, field, "missing");
}

static bool may_text(struct import *im, const struct json *v, const char *field, size_t max,
                     struct str *out)
{
    const struct json *m = json_get(v, field);
    *out = STR("");
    return !m || text_read(im, m, field, max, out);
}

static bool digits_parse(struct str s, int64_t *out)
{
    int64_t v = 0;
    if (s.n == 0 || s.n > 16 || s.p[0] == '0')
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        v = v * 10 + (s.p[i] - '0');
    }
    *out = v;
    return true;
}

static bool id_read(struct import *im, const struct json *v, const char *field, int64_t *out)
{
    bool good =
        json_kind(v) == JSON_STRING ? digits_parse(json_string(v), out) : json_integer(v, out);
    good = good && *out >= 1 && *out <= LIMIT_INTEGER;
    return good || refuse(im, field, "not an id");
}

static bool want_id(struct import *im, const struct json *v, const char *field, int64_t *out)
{
    const struct json *m = json_get(v, field);
    return m ? id_read(im, m, field, out) : refuse(im, field, "missing");
}

static bool money_read(struct import *im, const struct json *v, const char *field, int64_t *out)
{
    char buf[DECIMAL_TEXT];
    struct str text;
    if (!json_decimal(v, buf, &text) || !money_parse(text, out) || *out < 0)
        return refuse(im, field, "not an amount");
    return true;
}

static bool want_money(struct import *im, const struct json *v, const char *field, int64_t *out)
{
    const struct json *m = json_get(v, field);
    return m ? money_read(im, m, field, out) : refuse(im, field, "missing");
}

static bool may_money(struct import *im, const struct json *v, const char *field, int64_t *out)
{
    const struct json *m = json_get(v, field);
    *out = 0;
    return !m || money_read(im, m, field, out);
}

/* One portion where the field is missing. */
static bool may_qty(struct import *im, const struct json *v, const char *field, int64_t *out)
{
    const struct json *m = json_get(v, field);
    char buf[DECIMAL_TEXT];
    struct str text;
    *out = 10;
    if (m && (!json_decimal(m, buf, &text) || !qty_parse(text, out) || *out <= 0))
        return refuse(im, field, "not a quantity");
    return true;
}

static bool may_count(struct import *im, const struct json *v, const char *field, int64_t otherwise,
                      uint16_t *out)
{
    const struct json *m = json_get(v, field);
    int64_t n = otherwise;
    if (m && (!json_integer(m, &n) || n < 0 || n > LIMIT_OPTIONS))
        return refuse(im, field, "not a number of options");
    *out = (uint16_t)n;
    return true;
}

/* *out is NULL where the list is missing. */
static bool may_list(struct import *im, const struct json *v, const char *field,
                     const struct json **out)
{
    *out = json_get(v, field);
    return !*out || json_kind(*out) == JSON_ARRAY || refuse(im, field, "not a list");
}

static size_t list_length(const struct json *list)
{
    size_t n = 0;
    for (const struct json *v = list ? json_first(list) : NULL; v; v = json_next(v))
        n++;
    return n;
}

/* ---- the index of ids ---- */

static int entry_cmp(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    if (x->index != y->index)
        return x->index < y->index ? -1 : 1;
    return (x->inner > y->inner) - (x->inner < y->inner);
}

static const struct entry *index_find(const struct index *index, int64_t id)
{
    size_t low = 0, high = index->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (index->entries[mid].id < id)
            low = mid + 1;
        else
            high = mid;
    }
    bool found = low < index->n && index->entries[low].id == id;
    return found ? &index->entries[low] : NULL;
}

static bool index_make(struct import *im, struct index *index, size_t n)
{
    index->entries = arena_alloc(&im->arena, n * sizeof *index->entries);
    return index->entries || refuse(im, "", "out of memory");
}

static bool index_add(struct import *im, struct index *index, const struct json *v,
                      const char *id_field)
{
    struct entry e = {.index = im->index, .inner = im->inner_index, .v = v};
    if (json_kind(v) != JSON_OBJECT)
        return refuse(im, "", "not an object");
    if (!want_id(im, v, id_field, &e.id))
        return false;
    index->entries[index->n++] = e;
    return true;
}

static bool index_finish(struct import *im, struct index *index, const char *id_field)
{
    qsort(index->entries, index->n, sizeof *index->entries, entry_cmp);
    for (size_t i = 1; i < index->n; i++) {
        const struct entry *e = &index->entries[i];
        im->index = e->index;
        im->inner_index = e->inner;
        if (e->id == index->entries[i - 1].id)
            return refuse(im, id_field, "this id is taken");
    }
    return true;
}

static bool index_section(struct import *im, struct index *index, const char *section,
                          const char *id_field)
{
    const struct json *list;
    im->section = im->inner = NULL;
    if (!may_list(im, im->doc, section, &list))
        return false;
    size_t n = list_length(list);
    if (n > LIMIT_ITEMS)
        return refuse(im, section, "too many");
    if (!index_make(im, index, n))
        return false;
    im->section = section;
    im->index = im->inner_index = 0;
    for (const struct json *v = list ? json_first(list) : NULL; v; v = json_next(v), im->index++) {
        if (!index_add(im, index, v, id_field))
            return false;
    }
    return index_finish(im, index, id_field);
}

/* Option ids are unique in the whole menu: an order line names an option by its id alone. */
static bool group_options(struct import *im, const struct json *group, const struct json **out)
{
    im->inner = NULL;
    if (!may_list(im, group, "options", out))
        return false;
    size_t n = list_length(*out);
    if (n == 0)
        return refuse(im, "options", "missing");
    return n <= MENU_OPTIONS || refuse(im, "options", "too many");
}

static bool index_group_options(struct import *im, const struct json *group)
{
    const struct json *list;
    if (!group_options(im, group, &list))
        return false;
    im->inner = "options";
    im->inner_index = 0;
    for (const struct json *v = json_first(list); v; v = json_next(v), im->inner_index++) {
        if (!index_add(im, &im->options, v, "option_id"))
            return false;
    }
    return true;
}

static bool index_options(struct import *im)
{
    const struct json *list = json_get(im->doc, "groups");
    size_t n = 0;
    for (size_t i = 0; i < im->groups.n; i++)
        n += list_length(json_get(im->groups.entries[i].v, "options"));
    if (!index_make(im, &im->options, n))
        return false;
    im->section = "groups";
    im->index = 0;
    for (const struct json *v = list ? json_first(list) : NULL; v; v = json_next(v), im->index++) {
        if (!index_group_options(im, v))
            return false;
    }
    im->inner = "options";
    return index_finish(im, &im->options, "option_id");
}

static bool word_known(const struct words *words, struct str word)
{
    for (size_t i = 0; i < words->n; i++) {
        if (str_eq(words->list[i], word))
            return true;
    }
    return false;
}

static bool words_read(struct import *im, const char *section, size_t most, size_t max,
                       struct words *out)
{
    const struct json *list;
    im->section = im->inner = NULL;
    if (!may_list(im, im->doc, section, &list))
        return false;
    if (list_length(list) > most)
        return refuse(im, section, "too many");
    im->section = section;
    im->index = 0;
    for (const struct json *v = list ? json_first(list) : NULL; v; v = json_next(v), im->index++) {
        struct str word;
        if (!text_read(im, v, "", max, &word))
            return false;
        if (word_known(out, word))
            return refuse(im, "", "named twice");
        out->list[out->n++] = word;
    }
    return true;
}

static bool stations_check(struct import *im)
{
    if (!words_read(im, "stations", LIMIT_STATIONS, LIMIT_STATION, &im->stations))
        return false;
    for (im->index = 0; im->index < im->stations.n; im->index++) {
        if (!id_is_station(im->stations.list[im->index]))
            return refuse(im, "", "only a-z, 0-9 and -");
    }
    return true;
}

/* ---- elements ---- */

static bool spu_read(struct import *im, const struct json *v, struct menu_spu *out)
{
    static const char *const KNOWN[] = {"id", "name", "category", NULL};
    if (!known_fields(im, v, KNOWN) || !want_id(im, v, "id", &out->id) ||
        !want_text(im, v, "name", LIMIT_NAME, &out->name) ||
        !may_text(im, v, "category", LIMIT_NAME, &out->category))
        return false;
    if (out->category.n > 0 && !word_known(&im->categories, out->category))
        return refuse(im, "category", "not in categories");
    return true;
}

static bool group_is_listed(const struct menu_item *item, int64_t id)
{
    for (uint16_t i = 0; i < item->n_groups; i++) {
        if (item->groups[i] == id)
            return true;
    }
    return false;
}

static bool item_groups_read(struct import *im, const struct json *v, struct menu_item *out)
{
    const struct json *list;
    if (!may_list(im, v, "groups", &list))
        return false;
    if (list_length(list) > MENU_GROUPS)
        return refuse(im, "groups", "too many");
    im->inner = "groups";
    im->inner_index = 0;
    for (const struct json *m = list ? json_first(list) : NULL; m;
         m = json_next(m), im->inner_index++) {
        int64_t id;
        if (!id_read(im, m, "", &id))
            return false;
        if (!index_find(&im->groups, id))
            return refuse(im, "", "no such group");
        if (group_is_listed(out, id))
            return refuse(im, "", "named twice");
        out->groups[out->n_groups++] = id;
    }
    im->inner = NULL;
    return true;
}

static bool channel_prices_read(struct import *im, const struct json *v, struct menu_item *out)
{
    const struct json *prices = json_get(v, "channel_prices");
    for (int c = 0; c < CHANNEL_COUNT; c++)
        out->channel_price_e4[c] = -1;
    if (!prices)
        return true;
    if (json_kind(prices) != JSON_OBJECT)
        return refuse(im, "channel_prices", "not an object");
    for (const struct json *m = json_first(prices); m; m = json_next(m)) {
        char field[48];
        enum channel c;
        struct str name = json_key(m);
        snprintf(field, sizeof field, "channel_prices.%.*s", (int)(name.n > 16 ? 16 : name.n),
                 name.p);
        if (!channel_parse(name, &c))
            return refuse(im, field, "no such channel");
        if (!money_read(im, m, field, &out->channel_price_e4[c]))
            return false;
    }
    return true;
}

static bool part_read(struct import *im, const struct json *v, struct menu_part *out)
{
    static const char *const KNOWN[] = {"object_id", "qty", "price", NULL};
    if (!known_fields(im, v, KNOWN) || !want_id(im, v, "object_id", &out->object_id) ||
        !may_qty(im, v, "qty", &out->qty_t) || !may_money(im, v, "price", &out->price_e4))
        return false;
    if (!index_find(&im->items, out->object_id))
        return refuse(im, "object_id", "no such item");
    if (index_find(&im->combos, out->object_id))
        return refuse(im, "object_id", "a combo cannot be part of one");
    return true;
}

static bool part_is_listed(const struct menu_item *item, int64_t object_id)
{
    for (uint16_t i = 0; i < item->n_parts; i++) {
        if (item->parts[i].object_id == object_id)
            return true;
    }
    return false;
}

static bool parts_read(struct import *im, const struct json *combo, struct menu_item *out)
{
    const struct json *list;
    if (!may_list(im, combo, "parts", &list))
        return false;
    size_t n = list_length(list);
    if (n == 0 || n > MENU_PARTS)
        return refuse(im, "parts", n == 0 ? "missing" : "too many");
    im->inner = "parts";
    im->inner_index = 0;
    for (const struct json *v = json_first(list); v; v = json_next(v), im->inner_index++) {
        struct menu_part part;
        if (!part_read(im, v, &part))
            return false;
        if (part_is_listed(out, part.object_id))
            return refuse(im, "object_id", "named twice");
        out->parts[out->n_parts++] = part;
    }
    im->inner = NULL;
    return true;
}

static bool combo_check(struct import *im, const struct json *v)
{
    static const char *const KNOWN[] = {"object_id", "parts", NULL};
    struct menu_item item;
    item.n_parts = 0;
    if (!known_fields(im, v, KNOWN) || !want_id(im, v, "object_id", &item.object_id))
        return false;
    if (!index_find(&im->items, item.object_id))
        return refuse(im, "object_id", "no such item");
    return parts_read(im, v, &item);
}

static bool item_read(struct import *im, const struct json *v, struct menu_item *out)
{
    static const char *const KNOWN[] = {"object_id", "spu_id", "name",   "price",          "tax",
                                        "station",   "step",   "groups", "channel_prices", NULL};
    out->spu_id = 0;
    out->n_groups = out->n_parts = 0;
    if (!known_fields(im, v, KNOWN) || !want_id(im, v, "object_id", &out->object_id) ||
        (json_get(v, "spu_id") && !want_id(im, v, "spu_id", &out->spu_id)) ||
        !want_text(im, v, "name", LIMIT_NAME, &out->name) ||
        !want_money(im, v, "price", &out->price_e4) ||
        !may_text(im, v, "tax", MENU_TAX, &out->tax) ||
        !may_text(im, v, "station", LIMIT_STATION, &out->station) ||
        !may_qty(im, v, "step", &out->step_t) || !item_groups_read(im, v, out) ||
        !channel_prices_read(im, v, out))
        return false;
    if (out->spu_id && !index_find(&im->spus, out->spu_id))
        return refuse(im, "spu_id", "no such spu");
    if (out->station.n > 0 && !word_known(&im->stations, out->station))
        return refuse(im, "station", "not in stations");
    return true;
}

static bool option_read(struct import *im, const struct json *v, struct menu_option *out)
{
    static const char *const KNOWN[] = {"option_id", "name", "price", "object_id", NULL};
    out->object_id = 0;
    if (!known_fields(im, v, KNOWN) || !want_id(im, v, "option_id", &out->option_id) ||
        !want_text(im, v, "name", LIMIT_NAME, &out->name) ||
        !may_money(im, v, "price", &out->price_e4) ||
        (json_get(v, "object_id") && !want_id(im, v, "object_id", &out->object_id)))
        return false;
    if (out->object_id && !index_find(&im->items, out->object_id))
        return refuse(im, "object_id", "no such item");
    return true;
}

static bool options_read(struct import *im, const struct json *group, struct menu_group *out)
{
    const struct json *list;
    if (!group_options(im, group, &list))
        return false;
    im->inner = "options";
    im->inner_index = 0;
    for (const struct json *v = json_first(list); v; v = json_next(v), im->inner_index++) {
        if (!option_read(im, v, &out->options[out->n_options++]))
            return false;
    }
    im->inner = NULL;
    return true;
}

static bool group_read(struct import *im, const struct json *v, struct menu_group *out)
{
    static const char *const KNOWN[] = {"id", "name", "min", "max", "options", NULL};
    out->n_options = 0;
    if (!known_fields(im, v, KNOWN) || !want_id(im, v, "id", &out->id) ||
        !want_text(im, v, "name", LIMIT_NAME, &out->name) || !options_read(im, v, out))
        return false;
    int64_t all = out->n_options < LIMIT_OPTIONS ? out->n_options : LIMIT_OPTIONS;
    if (!may_count(im, v, "min", 0, &out->min) || !may_count(im, v, "max", all, &out->max))
        return false;
    if (out->min > out->n_options)
        return refuse(im, "min", "more than there are options");
    if (out->max == 0 || out->max < out->min)
        return refuse(im, "max", out->max == 0 ? "nothing may be chosen" : "below min");
    return true;
}

/* ---- the whole document ---- */

typedef bool element(struct import *im, const struct json *v);

static bool each(struct import *im, const char *section, element *fn)
{
    const struct json *list = json_get(im->doc, section);
    im->section = section;
    im->inner = NULL;
    im->index = 0;
    for (const struct json *v = list ? json_first(list) : NULL; v; v = json_next(v), im->index++) {
        if (!fn(im, v))
            return false;
    }
    return true;
}

static bool spu_check(struct import *im, const struct json *v)
{
    struct menu_spu spu;
    return spu_read(im, v, &spu);
}

static bool item_check(struct import *im, const struct json *v)
{
    struct menu_item item;
    return item_read(im, v, &item);
}

static bool group_check(struct import *im, const struct json *v)
{
    struct menu_group group;
    return group_read(im, v, &group);
}

static bool currency_read(struct import *im, struct menu_head *out)
{
    const struct json *m = json_get(im->doc, "decimals");
    int64_t decimals = 2;
    if (!want_text(im, im->doc, "currency", MENU_CURRENCY, &out->currency))
        return false;
    for (size_t i = 0; i < out->currency.n; i++) {
        if (out->currency.p[i] < 'A' || out->currency.p[i] > 'Z')
            return refuse(im, "currency", "not a currency code");
    }
    if (out->currency.n != MENU_CURRENCY)
        return refuse(im, "currency", "not a currency code");
    if (m && (!json_integer(m, &decimals) || decimals < 0 || decimals > 4))
        return refuse(im, "decimals", "not 0 to 4");
    out->decimals = (uint8_t)decimals;
    return true;
}

static bool import_check(struct import *im, struct menu_head *head)
{
    static const char *const KNOWN[] = {"$schema",  "req_id",     "rev",      "currency",
                                        "decimals", "categories", "stations", "spus",
                                        "items",    "groups",     "combos",   NULL};
    bool indexed = known_fields(im, im->doc, KNOWN) && currency_read(im, head) &&
                   words_read(im, "categories", MENU_CATEGORIES, LIMIT_NAME, &im->categories) &&
                   stations_check(im) && index_section(im, &im->spus, "spus", "id") &&
                   index_section(im, &im->items, "items", "object_id") &&
                   index_section(im, &im->groups, "groups", "id") && index_options(im) &&
                   index_section(im, &im->combos, "combos", "object_id");
    if (!indexed)
        return false;
    im->section = im->inner = NULL;
    if (im->items.n == 0)
        return refuse(im, "items", "missing");
    return each(im, "spus", spu_check) && each(im, "items", item_check) &&
           each(im, "groups", group_check) && each(im, "combos", combo_check);
}

/* ---- writing ---- */

/* A row that stays the same is not written again: an import of a few new prices then dirties only
 * a few pages. */
static void row_put(struct import *im, enum menu_kind kind, uint64_t id, const struct pack *p)
{
    struct key key = menu_key(kind, id);
    struct bytes value = {p->w, p->at}, old;
    assert(pack_ok(p));
    bool same = txn_get(im->txn, TABLE_MENU, key_bytes(&key), &old) && old.n == value.n &&
                memcmp(old.p, value.p, value.n) == 0;
    if (!same)
        txn_put(im->txn, TABLE_MENU, key_bytes(&key), value);
}

static void words_write(struct import *im, enum menu_kind kind, const struct words *words)
{
    for (size_t i = 0; i < words->n; i++) {
        uint8_t buf[LIMIT_NAME + 8];
        struct str word = words->list[i];
        struct pack p;
        pack_writer(&p, buf, sizeof buf);
        menu_word_fields(&p, &word);
        row_put(im, kind, i, &p);
    }
}

static bool spu_write(struct import *im, const struct json *v)
{
    uint8_t buf[2 * LIMIT_NAME + 8];
    struct menu_spu spu;
    struct pack p;
    bool good = spu_read(im, v, &spu);
    assert(good);
    pack_writer(&p, buf, sizeof buf);
    menu_spu_fields(&p, &spu);
    row_put(im, MENU_SPU, (uint64_t)spu.id, &p);
    return good;
}

static bool item_write(struct import *im, const struct json *v)
{
    uint8_t buf[MENU_ROW_BYTES];
    struct menu_item item;
    struct pack p;
    bool good = item_read(im, v, &item);
    const struct entry *combo = index_find(&im->combos, item.object_id);
    good = good && (!combo || parts_read(im, combo->v, &item));
    assert(good);
    pack_writer(&p, buf, sizeof buf);
    menu_item_fields(&p, &item);
    row_put(im, MENU_ITEM, (uint64_t)item.object_id, &p);
    return good;
}

static bool group_write(struct import *im, const struct json *v)
{
    uint8_t buf[MENU_ROW_BYTES];
    struct menu_group group;
    struct pack p;
    bool good = group_read(im, v, &group);
    assert(good);
    pack_writer(&p, buf, sizeof buf);
    menu_group_fields(&p, &group);
    row_put(im, MENU_GROUP, (uint64_t)group.id, &p);
    return good;
}

static bool row_stays(const struct import *im, struct bytes key)
{
    uint64_t id = menu_key_id(key);
    switch (menu_key_kind(key)) {
    case MENU_HEAD:
        return true;
    case MENU_CATEGORY:
        return id < im->categories.n;
    case MENU_STATION:
        return id < im->stations.n;
    case MENU_SPU:
        return index_find(&im->spus, (int64_t)id);
    case MENU_ITEM:
        return index_find(&im->items, (int64_t)id);
    case MENU_GROUP:
        return index_find(&im->groups, (int64_t)id);
    }
    return false;
}

static void vanished_delete(struct import *im)
{
    struct scan s = scan_begin(im->txn, TABLE_MENU, (struct bytes){NULL, 0}, false);
    while (scan_next(&s)) {
        if (!row_stays(im, s.key))
            scan_del(&s);
    }
    scan_end(&s);
}

static void import_write(struct import *im)
{
    vanished_delete(im);
    words_write(im, MENU_CATEGORY, &im->categories);
    words_write(im, MENU_STATION, &im->stations);
    each(im, "spus", spu_write);
    each(im, "items", item_write);
    each(im, "groups", group_write);
}

static enum code import_verdict(const struct import *im, bool good)
{
    if (good)
        return CODE_OK;
    return im->arena.failed ? CODE_INTERNAL : CODE_BAD_REQUEST;
}

enum code menu_import(struct txn *txn, const struct json *doc, struct menu_head *head, char *why)
{
    struct import im = {.txn = txn, .doc = doc, .why = why};
    struct menu_head old, next = {.rev = 0};
    arena_init(&im.arena, INDEX_BYTES);
    menu_head_load(txn, &old);
    bool good = import_check(&im, &next);
    if (good) {
        import_write(&im);
        next.rev = old.rev + 1;
        next.items = (uint32_t)im.items.n;
        next.spus = (uint32_t)im.spus.n;
        next.groups = (uint32_t)im.groups.n;
        next.at = head->at;
        *head = next;
    }
    enum code code = import_verdict(&im, good);
    arena_free(&im.arena);
    return code;
}
