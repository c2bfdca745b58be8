/* backup.create and backup.list: the hub's files are read and written on threads of their own,
 * never on the loop. One of each kind at a time. Now and then the hub looks by itself how old the
 * newest one is (edge/backup_watch.h).
 */
#ifndef EDGE_BACKUP_H
#define EDGE_BACKUP_H

#include "edge/backup_file.h"
#include "edge/backup_watch.h"
#include "edge/intake.h"

enum backup_kind { BACKUP_CREATE, BACKUP_LISTING, BACKUP_LOOK, BACKUP_KINDS };

#define BACKUP_LOOK_MS 600000 /* between two looks into the directory */

struct backup_task {
    struct backups *of;
    uv_async_t async;
    uv_thread_t thread;
    bool running;
    struct request *request; /* NULL: the hub itself looks */
    int64_t now_ms;
    /* What came of it. */
    enum ph_err err;
    char why[STORE_WHY];
    bool overtaken; /* one was made while we looked: it is newer than what we saw */
    struct backup_file made;
    struct backup_file *list;
    size_t n;
};
struct backups {
    struct intake *intake;
    char dir[BACKUP_PATH];
    struct backup_place place;
    struct backup_task tasks[BACKUP_KINDS];
    struct backup_watch watch; /* its alerts are told by whoever set them */
    int64_t began_ms, next_look_ms;
};
/* The place is the configuration's, for the life of the process. */
void backup_init(struct backups *b, uv_loop_t *loop, struct intake *intake,
                 const struct config *config);
/* Once a second. */
void backup_tick(struct backups *b);
/* Takes the request over. */
void backup_run(struct backups *b, enum backup_kind kind, struct request *r);
/* Waits for what runs, answers it, and closes the handles. */
void backup_stop(struct backups *b);

#endif
