/* Who is at the other end of a Unix socket, and what may they do: asked of the kernel
 * (SO_PEERCRED, SO_PEERGROUPS), so nothing that is sent can pretend. In a namespace of users of its
 * own the hub would see strangers only; its unit has none.
 *
 *   root, the hub's own user, the group that may change    reading and changing verbs
 *   the group that may read                                reading verbs
 *   others                                                 nothing
 */
#ifndef EDGE_PEER_H
#define EDGE_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PEER_NAME   24 /* of a user; longer ones are cut, one without a name is "uid1000" */
#define PEER_GROUPS 256
#define PEER_TOOL   "poshubctl:" /* in the journal before the name of who changed something */
#define PEER_CALLER (PEER_NAME + sizeof(PEER_TOOL))

enum peer_right { PEER_NONE, PEER_READ, PEER_CHANGE };

struct peer_rule {
    const char *change_group, *read_group; /* names; a group that is not there gives nothing */
};
struct peer {
    uid_t uid;
    gid_t groups[PEER_GROUPS]; /* the main one first */
    size_t n_groups;
    char name[PEER_NAME];
};
/* False: the kernel does not say; such a peer may nothing. */
bool peer_of(int fd, struct peer *out);
/* "poshubctl:jane" of the peer's name. */
void peer_caller(const char *name, char out[PEER_CALLER]);
/* The same of whoever runs this process: root where sudo made them root, as over the socket. */
void peer_self(char out[PEER_CALLER]);
enum peer_right peer_right(const struct peer *p, const struct peer_rule *rule);

#endif
