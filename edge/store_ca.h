/* The store's own certificate authority and the broker's certificate under it. The doorman of
 * mbedTLS's certificate writing.
 *
 * Four PEM files in one directory: ca.key and ca.pem, P-256, 20 years, made once and never again by
 * themselves, since devices know the store by them; server.key, and server.pem: the certificate of
 * the box with ca.pem behind it, 397 days, written anew 30 days before its end, when the clock
 * stands before its beginning, and when the box has an address or name that is not in it. The
 * subject of both names the store: O=<brand>, OU=<poi>.
 *
 * What can fail: a file that cannot be read or written, or that belongs to another store, another
 * authority or another key. `why` (STORE_CA_WHY bytes) is then one sentence for people and no file
 * was changed.
 */
#ifndef EDGE_STORE_CA_H
#define EDGE_STORE_CA_H

#include "edge/box_names.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/types.h"

#define STORE_CA_WHY   240
#define STORE_CA_KNOWN "authority" /* in data_dir: the fingerprint that the devices know, in hex   \
                                    */
#define STORE_CA_PEM 4096          /* two certificates, or a key; each is below 1.5 KiB */

#define STORE_CA_YEARS   20
#define STORE_CA_SERVER  (397LL * 86400000) /* longer ones browsers do not take */
#define STORE_CA_RENEW   (30LL * 86400000)
#define STORE_CA_BACK    (30LL * 86400000) /* valid since so long when it is made */
#define STORE_CA_FROM_MS 1577836800000LL   /* 2020: devices' clocks are late, too */

struct store_ca {
    const char *dir;                   /* borrowed */
    struct str brand_id, poi_id;       /* borrowed; letters, digits, '-' and '_' */
    char pem[STORE_CA_PEM];            /* ca.pem */
    uint8_t fingerprint[SHA256_BYTES]; /* SHA-256 of the authority's certificate, DER */
    int64_t until_ms;                  /* of the broker's certificate; 0: not looked at */
};
/* Reads the authority, or makes it where there is none yet. dir, brand_id and poi_id are set. */
enum ph_err store_ca_open(struct store_ca *ca, int64_t now_ms, char why[STORE_CA_WHY]);
/* The same for what is there, and nothing is made: whether opening it would be refused. */
enum ph_err store_ca_check(struct store_ca *ca, int64_t now_ms, char why[STORE_CA_WHY]);
/* Of the authority in the directory, as above; nothing is made. False: there is none to be read. */
bool store_ca_fingerprint(const char *dir, uint8_t out[SHA256_BYTES]);
/* Looks at the broker's certificate and makes it (anew) where that is due; *made says so. `names`
 * are all that have to be in it. */
enum ph_err store_ca_server(struct store_ca *ca, const struct box_names *names, int64_t now_ms,
                            bool *made, char why[STORE_CA_WHY]);

#endif
