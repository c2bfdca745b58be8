/* Keys and dates, for whoever makes or reads certificates with mbedTLS: the box's own
 * (sync/identity) and the store's (edge/store_ca). 2.28 and 3.x differ in who brings the chance to
 * read or compare keys; that is all in here.
 *
 * Functions that return int return mbedTLS' own code: 0, or below it what mbedtls_strerror names.
 */
#ifndef SYNC_PAPERS_H
#define SYNC_PAPERS_H

#include <mbedtls/pk.h>
#include <mbedtls/x509.h>
#include <stdbool.h>
#include <stdint.h>

/* The kernel's chance, as mbedTLS asks for it; ctx is not looked at, and it cannot fail. */
int papers_chance(void *ctx, unsigned char *out, size_t n);

/* The key is the caller's, initialised before and freed after, also where it fails. */
int papers_make_key(mbedtls_pk_context *key);                   /* a fresh one on P-256 */
int papers_read_key(mbedtls_pk_context *key, const char *path); /* from a PEM file */
/* The public half of `shown`, of a certificate, is that of `kept`. */
bool papers_same_key(const mbedtls_pk_context *shown, const mbedtls_pk_context *kept);

int64_t papers_instant_ms(const mbedtls_x509_time *t); /* since 1970, UTC */

#endif
