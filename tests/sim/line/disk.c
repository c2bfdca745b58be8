/* The box's disk: folders on tmpfs, copies of them, and what happens when a copy is put back. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/sim/line/line.h"

static const char *const BASES[] = {"/dev/shm", "/tmp"};
static const char *const FILES[] = {"data.mdb", "lock.mdb", "pid"};

static void empty(const char *dir)
{
    char path[128];
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, FILES[i]);
        unlink(path);
    }
}

static void name_of(char out[64], size_t base, pid_t pid, const char *what)
{
    snprintf(out, 64, "%s/poshub-line-%d%s", BASES[base], (int)pid, what);
}

void box_forget(pid_t pid)
{
    char dir[64];
    for (size_t b = 0; b < sizeof BASES / sizeof *BASES; b++) {
        name_of(dir, b, pid, "");
        empty(dir);
        rmdir(dir);
        name_of(dir, b, pid, ".image");
        empty(dir);
        rmdir(dir);
    }
}

/* Of one base. A process that is there, even of another user, keeps what it has. */
static void sweep(const char *base)
{
    DIR *d = opendir(base);
    int pid;
    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d))
        if (sscanf(e->d_name, "poshub-line-%d", &pid) == 1 && pid > 0 && kill(pid, 0) != 0 &&
            errno == ESRCH)
            box_forget(pid);
    if (d)
        closedir(d);
}

void disk_sweep(void)
{
    for (size_t i = 0; i < sizeof BASES / sizeof *BASES; i++)
        sweep(BASES[i]);
}

void disk_folders(struct box *b)
{
    box_forget(getpid());
    for (size_t i = 0; i < sizeof BASES / sizeof *BASES; i++) {
        name_of(b->dir, i, getpid(), "");
        name_of(b->image_dir, i, getpid(), ".image");
        if (mkdir(b->dir, 0700) == 0 && mkdir(b->image_dir, 0700) == 0)
            return;
    }
    abort();
}

static void copy(const char *from_dir, const char *to_dir)
{
    char path[128], buf[65536];
    ssize_t n;
    snprintf(path, sizeof path, "%s/data.mdb", from_dir);
    int from = open(path, O_RDONLY);
    snprintf(path, sizeof path, "%s/data.mdb", to_dir);
    int to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (from < 0 || to < 0)
        abort();
    while ((n = read(from, buf, sizeof buf)) > 0)
        if (write(to, buf, (size_t)n) != n)
            abort();
    close(from);
    close(to);
}

/* ---- images ---- */

void disk_image(struct world *w)
{
    struct box *b = &w->box;
    if (!b->store || w->stray)
        return;
    copy(b->dir, b->image_dir);
    w->has_image = true;
    w->image_at = box_head(w).at;
    truth_copy(&w->truth_image, &w->truth);
    trace(w, "box       an image of its disk is taken at %u/%llu", w->image_at.epoch,
          (unsigned long long)w->image_at.seq);
}

static void box_away(struct world *w)
{
    struct box *b = &w->box;
    store_close(b->store);
    b->store = NULL;
    talk_forget(b);
    empty(b->dir);
    for (uint32_t i = 0; i < TILLS; i++)
        w->tills[i].open = false;
}

/* The sales of the image are those the box knows; what it must say of H goes back too. */
static void sales_of_image(struct world *w)
{
    struct truth *t = &w->truth, *image = &w->truth_image;
    truth_locks_lost(w, image);
    free(t->sales);
    t->sales = image->sales;
    t->n_sales = image->n_sales;
    t->cap_sales = image->cap_sales;
    image->sales = NULL;
    image->n_sales = image->cap_sales = 0;
    for (int i = 0; i < ITEMS; i++) {
        truth_copy_box(&t->rows[i], &image->rows[i]);
    }
}

void disk_rollback(struct world *w)
{
    if (!w->box.store || !w->has_image || w->image_at.epoch != w->center.s.epoch ||
        w->image_at.seq >= w->center.s.acked)
        return;
    box_away(w);
    copy(w->box.image_dir, w->box.dir);
    sales_of_image(w);
    w->has_image = false;
    w->stray = true;
    w->seen_applied = 0;
    w->seen_hlc = (struct hlc){0, 0};
    w->seen_acked = (struct position){0, 0};
    trace(w, "box       its disk is that of %u/%llu again", w->image_at.epoch,
          (unsigned long long)w->image_at.seq);
    box_boot(w);
}

void disk_replace(struct world *w)
{
    if (!w->box.store)
        return;
    box_away(w);
    truth_locks_lost(w, NULL);
    for (int i = 0; i < ITEMS; i++)
        truth_copy_box(&w->truth.rows[i], &(struct row_truth){.gen_n = 0});
    w->truth.n_sales = 0;
    w->has_image = false;
    w->stray = true;
    w->seen_applied = 0;
    w->seen_hlc = (struct hlc){0, 0};
    w->seen_acked = (struct position){0, 0};
    trace(w, "box       a new one takes its place");
    box_boot(w);
}
