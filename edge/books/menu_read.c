#include "edge/books/menu_doc.h"

#include <stdio.h>

bool menu_read_spu(struct menu_doc *d, const struct json *v, struct menu_spu *out)
{
    static const char *const KNOWN[] = {"id", "name", "category", NULL};
    if (!menu_known_fields(d, v, KNOWN) || !menu_want_id(d, v, "id", &out->id) ||
        !menu_want_text(d, v, "name", LIMIT_NAME, &out->name) ||
        !menu_may_text(d, v, "category", LIMIT_NAME, &out->category))
        return false;
    if (out->category.n > 0 && !menu_word_known(&d->categories, out->category))
        return menu_refuse(d, "category", "not in categories");
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

static bool item_groups_read(struct menu_doc *d, const struct json *v, struct menu_item *out)
{
    const struct json *list;
    if (!menu_may_list(d, v, "groups", &list))
        return false;
    if (menu_list_length(list) > MENU_GROUPS)
        return menu_refuse(d, "groups", "too many");
    d->inner = "groups";
    d->inner_index = 0;
    for (const struct json *m = menu_list_first(list); m; m = json_next(m), d->inner_index++) {
        int64_t id;
        if (!menu_id(d, m, "", &id))
            return false;
        if (!menu_index_find(&d->groups, id))
            return menu_refuse(d, "", "no such group");
        if (group_is_listed(out, id))
            return menu_refuse(d, "", "named twice");
        out->groups[out->n_groups++] = id;
    }
    d->inner = NULL;
    return true;
}

static bool channel_prices_read(struct menu_doc *d, const struct json *v, struct menu_item *out)
{
    const struct json *prices = json_get(v, "channel_prices");
    for (int c = 0; c < CHANNEL_COUNT; c++)
        out->channel_price_e4[c] = -1;
    if (!prices)
        return true;
    if (json_kind(prices) != JSON_OBJECT)
        return menu_refuse(d, "channel_prices", "not an object");
    for (const struct json *m = json_first(prices); m; m = json_next(m)) {
        char field[48];
        enum channel c;
        struct str name = json_key(m);
        snprintf(field, sizeof field, "channel_prices.%.*s", (int)(name.n > 16 ? 16 : name.n),
                 name.p);
        if (!channel_parse(name, &c))
            return menu_refuse(d, field, "no such channel");
        if (!menu_money(d, m, field, &out->channel_price_e4[c]))
            return false;
    }
    return true;
}

static bool part_read(struct menu_doc *d, const struct json *v, struct menu_part *out)
{
    static const char *const KNOWN[] = {"object_id", "qty", "price", NULL};
    if (!menu_known_fields(d, v, KNOWN) || !menu_want_id(d, v, "object_id", &out->object_id) ||
        !menu_may_qty(d, v, "qty", &out->qty_t) || !menu_may_money(d, v, "price", &out->price_e4))
        return false;
    if (!menu_index_find(&d->items, out->object_id))
        return menu_refuse(d, "object_id", "no such item");
    if (menu_index_find(&d->combos, out->object_id))
        return menu_refuse(d, "object_id", "a combo cannot be part of one");
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

static bool parts_read(struct menu_doc *d, const struct json *combo, struct menu_item *out)
{
    const struct json *list;
    if (!menu_may_list(d, combo, "parts", &list))
        return false;
    size_t n = menu_list_length(list);
    if (n == 0 || n > MENU_PARTS)
        return menu_refuse(d, "parts", n == 0 ? "missing" : "too many");
    d->inner = "parts";
    d->inner_index = 0;
    for (const struct json *v = json_first(list); v; v = json_next(v), d->inner_index++) {
        struct menu_part part;
        if (!part_read(d, v, &part))
            return false;
        if (part_is_listed(out, part.object_id))
            return menu_refuse(d, "object_id", "named twice");
        out->parts[out->n_parts++] = part;
    }
    d->inner = NULL;
    return true;
}

bool menu_read_combo(struct menu_doc *d, const struct json *v, struct menu_item *out)
{
    static const char *const KNOWN[] = {"object_id", "parts", NULL};
    if (!menu_known_fields(d, v, KNOWN) || !menu_want_id(d, v, "object_id", &out->object_id))
        return false;
    if (!menu_index_find(&d->items, out->object_id))
        return menu_refuse(d, "object_id", "no such item");
    return parts_read(d, v, out);
}

bool menu_read_item(struct menu_doc *d, const struct json *v, struct menu_item *out)
{
    static const char *const KNOWN[] = {"object_id", "spu_id", "name",   "price",          "tax",
                                        "station",   "step",   "groups", "channel_prices", NULL};
    out->n_groups = out->n_parts = 0;
    if (!menu_known_fields(d, v, KNOWN) || !menu_want_id(d, v, "object_id", &out->object_id) ||
        !menu_may_id(d, v, "spu_id", &out->spu_id) ||
        !menu_want_text(d, v, "name", LIMIT_NAME, &out->name) ||
        !menu_want_money(d, v, "price", &out->price_e4) ||
        !menu_may_text(d, v, "tax", MENU_TAX, &out->tax) ||
        !menu_may_text(d, v, "station", LIMIT_STATION, &out->station) ||
        !menu_may_qty(d, v, "step", &out->step_t) || !item_groups_read(d, v, out) ||
        !channel_prices_read(d, v, out))
        return false;
    if (out->spu_id && !menu_index_find(&d->spus, out->spu_id))
        return menu_refuse(d, "spu_id", "no such spu");
    if (out->station.n > 0 && !menu_word_known(&d->stations, out->station))
        return menu_refuse(d, "station", "not in stations");
    return true;
}

static bool option_read(struct menu_doc *d, const struct json *v, struct menu_option *out)
{
    static const char *const KNOWN[] = {"option_id", "name", "price", "object_id", NULL};
    if (!menu_known_fields(d, v, KNOWN) || !menu_want_id(d, v, "option_id", &out->option_id) ||
        !menu_want_text(d, v, "name", LIMIT_NAME, &out->name) ||
        !menu_may_money(d, v, "price", &out->price_e4) ||
        !menu_may_id(d, v, "object_id", &out->object_id))
        return false;
    if (out->object_id && !menu_index_find(&d->items, out->object_id))
        return menu_refuse(d, "object_id", "no such item");
    return true;
}

static bool options_read(struct menu_doc *d, const struct json *group, struct menu_group *out)
{
    const struct json *list;
    if (!menu_group_options(d, group, &list))
        return false;
    d->inner = "options";
    d->inner_index = 0;
    for (const struct json *v = json_first(list); v; v = json_next(v), d->inner_index++) {
        if (!option_read(d, v, &out->options[out->n_options++]))
            return false;
    }
    d->inner = NULL;
    return true;
}

bool menu_read_group(struct menu_doc *d, const struct json *v, struct menu_group *out)
{
    static const char *const KNOWN[] = {"id", "name", "min", "max", "options", NULL};
    out->n_options = 0;
    if (!menu_known_fields(d, v, KNOWN) || !menu_want_id(d, v, "id", &out->id) ||
        !menu_want_text(d, v, "name", LIMIT_NAME, &out->name) || !options_read(d, v, out))
        return false;
    int64_t all = out->n_options < LIMIT_OPTIONS ? out->n_options : LIMIT_OPTIONS;
    if (!menu_may_count(d, v, "min", 0, &out->min) || !menu_may_count(d, v, "max", all, &out->max))
        return false;
    if (out->min > out->n_options)
        return menu_refuse(d, "min", "more than there are options");
    if (out->max == 0 || out->max < out->min)
        return menu_refuse(d, "max", out->max == 0 ? "nothing may be chosen" : "below min");
    return true;
}
