#include "tools/storesim/menu.h"

#include "proto/qty.h"
#include "tools/storesim/file.h"
#include "tools/storesim/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct id_text {
    char z[24];
};

static struct id_text id_text(int64_t id)
{
    struct id_text t;
    snprintf(t.z, sizeof t.z, "%" PRId64, id);
    return t;
}

int64_t menu_id(const struct json *v)
{
    char buf[DECIMAL_TEXT];
    struct str text;
    if (!v || !json_decimal(v, buf, &text) || text.n == 0 || text.n > 18)
        return 0;
    int64_t id = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return 0;
        id = id * 10 + (text.p[i] - '0');
    }
    return id;
}

static int64_t money_of(const struct json *object, const char *key, int64_t otherwise)
{
    const struct json *v = json_get(object, key);
    char buf[DECIMAL_TEXT];
    struct str text;
    int64_t e4 = otherwise;
    if (v && json_decimal(v, buf, &text))
        money_parse(text, &e4);
    return e4;
}

static int64_t qty_of(const struct json *object, const char *key, int64_t otherwise)
{
    const struct json *v = json_get(object, key);
    char buf[DECIMAL_TEXT];
    struct str text;
    int64_t qty_t = otherwise;
    if (v && json_decimal(v, buf, &text))
        qty_parse(text, &qty_t);
    return qty_t;
}

static int64_t count_of(const struct json *object, const char *key, int64_t otherwise)
{
    const struct json *v = json_get(object, key);
    int64_t n = otherwise;
    if (v)
        json_integer(v, &n);
    return n;
}

static char *text_of(const struct json *object, const char *key)
{
    const struct json *v = json_get(object, key);
    return memory_text(v && json_kind(v) == JSON_STRING ? json_string(v) : STR(""));
}

static const struct json *list_of(const struct json *object, const char *key)
{
    const struct json *v = json_get(object, key);
    return v && json_kind(v) == JSON_ARRAY ? json_first(v) : NULL;
}

static size_t list_length(const struct json *first)
{
    size_t n = 0;
    for (; first; first = json_next(first))
        n++;
    return n;
}

static void dish_prices(struct dish *d, const struct json *item)
{
    const struct json *special = json_get(item, "channel_prices");
    int64_t common = money_of(item, "price", 0);
    for (int c = 0; c < CHANNEL_COUNT; c++) {
        const char *name = channel_name((enum channel)c);
        d->price_e4[c] = special ? money_of(special, name, common) : common;
    }
}

static void dish_add(struct menu *m, const struct json *item)
{
    struct dish *d = memory_new(sizeof *d);
    d->object_id = menu_id(json_get(item, "object_id"));
    d->spu_id = menu_id(json_get(item, "spu_id"));
    d->step_t = qty_of(item, "step", 10);
    d->name = text_of(item, "name");
    d->station = text_of(item, "station");
    dish_prices(d, item);
    const struct json *first = list_of(item, "groups");
    d->groups = memory_new(list_length(first) * sizeof *d->groups);
    for (; first; first = json_next(first))
        d->groups[d->n_groups++] = menu_id(first);
    map_put(&m->dishes, str_of(id_text(d->object_id).z), d);
}

static void group_add(struct menu *m, const struct json *group)
{
    struct dish_group *g = memory_new(sizeof *g);
    const struct json *first = list_of(group, "options");
    g->id = menu_id(json_get(group, "id"));
    g->options = memory_new(list_length(first) * sizeof *g->options);
    for (; first; first = json_next(first))
        g->options[g->n_options++] = (struct dish_option){
            .option_id = menu_id(json_get(first, "option_id")),
            .price_e4 = money_of(first, "price", 0),
            .object_id = menu_id(json_get(first, "object_id")),
            .name = text_of(first, "name"),
        };
    g->min = count_of(group, "min", 0);
    g->max = count_of(group, "max", (int64_t)g->n_options);
    map_put(&m->groups, str_of(id_text(g->id).z), g);
}

void menu_add_page(struct menu *m, const struct json *page)
{
    int64_t rev = count_of(page, "rev", 0);
    if (rev != m->rev || m->complete) {
        menu_finish(m);
        m->rev = rev;
    }
    m->decimals = (int)count_of(page, "decimals", 2);
    for (const struct json *v = list_of(page, "items"); v; v = json_next(v))
        dish_add(m, v);
    for (const struct json *v = list_of(page, "groups"); v; v = json_next(v))
        group_add(m, v);
    for (const struct json *v = list_of(page, "combos"); v; v = json_next(v)) {
        struct dish *d = menu_dish(m, menu_id(json_get(v, "object_id")));
        if (d)
            d->is_combo = true;
    }
}

void menu_close(struct menu *m)
{
    struct dish *d;
    m->single = memory_grow(m->single, m->dishes.count * sizeof *m->single);
    m->n_single = 0;
    for (size_t i = 0; (d = map_next(&m->dishes, &i));)
        if (!d->is_combo)
            m->single[m->n_single++] = d;
    m->complete = true;
}

static void dish_free(void *value)
{
    struct dish *d = value;
    free(d->name);
    free(d->station);
    free(d->groups);
    free(d);
}

static void group_free(void *value)
{
    struct dish_group *g = value;
    for (size_t i = 0; i < g->n_options; i++)
        free(g->options[i].name);
    free(g->options);
    free(g);
}

void menu_finish(struct menu *m)
{
    map_finish(&m->dishes, dish_free);
    map_finish(&m->groups, group_free);
    free(m->single);
    *m = (struct menu){0};
}

bool menu_read_file(struct menu *m, const char *path, char *why)
{
    struct str text;
    if (!file_read(path, &text)) {
        snprintf(why, JSON_WHY, "%.60s: cannot be read", path);
        return false;
    }
    struct json *doc = json_parse(text.p, text.n, &JSON_IMPORT, why);
    if (doc) {
        menu_add_page(m, doc);
        menu_close(m);
    }
    json_free(doc);
    free((char *)text.p);
    return doc != NULL;
}

struct dish *menu_dish(const struct menu *m, int64_t object_id)
{
    return map_get(&m->dishes, str_of(id_text(object_id).z));
}

struct dish_group *menu_group(const struct menu *m, int64_t id)
{
    return map_get(&m->groups, str_of(id_text(id).z));
}
