#include "storage/identity.h"

#include <assert.h>
#include <string.h>

#include "proto/pack.h"

#define BUF_BYTES (2 * IDENTITY_TEXT + 16)

static struct key identity_key(void)
{
    return key_text(STR("identity"));
}

static void fields(struct pack *p, struct store_identity *id)
{
    pack_str(p, &id->brand_id, IDENTITY_TEXT - 1);
    pack_str(p, &id->poi_id, IDENTITY_TEXT - 1);
}

static bool load(struct txn *txn, struct store_identity *out)
{
    struct key key = identity_key();
    struct bytes value;
    struct pack p;
    if (!txn_get(txn, TABLE_META, key_bytes(&key), &value))
        return false;
    pack_reader(&p, value.p, value.n);
    fields(&p, out);
    if (!pack_done(&p))
        txn_set_bad(txn, TABLE_META, key_bytes(&key));
    return pack_done(&p);
}

void identity_keep(struct txn *txn, const struct store_identity *id)
{
    struct store_identity said, mine = *id;
    struct key key = identity_key();
    uint8_t buf[BUF_BYTES];
    struct pack p;
    if (load(txn, &said) && str_eq(said.brand_id, id->brand_id) && str_eq(said.poi_id, id->poi_id))
        return;
    pack_writer(&p, buf, sizeof(buf));
    fields(&p, &mine);
    assert(pack_ok(&p));
    txn_put(txn, TABLE_META, key_bytes(&key), (struct bytes){buf, p.at});
}

bool identity_load(struct txn *txn, struct identity_text *out)
{
    struct store_identity said;
    memset(out, 0, sizeof(*out));
    if (!load(txn, &said))
        return false;
    memcpy(out->brand_id, said.brand_id.p, said.brand_id.n);
    memcpy(out->poi_id, said.poi_id.p, said.poi_id.n);
    return true;
}
