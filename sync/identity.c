#include "sync/identity.h"

#include <assert.h>
#include <errno.h>
#include <libgen.h>
#include <mbedtls/error.h>
#include <mbedtls/x509_crt.h>
#include <mbedtls/x509_csr.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "storage/file.h"
#include "sync/papers.h"

#define PATH_BYTES 256

static enum ph_err failed(const char *path, const char *what, int code, char *why)
{
    char text[80] = "";
    if (code != 0)
        mbedtls_strerror(code, text, sizeof(text));
    snprintf(why, IDENTITY_WHY, "%.60s: %s%s%.50s", path, what, code != 0 ? ": " : "", text);
    return PH_ERR_CONFIG;
}

/* ---- files ---- */

static enum ph_err not_written(const char *path, char *why)
{
    snprintf(why, IDENTITY_WHY, "%.100s: cannot be written: %s", path, strerror(errno));
    return PH_ERR_IO;
}

static enum ph_err write_file(const char *path, struct str text, char *why)
{
    char folder[PATH_BYTES], name[PATH_BYTES];
    if (snprintf(folder, sizeof(folder), "%s", path) >= (int)sizeof(folder)) {
        errno = ENAMETOOLONG;
        return not_written(path, why);
    }
    memcpy(name, folder, sizeof(name));
    return file_replace(dirname(folder), basename(name), text, geteuid()) == PH_OK
               ? PH_OK
               : not_written(path, why);
}

/* ---- the key ---- */

static enum ph_err new_key(const char *path, char *why)
{
    unsigned char pem[1024];
    mbedtls_pk_context key;
    mbedtls_pk_init(&key);
    int code = papers_make_key(&key);
    if (code == 0)
        code = mbedtls_pk_write_key_pem(&key, pem, sizeof(pem));
    mbedtls_pk_free(&key);
    if (code != 0)
        return failed(path, "no key could be made", code, why);
    enum ph_err err = write_file(path, str_of((const char *)pem), why);
    memset(pem, 0, sizeof(pem));
    return err;
}

static enum ph_err load_key(mbedtls_pk_context *key, const char *path, char *why)
{
    int code = papers_read_key(key, path);
    if (code == 0 && mbedtls_pk_can_do(key, MBEDTLS_PK_ECDSA))
        return PH_OK;
    return failed(path, "is no key of this box", code, why);
}

enum ph_err identity_make_key(const char *path, char why[IDENTITY_WHY])
{
    mbedtls_pk_context key;
    if (access(path, F_OK) != 0)
        return new_key(path, why);
    mbedtls_pk_init(&key);
    enum ph_err err = load_key(&key, path, why);
    mbedtls_pk_free(&key);
    return err;
}

/* ---- the request ---- */

static int write_request(mbedtls_pk_context *key, const char *subject, char *pem)
{
    mbedtls_x509write_csr request;
    mbedtls_x509write_csr_init(&request);
    mbedtls_x509write_csr_set_md_alg(&request, MBEDTLS_MD_SHA256);
    mbedtls_x509write_csr_set_key(&request, key);
    int code = mbedtls_x509write_csr_set_subject_name(&request, subject);
    if (code == 0)
        code = mbedtls_x509write_csr_pem(&request, (unsigned char *)pem, IDENTITY_PEM,
                                         papers_chance, NULL);
    mbedtls_x509write_csr_free(&request);
    return code;
}

enum ph_err identity_request(const char *key_path, const struct identity_names *names,
                             char pem[IDENTITY_PEM], size_t *n, char why[IDENTITY_WHY])
{
    char subject[3 * IDENTITY_NAME + 16];
    mbedtls_pk_context key;
    int code = 0;
    snprintf(subject, sizeof(subject), "O=%.*s,OU=%.*s,CN=%.*s", (int)names->brand_id.n,
             names->brand_id.p, (int)names->poi_id.n, names->poi_id.p, (int)names->box_id.n,
             names->box_id.p);
    mbedtls_pk_init(&key);
    enum ph_err err = load_key(&key, key_path, why);
    if (err == PH_OK)
        code = write_request(&key, subject, pem);
    mbedtls_pk_free(&key);
    if (code != 0)
        err = failed(key_path, "no request could be made", code, why);
    *n = err == PH_OK ? strlen(pem) : 0;
    return err;
}

/* ---- the certificate ---- */

static void take_name(const mbedtls_x509_name *subject, const char *oid, size_t oid_n,
                      char out[IDENTITY_NAME])
{
    out[0] = 0;
    for (const mbedtls_x509_name *n = subject; n; n = n->next) {
        if (n->oid.len != oid_n || memcmp(n->oid.p, oid, oid_n) != 0)
            continue;
        size_t size = n->val.len < IDENTITY_NAME ? n->val.len : IDENTITY_NAME - 1;
        memcpy(out, n->val.p, size);
        out[size] = 0;
    }
}

static void describe(const mbedtls_x509_crt *cert, struct identity *out)
{
    /* 2.5.4.10, .11 and .3 */
    static const char O[] = "\x55\x04\x0a", OU[] = "\x55\x04\x0b", CN[] = "\x55\x04\x03";
    take_name(&cert->subject, O, sizeof(O) - 1, out->brand_id);
    take_name(&cert->subject, OU, sizeof(OU) - 1, out->poi_id);
    take_name(&cert->subject, CN, sizeof(CN) - 1, out->box_id);
    out->from_ms = papers_instant_ms(&cert->valid_from);
    out->until_ms = papers_instant_ms(&cert->valid_to);
}

enum ph_err identity_read(const char *cert_path, struct identity *out, char why[IDENTITY_WHY])
{
    mbedtls_x509_crt cert;
    memset(out, 0, sizeof(*out));
    if (access(cert_path, R_OK) != 0) {
        snprintf(why, IDENTITY_WHY, "%.100s: %s", cert_path, strerror(errno));
        return PH_ERR_NOT_FOUND;
    }
    mbedtls_x509_crt_init(&cert);
    int code = mbedtls_x509_crt_parse_file(&cert, cert_path);
    if (code == 0)
        describe(&cert, out);
    mbedtls_x509_crt_free(&cert);
    return code == 0 ? PH_OK : failed(cert_path, "is no certificate", code, why);
}

static bool is_named(const mbedtls_x509_crt *cert, const struct identity_names *names)
{
    struct identity said;
    describe(cert, &said);
    return str_eq(names->brand_id, str_of(said.brand_id)) &&
           str_eq(names->poi_id, str_of(said.poi_id)) && str_eq(names->box_id, str_of(said.box_id));
}

static enum ph_err check(struct str pem, mbedtls_pk_context *key,
                         const struct identity_names *names, const char *path, char *why)
{
    char text[IDENTITY_PEM];
    mbedtls_x509_crt cert;
    enum ph_err err = PH_OK;
    if (pem.n >= sizeof(text))
        return failed(path, "the certificate is too long", 0, why);
    memcpy(text, pem.p, pem.n);
    text[pem.n] = 0; /* the parser wants it, and counts it */
    mbedtls_x509_crt_init(&cert);
    int code = mbedtls_x509_crt_parse(&cert, (const unsigned char *)text, pem.n + 1);
    if (code != 0)
        err = failed(path, "what the center sent is no certificate", code, why);
    else if (!papers_same_key(&cert.pk, key))
        err = failed(path, "the center's certificate is for another key", 0, why);
    else if (!is_named(&cert, names))
        err = failed(path, "the center's certificate names another box", 0, why);
    mbedtls_x509_crt_free(&cert);
    return err;
}

enum ph_err identity_accept(const char *cert_path, const char *key_path, struct str pem,
                            const struct identity_names *names, char why[IDENTITY_WHY])
{
    mbedtls_pk_context key;
    mbedtls_pk_init(&key);
    enum ph_err err = load_key(&key, key_path, why);
    if (err == PH_OK)
        err = check(pem, &key, names, cert_path, why);
    mbedtls_pk_free(&key);
    return err == PH_OK ? write_file(cert_path, pem, why) : err;
}
