#define _XOPEN_SOURCE_EXTENDED 1
#include "tools/poshubctl/bundle/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "proto/json.h"
#include "storage/file.h"
#include "tools/poshubctl/bundle/child.h"

#define PROGRAM_MS    8000
#define TAR_MS        60000
#define WALK_FDS      8
#define MANIFEST_ROOM (BUNDLE_FILES * 512 + 4096)

/* ---- its directory ---- */

/* Read aloud on the telephone: no I, L, O, U. */
static void make_id(char id[BUNDLE_ID])
{
    static const char SYMBOLS[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    uint8_t random[BUNDLE_ID - 1];
    random_bytes(random, sizeof random);
    for (size_t i = 0; i < sizeof random; i++)
        id[i] = SYMBOLS[random[i] % 32];
    id[BUNDLE_ID - 1] = 0;
}

bool bundle_open(struct bundle *b, bool names_too, const volatile sig_atomic_t *stop)
{
    const char *tmp = getenv("TMPDIR");
    memset(b, 0, sizeof *b);
    b->stop = stop;
    make_id(b->id);
    int n = snprintf(b->scratch, sizeof b->scratch, "%s/poshub-bundle-XXXXXX",
                     tmp && *tmp ? tmp : "/tmp");
    if (n < 0 || (size_t)n > sizeof b->scratch - 40 || !mkdtemp(b->scratch)) {
        fprintf(stderr, "poshubctl: no directory can be made in %s: %s\n",
                tmp && *tmp ? tmp : "/tmp", strerror(errno));
        b->scratch[0] = 0;
        return false;
    }
    snprintf(b->dir, sizeof b->dir, "%.280s/poshub-bundle-%s", b->scratch, b->id);
    scrub_init(&b->scrub, names_too);
    if (mkdir(b->dir, 0700) == 0)
        return true;
    perror("poshubctl: mkdir");
    bundle_close(b);
    return false;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    remove(path);
    return 0;
}

void bundle_close(struct bundle *b)
{
    if (b->scratch[0])
        nftw(b->scratch, remove_one, WALK_FDS, FTW_DEPTH | FTW_PHYS);
    b->scratch[0] = 0;
    scrub_fini(&b->scrub);
}

/* ---- its files ---- */

static bool write_file(const char *dir, const char *name, struct str text)
{
    char path[BUNDLE_PATH + BUNDLE_NAME];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool ok = file_write(fd, text.p, text.n);
    return close(fd) == 0 && ok;
}

static struct bundle_file *add(struct bundle *b, const char *name, const char *word)
{
    if (b->n_files == BUNDLE_FILES) {
        b->full = true;
        return NULL;
    }
    struct bundle_file *f = &b->files[b->n_files++];
    *f = (struct bundle_file){0};
    snprintf(f->name, sizeof f->name, "%s", name);
    snprintf(f->word, sizeof f->word, "%s", word ? word : "");
    return f;
}

void bundle_lack(struct bundle *b, const char *name, const char *word)
{
    add(b, name, word);
}

void bundle_put(struct bundle *b, const char *name, struct str text, const char *word)
{
    char *clean = NULL;
    size_t n = 0;
    uint8_t sum[SHA256_BYTES];
    struct bundle_file *f = add(b, name, word);
    FILE *out = f ? open_memstream(&clean, &n) : NULL;
    if (!out) {
        b->full = true;
        return;
    }
    scrub_write(&b->scrub, text, out);
    bool whole = fclose(out) == 0 && clean && write_file(b->dir, name, (struct str){clean, n});
    b->full = b->full || !whole;
    if (whole) {
        sha256(clean, n, sum);
        hex_encode(sum, sizeof sum, f->sha256);
        f->bytes = n;
    }
    free(clean);
}

void bundle_chosen(struct bundle *b, const char *name, struct str text, bundle_choose *choose,
                   const char *word)
{
    char *chosen = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&chosen, &n);
    if (!out) {
        b->full = true;
        return;
    }
    choose(text, out);
    fclose(out);
    bundle_put(b, name, (struct str){chosen, n}, word);
    free(chosen);
}

/* "": it did what it was there for. */
static void tell_end(const struct child *c, enum child_end end, char word[BUNDLE_WORD])
{
    const char *slash = strrchr(c->argv[0], '/'), *name = slash ? slash + 1 : c->argv[0];
    word[0] = 0;
    switch (end) {
    case CHILD_ABSENT:
        snprintf(word, BUNDLE_WORD, "there is no %s here", name);
        break;
    case CHILD_LATE:
        snprintf(word, BUNDLE_WORD, "%s took longer than %d s", name, PROGRAM_MS / 1000);
        break;
    case CHILD_FAILED:
    case CHILD_STOPPED:
        snprintf(word, BUNDLE_WORD, "%s did not come to its end", name);
        break;
    case CHILD_DONE:
        if (c->status != 0)
            snprintf(word, BUNDLE_WORD, "%s ended with %d", name, c->status);
        break;
    }
}

void bundle_program(struct bundle *b, const char *name, const char *const *argv,
                    bundle_choose *choose)
{
    struct child c = {.argv = argv, .within_ms = PROGRAM_MS, .out_fd = -1, .stop = b->stop};
    char word[BUNDLE_WORD];
    if (b->stop && *b->stop)
        return;
    tell_end(&c, child_run(&c), word);
    const struct str said = {c.said, c.said_n};
    if (said.n == 0)
        bundle_lack(b, name, *word ? word : "it says nothing");
    else if (choose)
        bundle_chosen(b, name, said, choose, word);
    else
        bundle_put(b, name, said, word);
    free(c.said);
}

/* ---- the archive ---- */

static void write_entry(struct jw *w, const struct bundle_file *f)
{
    jw_open(w, '{');
    jw_kstring(w, "name", str_of(f->name));
    jw_kint(w, "bytes", (int64_t)f->bytes);
    jw_kstring(w, "sha256", str_of(f->sha256));
    jw_kstring(w, "word", str_of(f->word));
    jw_close(w, '}');
}

static bool write_manifest(struct bundle *b)
{
    static char text[MANIFEST_ROOM];
    struct jw w;
    jw_init(&w, text, sizeof text - 1);
    jw_open(&w, '{');
    jw_kstring(&w, "id", str_of(b->id));
    jw_kint(&w, "made_at_ms", (int64_t)time(NULL) * 1000);
    jw_kstring(&w, "poshubctl", STR(PH_VERSION));
    jw_kbool(&w, "hub_answers", b->hub);
    jw_kbool(&w, "redacted", b->scrub.names_too);
    jw_karray(&w, "files");
    for (size_t i = 0; i < b->n_files; i++)
        write_entry(&w, &b->files[i]);
    jw_close(&w, ']');
    jw_close(&w, '}');
    return jw_ok(&w) && write_file(b->dir, "manifest.json", jw_text(&w));
}

/* Bytes, or -1. */
static int64_t pack_into(struct bundle *b, int fd)
{
    char folder[BUNDLE_NAME];
    struct stat st;
    snprintf(folder, sizeof folder, "poshub-bundle-%s", b->id);
    const char *const argv[] = {"tar", "-cz",      "--owner=0", "--group=0", "--numeric-owner",
                                "-C",  b->scratch, folder,      NULL};
    struct child c = {.argv = argv, .within_ms = TAR_MS, .out_fd = fd, .stop = b->stop};
    enum child_end end = child_run(&c);
    if (end == CHILD_DONE && c.status == 0 && fsync(fd) == 0 && fstat(fd, &st) == 0)
        return (int64_t)st.st_size;
    if (end != CHILD_STOPPED)
        fprintf(stderr, "poshubctl: %s\n",
                end == CHILD_ABSENT ? "there is no tar on this box" : "tar did not do its work");
    return -1;
}

int64_t bundle_pack(struct bundle *b, const char *path)
{
    if (!write_manifest(b) || b->full) {
        fprintf(stderr,
                "poshubctl: the bundle's files do not fit into %s\n"
                "next: df -h ; TMPDIR=DIR poshubctl bundle\n",
                b->scratch);
        return -1;
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        fprintf(stderr, "poshubctl: %s cannot be made: %s\n", path, strerror(errno));
        return -1;
    }
    int64_t bytes = pack_into(b, fd);
    close(fd);
    if (bytes < 0)
        unlink(path);
    return bytes;
}
