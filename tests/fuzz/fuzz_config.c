/* Any file as poshub.conf: it is read, or refused in one printable line that names it, and what was
 * read keeps its promises.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "edge/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void config_holds(const struct config *c)
{
    must(c->alarm_percent <= 100 && c->refuse_percent <= 100);
    must(c->map_mib > 0 && c->max_queued > 0 && c->check_every_s > 0);
    must(c->day_start_min < 24 * 60);
    must(memchr(c->data_dir, 0, sizeof c->data_dir) && memchr(c->run_dir, 0, sizeof c->run_dir));
    must(memchr(c->plain.host, 0, sizeof c->plain.host) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct config config;
    char path[64], why[CONFIG_WHY];
    int fd = memfd_create("poshub.conf", 0);
    must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (config_read(path, &config, why) == PH_OK)
        config_holds(&config);
    else
        must(memchr(why, 0, sizeof why) && strncmp(why, path, strlen(path)) == 0);
    close(fd);
    return 0;
}
