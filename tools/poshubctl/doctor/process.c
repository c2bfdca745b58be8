#include "tools/poshubctl/doctor/process.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LISTENING 0x0A

/* Words end with a NUL each; one more stands at the end. */
static size_t read_proc(pid_t pid, const char *what, char *out, size_t n)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, what);
    FILE *f = fopen(path, "re");
    size_t got = f ? fread(out, 1, n - 1, f) : 0;
    if (f)
        fclose(f);
    out[got] = 0;
    return got;
}

const char *process_name(pid_t pid, char out[PROCESS_NAME])
{
    if (read_proc(pid, "comm", out, PROCESS_NAME) == 0)
        snprintf(out, PROCESS_NAME, "?");
    out[strcspn(out, "\n")] = 0;
    return out;
}

bool process_has_word(pid_t pid, const char *word)
{
    char text[1024];
    size_t got = read_proc(pid, "cmdline", text, sizeof text);
    for (size_t i = 0; i < got; i += strlen(text + i) + 1) {
        if (strcmp(text + i, word) == 0)
            return true;
    }
    return false;
}

char process_state(pid_t pid)
{
    char text[512];
    read_proc(pid, "stat", text, sizeof text);
    const char *end = strrchr(text, ')');
    return end && end[1] == ' ' ? end[2] : 0;
}

pid_t process_of_file(const char *path, const char *name)
{
    char comm[32];
    int pid = 0;
    FILE *f = fopen(path, "re");
    if (!f)
        return 0;
    if (fscanf(f, "%d", &pid) != 1 || pid <= 1)
        pid = 0;
    fclose(f);
    if (pid == 0 || read_proc(pid, "comm", comm, sizeof comm) == 0)
        return 0;
    comm[strcspn(comm, "\n")] = 0;
    return strcmp(comm, name) == 0 ? pid : 0;
}

/* ---- ports ---- */

/* "   0: 0100007F:4974 00000000:0000 0A ... uid timeout inode" */
static unsigned long inode_in(const char *table, uint16_t port)
{
    char line[256];
    unsigned long found = 0;
    FILE *f = fopen(table, "re");
    while (f && fgets(line, sizeof line, f)) {
        unsigned at, state;
        unsigned long inode;
        if (sscanf(line, " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*s %*s %*s %*s %*s %lu", &at,
                   &state, &inode) == 3 &&
            at == port && state == LISTENING)
            found = inode;
    }
    if (f)
        fclose(f);
    return found;
}

static bool has_socket(const char *pid, const char *wanted)
{
    char path[300], target[64];
    bool found = false;
    snprintf(path, sizeof path, "/proc/%.20s/fd", pid);
    DIR *dir = opendir(path);
    for (struct dirent *e = dir ? readdir(dir) : NULL; e && !found; e = readdir(dir)) {
        snprintf(path, sizeof path, "/proc/%.20s/fd/%.20s", pid, e->d_name);
        ssize_t n = readlink(path, target, sizeof target - 1);
        target[n > 0 ? n : 0] = 0;
        found = strcmp(target, wanted) == 0;
    }
    if (dir)
        closedir(dir);
    return found;
}

pid_t process_on_port(uint16_t port)
{
    char wanted[64];
    pid_t found = 0;
    unsigned long inode = inode_in("/proc/net/tcp", port);
    if (inode == 0)
        inode = inode_in("/proc/net/tcp6", port);
    snprintf(wanted, sizeof wanted, "socket:[%lu]", inode);
    DIR *dir = inode ? opendir("/proc") : NULL;
    for (struct dirent *e = dir ? readdir(dir) : NULL; e && found == 0; e = readdir(dir)) {
        if (e->d_name[0] >= '1' && e->d_name[0] <= '9' && has_socket(e->d_name, wanted))
            found = atoi(e->d_name);
    }
    if (dir)
        closedir(dir);
    return found;
}
