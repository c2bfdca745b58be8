/* GET /api/v1/poi/hub/stores: how a store's hub stands, for people and programs.
 *   ?brandId=&poiId=
 *   {"code":0,"stores":[{"brandId":"1","poiId":"1","box_id":"BX-1","timezone":"Europe/Berlin",
 *    "epoch":7,"online":true,"seen_at":"...","ver":88123,"applied_ver":88120,"lag":3,
 *    "acked_seq":1040,"head_seq":1043
 *    [,"silent":{"hours":73,"strict_rows":2}],"view_mismatches":0[,"view_mismatch":{..}]
 *    [,"state":{..}]}]}
 * A store that is not known is not in the list. state: what the hub told last over MQTT.
 */
#include "proto/wire.h"
#include "tools/product-center/endpoint.h"
#include "tools/product-center/silence.h"

static const struct db_statement TOLD = {
    "SELECT view_mismatches, view_mismatch, state FROM store WHERE shard = $1 AND brand_id = $2"
    " AND poi_id = $3"};

static void seen_write(struct jw *w, const struct store *s)
{
    char text[WIRE_TIME];
    if (s->seen_ms == 0)
        return;
    size_t n = wire_time_format(s->seen_ms, 0, true, text);
    jw_kstring(w, "seen_at", (struct str){text, n});
}

static void told_write(struct call *c)
{
    struct db_args a = {0};
    arg_store(&a, &c->key);
    const struct db_rows *r = db_query(c->db, &TOLD, &a);
    if (rows_count(r) == 0)
        return;
    jw_kint(&c->out, "view_mismatches", rows_int(r, 0, 0));
    if (!rows_null(r, 0, 1)) {
        jw_key(&c->out, "view_mismatch");
        jw_raw(&c->out, rows_text(r, 0, 1));
    }
    if (!rows_null(r, 0, 2)) {
        jw_key(&c->out, "state");
        jw_raw(&c->out, rows_text(r, 0, 2));
    }
}

static void store_write(struct call *c, const struct store *s)
{
    struct jw *w = &c->out;
    jw_open(w, '{');
    wire_put_store(w, c->key.brand, c->key.poi);
    jw_kstring(w, "box_id", s->box_id);
    jw_kstring(w, "timezone", s->timezone);
    jw_kint(w, "epoch", s->epoch);
    jw_kbool(w, "online", s->epoch > 0 && !store_offline(s, c->now_ms));
    seen_write(w, s);
    wire_put_u64(w, "ver", s->ver);
    wire_put_u64(w, "applied_ver", s->applied);
    wire_put_u64(w, "lag", s->ver - s->applied);
    wire_put_u64(w, "acked_seq", s->acked);
    wire_put_u64(w, "head_seq", s->head);
    silence_write(c, s);
    told_write(c);
    jw_close(w, '}');
}

void hub_stores(struct call *c)
{
    struct store s;
    if (!call_store_query(c))
        return;
    bool known = store_read(c, &s);
    call_answer(c);
    jw_karray(&c->out, "stores");
    if (known)
        store_write(c, &s);
    jw_close(&c->out, ']');
    call_done(c);
}
