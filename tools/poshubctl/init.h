/* What the steps of init share: the answers, what they come to, and where it will stand. */
#ifndef POSHUBCTL_INIT_H
#define POSHUBCTL_INIT_H

#include <sys/types.h>

#include "edge/config.h"
#include "proto/crypto.h"
#include "tools/poshubctl/init_ask.h"

#define INIT_PART      "10-init.conf"
#define INIT_PART_TEXT 4096
#define INIT_PATH      256

struct init {
    struct init_answers a;
    struct config config;      /* the whole of it, as the hub will read it */
    char text[INIT_PART_TEXT]; /* of INIT_PART */
    char conf[INIT_PATH], parts[INIT_PATH], secret[INIT_PATH], backup[INIT_PATH];
    uid_t owner;
    gid_t group;
    char fingerprint[SHA256_HEX + 1];
};
/* <dir>/<name>; false: too long. */
bool init_join(char out[INIT_PATH], const char *dir, const char *name);

/* ---- init_part.c ---- */

/* Writes *p's text from the answers. False after a word on stderr. */
bool init_part_write(struct init *p);
/* What stands there already and the text, read as the hub will read both, into *p's config. It has
 * to be what was answered. Else, after a word on stderr, why it is not. */
enum ctl_exit init_part_read(struct init *p);

/* ---- init_way.c ---- */

/* CTL_OK: all that init will make can be made, and the hub will be able to get at it. Else, after a
 * word on stderr, why not. Nothing is changed. */
enum ctl_exit init_way_check(const struct init *p);

/* ---- init_told.c ---- */

void init_told_doctor(const struct init *p); /* "poshubctl doctor", with what it needs, on stderr */
/* What was done, on stdout, and on stderr what comes next. */
void init_told(const struct ctl *ctl, const struct init *p);

#endif
