#include "edge/guard.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BOOT_ID_FILE "/proc/sys/kernel/random/boot_id"
#define BOOT_ID      40
#define LINES_MAX    64 /* more are of another age; the file is begun anew */

/* Of this run of the machine; "-" where the kernel does not say. */
static void boot_id(char out[BOOT_ID])
{
    FILE *f = fopen(BOOT_ID_FILE, "re");
    if (f == NULL || fscanf(f, "%39s", out) != 1)
        snprintf(out, BOOT_ID, "-");
    if (f != NULL)
        fclose(f);
}

/* Starts of this boot within the span; *lines: all that stand there. */
static unsigned recent(const char *file, const char *boot, int64_t now_ms, unsigned *lines)
{
    char whose[BOOT_ID];
    int64_t at_ms;
    unsigned n = 0;
    *lines = 0;
    FILE *f = fopen(file, "re");
    if (f == NULL)
        return 0;
    while (fscanf(f, "%39s %" SCNd64, whose, &at_ms) == 2) {
        *lines += 1;
        n += strcmp(whose, boot) == 0 && at_ms <= now_ms && now_ms - at_ms < GUARD_SPAN_MS;
    }
    fclose(f);
    return n;
}

unsigned guard_begin(struct guard *g, const char *data_dir, int64_t boot_ms)
{
    char boot[BOOT_ID];
    unsigned lines;
    *g = (struct guard){.began_ms = boot_ms};
    snprintf(g->file, sizeof(g->file), "%s.starts", data_dir);
    boot_id(boot);
    g->bad = recent(g->file, boot, boot_ms, &lines);
    FILE *f = fopen(g->file, lines < LINES_MAX ? "ae" : "we");
    if (f == NULL)
        return g->bad;
    g->noted = true;
    fprintf(f, "%s %" PRId64 "\n", boot, boot_ms);
    fclose(f);
    return g->bad;
}

void guard_end(struct guard *g)
{
    if (g->noted)
        unlink(g->file);
    g->noted = false;
}

void guard_tick(struct guard *g, int64_t boot_ms)
{
    if (g->noted && boot_ms - g->began_ms >= GUARD_HEALTHY_MS)
        guard_end(g);
}
