/* The menu: imports are whole or not at all, refusals name the path, pages cover everything once.
 */
#include "edge/books/menu.h"

#include "tests/unit/storage_scratch.h"

#define WHY 96

struct box {
    struct scratch scratch;
    char why[WHY];
    char page[LIMIT_PAGE_BYTES];
};

static int box_open(void **state)
{
    struct box *box = calloc(1, sizeof *box);
    assert_non_null(box);
    scratch_begin(&box->scratch);
    *state = box;
    return 0;
}

static int box_close(void **state)
{
    struct box *box = *state;
    int rc = scratch_end(&box->scratch);
    free(box);
    return rc;
}

/* ---- importing ---- */

static enum code import_text(struct box *box, const char *text, size_t n)
{
    struct menu_head head = {.at = {3, 17}};
    struct txn *txn;
    struct json *doc = json_parse(text, n, &JSON_IMPORT, box->why);
    if (!doc)
        fail_msg("not JSON: %s", box->why);
    assert_int_equal(txn_begin_write(box->scratch.store, &txn), PH_OK);
    enum code code = menu_import(txn, doc, &head, box->why);
    if (code == CODE_OK)
        menu_head_save(txn, &head);
    else
        assert_false(txn_dirty(txn));
    assert_int_equal(txn_commit(txn), PH_OK);
    json_free(doc);
    return code;
}

static void import_good(struct box *box, const char *text)
{
    if (import_text(box, text, strlen(text)) != CODE_OK)
        fail_msg("refused: %s", box->why);
}

static void import_refused(struct box *box, const char *text, const char *why)
{
    assert_int_equal(import_text(box, text, strlen(text)), CODE_BAD_REQUEST);
    assert_string_equal(box->why, why);
}

static struct txn *reading(struct box *box)
{
    struct txn *txn;
    assert_int_equal(txn_begin_read(box->scratch.store, &txn), PH_OK);
    return txn;
}

#define HEAD                                                                                       \
    "{\"currency\":\"EUR\",\"categories\":[\"Pizza\",\"Drinks\"],\"stations\":[\"oven\",\"bar\"],"
#define SPUS "\"spus\":[{\"id\":\"10\",\"name\":\"Margherita\",\"category\":\"Pizza\"}],"
#define COLA "{\"object_id\":1044,\"name\":\"Cola\",\"price\":2.5,\"station\":\"bar\"}"
#define PIZZA                                                                                      \
    "{\"object_id\":\"1001\",\"spu_id\":\"10\",\"name\":\"Margherita "                             \
    "M\",\"price\":\"12.75\",\"tax\":\"A\","                                                       \
    "\"station\":\"oven\",\"step\":\"0.5\",\"groups\":[\"1\"],\"channel_prices\":{\"KIOSK\":\"12." \
    "25\"}}"
#define LUNCH "{\"object_id\":\"1090\",\"name\":\"Lunch\",\"price\":\"14\"}"
#define GROUP                                                                                      \
    "{\"id\":\"1\",\"name\":\"Extras\",\"min\":0,\"max\":2,\"options\":["                          \
    "{\"option_id\":\"77\",\"name\":\"Extra cheese\",\"price\":\"1\"},"                            \
    "{\"option_id\":\"78\",\"name\":\"With cola\",\"price\":\"2\",\"object_id\":\"1044\"}]}"
#define COMBO                                                                                      \
    "{\"object_id\":\"1090\",\"parts\":[{\"object_id\":\"1001\"},{\"object_id\":\"1044\",\"qty\":" \
    "\"2\",\"price\":\"0.5\"}]}"
#define GOOD                                                                                       \
    HEAD SPUS "\"items\":[" PIZZA "," COLA "," LUNCH "],\"groups\":[" GROUP "],\"combos\":[" COMBO \
              "]}"

static void item_is_loaded_as_it_was_imported(void **state)
{
    struct box *box = *state;
    struct menu_item item;
    import_good(box, GOOD);
    struct txn *txn = reading(box);
    assert_true(menu_item_load(txn, 1001, &item));
    assert_int_equal(item.object_id, 1001);
    assert_int_equal(item.spu_id, 10);
    assert_true(str_eq(item.name, STR("Margherita M")));
    assert_true(str_eq(item.tax, STR("A")));
    assert_true(str_eq(item.station, STR("oven")));
    assert_int_equal(item.price_e4, 127500);
    assert_int_equal(item.step_t, 5);
    assert_int_equal(item.n_groups, 1);
    assert_int_equal(item.groups[0], 1);
    assert_int_equal(item.n_parts, 0);
    txn_abort(txn);
}

static void missing_fields_take_their_defaults(void **state)
{
    struct box *box = *state;
    struct menu_item item;
    import_good(box, "{\"currency\":\"JPY\",\"decimals\":0,\"items\":[{\"object_id\":1,\"name\":"
                     "\"a\",\"price\":0}]}");
    struct txn *txn = reading(box);
    struct menu_head head;
    assert_true(menu_item_load(txn, 1, &item));
    assert_int_equal(item.step_t, 10);
    assert_int_equal(item.spu_id, 0);
    assert_int_equal(item.station.n, 0);
    assert_int_equal(item.price_e4, 0);
    assert_int_equal(item.n_groups + item.n_parts, 0);
    assert_true(menu_head_load(txn, &head));
    assert_int_equal(head.decimals, 0);
    txn_abort(txn);
}

static void price_is_the_channels_own_or_the_common_one(void **state)
{
    struct box *box = *state;
    struct menu_item item;
    import_good(box, GOOD);
    struct txn *txn = reading(box);
    assert_true(menu_item_load(txn, 1001, &item));
    assert_int_equal(menu_price(&item, CHANNEL_KIOSK), 122500);
    assert_int_equal(menu_price(&item, CHANNEL_POS), 127500);
    assert_int_equal(menu_price(&item, CHANNEL_COUNT), 127500);
    txn_abort(txn);
}

static void channel_price_of_zero_is_a_price(void **state)
{
    struct box *box = *state;
    struct menu_item item;
    import_good(box, "{\"currency\":\"EUR\",\"items\":[{\"object_id\":1,\"name\":\"a\",\"price\":3,"
                     "\"channel_prices\":{\"EMENU\":0}}]}");
    struct txn *txn = reading(box);
    assert_true(menu_item_load(txn, 1, &item));
    assert_int_equal(menu_price(&item, CHANNEL_EMENU), 0);
    assert_int_equal(menu_price(&item, CHANNEL_KIOSK), 30000);
    txn_abort(txn);
}

static void group_spu_and_combo_are_loaded_as_imported(void **state)
{
    struct box *box = *state;
    struct menu_group group;
    struct menu_item combo;
    struct menu_spu spu;
    import_good(box, GOOD);
    struct txn *txn = reading(box);
    assert_true(menu_group_load(txn, 1, &group));
    assert_true(str_eq(group.name, STR("Extras")));
    assert_int_equal(group.min, 0);
    assert_int_equal(group.max, 2);
    assert_int_equal(group.n_options, 2);
    assert_int_equal(group.options[0].option_id, 77);
    assert_int_equal(group.options[0].object_id, 0);
    assert_int_equal(group.options[1].object_id, 1044);
    assert_int_equal(group.options[1].price_e4, 20000);
    assert_true(menu_spu_load(txn, 10, &spu));
    assert_true(str_eq(spu.category, STR("Pizza")));
    assert_true(menu_item_load(txn, 1090, &combo));
    assert_int_equal(combo.n_parts, 2);
    assert_int_equal(combo.parts[0].qty_t, 10);
    assert_int_equal(combo.parts[1].object_id, 1044);
    assert_int_equal(combo.parts[1].qty_t, 20);
    assert_int_equal(combo.parts[1].price_e4, 5000);
    txn_abort(txn);
}

static void what_is_not_on_the_menu_is_not_found_and_no_error(void **state)
{
    struct box *box = *state;
    struct menu_item item;
    struct menu_group group;
    struct menu_spu spu;
    struct menu_head head;
    struct txn *txn = reading(box);
    assert_false(menu_item_load(txn, 1001, &item));
    assert_false(menu_group_load(txn, 1, &group));
    assert_false(menu_spu_load(txn, 10, &spu));
    assert_false(menu_head_load(txn, &head));
    assert_int_equal(head.rev, 0);
    assert_int_equal(head.decimals, 2);
    assert_int_equal(txn_error(txn), PH_OK);
    txn_abort(txn);
}

static void import_replaces_the_menu_and_raises_rev(void **state)
{
    struct box *box = *state;
    struct menu_item item;
    struct menu_group group;
    struct menu_head head;
    import_good(box, GOOD);
    import_good(box, "{\"currency\":\"EUR\",\"stations\":[\"bar\"],\"items\":[{\"object_id\":1044,"
                     "\"name\":\"Cola\",\"price\":\"2.7\"}]}");
    struct txn *txn = reading(box);
    assert_true(menu_head_load(txn, &head));
    assert_int_equal(head.rev, 2);
    assert_int_equal(head.items, 1);
    assert_int_equal(head.spus + head.groups, 0);
    assert_int_equal(head.at.epoch, 3);
    assert_int_equal(head.at.seq, 17);
    assert_true(str_eq(head.currency, STR("EUR")));
    assert_false(menu_item_load(txn, 1001, &item));
    assert_false(menu_group_load(txn, 1, &group));
    assert_true(menu_item_load(txn, 1044, &item));
    assert_int_equal(item.price_e4, 27000);
    assert_int_equal(txn_entries(txn, TABLE_MENU), 3); /* head, station, item */
    txn_abort(txn);
}

static void refused_import_leaves_the_old_menu(void **state)
{
    struct box *box = *state;
    struct menu_item item;
    struct menu_head head;
    import_good(box, GOOD);
    import_refused(box,
                   "{\"currency\":\"EUR\",\"items\":[" LUNCH
                   "],\"combos\":[{\"object_id\":\"1090\",\"parts\":[{\"object_id\":\"5\"}]}]}",
                   "combos[0].parts[0].object_id: no such item");
    struct txn *txn = reading(box);
    assert_true(menu_head_load(txn, &head));
    assert_int_equal(head.rev, 1);
    assert_true(menu_item_load(txn, 1001, &item));
    txn_abort(txn);
}

#define ITEMS(x)   "{\"currency\":\"EUR\",\"stations\":[\"oven\"],\"items\":[" COLA_PLAIN "," x "]}"
#define COLA_PLAIN "{\"object_id\":1044,\"name\":\"Cola\",\"price\":2.5}"
#define ITEM(rest) ITEMS("{\"object_id\":\"1\",\"name\":\"a\",\"price\":\"1\"" rest "}")
#define WITH(rest) "{\"currency\":\"EUR\",\"items\":[" COLA_PLAIN "," LUNCH "]," rest "}"
#define OPTION(rest)                                                                               \
    WITH("\"groups\":[{\"id\":1,\"name\":\"g\",\"options\":[{\"option_id\":7,\"name\":\"o\"" rest  \
         "}]}]")
#define GROUP_OF(rest) WITH("\"groups\":[{\"id\":1,\"name\":\"g\"," rest "}]")
#define TWO_OPTIONS                                                                                \
    "\"options\":[{\"option_id\":7,\"name\":\"o\"},{\"option_id\":8,\"name\":\"p\"}]"

static const struct {
    const char *doc, *why;
} REFUSED[] = {
    {"{}", "currency: missing"},
    {"{\"currency\":\"eur\"}", "currency: not a currency code"},
    {"{\"currency\":\"EU\"}", "currency: not a currency code"},
    {"{\"currency\":\"EURO\"}", "currency: too long"},
    {"{\"currency\":\"EUR\",\"decimals\":5}", "decimals: not 0 to 4"},
    {"{\"currency\":\"EUR\"}", "items: missing"},
    {"{\"currency\":\"EUR\",\"items\":[]}", "items: missing"},
    {"{\"currency\":\"EUR\",\"items\":{}}", "items: not a list"},
    {"{\"currency\":\"EUR\",\"itens\":[]}", "itens: unknown field"},
    {"{\"currency\":\"EUR\",\"stations\":[\"Oven\"]}", "stations[0]: only a-z, 0-9 and -"},
    {"{\"currency\":\"EUR\",\"stations\":[\"oven\",\"oven\"]}", "stations[1]: named twice"},
    {"{\"currency\":\"EUR\",\"categories\":[\"a\",1]}", "categories[1]: not a text"},
    {ITEMS("5"), "items[1]: not an object"},
    {ITEMS("{\"name\":\"a\",\"price\":\"1\"}"), "items[1].object_id: missing"},
    {ITEMS("{\"object_id\":\"01\",\"name\":\"a\",\"price\":\"1\"}"),
     "items[1].object_id: not an id"},
    {ITEMS("{\"object_id\":0,\"name\":\"a\",\"price\":\"1\"}"), "items[1].object_id: not an id"},
    {ITEMS("{\"object_id\":\"9007199254740992\",\"name\":\"a\",\"price\":\"1\"}"),
     "items[1].object_id: not an id"},
    {ITEMS(COLA_PLAIN), "items[1].object_id: this id is taken"},
    {ITEMS("{\"object_id\":1,\"price\":\"1\"}"), "items[1].name: missing"},
    {ITEMS("{\"object_id\":1,\"name\":\"\",\"price\":\"1\"}"), "items[1].name: empty"},
    {ITEMS("{\"object_id\":1,\"name\":\"a\\nb\",\"price\":\"1\"}"),
     "items[1].name: control characters"},
    {ITEMS("{\"object_id\":1,\"name\":\"a\"}"), "items[1].price: missing"},
    {ITEMS("{\"object_id\":1,\"name\":\"a\",\"price\":\"-1\"}"), "items[1].price: not an amount"},
    {ITEMS("{\"object_id\":1,\"name\":\"a\",\"price\":\"1.23456\"}"),
     "items[1].price: not an amount"},
    {ITEMS("{\"object_id\":1,\"name\":\"a\",\"price\":null}"), "items[1].price: not an amount"},
    {ITEM(",\"prize\":1"), "items[1].prize: unknown field"},
    {ITEM(",\"spu_id\":3"), "items[1].spu_id: no such spu"},
    {ITEM(",\"station\":\"bar\""), "items[1].station: not in stations"},
    {ITEM(",\"step\":0"), "items[1].step: not a quantity"},
    {ITEM(",\"step\":\"0.25\""), "items[1].step: not a quantity"},
    {ITEM(",\"tax\":\"a-tax-code-that-is-too-long\""), "items[1].tax: too long"},
    {ITEM(",\"groups\":[4]"), "items[1].groups[0]: no such group"},
    {ITEM(",\"channel_prices\":{\"FAX\":1}"), "items[1].channel_prices.FAX: no such channel"},
    {ITEM(",\"channel_prices\":{\"POS\":\"x\"}"), "items[1].channel_prices.POS: not an amount"},
    {WITH("\"spus\":[{\"id\":1,\"name\":\"s\",\"category\":\"c\"}]"),
     "spus[0].category: not in categories"},
    {WITH("\"spus\":[{\"id\":1,\"name\":\"s\"},{\"id\":\"1\",\"name\":\"t\"}]"),
     "spus[1].id: this id is taken"},
    {GROUP_OF("\"options\":[]"), "groups[0].options: missing"},
    {GROUP_OF("\"min\":3," TWO_OPTIONS), "groups[0].min: more than there are options"},
    {GROUP_OF("\"max\":0," TWO_OPTIONS), "groups[0].max: nothing may be chosen"},
    {GROUP_OF("\"min\":2,\"max\":1," TWO_OPTIONS), "groups[0].max: below min"},
    {GROUP_OF("\"max\":17," TWO_OPTIONS), "groups[0].max: not a number of options"},
    {GROUP_OF("\"options\":[{\"option_id\":7,\"name\":\"o\"},{\"option_id\":7,\"name\":\"p\"}]"),
     "groups[0].options[1].option_id: this id is taken"},
    {OPTION(",\"object_id\":5"), "groups[0].options[0].object_id: no such item"},
    {OPTION(",\"price\":\"-1\""), "groups[0].options[0].price: not an amount"},
    {OPTION(",\"nuts\":true"), "groups[0].options[0].nuts: unknown field"},
    {WITH("\"combos\":[{\"object_id\":7,\"parts\":[{\"object_id\":1044}]}]"),
     "combos[0].object_id: no such item"},
    {WITH("\"combos\":[{\"object_id\":1090,\"parts\":[]}]"), "combos[0].parts: missing"},
    {WITH("\"combos\":[{\"object_id\":1090,\"parts\":[{\"object_id\":1090}]}]"),
     "combos[0].parts[0].object_id: a combo cannot be part of one"},
    {WITH("\"combos\":[{\"object_id\":1090,\"parts\":[{\"object_id\":1044},{\"object_id\":1044}"
          "]}]"),
     "combos[0].parts[1].object_id: named twice"},
};

static void refusals_name_the_path(void **state)
{
    for (size_t i = 0; i < sizeof REFUSED / sizeof REFUSED[0]; i++)
        import_refused(*state, REFUSED[i].doc, REFUSED[i].why);
}

/* ---- growing documents ---- */

struct text {
    char *p;
    size_t n, cap;
};

static void add(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void add(struct text *t, const char *fmt, ...)
{
    va_list args;
    if (t->cap - t->n < 512)
        t->p = realloc(t->p, t->cap = 2 * t->cap + 1024);
    va_start(args, fmt);
    t->n += (size_t)vsnprintf(t->p + t->n, t->cap - t->n, fmt, args);
    va_end(args);
}

static struct text many_items(unsigned n)
{
    struct text t = {.p = NULL};
    add(&t, "{\"currency\":\"EUR\",\"items\":[");
    for (unsigned i = 0; i < n; i++)
        add(&t, "%s{\"object_id\":\"%u\",\"name\":\"Item %u\",\"price\":\"%u.5\"}", i ? "," : "",
            1000 + i, i, i % 90);
    add(&t, "]}");
    return t;
}

static struct text many_options(unsigned n, const char *name)
{
    struct text t = {.p = NULL};
    add(&t, "{\"currency\":\"EUR\",\"items\":[" COLA_PLAIN
            "],\"groups\":[{\"id\":1,\"name\":\"g\",\"options\":[");
    for (unsigned i = 0; i < n; i++)
        add(&t, "%s{\"option_id\":%u,\"name\":\"%s\",\"object_id\":1044}", i ? "," : "", i + 1,
            name);
    add(&t, "]}]}");
    return t;
}

static struct text combo_of(unsigned n)
{
    struct text t = {.p = NULL};
    add(&t, "{\"currency\":\"EUR\",\"items\":[{\"object_id\":1,\"name\":\"c\",\"price\":1}");
    for (unsigned i = 0; i < n; i++)
        add(&t, ",{\"object_id\":%u,\"name\":\"p\",\"price\":1}", 100 + i);
    add(&t, "],\"combos\":[{\"object_id\":1,\"parts\":[");
    for (unsigned i = 0; i < n; i++)
        add(&t, "%s{\"object_id\":%u}", i ? "," : "", 100 + i);
    add(&t, "]}]}");
    return t;
}

static void import_expect(struct box *box, struct text t, enum code code, const char *why)
{
    assert_int_equal(import_text(box, t.p, t.n), code);
    if (code != CODE_OK)
        assert_string_equal(box->why, why);
    free(t.p);
}

static struct text file_text(const char *path)
{
    struct text t = {.cap = 1 << 20};
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    t.p = malloc(t.cap);
    t.n = fread(t.p, 1, t.cap, f);
    fclose(f);
    return t;
}

static void the_built_in_sample_is_a_good_menu(void **state)
{
    struct box *box = *state;
    struct menu_head head;
    struct text t = file_text(PH_SOURCE_DIR "/tools/demo-data/menu.json");
    enum code code = import_text(box, t.p, t.n);
    free(t.p);
    if (code != CODE_OK)
        fail_msg("refused: %s", box->why);
    struct txn *txn = reading(box);
    assert_true(menu_head_load(txn, &head));
    assert_int_equal(head.items, 24);
    txn_abort(txn);
}

static void limits_hold_at_their_edges(void **state)
{
    char name[LIMIT_NAME + 2];
    memset(name, '\'', sizeof name);
    name[LIMIT_NAME + 1] = '\0';
    import_expect(*state, many_options(1, name), CODE_BAD_REQUEST,
                  "groups[0].options[0].name: too long");
    name[LIMIT_NAME] = '\0';
    import_expect(*state, many_options(MENU_OPTIONS, name), CODE_OK, "");
    import_expect(*state, many_options(MENU_OPTIONS + 1, "o"), CODE_BAD_REQUEST,
                  "groups[0].options: too many");
    import_expect(*state, combo_of(MENU_PARTS), CODE_OK, "");
    import_expect(*state, combo_of(MENU_PARTS + 1), CODE_BAD_REQUEST, "combos[0].parts: too many");
    import_expect(*state, many_items(LIMIT_ITEMS + 1), CODE_BAD_REQUEST, "items: too many");
}

static void ten_thousand_items_are_imported_and_found(void **state)
{
    struct box *box = *state;
    struct menu_item item;
    import_expect(box, many_items(10000), CODE_OK, "");
    struct txn *txn = reading(box);
    for (int64_t id = 1000; id < 11000; id++) {
        assert_true(menu_item_load(txn, id, &item));
        assert_int_equal(item.price_e4, (id - 1000) % 90 * 10000 + 5000);
    }
    assert_false(menu_item_load(txn, 11000, &item));
    txn_abort(txn);
}

/* ---- pages ---- */

/* One page, parsed. The cursor of the next one (or the empty text) goes to `cursor`. */
static struct json *page(struct box *box, char cursor[64])
{
    struct txn *txn = reading(box);
    struct jw w;
    jw_init(&w, box->page, sizeof box->page);
    jw_open(&w, '{');
    menu_page(txn, str_of(cursor), &w);
    jw_close(&w, '}');
    assert_int_equal(txn_error(txn), PH_OK);
    txn_abort(txn);
    assert_true(jw_ok(&w));
    assert_true(w.n <= LIMIT_PAGE_BYTES);
    struct json *doc =
        json_parse(w.p, w.n, &(struct json_limits){LIMIT_PAGE_BYTES, 8, 100000}, box->why);
    if (!doc)
        fail_msg("page: %s", box->why);
    const struct json *next = json_get(doc, "cursor");
    struct str text = next ? json_string(next) : STR("");
    snprintf(cursor, 64, "%.*s", (int)text.n, text.p);
    return doc;
}

static size_t count(const struct json *doc, const char *section)
{
    const struct json *list = json_get(doc, section);
    size_t n = 0;
    for (const struct json *v = list ? json_first(list) : NULL; v; v = json_next(v))
        n++;
    return n;
}

static void one_page_shows_a_small_menu_whole(void **state)
{
    struct box *box = *state;
    char cursor[64] = "";
    import_good(box, GOOD);
    json_free(page(box, cursor));
    assert_string_equal(cursor, "");
    struct str got = {box->page, strlen(box->page)};
    assert_true(str_eq(
        got,
        STR("{\"rev\":1,\"currency\":\"EUR\",\"decimals\":2,\"categories\":[\"Pizza\",\"Drinks\"],"
            "\"stations\":[\"oven\",\"bar\"],"
            "\"spus\":[{\"id\":\"10\",\"name\":\"Margherita\",\"category\":\"Pizza\"}],"
            "\"items\":[{\"object_id\":\"1001\",\"spu_id\":\"10\",\"name\":\"Margherita M\","
            "\"price\":\"12.7500\",\"tax\":\"A\",\"station\":\"oven\",\"step\":\"0.5\",\"groups\":["
            "\"1\"],"
            "\"channel_prices\":{\"KIOSK\":\"12.2500\"}},"
            "{\"object_id\":\"1044\",\"name\":\"Cola\",\"price\":\"2.5000\",\"station\":\"bar\","
            "\"step\":\"1\"},"
            "{\"object_id\":\"1090\",\"name\":\"Lunch\",\"price\":\"14.0000\",\"step\":\"1\"}],"
            "\"groups\":[{\"id\":\"1\",\"name\":\"Extras\",\"min\":0,\"max\":2,\"options\":["
            "{\"option_id\":\"77\",\"name\":\"Extra cheese\",\"price\":\"1.0000\"},"
            "{\"option_id\":\"78\",\"name\":\"With "
            "cola\",\"price\":\"2.0000\",\"object_id\":\"1044\"}]}],"
            "\"combos\":[{\"object_id\":\"1090\",\"parts\":[{\"object_id\":\"1001\",\"qty\":\"1\","
            "\"price\":\"0.0000\"},"
            "{\"object_id\":\"1044\",\"qty\":\"2\",\"price\":\"0.5000\"}]}]}")));
}

static void a_page_can_be_imported_again(void **state)
{
    struct box *box = *state;
    char cursor[64] = "";
    import_good(box, GOOD);
    json_free(page(box, cursor));
    char *copy = strdup(box->page);
    import_good(box, copy);
    free(copy);
    cursor[0] = '\0';
    struct json *doc = page(box, cursor);
    assert_int_equal(count(doc, "items"), 3);
    assert_int_equal(count(doc, "combos"), 1);
    json_free(doc);
}

static void a_store_without_a_menu_has_one_empty_page(void **state)
{
    char cursor[64] = "";
    struct box *box = *state;
    json_free(page(box, cursor));
    assert_string_equal(cursor, "");
    assert_string_equal(box->page, "{\"rev\":0,\"currency\":\"\",\"decimals\":2}");
}

static void pages_cover_everything_exactly_once(void **state)
{
    struct box *box = *state;
    char cursor[64] = "";
    int64_t last = 0;
    size_t items = 0, pages = 0;
    import_expect(box, many_items(5000), CODE_OK, "");
    do {
        struct json *doc = page(box, cursor);
        assert_null(json_get(doc, "restarted"));
        const struct json *list = json_get(doc, "items");
        for (const struct json *v = list ? json_first(list) : NULL; v; v = json_next(v)) {
            int64_t id = strtoll(json_string(json_get(v, "object_id")).p, NULL, 10);
            assert_true(id > last);
            last = id;
            items++;
        }
        json_free(doc);
        pages++;
    } while (cursor[0]);
    assert_int_equal(items, 5000);
    assert_true(pages >= 5 && pages < 20);
}

static void pages_go_from_section_to_section(void **state)
{
    struct box *box = *state;
    char cursor[64] = "";
    size_t items = 0, groups = 0, combos = 0, spus = 0;
    struct text t = {.p = NULL};
    add(&t, "{\"currency\":\"EUR\",\"spus\":[");
    for (unsigned i = 0; i < 700; i++)
        add(&t, "%s{\"id\":%u,\"name\":\"spu %u\"}", i ? "," : "", i + 1, i);
    add(&t, "],\"items\":[");
    for (unsigned i = 0; i < 700; i++)
        add(&t, "%s{\"object_id\":%u,\"name\":\"item %u\",\"price\":1}", i ? "," : "", i + 1, i);
    add(&t, "],\"groups\":[");
    for (unsigned i = 0; i < 700; i++)
        add(&t, "%s{\"id\":%u,\"name\":\"g\",\"options\":[{\"option_id\":%u,\"name\":\"o\"}]}",
            i ? "," : "", i + 1, i + 1);
    add(&t, "],\"combos\":[");
    for (unsigned i = 0; i < 600; i++)
        add(&t, "%s{\"object_id\":%u,\"parts\":[{\"object_id\":%u}]}", i ? "," : "", i + 101,
            i % 100 + 1);
    add(&t, "]}");
    import_expect(box, t, CODE_OK, "");
    do {
        struct json *doc = page(box, cursor);
        spus += count(doc, "spus");
        items += count(doc, "items");
        groups += count(doc, "groups");
        combos += count(doc, "combos");
        json_free(doc);
    } while (cursor[0]);
    assert_int_equal(spus, 700);
    assert_int_equal(items, 700);
    assert_int_equal(groups, 700);
    assert_int_equal(combos, 600);
}

static void the_longest_rows_fit_a_page(void **state)
{
    struct box *box = *state;
    char name[2 * LIMIT_NAME + 1], cursor[64] = "";
    for (size_t i = 0; i < LIMIT_NAME; i++)
        memcpy(name + 2 * i, "\\\"", 3);
    import_expect(box, many_options(MENU_OPTIONS, name), CODE_OK, "");
    struct json *doc = page(box, cursor);
    assert_int_equal(count(doc, "groups"), 1);
    json_free(doc);
}

static void a_new_rev_between_pages_starts_again(void **state)
{
    struct box *box = *state;
    char cursor[64] = "";
    import_expect(box, many_items(2000), CODE_OK, "");
    json_free(page(box, cursor));
    assert_string_not_equal(cursor, "");
    import_expect(box, many_items(2001), CODE_OK, "");
    struct json *doc = page(box, cursor);
    assert_true(json_bool(json_get(doc, "restarted")));
    assert_true(str_eq(json_string(json_get(json_first(json_get(doc, "items")), "object_id")),
                       STR("1000")));
    json_free(doc);
}

static void an_unreadable_cursor_starts_again(void **state)
{
    static const char *const BAD[] = {"x",      "1",           "1-2",         "1-9-0", "1-3-5z",
                                      "1-3-5 ", "18446744073", "-1--1--1-1-", "2-3-0"};
    struct box *box = *state;
    import_good(box, GOOD);
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        char cursor[64];
        snprintf(cursor, sizeof cursor, "%s", BAD[i]);
        struct json *doc = page(box, cursor);
        assert_true(json_bool(json_get(doc, "restarted")));
        assert_int_equal(count(doc, "items"), 3);
        json_free(doc);
    }
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, box_open, box_close)
int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(item_is_loaded_as_it_was_imported),
        CASE(missing_fields_take_their_defaults),
        CASE(price_is_the_channels_own_or_the_common_one),
        CASE(channel_price_of_zero_is_a_price),
        CASE(group_spu_and_combo_are_loaded_as_imported),
        CASE(what_is_not_on_the_menu_is_not_found_and_no_error),
        CASE(import_replaces_the_menu_and_raises_rev),
        CASE(refused_import_leaves_the_old_menu),
        CASE(refusals_name_the_path),
        CASE(the_built_in_sample_is_a_good_menu),
        CASE(limits_hold_at_their_edges),
        CASE(ten_thousand_items_are_imported_and_found),
        CASE(one_page_shows_a_small_menu_whole),
        CASE(a_page_can_be_imported_again),
        CASE(a_store_without_a_menu_has_one_empty_page),
        CASE(pages_cover_everything_exactly_once),
        CASE(pages_go_from_section_to_section),
        CASE(the_longest_rows_fit_a_page),
        CASE(a_new_rev_between_pages_starts_again),
        CASE(an_unreadable_cursor_starts_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
