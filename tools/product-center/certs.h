/* Certificates: the names in a client's, and new ones for boxes that enrol. The only doorman of
 * GnuTLS. Texts are PEM.
 *
 * A box's certificate names it as the center knows it: O=<brand>, OU=<poi>, CN=<box_id>
 * (sync-protocol 4.1); exactly one of each.
 */
#ifndef TOOLS_PRODUCT_CENTER_CERTS_H
#define TOOLS_PRODUCT_CENTER_CERTS_H

#include "proto/types.h"

#define CERT_NAME 65   /* of one part of a subject: X.509 has 64 at most */
#define CERT_PEM  8192 /* a certificate or a request */
#define CERT_WHY  160

struct cert_names {
    char brand[CERT_NAME], poi[CERT_NAME], box[CERT_NAME];
};
/* `session` is a gnutls_session_t. False: the client showed no certificate, or none that the
 * trusted authorities gave to a client, or not these names. */
bool cert_peer(void *session, struct cert_names *out);

struct cert_authority;
/* NULL: `why` (CERT_WHY bytes). */
struct cert_authority *cert_authority_open(struct str cert, struct str key, char *why);
void cert_authority_close(struct cert_authority *a); /* NULL is fine */
/* Its own certificate; lives as long as it. */
struct str cert_authority_pem(const struct cert_authority *a);

/* False: it is no request, not signed with its own key, its key is weaker than RSA with 2048 bits,
 * or it has not these names. */
bool cert_request_read(struct str csr, struct cert_names *out);
/* For a request that cert_request_read took: a client certificate with nothing but its key and
 * these names. May be used by several threads. Writes the text with its NUL; returns its length, 0
 * if it failed. */
size_t cert_sign(const struct cert_authority *a, struct str csr, const struct cert_names *names,
                 int64_t now_ms, char pem[CERT_PEM]);

#endif
