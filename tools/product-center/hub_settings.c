/* What a merchant decides for a store's hub: rate limits and channels (proto/cloud_settings.h), and
 * the store's time zone.
 *   GET  /api/v1/poi/hub/settings?brandId=&poiId=
 *   POST /api/v1/poi/hub/settings {"brandId":"1","poiId":"1"[,"limits":{..}][,"channels":{..}]
 *                                  [,"timezone":"Europe/Berlin"]}
 *   {"code":0,"settings":{"rev":7,"limits":{..},"channels":{..}},"timezone":"Europe/Berlin"}
 * A post replaces limits and channels; what it does not say of them is the hub's own again, and the
 * hub hears of it with the answer to its next hello or batch. One that has the time zone alone
 * leaves them as they are. A hub that knows its own time zone has the last word on it.
 */
#include "proto/cloud_settings.h"
#include "proto/wire.h"
#include "tools/product-center/endpoint.h"
#include "tools/product-center/setting.h"
#include "tools/product-center/zone.h"

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

static void answer(struct call *c, const struct store *s, struct str text)
{
    call_answer(c);
    jw_key(&c->out, "settings");
    jw_raw(&c->out, text.n > 0 ? text : STR("{\"rev\":0,\"limits\":{},\"channels\":{}}"));
    jw_kstring(&c->out, "timezone", s->timezone);
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
    struct store s;
    if (!call_store_query(c))
        return;
    store_read(c, &s);
    answer(c, &s, load(c, &rev));
}

/* Revisions rise one by one, under the store's lock. */
static struct str replace(struct call *c, struct cloud_settings *settings)
{
    uint64_t rev;
    struct str kept = load(c, &rev);
    if (wire_member(c->body, "timezone") != NULL && wire_member(c->body, "limits") == NULL &&
        wire_member(c->body, "channels") == NULL)
        return kept;
    settings->rev = rev + 1;
    return save(c, settings);
}

void hub_settings_post(struct call *c)
{
    char path[FIELD_PATH];
    struct fields f;
    struct str brand, poi, zone = STR("");
    struct cloud_settings settings;
    struct store s;
    fields_begin(&f, &c->arena, path);
    wire_need_store(&f, c->body, &brand, &poi);
    if (wire_text(&f, c->body, "timezone", ZONE_NAME, &zone))
        field_need(&f, zone_is_known(c, zone), "timezone");
    enum code code = f.code ? f.code : cloud_settings_decode(c->body, &settings, path);
    if (code != CODE_OK) {
        call_malformed(c, code, path);
        return;
    }
    call_store(c, brand, poi);
    store_lock(c, &s);
    if (zone.n > 0)
        zone_set(c, &s, zone);
    answer(c, &s, replace(c, &settings));
}
