#include "tools/product-center/legacy.h"

#include "tools/product-center/change.h"
#include "tools/product-center/oversell.h"
#include "tools/product-center/restore_due.h"
#include "tools/product-center/set.h"
#include "tools/product-center/show.h"
#include "tools/product-center/zone.h"

/* In the arena. */
static struct str body_hash(struct call *c)
{
    uint8_t hash[SHA256_BYTES];
    char *hex = arena_alloc(&c->arena, SHA256_HEX);
    sha256(c->request->body.p, c->request->body.n, hash);
    if (hex == NULL)
        return STR("");
    hex_encode(hash, sizeof(hash), hex);
    return (struct str){hex, SHA256_HEX};
}

/* Stores repeat what they have read, long after its time: a single restore that has passed must not
 * keep their counts out, it comes no more. */
static void write_plan(struct call *c, struct item *it, const struct cloud_row *in, struct store *s)
{
    struct store_zone ctx;
    struct zone zone = zone_of(&ctx, c, s);
    struct stock_row plan = it->row; /* `daily` stays: the base API knows no such thing */
    plan.type = in->row.type;
    plan.plan_t = in->row.plan_t;
    plan.auto_restore = in->row.auto_restore;
    plan.restore_at_ms = in->row.restore_at_ms;
    if (!restore_begins(&zone, c->now_ms, &it->row, &plan))
        plan.auto_restore = 2;
    set_plan(it, &plan, s);
}

static bool write_row(struct call *c, struct item *it, const struct cloud_row *in, struct store *s)
{
    set_status(it, in->row.status, s);
    write_plan(c, it, in, s);
    if (in->has_real && it->row.mode_in_force != MODE_STRICT)
        set_real(c, it, in->real_t, s);
    for (uint16_t i = 0; i < in->row.n_channels; i++)
        if (!set_channel(it, &in->row.channels[i], s))
            return false;
    it->deleted = false;
    return true;
}

static void answer(struct call *c, const struct item *it)
{
    char text[WIRE_TIME];
    struct cloud_row row;
    item_show(it, false, text, &row);
    c->status = 200;
    cloud_row_reply_encode(&c->out, &row);
}

/* In STRICT nobody but the store says what is on its shelf (stock_update.c). */
static bool counts_for_the_store(const struct cloud_row *in, const struct item *it)
{
    return it->row.mode_in_force == MODE_STRICT && in->has_real &&
           in->real_t != stock_real(&it->row);
}

static void refuse(struct call *c, const struct item *it, const char *why)
{
    char text[WIRE_TIME];
    struct cloud_row row;
    item_show(it, false, text, &row);
    call_error(
        c, &(struct cloud_error){.name = CLOUD_ROW_CHANGED, .detail = str_of(why), .row = &row});
}

static void apply(struct call *c, struct items *items, const struct cloud_row *in, struct store *s)
{
    if (!write_row(c, items->at, in, s)) {
        call_fail(c, CLOUD_BAD_REQUEST, "too many channels");
        return;
    }
    items->at->legacy = body_hash(c);
    change_commit(c, s, items, &(struct change){.by = "store"});
    oversell_evaluate_items(c, s, items);
    store_save(c, s);
    answer(c, items->at);
}

static void write(struct call *c, struct items *items, const struct cloud_row *in, struct store *s)
{
    if (counts_for_the_store(in, items->at))
        refuse(c, items->at, "the store itself counts this row");
    else
        apply(c, items, in, s);
}

void legacy_apply(struct call *c, const struct json *body)
{
    char path[FIELD_PATH];
    struct cloud_row in;
    struct store s;
    enum code code = cloud_row_decode(body, &in, path);
    if (code != CODE_OK) {
        call_malformed(c, code, path);
        return;
    }
    store_lock(c, &s);
    struct items items = items_load(c, &in.row.object, 1);
    if (items.n == 0)
        return;
    struct item *it = items.at;
    bool absent = it->id == 0 || it->deleted;
    if (absent || (in.updated_at.n > 0 && in.updated_at_ms == it->updated_ms))
        write(c, &items, &in, &s);
    else if (it->legacy.n > 0 && str_eq(it->legacy, body_hash(c)))
        answer(c, it);
    else
        refuse(c, it, "updated_at is not the current one");
}
