#include "edge/books/case.h"

#include <string.h>

#include "edge/books/order.h"
#include "proto/row.h"
#include "storage/peek.h"

/* ---- the record ---- */

static void claim_fields(struct pack *p, struct cloud_claim *k)
{
    pack_enum(p, &k->side);
    pack_str(p, &k->order_id, LIMIT_ORDER_ID);
    pack_u32(p, &k->line);
    pack_i64(p, &k->q_t);
    pack_i64(p, &k->short_t);
    pack_bool(p, &k->served);
    pack_bool(p, &k->waived);
    pack_str(p, &k->wish, LIMIT_WORD);
}

static void claims_fields(struct pack *p, struct cloud_case *k, struct arena *arena)
{
    pack_count(p, &k->n_claims, LIMIT_CASE_CLAIMS);
    if (!p->writing)
        k->claims = arena_alloc(arena, k->n_claims * sizeof *k->claims);
    p->bad = p->bad || (k->n_claims > 0 && !k->claims);
    for (uint16_t i = 0; i < k->n_claims && pack_ok(p); i++)
        claim_fields(p, &k->claims[i]);
}

static void case_fields(struct pack *p, struct case_row *k, struct arena *arena)
{
    struct cloud_case *c = &k->said;
    pack_str(p, &c->id, OVERSELL_CASE_ID);
    pack_str(p, &c->gen_id, LIMIT_GEN_ID);
    pack_enum(p, &c->object.type);
    pack_i64(p, &c->object.id);
    pack_u64(p, &c->over);
    pack_enum(p, &c->state);
    pack_i64(p, &c->over_t);
    pack_i64(p, &c->at_risk_t);
    pack_i64(p, &c->supply_t);
    pack_str(p, &c->cause, LIMIT_WORD);
    pack_str(p, &c->ranking, LIMIT_WORD);
    pack_bool(p, &c->confident);
    pack_u32(p, &c->left_out);
    pack_i64(p, &k->since_at_ms);
    pack_i64(p, &k->changed_at_ms);
    claims_fields(p, c, arena);
}

bool case_unpack(struct bytes packed, struct arena *arena, struct case_row *out)
{
    struct pack p;
    memset(out, 0, sizeof *out);
    pack_reader(&p, packed.p, packed.n);
    case_fields(&p, out, arena);
    return pack_done(&p) && out->said.state < CASE_STATE_COUNT;
}

static struct key case_key(struct object object, struct str gen_id)
{
    struct key k = {.n = 0};
    key_add_u8(&k, (uint8_t)object.type);
    key_add_u64(&k, (uint64_t)object.id);
    key_add_text(&k, gen_id.n > 0 ? gen_id : STR(""));
    return k;
}

bool case_load(struct txn *txn, struct object object, struct str gen_id, struct arena *arena,
               struct case_row *out)
{
    struct key key = case_key(object, gen_id);
    struct bytes value;
    if (!txn_peek(txn, TABLE_CASE, key_bytes(&key), &value))
        return false;
    struct str copy = arena_str(arena, (struct str){value.p, value.n});
    return case_unpack((struct bytes){copy.p, copy.n}, arena, out);
}

void case_save(struct txn *txn, const struct case_row *k)
{
    uint8_t buf[CASE_BYTES];
    struct pack p;
    struct case_row writable = *k;
    struct key key = case_key(k->said.object, k->said.gen_id);
    pack_writer(&p, buf, sizeof buf);
    case_fields(&p, &writable, NULL);
    if (pack_ok(&p))
        txn_put(txn, TABLE_CASE, key_bytes(&key), (struct bytes){buf, p.at});
    else
        txn_set_bad(txn, TABLE_CASE, key_bytes(&key));
}

bool case_is_over(const struct case_row *k)
{
    return k->said.state == CASE_COVERED || k->said.state == CASE_CLOSED;
}

/* ---- for people ---- */

static void order_part(struct jw *w, struct str order_id, struct txn *txn, struct arena *arena)
{
    char number[PICKUP_TEXT];
    struct order o;
    if (!txn || !order_find(txn, order_id, arena, &o))
        return;
    order_number(&o, number);
    jw_kstring(w, "channel", str_of(channel_name(o.channel)));
    jw_kstring(w, "number", str_of(number));
}

static void claim_view(struct jw *w, const struct cloud_claim *k, struct txn *txn,
                       struct arena *arena)
{
    jw_open(w, '{');
    jw_kstring(w, "side", k->side == SIDE_ONLINE ? STR("online") : STR("store"));
    jw_kstring(w, "order_id", k->order_id);
    order_part(w, k->order_id, txn, arena);
    jw_kint(w, "line", k->line);
    jw_kqty(w, "qty", k->q_t);
    jw_kqty(w, "short", k->short_t);
    jw_kbool(w, "served", k->served);
    jw_kbool(w, "waived", k->waived);
    if (k->wish.n > 0)
        jw_kstring(w, "wish", k->wish);
    jw_close(w, '}');
}

static void claims_view(struct jw *w, const struct cloud_case *c, struct txn *txn,
                        struct arena *arena)
{
    jw_karray(w, "claims");
    for (uint16_t i = 0; i < c->n_claims; i++)
        claim_view(w, &c->claims[i], txn, arena);
    jw_close(w, ']');
    if (c->left_out)
        jw_kint(w, "left_out", c->left_out);
}

void case_view(struct jw *w, const struct case_row *k, struct txn *txn, struct arena *arena)
{
    const struct cloud_case *c = &k->said;
    jw_open(w, '{');
    jw_kstring(w, "case", c->id);
    jw_kstring(w, "state", str_of(case_state_name(c->state)));
    jw_kint(w, "object_type", (int64_t)c->object.type);
    jw_kid(w, "object_id", c->object.id);
    jw_kqty(w, "over", c->over_t);
    jw_kqty(w, "at_risk", c->at_risk_t);
    jw_kqty(w, "supply", c->supply_t);
    jw_kstring(w, "cause", c->cause);
    jw_kstring(w, "ranking", c->ranking);
    jw_kbool(w, "confident", c->confident);
    jw_kint(w, "since_at_ms", k->since_at_ms);
    jw_kint(w, "changed_at_ms", k->changed_at_ms);
    claims_view(w, c, txn, arena);
    jw_close(w, '}');
}
