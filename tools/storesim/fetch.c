#include "tools/storesim/fetch.h"

#include "tools/storesim/request.h"

static void ask(struct device *d, struct str cursor);

static void on_page(struct device *d, const struct reply *r, void *ctx)
{
    (void)ctx;
    if (r->code != CODE_OK) {
        stats_fault(&d->sim->stats, "menu.get: %d", r->code);
        return;
    }
    menu_add_page(&d->sim->menu, r->body);
    const struct json *cursor = json_get(r->body, "cursor");
    if (cursor && json_kind(cursor) == JSON_STRING)
        ask(d, json_string(cursor));
    else
        menu_close(&d->sim->menu);
}

static void ask(struct device *d, struct str cursor)
{
    struct jw *w = request_begin(d);
    if (cursor.n)
        jw_kstring(w, "cursor", cursor);
    request_send(d, VERB_MENU_GET, STR(""), on_page, NULL);
}

void fetch_menu(struct device *d)
{
    ask(d, STR(""));
}
