#include "tools/poshubctl/bundle/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS 100 /* how often it is asked whether to stop */
#define CHUNK   4096

static const char *const ENVIRONMENT[] = {
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8",
    "TERM=dumb", "PAGER=cat", NULL};

static int64_t now_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* *fd is what it says, or -1. */
static int start(const struct child *c, pid_t *pid, int *fd)
{
    int ends[2] = {-1, -1};
    posix_spawn_file_actions_t actions;
    *fd = -1;
    if (c->out_fd < 0 && pipe2(ends, O_CLOEXEC) != 0)
        return errno;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, c->out_fd < 0 ? ends[1] : c->out_fd, STDOUT_FILENO);
    if (c->out_fd < 0)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    else
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    int rc = posix_spawnp(pid, c->argv[0], &actions, NULL, (char *const *)(uintptr_t)c->argv,
                          (char *const *)(uintptr_t)ENVIRONMENT);
    posix_spawn_file_actions_destroy(&actions);
    if (ends[1] >= 0)
        close(ends[1]);
    if (rc == 0)
        *fd = ends[0];
    else if (ends[0] >= 0)
        close(ends[0]);
    return rc;
}

/* False: it has closed its end. */
static bool hear(struct child *c, int fd)
{
    char chunk[CHUNK];
    ssize_t n = read(fd, chunk, sizeof chunk);
    if (n < 0)
        return errno == EINTR;
    if (n == 0)
        return false;
    size_t keep = (size_t)n < CHILD_SAID_MOST - c->said_n ? (size_t)n : CHILD_SAID_MOST - c->said_n;
    char *more = realloc(c->said, c->said_n + keep + 1);
    if (!more)
        return false;
    memcpy(more + c->said_n, chunk, keep);
    c->said = more;
    c->said_n += keep;
    return true;
}

static enum child_end judge(struct child *c, int status)
{
    c->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return WIFEXITED(status) && c->status != 127 ? CHILD_DONE : CHILD_FAILED;
}

enum child_end child_run(struct child *c)
{
    pid_t pid;
    int fd, status = 0;
    int64_t until = now_ms() + c->within_ms;
    int rc = start(c, &pid, &fd);
    if (rc != 0)
        return rc == ENOENT ? CHILD_ABSENT : CHILD_FAILED;
    enum child_end end = CHILD_DONE;
    for (bool talks = fd >= 0;;) {
        struct pollfd p = {.fd = talks ? fd : -1, .events = POLLIN};
        if (poll(&p, 1, LOOK_MS) > 0)
            talks = hear(c, fd);
        if (!talks && waitpid(pid, &status, WNOHANG) == pid) {
            end = judge(c, status);
            break;
        }
        if ((c->stop && *c->stop) || now_ms() > until) {
            end = c->stop && *c->stop ? CHILD_STOPPED : CHILD_LATE;
            kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
            break;
        }
    }
    if (fd >= 0)
        close(fd);
    return end;
}
