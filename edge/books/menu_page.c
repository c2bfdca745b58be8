/* Paging: sections in a fixed order, rows in the order of their keys. A cursor names the first row
 * that did not fit: "<rev>-<section>-<id>". A row that does not fit is taken back, so a page is
 * never cut inside a row. */
#include "edge/books/menu_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CURSOR_TEXT  64
#define PAGE_RESERVE 160 /* closing brackets, the cursor, and the end of the reply */

enum section { CATEGORIES, STATIONS, SPUS, ITEMS, GROUPS, COMBOS, SECTION_COUNT };
static const struct {
    const char *name;
    enum menu_kind kind;
} SECTIONS[] = {
    [CATEGORIES] = {"categories", MENU_CATEGORY},
    [STATIONS] = {"stations", MENU_STATION},
    [SPUS] = {"spus", MENU_SPU},
    [ITEMS] = {"items", MENU_ITEM},
    [GROUPS] = {"groups", MENU_GROUP},
    [COMBOS] = {"combos", MENU_ITEM},
};

struct cursor {
    uint64_t rev, id;
    unsigned section;
};

static bool cursor_parse(struct str text, struct cursor *out)
{
    char z[CURSOR_TEXT];
    int used = 0;
    if (text.n == 0 || text.n >= sizeof z)
        return false;
    memcpy(z, text.p, text.n);
    z[text.n] = '\0';
    int got = sscanf(z, "%" SCNu64 "-%u-%" SCNu64 "%n", &out->rev, &out->section, &out->id, &used);
    return got == 3 && (size_t)used == text.n && out->section < SECTION_COUNT;
}

static void cursor_write(struct jw *w, struct cursor c)
{
    char z[CURSOR_TEXT];
    int n = snprintf(z, sizeof z, "%" PRIu64 "-%u-%" PRIu64, c.rev, c.section, c.id);
    jw_kstring(w, "cursor", (struct str){z, (size_t)n});
}

static void word_view(struct jw *w, struct pack *p)
{
    struct str word;
    menu_word_fields(p, &word);
    jw_string(w, word);
}

static void spu_view(struct jw *w, struct pack *p, int64_t id)
{
    struct menu_spu s;
    menu_spu_fields(p, &s);
    jw_open(w, '{');
    jw_kid(w, "id", id);
    jw_kstring(w, "name", s.name);
    if (s.category.n > 0)
        jw_kstring(w, "category", s.category);
    jw_close(w, '}');
}

static void channel_prices_view(struct jw *w, const struct menu_item *item)
{
    bool open = false;
    for (int c = 0; c < CHANNEL_COUNT; c++) {
        if (item->channel_price_e4[c] < 0)
            continue;
        if (!open)
            jw_kobject(w, "channel_prices");
        open = true;
        jw_kmoney(w, channel_name((enum channel)c), item->channel_price_e4[c]);
    }
    if (open)
        jw_close(w, '}');
}

static void item_groups_view(struct jw *w, const struct menu_item *item)
{
    if (item->n_groups == 0)
        return;
    jw_karray(w, "groups");
    for (uint16_t i = 0; i < item->n_groups; i++)
        jw_id(w, item->groups[i]);
    jw_close(w, ']');
}

static void item_view(struct jw *w, const struct menu_item *item)
{
    jw_open(w, '{');
    jw_kid(w, "object_id", item->object_id);
    if (item->spu_id)
        jw_kid(w, "spu_id", item->spu_id);
    jw_kstring(w, "name", item->name);
    jw_kmoney(w, "price", item->price_e4);
    if (item->tax.n > 0)
        jw_kstring(w, "tax", item->tax);
    if (item->station.n > 0)
        jw_kstring(w, "station", item->station);
    jw_kqty(w, "step", item->step_t);
    item_groups_view(w, item);
    channel_prices_view(w, item);
    jw_close(w, '}');
}

static void combo_view(struct jw *w, const struct menu_item *item)
{
    jw_open(w, '{');
    jw_kid(w, "object_id", item->object_id);
    jw_karray(w, "parts");
    for (uint16_t i = 0; i < item->n_parts; i++) {
        const struct menu_part *part = &item->parts[i];
        jw_open(w, '{');
        jw_kid(w, "object_id", part->object_id);
        jw_kqty(w, "qty", part->qty_t);
        jw_kmoney(w, "price", part->price_e4);
        jw_close(w, '}');
    }
    jw_close(w, ']');
    jw_close(w, '}');
}

static void option_view(struct jw *w, const struct menu_option *option)
{
    jw_open(w, '{');
    jw_kid(w, "option_id", option->option_id);
    jw_kstring(w, "name", option->name);
    jw_kmoney(w, "price", option->price_e4);
    if (option->object_id)
        jw_kid(w, "object_id", option->object_id);
    jw_close(w, '}');
}

static void group_view(struct jw *w, struct pack *p, int64_t id)
{
    struct menu_group g;
    menu_group_fields(p, &g);
    jw_open(w, '{');
    jw_kid(w, "id", id);
    jw_kstring(w, "name", g.name);
    jw_kint(w, "min", g.min);
    jw_kint(w, "max", g.max);
    jw_karray(w, "options");
    for (uint16_t i = 0; i < g.n_options; i++)
        option_view(w, &g.options[i]);
    jw_close(w, ']');
    jw_close(w, '}');
}

/* One row as an array element; nothing for an item that is no combo in the section of combos. */
static void row_view(struct jw *w, enum section section, struct pack *p, int64_t id)
{
    struct menu_item item;
    switch (section) {
    case CATEGORIES:
    case STATIONS:
        word_view(w, p);
        break;
    case SPUS:
        spu_view(w, p, id);
        break;
    case ITEMS:
    case COMBOS:
        item.object_id = id;
        menu_item_fields(p, &item);
        if (section == ITEMS)
            item_view(w, &item);
        else if (item.n_parts > 0)
            combo_view(w, &item);
        break;
    case GROUPS:
        group_view(w, p, id);
        break;
    case SECTION_COUNT:
        break;
    }
}

struct page {
    struct txn *txn;
    struct jw *w;
    struct cursor next;
    bool any; /* a row stands on it: the next one may wait for another page */
};

/* False: the row did not fit, and the page is as it was before. */
static bool page_row(struct page *page, struct bytes key, struct bytes value, bool *open)
{
    struct jw before = *page->w;
    struct pack p;
    pack_reader(&p, value.p, value.n);
    if (!*open)
        jw_karray(page->w, SECTIONS[page->next.section].name);
    size_t start = page->w->n;
    row_view(page->w, (enum section)page->next.section, &p, (int64_t)menu_key_id(key));
    if (!pack_done(&p))
        txn_set_bad(page->txn, TABLE_MENU, key);
    bool shown = page->w->n > start;
    bool fits = jw_ok(page->w) && page->w->n + PAGE_RESERVE <= LIMIT_PAGE_BYTES;
    if (!shown || (!fits && page->any)) {
        *page->w = before;
        return !shown && fits;
    }
    *open = page->any = true;
    return true;
}

/* False: the page is full, and page->next names the row that comes next. */
static bool page_section(struct page *page)
{
    enum menu_kind kind = SECTIONS[page->next.section].kind;
    struct key from = menu_key(kind, page->next.id);
    struct scan s = scan_begin(page->txn, TABLE_MENU, key_bytes(&from), false);
    s.skip_bad = true;
    bool open = false, fits = true;
    while (fits && scan_next(&s) && menu_key_kind(s.key) == kind) {
        page->next.id = menu_key_id(s.key);
        fits = page_row(page, s.key, s.value, &open);
    }
    scan_end(&s);
    if (open)
        jw_close(page->w, ']');
    return fits;
}

void menu_page(struct txn *txn, struct str cursor, struct jw *w)
{
    struct menu_head head;
    struct page page = {.txn = txn, .w = w};
    menu_head_load(txn, &head);
    bool resumed = cursor_parse(cursor, &page.next) && page.next.rev == head.rev;
    if (!resumed)
        page.next = (struct cursor){.rev = head.rev};
    jw_kint(w, "rev", (int64_t)head.rev);
    jw_kstring(w, "currency", head.currency);
    jw_kint(w, "decimals", head.decimals);
    if (cursor.n > 0 && !resumed)
        jw_kbool(w, "restarted", true);
    while (page.next.section < SECTION_COUNT) {
        if (!page_section(&page)) {
            cursor_write(w, page.next);
            return;
        }
        page.next.section++;
        page.next.id = 0;
    }
}
