#include "edge/backup.h"

#include <stdio.h>
#include <stdlib.h>

#include "edge/log.h"

/* ---- on the task's thread ---- */

static void work_create(struct backup_task *t)
{
    t->err = backup_make(t->of->intake->store, &t->of->place, t->now_ms, &t->made, t->why);
}

static void work_list(struct backup_task *t)
{
    t->err = backup_files(&t->of->place, t->list, &t->n, t->why);
}

static void (*const WORK[BACKUP_KINDS])(struct backup_task *t) = {
    [BACKUP_CREATE] = work_create,
    [BACKUP_LISTING] = work_list,
    [BACKUP_LOOK] = work_list,
};

static void on_thread(void *ctx)
{
    struct backup_task *t = ctx;
    WORK[t - t->of->tasks](t);
    uv_async_send(&t->async);
}

/* ---- on the loop ---- */

static void refuse_create(struct backup_task *t, struct request *r)
{
    struct intake *in = t->of->intake;
    log_error("backup_fault err=%s why=\"%s\"", ph_err_name(t->err), t->why);
    in->counters->backups_failed++;
    backup_watch_failed(&t->of->watch, t->why, clock_wall_ms(in->clock));
    intake_refuse(in, r, t->err == PH_ERR_FULL ? CODE_STORAGE_FULL : CODE_INTERNAL, t->why, 0);
}

static void answer_create(struct backup_task *t, struct request *r)
{
    char text[1024];
    struct jw w;
    if (t->err != PH_OK) {
        refuse_create(t, r);
        return;
    }
    backup_watch_made(&t->of->watch, t->made.at_ms);
    t->of->tasks[BACKUP_LOOK].overtaken = true;
    log_info("backup name=%s bytes=%llu records=%llu", t->made.name,
             (unsigned long long)t->made.bytes, (unsigned long long)t->made.records);
    jw_init(&w, text, sizeof(text));
    jw_open(&w, '{');
    jw_kstring(&w, "dir", str_of(t->of->place.dir));
    jw_key(&w, "backups");
    backup_files_write(&w, &t->made, 1);
    jw_close(&w, '}');
    intake_result(t->of->intake, r, jw_text(&w));
}

static void answer_list(struct backup_task *t, struct request *r)
{
    struct intake *in = t->of->intake;
    struct jw w;
    if (t->err != PH_OK) {
        intake_refuse(in, r, CODE_INTERNAL, t->why, 0);
        return;
    }
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

static void note_newest(struct backup_task *t, struct request *r)
{
    (void)r;
    if (t->overtaken)
        return;
    if (t->err != PH_OK)
        backup_watch_blind(&t->of->watch, t->why);
    else
        backup_watch_seen(&t->of->watch, t->n > 0 ? t->list[0].at_ms : 0);
}

static void (*const ANSWER[BACKUP_KINDS])(struct backup_task *t, struct request *r) = {
    [BACKUP_CREATE] = answer_create,
    [BACKUP_LISTING] = answer_list,
    [BACKUP_LOOK] = note_newest,
};

static void task_end(struct backup_task *t)
{
    struct request *r = t->request;
    if (!t->running)
        return;
    uv_thread_join(&t->thread);
    t->running = false;
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

/* False: out of memory; nothing runs. */
static bool task_begin(struct backup_task *t, struct request *r)
{
    bool lists = t != &t->of->tasks[BACKUP_CREATE];
    t->now_ms = clock_wall_ms(t->of->intake->clock);
    t->why[0] = 0;
    t->overtaken = false;
    t->list = lists ? calloc(BACKUP_LIST, sizeof(*t->list)) : NULL;
    t->request = r;
    t->running = (!lists || t->list != NULL) && uv_thread_create(&t->thread, on_thread, t) == 0;
    if (!t->running) {
        free(t->list);
        t->list = NULL;
    }
    return t->running;
}

void backup_run(struct backups *b, enum backup_kind kind, struct request *r)
{
    struct backup_task *t = &b->tasks[kind];
    if (t->running) {
        intake_refuse(b->intake, r, CODE_BUSY, "this is being done already", 1000);
    } else if (!task_begin(t, r)) {
        t->err = PH_ERR_MEMORY;
        snprintf(t->why, sizeof(t->why), "out of memory");
        if (kind == BACKUP_CREATE)
            refuse_create(t, r);
        else
            intake_refuse(b->intake, r, CODE_INTERNAL, t->why, 0);
    }
}

void backup_tick(struct backups *b)
{
    int64_t now_ms = clock_boot_ms();
    struct backup_task *t = &b->tasks[BACKUP_LOOK];
    if (b->began_ms == 0)
        b->began_ms = now_ms;
    if (now_ms >= b->next_look_ms && !t->running && !b->tasks[BACKUP_CREATE].running) {
        b->next_look_ms = now_ms + BACKUP_LOOK_MS;
        task_begin(t, NULL);
    }
    if (!clock_suspect(b->intake->clock))
        backup_watch_judge(&b->watch, now_ms - b->began_ms, clock_wall_ms(b->intake->clock));
}

void backup_stop(struct backups *b)
{
    for (int k = 0; k < BACKUP_KINDS; k++) {
        task_end(&b->tasks[k]);
        uv_close((uv_handle_t *)&b->tasks[k].async, NULL);
    }
}
