#include "tools/poshubctl/doctor/fix.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/poshubctl/doctor/process.h"

extern char **environ;

const char *doctor_fix_name(enum doctor_fix fix)
{
    switch (fix) {
    case FIX_NONE:
        return "";
    case FIX_START_HUB:
        return "start the hub";
    case FIX_START_BROKER:
        return "start the broker";
    case FIX_RELOAD_BROKER:
        return "have the broker read its files again";
    case FIX_DROP_PART:
        return "remove what is left of a backup";
    }
    return "";
}

static bool start(const char *unit)
{
    char *const argv[] = {"systemctl", "start", (char *)(uintptr_t)unit, NULL};
    pid_t pid;
    int status;
    if (access("/run/systemd/system", F_OK) != 0) {
        fprintf(stderr, "fix: systemd does not run here; start %s by hand\n", unit);
        return false;
    }
    return posix_spawnp(&pid, "systemctl", NULL, NULL, argv, environ) == 0 &&
           waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool reload_broker(const struct doctor *d)
{
    char path[DOCTOR_PATH + 16];
    snprintf(path, sizeof path, "%s/mosquitto.pid", d->broker_dir);
    pid_t pid = process_of_file(path, "mosquitto");
    return pid > 0 && kill(pid, SIGHUP) == 0;
}

static bool drop_part(const struct doctor *d)
{
    char dir[BACKUP_PATH], path[DOCTOR_PATH];
    const struct backup_place place = backup_place_of(&d->config, dir);
    snprintf(path, sizeof path, "%s/.part", place.dir);
    return unlink(path) == 0;
}

bool doctor_fix(const struct doctor *d, enum doctor_fix fix)
{
    bool done = false;
    errno = 0;
    fprintf(stderr, "fix: %s\n", doctor_fix_name(fix));
    switch (fix) {
    case FIX_NONE:
        break;
    case FIX_START_HUB:
        done = start("poshub.service");
        break;
    case FIX_START_BROKER:
        done = start("poshub-broker.service");
        break;
    case FIX_RELOAD_BROKER:
        done = reload_broker(d);
        break;
    case FIX_DROP_PART:
        done = drop_part(d);
        break;
    }
    if (!done)
        fprintf(stderr, "fix: that did not work%s%s\n", errno ? ": " : "",
                errno ? strerror(errno) : "");
    return done;
}
