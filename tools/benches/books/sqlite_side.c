/* SQLite as an application would use it: WAL, synchronous=FULL, one connection, one transaction per
 * order, prepared statements. */
#include "tools/benches/books/side.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

/*  X(statement, text) */
#define STATEMENT_LIST(X)                                                                          \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                    \
    X(COMMIT, "COMMIT")                                                                            \
    X(SEEN, "SELECT answer FROM reply WHERE device=?1 AND req_id=?2")                              \
    X(TAKE, "UPDATE stock SET left_t=left_t-?2, locked_t=locked_t+?2 WHERE sku=?1 AND left_t>=?2") \
    X(ORDER, "INSERT INTO orders(order_id,body) VALUES(?1,?2)")                                    \
    X(REPLY, "INSERT INTO reply(device,req_id,answer) VALUES(?1,?2,?3)")                           \
    X(EVENT, "INSERT INTO journal(body) VALUES(?1)")                                               \
    X(LEFT, "SELECT left_t FROM stock WHERE sku=?1")
enum statement {
#define X(e, text) ST_##e,
    STATEMENT_LIST(X)
#undef X
        ST_COUNT
};
static const char *const TEXTS[ST_COUNT] = {
#define X(e, text) text,
    STATEMENT_LIST(X)
#undef X
};

struct sqlite_side {
    sqlite3 *db;
    sqlite3_stmt *statements[ST_COUNT];
};

static void run_sql(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        die("sqlite: %s: %s", sql, sqlite3_errmsg(db));
}

static void fill_stock(sqlite3 *db)
{
    char sql[96];
    run_sql(db, "BEGIN");
    for (int i = 0; i < SKUS; i++) {
        snprintf(sql, sizeof sql, "INSERT INTO stock VALUES(%d,%lld,0)", i, STOCK_T);
        run_sql(db, sql);
    }
    run_sql(db, "COMMIT");
}

static void *side_open(const char *dir)
{
    struct sqlite_side *s = calloc(1, sizeof *s);
    char path[512];
    snprintf(path, sizeof path, "%s/store.db", dir);
    if (!s || sqlite3_open(path, &s->db) != SQLITE_OK)
        die("sqlite: cannot open %s", path);
    run_sql(s->db,
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "CREATE TABLE stock(sku INTEGER PRIMARY KEY, left_t INTEGER, locked_t INTEGER);"
            "CREATE TABLE orders(no INTEGER PRIMARY KEY, order_id TEXT UNIQUE, body TEXT);"
            "CREATE TABLE reply(no INTEGER PRIMARY KEY, device TEXT, req_id TEXT, answer TEXT,"
            " UNIQUE(device,req_id));"
            "CREATE TABLE journal(seq INTEGER PRIMARY KEY, body TEXT)");
    fill_stock(s->db);
    for (int i = 0; i < ST_COUNT; i++)
        if (sqlite3_prepare_v2(s->db, TEXTS[i], -1, &s->statements[i], NULL) != SQLITE_OK)
            die("sqlite: %s: %s", TEXTS[i], sqlite3_errmsg(s->db));
    return s;
}

static void bind_text(sqlite3_stmt *st, int at, const char *text)
{
    sqlite3_bind_text(st, at, text, -1, SQLITE_STATIC);
}

static void step(struct sqlite_side *s, enum statement which, int wanted)
{
    sqlite3_stmt *st = s->statements[which];
    if (sqlite3_step(st) != wanted)
        die("sqlite: %s: %s", TEXTS[which], sqlite3_errmsg(s->db));
    sqlite3_reset(st);
}

static void take(struct sqlite_side *s, const struct bench_line *line)
{
    sqlite3_bind_int64(s->statements[ST_TAKE], 1, line->sku);
    sqlite3_bind_int64(s->statements[ST_TAKE], 2, line->qty_t);
    step(s, ST_TAKE, SQLITE_DONE);
    if (sqlite3_changes(s->db) != 1)
        die("sqlite: sold out");
}

static void place(struct sqlite_side *s, const struct bench_order *o)
{
    char body[ORDER_TEXT], event[ORDER_TEXT];
    order_text(o, body);
    event_text(o, event);
    step(s, ST_BEGIN, SQLITE_DONE);
    bind_text(s->statements[ST_SEEN], 1, o->device);
    bind_text(s->statements[ST_SEEN], 2, o->req_id);
    step(s, ST_SEEN, SQLITE_DONE);
    for (int i = 0; i < LINES; i++)
        take(s, &o->lines[i]);
    bind_text(s->statements[ST_ORDER], 1, o->order_id);
    bind_text(s->statements[ST_ORDER], 2, body);
    step(s, ST_ORDER, SQLITE_DONE);
    bind_text(s->statements[ST_REPLY], 1, o->device);
    bind_text(s->statements[ST_REPLY], 2, o->req_id);
    bind_text(s->statements[ST_REPLY], 3, body);
    step(s, ST_REPLY, SQLITE_DONE);
    bind_text(s->statements[ST_EVENT], 1, event);
    step(s, ST_EVENT, SQLITE_DONE);
    step(s, ST_COMMIT, SQLITE_DONE);
}

/* The callers take turns: a connection does one transaction at a time. */
static double side_run(void *side, struct source *source, double seconds)
{
    double start = now_s(), end = start + seconds;
    for (uint32_t caller = 0; now_s() < end; caller = (caller + 1) % CALLERS) {
        struct bench_order o;
        source_next(source, caller, &o);
        place(side, &o);
        source_acknowledge(source, &o);
    }
    return now_s() - start;
}

static int64_t side_left_t(void *side, uint32_t sku)
{
    struct sqlite_side *s = side;
    sqlite3_stmt *st = s->statements[ST_LEFT];
    sqlite3_bind_int64(st, 1, sku);
    if (sqlite3_step(st) != SQLITE_ROW)
        die("sqlite: no stock row %u", sku);
    int64_t left_t = sqlite3_column_int64(st, 0);
    sqlite3_reset(st);
    return left_t;
}

static void side_close(void *side)
{
    struct sqlite_side *s = side;
    for (int i = 0; i < ST_COUNT; i++)
        sqlite3_finalize(s->statements[i]);
    sqlite3_close(s->db);
    free(s);
}

const struct side SQLITE_SIDE = {"sqlite", side_open, side_run, side_left_t, side_close};
