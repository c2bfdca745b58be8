#include "sync/papers.h"

#include <mbedtls/ecp.h>
#include <mbedtls/version.h>
#include <time.h>

#include "proto/crypto.h"

int papers_chance(void *ctx, unsigned char *out, size_t n)
{
    (void)ctx;
    random_bytes(out, n);
    return 0;
}

int papers_make_key(mbedtls_pk_context *key)
{
    int code = mbedtls_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY));
    return code != 0 ? code
                     : mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(*key),
                                           papers_chance, NULL);
}

int papers_read_key(mbedtls_pk_context *key, const char *path)
{
#if MBEDTLS_VERSION_MAJOR >= 3
    return mbedtls_pk_parse_keyfile(key, path, NULL, papers_chance, NULL);
#else
    return mbedtls_pk_parse_keyfile(key, path, NULL);
#endif
}

bool papers_same_key(const mbedtls_pk_context *shown, const mbedtls_pk_context *kept)
{
#if MBEDTLS_VERSION_MAJOR >= 3
    return mbedtls_pk_check_pair(shown, kept, papers_chance, NULL) == 0;
#else
    return mbedtls_pk_check_pair(shown, kept) == 0;
#endif
}

int64_t papers_instant_ms(const mbedtls_x509_time *t)
{
    struct tm tm = {.tm_year = t->year - 1900,
                    .tm_mon = t->mon - 1,
                    .tm_mday = t->day,
                    .tm_hour = t->hour,
                    .tm_min = t->min,
                    .tm_sec = t->sec};
    return (int64_t)timegm(&tm) * 1000;
}
