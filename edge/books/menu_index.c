#include "edge/books/menu_doc.h"

#include "proto/topic.h"

#include <stdlib.h>

static int entry_cmp(const void *a, const void *b)
{
    const struct menu_entry *x = a, *y = b;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    if (x->index != y->index)
        return x->index < y->index ? -1 : 1;
    return (x->inner > y->inner) - (x->inner < y->inner);
}

const struct menu_entry *menu_index_find(const struct menu_index *index, int64_t id)
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

static bool index_make(struct menu_doc *d, struct menu_index *index, size_t n)
{
    index->entries = arena_alloc(&d->arena, n * sizeof *index->entries);
    return index->entries || menu_refuse(d, "", "out of memory");
}

static bool index_add(struct menu_doc *d, struct menu_index *index, const struct json *v,
                      const char *id_field)
{
    struct menu_entry e = {.index = d->index, .inner = d->inner_index, .v = v};
    if (json_kind(v) != JSON_OBJECT)
        return menu_refuse(d, "", "not an object");
    if (!menu_want_id(d, v, id_field, &e.id))
        return false;
    index->entries[index->n++] = e;
    return true;
}

static bool index_finish(struct menu_doc *d, struct menu_index *index, const char *id_field)
{
    qsort(index->entries, index->n, sizeof *index->entries, entry_cmp);
    for (size_t i = 1; i < index->n; i++) {
        const struct menu_entry *e = &index->entries[i];
        d->index = e->index;
        d->inner_index = e->inner;
        if (e->id == index->entries[i - 1].id)
            return menu_refuse(d, id_field, "this id is taken");
    }
    return true;
}

static bool index_section(struct menu_doc *d, struct menu_index *index, const char *section,
                          const char *id_field)
{
    const struct json *list;
    d->section = d->inner = NULL;
    if (!menu_may_list(d, d->doc, section, &list))
        return false;
    size_t n = menu_list_length(list);
    if (n > LIMIT_ITEMS)
        return menu_refuse(d, section, "too many");
    if (!index_make(d, index, n))
        return false;
    d->section = section;
    d->index = d->inner_index = 0;
    for (const struct json *v = menu_list_first(list); v; v = json_next(v), d->index++) {
        if (!index_add(d, index, v, id_field))
            return false;
    }
    return index_finish(d, index, id_field);
}

/* Option ids are unique in the whole menu: an order line names an option by its id alone. */
bool menu_group_options(struct menu_doc *d, const struct json *group, const struct json **out)
{
    d->inner = NULL;
    if (!menu_may_list(d, group, "options", out))
        return false;
    size_t n = menu_list_length(*out);
    if (n == 0)
        return menu_refuse(d, "options", "missing");
    return n <= MENU_OPTIONS || menu_refuse(d, "options", "too many");
}

static bool index_group_options(struct menu_doc *d, const struct json *group)
{
    const struct json *list;
    if (!menu_group_options(d, group, &list))
        return false;
    d->inner = "options";
    d->inner_index = 0;
    for (const struct json *v = json_first(list); v; v = json_next(v), d->inner_index++) {
        if (!index_add(d, &d->options, v, "option_id"))
            return false;
    }
    return true;
}

static bool index_options(struct menu_doc *d)
{
    const struct json *list = json_get(d->doc, "groups");
    size_t n = 0;
    for (size_t i = 0; i < d->groups.n; i++)
        n += menu_list_length(json_get(d->groups.entries[i].v, "options"));
    if (!index_make(d, &d->options, n))
        return false;
    d->section = "groups";
    d->index = 0;
    for (const struct json *v = menu_list_first(list); v; v = json_next(v), d->index++) {
        if (!index_group_options(d, v))
            return false;
    }
    d->inner = "options";
    return index_finish(d, &d->options, "option_id");
}

bool menu_word_known(const struct menu_words *words, struct str word)
{
    for (size_t i = 0; i < words->n; i++) {
        if (str_eq(words->list[i], word))
            return true;
    }
    return false;
}

static bool words_read(struct menu_doc *d, const char *section, size_t most, size_t max,
                       struct menu_words *out)
{
    const struct json *list;
    d->section = d->inner = NULL;
    if (!menu_may_list(d, d->doc, section, &list))
        return false;
    if (menu_list_length(list) > most)
        return menu_refuse(d, section, "too many");
    d->section = section;
    d->index = 0;
    for (const struct json *v = menu_list_first(list); v; v = json_next(v), d->index++) {
        struct str word;
        if (!menu_text(d, v, "", max, &word))
            return false;
        if (menu_word_known(out, word))
            return menu_refuse(d, "", "named twice");
        out->list[out->n++] = word;
    }
    return true;
}

static bool stations_check(struct menu_doc *d)
{
    if (!words_read(d, "stations", LIMIT_STATIONS, LIMIT_STATION, &d->stations))
        return false;
    for (d->index = 0; d->index < d->stations.n; d->index++) {
        if (!id_is_station(d->stations.list[d->index]))
            return menu_refuse(d, "", "only a-z, 0-9 and -");
    }
    return true;
}

bool menu_index_document(struct menu_doc *d)
{
    return words_read(d, "categories", MENU_CATEGORIES, LIMIT_NAME, &d->categories) &&
           stations_check(d) && index_section(d, &d->spus, "spus", "id") &&
           index_section(d, &d->items, "items", "object_id") &&
           index_section(d, &d->groups, "groups", "id") && index_options(d) &&
           index_section(d, &d->combos, "combos", "object_id");
}
