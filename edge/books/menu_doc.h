/* A menu document on its way in: single fields (menu_field.c), the index of its ids
 * (menu_index.c), and its elements (menu_read.c). For menu_import.c alone.
 *
 * All functions returning bool refuse with false; then `why` holds the path of what is wrong, and
 * the reason. Text is borrowed from the document.
 */
#ifndef BOOKS_MENU_DOC_H
#define BOOKS_MENU_DOC_H

#include "edge/books/menu_rows.h"

#define MENU_WHY 96

struct menu_entry {
    int64_t id;
    size_t index, inner; /* where it stands, for the path */
    const struct json *v;
};
struct menu_index {
    struct menu_entry *entries; /* by id */
    size_t n;
};
struct menu_words {
    struct str list[MENU_CATEGORIES];
    size_t n;
};
struct menu_doc {
    const struct json *doc;
    struct txn *txn; /* where the rows go once all is checked */
    char *why;       /* MENU_WHY bytes */
    struct arena arena;
    struct menu_index spus, items, groups, options, combos;
    struct menu_words categories, stations;
    /* where we are, for the path: section[index].inner[inner_index].field */
    const char *section, *inner;
    size_t index, inner_index;
};

/* ---- menu_field.c ---- */
/* Always false. An empty field means the element itself. */
bool menu_refuse(struct menu_doc *d, const char *field, const char *reason);
/* An object with none but the known fields; `known` ends with NULL. */
bool menu_known_fields(struct menu_doc *d, const struct json *v, const char *const *known);
/* Text that is not empty, not longer than max bytes, and without control characters. */
bool menu_text(struct menu_doc *d, const struct json *v, const char *field, size_t max,
               struct str *out);
bool menu_id(struct menu_doc *d, const struct json *v, const char *field, int64_t *out);
bool menu_money(struct menu_doc *d, const struct json *v, const char *field, int64_t *out);
/* A member of v that must be there, or that may be missing. */
bool menu_want_text(struct menu_doc *d, const struct json *v, const char *field, size_t max,
                    struct str *out);
bool menu_may_text(struct menu_doc *d, const struct json *v, const char *field, size_t max,
                   struct str *out);
bool menu_want_id(struct menu_doc *d, const struct json *v, const char *field, int64_t *out);
bool menu_may_id(struct menu_doc *d, const struct json *v, const char *field, int64_t *out);
bool menu_want_money(struct menu_doc *d, const struct json *v, const char *field, int64_t *out);
bool menu_may_money(struct menu_doc *d, const struct json *v, const char *field, int64_t *out);
/* One portion where it is missing. */
bool menu_may_qty(struct menu_doc *d, const struct json *v, const char *field, int64_t *out);
/* A number of options. */
bool menu_may_count(struct menu_doc *d, const struct json *v, const char *field, int64_t otherwise,
                    uint16_t *out);
/* *out is NULL where it is missing; the list functions take that as the empty list. */
bool menu_may_list(struct menu_doc *d, const struct json *v, const char *field,
                   const struct json **out);
size_t menu_list_length(const struct json *list);
const struct json *menu_list_first(const struct json *list);

/* ---- menu_index.c ---- */
/* Fills the indexes and word lists: every id is well formed and there once. */
bool menu_index_document(struct menu_doc *d);
const struct menu_entry *menu_index_find(const struct menu_index *index, int64_t id);
bool menu_word_known(const struct menu_words *words, struct str word);
/* The options of a group: at least one, at most MENU_OPTIONS. */
bool menu_group_options(struct menu_doc *d, const struct json *group, const struct json **out);

/* ---- menu_read.c ---- */
bool menu_read_spu(struct menu_doc *d, const struct json *v, struct menu_spu *out);
bool menu_read_item(struct menu_doc *d, const struct json *v, struct menu_item *out); /* no parts */
bool menu_read_group(struct menu_doc *d, const struct json *v, struct menu_group *out);
/* Sets object_id and adds the parts of one element of "combos" to an item without parts. */
bool menu_read_combo(struct menu_doc *d, const struct json *v, struct menu_item *out);

#endif
