/* POST /api/v1/poi/stock/sync-from-pos: the base API's body, or a batch of events. */
#include "tools/product-center/endpoint.h"
#include "tools/product-center/ingest.h"
#include "tools/product-center/legacy.h"

void stock_sync(struct call *c)
{
    char path[FIELD_PATH];
    struct cloud_sync in;
    enum code code = cloud_sync_decode(c->body, &c->arena, &in, path);
    if (code == CODE_OK) {
        call_store(c, in.brand_id, in.poi_id);
        if (in.legacy != NULL)
            legacy_apply(c, in.legacy);
        else
            ingest_batch(c, &in);
    } else if (code == CODE_BAD_REQUEST && json_get(c->body, "proto") != NULL)
        call_fail(c, CLOUD_BAD_BATCH, path);
    else
        call_malformed(c, code, path);
}
