#include "sync/claim.h"

#include <assert.h>
#include <string.h>

#include "proto/pack.h"

#define RECORD_BYTES (LIMIT_TOKEN + 16)

static const struct str KEY_WISH = {"claim", 5};

const char *claim_reason_name(enum claim_reason reason)
{
    static const char *const NAMES[] = {
#define X(e, name) name,
        CLAIM_REASON_LIST(X)
#undef X
    };
    return NAMES[reason];
}

/* ---- the record ---- */

static void fields(struct pack *p, struct claim_wish *wish)
{
    struct str token = str_of(wish->token);
    pack_enum(p, &wish->reason);
    pack_str(p, &token, LIMIT_TOKEN);
    if (!p->writing && token.n > 0)
        memcpy(wish->token, token.p, token.n);
}

bool claim_wish_load(struct claim_wish *out, struct txn *txn)
{
    struct key key = key_text(KEY_WISH);
    struct bytes value;
    struct pack p;
    memset(out, 0, sizeof(*out));
    if (!txn_get(txn, TABLE_SYNC, key_bytes(&key), &value))
        return false;
    pack_reader(&p, value.p, value.n);
    fields(&p, out);
    if (pack_done(&p) && out->reason < CLAIM_REASON_COUNT)
        return true;
    txn_set_bad(txn, TABLE_SYNC, key_bytes(&key));
    return false;
}

void claim_wish_save(const struct claim_wish *wish, struct txn *txn)
{
    uint8_t buf[RECORD_BYTES];
    struct claim_wish copy = *wish, known;
    struct key key = key_text(KEY_WISH);
    struct pack p;
    if (wish->token[0] == 0 && claim_wish_load(&known, txn) && known.token[0] != 0)
        return;
    pack_writer(&p, buf, sizeof(buf));
    fields(&p, &copy);
    assert(pack_ok(&p));
    txn_put(txn, TABLE_SYNC, key_bytes(&key), (struct bytes){buf, p.at});
}

void claim_wish_drop(struct txn *txn)
{
    struct key key = key_text(KEY_WISH);
    txn_del(txn, TABLE_SYNC, key_bytes(&key));
}

/* ---- texts ---- */

struct str claim_encode(const struct store_identity *id, struct str box_id,
                        const struct claim_wish *wish, uint32_t epoch, char *buf, size_t n)
{
    struct jw w;
    jw_init(&w, buf, n);
    jw_open(&w, '{');
    wire_put_store(&w, id->brand_id, id->poi_id);
    jw_kstring(&w, "box_id", box_id);
    if (wish->token[0] != 0)
        jw_kstring(&w, "token", str_of(wish->token));
    jw_kint(&w, "epoch", epoch);
    jw_close(&w, '}');
    return jw_text(&w);
}

enum code claim_decode(const struct json *v, struct claim_reply *out, char path[FIELD_PATH])
{
    struct fields f;
    fields_begin(&f, NULL, path);
    memset(out, 0, sizeof(*out));
    field_need(&f, field_u32(&f, v, "epoch", 1, UINT32_MAX, &out->epoch), "epoch");
    field_need(&f, field_u32(&f, v, "center_epoch", 0, UINT32_MAX, &out->center_epoch),
               "center_epoch");
    field_need(&f, wire_u64(&f, v, "ver", &out->ver), "ver");
    field_need(&f, wire_u64(&f, v, "next_ver", &out->next_ver), "next_ver");
    field_need(&f, wire_flag(&f, v, "more", &out->more), "more");
    wire_hlc(&f, v, "server_hlc", &out->server_hlc);
    out->rows = wire_array_at(&f, v, "rows");
    field_need(&f, out->rows != NULL, "rows");
    out->orders = wire_array_at(&f, v, "open_orders");
    wire_u64(&f, v, "orders_left_out", &out->orders_left_out);
    return f.code;
}
