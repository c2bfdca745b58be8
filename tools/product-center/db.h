/* PostgreSQL, as the center needs it. The only doorman of libpq.
 *
 * A pool of connections to one database; a request borrows one for its whole transaction. Errors
 * stick in the transaction: after the first, every statement is skipped and gives no rows, so that
 * straight-line code checks once, at db_commit. What the failure means for the request is told by
 * enum db_end: try again, refuse, or give up.
 */
#ifndef TOOLS_PRODUCT_CENTER_DB_H
#define TOOLS_PRODUCT_CENTER_DB_H

#include "proto/types.h"

#define DB_ARGS 48
#define DB_WHY  256

struct db;      /* the pool; may be used by any thread */
struct db_conn; /* one connection; used by the thread that took it */

enum db_end {
    DB_DONE,    /* committed */
    DB_AGAIN,   /* deadlock, serialization, lost connection: the same may work now; whether a commit
                 * whose answer was lost took place is unknown */
    DB_REFUSED, /* the data breaks a rule of the schema: nothing happened */
    DB_FAILED   /* anything else; db_why tells people what */
};

/* Connects once to see that it works. NULL: `why` (DB_WHY bytes). */
struct db *db_open(const char *conninfo, unsigned connections, char *why);
void db_close(struct db *db); /* every connection has been given back; NULL is fine */
/* Waits for a free connection. */
struct db_conn *db_take(struct db *db);
void db_give(struct db *db, struct db_conn *c);

/* One statement of the program's, at a fixed address: prepared on first use in each connection. */
struct db_statement {
    const char *sql;
};
/* Its arguments $1, $2, ... in order. Texts are borrowed until the statement ran. */
struct db_args {
    int n;
    const char *value[DB_ARGS];
    int length[DB_ARGS], format[DB_ARGS];
    unsigned type[DB_ARGS];
    char number[DB_ARGS][24];
};
void arg_int(struct db_args *a, int64_t v);
void arg_bool(struct db_args *a, bool v);
void arg_text(struct db_args *a, struct str v);
void arg_bytes(struct db_args *a, const void *p, size_t n);
void arg_literal(struct db_args *a, const char *z); /* PostgreSQL's own notation */

/* A connection that broke is opened again; if that fails the transaction fails, as DB_AGAIN. */
void db_begin(struct db_conn *c);
enum db_end db_commit(struct db_conn *c); /* rolls back what failed */
void db_rollback(struct db_conn *c);
/* After a failure inside them the transaction goes on from the mark: false, the error is gone.
 * One level. A transaction that failed before the mark stays failed. */
void db_mark(struct db_conn *c);
bool db_unmark(struct db_conn *c);
bool db_ok(const struct db_conn *c);
const char *db_why(const struct db_conn *c); /* of the last failure; "" when there was none */

/* The rows live until the connection's next db_begin. Never NULL: none after a failure. */
struct db_rows;
const struct db_rows *db_query(struct db_conn *c, const struct db_statement *s,
                               const struct db_args *a);
/* As db_query; the number of rows that were changed. */
size_t db_run(struct db_conn *c, const struct db_statement *s, const struct db_args *a);
/* Several statements in one text, no arguments. */
void db_script(struct db_conn *c, const char *sql);

/* Notifications, between transactions, once a statement has said LISTEN: the socket is readable
 * when there may be one. -1: the connection is broken, and the session's state with it. */
int db_socket(const struct db_conn *c);
/* True if at least one came since the last call. */
bool db_notified(struct db_conn *c);

size_t rows_count(const struct db_rows *r);
int64_t rows_int(const struct db_rows *r, size_t row, int column); /* NULL is 0 */
bool rows_bool(const struct db_rows *r, size_t row, int column);
struct str rows_text(const struct db_rows *r, size_t row, int column); /* NULL is "" */
bool rows_null(const struct db_rows *r, size_t row, int column);
/* Columns of type bytea: false unless it has exactly n bytes. */
bool rows_bytes(const struct db_rows *r, size_t row, int column, void *out, size_t n);

#endif
