/* POST /api/v1/poi/hub/claim: a box takes the store over (sync-protocol 3.7). A store that nobody
 * has claimed yet begins here.
 *   {"brandId","poiId","box_id","epoch"[,"token"]}
 *   {"code":0,"epoch":8,"center_epoch":1,"ver":88300,"open_orders":[..],"orders_left_out":0,
 *    "rows":[..],"next_ver":88300,"more":false,"server_hlc":[..]}
 * The first page of rows is in the answer; while there is `more`, find-to-pos goes on from
 * next_ver. Each row tells the H that goes on counting, from position (epoch, 0). open_orders are
 * those of open_order.h; how many did not fit is said.
 */
#include "proto/wire.h"
#include "tools/product-center/endpoint.h"
#include "tools/product-center/open_order.h"
#include "tools/product-center/salvaged.h"
#include "tools/product-center/settings.h"
#include "tools/product-center/show.h"
#include "tools/product-center/takeover.h"
#include "tools/product-center/token.h"

/* Nobody will tell of another cut than what is known. */
static const struct db_statement REPLACE = {"UPDATE poi_item_stock SET h_epoch = $4, h_seq = 0,"
                                            " base_hf = true"
                                            " WHERE shard = $1 AND brand_id = $2 AND poi_id = $3"};

struct claim {
    struct str brand, poi, box_id, token;
    uint32_t epoch; /* the box's own last one */
};

static enum code decode(struct call *c, struct claim *out, char path[FIELD_PATH])
{
    struct fields f;
    *out = (struct claim){.token = STR("")};
    fields_begin(&f, &c->arena, path);
    wire_need_store(&f, c->body, &out->brand, &out->poi);
    field_need(&f, wire_text(&f, c->body, "box_id", LIMIT_BOX_ID, &out->box_id), "box_id");
    field_need(&f, field_u32(&f, c->body, "epoch", 0, UINT32_MAX - 1, &out->epoch), "epoch");
    wire_text(&f, c->body, "token", TOKEN_MAX, &out->token);
    return f.code;
}

/* Nothing of the new epoch is merged yet; what the old one left stays. */
static void open_epoch(struct call *c, struct store *s, const struct claim *claim, uint32_t epoch)
{
    struct db_args a = {0};
    if (s->epoch > 0)
        epoch_end(c, s);
    s->epoch = epoch;
    s->acked = s->head = 0;
    chain_genesis(claim->brand, claim->poi, epoch, s->tail);
    s->box_id = claim->box_id;
    s->seen_ms = c->now_ms;
    arg_store(&a, &c->key);
    arg_int(&a, epoch);
    db_run(c->db, &REPLACE, &a);
}

static void answer(struct call *c, const struct store *s, const struct items *page, bool more)
{
    call_answer(c);
    jw_kint(&c->out, "epoch", s->epoch);
    jw_kint(&c->out, "center_epoch", s->center_epoch);
    wire_put_u64(&c->out, "ver", s->ver);
    jw_karray(&c->out, "open_orders");
    size_t left_out = open_orders_write(c);
    jw_close(&c->out, ']');
    wire_put_u64(&c->out, "orders_left_out", left_out);
    jw_karray(&c->out, "rows");
    for (size_t i = 0; i < page->n; i++)
        item_write(&c->out, &page->at[i], true);
    jw_close(&c->out, ']');
    wire_put_u64(&c->out, "next_ver", s->applied);
    jw_kbool(&c->out, "more", more);
    wire_put_hlc(&c->out, "server_hlc", s->hlc);
    call_done(c);
}

static void take_over(struct call *c, struct store *s, const struct claim *claim, uint32_t epoch)
{
    bool taken = s->epoch > 0;
    open_epoch(c, s, claim, epoch);
    if (taken)
        takeover_presume(c, s);
    struct items page = items_page(c, 0, LIMIT_PULL_ROWS + 1, true);
    bool more = page.n > LIMIT_PULL_ROWS;
    if (more)
        page.n = LIMIT_PULL_ROWS;
    s->applied = more ? page.at[page.n - 1].over : s->ver;
    store_save(c, s);
    answer(c, s, &page, more);
}

/* The box that has the store already, by its certificate, needs nobody's leave for a new epoch. */
static bool has_store(const struct call *c, const struct store *s)
{
    return c->has_peer && s->epoch > 0 && str_eq(s->box_id, str_of(c->peer.box));
}

static bool may_claim(struct call *c, const struct store *s, const struct claim *claim,
                      uint32_t next)
{
    if (!c->settings->need_token)
        return true;
    if (claim->token.n == 0 && has_store(c, s))
        return true;
    return token_spend(c, s, claim->token, claim->box_id, next);
}

void hub_claim(struct call *c)
{
    char path[FIELD_PATH];
    struct claim claim;
    struct store s;
    enum code code = decode(c, &claim, path);
    if (code != CODE_OK) {
        call_malformed(c, code, path);
        return;
    }
    call_store(c, claim.brand, claim.poi);
    store_lock(c, &s);
    uint32_t epoch = (claim.epoch > s.epoch ? claim.epoch : s.epoch) + 1;
    if (!may_claim(c, &s, &claim, epoch))
        call_error(c, &(struct cloud_error){.code = 403,
                                            .name = CLOUD_OTHER,
                                            .name_text = STR("BAD_TOKEN"),
                                            .detail = STR("no such token, or it was spent")});
    else
        take_over(c, &s, &claim, epoch);
}
