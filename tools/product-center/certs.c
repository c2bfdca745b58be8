#include "tools/product-center/certs.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/crypto.h"

#define DAY_S        86400
#define BEFORE_S     DAY_S /* a box whose clock is behind may use it at once */
#define VALID_S      (5 * 365 * DAY_S)
#define SERIAL_BYTES 16

struct cert_authority {
    gnutls_x509_crt_t cert;
    gnutls_x509_privkey_t key;
    struct str pem;
};

static gnutls_datum_t datum(struct str s)
{
    return (gnutls_datum_t){(unsigned char *)(uintptr_t)s.p, (unsigned)s.n};
}

/* ---- names ---- */

typedef int get_name(void *from, const char *oid, unsigned at, char *out, size_t *n);

static int name_of_cert(void *from, const char *oid, unsigned at, char *out, size_t *n)
{
    return gnutls_x509_crt_get_dn_by_oid(from, oid, at, 0, out, n);
}

static int name_of_request(void *from, const char *oid, unsigned at, char *out, size_t *n)
{
    return gnutls_x509_crq_get_dn_by_oid(from, oid, at, 0, out, n);
}

/* Exactly one, and not empty. */
static bool name_get(get_name *get, void *from, const char *oid, char out[CERT_NAME])
{
    char second[CERT_NAME];
    size_t n = CERT_NAME, more = CERT_NAME;
    return get(from, oid, 0, out, &n) == 0 && out[0] != 0 && strlen(out) == n &&
           get(from, oid, 1, second, &more) == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
}

static bool names_get(get_name *get, void *from, struct cert_names *out)
{
    return name_get(get, from, GNUTLS_OID_X520_ORGANIZATION_NAME, out->brand) &&
           name_get(get, from, GNUTLS_OID_X520_ORGANIZATIONAL_UNIT_NAME, out->poi) &&
           name_get(get, from, GNUTLS_OID_X520_COMMON_NAME, out->box);
}

bool cert_peer(void *session, struct cert_names *out)
{
    static char PURPOSE[] = GNUTLS_KP_TLS_WWW_CLIENT;
    gnutls_typed_vdata_st purpose = {.type = GNUTLS_DT_KEY_PURPOSE_OID,
                                     .data = (unsigned char *)PURPOSE};
    unsigned status, n;
    gnutls_x509_crt_t cert;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &n);
    if (chain == NULL || n == 0 ||
        gnutls_certificate_verify_peers(session, &purpose, 1, &status) != 0 || status != 0 ||
        gnutls_x509_crt_init(&cert) != 0)
        return false;
    bool ok = gnutls_x509_crt_import(cert, &chain[0], GNUTLS_X509_FMT_DER) == 0 &&
              names_get(name_of_cert, cert, out);
    gnutls_x509_crt_deinit(cert);
    return ok;
}

/* ---- the authority ---- */

static bool keys_fit(gnutls_x509_crt_t cert, gnutls_x509_privkey_t key)
{
    unsigned char of_cert[64], of_key[64];
    size_t n = sizeof(of_cert), m = sizeof(of_key);
    return gnutls_x509_crt_get_key_id(cert, GNUTLS_KEYID_USE_SHA256, of_cert, &n) == 0 &&
           gnutls_x509_privkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, of_key, &m) == 0 &&
           n == m && memcmp(of_cert, of_key, n) == 0;
}

static const char *authority_load(struct cert_authority *a, struct str cert, struct str key)
{
    gnutls_datum_t c = datum(cert), k = datum(key);
    if (gnutls_x509_crt_init(&a->cert) != 0 || gnutls_x509_privkey_init(&a->key) != 0)
        return "out of memory";
    if (gnutls_x509_crt_import(a->cert, &c, GNUTLS_X509_FMT_PEM) != 0)
        return "the CA's certificate is none";
    if (gnutls_x509_crt_get_ca_status(a->cert, NULL) <= 0)
        return "the CA's certificate is not one of a CA";
    if (gnutls_x509_privkey_import2(a->key, &k, GNUTLS_X509_FMT_PEM, NULL, 0) != 0)
        return "the CA's key is none";
    if (!keys_fit(a->cert, a->key))
        return "the CA's key is not that of its certificate";
    a->pem.p = strndup(cert.p, cert.n);
    a->pem.n = cert.n;
    return a->pem.p != NULL ? NULL : "out of memory";
}

struct cert_authority *cert_authority_open(struct str cert, struct str key, char *why)
{
    struct cert_authority *a = calloc(1, sizeof(*a));
    const char *problem = a != NULL ? authority_load(a, cert, key) : "out of memory";
    if (problem == NULL)
        return a;
    snprintf(why, CERT_WHY, "%s", problem);
    cert_authority_close(a);
    return NULL;
}

void cert_authority_close(struct cert_authority *a)
{
    if (a == NULL)
        return;
    if (a->cert != NULL)
        gnutls_x509_crt_deinit(a->cert);
    if (a->key != NULL)
        gnutls_x509_privkey_deinit(a->key);
    free((char *)(uintptr_t)a->pem.p);
    free(a);
}

struct str cert_authority_pem(const struct cert_authority *a)
{
    return a->pem;
}

/* ---- requests ---- */

static bool request_open(struct str csr, gnutls_x509_crq_t *out)
{
    gnutls_datum_t text = datum(csr);
    if (gnutls_x509_crq_init(out) != 0)
        return false;
    if (gnutls_x509_crq_import(*out, &text, GNUTLS_X509_FMT_PEM) == 0)
        return true;
    gnutls_x509_crq_deinit(*out);
    return false;
}

static bool key_is_strong(gnutls_x509_crq_t request)
{
    unsigned bits = 0;
    int algorithm = gnutls_x509_crq_get_pk_algorithm(request, &bits);
    return algorithm > 0 && gnutls_pk_bits_to_sec_param((gnutls_pk_algorithm_t)algorithm, bits) >=
                                GNUTLS_SEC_PARAM_MEDIUM;
}

bool cert_request_read(struct str csr, struct cert_names *out)
{
    gnutls_x509_crq_t request;
    if (!request_open(csr, &request))
        return false;
    bool ok = gnutls_x509_crq_verify(request, 0) == 0 && key_is_strong(request) &&
              names_get(name_of_request, request, out);
    gnutls_x509_crq_deinit(request);
    return ok;
}

static bool set_name(gnutls_x509_crt_t cert, const char *oid, const char *name)
{
    return gnutls_x509_crt_set_dn_by_oid(cert, oid, 0, name, (unsigned)strlen(name)) == 0;
}

static bool set_names(gnutls_x509_crt_t cert, const struct cert_names *names)
{
    return set_name(cert, GNUTLS_OID_X520_ORGANIZATION_NAME, names->brand) &&
           set_name(cert, GNUTLS_OID_X520_ORGANIZATIONAL_UNIT_NAME, names->poi) &&
           set_name(cert, GNUTLS_OID_X520_COMMON_NAME, names->box);
}

/* Not longer than the authority's own. */
static bool set_dates(gnutls_x509_crt_t cert, const struct cert_authority *a, time_t now)
{
    time_t until = now + VALID_S, last = gnutls_x509_crt_get_expiration_time(a->cert);
    return gnutls_x509_crt_set_activation_time(cert, now - BEFORE_S) == 0 &&
           gnutls_x509_crt_set_expiration_time(cert, until < last ? until : last) == 0;
}

static bool set_use(gnutls_x509_crt_t cert)
{
    uint8_t serial[SERIAL_BYTES];
    random_bytes(serial, sizeof(serial));
    serial[0] = (uint8_t)((serial[0] & 0x7f) | 0x40); /* positive, and always so long */
    return gnutls_x509_crt_set_version(cert, 3) == 0 &&
           gnutls_x509_crt_set_serial(cert, serial, sizeof(serial)) == 0 &&
           gnutls_x509_crt_set_ca_status(cert, 0) == 0 &&
           gnutls_x509_crt_set_key_usage(cert, GNUTLS_KEY_DIGITAL_SIGNATURE) == 0 &&
           gnutls_x509_crt_set_key_purpose_oid(cert, GNUTLS_KP_TLS_WWW_CLIENT, 0) == 0;
}

static bool set_key(gnutls_x509_crt_t cert, struct str csr)
{
    gnutls_x509_crq_t request;
    gnutls_pubkey_t key;
    if (!request_open(csr, &request))
        return false;
    bool made = gnutls_pubkey_init(&key) == 0;
    bool ok = made && gnutls_pubkey_import_x509_crq(key, request, 0) == 0 &&
              gnutls_x509_crt_set_pubkey(cert, key) == 0;
    if (made)
        gnutls_pubkey_deinit(key);
    gnutls_x509_crq_deinit(request);
    return ok;
}

size_t cert_sign(const struct cert_authority *a, struct str csr, const struct cert_names *names,
                 int64_t now_ms, char pem[CERT_PEM])
{
    gnutls_x509_crt_t cert;
    size_t n = CERT_PEM;
    if (gnutls_x509_crt_init(&cert) != 0)
        return 0;
    bool ok = set_use(cert) && set_names(cert, names) && set_key(cert, csr) &&
              set_dates(cert, a, (time_t)(now_ms / 1000)) &&
              gnutls_x509_crt_sign2(cert, a->cert, a->key, GNUTLS_DIG_SHA256, 0) == 0 &&
              gnutls_x509_crt_export(cert, GNUTLS_X509_FMT_PEM, pem, &n) == 0;
    gnutls_x509_crt_deinit(cert);
    return ok ? n : 0;
}
