/* Whatever bytes a device sends: a request decodes into numbers within their limits, or is refused
 * with a printable path. The first two bytes choose verb and role.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void lines_hold(const struct command *c)
{
    for (uint16_t i = 0; i < c->n_lines; i++) {
        const struct line_request *l = &c->lines[i];
        must(l->line > 0 && l->qty_t >= 0 && l->qty_t <= LIMIT_QTY_T);
        must(l->actual_t >= 0 && l->actual_t <= LIMIT_QTY_T && l->note.n <= LIMIT_NOTE);
        must(l->price_e4 >= 0 && l->price_e4 <= LIMIT_MONEY_E4 && l->n_options <= LIMIT_OPTIONS);
        for (uint16_t k = 0; k < l->n_options; k++)
            must(l->options[k].qty_t >= 10 && l->options[k].qty_t % 10 == 0);
    }
}

static void command_holds(const struct command *c)
{
    must(c->n_lines <= LIMIT_LINES && c->n_adjusts <= LIMIT_ADJUSTS);
    must(c->n_payments <= LIMIT_PAYMENTS && c->n_restock <= LIMIT_LINES);
    must(c->order_id.n <= LIMIT_ORDER_ID && c->req_id.n <= LIMIT_REQ_ID);
    must(c->op_id.n <= LIMIT_OP_ID && c->limit <= LIMIT_LIST && c->round <= LIMIT_ROUNDS);
    must(c->channel <= CHANNEL_COUNT && verb_allowed(c->verb, c->who.role));
    lines_hold(c);
}

static void path_holds(enum code code, const char *path)
{
    must(code == CODE_BAD_REQUEST || code == CODE_BAD_QUANTITY || code == CODE_NOT_AUTHORIZED);
    must(memchr(path, 0, FIELD_PATH) != NULL && path[0] != '\0');
    for (; *path; path++)
        must(*path >= ' ' && *path < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct command c;
    char path[FIELD_PATH];
    if (size < 2)
        return 0;
    enum verb verb = data[0] % VERB_COUNT;
    struct caller who = {.device = STR("till-1"), .role = data[1] % ROLE_COUNT};
    struct json *doc = json_parse((const char *)data + 2, size - 2, &JSON_REQUEST, NULL);
    if (!doc)
        return 0;
    arena_init(&arena, 1 << 20);
    enum code code = command_decode(&c, verb, &who, doc, &arena, path);
    if (code == CODE_OK)
        command_holds(&c);
    else
        path_holds(code, path);
    arena_free(&arena);
    json_free(doc);
    return 0;
}
