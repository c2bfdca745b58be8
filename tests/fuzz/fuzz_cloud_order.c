/* Whatever a center sends as an order: it decodes into one that a kitchen can cook and a record can
 * hold, or is refused with a path; what was decoded and told again decodes to the same.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/cloud_order.h"
#include "proto/row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char first[1 << 17], second[1 << 17];
static char path[FIELD_PATH];

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void order_holds(const struct cloud_order *o)
{
    must(o->order_id.n > 0 && o->order_id.n <= LIMIT_ORDER_ID);
    must(o->channel.n > 0 && o->channel.n <= CHANNEL_CODE);
    must(o->state != ORDER_NONE && order_state_name(o->state)[0] != '?');
    must(o->n_lines > 0 && o->n_lines <= LIMIT_LINES);
    must(o->placed_at_ms >= 0 && o->paid_at_ms >= 0 && o->ready_at_ms >= 0);
    must(cloud_order_weight(o) <= LIMIT_CLOUD_ORDER_BYTES);
    for (uint16_t i = 0; i < o->n_lines; i++) {
        const struct line_fact *l = &o->lines[i];
        must(l->line > 0 && l->object.id > 0 && l->name.n > 0 && l->name.n <= LIMIT_NAME);
        must(l->q_t > 0 && l->q_t <= LIMIT_QTY_T && l->n_options <= LIMIT_OPTIONS);
        must(l->amount_e4 >= 0 && l->amount_e4 <= LIMIT_MONEY_E4);
    }
}

static struct str told(char *buf, size_t cap, const struct cloud_order *o)
{
    struct jw w;
    jw_init(&w, buf, cap);
    cloud_order_encode(&w, o);
    must(jw_ok(&w));
    return jw_text(&w);
}

static void comes_back(const struct cloud_order *o, struct arena *arena)
{
    struct cloud_order again;
    struct str text = told(first, sizeof first, o);
    struct json *doc = json_parse(text.p, text.n, &JSON_CLOUD, NULL);
    must(doc != NULL && cloud_order_decode(doc, arena, &again, path) == CODE_OK);
    must(str_eq(told(second, sizeof second, &again), text));
    json_free(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct cloud_order order;
    struct json *doc = json_parse((const char *)data, size, &JSON_CLOUD, NULL);
    if (!doc)
        return 0;
    arena_init(&arena, 4 << 20);
    if (cloud_order_decode(doc, &arena, &order, path) == CODE_OK) {
        order_holds(&order);
        comes_back(&order, &arena);
    } else {
        must(memchr(path, 0, FIELD_PATH) != NULL && path[0] != '\0');
    }
    arena_free(&arena);
    json_free(doc);
    return 0;
}
