/* mbedTLS 2.28 and 3.x differ in how a serial number is given; subject names and extended key
 * usage, which 2.28 cannot write, are written here for both. That is all in the first two sections.
 */
#include "edge/store_ca.h"

#include <arpa/inet.h>
#include <errno.h>
#include <mbedtls/asn1write.h>
#include <mbedtls/error.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "storage/file.h"
#include "sync/papers.h"

#define PATH_BYTES    256
#define SUBJECT_BYTES 160
#define SAN_BYTES     (BOX_NAMES * (BOX_NAME + 4) + 8)
#define DATE_BYTES    16 /* yyyymmddhhmmss */
#define SERIAL_BYTES  16
#define TAG_DNS       2 /* of a GeneralName */
#define TAG_IP        7
#define DAY_MS        86400000LL

/* ---- the serial number ---- */

static int set_serial(mbedtls_x509write_cert *cert)
{
    uint8_t serial[SERIAL_BYTES];
    random_bytes(serial, sizeof(serial));
    serial[0] = (uint8_t)((serial[0] & 0x3f) | 0x40); /* positive, and of full length */
#if MBEDTLS_VERSION_NUMBER >= 0x03040000
    return mbedtls_x509write_crt_set_serial_raw(cert, serial, sizeof(serial));
#else
    mbedtls_mpi number;
    mbedtls_mpi_init(&number);
    int code = mbedtls_mpi_read_binary(&number, serial, sizeof(serial));
    if (code == 0)
        code = mbedtls_x509write_crt_set_serial(cert, &number);
    mbedtls_mpi_free(&number);
    return code;
#endif
}

/* ---- names ---- */

/* The bytes of a name as they stand in a certificate, and their kind. */
struct san {
    unsigned char tag;
    const void *p;
    size_t n;
    unsigned char address[16];
};

static void san_of(const char *name, struct san *out)
{
    *out = (struct san){.tag = TAG_IP, .p = out->address};
    if (inet_pton(AF_INET, name, out->address) == 1)
        out->n = 4;
    else if (inet_pton(AF_INET6, name, out->address) == 1)
        out->n = 16;
    else
        *out = (struct san){.tag = TAG_DNS, .p = name, .n = strlen(name)};
}

static bool has_name(const mbedtls_x509_crt *cert, const struct san *name)
{
    for (const mbedtls_x509_sequence *s = &cert->subject_alt_names; s != NULL; s = s->next) {
        if ((s->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK) == name->tag && s->buf.len == name->n &&
            memcmp(s->buf.p, name->p, name->n) == 0)
            return true;
    }
    return false;
}

static bool has_names(const mbedtls_x509_crt *cert, const struct box_names *names)
{
    for (size_t i = 0; i < names->n; i++) {
        struct san name;
        san_of(names->list[i], &name);
        if (!has_name(cert, &name))
            return false;
    }
    return true;
}

/* DER is written from its end. */
static int set_names(mbedtls_x509write_cert *cert, const struct box_names *names)
{
    static const char OID[] = "\x55\x1d\x11"; /* 2.5.29.17 */
    unsigned char der[SAN_BYTES], *p = der + sizeof(der);
    size_t total = 0;
    int rc = 0;
    for (size_t i = names->n; i > 0 && rc >= 0; i--) {
        struct san name;
        san_of(names->list[i - 1], &name);
        rc = mbedtls_asn1_write_raw_buffer(&p, der, name.p, name.n);
        if (rc >= 0)
            rc = mbedtls_asn1_write_len(&p, der, name.n);
        if (rc >= 0)
            rc = mbedtls_asn1_write_tag(&p, der, MBEDTLS_ASN1_CONTEXT_SPECIFIC | name.tag);
    }
    total = (size_t)(der + sizeof(der) - p);
    if (rc >= 0)
        rc = mbedtls_asn1_write_len(&p, der, total);
    if (rc >= 0)
        rc = mbedtls_asn1_write_tag(&p, der, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE);
    if (rc < 0)
        return rc;
    return mbedtls_x509write_crt_set_extension(cert, OID, sizeof(OID) - 1, 0, p,
                                               (size_t)(der + sizeof(der) - p));
}

static int set_server_usage(mbedtls_x509write_cert *cert)
{
    static const char OID[] = "\x55\x1d\x25"; /* 2.5.29.37 */
    /* SEQUENCE { serverAuth, 1.3.6.1.5.5.7.3.1 } */
    static const unsigned char DER[] = {0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06,
                                        0x01, 0x05, 0x05, 0x07, 0x03, 0x01};
    int code = mbedtls_x509write_crt_set_key_usage(cert, MBEDTLS_X509_KU_DIGITAL_SIGNATURE);
    return code != 0 ? code
                     : mbedtls_x509write_crt_set_extension(cert, OID, sizeof(OID) - 1, 0, DER,
                                                           sizeof(DER));
}

/* ---- sentences ---- */

static enum ph_err failed(const struct store_ca *ca, const char *name, const char *what, int code,
                          char *why)
{
    char text[64] = "";
    if (code != 0)
        mbedtls_strerror(code, text, sizeof(text));
    snprintf(why, STORE_CA_WHY, "%.80s/%s %s%s%.50s", ca->dir, name, what, code != 0 ? ": " : "",
             text);
    return PH_ERR_CONFIG;
}

static const char *path_of(const struct store_ca *ca, const char *name, char out[PATH_BYTES])
{
    snprintf(out, PATH_BYTES, "%s/%s", ca->dir, name);
    return out;
}

/* A file that was not taken; the library's own words are for who writes programs. */
static enum ph_err refused(const struct store_ca *ca, const char *name, const char *what, char *why)
{
    char path[PATH_BYTES];
    if (access(path_of(ca, name, path), R_OK) == 0)
        return failed(ca, name, what, 0, why);
    if (errno == ENOENT)
        return failed(ca, name, "is missing", 0, why);
    snprintf(why, STORE_CA_WHY, "%.80s/%s cannot be read: %.60s", ca->dir, name, strerror(errno));
    return PH_ERR_CONFIG;
}

static bool is_there(const struct store_ca *ca, const char *name)
{
    char path[PATH_BYTES];
    return access(path_of(ca, name, path), F_OK) == 0;
}

static enum ph_err put(const struct store_ca *ca, const char *name, const char *text, char *why)
{
    enum ph_err err = file_replace(ca->dir, name, str_of(text), geteuid());
    if (err != PH_OK)
        snprintf(why, STORE_CA_WHY, "%.80s/%s cannot be written: %.60s", ca->dir, name,
                 strerror(errno));
    return err;
}

/* ---- keys and certificates in memory ---- */

static enum ph_err make_key(const struct store_ca *ca, const char *name, mbedtls_pk_context *key,
                            char *why)
{
    char pem[STORE_CA_PEM];
    int code = papers_make_key(key);
    if (code == 0)
        code = mbedtls_pk_write_key_pem(key, (unsigned char *)pem, sizeof(pem));
    if (code != 0)
        return failed(ca, name, "cannot be made", code, why);
    enum ph_err err = put(ca, name, pem, why);
    memset(pem, 0, sizeof(pem));
    return err;
}

static enum ph_err load_key(const struct store_ca *ca, const char *name, mbedtls_pk_context *key,
                            char *why)
{
    char path[PATH_BYTES];
    int code = papers_read_key(key, path_of(ca, name, path));
    return code == 0 ? PH_OK : refused(ca, name, "is no key", why);
}

static enum ph_err load_cert(const struct store_ca *ca, const char *name, mbedtls_x509_crt *cert,
                             char *why)
{
    char path[PATH_BYTES];
    int code = mbedtls_x509_crt_parse_file(cert, path_of(ca, name, path));
    return code == 0 ? PH_OK : refused(ca, name, "is no certificate", why);
}

static void date_of(int64_t at_ms, char out[DATE_BYTES])
{
    time_t s = (time_t)(at_ms / 1000);
    struct tm tm;
    gmtime_r(&s, &tm);
    strftime(out, DATE_BYTES, "%Y%m%d%H%M%S", &tm);
}

static void subject_of(const struct store_ca *ca, const char *common, char out[SUBJECT_BYTES])
{
    snprintf(out, SUBJECT_BYTES, "O=%.*s,OU=%.*s,CN=%s", (int)ca->brand_id.n, ca->brand_id.p,
             (int)ca->poi_id.n, ca->poi_id.p, common);
}

/* What both certificates have in common. */
struct draft {
    mbedtls_x509write_cert cert;
    mbedtls_pk_context *subject_key, *ca_key;
    const char *common;
    int64_t from_ms, until_ms;
    const struct box_names *names; /* NULL: the authority's own */
};

static int draft_extend(struct draft *d)
{
    bool own = d->names == NULL;
    int code = mbedtls_x509write_crt_set_basic_constraints(&d->cert, own, own ? 0 : -1);
    if (code == 0 && own)
        code = mbedtls_x509write_crt_set_key_usage(&d->cert, MBEDTLS_X509_KU_KEY_CERT_SIGN |
                                                                 MBEDTLS_X509_KU_CRL_SIGN);
    if (code == 0 && !own)
        code = set_server_usage(&d->cert);
    if (code == 0 && !own)
        code = set_names(&d->cert, d->names);
    if (code == 0)
        code = mbedtls_x509write_crt_set_subject_key_identifier(&d->cert);
    return code == 0 ? mbedtls_x509write_crt_set_authority_key_identifier(&d->cert) : code;
}

static int draft_fill(const struct store_ca *ca, struct draft *d)
{
    char text[SUBJECT_BYTES], from[DATE_BYTES], until[DATE_BYTES];
    mbedtls_x509write_cert *cert = &d->cert;
    mbedtls_x509write_crt_set_version(cert, MBEDTLS_X509_CRT_VERSION_3);
    mbedtls_x509write_crt_set_md_alg(cert, MBEDTLS_MD_SHA256);
    mbedtls_x509write_crt_set_subject_key(cert, d->subject_key);
    mbedtls_x509write_crt_set_issuer_key(cert, d->ca_key);
    date_of(d->from_ms, from);
    date_of(d->until_ms, until);
    subject_of(ca, "poshub store CA", text);
    int code = mbedtls_x509write_crt_set_issuer_name(cert, text);
    subject_of(ca, d->common, text);
    if (code == 0)
        code = mbedtls_x509write_crt_set_subject_name(cert, text);
    if (code == 0)
        code = mbedtls_x509write_crt_set_validity(cert, from, until);
    if (code == 0)
        code = set_serial(cert);
    return code == 0 ? draft_extend(d) : code;
}

static int draft_sign(const struct store_ca *ca, struct draft *d, char pem[STORE_CA_PEM])
{
    mbedtls_x509write_crt_init(&d->cert);
    int code = draft_fill(ca, d);
    if (code == 0)
        code = mbedtls_x509write_crt_pem(&d->cert, (unsigned char *)pem, STORE_CA_PEM,
                                         papers_chance, NULL);
    mbedtls_x509write_crt_free(&d->cert);
    return code;
}

/* ---- the authority ---- */

static bool is_ours(const struct store_ca *ca, const mbedtls_x509_crt *cert)
{
    char wanted[SUBJECT_BYTES], said[SUBJECT_BYTES * 2] = "";
    snprintf(wanted, sizeof(wanted), "O=%.*s, OU=%.*s, CN=poshub store CA", (int)ca->brand_id.n,
             ca->brand_id.p, (int)ca->poi_id.n, ca->poi_id.p);
    return mbedtls_x509_dn_gets(said, sizeof(said), &cert->subject) > 0 &&
           strcmp(said, wanted) == 0;
}

static enum ph_err check_ca(struct store_ca *ca, const mbedtls_x509_crt *cert,
                            const mbedtls_pk_context *key, int64_t now_ms, char *why)
{
    if (!is_ours(ca, cert))
        return failed(ca, "ca.pem", "is the authority of another store", 0, why);
    if (!papers_same_key(&cert->pk, key))
        return failed(ca, "ca.key", "does not fit ca.pem", 0, why);
    if (papers_instant_ms(&cert->valid_to) <= now_ms)
        return failed(ca, "ca.pem", "has expired", 0, why);
    sha256(cert->raw.p, cert->raw.len, ca->fingerprint);
    return PH_OK;
}

static enum ph_err read_text(const struct store_ca *ca, const char *name, char out[STORE_CA_PEM],
                             char *why)
{
    char path[PATH_BYTES];
    FILE *f = fopen(path_of(ca, name, path), "re");
    size_t n = f != NULL ? fread(out, 1, STORE_CA_PEM - 1, f) : 0;
    bool ok = f != NULL && !ferror(f) && n > 0;
    out[n] = 0;
    if (f != NULL)
        fclose(f);
    return ok ? PH_OK : failed(ca, name, "cannot be read", 0, why);
}

/* The certificate is written last: with ca.key alone the making was interrupted. */
static enum ph_err make_ca(struct store_ca *ca, int64_t now_ms, char *why)
{
    mbedtls_pk_context key;
    mbedtls_pk_init(&key);
    enum ph_err err = is_there(ca, "ca.key") ? load_key(ca, "ca.key", &key, why)
                                             : make_key(ca, "ca.key", &key, why);
    struct draft d = {.subject_key = &key,
                      .ca_key = &key,
                      .common = "poshub store CA",
                      .from_ms = STORE_CA_FROM_MS,
                      .until_ms = (now_ms > STORE_CA_FROM_MS ? now_ms : STORE_CA_FROM_MS) +
                                  STORE_CA_YEARS * 365LL * DAY_MS};
    int code = err == PH_OK ? draft_sign(ca, &d, ca->pem) : 0;
    mbedtls_pk_free(&key);
    if (code != 0)
        err = failed(ca, "ca.pem", "cannot be made", code, why);
    return err == PH_OK ? put(ca, "ca.pem", ca->pem, why) : err;
}

static enum ph_err read_ca(struct store_ca *ca, int64_t now_ms, char *why)
{
    mbedtls_x509_crt cert;
    mbedtls_pk_context key;
    mbedtls_x509_crt_init(&cert);
    mbedtls_pk_init(&key);
    enum ph_err err = load_cert(ca, "ca.pem", &cert, why);
    if (err == PH_OK)
        err = load_key(ca, "ca.key", &key, why);
    if (err == PH_OK)
        err = check_ca(ca, &cert, &key, now_ms, why);
    if (err == PH_OK)
        err = read_text(ca, "ca.pem", ca->pem, why);
    mbedtls_x509_crt_free(&cert);
    mbedtls_pk_free(&key);
    return err;
}

static enum ph_err check_half(const struct store_ca *ca, char *why)
{
    mbedtls_pk_context key;
    if (is_there(ca, "server.pem"))
        return failed(ca, "ca.pem", "is missing, which signed server.pem", 0, why);
    if (!is_there(ca, "ca.key"))
        return PH_OK;
    mbedtls_pk_init(&key);
    enum ph_err err = load_key(ca, "ca.key", &key, why);
    mbedtls_pk_free(&key);
    return err;
}

enum ph_err store_ca_check(struct store_ca *ca, int64_t now_ms, char why[STORE_CA_WHY])
{
    return is_there(ca, "ca.pem") ? read_ca(ca, now_ms, why) : check_half(ca, why);
}

enum ph_err store_ca_open(struct store_ca *ca, int64_t now_ms, char why[STORE_CA_WHY])
{
    bool there = is_there(ca, "ca.pem");
    ca->until_ms = 0;
    enum ph_err err = store_ca_check(ca, now_ms, why);
    if (err != PH_OK || there)
        return err;
    err = make_ca(ca, now_ms, why);
    return err == PH_OK ? read_ca(ca, now_ms, why) : err;
}

bool store_ca_fingerprint(const char *dir, uint8_t out[SHA256_BYTES])
{
    const struct store_ca ca = {.dir = dir};
    char why[STORE_CA_WHY];
    mbedtls_x509_crt cert;
    mbedtls_x509_crt_init(&cert);
    bool read = load_cert(&ca, "ca.pem", &cert, why) == PH_OK;
    if (read)
        sha256(cert.raw.p, cert.raw.len, out);
    mbedtls_x509_crt_free(&cert);
    return read;
}

/* ---- the broker's certificate ---- */

static enum ph_err make_server(struct store_ca *ca, const struct box_names *names,
                               mbedtls_pk_context *key, mbedtls_pk_context *ca_key, int64_t now_ms,
                               char *why)
{
    char pem[2 * STORE_CA_PEM];
    int64_t past_ms = now_ms - STORE_CA_BACK;
    int64_t from_ms = past_ms > STORE_CA_FROM_MS ? past_ms : STORE_CA_FROM_MS;
    struct draft d = {.subject_key = key,
                      .ca_key = ca_key,
                      .common = "poshub broker",
                      .from_ms = from_ms,
                      .until_ms = from_ms + STORE_CA_SERVER,
                      .names = names};
    int code = draft_sign(ca, &d, pem);
    if (code != 0)
        return failed(ca, "server.pem", "cannot be made", code, why);
    size_t n = strlen(pem);
    snprintf(pem + n, sizeof(pem) - n, "%s", ca->pem);
    enum ph_err err = put(ca, "server.pem", pem, why);
    if (err == PH_OK)
        ca->until_ms = d.until_ms;
    return err;
}

/* Dates are looked at elsewhere. */
static bool signed_by_us(const struct store_ca *ca, mbedtls_x509_crt *cert)
{
    uint32_t flags = 0;
    mbedtls_x509_crt own;
    mbedtls_x509_crt_init(&own);
    bool read =
        mbedtls_x509_crt_parse(&own, (const unsigned char *)ca->pem, strlen(ca->pem) + 1) == 0;
    if (read)
        mbedtls_x509_crt_verify(cert, &own, NULL, NULL, &flags, NULL, NULL);
    mbedtls_x509_crt_free(&own);
    return read && (flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) == 0;
}

static enum ph_err check_server(struct store_ca *ca, mbedtls_x509_crt *cert,
                                const mbedtls_pk_context *key, char *why)
{
    if (!signed_by_us(ca, cert))
        return failed(ca, "server.pem", "was not signed by ca.pem", 0, why);
    if (!papers_same_key(&cert->pk, key))
        return failed(ca, "server.key", "does not fit server.pem", 0, why);
    ca->until_ms = papers_instant_ms(&cert->valid_to);
    return PH_OK;
}

/* A clock before the authority's own time is wrong: what it would sign nobody would take. */
static bool is_due(const struct store_ca *ca, const mbedtls_x509_crt *cert,
                   const struct box_names *names, int64_t now_ms)
{
    if (now_ms < STORE_CA_FROM_MS)
        return false;
    return ca->until_ms - now_ms <= STORE_CA_RENEW ||
           papers_instant_ms(&cert->valid_from) > now_ms || !has_names(cert, names);
}

static enum ph_err look_at_server(struct store_ca *ca, const struct box_names *names,
                                  const mbedtls_pk_context *key, int64_t now_ms, bool *made,
                                  char *why)
{
    mbedtls_x509_crt cert;
    mbedtls_x509_crt_init(&cert);
    enum ph_err err = load_cert(ca, "server.pem", &cert, why);
    if (err == PH_OK)
        err = check_server(ca, &cert, key, why);
    *made = err == PH_OK && is_due(ca, &cert, names, now_ms);
    mbedtls_x509_crt_free(&cert);
    return err;
}

enum ph_err store_ca_server(struct store_ca *ca, const struct box_names *names, int64_t now_ms,
                            bool *made, char why[STORE_CA_WHY])
{
    mbedtls_pk_context key, ca_key;
    bool there = is_there(ca, "server.pem");
    *made = !there;
    if (there && !is_there(ca, "server.key"))
        return failed(ca, "server.key", "is missing, which server.pem is for", 0, why);
    mbedtls_pk_init(&key);
    mbedtls_pk_init(&ca_key);
    enum ph_err err = load_key(ca, "ca.key", &ca_key, why);
    if (err == PH_OK)
        err = is_there(ca, "server.key") ? load_key(ca, "server.key", &key, why)
                                         : make_key(ca, "server.key", &key, why);
    if (err == PH_OK && there)
        err = look_at_server(ca, names, &key, now_ms, made, why);
    if (err == PH_OK && *made)
        err = make_server(ca, names, &key, &ca_key, now_ms, why);
    mbedtls_pk_free(&key);
    mbedtls_pk_free(&ca_key);
    return err;
}
