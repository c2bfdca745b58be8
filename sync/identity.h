/* The box's papers: its private key, the request for a certificate, the certificate. Keys
 * are made and read by sync/papers.
 *
 * The key is made on the box and never leaves it. The subject of the request names the box as the
 * center knows it: O=<brand>, OU=<poi>, CN=<box_id> (sync-protocol 4.1). All files are PEM.
 *
 * What can fail: a file that cannot be read or written, or that does not hold what its name says.
 * `why` (IDENTITY_WHY bytes) is then one line for people; nothing half-written is left behind.
 */
#ifndef SYNC_IDENTITY_H
#define SYNC_IDENTITY_H

#include "proto/err.h"
#include "proto/types.h"

#define IDENTITY_WHY 160
#define IDENTITY_PEM 8192 /* a certificate with its chain, or a request */
#define IDENTITY_NAME                                                                              \
    65 /* of one part of a subject: X.509 has 64 at most                                           \
        */

struct identity_names {
    struct str brand_id, poi_id, box_id; /* letters, digits, '-' and '_' */
};

/* Makes a key on the curve P-256 with mode 0600. One that is there already is kept: a request that
 * is repeated asks for the same key. PH_ERR_CONFIG: there is a file, but it is no such key. */
enum ph_err identity_make_key(const char *path, char why[IDENTITY_WHY]);
/* The request as PEM text with its NUL; *n is its length without it. */
enum ph_err identity_request(const char *key_path, const struct identity_names *names,
                             char pem[IDENTITY_PEM], size_t *n, char why[IDENTITY_WHY]);

struct identity {
    char brand_id[IDENTITY_NAME], poi_id[IDENTITY_NAME], box_id[IDENTITY_NAME];
    int64_t from_ms, until_ms; /* the certificate's dates, wall clock */
};
/* What a certificate says. PH_ERR_NOT_FOUND: the file cannot be read; PH_ERR_CONFIG: it holds no
 * certificate. */
enum ph_err identity_read(const char *cert_path, struct identity *out, char why[IDENTITY_WHY]);

/* Takes the center's answer: `pem` is a certificate for that key and these names, or PH_ERR_CONFIG
 * and no file changes. */
enum ph_err identity_accept(const char *cert_path, const char *key_path, struct str pem,
                            const struct identity_names *names, char why[IDENTITY_WHY]);

#endif
