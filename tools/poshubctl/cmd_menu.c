/* menu import, show. */
#include <stdio.h>
#include <stdlib.h>

#include "proto/limits.h"
#include "tools/poshubctl/cmd.h"
#include "tools/poshubctl/reply.h"
#include "tools/poshubctl/file.h"
#include "tools/poshubctl/hub.h"

static void print_import(const struct ctl *ctl, const struct json *reply)
{
    (void)ctl;
    printf("menu rev %s: %s items, %s spus, %s option groups\n", TEXT_AT(reply, "result.rev"),
           TEXT_AT(reply, "result.items"), TEXT_AT(reply, "result.spus"),
           TEXT_AT(reply, "result.groups"));
}

/* Before it is sent: the words about a broken file are better here, where its name is known. */
static bool is_document(const char *path, struct str text)
{
    char why[JSON_WHY];
    struct json *doc = json_parse(text.p, text.n, &JSON_IMPORT, why);
    if (!doc)
        fprintf(stderr, "poshubctl: %s is no menu: %s\n", path, why);
    json_free(doc);
    return doc != NULL;
}

enum ctl_exit cmd_menu_import(struct ctl *ctl, const struct args *args)
{
    struct str text;
    if (!file_read(args->words[0], LIMIT_IMPORT_BYTES, &text))
        return CTL_FAILED;
    enum ctl_exit rc = CTL_FAILED;
    if (is_document(args->words[0], text))
        rc = hub_show(ctl, "menu.import", text, print_import);
    free((void *)(uintptr_t)text.p);
    return rc;
}

static void collect_items(struct grid *g, const struct json *reply)
{
    static const char *const MEMBERS[] = {"object_id", "spu_id",  "name",
                                          "price",     "station", "step"};
    if (reply_true(reply, "restarted"))
        grid_clear(g);
    const struct json *items = reply_at(reply, "items");
    for (const struct json *i = items ? json_first(items) : NULL; i; i = json_next(i)) {
        for (size_t m = 0; m < sizeof MEMBERS / sizeof MEMBERS[0]; m++)
            grid_field(g, i, MEMBERS[m]);
    }
}

enum ctl_exit cmd_menu_show(struct ctl *ctl, const struct args *args)
{
    static const char *const TITLES[] = {">sku",    ">spu",  "name", ">price",
                                         "station", ">step", NULL};
    static const struct hub_list LIST = {.verb = "menu.get", .collect = collect_items};
    return hub_list(ctl, args, &LIST, TITLES);
}
