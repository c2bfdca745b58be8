/* A support bundle: files in a directory of their own that only we may enter, packed into one
 * archive. Every text goes through bundle_put, and so through scrub.h; nothing is copied as it is.
 *
 * What cannot be had (no hub, no such program, not permitted) is a line in the manifest and not a
 * failure: a bundle is asked for when things are broken.
 */
#ifndef POSHUBCTL_BUNDLE_H
#define POSHUBCTL_BUNDLE_H

#include <signal.h>

#include "edge/config.h"
#include "tools/poshubctl/ctl.h"
#include "tools/poshubctl/bundle/scrub.h"

#define BUNDLE_ID    7 /* six symbols and their NUL */
#define BUNDLE_PATH  320
#define BUNDLE_FILES 48
#define BUNDLE_NAME  48
#define BUNDLE_WORD  160

struct bundle_file {
    char name[BUNDLE_NAME];
    char word[BUNDLE_WORD]; /* why it is not there, or is not whole; "": all is well */
    size_t bytes;
    char sha256[SHA256_HEX + 1];
};
struct bundle {
    char id[BUNDLE_ID], scratch[BUNDLE_PATH], dir[BUNDLE_PATH];
    struct scrub scrub;
    struct bundle_file files[BUNDLE_FILES];
    size_t n_files;
    bool full; /* the disk, or the list */
    const volatile sig_atomic_t *stop;

    const char *config_path, *log_path; /* log_path NULL: the journal's is all */
    struct config config;               /* as far as it could be read */
    char config_why[CONFIG_WHY];
    bool hub; /* answers */
};
/* Makes the directory. False after a complaint. `stop`: when true, what is long ends early. */
bool bundle_open(struct bundle *b, bool names_too, const volatile sig_atomic_t *stop);
/* The directory goes, with all in it. */
void bundle_close(struct bundle *b);

/* One more file. `word` may be NULL. */
void bundle_put(struct bundle *b, const char *name, struct str text, const char *word);
/* What there is not. */
void bundle_lack(struct bundle *b, const char *name, const char *word);
/* What a program says; argv ends with NULL. `choose` writes what of it may go; NULL: all. */
typedef void bundle_choose(struct str text, FILE *out);
void bundle_program(struct bundle *b, const char *name, const char *const *argv,
                    bundle_choose *choose);
/* The same of a text. */
void bundle_chosen(struct bundle *b, const char *name, struct str text, bundle_choose *choose,
                   const char *word);
/* The manifest, then all of it as an archive in the new file `path`, 0600. Its size, or -1 after a
 * complaint; the file is not there then. */
int64_t bundle_pack(struct bundle *b, const char *path);

/* hub_part.c: what the hub says. Learns names for the scrub; nothing where it does not answer. */
void bundle_ask_hub(struct bundle *b, struct ctl *ctl);
/* box_part.c: what can be read without it. */
void bundle_read_box(struct bundle *b, const struct ctl *ctl);

#endif
