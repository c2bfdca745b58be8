#include <string.h>

#include "proto/cloud_batch.h"

/* ---- find-to-pos ---- */

static void put_object_ids(struct jw *w, const struct cloud_find *q)
{
    if (q->n_object_ids == 0)
        return;
    jw_karray(w, "object_ids");
    for (uint16_t i = 0; i < q->n_object_ids; i++) {
        if (q->object_ids[i] > LIMIT_INTEGER)
            jw_id(w, q->object_ids[i]);
        else
            jw_int(w, q->object_ids[i]);
    }
    jw_close(w, ']');
}

void cloud_find_encode(struct jw *w, const struct cloud_find *q)
{
    jw_open(w, '{');
    wire_put_store(w, q->brand_id, q->poi_id);
    put_object_ids(w, q);
    if (q->proto2) {
        jw_kint(w, "proto", 2);
        jw_kint(w, "epoch", q->epoch);
        wire_put_u64(w, "since_ver", q->since_ver);
        jw_kint(w, "limit", q->limit);
        if (q->full)
            jw_kbool(w, "full", true);
    }
    jw_close(w, '}');
}

static void get_object_ids(struct fields *f, const struct json *v, struct cloud_find *out)
{
    void *records;
    if (!wire_member(v, "object_ids"))
        return;
    out->n_object_ids =
        field_array(f, v, "object_ids", LIMIT_PULL_OBJECTS, sizeof *out->object_ids, &records);
    if (out->n_object_ids == 0)
        return;
    out->object_ids = records;
    const struct json *e = json_first(json_get(v, "object_ids"));
    for (uint16_t i = 0; i < out->n_object_ids; i++, e = json_next(e)) {
        if (!wire_id_value(e, &out->object_ids[i]))
            field_refuse(f, CODE_BAD_REQUEST, "object_ids");
    }
}

static void get_position(struct fields *f, const struct json *v, struct cloud_find *out)
{
    uint32_t proto;
    out->proto2 = field_u32(f, v, "proto", 2, 2, &proto);
    field_need(f, field_u32(f, v, "epoch", 1, UINT32_MAX, &out->epoch), "epoch");
    field_need(f, wire_u64(f, v, "since_ver", &out->since_ver), "since_ver");
    if (wire_member(v, "limit"))
        field_u32(f, v, "limit", 1, LIMIT_PULL_ROWS, &out->limit);
    wire_flag(f, v, "full", &out->full);
}

enum code cloud_find_decode(const struct json *v, struct arena *arena, struct cloud_find *out,
                            char path[FIELD_PATH])
{
    struct fields f;
    fields_begin(&f, arena, path);
    memset(out, 0, sizeof *out);
    out->limit = LIMIT_PULL_ROWS;
    wire_need_store(&f, v, &out->brand_id, &out->poi_id);
    get_object_ids(&f, v, out);
    if (wire_member(v, "proto"))
        get_position(&f, v, out);
    return f.code;
}

void cloud_find_reply_begin(struct jw *w, const struct cloud_find_reply *r)
{
    jw_open(w, '{');
    jw_kint(w, "code", 0);
    jw_karray(w, r->legacy ? "data" : "rows");
}

void cloud_find_reply_end(struct jw *w, const struct cloud_find_reply *r)
{
    jw_close(w, ']');
    if (!r->legacy) {
        wire_put_u64(w, "next_ver", r->next_ver);
        jw_kbool(w, "more", r->more);
        wire_put_u64(w, "head_ver", r->head_ver);
        wire_put_hlc(w, "server_hlc", r->server_hlc);
    }
    jw_close(w, '}');
}

enum code cloud_find_reply_decode(const struct json *v, struct cloud_find_reply *out,
                                  char path[FIELD_PATH])
{
    struct fields f;
    fields_begin(&f, NULL, path);
    memset(out, 0, sizeof *out);
    out->legacy = !wire_member(v, "rows");
    out->rows = wire_array_at(&f, v, out->legacy ? "data" : "rows");
    field_need(&f, out->rows != NULL, "rows");
    if (out->legacy)
        return f.code;
    field_need(&f, wire_u64(&f, v, "next_ver", &out->next_ver), "next_ver");
    field_need(&f, wire_u64(&f, v, "head_ver", &out->head_ver), "head_ver");
    field_need(&f, wire_flag(&f, v, "more", &out->more), "more");
    field_need(&f, wire_hlc(&f, v, "server_hlc", &out->server_hlc), "server_hlc");
    return f.code;
}

/* ---- kinds ---- */

static const struct {
    const char *object, *event;
} ITEMS[] = {
#define X(e, object, event) {object, event},
    CLOUD_ITEM_LIST(X)
#undef X
        {"unknown", "unknown"}};

static void put_kind(struct jw *w, enum cloud_item_kind kind)
{
    jw_kstring(w, "objectType", str_of(ITEMS[kind].object));
    jw_kstring(w, "eventType", str_of(ITEMS[kind].event));
}

/* The event type decides; a sender of the base API alone may leave it out. */
static enum cloud_item_kind get_kind(struct fields *f, const struct json *v)
{
    struct str object = STR(""), event = STR("");
    wire_text(f, v, "objectType", LIMIT_WORD, &object);
    wire_text(f, v, "eventType", LIMIT_WORD, &event);
    for (unsigned i = 0; i < CLOUD_ITEM_UNKNOWN; i++) {
        if (event.n > 0 ? str_eq(event, str_of(ITEMS[i].event))
                        : str_eq(object, str_of(ITEMS[i].object)))
            return (enum cloud_item_kind)i;
    }
    return CLOUD_ITEM_UNKNOWN;
}

void cloud_item_begin(struct jw *w, enum cloud_item_kind kind, uint64_t over)
{
    jw_open(w, '{');
    wire_put_u64(w, "over", over);
    put_kind(w, kind);
    jw_key(w, "data");
}

void cloud_item_end(struct jw *w)
{
    jw_close(w, '}');
}

enum code cloud_item_decode(const struct json *v, struct cloud_item *out, char path[FIELD_PATH])
{
    struct fields f;
    fields_begin(&f, NULL, path);
    memset(out, 0, sizeof *out);
    wire_u64(&f, v, "over", &out->over);
    if (!wire_member(v, "objectType") && !wire_member(v, "eventType")) {
        out->kind = CLOUD_ITEM_STOCK;
        out->data = v;
        return f.code;
    }
    out->kind = get_kind(&f, v);
    out->data = wire_object_at(&f, v, "data");
    field_need(&f, out->data != NULL, "data");
    return f.code;
}

/* ---- MQTT ---- */

static void put_center_epoch(struct jw *w, uint32_t center_epoch)
{
    if (center_epoch > 0)
        jw_kint(w, "center_epoch", center_epoch);
}

static void get_center_epoch(struct fields *f, const struct json *v, uint32_t *out)
{
    if (wire_member(v, "center_epoch"))
        field_need(f, field_u32(f, v, "center_epoch", 1, UINT32_MAX, out), "center_epoch");
}

void cloud_push_begin(struct jw *w, const struct cloud_push *p)
{
    jw_open(w, '{');
    wire_put_store(w, p->brand_id, p->poi_id);
    put_kind(w, p->kind);
    if (p->ver != 0) {
        wire_put_u64(w, "ver", p->ver);
        wire_put_u64(w, "prev_ver", p->prev_ver);
        put_center_epoch(w, p->center_epoch);
        wire_put_hlc(w, "hlc", p->hlc);
    }
    jw_key(w, "data");
}

void cloud_push_end(struct jw *w)
{
    jw_close(w, '}');
}

enum code cloud_push_decode(const struct json *v, struct arena *arena, struct cloud_push *out,
                            char path[FIELD_PATH])
{
    struct fields f;
    fields_begin(&f, arena, path);
    memset(out, 0, sizeof *out);
    wire_need_store(&f, v, &out->brand_id, &out->poi_id);
    out->kind = get_kind(&f, v);
    if (wire_u64(&f, v, "ver", &out->ver)) {
        field_need(&f, wire_u64(&f, v, "prev_ver", &out->prev_ver), "prev_ver");
        field_need(&f, wire_hlc(&f, v, "hlc", &out->hlc), "hlc");
        field_need(&f, out->prev_ver < out->ver, "prev_ver");
        get_center_epoch(&f, v, &out->center_epoch);
    }
    out->data = wire_object_at(&f, v, "data");
    field_need(&f, out->data != NULL, "data");
    return f.code;
}

void cloud_head_encode(struct jw *w, const struct cloud_head *h)
{
    jw_open(w, '{');
    wire_put_u64(w, "ver", h->ver);
    put_center_epoch(w, h->center_epoch);
    wire_put_hlc(w, "hlc", h->hlc);
    jw_close(w, '}');
}

enum code cloud_head_decode(const struct json *v, struct cloud_head *out, char path[FIELD_PATH])
{
    struct fields f;
    fields_begin(&f, NULL, path);
    memset(out, 0, sizeof *out);
    field_need(&f, wire_u64(&f, v, "ver", &out->ver), "ver");
    field_need(&f, wire_hlc(&f, v, "hlc", &out->hlc), "hlc");
    get_center_epoch(&f, v, &out->center_epoch);
    return f.code;
}

void cloud_ack_encode(struct jw *w, uint64_t applied_ver)
{
    jw_open(w, '{');
    wire_put_u64(w, "applied_ver", applied_ver);
    jw_close(w, '}');
}

enum code cloud_ack_decode(const struct json *v, uint64_t *applied_ver, char path[FIELD_PATH])
{
    struct fields f;
    fields_begin(&f, NULL, path);
    *applied_ver = 0;
    field_need(&f, wire_u64(&f, v, "applied_ver", applied_ver), "applied_ver");
    return f.code;
}
