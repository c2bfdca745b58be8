#include "tools/product-center/view.h"

#include <stdio.h>

#define REPORT_BYTES 512

static const struct db_statement COUNT = {
    "UPDATE store SET view_mismatches = view_mismatches + $4, view_mismatch = $5::json"
    " WHERE shard = $1 AND brand_id = $2 AND poi_id = $3"};

bool view_differs(const struct cloud_row *view, const struct stock_row *row)
{
    return view->row.status != row->status || view->row.type != row->type ||
           (view->has_plan && view->row.plan_t != row->plan_t) ||
           (view->has_real && view->real_t != stock_real(row));
}

static void side_put(struct jw *w, const char *key, const struct stock_row *r, int64_t real_t)
{
    jw_kobject(w, key);
    jw_kint(w, "stock_status", r->status);
    jw_kint(w, "stock_type", r->type);
    jw_kint(w, "plan_t", r->plan_t);
    jw_kint(w, "real_t", real_t);
    jw_close(w, '}');
}

void view_report(struct call *c, const struct cloud_row *view, const struct stock_row *row,
                 size_t n)
{
    struct db_args a = {0};
    struct jw w = call_writer(&c->arena, REPORT_BYTES);
    jw_open(&w, '{');
    wire_put_object(&w, row->object);
    side_put(&w, "hub", &view->row, view->real_t);
    side_put(&w, "center", row, stock_real(row));
    jw_close(&w, '}');
    fprintf(stderr, "<4>VIEW_MISMATCH poi=%.*s rows=%zu first=%.*s\n", (int)c->key.poi.n,
            c->key.poi.p, n, (int)jw_text(&w).n, jw_text(&w).p);
    arg_store(&a, &c->key);
    arg_int(&a, (int64_t)n);
    arg_text(&a, jw_text(&w));
    db_run(c->db, &COUNT, &a);
}
