/* init: makes a store of this box. Everything is checked before anything is written, and the
 * configuration, which makes a store of it, comes last. */
#include <errno.h>
#include <libgen.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "edge/backup_file.h"
#include "storage/file.h"
#include "edge/store_ca.h"
#include "tools/poshubctl/cmd.h"
#include "tools/poshubctl/init.h"
#include "tools/poshubctl/offline.h"

/* ---- what is there already ---- */

bool init_join(char out[INIT_PATH], const char *dir, const char *name)
{
    int n = snprintf(out, INIT_PATH, "%s/%s", dir, name);
    return n > 0 && n < INIT_PATH;
}

static bool taken(const struct init *p, const char *dir, const char *name)
{
    char path[INIT_PATH];
    if (!init_join(path, dir, name) || access(path, F_OK) != 0)
        return false;
    fprintf(stderr,
            "poshubctl: init: this box is a store already: %s is there. Nothing was done.\n"
            "next: ",
            path);
    init_told_doctor(p);
    fprintf(stderr, "\n      another store on this box: set %s aside first\n", dir);
    return true;
}

/* Somebody has written by hand, or another tool, which store this box is. Only what says nothing of
 * that may stand there. */
static enum ctl_exit check_there(const struct init *p)
{
    struct config config;
    char why[CONFIG_WHY];
    if (config_read_with(p->conf, INIT_PART, "", &config, why) == PH_OK) {
        fprintf(stderr,
                "poshubctl: init: this box is a store already: %s and %s name brand %s, poi %s. "
                "Nothing was done.\nnext: ",
                p->conf, p->parts, config.brand_id, config.poi_id);
        init_told_doctor(p);
        fputc('\n', stderr);
        return CTL_REFUSED;
    }
    if (strstr(why, " is missing in [store]"))
        return CTL_OK;
    fprintf(stderr, "poshubctl: init: %s. Nothing was done.\n", why);
    return CTL_USAGE;
}

/* As the hub finds them (poshub.conf(5)). */
static bool find_places(struct init *p)
{
    char parent[CONFIG_PATH];
    snprintf(parent, sizeof parent, "%s", p->config.data_dir);
    const char *beside = dirname(parent);
    backup_place_of(&p->config, p->backup);
    if (p->config.secret_dir[0])
        return snprintf(p->secret, sizeof p->secret, "%s", p->config.secret_dir) > 0;
    return init_join(p->secret, beside, "secret");
}

/* Files that root makes would shut the hub out. A directory that somebody was given already says
 * whose hub it is; the package's is the package's. */
static void find_owner(struct init *p)
{
    struct stat st;
    const struct passwd *user = getpwnam("poshub");
    bool given = strcmp(p->a.state, INIT_STATE) != 0 && stat(p->a.state, &st) == 0;
    p->owner = geteuid();
    p->group = getegid();
    if (p->owner != 0)
        return;
    if (given && (st.st_uid != 0 || !user)) {
        p->owner = st.st_uid;
        p->group = st.st_gid;
    } else if (user) {
        p->owner = user->pw_uid;
        p->group = user->pw_gid;
    }
}

/* ---- making ---- */

static bool failed(const char *what)
{
    fprintf(stderr, "poshubctl: init: %s: %s\n", what, strerror(errno));
    return false;
}

static bool make_dir(const char *path, mode_t mode, uid_t owner, gid_t group)
{
    struct stat st;
    if (mkdir(path, mode) != 0)
        return (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) || failed(path);
    return geteuid() != 0 || chown(path, owner, group) == 0 || failed(path);
}

static bool make_dirs(const struct init *p)
{
    return make_dir(p->a.etc, 0755, 0, 0) && make_dir(p->parts, 0755, 0, 0) &&
           make_dir(p->a.state, 0750, p->owner, p->group) &&
           make_dir(p->config.data_dir, 0750, p->owner, p->group) &&
           make_dir(p->backup, 0750, p->owner, p->group) &&
           make_dir(p->secret, 0750, p->owner, p->group);
}

/* The authority only; the broker's certificate the hub makes at its start, with the addresses that
 * the box has then. */
static bool make_papers(struct init *p)
{
    char why[STORE_CA_WHY];
    struct store_ca ca = {.dir = p->secret,
                          .brand_id = str_of(p->config.brand_id),
                          .poi_id = str_of(p->config.poi_id)};
    if (!p->a.tls)
        return true;
    uid_t was = geteuid();
    gid_t was_group = getegid();
    bool other = was == 0 && p->owner != 0;
    if (other && (setegid(p->group) != 0 || seteuid(p->owner) != 0))
        return failed("cannot become the owner of the store");
    enum ph_err err = store_ca_open(&ca, offline_now_ms(), why);
    if (other && (seteuid(was) != 0 || setegid(was_group) != 0))
        return failed("cannot become root again");
    if (err != PH_OK)
        fprintf(stderr, "poshubctl: init: %s\n", why);
    else
        hex_encode(ca.fingerprint, sizeof ca.fingerprint, p->fingerprint);
    return err == PH_OK;
}

static bool make_conf(const struct init *p)
{
    char part[INIT_PATH];
    if (access(p->conf, F_OK) != 0) {
        FILE *f = fopen(p->conf, "we");
        if (!f ||
            fputs("; Every key: poshub.conf(5). conf.d/*.conf is read after this.\n", f) < 0 ||
            fclose(f) != 0)
            return failed(p->conf);
    }
    if (!init_join(part, p->parts, INIT_PART) ||
        file_replace(p->parts, INIT_PART, str_of(p->text), geteuid()) != PH_OK ||
        chmod(part, 0644) != 0)
        return failed(p->parts);
    return true;
}

/* Nothing is made here; *p is ready for the making. */
static enum ctl_exit look(struct init *p)
{
    if (!init_join(p->conf, p->a.etc, "poshub.conf") ||
        !init_join(p->parts, p->a.etc, CONFIG_PARTS))
        return CTL_USAGE;
    if (taken(p, p->parts, INIT_PART))
        return CTL_REFUSED;
    enum ctl_exit rc = check_there(p);
    if (rc != CTL_OK)
        return rc;
    if (!init_part_write(p))
        return CTL_FAILED;
    rc = init_part_read(p);
    if (rc != CTL_OK)
        return rc;
    if (!find_places(p))
        return CTL_USAGE;
    if (taken(p, p->config.data_dir, "data.mdb"))
        return CTL_REFUSED;
    find_owner(p);
    return init_way_check(p);
}

enum ctl_exit cmd_init(struct ctl *ctl, const struct args *args)
{
    static struct init p;
    if (!init_ask(ctl, args, &p.a))
        return CTL_USAGE;
    enum ctl_exit rc = look(&p);
    if (rc != CTL_OK)
        return rc;
    umask(022); /* the hub's user reads what root makes here; secrets have modes of their own */
    if (!make_dirs(&p) || !make_papers(&p) || !make_conf(&p))
        return CTL_FAILED;
    init_told(ctl, &p);
    return CTL_OK;
}
