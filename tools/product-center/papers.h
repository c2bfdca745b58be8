/* The center's papers: what it shows, whom it trusts, what it signs with. Read once, at the start.
 */
#ifndef TOOLS_PRODUCT_CENTER_PAPERS_H
#define TOOLS_PRODUCT_CENTER_PAPERS_H

#include "proto/crypto.h"
#include "tools/product-center/certs.h"
#include "tools/product-center/http.h"

#define PAPERS_WHY 512

struct paper_paths { /* PEM files; NULL: not named */
    const char *tls_cert, *tls_key, *client_ca, *ca_cert, *ca_key;
    const char *merchant_token; /* one line of text */
};
struct papers {
    struct http_tls tls;              /* cert NULL: plain HTTP */
    struct cert_authority *authority; /* NULL: signs nothing */
    bool has_merchant;                /* merchants show a token with this hash */
    uint8_t merchant[SHA256_BYTES];
};
/* False: `why` (PAPERS_WHY bytes), and nothing to close. */
bool papers_open(const struct paper_paths *paths, struct papers *out, char *why);
void papers_close(struct papers *p);

#endif
