#include "proto/wire.h"

#include <stdio.h>
#include <string.h>

#include "proto/crypto.h"
#include "proto/decimal.h"
#include "proto/qty.h"
#include "proto/topic.h"

#define STAMP_COUNTER 65535

const struct json *wire_member(const struct json *object, const char *key)
{
    const struct json *v = json_get(object, key);
    return v && json_kind(v) != JSON_NULL ? v : NULL;
}

static bool refused(struct fields *f, const char *key)
{
    field_refuse(f, CODE_BAD_REQUEST, key);
    return false;
}

static bool digits_parse(struct str text, int64_t *out)
{
    int64_t v = 0;
    if (text.n == 0 || text.p[0] == '0')
        return false;
    for (size_t i = 0; i < text.n; i++) {
        int digit = text.p[i] - '0';
        if (digit < 0 || digit > 9 || v > (INT64_MAX - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    *out = v;
    return true;
}

bool wire_id_value(const struct json *v, int64_t *out)
{
    int64_t id = 0;
    bool good = json_kind(v) == JSON_STRING ? digits_parse(json_string(v), &id)
                                            : json_integer(v, &id) && id > 0;
    if (good)
        *out = id;
    return good;
}

bool wire_id(struct fields *f, const struct json *object, const char *key, int64_t *out)
{
    const struct json *v = wire_member(object, key);
    return v && (wire_id_value(v, out) || refused(f, key));
}

static bool store_id(struct fields *f, const struct json *v, struct str *out)
{
    char digits[DECIMAL_DIGITS];
    int64_t number;
    if (json_kind(v) == JSON_STRING)
        *out = json_string(v);
    else if (json_integer(v, &number) && number > 0)
        *out = arena_str(f->arena, (struct str){digits, decimal_i64(number, digits)});
    else
        return false;
    return id_is_order(*out);
}

void wire_need_store(struct fields *f, const struct json *object, struct str *brand_id,
                     struct str *poi_id)
{
    const struct json *brand = wire_member(object, "brandId"), *poi = wire_member(object, "poiId");
    field_need(f, brand && store_id(f, brand, brand_id), "brandId");
    field_need(f, poi && store_id(f, poi, poi_id), "poiId");
}

bool wire_object(struct fields *f, const struct json *object, struct object *out)
{
    uint32_t type = OBJECT_SKU;
    int64_t id;
    if (wire_member(object, "object_type"))
        field_u32(f, object, "object_type", OBJECT_SPU, OBJECT_SKU, &type);
    if (!wire_id(f, object, "object_id", &id))
        return false;
    *out = (struct object){(enum object_type)type, id};
    return true;
}

bool wire_i64(struct fields *f, const struct json *object, const char *key, int64_t *out)
{
    const struct json *v = wire_member(object, key);
    int64_t n;
    if (!v)
        return false;
    if (!json_integer(v, &n))
        return refused(f, key);
    *out = n;
    return true;
}

bool wire_u64(struct fields *f, const struct json *object, const char *key, uint64_t *out)
{
    int64_t n;
    if (!wire_i64(f, object, key, &n))
        return false;
    if (n < 0)
        return refused(f, key);
    *out = (uint64_t)n;
    return true;
}

bool wire_qty(struct fields *f, const struct json *object, const char *key, int64_t min_t,
              int64_t *out_t)
{
    return wire_member(object, key) && field_qty(f, object, key, min_t, out_t);
}

bool wire_flag(struct fields *f, const struct json *object, const char *key, bool *out)
{
    const struct json *v = wire_member(object, key);
    int64_t n;
    if (!v)
        return false;
    if (json_kind(v) == JSON_BOOL)
        n = json_bool(v);
    else if (!json_integer(v, &n) || n < 0 || n > 1)
        return refused(f, key);
    *out = n == 1;
    return true;
}

bool wire_hash(struct fields *f, const struct json *object, const char *key, uint8_t out[32])
{
    const struct json *v = wire_member(object, key);
    if (!v)
        return false;
    if (json_kind(v) != JSON_STRING || !hex_decode(json_string(v), out, SHA256_BYTES))
        return refused(f, key);
    return true;
}

/* An array of exactly n integers, the first at least 0. */
static bool tuple(struct fields *f, const struct json *object, const char *key, size_t n,
                  int64_t *out)
{
    const struct json *array = wire_member(object, key);
    if (!array)
        return false;
    const struct json *v = json_kind(array) == JSON_ARRAY ? json_first(array) : NULL;
    size_t i = 0;
    for (; v && i < n && json_integer(v, &out[i]) && out[i] >= 0; v = json_next(v))
        i++;
    return (i == n && !v) || refused(f, key);
}

bool wire_hlc(struct fields *f, const struct json *object, const char *key, struct hlc *out)
{
    int64_t v[2];
    if (!tuple(f, object, key, 2, v))
        return false;
    if (v[1] > STAMP_COUNTER)
        return refused(f, key);
    *out = (struct hlc){v[0], (uint32_t)v[1]};
    return true;
}

bool wire_stamp(struct fields *f, const struct json *object, const char *key, struct stamp *out)
{
    int64_t v[3];
    if (!tuple(f, object, key, 3, v))
        return false;
    if (v[1] > STAMP_COUNTER || v[2] > ORIGIN_TIMER)
        return refused(f, key);
    *out = (struct stamp){v[0], (uint32_t)v[1], (uint32_t)v[2]};
    return true;
}

bool wire_position(struct fields *f, const struct json *object, const char *key,
                   struct position *out)
{
    int64_t v[2];
    if (!tuple(f, object, key, 2, v))
        return false;
    if (v[0] > UINT32_MAX)
        return refused(f, key);
    *out = (struct position){(uint32_t)v[0], (uint64_t)v[1]};
    return true;
}

bool wire_text(struct fields *f, const struct json *object, const char *key, size_t max,
               struct str *out)
{
    return wire_member(object, key) && field_text(f, object, key, max, out);
}

static const struct json *of_kind(struct fields *f, const struct json *object, const char *key,
                                  enum json_kind kind)
{
    const struct json *v = wire_member(object, key);
    if (!v || json_kind(v) == kind)
        return v;
    field_refuse(f, CODE_BAD_REQUEST, key);
    return NULL;
}

const struct json *wire_object_at(struct fields *f, const struct json *object, const char *key)
{
    return of_kind(f, object, key, JSON_OBJECT);
}

const struct json *wire_array_at(struct fields *f, const struct json *object, const char *key)
{
    return of_kind(f, object, key, JSON_ARRAY);
}

size_t wire_enter(struct fields *f, const char *key)
{
    size_t mark = strlen(f->where);
    snprintf(f->where + mark, FIELD_PATH - mark, "%s.", key);
    return mark;
}

size_t wire_count(const struct json *array)
{
    size_t n = 0;
    for (const struct json *v = array ? json_first(array) : NULL; v; v = json_next(v))
        n++;
    return n;
}

/* ---- writing ---- */

void wire_put_id(struct jw *w, const char *key, int64_t v)
{
    if (v > LIMIT_INTEGER)
        jw_kid(w, key, v);
    else
        jw_kint(w, key, v);
}

void wire_put_store(struct jw *w, struct str brand_id, struct str poi_id)
{
    jw_kstring(w, "brandId", brand_id);
    jw_kstring(w, "poiId", poi_id);
}

void wire_put_object(struct jw *w, struct object v)
{
    wire_put_id(w, "object_id", v.id);
    jw_kint(w, "object_type", (int64_t)v.type);
}

void wire_put_decimal(struct jw *w, const char *key, int64_t v_t)
{
    char text[DECIMAL_TEXT];
    jw_key(w, key);
    jw_raw(w, (struct str){text, qty_format(v_t, text)});
}

void wire_put_u64(struct jw *w, const char *key, uint64_t v)
{
    char text[DECIMAL_DIGITS];
    jw_key(w, key);
    jw_raw(w, (struct str){text, decimal_u64(v, text)});
}

void wire_put_hlc(struct jw *w, const char *key, struct hlc v)
{
    jw_karray(w, key);
    jw_int(w, v.l_ms);
    jw_int(w, v.c);
    jw_close(w, ']');
}

void wire_put_stamp(struct jw *w, const char *key, struct stamp v)
{
    jw_karray(w, key);
    jw_int(w, v.l_ms);
    jw_int(w, v.c);
    jw_int(w, v.origin);
    jw_close(w, ']');
}

void wire_put_position(struct jw *w, const char *key, struct position v)
{
    jw_karray(w, key);
    jw_int(w, v.epoch);
    jw_int(w, (int64_t)v.seq);
    jw_close(w, ']');
}

void wire_put_hash(struct jw *w, const char *key, const uint8_t v[32])
{
    jw_key(w, key);
    jw_hex(w, v, SHA256_BYTES);
}
