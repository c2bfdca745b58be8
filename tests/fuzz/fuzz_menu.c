/* Any document as a menu: refused with a reason and nothing written, or imported and told again in
 * pages that end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "edge/books/menu.h"
#include "proto/json.h"
#include "storage/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define WHY        96
#define PAGES_MOST 64
#define PAGE_BYTES (1 << 16)

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* The store lives on without its names, and leaves nothing behind. */
static void forget(const char *dir)
{
    static const char *const FILES[] = {"data.mdb", "lock.mdb", "pid"};
    char path[64];
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, FILES[i]);
        must(unlink(path) == 0);
    }
    must(rmdir(dir) == 0);
}

static struct store *store_once(void)
{
    static struct store *store;
    static char dir[] = "/dev/shm/fuzz-menu.XXXXXX";
    char why[STORE_WHY];
    if (store)
        return store;
    must(mkdtemp(dir) != NULL);
    must(store_open(&store, &(struct store_options){.dir = dir, .map_bytes = 64 << 20}, why) ==
         PH_OK);
    forget(dir);
    return store;
}

/* Follows the cursor to the end. */
static void pages_end(struct txn *txn)
{
    static char text[PAGE_BYTES];
    char cursor[64] = "";
    for (int n = 0; n < PAGES_MOST; n++) {
        struct jw w;
        jw_init(&w, text, sizeof text);
        jw_open(&w, '{');
        menu_page(txn, str_of(cursor), &w);
        jw_close(&w, '}');
        struct str page = jw_text(&w);
        struct json *doc = json_parse(page.p, page.n, &JSON_IMPORT, NULL);
        must(doc != NULL);
        struct str next = json_text_at(doc, "cursor");
        must(next.n < sizeof cursor);
        memcpy(cursor, next.p, next.n);
        cursor[next.n] = 0;
        json_free(doc);
        if (next.n == 0)
            return;
    }
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct txn *txn;
    struct menu_head head;
    char why[WHY] = "";
    struct json *doc = json_parse((const char *)data, size, &JSON_IMPORT, NULL);
    if (!doc)
        return 0;
    must(txn_begin_write(store_once(), &txn) == PH_OK);
    enum code code = menu_import(txn, doc, &head, why);
    if (code == CODE_OK) {
        menu_head_save(txn, &head);
        pages_end(txn);
    } else {
        must(!txn_dirty(txn) && why[0] != 0);
    }
    must(txn_error(txn) == PH_OK);
    txn_abort(txn);
    json_free(doc);
    return 0;
}
