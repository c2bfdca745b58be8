/* As in item.c every column stands once, in the list of its table: the select list, the record of
 * the bulk write, the update and both directions of the struct are made from it.
 */
#include "tools/product-center/mirror.h"

#include <string.h>

#define GROWTH_MAX   6   /* a character escaped as \\u001f */
#define ORDER_BYTES  800 /* of one as JSON, at most, without its texts */
#define LINE_BYTES   384
#define EFFECT_BYTES 256

/*  X(column, type, kind, member of struct mirror_order) */
#define ORDER_LIST(X)                                                                              \
    X(side, "smallint", INT, side)                                                                 \
    X(origin, "text", TEXT, origin)                                                                \
    X(channel, "text", TEXT, channel)                                                              \
    X(number, "text", TEXT, number)                                                                \
    X(day, "text", TEXT, day)                                                                      \
    X(order_status, "smallint", INT, status)                                                       \
    X(kitchen, "text", TEXT, kitchen)                                                              \
    X(served, "boolean", BOOL, served)                                                             \
    X(user_id, "text", TEXT, user_id)                                                              \
    X(note, "text", TEXT, note)                                                                    \
    X(amount_e4, "bigint", INT, amount_e4)                                                         \
    X(paid_e4, "bigint", INT, paid_e4)                                                             \
    X(refunded_e4, "bigint", INT, refunded_e4)                                                     \
    X(refund_due_e4, "bigint", INT, refund_due_e4)                                                 \
    X(hlc_l, "bigint", INT, hlc.l_ms)                                                              \
    X(hlc_c, "bigint", INT, hlc.c)                                                                 \
    X(clock_suspect, "boolean", BOOL, clock_suspect)                                               \
    X(salvaged, "boolean", BOOL, salvaged)                                                         \
    X(epoch, "bigint", INT, at.epoch)                                                              \
    X(seq, "bigint", INT, at.seq)                                                                  \
    X(expires_ms, "bigint", INT, expires_ms)                                                       \
    X(paid_ms, "bigint", INT, paid_ms)                                                             \
    X(is_delete, "boolean", BOOL, deleted)                                                         \
    X(body, "json", JSON, body)                                                                    \
    X(over, "bigint", VER, over)

/*  X(column, type, kind, member of struct mirror_line) */
#define LINE_LIST(X)                                                                               \
    X(round, "int", INT, round)                                                                    \
    X(object_type, "smallint", INT, object.type)                                                   \
    X(object_id, "bigint", INT, object.id)                                                         \
    X(name, "text", TEXT, name)                                                                    \
    X(q_t, "bigint", INT, q_t)                                                                     \
    X(amount_e4, "bigint", INT, amount_e4)                                                         \
    X(state, "smallint", INT, state)                                                               \
    X(attempt, "int", INT, attempt)                                                                \
    X(restocked_t, "bigint", INT, restocked_t)                                                     \
    X(voided_t, "bigint", INT, voided_t)                                                           \
    X(served, "boolean", BOOL, served)

/*  X(column, type, kind, member of struct mirror_effect) */
#define EFFECT_LIST(X)                                                                             \
    X(q_t, "bigint", INT, q_t)                                                                     \
    X(deducted, "boolean", BOOL, deducted)                                                         \
    X(gen_id, "text", TEXT, gen_id)                                                                \
    X(epoch, "bigint", INT, at.epoch)                                                              \
    X(seq, "bigint", INT, at.seq)

enum {
    ORDER_order_id,
#define X(column, type, kind, member) ORDER_##column,
    ORDER_LIST(X)
#undef X
};
enum {
    LINE_order_id,
    LINE_line,
#define X(column, type, kind, member) LINE_##column,
    LINE_LIST(X)
#undef X
};
enum {
    EFFECT_order_id,
    EFFECT_line,
    EFFECT_object_type,
    EFFECT_object_id,
#define X(column, type, kind, member) EFFECT_##column,
    EFFECT_LIST(X)
#undef X
};

#define NAME(column, type, kind, member)   ", " #column
#define RECORD(column, type, kind, member) ", " #column " " type
#define UPDATE(column, type, kind, member) UPDATE_##kind(#column)
#define UPDATE_INT(column)                 ", " column " = EXCLUDED." column
#define UPDATE_BOOL(column)                UPDATE_INT(column)
#define UPDATE_TEXT(column)                UPDATE_INT(column)
#define UPDATE_VER(column)                 UPDATE_INT(column)
/* The one text that is long is sent only when it is another one. */
#define UPDATE_JSON(column) ", " column " = coalesce(EXCLUDED." column ", center_order." column ")"
/* One look into the index for each order. With = ANY the planner, which knows little of a young
 * table, prefers to walk the store's whole range, since that comes in order. */
#define SELECT(keys, list, table)                                                                  \
    "SELECT " keys list(NAME) " FROM (SELECT DISTINCT json_array_elements_text($4::json) AS id)"   \
                              " AS w CROSS JOIN LATERAL (SELECT * FROM " table                     \
                              " WHERE shard = $1 AND brand_id = $2 AND poi_id = $3"                \
                              " AND order_id = w.id OFFSET 0) AS o ORDER BY " keys
#define INSERT(keys, records, list, table, arg)                                                    \
    "INSERT INTO " table " (shard, brand_id, poi_id, " keys list(                                  \
        NAME) ") SELECT $1::int, $2, $3, " keys                                                    \
    list(NAME) " FROM json_to_recordset(" arg "::json) AS r(" records                              \
    list(RECORD) ") ON CONFLICT (shard, brand_id, poi_id, " keys

#define ORDER_KEYS  "order_id"
#define LINE_KEYS   "order_id, line"
#define EFFECT_KEYS "order_id, line, object_type, object_id"
static const struct db_statement LOAD_ORDERS = {SELECT(ORDER_KEYS, ORDER_LIST, "center_order")};
static const struct db_statement LOAD_LINES = {SELECT(LINE_KEYS, LINE_LIST, "center_order_line")};
static const struct db_statement LOAD_EFFECTS = {
    SELECT(EFFECT_KEYS, EFFECT_LIST, "center_order_effect")};
#define SAVE_ORDERS                                                                                \
    INSERT(ORDER_KEYS, "order_id text", ORDER_LIST, "center_order", "$4")                          \
    ") DO UPDATE SET updated_at = clock_timestamp()" ORDER_LIST(UPDATE)
#define SAVE_LINES                                                                                 \
    INSERT(LINE_KEYS, "order_id text, line int", LINE_LIST, "center_order_line", "$5")             \
    ") DO UPDATE SET line = EXCLUDED.line" LINE_LIST(UPDATE)
#define SAVE_EFFECTS                                                                               \
    INSERT(EFFECT_KEYS, "order_id text, line int, object_type smallint, object_id bigint",         \
           EFFECT_LIST, "center_order_effect", "$6")                                               \
    ") DO UPDATE SET line = EXCLUDED.line" EFFECT_LIST(UPDATE)
static const struct db_statement SAVE = {"WITH orders AS (" SAVE_ORDERS "), lines AS (" SAVE_LINES
                                         ") " SAVE_EFFECTS};

/* ---- making room ---- */

/* One more element at the end of a list in the arena; NULL: it is full. */
static void *grown(struct call *c, void *list, size_t size, size_t *n, size_t *cap)
{
    if (*n == *cap) {
        size_t more = *cap > 0 ? 2 * *cap : 4;
        char *at = arena_alloc(&c->arena, more * size);
        if (at == NULL)
            return NULL;
        if (*n > 0)
            memcpy(at, list, *n * size);
        list = at;
        *cap = more;
    }
    ++*n;
    return list;
}

struct mirror_line *mirror_line(const struct mirror_order *o, uint32_t line)
{
    for (size_t i = 0; i < o->n_lines; i++)
        if (o->lines[i].line == line)
            return &o->lines[i];
    return NULL;
}

struct mirror_line *mirror_line_add(struct call *c, struct mirror_order *o, uint32_t line)
{
    struct mirror_line *l = mirror_line(o, line);
    if (l != NULL)
        return l;
    l = grown(c, o->lines, sizeof(*l), &o->n_lines, &o->cap_lines);
    if (l == NULL)
        return NULL;
    o->lines = l;
    l = &o->lines[o->n_lines - 1];
    *l = (struct mirror_line){.line = line, .object.type = OBJECT_SKU};
    return l;
}

struct mirror_effect *mirror_effect_add(struct call *c, struct mirror_line *l, struct object object)
{
    for (size_t i = 0; i < l->n_effects; i++)
        if (l->effects[i].object.id == object.id && l->effects[i].object.type == object.type)
            return &l->effects[i];
    struct mirror_effect *e = grown(c, l->effects, sizeof(*e), &l->n_effects, &l->cap_effects);
    if (e == NULL)
        return NULL;
    l->effects = e;
    e = &l->effects[l->n_effects - 1];
    *e = (struct mirror_effect){.object = object};
    return e;
}

/* ---- reading ---- */

#define GET_INT(to, column)  to = (__typeof__(to))rows_int(r, at, column)
#define GET_VER(to, column)  GET_INT(to, column)
#define GET_BOOL(to, column) to = rows_bool(r, at, column)
#define GET_TEXT(to, column) to = rows_text(r, at, column)
#define GET_JSON(to, column) GET_TEXT(to, column)

static void order_read(const struct db_rows *r, size_t at, struct mirror_order *o)
{
#define X(column, type, kind, member) GET_##kind(o->member, ORDER_##column);
    ORDER_LIST(X)
#undef X
    o->stored_body = o->body;
}

static void line_read(const struct db_rows *r, size_t at, struct mirror_line *l)
{
#define X(column, type, kind, member) GET_##kind(l->member, LINE_##column);
    LINE_LIST(X)
#undef X
    l->stored = (struct mirror_stored){r, at};
}

static void effect_read(const struct db_rows *r, size_t at, struct mirror_effect *e)
{
#define X(column, type, kind, member) GET_##kind(e->member, EFFECT_##column);
    EFFECT_LIST(X)
#undef X
    e->stored = (struct mirror_stored){r, at};
}

static struct mirror_order *find(const struct mirror *m, struct str id)
{
    for (size_t i = 0; i < m->n; i++)
        if (str_eq(m->at[i].order_id, id))
            return &m->at[i];
    return NULL;
}

static void lines_load(struct call *c, const struct mirror *m, const struct db_args *a)
{
    const struct db_rows *r = db_query(c->db, &LOAD_LINES, a);
    for (size_t at = 0; at < rows_count(r); at++) {
        struct mirror_order *o = find(m, rows_text(r, at, LINE_order_id));
        struct mirror_line *l = mirror_line_add(c, o, (uint32_t)rows_int(r, at, LINE_line));
        if (l != NULL)
            line_read(r, at, l);
    }
}

static void effects_load(struct call *c, const struct mirror *m, const struct db_args *a)
{
    const struct db_rows *r = db_query(c->db, &LOAD_EFFECTS, a);
    for (size_t at = 0; at < rows_count(r); at++) {
        struct mirror_order *o = find(m, rows_text(r, at, EFFECT_order_id));
        struct mirror_line *l = mirror_line(o, (uint32_t)rows_int(r, at, EFFECT_line));
        struct object object = {(enum object_type)rows_int(r, at, EFFECT_object_type),
                                rows_int(r, at, EFFECT_object_id)};
        struct mirror_effect *e = l != NULL ? mirror_effect_add(c, l, object) : NULL;
        if (e != NULL)
            effect_read(r, at, e);
    }
}

static struct str ids_text(struct call *c, const struct str *ids, size_t n)
{
    struct jw w = call_writer(&c->arena, n * (LIMIT_ORDER_ID * GROWTH_MAX + 4) + 16);
    jw_open(&w, '[');
    for (size_t i = 0; i < n; i++)
        jw_string(&w, ids[i]);
    jw_close(&w, ']');
    return jw_text(&w);
}

struct mirror mirror_load(struct call *c, const struct str *ids, size_t n)
{
    struct mirror m = {.at = arena_alloc(&c->arena, n * sizeof(*m.at))};
    struct db_args a = {0};
    if (m.at == NULL || n == 0)
        return m;
    m.n = n;
    for (size_t i = 0; i < n; i++)
        m.at[i] = (struct mirror_order){.order_id = ids[i]};
    arg_store(&a, &c->key);
    arg_text(&a, ids_text(c, ids, n));
    const struct db_rows *r = db_query(c->db, &LOAD_ORDERS, &a);
    for (size_t at = 0; at < rows_count(r); at++)
        order_read(r, at, find(&m, rows_text(r, at, ORDER_order_id)));
    if (rows_count(r) > 0) {
        lines_load(c, &m, &a);
        effects_load(c, &m, &a);
    }
    return m;
}

/* ---- what has to be written ---- */

#define SAME_INT(v, column)  &&rows_int(r, at, column) == (int64_t)(v)
#define SAME_BOOL(v, column) &&rows_bool(r, at, column) == (v)
#define SAME_TEXT(v, column) &&str_eq(rows_text(r, at, column), v)

static bool line_is_stored(const struct mirror_line *l)
{
    const struct db_rows *r = l->stored.rows;
    size_t at = l->stored.at;
#define X(column, type, kind, member) SAME_##kind(l->member, LINE_##column)
    return r != NULL LINE_LIST(X);
#undef X
}

static bool effect_is_stored(const struct mirror_effect *e)
{
    const struct db_rows *r = e->stored.rows;
    size_t at = e->stored.at;
#define X(column, type, kind, member) SAME_##kind(e->member, EFFECT_##column)
    return r != NULL EFFECT_LIST(X);
#undef X
}

/* ---- writing ---- */

#define PUT_INT(name, v)  jw_kint(w, name, (int64_t)(v))
#define PUT_BOOL(name, v) jw_kbool(w, name, v)
#define PUT_TEXT(name, v) jw_kstring(w, name, v)
#define PUT_VER(name, v)                                                                           \
    if ((v) != 0)                                                                                  \
    jw_kint(w, name, (int64_t)(v))
#define PUT_JSON(name, v)                                                                          \
    if ((v).n > 0 && !str_eq(v, o->stored_body)) {                                                 \
        jw_key(w, name);                                                                           \
        jw_raw(w, v);                                                                              \
    }

static void order_put(struct jw *w, const struct mirror_order *o)
{
    jw_open(w, '{');
    jw_kstring(w, "order_id", o->order_id);
#define X(column, type, kind, member) PUT_##kind(#column, o->member);
    ORDER_LIST(X)
#undef X
    jw_close(w, '}');
}

static void line_put(struct jw *w, const struct mirror_order *o, const struct mirror_line *l)
{
    jw_open(w, '{');
    jw_kstring(w, "order_id", o->order_id);
    jw_kint(w, "line", l->line);
#define X(column, type, kind, member) PUT_##kind(#column, l->member);
    LINE_LIST(X)
#undef X
    jw_close(w, '}');
}

static void effect_put(struct jw *w, const struct mirror_order *o, const struct mirror_line *l,
                       const struct mirror_effect *e)
{
    jw_open(w, '{');
    jw_kstring(w, "order_id", o->order_id);
    jw_kint(w, "line", l->line);
    jw_kint(w, "object_type", e->object.type);
    jw_kint(w, "object_id", e->object.id);
#define X(column, type, kind, member) PUT_##kind(#column, e->member);
    EFFECT_LIST(X)
#undef X
    jw_close(w, '}');
}

struct texts {
    struct jw orders, lines, effects;
};

static size_t order_bytes(const struct mirror_order *o)
{
    return ORDER_BYTES + o->body.n +
           GROWTH_MAX * (o->order_id.n + o->origin.n + o->channel.n + o->number.n + o->day.n +
                         o->kitchen.n + o->user_id.n + o->note.n);
}

static struct texts texts_begin(struct call *c, const struct mirror *m)
{
    size_t orders = 16, lines = 16, effects = 16;
    for (size_t i = 0; i < m->n; i++) {
        const struct mirror_order *o = &m->at[i];
        orders += o->changed ? order_bytes(o) : 0;
        for (size_t k = 0; o->changed && k < o->n_lines; k++) {
            lines += LINE_BYTES + GROWTH_MAX * (o->order_id.n + o->lines[k].name.n);
            effects += o->lines[k].n_effects *
                       (EFFECT_BYTES + GROWTH_MAX * (o->order_id.n + LIMIT_GEN_ID));
        }
    }
    struct texts t = {call_writer(&c->arena, orders), call_writer(&c->arena, lines),
                      call_writer(&c->arena, effects)};
    jw_open(&t.orders, '[');
    jw_open(&t.lines, '[');
    jw_open(&t.effects, '[');
    return t;
}

static void effects_add(struct texts *t, const struct mirror_order *o, struct mirror_line *l)
{
    for (size_t i = 0; i < l->n_effects; i++) {
        struct mirror_effect *e = &l->effects[i];
        if (effect_is_stored(e))
            continue;
        effect_put(&t->effects, o, l, e);
        e->stored.rows = NULL; /* what was read of it holds no more */
    }
}

static void texts_add(struct texts *t, struct mirror_order *o)
{
    order_put(&t->orders, o);
    o->stored_body = o->body.n > 0 ? o->body : o->stored_body;
    for (size_t i = 0; i < o->n_lines; i++) {
        struct mirror_line *l = &o->lines[i];
        effects_add(t, o, l);
        if (line_is_stored(l))
            continue;
        line_put(&t->lines, o, l);
        l->stored.rows = NULL;
    }
}

static void arg_json(struct db_args *a, struct jw *w)
{
    jw_close(w, ']');
    arg_text(a, jw_text(w));
}

void mirror_save(struct call *c, const struct mirror *m)
{
    struct texts t = texts_begin(c, m);
    struct db_args a = {0};
    size_t n = 0;
    for (size_t i = 0; i < m->n; i++)
        if (m->at[i].changed) {
            texts_add(&t, &m->at[i]);
            n++;
        }
    if (n == 0)
        return;
    arg_store(&a, &c->key);
    arg_json(&a, &t.orders);
    arg_json(&a, &t.lines);
    arg_json(&a, &t.effects);
    db_run(c->db, &SAVE, &a);
}
