/* POST /api/v1/poi/stock/digest: do hub and center hold the same rows (sync-protocol 4.8)?
 *   {"brandId","poiId","epoch":7,"applied_ver":88123,"acked_seq":1043,"hot":["2:1001"],
 *    "want":"root"|"list"|"rows"[,"after":"2:1001"][,"objects":["2:1007"]]}
 *   root  {"code":0,"hot":["2:1007"],"root":"c5ec05db50e1df89","server_hlc":[..]}
 *   list  {"code":0,"hot":[..],"pairs":[["2:1002","c5ec05db50e1df89"],..],"more":false,..}: 500 of
 *         them by type and id, those after `after`
 *   rows  {"code":0,"rows":[..],..}: those named in `objects`, as a pull writes them
 * Both hot sets are left out of root and list: rows with events on their way up (sent) and rows
 * with changes on their way down (answered).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/digest.h"
#include "proto/wire.h"
#include "tools/product-center/endpoint.h"
#include "tools/product-center/show.h"

#define OBJECT_TEXT 24 /* "2:9223372036854775807" */

enum want { WANT_ROOT, WANT_LIST, WANT_ROWS };
struct question {
    struct str brand, poi;
    uint32_t epoch;
    uint64_t applied;
    enum want want;
    struct object *hot, *objects, after;
    size_t n_hot, n_objects;
};

/* ---- the question ---- */

static int object_cmp(const void *a, const void *b)
{
    const struct object *x = a, *y = b;
    if (x->type != y->type)
        return x->type < y->type ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static bool object_parse(struct str text, struct object *out)
{
    char z[OBJECT_TEXT + 1], *end;
    if (text.n < 3 || text.n > OBJECT_TEXT || (text.p[0] != '1' && text.p[0] != '2') ||
        text.p[1] != ':' || text.p[2] < '1' || text.p[2] > '9')
        return false;
    snprintf(z, sizeof(z), "%.*s", (int)text.n, text.p);
    long long id = strtoll(z + 2, &end, 10);
    if (*end != 0 || id == INT64_MAX)
        return false;
    *out = (struct object){text.p[0] == '1' ? OBJECT_SPU : OBJECT_SKU, id};
    return true;
}

/* Sorted, each once. */
static struct object *objects_decode(struct fields *f, const struct json *v, const char *key,
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
    qsort(o, all, sizeof(*o), object_cmp);
    for (size_t i = 0; i < all; i++)
        if (kept == 0 || object_cmp(&o[kept - 1], &o[i]) != 0)
            o[kept++] = o[i];
    *n = kept;
    return o;
}

static bool want_decode(struct str text, enum want *out)
{
    static const struct str NAME[] = {{"root", 4}, {"list", 4}, {"rows", 4}};
    for (size_t i = 0; i < sizeof(NAME) / sizeof(NAME[0]); i++)
        if (str_eq(text, NAME[i])) {
            *out = (enum want)i;
            return true;
        }
    return false;
}

static enum code decode(struct call *c, struct question *out, char path[FIELD_PATH])
{
    struct fields f;
    const struct json *v = c->body;
    struct str want, after;
    *out = (struct question){0};
    fields_begin(&f, &c->arena, path);
    wire_need_store(&f, v, &out->brand, &out->poi);
    field_need(&f, field_u32(&f, v, "epoch", 1, UINT32_MAX, &out->epoch), "epoch");
    field_need(&f, wire_u64(&f, v, "applied_ver", &out->applied), "applied_ver");
    bool known = wire_text(&f, v, "want", LIMIT_WORD, &want) && want_decode(want, &out->want);
    field_need(&f, known, "want");
    if (wire_text(&f, v, "after", OBJECT_TEXT, &after))
        field_need(&f, object_parse(after, &out->after), "after");
    out->hot = objects_decode(&f, v, "hot", LIMIT_ITEMS, &out->n_hot);
    out->objects = objects_decode(&f, v, "objects", LIMIT_PULL_OBJECTS, &out->n_objects);
    return f.code;
}

/* ---- the answer ---- */

static struct str object_text(struct object o, char text[OBJECT_TEXT])
{
    int n = snprintf(text, OBJECT_TEXT, "%d:%" PRId64, (int)o.type, o.id);
    return (struct str){text, (size_t)n};
}

static int item_cmp(const void *a, const void *b)
{
    const struct item *const *x = a, *const *y = b;
    return object_cmp(&(*x)->row.object, &(*y)->row.object);
}

/* The rows that both sides should hold alike, by type and id; says which ones it leaves out. */
static const struct item **settled(struct call *c, const struct question *q,
                                   const struct items *all, size_t *n)
{
    char text[OBJECT_TEXT];
    const struct item **list = arena_alloc(&c->arena, (all->n + 1) * sizeof(*list));
    jw_karray(&c->out, "hot");
    *n = 0;
    for (size_t i = 0; list != NULL && i < all->n; i++) {
        const struct item *it = &all->at[i];
        const struct object *o = &it->row.object;
        if (it->over > q->applied)
            jw_string(&c->out, object_text(*o, text));
        else if (!it->deleted && bsearch(o, q->hot, q->n_hot, sizeof(*o), object_cmp) == NULL)
            list[(*n)++] = it;
    }
    jw_close(&c->out, ']');
    if (list != NULL)
        qsort(list, *n, sizeof(*list), item_cmp);
    return list;
}

static void put_digest(struct jw *w, uint64_t digest)
{
    char hex[DIGEST_HEX];
    digest_format(digest, hex);
    jw_string(w, str_of(hex));
}

static void put_root(struct jw *w, const struct item *const *list, size_t n)
{
    uint64_t root = 0;
    for (size_t i = 0; i < n; i++)
        root ^= digest_row(&list[i]->row);
    jw_key(w, "root");
    put_digest(w, root);
}

static void put_pairs(struct jw *w, const struct question *q, const struct item *const *list,
                      size_t n)
{
    char text[OBJECT_TEXT];
    size_t told = 0, i = 0;
    while (i < n && object_cmp(&list[i]->row.object, &q->after) <= 0)
        i++;
    jw_karray(w, "pairs");
    for (; i < n && told < LIMIT_PULL_ROWS; i++, told++) {
        jw_open(w, '[');
        jw_string(w, object_text(list[i]->row.object, text));
        put_digest(w, digest_row(&list[i]->row));
        jw_close(w, ']');
    }
    jw_close(w, ']');
    jw_kbool(w, "more", i < n);
}

static void compare(struct call *c, const struct question *q)
{
    size_t n;
    struct items all = items_page(c, 0, LIMIT_ITEMS, true);
    const struct item **list = settled(c, q, &all, &n);
    if (list == NULL)
        return;
    if (q->want == WANT_ROOT)
        put_root(&c->out, list, n);
    else
        put_pairs(&c->out, q, list, n);
}

static void put_rows(struct call *c, const struct question *q)
{
    struct items items = items_load(c, q->objects, q->n_objects);
    jw_karray(&c->out, "rows");
    for (size_t i = 0; i < items.n; i++)
        if (items.at[i].id != 0)
            item_write(&c->out, &items.at[i], true);
    jw_close(&c->out, ']');
}

void stock_digest(struct call *c)
{
    char path[FIELD_PATH];
    struct question q;
    struct store s;
    enum code code = decode(c, &q, path);
    if (code != CODE_OK) {
        call_malformed(c, code, path);
        return;
    }
    call_store(c, q.brand, q.poi);
    store_read(c, &s);
    if (q.epoch < s.epoch) {
        call_error(c, &(struct cloud_error){.name = CLOUD_FENCED,
                                            .detail = STR("another box has taken over"),
                                            .epoch = s.epoch});
        return;
    }
    call_answer(c);
    if (q.want == WANT_ROWS)
        put_rows(c, &q);
    else
        compare(c, &q);
    wire_put_hlc(&c->out, "server_hlc", hlc_tick(s.hlc, c->now_ms));
    call_done(c);
}
