#include "tools/product-center/stock_cmd.h"

#include <inttypes.h>
#include <stdio.h>

#define OBJECT_BYTES 64
#define CMD_ID       32
#define OF_STORE     "shard = $1 AND brand_id = $2 AND poi_id = $3"

static const struct db_statement LOAD = {
    "SELECT object_type, object_id, n, op, q_t FROM stock_cmd WHERE " OF_STORE
    " AND (object_type, object_id) IN (SELECT object_type, object_id FROM"
    " json_to_recordset($4::json) AS r(object_type smallint, object_id bigint))"
    " ORDER BY object_type, object_id, n"};
static const struct db_statement ADD = {
    "INSERT INTO stock_cmd (shard, brand_id, poi_id, object_type, object_id, n, op, q_t)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"};
static const struct db_statement DONE = {"DELETE FROM stock_cmd WHERE " OF_STORE
                                         " AND object_type = $4 AND object_id = $5 AND n <= $6"};

static const char *const OPS[] = {
#define X(e, name) name,
    CMD_OP_LIST(X)
#undef X
};

static struct str op_name(struct str stored)
{
    for (size_t i = 0; i < sizeof(OPS) / sizeof(OPS[0]); i++)
        if (str_eq(stored, str_of(OPS[i])))
            return str_of(OPS[i]);
    return STR("");
}

static struct str id_of(struct call *c, int64_t n)
{
    char id[CMD_ID];
    int len = snprintf(id, sizeof(id), "c-%" PRId64, n);
    return arena_str(&c->arena, (struct str){id, (size_t)len});
}

int64_t cmd_number(struct str id)
{
    char text[CMD_ID];
    int64_t n = 0;
    int end = 0;
    if (id.n >= sizeof(text))
        return 0;
    snprintf(text, sizeof(text), "%.*s", (int)id.n, id.p);
    return sscanf(text, "c-%18" SCNd64 "%n", &n, &end) == 1 && text[end] == '\0' && n > 0 ? n : 0;
}

static struct cmds_of *find(struct cmds_of *of, size_t n, struct object object)
{
    for (size_t i = 0; i < n; i++)
        if (of[i].object.id == object.id && of[i].object.type == object.type)
            return &of[i];
    return NULL;
}

void cmds_load(struct call *c, struct cmds_of *of, size_t n)
{
    struct jw w = call_writer(&c->arena, n * OBJECT_BYTES + 16);
    struct db_args a = {0};
    jw_open(&w, '[');
    for (size_t i = 0; i < n; i++) {
        jw_open(&w, '{');
        jw_kint(&w, "object_type", of[i].object.type);
        jw_kint(&w, "object_id", of[i].object.id);
        jw_close(&w, '}');
    }
    jw_close(&w, ']');
    arg_store(&a, &c->key);
    arg_text(&a, jw_text(&w));
    const struct db_rows *r = db_query(c->db, &LOAD, &a);
    for (size_t at = 0; at < rows_count(r); at++) {
        struct object object = {(enum object_type)rows_int(r, at, 0), rows_int(r, at, 1)};
        struct cmds_of *row = find(of, n, object);
        if (row == NULL || row->n == LIMIT_CMDS)
            continue;
        row->cmds[row->n++] = (struct cloud_cmd){.id = id_of(c, rows_int(r, at, 2)),
                                                 .op = op_name(rows_text(r, at, 3)),
                                                 .v_t = rows_int(r, at, 4)};
    }
}

/* The clock goes one ahead: whatever comes next has a higher number. */
static int64_t next_number(struct store *s)
{
    int64_t n = s->hlc.l_ms;
    s->hlc = (struct hlc){n + 1, 0};
    return n;
}

struct str cmd_add(struct call *c, struct store *s, struct cmds_of *of, enum cmd_op op, int64_t q_t)
{
    struct db_args a = {0};
    if (of->n == LIMIT_CMDS)
        return STR("");
    int64_t n = next_number(s);
    struct str id = id_of(c, n);
    arg_store(&a, &c->key);
    arg_int(&a, of->object.type);
    arg_int(&a, of->object.id);
    arg_int(&a, n);
    arg_text(&a, str_of(OPS[op]));
    arg_int(&a, q_t);
    db_run(c->db, &ADD, &a);
    of->cmds[of->n++] = (struct cloud_cmd){.id = id, .op = str_of(OPS[op]), .v_t = q_t};
    return id;
}

bool cmds_done(struct call *c, struct cmds_of *of, int64_t n)
{
    struct db_args a = {0};
    uint16_t kept = 0;
    for (uint16_t i = 0; i < of->n; i++)
        if (cmd_number(of->cmds[i].id) > n)
            of->cmds[kept++] = of->cmds[i];
    if (kept == of->n)
        return false;
    of->n = kept;
    arg_store(&a, &c->key);
    arg_int(&a, of->object.type);
    arg_int(&a, of->object.id);
    arg_int(&a, n);
    db_run(c->db, &DONE, &a);
    return true;
}
