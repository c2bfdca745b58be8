/* The floor of tools/bench center: the rows that a center has in its tables, written once more by
 * nothing but libpq multi-row inserts, into the same tables with the same keys and parts.
 *
 *   bench_bare CONNINFO BATCHES CONNECTIONS TABLE ...     seconds on stdout
 *
 * Reads the rows of every store, makes BATCHES statements of each store's rows before the clock
 * starts, empties the tables, and sends them: one transaction and one round trip a batch, the
 * stores shared among the connections.
 */
#include <libpq-fe.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COLUMNS_TEXT 4096

struct text {
    char *p;
    size_t n, cap;
};

struct store {
    char brand[32], poi[32];
    struct text *batches;
};

struct bare {
    const char *conninfo;
    int n_batches, n_connections, n_tables;
    char **tables;
    struct store *stores;
    int n_stores;
};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "bench_bare: %s: %s\n", what, why);
    exit(1);
}

/* ---- text that grows ---- */

static void add(struct text *t, const char *p, size_t n)
{
    if (t->n + n + 1 > t->cap) {
        t->cap = (t->n + n + 1) * 2;
        t->p = realloc(t->p, t->cap);
        if (t->p == NULL)
            die("memory", "none left");
    }
    memcpy(t->p + t->n, p, n);
    t->n += n;
    t->p[t->n] = 0;
}

static void say(struct text *t, const char *p)
{
    add(t, p, strlen(p));
}

/* ---- the database ---- */

static PGconn *connect_to(const struct bare *b)
{
    PGconn *db = PQconnectdb(b->conninfo);
    if (PQstatus(db) != CONNECTION_OK)
        die("connect", PQerrorMessage(db));
    return db;
}

static PGresult *ask(PGconn *db, const char *sql)
{
    PGresult *r = PQexec(db, sql);
    ExecStatusType s = PQresultStatus(r);
    if (s != PGRES_TUPLES_OK && s != PGRES_COMMAND_OK)
        die(sql, PQerrorMessage(db));
    return r;
}

static PGresult *askf(PGconn *db, const char *format, ...)
{
    char sql[2 * COLUMNS_TEXT];
    va_list args;
    va_start(args, format);
    vsnprintf(sql, sizeof(sql), format, args);
    va_end(args);
    return ask(db, sql);
}

/* ---- what was written ---- */

static void find_stores(struct bare *b, PGconn *db)
{
    PGresult *r = ask(db, "SELECT brand_id, poi_id FROM store ORDER BY 1, 2");
    b->n_stores = PQntuples(r);
    b->stores = calloc((size_t)b->n_stores, sizeof(*b->stores));
    if (b->stores == NULL)
        die("memory", "none left");
    for (int i = 0; i < b->n_stores; i++) {
        struct store *s = &b->stores[i];
        snprintf(s->brand, sizeof(s->brand), "%s", PQgetvalue(r, i, 0));
        snprintf(s->poi, sizeof(s->poi), "%s", PQgetvalue(r, i, 1));
        s->batches = calloc((size_t)b->n_batches, sizeof(*s->batches));
        if (s->batches == NULL)
            die("memory", "none left");
        for (int k = 0; k < b->n_batches; k++)
            say(&s->batches[k], "BEGIN;");
    }
    PQclear(r);
}

/* Generated columns cannot be inserted. */
static void find_columns(PGconn *db, const char *table, char out[COLUMNS_TEXT])
{
    PGresult *r = askf(db,
                       "SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute"
                       " WHERE attrelid = '%s'::regclass AND attnum > 0 AND NOT attisdropped"
                       " AND attgenerated = ''",
                       table);
    snprintf(out, COLUMNS_TEXT, "%s", PQgetvalue(r, 0, 0));
    PQclear(r);
}

static void add_value(struct text *t, PGconn *db, const PGresult *r, int row, int column)
{
    if (PQgetisnull(r, row, column)) {
        say(t, "NULL");
        return;
    }
    char *quoted =
        PQescapeLiteral(db, PQgetvalue(r, row, column), (size_t)PQgetlength(r, row, column));
    say(t, quoted);
    PQfreemem(quoted);
}

static void add_rows(struct text *t, PGconn *db, const PGresult *r, int from, int to)
{
    for (int row = from; row < to; row++) {
        say(t, row == from ? "(" : ",(");
        for (int column = 0; column < PQnfields(r); column++) {
            if (column > 0)
                say(t, ",");
            add_value(t, db, r, row, column);
        }
        say(t, ")");
    }
    say(t, ";");
}

static void read_table(struct bare *b, PGconn *db, const char *table)
{
    char columns[COLUMNS_TEXT];
    find_columns(db, table, columns);
    for (int i = 0; i < b->n_stores; i++) {
        struct store *s = &b->stores[i];
        PGresult *r = askf(db, "SELECT %s FROM %s WHERE brand_id = '%s' AND poi_id = '%s'", columns,
                           table, s->brand, s->poi);
        long n = PQntuples(r);
        for (int k = 0; k < b->n_batches; k++) {
            int from = (int)(n * k / b->n_batches), to = (int)(n * (k + 1) / b->n_batches);
            if (from == to)
                continue;
            struct text *t = &s->batches[k];
            say(t, "INSERT INTO ");
            say(t, table);
            say(t, " (");
            say(t, columns);
            say(t, ") VALUES ");
            add_rows(t, db, r, from, to);
        }
        PQclear(r);
    }
}

static void empty_tables(const struct bare *b, PGconn *db)
{
    for (int i = 0; i < b->n_tables; i++)
        PQclear(askf(db, "TRUNCATE %s", b->tables[i]));
    PQclear(ask(db, "CHECKPOINT"));
}

/* ---- the run ---- */

struct hand {
    const struct bare *b;
    int no;
    PGconn *db;
    pthread_t thread;
};

static void *work(void *ctx)
{
    struct hand *h = ctx;
    for (int i = h->no; i < h->b->n_stores; i += h->b->n_connections) {
        for (int k = 0; k < h->b->n_batches; k++) {
            struct text *t = &h->b->stores[i].batches[k];
            PQclear(ask(h->db, t->p));
        }
    }
    return NULL;
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double run(const struct bare *b)
{
    struct hand *hands = calloc((size_t)b->n_connections, sizeof(*hands));
    if (hands == NULL)
        die("memory", "none left");
    for (int i = 0; i < b->n_connections; i++)
        hands[i] = (struct hand){.b = b, .no = i, .db = connect_to(b)};
    double began = now_s();
    for (int i = 0; i < b->n_connections; i++)
        pthread_create(&hands[i].thread, NULL, work, &hands[i]);
    for (int i = 0; i < b->n_connections; i++) {
        pthread_join(hands[i].thread, NULL);
        PQfinish(hands[i].db);
    }
    free(hands);
    return now_s() - began;
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        fprintf(stderr, "usage: bench_bare CONNINFO BATCHES CONNECTIONS TABLE ...\n");
        return 2;
    }
    struct bare b = {.conninfo = argv[1],
                     .n_batches = atoi(argv[2]),
                     .n_connections = atoi(argv[3]),
                     .n_tables = argc - 4,
                     .tables = argv + 4};
    if (b.n_batches < 1 || b.n_connections < 1)
        die("numbers", "at least one batch and one connection");
    PGconn *db = connect_to(&b);
    find_stores(&b, db);
    for (int i = 0; i < b.n_tables; i++)
        read_table(&b, db, b.tables[i]);
    for (int i = 0; i < b.n_stores; i++)
        for (int k = 0; k < b.n_batches; k++)
            say(&b.stores[i].batches[k], "COMMIT;");
    empty_tables(&b, db);
    printf("%.3f\n", run(&b));
    PQfinish(db);
    return 0;
}
