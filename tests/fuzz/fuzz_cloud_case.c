/* Whatever a center reports as a case of oversell: it decodes into one of a known object with as
 * many claims as are kept, or is refused with a path.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/cloud_case.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void case_holds(const struct cloud_case *k)
{
    must(k->object.id > 0 && k->object.type >= OBJECT_SPU && k->object.type <= OBJECT_SKU);
    must(k->id.n > 0 && k->id.n < OVERSELL_CASE_ID && k->gen_id.n <= LIMIT_GEN_ID);
    must(k->state < CASE_STATE_COUNT && k->n_claims <= LIMIT_CASE_CLAIMS);
    for (uint16_t i = 0; i < k->n_claims; i++)
        must(k->claims[i].order_id.n > 0 && k->claims[i].order_id.n <= LIMIT_ORDER_ID);
    for (uint16_t i = 1; i < k->n_claims; i++)
        must(k->claims[i - 1].short_t > 0 || k->claims[i].short_t <= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[FIELD_PATH];
    struct arena arena;
    struct cloud_case k;
    struct json *doc = json_parse((const char *)data, size, &JSON_CLOUD, NULL);
    if (!doc)
        return 0;
    arena_init(&arena, 1 << 20);
    if (cloud_case_decode(doc, &arena, &k, path) == CODE_OK)
        case_holds(&k);
    else
        must(memchr(path, 0, FIELD_PATH) != NULL && path[0] != '\0');
    arena_free(&arena);
    json_free(doc);
    return 0;
}
