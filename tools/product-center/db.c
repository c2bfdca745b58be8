/* Arguments: numbers as text whose type the server infers, texts and bytes as they are (binary
 * format, so nothing needs a NUL). Results come as text. Each result is kept until the next
 * transaction, so that borrowed texts stay good for as long as the request needs them.
 */
#include "tools/product-center/db.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/crypto.h"

#define PREPARED_MAX 128 /* statements of the whole program, with room */
#define TYPE_BYTEA   17
#define TYPE_TEXT    25

struct db_rows {
    PGresult *result; /* NULL: no rows */
    struct db_rows *next;
};
struct db_conn {
    PGconn *pg;
    struct db_conn *next;
    struct db_rows *kept;
    const struct db_statement *prepared[PREPARED_MAX];
    enum db_end end; /* DB_DONE until the first failure */
    bool marked;
    char why[DB_WHY];
};
struct db {
    char *conninfo;
    pthread_mutex_t lock;
    pthread_cond_t given;
    struct db_conn *free;
    unsigned n;
};

static const struct db_rows NO_ROWS;

/* ---- arguments ---- */

static int arg_next(struct db_args *a)
{
    if (a->n == DB_ARGS)
        abort();
    return a->n++;
}

void arg_int(struct db_args *a, int64_t v)
{
    int i = arg_next(a);
    snprintf(a->number[i], sizeof(a->number[i]), "%" PRId64, v);
    a->value[i] = NULL;
    a->length[i] = -1;
    a->type[i] = 0;
    a->format[i] = 0;
}

void arg_bool(struct db_args *a, bool v)
{
    arg_literal(a, v ? "t" : "f");
}

static void arg_binary(struct db_args *a, const void *p, size_t n, unsigned type)
{
    int i = arg_next(a);
    a->value[i] = n == 0 ? "" : p;
    a->length[i] = (int)n;
    a->format[i] = 1;
    a->type[i] = type;
}

void arg_text(struct db_args *a, struct str v)
{
    arg_binary(a, v.p, v.n, TYPE_TEXT);
}

void arg_bytes(struct db_args *a, const void *p, size_t n)
{
    arg_binary(a, p, n, TYPE_BYTEA);
}

void arg_literal(struct db_args *a, const char *z)
{
    int i = arg_next(a);
    a->value[i] = z;
    a->length[i] = 0;
    a->format[i] = 0;
    a->type[i] = 0;
}

/* ---- failures ---- */

static enum db_end end_of(const char *state)
{
    if (state == NULL || strncmp(state, "08", 2) == 0 || strncmp(state, "40", 2) == 0 ||
        strncmp(state, "57P", 3) == 0)
        return DB_AGAIN;
    return strncmp(state, "22", 2) == 0 || strncmp(state, "23", 2) == 0 ? DB_REFUSED : DB_FAILED;
}

static void fail(struct db_conn *c, const PGresult *result)
{
    if (c->end != DB_DONE)
        return;
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    c->end = PQstatus(c->pg) != CONNECTION_OK ? DB_AGAIN : end_of(state);
    snprintf(c->why, sizeof(c->why), "%s %.200s", state != NULL ? state : "-",
             PQerrorMessage(c->pg));
    c->why[strcspn(c->why, "\n")] = 0;
}

static bool good(struct db_conn *c, const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
        return true;
    fail(c, result);
    return false;
}

static bool simple(struct db_conn *c, const char *sql)
{
    PGresult *result = PQexec(c->pg, sql);
    bool ok = good(c, result);
    PQclear(result);
    return ok;
}

bool db_ok(const struct db_conn *c)
{
    return c->end == DB_DONE;
}

const char *db_why(const struct db_conn *c)
{
    return c->why;
}

/* ---- the pool ---- */

static void quiet(void *ctx, const char *message)
{
    (void)ctx, (void)message; /* "already exists, skipping" */
}

static struct db_conn *conn_open(const struct db *db, char *why)
{
    struct db_conn *c = calloc(1, sizeof(*c));
    if (c == NULL)
        return NULL;
    c->pg = PQconnectdb(db->conninfo);
    PQsetNoticeProcessor(c->pg, quiet, NULL);
    if (PQstatus(c->pg) != CONNECTION_OK && why != NULL)
        snprintf(why, DB_WHY, "%.250s", PQerrorMessage(c->pg));
    return c;
}

static void forget_results(struct db_conn *c)
{
    while (c->kept != NULL) {
        struct db_rows *rows = c->kept;
        c->kept = rows->next;
        PQclear(rows->result);
        free(rows);
    }
}

static void conn_free(struct db_conn *c)
{
    if (c == NULL)
        return;
    forget_results(c);
    PQfinish(c->pg);
    free(c);
}

struct db *db_open(const char *conninfo, unsigned connections, char *why)
{
    struct db *db = calloc(1, sizeof(*db));
    if (db == NULL || (db->conninfo = strdup(conninfo)) == NULL) {
        free(db);
        snprintf(why, DB_WHY, "out of memory");
        return NULL;
    }
    pthread_mutex_init(&db->lock, NULL);
    pthread_cond_init(&db->given, NULL);
    bool ok = true;
    for (; ok && db->n < connections; db->n++) {
        struct db_conn *c = conn_open(db, why);
        ok = c != NULL && PQstatus(c->pg) == CONNECTION_OK;
        if (ok) {
            c->next = db->free;
            db->free = c;
        } else
            conn_free(c);
    }
    if (ok)
        return db;
    db_close(db);
    return NULL;
}

void db_close(struct db *db)
{
    if (db == NULL)
        return;
    while (db->free != NULL) {
        struct db_conn *c = db->free;
        db->free = c->next;
        conn_free(c);
    }
    pthread_cond_destroy(&db->given);
    pthread_mutex_destroy(&db->lock);
    free(db->conninfo);
    free(db);
}

struct db_conn *db_take(struct db *db)
{
    pthread_mutex_lock(&db->lock);
    while (db->free == NULL)
        pthread_cond_wait(&db->given, &db->lock);
    struct db_conn *c = db->free;
    db->free = c->next;
    pthread_mutex_unlock(&db->lock);
    return c;
}

void db_give(struct db *db, struct db_conn *c)
{
    forget_results(c);
    pthread_mutex_lock(&db->lock);
    c->next = db->free;
    db->free = c;
    pthread_cond_signal(&db->given);
    pthread_mutex_unlock(&db->lock);
}

/* ---- transactions ---- */

void db_begin(struct db_conn *c)
{
    forget_results(c);
    c->end = DB_DONE;
    c->marked = false;
    c->why[0] = 0;
    if (PQstatus(c->pg) != CONNECTION_OK) {
        PQreset(c->pg);
        memset(c->prepared, 0, sizeof(c->prepared));
    }
    simple(c, "BEGIN");
}

enum db_end db_commit(struct db_conn *c)
{
    if (c->end != DB_DONE) {
        db_rollback(c);
        return c->end;
    }
    simple(c, "COMMIT");
    return c->end;
}

void db_rollback(struct db_conn *c)
{
    PQclear(PQexec(c->pg, "ROLLBACK"));
}

void db_mark(struct db_conn *c)
{
    if (c->end == DB_DONE)
        c->marked = simple(c, "SAVEPOINT mark");
}

bool db_unmark(struct db_conn *c)
{
    if (!c->marked)
        return c->end == DB_DONE;
    c->marked = false;
    if (c->end == DB_DONE)
        return simple(c, "RELEASE mark");
    if (c->end != DB_REFUSED)
        return false;
    c->end = DB_DONE;
    simple(c, "ROLLBACK TO mark");
    return false;
}

/* ---- statements ---- */

/* The statement's place in the connection's table names it. */
static bool prepare(struct db_conn *c, const struct db_statement *s, const struct db_args *a,
                    char name[16])
{
    int at = 0;
    while (at < PREPARED_MAX && c->prepared[at] != NULL && c->prepared[at] != s)
        at++;
    if (at == PREPARED_MAX)
        abort();
    snprintf(name, 16, "s%d", at);
    if (c->prepared[at] == s)
        return true;
    PGresult *result = PQprepare(c->pg, name, s->sql, a->n, a->type);
    bool ok = good(c, result);
    PQclear(result);
    if (ok)
        c->prepared[at] = s;
    return ok;
}

static PGresult *run(struct db_conn *c, const struct db_statement *s, const struct db_args *a)
{
    static const struct db_args NONE;
    char name[16];
    const char *value[DB_ARGS];
    if (a == NULL)
        a = &NONE;
    if (c->end != DB_DONE || !prepare(c, s, a, name))
        return NULL;
    for (int i = 0; i < a->n; i++)
        value[i] = a->length[i] < 0 ? a->number[i] : a->value[i];
    return PQexecPrepared(c->pg, name, a->n, value, a->length, a->format, 0);
}

const struct db_rows *db_query(struct db_conn *c, const struct db_statement *s,
                               const struct db_args *a)
{
    PGresult *result = run(c, s, a);
    struct db_rows *rows = result != NULL && good(c, result) ? calloc(1, sizeof(*rows)) : NULL;
    if (rows == NULL) {
        PQclear(result);
        return &NO_ROWS;
    }
    rows->result = result;
    rows->next = c->kept;
    c->kept = rows;
    return rows;
}

size_t db_run(struct db_conn *c, const struct db_statement *s, const struct db_args *a)
{
    PGresult *result = run(c, s, a);
    size_t n = 0;
    if (result != NULL && good(c, result))
        n = strtoul(PQcmdTuples(result), NULL, 10);
    PQclear(result);
    return n;
}

void db_script(struct db_conn *c, const char *sql)
{
    if (c->end == DB_DONE)
        simple(c, sql);
}

/* ---- notifications ---- */

int db_socket(const struct db_conn *c)
{
    return PQstatus(c->pg) == CONNECTION_OK ? PQsocket(c->pg) : -1;
}

bool db_notified(struct db_conn *c)
{
    bool any = false;
    PQconsumeInput(c->pg);
    for (PGnotify *n; (n = PQnotifies(c->pg)) != NULL; any = true)
        PQfreemem(n);
    return any;
}

/* ---- results ---- */

size_t rows_count(const struct db_rows *r)
{
    return r->result != NULL ? (size_t)PQntuples(r->result) : 0;
}

int64_t rows_int(const struct db_rows *r, size_t row, int column)
{
    return strtoll(PQgetvalue(r->result, (int)row, column), NULL, 10);
}

bool rows_bool(const struct db_rows *r, size_t row, int column)
{
    return PQgetvalue(r->result, (int)row, column)[0] == 't';
}

struct str rows_text(const struct db_rows *r, size_t row, int column)
{
    return (struct str){PQgetvalue(r->result, (int)row, column),
                        (size_t)PQgetlength(r->result, (int)row, column)};
}

bool rows_null(const struct db_rows *r, size_t row, int column)
{
    return PQgetisnull(r->result, (int)row, column) != 0;
}

bool rows_bytes(const struct db_rows *r, size_t row, int column, void *out, size_t n)
{
    struct str text = rows_text(r, row, column);
    if (text.n < 2 || memcmp(text.p, "\\x", 2) != 0)
        return false;
    return hex_decode((struct str){text.p + 2, text.n - 2}, out, n);
}
