/* POST /api/v1/poi/hub/token {"brandId","poiId"}: a new enrolment token of the store, told this
 * once.
 *   {"code":0,"token":"<32 hex digits>"}
 */
#include "tools/product-center/token.h"

#include "proto/crypto.h"
#include "proto/wire.h"
#include "tools/product-center/endpoint.h"

#define TOKEN_BYTES 16

static const struct db_statement ADD = {
    "INSERT INTO enrol_token (shard, brand_id, poi_id, hash) VALUES ($1, $2, $3, $4)"};
#define THE_TOKEN " WHERE shard = $1 AND brand_id = $2 AND poi_id = $3 AND hash = $4"
static const struct db_statement BIND = {"UPDATE enrol_token SET box_id = $5" THE_TOKEN
                                         " AND epoch = 0 AND box_id IN ('', $5)"};
static const struct db_statement SPEND = {
    "UPDATE enrol_token SET box_id = $5, epoch = $6" THE_TOKEN
    " AND ((epoch = 0 AND box_id IN ('', $5)) OR (box_id = $5 AND epoch = $7))"};

static void arg_hash(struct db_args *a, struct str token, uint8_t hash[SHA256_BYTES])
{
    sha256(token.p, token.n, hash);
    arg_bytes(a, hash, SHA256_BYTES);
}

bool token_bind(struct call *c, struct str token, struct str box_id)
{
    struct db_args a = {0};
    uint8_t hash[SHA256_BYTES];
    arg_store(&a, &c->key);
    arg_hash(&a, token, hash);
    arg_text(&a, box_id);
    return db_run(c->db, &BIND, &a) == 1;
}

bool token_spend(struct call *c, const struct store *s, struct str token, struct str box_id,
                 uint32_t next)
{
    struct db_args a = {0};
    uint8_t hash[SHA256_BYTES];
    arg_store(&a, &c->key);
    arg_hash(&a, token, hash);
    arg_text(&a, box_id);
    arg_int(&a, next);
    arg_int(&a, s->epoch);
    return db_run(c->db, &SPEND, &a) == 1;
}

void hub_token(struct call *c)
{
    char path[FIELD_PATH], text[2 * TOKEN_BYTES];
    uint8_t bytes[TOKEN_BYTES], hash[SHA256_BYTES];
    struct fields f;
    struct str brand, poi, token = {text, sizeof(text)};
    struct db_args a = {0};
    fields_begin(&f, &c->arena, path);
    wire_need_store(&f, c->body, &brand, &poi);
    if (f.code != CODE_OK) {
        call_malformed(c, f.code, path);
        return;
    }
    call_store(c, brand, poi);
    random_bytes(bytes, sizeof(bytes));
    hex_encode(bytes, sizeof(bytes), text);
    arg_store(&a, &c->key);
    arg_hash(&a, token, hash);
    db_run(c->db, &ADD, &a);
    call_answer(c);
    jw_kstring(&c->out, "token", token);
    call_done(c);
}
