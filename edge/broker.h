/* The broker's configuration, password and rights files, written from our own tables (lan-protocol
 * 1). The texts are pure; broker_write puts them in place and tells the broker.
 */
#ifndef EDGE_BROKER_H
#define EDGE_BROKER_H

#include <stdio.h>

#include "edge/config.h"
#include "edge/devices.h"

#define BROKER_HUB_USER "poshub-hub"
/* Who may nothing but come in, with a password that is new in every version of the files: whoever
 * is let in by it knows that this version is in force, and who is let in by the last one that it is
 * not. */
#define BROKER_PROOF_USER PROBE_PREFIX "files"
/* What the broker counts as thrown away; told every ten seconds when it has changed. */
#define BROKER_DROPPED "$SYS/broker/publish/messages/dropped"
#define BROKER_PATH    108 /* what a Unix socket's address holds */

struct broker {
    const struct config *config; /* borrowed */
    char dir[BROKER_PATH];       /* <run_dir>/broker */
    char socket[BROKER_PATH];    /* the hub's listener below it */
    char hub_password[PASSWORD_CHARS + 1], hub_line[PASSWORD_LINE];
    char user[CONFIG_TEXT];                    /* the system user the broker runs as */
    unsigned owner;                            /* its uid */
    bool tls;                                  /* server.pem and server.key lie in dir */
    char guest[16], guest_line[PASSWORD_LINE]; /* of a pairing window; empty: there is none */
    /* Of BROKER_PROOF_USER, in the last version and the one before; empty before there was one. */
    char proof[PASSWORD_CHARS + 1], proof_before[PASSWORD_CHARS + 1], proof_line[PASSWORD_LINE];
    bool reload_owed; /* it was starting when it should have read the files again */
    uint8_t again;    /* ticks until it is told once more; 0: it will not be */
    uint32_t version; /* of passwd and acl: how often they were written */
    enum ph_err err;  /* what became of the last version */
};
/* Makes the directory and a fresh secret for the hub's own connection. `why` is CONFIG_WHY bytes.
 */
enum ph_err broker_init(struct broker *b, const struct config *config, char *why);

/* The three texts. */
void broker_conf(const struct broker *b, FILE *out);
void broker_passwd(const struct broker *b, const struct devices *d, FILE *out);
void broker_acl(const struct broker *b, const struct devices *d, FILE *out);

/* The user "pair-<name>", who may write pair/<name>/up and read pair/<name>/down; in force with the
 * next broker_write_users, as its end. */
void broker_guest(struct broker *b, char name, struct str password);
void broker_guest_gone(struct broker *b);

/* Replaces mosquitto.conf; it is read only when the broker starts. */
enum ph_err broker_write_conf(const struct broker *b);
/* Replaces acl and passwd by a new version, then broker_reload. Revoked users lose their sessions
 * by it, and those whose password has changed. */
enum ph_err broker_write_users(struct broker *b, const struct devices *d);
/* By its pid file. */
bool broker_is_there(const struct broker *b);
/* SIGHUP by the broker's pid file; false when there is none (it reads the files when it starts).
 * False and reload_owed: mosquitto 2.0.11 writes that file before it catches the signal, which
 * would end it, and may have read the old files; to be called again when it lets somebody in. */
bool broker_reload(struct broker *b);
/* Once a second: says it once more, a second or two later. mosquitto 2.0 forgets a signal
 * that comes while it reads, and would let in for ever whom the second of two quick changes has
 * revoked. */
void broker_tick(struct broker *b);
/* SIGTERM by its pid file, for its supervisor to start another. False: there is none. */
bool broker_end(const struct broker *b);
/* Ends a broker that holds more than renew_mib of memory: its
 * topic tree keeps a node for every topic that ever was, and each order has topics of its own.
 * False: it stays. */
bool broker_renew(const struct broker *b);

#endif
