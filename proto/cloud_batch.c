#include "proto/cloud_batch.h"

#include <string.h>

static void get_epoch(struct fields *f, const struct json *v, const char *key, uint32_t *out)
{
    field_need(f, field_u32(f, v, key, 1, UINT32_MAX, out), key);
}

static void need_u64(struct fields *f, const struct json *v, const char *key, uint64_t *out)
{
    field_need(f, wire_u64(f, v, key, out), key);
}

static void get_ms(struct fields *f, const struct json *v, const char *key, int64_t *out)
{
    uint64_t ms;
    if (wire_u64(f, v, key, &ms))
        *out = (int64_t)ms;
}

/* ---- hello ---- */

static const char *const FEATURES[] = {
#define X(bit, name) name,
    CLOUD_FEATURE_LIST(X)
#undef X
};

static void put_features(struct jw *w, uint32_t features)
{
    jw_karray(w, "features");
    for (unsigned i = 0; i < CLOUD_FEATURE_COUNT; i++) {
        if (features & (1u << i))
            jw_string(w, str_of(FEATURES[i]));
    }
    jw_close(w, ']');
}

static uint32_t feature_bit(const struct json *v)
{
    if (json_kind(v) != JSON_STRING)
        return 0;
    for (unsigned i = 0; i < CLOUD_FEATURE_COUNT; i++) {
        if (str_eq(json_string(v), str_of(FEATURES[i])))
            return 1u << i;
    }
    return 0;
}

static uint32_t get_features(struct fields *f, const struct json *v)
{
    const struct json *list = wire_array_at(f, v, "features");
    uint32_t features = 0;
    for (const struct json *e = list ? json_first(list) : NULL; e; e = json_next(e))
        features |= feature_bit(e);
    return features;
}

void cloud_hello_encode(struct jw *w, const struct cloud_hello *h)
{
    jw_open(w, '{');
    wire_put_store(w, h->brand_id, h->poi_id);
    jw_kstring(w, "box_id", h->box_id);
    jw_kint(w, "epoch", h->epoch);
    wire_put_u64(w, "last_seq", h->last_seq);
    wire_put_hash(w, "tail", h->tail);
    wire_put_u64(w, "applied_ver", h->applied_ver);
    put_features(w, h->features);
    if (h->tz.n > 0)
        jw_kstring(w, "tz", h->tz);
    jw_close(w, '}');
}

enum code cloud_hello_decode(const struct json *v, struct arena *arena, struct cloud_hello *out,
                             char path[FIELD_PATH])
{
    struct fields f;
    fields_begin(&f, arena, path);
    memset(out, 0, sizeof *out);
    wire_need_store(&f, v, &out->brand_id, &out->poi_id);
    field_need(&f, wire_text(&f, v, "box_id", LIMIT_BOX_ID, &out->box_id), "box_id");
    get_epoch(&f, v, "epoch", &out->epoch);
    need_u64(&f, v, "last_seq", &out->last_seq);
    field_need(&f, wire_hash(&f, v, "tail", out->tail), "tail");
    need_u64(&f, v, "applied_ver", &out->applied_ver);
    out->features = get_features(&f, v);
    wire_text(&f, v, "tz", LIMIT_WORD, &out->tz);
    return f.code;
}

static void put_settings(struct jw *w, struct str text)
{
    if (text.n == 0)
        return;
    jw_key(w, "settings");
    jw_raw(w, text);
}

void cloud_hello_reply_encode(struct jw *w, const struct cloud_hello_reply *r)
{
    jw_open(w, '{');
    jw_kint(w, "code", 0);
    jw_kint(w, "epoch", r->epoch);
    wire_put_u64(w, "acked_seq", r->acked_seq);
    if (r->has_tail)
        wire_put_hash(w, "tail", r->tail);
    jw_kint(w, "center_epoch", r->center_epoch);
    wire_put_u64(w, "head_ver", r->head_ver);
    put_features(w, r->features);
    wire_put_hlc(w, "server_hlc", r->server_hlc);
    jw_kint(w, "go_after_ms", r->go_after_ms);
    put_settings(w, r->settings_text);
    jw_kint(w, "max_batch", r->max_batch);
    jw_close(w, '}');
}

static uint32_t get_max_batch(struct fields *f, const struct json *v)
{
    uint32_t n = LIMIT_BATCH_EVENTS;
    if (wire_member(v, "max_batch"))
        field_u32(f, v, "max_batch", 1, UINT32_MAX, &n);
    return n < LIMIT_BATCH_EVENTS ? n : LIMIT_BATCH_EVENTS;
}

enum code cloud_hello_reply_decode(const struct json *v, struct cloud_hello_reply *out,
                                   char path[FIELD_PATH])
{
    struct fields f;
    fields_begin(&f, NULL, path);
    memset(out, 0, sizeof *out);
    get_epoch(&f, v, "epoch", &out->epoch);
    get_epoch(&f, v, "center_epoch", &out->center_epoch);
    need_u64(&f, v, "acked_seq", &out->acked_seq);
    out->has_tail = wire_hash(&f, v, "tail", out->tail);
    need_u64(&f, v, "head_ver", &out->head_ver);
    out->features = get_features(&f, v);
    field_need(&f, wire_hlc(&f, v, "server_hlc", &out->server_hlc), "server_hlc");
    get_ms(&f, v, "go_after_ms", &out->go_after_ms);
    out->settings = wire_object_at(&f, v, "settings");
    out->max_batch = get_max_batch(&f, v);
    return f.code;
}

/* ---- sync-from-pos ---- */

static void put_wants(struct jw *w, const struct cloud_sync *s)
{
    if (s->n_wants == 0)
        return;
    jw_karray(w, "want");
    for (uint16_t i = 0; i < s->n_wants; i++) {
        jw_open(w, '{');
        wire_put_object(w, s->wants[i].object);
        jw_kint(w, "q_t", s->wants[i].q_t);
        jw_kstring(w, "req", s->wants[i].req);
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

void cloud_sync_begin(struct jw *w, const struct cloud_sync *s)
{
    jw_open(w, '{');
    jw_kint(w, "proto", 2);
    wire_put_store(w, s->brand_id, s->poi_id);
    jw_kint(w, "epoch", s->epoch);
    wire_put_u64(w, "first_seq", s->first_seq);
    wire_put_hash(w, "prev", s->prev);
    wire_put_u64(w, "applied_ver", s->applied_ver);
    put_wants(w, s);
    jw_karray(w, "events");
}

void cloud_sync_objects(struct jw *w)
{
    jw_close(w, ']');
    jw_karray(w, "objects");
}

void cloud_sync_end(struct jw *w, const struct cloud_sync *s)
{
    jw_close(w, ']');
    wire_put_u64(w, "last_seq", s->last_seq);
    wire_put_u64(w, "head_seq", s->head_seq);
    jw_close(w, '}');
}

static void get_wants(struct fields *f, const struct json *v, struct cloud_sync *out)
{
    void *records;
    if (!wire_member(v, "want"))
        return;
    out->n_wants = field_array(f, v, "want", LIMIT_WANTS, sizeof *out->wants, &records);
    if (out->n_wants == 0)
        return;
    out->wants = records;
    const struct json *e = json_first(json_get(v, "want"));
    for (uint16_t i = 0; i < out->n_wants; i++, e = json_next(e)) {
        struct cloud_want *want = &out->wants[i];
        size_t mark = fields_enter(f, "want", i);
        field_need(f, wire_object(f, e, &want->object), "object_id");
        field_need(f, wire_i64(f, e, "q_t", &want->q_t) && want->q_t > 0, "q_t");
        field_need(f, wire_text(f, e, "req", LIMIT_REQ_ID, &want->req), "req");
        fields_leave(f, mark);
    }
}

static void check_range(struct fields *f, const struct cloud_sync *s)
{
    field_need(f, s->first_seq > 0, "first_seq");
    field_need(f, s->last_seq + 1 >= s->first_seq, "last_seq");
    field_need(f, s->head_seq >= s->last_seq, "head_seq");
    field_need(f,
               s->n_events <= LIMIT_BATCH_EVENTS && s->last_seq + 1 == s->first_seq + s->n_events,
               "events");
}

static void get_batch(struct fields *f, const struct json *v, struct cloud_sync *out)
{
    get_epoch(f, v, "epoch", &out->epoch);
    need_u64(f, v, "first_seq", &out->first_seq);
    need_u64(f, v, "last_seq", &out->last_seq);
    need_u64(f, v, "head_seq", &out->head_seq);
    field_need(f, wire_hash(f, v, "prev", out->prev), "prev");
    need_u64(f, v, "applied_ver", &out->applied_ver);
    get_wants(f, v, out);
    out->events = wire_array_at(f, v, "events");
    out->objects = wire_array_at(f, v, "objects");
    out->n_events = (uint32_t)wire_count(out->events);
    check_range(f, out);
}

enum code cloud_sync_decode(const struct json *v, struct arena *arena, struct cloud_sync *out,
                            char path[FIELD_PATH])
{
    struct fields f;
    uint32_t proto;
    fields_begin(&f, arena, path);
    memset(out, 0, sizeof *out);
    wire_need_store(&f, v, &out->brand_id, &out->poi_id);
    if (!wire_member(v, "proto"))
        out->legacy = v;
    else if (field_u32(&f, v, "proto", 2, 2, &proto))
        get_batch(&f, v, out);
    return f.code;
}

/* ---- its answer ---- */

static void put_dead(struct jw *w, const struct cloud_sync_reply *r)
{
    jw_karray(w, "dead");
    for (uint16_t i = 0; i < r->n_dead; i++) {
        jw_open(w, '{');
        wire_put_u64(w, "seq", r->dead[i].seq);
        jw_kstring(w, "reason", r->dead[i].reason);
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

void cloud_sync_reply_begin(struct jw *w, const struct cloud_sync_reply *r)
{
    jw_open(w, '{');
    jw_kint(w, "code", 0);
    jw_kint(w, "epoch", r->epoch);
    if (r->center_epoch > 0)
        jw_kint(w, "center_epoch", r->center_epoch);
    wire_put_u64(w, "acked_seq", r->acked_seq);
    wire_put_hash(w, "tail", r->tail);
    put_dead(w, r);
    wire_put_u64(w, "ver_before", r->ver_before);
    wire_put_u64(w, "ver", r->ver);
    wire_put_hlc(w, "server_hlc", r->server_hlc);
    jw_kint(w, "retry_after_ms", r->retry_after_ms);
    put_settings(w, r->settings_text);
    jw_karray(w, "rows");
}

void cloud_sync_reply_end(struct jw *w)
{
    jw_close(w, ']');
    jw_close(w, '}');
}

static void get_dead(struct fields *f, const struct json *v, struct cloud_sync_reply *out)
{
    void *records;
    if (!wire_member(v, "dead"))
        return;
    out->n_dead = field_array(f, v, "dead", LIMIT_BATCH_EVENTS, sizeof *out->dead, &records);
    if (out->n_dead == 0)
        return;
    out->dead = records;
    const struct json *e = json_first(json_get(v, "dead"));
    for (uint16_t i = 0; i < out->n_dead; i++, e = json_next(e)) {
        size_t mark = fields_enter(f, "dead", i);
        need_u64(f, e, "seq", &out->dead[i].seq);
        wire_text(f, e, "reason", LIMIT_WORD, &out->dead[i].reason);
        fields_leave(f, mark);
    }
}

enum code cloud_sync_reply_decode(const struct json *v, struct arena *arena,
                                  struct cloud_sync_reply *out, char path[FIELD_PATH])
{
    struct fields f;
    fields_begin(&f, arena, path);
    memset(out, 0, sizeof *out);
    get_epoch(&f, v, "epoch", &out->epoch);
    need_u64(&f, v, "acked_seq", &out->acked_seq);
    field_need(&f, wire_hash(&f, v, "tail", out->tail), "tail");
    if (wire_member(v, "center_epoch"))
        get_epoch(&f, v, "center_epoch", &out->center_epoch);
    get_dead(&f, v, out);
    need_u64(&f, v, "ver_before", &out->ver_before);
    need_u64(&f, v, "ver", &out->ver);
    out->rows = wire_array_at(&f, v, "rows");
    field_need(&f, wire_hlc(&f, v, "server_hlc", &out->server_hlc), "server_hlc");
    get_ms(&f, v, "retry_after_ms", &out->retry_after_ms);
    out->settings = wire_object_at(&f, v, "settings");
    return f.code;
}

void cloud_row_reply_encode(struct jw *w, const struct cloud_row *r)
{
    jw_open(w, '{');
    jw_kint(w, "code", 0);
    jw_key(w, "row");
    cloud_row_encode(w, r, STR(""), STR(""));
    jw_close(w, '}');
}

const struct json *cloud_row_reply(const struct json *v)
{
    const struct json *row = wire_member(v, "row");
    return row && json_kind(row) == JSON_OBJECT ? row : NULL;
}
