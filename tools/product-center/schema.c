#include "tools/product-center/schema.h"

static const struct db_statement LOCK = {"SELECT pg_advisory_xact_lock(7043001)"};
static const struct db_statement REMEMBER = {
    "CREATE TABLE IF NOT EXISTS schema_version (step text PRIMARY KEY,"
    " applied_at timestamptz NOT NULL DEFAULT now())"};
static const struct db_statement ADD = {
    "INSERT INTO schema_version (step) VALUES ($1) ON CONFLICT DO NOTHING"};

bool schema_apply(struct db_conn *c, const char **step)
{
    *step = NULL;
    db_begin(c);
    db_run(c, &LOCK, NULL);
    db_run(c, &REMEMBER, NULL);
    for (const struct schema_step *s = SCHEMA_STEPS; s->name != NULL && db_ok(c); s++) {
        struct db_args a = {0};
        *step = s->name;
        arg_text(&a, str_of(s->name));
        if (db_run(c, &ADD, &a) == 1)
            db_script(c, s->sql);
    }
    return db_commit(c) == DB_DONE;
}
