#include "proto/cloud_digest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const struct str WANTS[] = {{"root", 4}, {"list", 4}, {"rows", 4}};
#define WANT_COUNT (sizeof(WANTS) / sizeof(WANTS[0]))

/* ---- objects ---- */

struct str object_text(struct object o, char out[OBJECT_TEXT])
{
    int n = snprintf(out, OBJECT_TEXT, "%d:%" PRId64, (int)o.type, o.id);
    return (struct str){out, (size_t)n};
}

bool object_parse(struct str text, struct object *out)
{
    char z[OBJECT_TEXT], *end;
    if (text.n < 3 || text.n >= OBJECT_TEXT || (text.p[0] != '1' && text.p[0] != '2') ||
        text.p[1] != ':' || text.p[2] < '1' || text.p[2] > '9')
        return false;
    snprintf(z, sizeof(z), "%.*s", (int)text.n, text.p);
    long long id = strtoll(z + 2, &end, 10);
    if (*end != 0 || id == INT64_MAX)
        return false;
    *out = (struct object){text.p[0] == '1' ? OBJECT_SPU : OBJECT_SKU, id};
    return true;
}

int object_cmp(struct object a, struct object b)
{
    if (a.type != b.type)
        return a.type < b.type ? -1 : 1;
    return (a.id > b.id) - (a.id < b.id);
}

static int by_object(const void *a, const void *b)
{
    const struct object *x = a, *y = b;
    return object_cmp(*x, *y);
}

static void put_objects(struct jw *w, const char *key, const struct object *list, size_t n)
{
    char text[OBJECT_TEXT];
    jw_karray(w, key);
    for (size_t i = 0; i < n; i++)
        jw_string(w, object_text(list[i], text));
    jw_close(w, ']');
}

/* Sorted, each once. */
static struct object *take_objects(struct fields *f, const struct json *v, const char *key,
                                   size_t max, size_t *n)
{
    const struct json *list = wire_array_at(f, v, key);
    size_t all = wire_count(list), kept = 0;
    if (all > max) {
        field_refuse(f, CODE_BAD_REQUEST, key);
        return NULL;
    }
    struct object *o = arena_alloc(f->arena, (all + 1) * sizeof(*o));
    const struct json *e = list != NULL && o != NULL ? json_first(list) : NULL;
    for (size_t i = 0; e != NULL; e = json_next(e), i++)
        if (json_kind(e) != JSON_STRING || !object_parse(json_string(e), &o[i]))
            field_refuse(f, CODE_BAD_REQUEST, key);
    if (f->code != CODE_OK || o == NULL)
        return NULL;
    qsort(o, all, sizeof(*o), by_object);
    for (size_t i = 0; i < all; i++)
        if (kept == 0 || object_cmp(o[kept - 1], o[i]) != 0)
            o[kept++] = o[i];
    *n = kept;
    return o;
}

static enum code end(const struct fields *f)
{
    return f->code == CODE_OK && f->arena->failed ? CODE_INTERNAL : f->code;
}

/* ---- the question ---- */

void cloud_digest_encode(struct jw *w, const struct cloud_digest *q)
{
    char text[OBJECT_TEXT];
    jw_open(w, '{');
    wire_put_store(w, q->brand_id, q->poi_id);
    jw_kint(w, "epoch", q->epoch);
    wire_put_u64(w, "applied_ver", q->applied_ver);
    wire_put_u64(w, "acked_seq", q->acked_seq);
    put_objects(w, "hot", q->hot, q->n_hot);
    jw_kstring(w, "want", WANTS[q->want]);
    if (q->after.id != 0)
        jw_kstring(w, "after", object_text(q->after, text));
    if (q->want == DIGEST_ROWS)
        put_objects(w, "objects", q->objects, q->n_objects);
    jw_close(w, '}');
}

static bool want_parse(struct str text, enum cloud_digest_want *out)
{
    for (size_t i = 0; i < WANT_COUNT; i++)
        if (str_eq(text, WANTS[i])) {
            *out = (enum cloud_digest_want)i;
            return true;
        }
    return false;
}

enum code cloud_digest_decode(const struct json *v, struct arena *arena, struct cloud_digest *out,
                              char path[FIELD_PATH])
{
    struct fields f;
    struct str want, after;
    *out = (struct cloud_digest){0};
    fields_begin(&f, arena, path);
    wire_need_store(&f, v, &out->brand_id, &out->poi_id);
    field_need(&f, field_u32(&f, v, "epoch", 1, UINT32_MAX, &out->epoch), "epoch");
    field_need(&f, wire_u64(&f, v, "applied_ver", &out->applied_ver), "applied_ver");
    wire_u64(&f, v, "acked_seq", &out->acked_seq);
    bool known = wire_text(&f, v, "want", LIMIT_WORD, &want) && want_parse(want, &out->want);
    field_need(&f, known, "want");
    if (wire_text(&f, v, "after", OBJECT_TEXT, &after))
        field_need(&f, object_parse(after, &out->after), "after");
    out->hot = take_objects(&f, v, "hot", LIMIT_ITEMS, &out->n_hot);
    out->objects = take_objects(&f, v, "objects", LIMIT_PULL_OBJECTS, &out->n_objects);
    return end(&f);
}

/* ---- the answer ---- */

static void put_digest(struct jw *w, uint64_t digest)
{
    char hex[DIGEST_HEX];
    digest_format(digest, hex);
    jw_string(w, str_of(hex));
}

void cloud_digest_put_hot(struct jw *w, const struct object *hot, size_t n)
{
    put_objects(w, "hot", hot, n);
}

void cloud_digest_put_root(struct jw *w, uint64_t root)
{
    jw_key(w, "root");
    put_digest(w, root);
}

void cloud_digest_put_pair(struct jw *w, struct digest_pair pair)
{
    char text[OBJECT_TEXT];
    jw_open(w, '[');
    jw_string(w, object_text(pair.object, text));
    put_digest(w, pair.digest);
    jw_close(w, ']');
}

static bool take_pair(const struct json *v, struct digest_pair *out)
{
    const struct json *name = json_kind(v) == JSON_ARRAY ? json_first(v) : NULL;
    const struct json *hex = name != NULL ? json_next(name) : NULL;
    return hex != NULL && json_kind(name) == JSON_STRING && json_kind(hex) == JSON_STRING &&
           object_parse(json_string(name), &out->object) &&
           digest_parse(json_string(hex), &out->digest);
}

static void take_pairs(struct fields *f, const struct json *v, struct cloud_digest_reply *out)
{
    const struct json *list = wire_array_at(f, v, "pairs");
    size_t all = wire_count(list), i = 0;
    field_need(f, list != NULL && all <= LIMIT_PULL_ROWS, "pairs");
    struct digest_pair *p =
        f->code == CODE_OK ? arena_alloc(f->arena, (all + 1) * sizeof(*p)) : NULL;
    if (p == NULL)
        return;
    for (const struct json *e = json_first(list); e != NULL; e = json_next(e), i++) {
        bool good = take_pair(e, &p[i]);
        if (!good || (i > 0 && object_cmp(p[i - 1].object, p[i].object) >= 0)) {
            field_refuse(f, CODE_BAD_REQUEST, "pairs");
            return;
        }
    }
    out->pairs = p;
    out->n_pairs = all;
    bool told = field_bool(f, v, "more", &out->more);
    field_need(f, told && (!out->more || all > 0), "more");
}

static void take_root(struct fields *f, const struct json *v, uint64_t *out)
{
    struct str text;
    field_need(f, wire_text(f, v, "root", DIGEST_HEX, &text) && digest_parse(text, out), "root");
}

enum code cloud_digest_reply_decode(const struct json *v, enum cloud_digest_want want,
                                    struct arena *arena, struct cloud_digest_reply *out,
                                    char path[FIELD_PATH])
{
    struct fields f;
    *out = (struct cloud_digest_reply){0};
    fields_begin(&f, arena, path);
    out->hot = take_objects(&f, v, "hot", LIMIT_ITEMS, &out->n_hot);
    switch (want) {
    case DIGEST_ROOT:
        take_root(&f, v, &out->root);
        break;
    case DIGEST_LIST:
        take_pairs(&f, v, out);
        break;
    case DIGEST_ROWS:
        out->rows = wire_array_at(&f, v, "rows");
        field_need(&f, out->rows != NULL, "rows");
        break;
    }
    wire_hlc(&f, v, "server_hlc", &out->server_hlc);
    return end(&f);
}
