#include "edge/peer.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NSS_BYTES 16384 /* one entry of the users' or groups' file */

static void name_of(uid_t uid, char out[PEER_NAME])
{
    struct passwd entry, *found = NULL;
    char text[NSS_BYTES];
    if (getpwuid_r(uid, &entry, text, sizeof(text), &found) == 0 && found != NULL)
        snprintf(out, PEER_NAME, "%.*s", PEER_NAME - 1, found->pw_name);
    else
        snprintf(out, PEER_NAME, "uid%u", (unsigned)uid);
}

/* Beside the main one; more than there is room for are not looked at. */
static void add_groups(int fd, struct peer *p)
{
    socklen_t size = (socklen_t)((PEER_GROUPS - 1) * sizeof(gid_t));
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, p->groups + 1, &size) == 0)
        p->n_groups += size / sizeof(gid_t);
}

void peer_caller(const char *name, char out[PEER_CALLER])
{
    snprintf(out, PEER_CALLER, PEER_TOOL "%.*s", PEER_NAME - 1, name);
}

void peer_self(char out[PEER_CALLER])
{
    char name[PEER_NAME];
    name_of(geteuid(), name);
    peer_caller(name, out);
}

bool peer_of(int fd, struct peer *out)
{
    struct ucred who;
    socklen_t size = sizeof(who);
    memset(out, 0, sizeof(*out));
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0)
        return false;
    out->uid = who.uid;
    out->groups[0] = who.gid;
    out->n_groups = 1;
    add_groups(fd, out);
    name_of(who.uid, out->name);
    return true;
}

static bool is_in(const struct peer *p, const char *group)
{
    struct group entry, *found = NULL;
    char text[NSS_BYTES];
    if (group[0] == 0 || getgrnam_r(group, &entry, text, sizeof(text), &found) != 0 ||
        found == NULL)
        return false;
    for (size_t i = 0; i < p->n_groups; i++) {
        if (p->groups[i] == found->gr_gid)
            return true;
    }
    return false;
}

enum peer_right peer_right(const struct peer *p, const struct peer_rule *rule)
{
    if (p->uid == 0 || p->uid == geteuid() || is_in(p, rule->change_group))
        return PEER_CHANGE;
    return is_in(p, rule->read_group) ? PEER_READ : PEER_NONE;
}
