/* Text that leaves the box is freed of what nobody outside may see. The last of two lines: what is
 * put into a bundle is chosen by lists of what may go (mask.h); this looks through every word of it
 * once more.
 *
 * Always taken out: blocks of PEM; what follows a word like password, token or PIN; long words that
 * look random (keys, hashes, passwords that the hub makes); pairing codes; telephone numbers; what
 * has an @ in it. On request also addresses and the names that scrub_name was told; each of them
 * becomes the same word wherever it stands, another one in each bundle.
 */
#ifndef POSHUBCTL_SCRUB_H
#define POSHUBCTL_SCRUB_H

#include <stdio.h>

#include "proto/crypto.h"

#define SCRUB_NAMES      512 /* devices of a large store, twice */
#define SCRUB_NAME_LEAST 2   /* bytes; shorter ones would stand in other words */
#define SCRUB_GONE       "***"

struct scrub {
    bool names_too; /* and addresses */
    uint8_t salt[16];
    char *names[SCRUB_NAMES]; /* longest first */
    size_t n_names;
};
void scrub_init(struct scrub *s, bool names_too);
void scrub_fini(struct scrub *s);
/* A name to be taken out as well, copied. Nothing without names_too. */
void scrub_name(struct scrub *s, struct str name);
/* What may leave of the text, line by line. */
void scrub_write(const struct scrub *s, struct str text, FILE *out);

#endif
