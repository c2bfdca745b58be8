#include "tools/poshubctl/doctor/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "edge/backup_file.h"
#include "sync/aside.h"
#include "sync/position.h"

#define PATH_TEXT 300

/* ---- the child ---- */

struct job {
    char path[PATH_TEXT]; /* of the data file */
    const char *dir;
    uint64_t map_bytes;
    const struct store_identity *id;
    bool held, backup;
};

static void say(int fd, const struct reader_view *v)
{
    const char *p = (const char *)v;
    size_t left = sizeof *v;
    while (left > 0) {
        ssize_t n = write(fd, p, left);
        if (n <= 0)
            _exit(1);
        p += n;
        left -= (size_t)n;
    }
}

static void read_queue(struct txn *txn, struct reader_view *v)
{
    struct sync_position p;
    struct event e;
    v->enrolled = sync_position_load(&p, txn);
    if (!v->enrolled)
        return;
    v->acked = p.acked;
    v->aside = aside_count(txn);
    const struct position next = {p.acked.epoch, p.acked.seq + 1};
    if (v->at.epoch == next.epoch && v->at.seq >= next.seq && journal_read(txn, next, &e))
        v->oldest_ms = e.hlc.l_ms;
}

static void read_head(const struct job *job, struct reader_view *v)
{
    const struct store_options options = {.dir = job->held ? job->dir : job->path,
                                          .map_bytes = job->map_bytes,
                                          .read_only_tool = job->held,
                                          .file = !job->held};
    struct store *store;
    struct txn *txn;
    struct journal j = {0};
    if (store_open(&store, &options, v->why) != PH_OK)
        return;
    if (store_fill(store, &v->used_permille) == PH_OK && txn_begin_read(store, &txn) == PH_OK) {
        v->map_bytes = store_map_bytes(store);
        v->has_head = journal_load(&j, txn);
        v->at = j.head.at;
        v->last_ms = j.head.hlc.l_ms;
        identity_load(txn, &v->whose);
        read_queue(txn, v);
        txn_abort(txn);
    }
    store_close(store);
}

static void read_store(const struct job *job, int fd)
{
    struct reader_view v = {.stage = READER_HEAD};
    struct shape shape;
    v.shape = shape_check(job->path, &shape, v.why, sizeof v.why);
    if (v.shape == PH_OK)
        read_head(job, &v);
    say(fd, &v);
    if (v.shape == PH_OK && !job->held)
        check_file(job->path, job->id, &v.report);
    v.stage = READER_ALL;
    say(fd, &v);
}

static void read_backup(const struct job *job, int fd)
{
    struct reader_view v = {.stage = READER_ALL};
    backup_verify(job->path, job->id, false, &v.report);
    say(fd, &v);
}

/* Dying is what it may do: silently, and with us. */
static void become_child(void)
{
    static const int DEADLY[] = {SIGABRT, SIGBUS, SIGSEGV, SIGFPE, SIGILL};
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (size_t i = 0; i < sizeof DEADLY / sizeof DEADLY[0]; i++)
        signal(DEADLY[i], SIG_DFL);
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null >= 0)
        dup2(null, STDERR_FILENO);
}

static void begin(struct reader *r, const struct job *job)
{
    int fds[2];
    *r = (struct reader){.fd = -1};
    if (pipe2(fds, O_CLOEXEC) != 0)
        return;
    r->pid = fork();
    if (r->pid == 0) {
        become_child();
        (job->backup ? read_backup : read_store)(job, fds[1]);
        _exit(0);
    }
    close(fds[1]);
    if (r->pid < 0) {
        close(fds[0]);
        r->pid = 0;
        return;
    }
    r->fd = fds[0];
}

void reader_store(struct reader *r, const char *data_dir, uint64_t map_bytes,
                  const struct store_identity *id, pid_t holder)
{
    struct job job = {.dir = data_dir, .map_bytes = map_bytes, .id = id, .held = holder > 0};
    snprintf(job.path, sizeof job.path, "%s/data.mdb", data_dir);
    begin(r, &job);
}

void reader_backup(struct reader *r, const char *path, const struct store_identity *id)
{
    struct job job = {.id = id, .backup = true};
    snprintf(job.path, sizeof job.path, "%s", path);
    begin(r, &job);
}

/* ---- this side ---- */

static int64_t now_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static bool readable(int fd, int64_t until_ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int64_t left_ms = until_ms - now_ms();
    return poll(&p, 1, left_ms > 0 ? (int)left_ms : 0) > 0;
}

bool reader_wait(struct reader *r, int64_t until_ms, struct reader_view *out)
{
    struct reader_view v;
    size_t got = 0;
    *out = (struct reader_view){0};
    while (r->pid > 0 && out->stage != READER_ALL) {
        if (!readable(r->fd, until_ms))
            return true;
        ssize_t n = read(r->fd, (char *)&v + got, sizeof v - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        got += (size_t)n;
        if (got == sizeof v) {
            *out = v;
            got = 0;
        }
    }
    return r->pid > 0;
}

void reader_end(struct reader *r)
{
    if (r->pid <= 0)
        return;
    kill(r->pid, SIGKILL);
    waitpid(r->pid, NULL, 0);
    close(r->fd);
    r->pid = 0;
}

/* "1: FLOCK  ADVISORY  WRITE 123 fe:00:4711 0 EOF" */
pid_t reader_holder(const char *data_dir)
{
    char path[PATH_TEXT], line[256];
    struct stat st;
    int pid = 0;
    snprintf(path, sizeof path, "%s/pid", data_dir);
    if (stat(path, &st) != 0)
        return 0;
    FILE *f = fopen("/proc/locks", "re");
    while (f && fgets(line, sizeof line, f)) {
        unsigned major_no, minor_no;
        unsigned long long inode;
        int found;
        if (sscanf(line, "%*d: FLOCK %*s %*s %d %x:%x:%llu", &found, &major_no, &minor_no,
                   &inode) == 4 &&
            inode == st.st_ino && makedev(major_no, minor_no) == st.st_dev)
            pid = found;
    }
    if (f)
        fclose(f);
    return pid;
}
