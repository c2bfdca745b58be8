/* What a merchant decides for a store's hub: rate limits and channels (proto/cloud_settings.h).
 *   GET  /api/v1/poi/hub/settings?brandId=&poiId=
 *   POST /api/v1/poi/hub/settings {"brandId":"1","poiId":"1","limits":{..},"channels":{..}}
 *   {"code":0,"settings":{"rev":7,"limits":{..},"channels":{..}}}
 * A post replaces all of it; what it does not say is the hub's own again. The hub hears of it with
 * the answer to its next hello or batch.
 */
#include "proto/cloud_settings.h"
#include "proto/wire.h"
#include "tools/product-center/endpoint.h"
#include "tools/product-center/setting.h"

#define OF_STORE "shard = $1 AND brand_id = $2 AND poi_id = $3"
#define TEXT_MAX 16384 /* every verb and channel at its longest */

static const struct db_statement READ = {"SELECT rev, data FROM setting WHERE " OF_STORE};
static const struct db_statement SAVE = {
    "INSERT INTO setting (shard, brand_id, poi_id, rev, data) VALUES ($1, $2, $3, $4,"
    " $5::text::json) ON CONFLICT (shard, brand_id, poi_id) DO UPDATE SET rev = EXCLUDED.rev,"
    " data = EXCLUDED.data, updated_at = now()"};
static const struct db_statement DUE = {"UPDATE store SET setting_due = $4 WHERE " OF_STORE};

/* "" where there is none; then *rev is 0. */
static struct str load(struct call *c, uint64_t *rev)
{
    struct db_args a = {0};
    arg_store(&a, &c->key);
    const struct db_rows *r = db_query(c->db, &READ, &a);
    bool known = rows_count(r) > 0;
    *rev = known ? (uint64_t)rows_int(r, 0, 0) : 0;
    return known ? arena_str(&c->arena, rows_text(r, 0, 1)) : STR("");
}

static void set_due(struct call *c, bool due)
{
    struct db_args a = {0};
    arg_store(&a, &c->key);
    arg_bool(&a, due);
    db_run(c->db, &DUE, &a);
}

/* ---- for the hub ---- */

struct str setting_for_hello(struct call *c, const struct store *s)
{
    uint64_t rev;
    if (s->setting_due)
        set_due(c, false);
    return load(c, &rev);
}

/* An answer that is lost is followed by a hello. */
struct str setting_for_batch(struct call *c, const struct store *s)
{
    return s->setting_due ? setting_for_hello(c, s) : STR("");
}

/* ---- for the merchant ---- */

static void answer(struct call *c, struct str text)
{
    call_answer(c);
    jw_key(&c->out, "settings");
    jw_raw(&c->out, text.n > 0 ? text : STR("{\"rev\":0,\"limits\":{},\"channels\":{}}"));
    call_done(c);
}

static struct str save(struct call *c, const struct cloud_settings *settings)
{
    struct db_args a = {0};
    struct jw w = call_writer(&c->arena, TEXT_MAX);
    cloud_settings_encode(&w, settings);
    arg_store(&a, &c->key);
    arg_int(&a, (int64_t)settings->rev);
    arg_text(&a, jw_text(&w));
    db_run(c->db, &SAVE, &a);
    set_due(c, true);
    return jw_text(&w);
}

void hub_settings_get(struct call *c)
{
    uint64_t rev;
    if (call_store_query(c))
        answer(c, load(c, &rev));
}

void hub_settings_post(struct call *c)
{
    char path[FIELD_PATH];
    struct fields f;
    struct str brand, poi;
    struct cloud_settings settings;
    struct store s;
    fields_begin(&f, &c->arena, path);
    wire_need_store(&f, c->body, &brand, &poi);
    enum code code = f.code ? f.code : cloud_settings_decode(c->body, &settings, path);
    if (code != CODE_OK) {
        call_malformed(c, code, path);
        return;
    }
    call_store(c, brand, poi);
    store_lock(c, &s); /* revisions rise one by one */
    load(c, &settings.rev);
    settings.rev++;
    answer(c, save(c, &settings));
}
