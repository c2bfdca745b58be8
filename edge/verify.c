#include "edge/verify.h"

#include <stdio.h>
#include <string.h>

#define SLICE_EVENTS 1000 /* about 5 ms of the loop */

void verify_init(struct verify *v, uv_loop_t *loop, struct intake *intake)
{
    *v = (struct verify){.intake = intake};
    uv_timer_init(loop, &v->timer);
    v->timer.data = v;
}

static void write_position(struct jw *w, struct position at)
{
    jw_karray(w, "bad_at");
    jw_int(w, at.epoch);
    jw_int(w, (int64_t)at.seq);
    jw_close(w, ']');
}

static void finish(struct verify *v, bool audit_ok, const char *audit_why)
{
    char text[1024];
    struct jw w;
    struct request *r = v->request;
    jw_init(&w, text, sizeof(text));
    jw_open(&w, '{');
    jw_kbool(&w, "ok", v->verdict.ok);
    jw_kint(&w, "events", (int64_t)v->verdict.events);
    jw_kint(&w, "bodies", (int64_t)v->verdict.bodies);
    if (!v->verdict.ok)
        write_position(&w, v->verdict.bad_at);
    jw_kstring(&w, "why", str_of(v->verdict.why));
    jw_kbool(&w, "audit_ok", audit_ok);
    jw_kstring(&w, "audit_why", str_of(audit_why));
    jw_close(&w, '}');
    v->request = NULL;
    intake_result(v->intake, r, jw_text(&w));
}

static void damaged(struct verify *v, const char *why)
{
    v->verdict.ok = false;
    snprintf(v->verdict.why, sizeof(v->verdict.why), "%s", why);
    finish(v, false, "not looked at");
}

static void on_slice(uv_timer_t *timer)
{
    struct verify *v = timer->data;
    struct txn *txn;
    char why[160] = "";
    if (txn_begin_read(v->intake->store, &txn) != PH_OK) {
        damaged(v, "the store cannot be read");
        return;
    }
    bool more = journal_verify_slice(txn, v->intake->identity, &v->from, v->tail, SLICE_EVENTS,
                                     &v->verdict);
    if (txn_error(txn) != PH_OK) {
        damaged(v, txn_fault(txn));
    } else if (more) {
        uv_timer_start(&v->timer, on_slice, 0, 0);
    } else {
        bool sums = books_audit(txn, why);
        finish(v, sums && txn_error(txn) == PH_OK, why);
    }
    txn_abort(txn);
}

void verify_run(struct verify *v, struct request *r)
{
    if (v->request != NULL) {
        intake_refuse(v->intake, r, CODE_BUSY, "the journal is being verified already", 1000);
        return;
    }
    v->request = r;
    v->from = (struct position){0, 0};
    v->verdict = (struct journal_verdict){.ok = true};
    memset(v->tail, 0, sizeof(v->tail));
    uv_timer_start(&v->timer, on_slice, 0, 0);
}

void verify_stop(struct verify *v)
{
    if (v->request != NULL)
        damaged(v, "shutting down");
    uv_close((uv_handle_t *)&v->timer, NULL);
}
