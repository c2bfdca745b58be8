#include "edge/backup.h"

#include <stdlib.h>

#include "edge/log.h"

/* ---- on the task's thread ---- */

static void work_create(struct backup_task *t)
{
    t->err = backup_make(t->of->intake->store, &t->of->place, t->now_ms, &t->made, t->why);
}

static void work_list(struct backup_task *t)
{
    t->n = backup_files(&t->of->place, t->list);
}

static void (*const WORK[BACKUP_KINDS])(struct backup_task *t) = {
    [BACKUP_CREATE] = work_create,
    [BACKUP_LISTING] = work_list,
};

static void on_thread(void *ctx)
{
    struct backup_task *t = ctx;
    WORK[t - t->of->tasks](t);
    uv_async_send(&t->async);
}

/* ---- on the loop ---- */

static void answer_create(struct backup_task *t, struct request *r)
{
    struct intake *in = t->of->intake;
    char text[1024];
    struct jw w;
    if (t->err != PH_OK) {
        log_error("backup_fault err=%s why=\"%s\"", ph_err_name(t->err), t->why);
        intake_refuse(in, r, t->err == PH_ERR_FULL ? CODE_STORAGE_FULL : CODE_INTERNAL, t->why, 0);
        return;
    }
    log_info("backup name=%s bytes=%llu records=%llu", t->made.name,
             (unsigned long long)t->made.bytes, (unsigned long long)t->made.records);
    jw_init(&w, text, sizeof(text));
    jw_open(&w, '{');
    jw_kstring(&w, "dir", str_of(t->of->place.dir));
    jw_key(&w, "backups");
    backup_files_write(&w, &t->made, 1);
    jw_close(&w, '}');
    intake_result(in, r, jw_text(&w));
}

static void answer_list(struct backup_task *t, struct request *r)
{
    struct intake *in = t->of->intake;
    struct jw w;
    jw_init(&w, in->reply, sizeof(in->reply));
    jw_open(&w, '{');
    jw_kint(&w, "code", CODE_OK);
    jw_kstring(&w, "name", str_of(code_name(CODE_OK)));
    jw_kobject(&w, "result");
    jw_kstring(&w, "dir", str_of(t->of->place.dir));
    jw_key(&w, "backups");
    backup_files_write(&w, t->list, t->n);
    jw_close(&w, '}');
    jw_close(&w, '}');
    intake_answer(in, r, jw_text(&w));
}

static void (*const ANSWER[BACKUP_KINDS])(struct backup_task *t, struct request *r) = {
    [BACKUP_CREATE] = answer_create,
    [BACKUP_LISTING] = answer_list,
};

static void task_end(struct backup_task *t)
{
    struct request *r = t->request;
    if (r == NULL)
        return;
    uv_thread_join(&t->thread);
    t->request = NULL;
    ANSWER[t - t->of->tasks](t, r);
    free(t->list);
    t->list = NULL;
}

static void on_done(uv_async_t *async)
{
    task_end(async->data);
}

void backup_init(struct backups *b, uv_loop_t *loop, struct intake *intake,
                 const struct config *config)
{
    *b = (struct backups){.intake = intake};
    b->place = backup_place_of(config, b->dir);
    for (int k = 0; k < BACKUP_KINDS; k++) {
        b->tasks[k].of = b;
        uv_async_init(loop, &b->tasks[k].async, on_done);
        b->tasks[k].async.data = &b->tasks[k];
    }
}

void backup_run(struct backups *b, enum backup_kind kind, struct request *r)
{
    struct backup_task *t = &b->tasks[kind];
    if (t->request != NULL) {
        intake_refuse(b->intake, r, CODE_BUSY, "this is being done already", 1000);
        return;
    }
    t->now_ms = clock_wall_ms(b->intake->clock);
    t->why[0] = 0;
    t->list = kind == BACKUP_LISTING ? calloc(BACKUP_LIST, sizeof(*t->list)) : NULL;
    t->request = r;
    if ((kind == BACKUP_LISTING && t->list == NULL) ||
        uv_thread_create(&t->thread, on_thread, t) != 0) {
        t->request = NULL;
        free(t->list);
        t->list = NULL;
        intake_refuse(b->intake, r, CODE_INTERNAL, "out of memory", 0);
    }
}

void backup_stop(struct backups *b)
{
    for (int k = 0; k < BACKUP_KINDS; k++) {
        task_end(&b->tasks[k]);
        uv_close((uv_handle_t *)&b->tasks[k].async, NULL);
    }
}
