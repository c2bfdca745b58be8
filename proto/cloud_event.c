#include "proto/cloud_event.h"

#include <string.h>

#include "proto/crypto.h"
#include "proto/topic.h"

/* Of interest to the store alone (sync-protocol 3.2). */
static const enum event_kind LOCAL[] = {EVENT_TICKET,    EVENT_DEVICE,   EVENT_MENU,
                                        EVENT_CONFIG,    EVENT_OPERATOR, EVENT_CENTER_ROW,
                                        EVENT_POLICY_SET};

bool cloud_event_is_whole(enum event_kind kind)
{
    for (size_t i = 0; i < sizeof LOCAL / sizeof *LOCAL; i++) {
        if (LOCAL[i] == kind)
            return false;
    }
    return true;
}

void cloud_event_encode(struct jw *w, const struct cloud_event *e)
{
    jw_open(w, '{');
    wire_put_u64(w, "seq", e->seq);
    wire_put_hlc(w, "hlc", e->hlc);
    wire_put_u64(w, "cv", e->cv);
    jw_kstring(w, "kind", e->kind);
    if (e->suspect)
        jw_kstring(w, "clk", STR("suspect"));
    wire_put_hash(w, "bh", e->bh);
    wire_put_hash(w, "hash", e->hash);
    if (e->text.n > 0) {
        jw_key(w, "body");
        jw_raw(w, e->text);
    }
    jw_close(w, '}');
}

void cloud_event_encode_gave_up(struct jw *w, const struct cloud_event *e)
{
    jw_open(w, '{');
    wire_put_u64(w, "seq", e->seq);
    wire_put_hash(w, "hash", e->hash);
    jw_key(w, "raw");
    jw_base64(w, e->raw.p, e->raw.n);
    jw_kbool(w, "gave_up", true);
    jw_close(w, '}');
}

/* ---- decode ---- */

static void get_seq(struct fields *f, const struct json *v, struct cloud_event *out)
{
    field_need(f, wire_u64(f, v, "seq", &out->seq) && out->seq > 0, "seq");
}

static void get_gave_up(struct fields *f, const struct json *v, struct cloud_event *out)
{
    wire_hash(f, v, "hash", out->hash);
    field_need(f, wire_text(f, v, "raw", LIMIT_CLOUD_BYTES, &out->raw), "raw");
}

static void get_header(struct fields *f, const struct json *v, struct cloud_event *out)
{
    struct str clock;
    field_need(f, wire_hlc(f, v, "hlc", &out->hlc), "hlc");
    field_need(f, wire_u64(f, v, "cv", &out->cv), "cv");
    field_need(f, field_word(f, v, "kind", id_is_order, &out->kind), "kind");
    out->known = event_kind_parse(out->kind, &out->kind_no);
    out->suspect = wire_text(f, v, "clk", LIMIT_WORD, &clock) && str_eq(clock, STR("suspect"));
    field_need(f, wire_hash(f, v, "bh", out->bh), "bh");
    field_need(f, wire_hash(f, v, "hash", out->hash), "hash");
    out->body = wire_member(v, "body");
}

enum code cloud_event_decode(const struct json *v, struct cloud_event *out, char path[FIELD_PATH])
{
    struct fields f;
    fields_begin(&f, NULL, path);
    memset(out, 0, sizeof *out);
    get_seq(&f, v, out);
    wire_flag(&f, v, "gave_up", &out->gave_up);
    if (out->gave_up)
        get_gave_up(&f, v, out);
    else
        get_header(&f, v, out);
    return f.code;
}

/* ---- verification ---- */

bool cloud_event_follows(const struct cloud_event *e, const uint8_t prev[HASH_BYTES])
{
    uint8_t hash[HASH_BYTES];
    if (e->gave_up)
        return true;
    struct chain_link link = {e->seq, e->cv, e->hlc, e->kind, e->bh, prev};
    chain_hash(&link, hash);
    return memcmp(hash, e->hash, sizeof hash) == 0;
}

bool cloud_event_body_is_whole(const struct cloud_event *e)
{
    static const char *const NOTHING[] = {NULL};
    uint8_t hash[HASH_BYTES];
    if (!e->body)
        return true;
    if (json_kind(e->body) != JSON_OBJECT)
        return false;
    json_canonical_hash(e->body, STR(""), NOTHING, hash);
    return memcmp(hash, e->bh, sizeof hash) == 0;
}
