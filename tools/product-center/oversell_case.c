#include "tools/product-center/oversell_case.h"

#include "proto/wire.h"

#define OBJECT_BYTES 64
#define LIST_MAX     "200"
#define OF_STORE     "shard = $1 AND brand_id = $2 AND poi_id = $3"
#define COLUMNS                                                                                    \
    "case_id, object_type, object_id, gen_id, state, opening, since_ms, due_ms, drained, acted, "  \
    "ver, report, base_t, supply_t, strict, cut_epoch, cut_seq, cut_ver"
#define OPEN_OR_WAITING "(state IN (0, 1) OR due_ms > 0)" /* CASE_PROVISIONAL, CASE_OPEN */

static const struct db_statement LOAD = {
    "SELECT " COLUMNS " FROM oversell_case WHERE " OF_STORE " AND (" OPEN_OR_WAITING
    " OR (object_type, object_id) IN (SELECT object_type, object_id FROM"
    " json_to_recordset($4::json) AS r(object_type smallint, object_id bigint)))"};
static const struct db_statement LIST = {
    "SELECT " COLUMNS " FROM oversell_case WHERE " OF_STORE " AND report IS NOT NULL"
    " AND ($4::int < 0 OR state = $4::int) AND ($5::text = '' OR case_id = $5::text)"
    " ORDER BY ver DESC LIMIT " LIST_MAX};
static const struct db_statement SAVE = {
    "INSERT INTO oversell_case (shard, brand_id, poi_id, " COLUMNS ")"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,"
    " nullif($15::text, '')::json, $16, $17, $18, $19, $20, $21)"
    " ON CONFLICT (shard, brand_id, poi_id, case_id) DO UPDATE SET state = EXCLUDED.state,"
    " opening = EXCLUDED.opening, since_ms = EXCLUDED.since_ms, due_ms = EXCLUDED.due_ms,"
    " drained = EXCLUDED.drained, acted = EXCLUDED.acted, ver = EXCLUDED.ver,"
    " report = EXCLUDED.report, base_t = EXCLUDED.base_t, supply_t = EXCLUDED.supply_t,"
    " strict = EXCLUDED.strict, cut_epoch = EXCLUDED.cut_epoch, cut_seq = EXCLUDED.cut_seq,"
    " cut_ver = EXCLUDED.cut_ver, updated_at = now()"};
static const struct db_statement FOUND = {
    "UPDATE oversell_case SET supply_t = supply_t + $5 WHERE " OF_STORE " AND case_id = $4"};
static const struct db_statement ACTED = {
    "UPDATE oversell_case SET acted = true, since_ms = $5 WHERE " OF_STORE " AND case_id = $4"};
static const struct db_statement PUT_OFF = {
    "UPDATE oversell_case SET due_ms = $4::bigint + 3600000 WHERE " OF_STORE
    " AND due_ms BETWEEN 1 AND $4::bigint"};
static const struct db_statement FORGET = {"DELETE FROM oversell_case WHERE " OF_STORE
                                           " AND case_id = $4"};
static const struct db_statement DUE = {
    "SELECT DISTINCT shard, brand_id, poi_id FROM (SELECT * FROM oversell_case WHERE due_ms > 0"
    " AND due_ms <= $1 ORDER BY due_ms LIMIT $2) AS due"};
static const struct db_statement RESOLVE = {
    "INSERT INTO oversell_resolution (shard, brand_id, poi_id, case_id, opening, order_id, line,"
    " action, q_t, object_type, object_id, operator, note, wish)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"};
static const struct db_statement IS_RESOLVED = {
    "SELECT q_t, object_id FROM oversell_resolution WHERE " OF_STORE
    " AND case_id = $4 AND opening = $5"
    " AND order_id = $6 AND line = $7 AND action = $8"};
static const struct db_statement RESOLVED = {
    "SELECT order_id, line, action, q_t, object_type, object_id, operator, note, wish,"
    " (extract(epoch FROM created_at) * 1000)::bigint FROM oversell_resolution WHERE " OF_STORE
    " AND case_id = $4 ORDER BY created_at, order_id, line LIMIT " LIST_MAX};

/* ---- names ---- */

static const char *const ACTIONS[] = {
#define X(e, name) name,
    RESOLVE_LIST(X)
#undef X
};

const char *resolve_name(enum resolve_action v)
{
    return ACTIONS[v];
}

bool resolve_parse(struct str name, enum resolve_action *out)
{
    for (size_t i = 0; i < sizeof(ACTIONS) / sizeof(ACTIONS[0]); i++)
        if (str_eq(name, str_of(ACTIONS[i]))) {
            *out = (enum resolve_action)i;
            return true;
        }
    return false;
}

bool oversell_case_is_open(const struct oversell_case *k)
{
    return k->opening > 0 && (k->state == CASE_PROVISIONAL || k->state == CASE_OPEN);
}

/* ---- cases ---- */

static struct oversell_case case_read(const struct db_rows *r, size_t at)
{
    return (struct oversell_case){
        .id = rows_text(r, at, 0),
        .object = {(enum object_type)rows_int(r, at, 1), rows_int(r, at, 2)},
        .gen_id = rows_text(r, at, 3),
        .state = (enum case_state)rows_int(r, at, 4),
        .opening = (uint32_t)rows_int(r, at, 5),
        .since_ms = rows_int(r, at, 6),
        .due_ms = rows_int(r, at, 7),
        .drained = rows_bool(r, at, 8),
        .acted = rows_bool(r, at, 9),
        .ver = (uint64_t)rows_int(r, at, 10),
        .report = rows_text(r, at, 11),
        .basis = {.base_t = rows_int(r, at, 12),
                  .supply_t = rows_int(r, at, 13),
                  .strict = rows_bool(r, at, 14),
                  .cut = {{(uint32_t)rows_int(r, at, 15), (uint64_t)rows_int(r, at, 16)},
                          (uint64_t)rows_int(r, at, 17)}}};
}

static struct oversell_cases cases_read(struct call *c, const struct db_rows *r, size_t room)
{
    size_t n = rows_count(r);
    struct oversell_cases cases = {.at = arena_alloc(&c->arena, (n + room) * sizeof(*cases.at))};
    cases.n = cases.at != NULL ? n : 0;
    for (size_t i = 0; i < cases.n; i++)
        cases.at[i] = case_read(r, i);
    return cases;
}

struct oversell_cases oversell_cases_load(struct call *c, const struct stock_row *const *rows,
                                          size_t n)
{
    struct jw w = call_writer(&c->arena, n * OBJECT_BYTES + 16);
    struct db_args a = {0};
    jw_open(&w, '[');
    for (size_t i = 0; i < n; i++) {
        jw_open(&w, '{');
        jw_kint(&w, "object_type", rows[i]->object.type);
        jw_kint(&w, "object_id", rows[i]->object.id);
        jw_close(&w, '}');
    }
    jw_close(&w, ']');
    arg_store(&a, &c->key);
    arg_text(&a, jw_text(&w));
    return cases_read(c, db_query(c->db, &LOAD, &a), n);
}

struct oversell_cases oversell_cases_list(struct call *c, int state, struct str id)
{
    struct db_args a = {0};
    arg_store(&a, &c->key);
    arg_int(&a, state);
    arg_text(&a, id);
    return cases_read(c, db_query(c->db, &LIST, &a), 0);
}

struct store_key *oversell_cases_due(struct call *c, size_t limit, size_t *n)
{
    struct db_args a = {0};
    arg_int(&a, c->now_ms);
    arg_int(&a, (int64_t)limit);
    const struct db_rows *r = db_query(c->db, &DUE, &a);
    struct store_key *keys = arena_alloc(&c->arena, rows_count(r) * sizeof(*keys));
    *n = keys != NULL ? rows_count(r) : 0;
    for (size_t i = 0; i < *n; i++)
        keys[i] =
            (struct store_key){(int)rows_int(r, i, 0), rows_text(r, i, 1), rows_text(r, i, 2)};
    return keys;
}

void oversell_case_save(struct call *c, const struct oversell_case *k)
{
    struct db_args a = {0};
    arg_store(&a, &c->key);
    arg_text(&a, k->id);
    arg_int(&a, k->object.type);
    arg_int(&a, k->object.id);
    arg_text(&a, k->gen_id);
    arg_int(&a, k->state);
    arg_int(&a, k->opening);
    arg_int(&a, k->since_ms);
    arg_int(&a, k->due_ms);
    arg_bool(&a, k->drained);
    arg_bool(&a, k->acted);
    arg_int(&a, (int64_t)k->ver);
    arg_text(&a, k->report);
    arg_int(&a, k->basis.base_t);
    arg_int(&a, k->basis.supply_t);
    arg_bool(&a, k->basis.strict);
    arg_int(&a, k->basis.cut.hub.epoch);
    arg_int(&a, (int64_t)k->basis.cut.hub.seq);
    arg_int(&a, (int64_t)k->basis.cut.ver);
    db_run(c->db, &SAVE, &a);
}

void oversell_case_found(struct call *c, const struct oversell_case *k, int64_t q_t)
{
    struct db_args a = {0};
    arg_store(&a, &c->key);
    arg_text(&a, k->id);
    arg_int(&a, q_t);
    db_run(c->db, &FOUND, &a);
}

void oversell_case_acted(struct call *c, const struct oversell_case *k)
{
    struct db_args a = {0};
    arg_store(&a, &c->key);
    arg_text(&a, k->id);
    arg_int(&a, c->now_ms);
    db_run(c->db, &ACTED, &a);
}

void oversell_cases_put_off(struct call *c)
{
    struct db_args a = {0};
    arg_store(&a, &c->key);
    arg_int(&a, c->now_ms);
    db_run(c->db, &PUT_OFF, &a);
}

void oversell_case_forget(struct call *c, const struct oversell_case *k)
{
    struct db_args a = {0};
    arg_store(&a, &c->key);
    arg_text(&a, k->id);
    db_run(c->db, &FORGET, &a);
}

/* ---- resolutions ---- */

static void arg_resolution(struct db_args *a, const struct call *c, const struct oversell_case *k,
                           const struct resolution *r)
{
    arg_store(a, &c->key);
    arg_text(a, k->id);
    arg_int(a, k->opening);
    arg_text(a, r->order_id);
    arg_int(a, r->line);
    arg_text(a, str_of(resolve_name(r->action)));
}

bool resolution_is_there(struct call *c, const struct oversell_case *k, const struct resolution *r,
                         bool *same)
{
    struct db_args a = {0};
    arg_resolution(&a, c, k, r);
    const struct db_rows *was = db_query(c->db, &IS_RESOLVED, &a);
    if (rows_count(was) == 0)
        return false;
    *same = (r->q_t == 0 || r->q_t == rows_int(was, 0, 0)) && r->other.id == rows_int(was, 0, 1);
    return true;
}

void resolution_add(struct call *c, const struct oversell_case *k, const struct resolution *r)
{
    struct db_args a = {0};
    arg_resolution(&a, c, k, r);
    arg_int(&a, r->q_t);
    arg_int(&a, r->other.type);
    arg_int(&a, r->other.id);
    arg_text(&a, r->operator_id);
    arg_text(&a, r->note);
    arg_bool(&a, r->wish);
    db_run(c->db, &RESOLVE, &a);
}

static void resolution_write(struct jw *w, const struct db_rows *r, size_t at)
{
    char text[WIRE_TIME];
    size_t n = wire_time_format(rows_int(r, at, 9), 0, true, text);
    jw_open(w, '{');
    jw_kstring(w, "order_id", rows_text(r, at, 0));
    jw_kint(w, "line", rows_int(r, at, 1));
    jw_kstring(w, "action", rows_text(r, at, 2));
    jw_kint(w, "q_t", rows_int(r, at, 3));
    if (rows_int(r, at, 5) != 0) {
        wire_put_object(w,
                        (struct object){(enum object_type)rows_int(r, at, 4), rows_int(r, at, 5)});
    }
    jw_kstring(w, "operator", rows_text(r, at, 6));
    jw_kstring(w, "note", rows_text(r, at, 7));
    jw_kbool(w, "wish", rows_bool(r, at, 8));
    jw_kstring(w, "at", (struct str){text, n});
    jw_close(w, '}');
}

void resolutions_write(struct call *c, const struct oversell_case *k)
{
    struct db_args a = {0};
    arg_store(&a, &c->key);
    arg_text(&a, k->id);
    const struct db_rows *r = db_query(c->db, &RESOLVED, &a);
    jw_karray(&c->out, "resolutions");
    for (size_t i = 0; i < rows_count(r); i++)
        resolution_write(&c->out, r, i);
    jw_close(&c->out, ']');
}
